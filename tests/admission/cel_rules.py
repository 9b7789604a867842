"""Which faults of the library each rule of the policies stands for."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import yaml

from bulkhead_testkit.helm import CHART
from bulkhead_validation.fault import Fault, Verdict

FOLDER: Final = CHART / "files" / "validation"
FILES: Final[Mapping[str, str]] = {
    "ExternalSecret": "externalsecret",
    "ClusterExternalSecret": "externalsecret",
    "SecretStore": "secretstore",
    "ClusterSecretStore": "secretstore",
    "PushSecret": "pushsecret",
    "ClusterPushSecret": "pushsecret",
    "ClusterGenerator": "clustergenerator",
}
"""By kind, where its rules are."""
REFUSED: Final = frozenset({Verdict.ESO_REFUSES, Verdict.NEVER_WORKS})

_NO_STORE: Final = r": secretStoreRef names no store|sourceRef\.storeRef: has no name"
STANDS_FOR: Final[Mapping[str, str]] = {
    "give an entry of data or dataFrom": r": there is neither data nor dataFrom",
    "deletionPolicy Delete needs creationPolicy Owner or Orphan": r"\.deletionPolicy: Delete needs",
    "deletionPolicy Merge needs a Secret, and creationPolicy None makes none": r"\.deletionPolicy: Merge needs",
    "a template must not make bootstrap tokens": r"\.template\.type: bootstrap tokens are",
    "target may be Data, Labels or Annotations for a Secret": r"\.templateFrom\[\d+\]\.target: .*Annotations",
    "each entry takes extract, find or sourceRef": r"\.dataFrom\[\d+\]: has none of extract",
    "an entry takes extract or find, not both; make two entries of it": r"\.dataFrom\[\d+\]: has extract and find",
    "a generator has nothing to extract or find": r"\.dataFrom\[\d+\]: has .* and sourceRef\.generatorRef",
    "a secretKey stands twice; with deletionPolicy Retain each may stand once": r"with deletionPolicy Retain each",
    "give a Go duration such as 1h30m": r"pec\.refreshInterval: is no duration",
    "each entry needs a store with a name, its own in sourceRef or that of secretStoreRef": _NO_STORE,
    "each extract or find needs a store with a name, its own in sourceRef or that of secretStoreRef": _NO_STORE,
    "an entry reads from a store and takes no generatorRef; use dataFrom": r"\.generatorRef: is not taken in data",
    "must not be negative": r"spec\.refreshInterval: must not be negative",
    "give a Go duration such as 1h30m, or seconds": r"spec\.refreshInterval: is no duration",
    "must be no more than 2147483647 seconds": r"spec\.refreshInterval: is more than 2147483647",
    "no entry has namespaces, namespaceSelector or namespaceRegexes, so that nobody is admitted": r": admits no name",
    "name at least one store": r"\.secretStoreRefs: is empty",
    "each entry needs a name or a labelSelector": r"\.secretStoreRefs\[\d+\]: names no store",
    "name a Secret, or give a selector or a generatorRef": r"\.selector\.secret: names no Secret",
    "two entries push to the same remoteKey and property": r": is that of data\[\d+\] as well: two values",
    "holds the spec of another kind than kind names": r"spec\.generator: needs ",
}
"""Rules by their words, with the faults that mean the same; of some rules the faults are the same."""
NARROWER: Final[Mapping[str, str]] = {
    # Without the annotation that ESO's webhook looks for, the library knows that it never works; the policy lets it be.
    "a template must not make tokens of a service account": r"\.template\.type: tokens of ServiceAccounts are",
}
"""Rules that catch a part of what the library does."""
_ALL: Final[Mapping[str, str]] = {**STANDS_FOR, **NARROWER}


def rules_of(kind: str) -> Sequence[str]:
    """Give the words of all rules that hold for a kind."""
    found = yaml.safe_load((FOLDER / f"{FILES[kind]}.yaml").read_text())
    return [rule["says"] for rule in found if rule.get("only", f"{kind.lower()}s") == f"{kind.lower()}s"]


def said_in(kind: str, warnings: Sequence[str]) -> set[str]:
    """Give what policies that only warn found wrong, in the words of STANDS_FOR's right side."""
    return {_ALL[says] for says in rules_of(kind) for warning in warnings if warning.rstrip('"').endswith(f": {says}")}


def found_in(kind: str, faults: Sequence[Fault]) -> set[str]:
    """Give what the library found of that for which there are rules, in the same words."""
    told = [str(fault) for fault in faults if fault.verdict in REFUSED]
    return {_ALL[says] for says in rules_of(kind) if any(re.search(_ALL[says], each) for each in told)}
