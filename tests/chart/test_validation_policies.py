"""The rules that CEL carries hold without a webhook, and with CRDs that have no rules of their own, as ESO's.

Source: ESO, the webhooks of ExternalSecret and SecretStore.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pytest
import yaml

from bulkhead_testkit import helm
from bulkhead_testkit.admin import Admin, Manifest, in_order_of_dependence, path_of, wait_for
from bulkhead_testkit.caller import Caller, Reply, admin_of
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.definitions import wait_until_served, without_rules
from bulkhead_testkit.helm import CHART

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("validation-policies")]

Spec = Mapping[str, object]
RULES: Final = {file.stem: file for file in sorted((CHART / "files" / "validation").glob("*.yaml"))}
DATA: Final[Spec] = {"secretStoreRef": {"name": "s"}, "data": [{"secretKey": "k", "remoteRef": {"key": "k"}}]}
PUSH: Final[Spec] = {"secretStoreRefs": [{"name": "s"}], "selector": {"secret": {"name": "source"}}}
FAKE: Final[Spec] = {"provider": {"fake": {"data": []}}}
ACCOUNT: Final = "kubernetes.io/service-account-token"
WRONG: Final[Mapping[str, Mapping[str, Spec]]] = {
    "externalsecret": {
        "give an entry of data or dataFrom": {"data": []},
        "deletionPolicy Delete needs creationPolicy Owner or Orphan": {
            "target": {"creationPolicy": "Merge", "deletionPolicy": "Delete"}
        },
        "deletionPolicy Merge needs a Secret, and creationPolicy None makes none": {
            "target": {"creationPolicy": "None", "deletionPolicy": "Merge"}
        },
        "a template must not make bootstrap tokens": {
            "target": {"template": {"type": "bootstrap.kubernetes.io/token"}}
        },
        "a template must not make tokens of a service account": {
            "target": {"template": {"type": ACCOUNT, "templateFrom": [{"target": "annotations", "literal": "a: b"}]}}
        },
        "target may be Data, Labels or Annotations for a Secret": {
            "target": {"template": {"templateFrom": [{"target": "Spec", "literal": "a: b"}]}}
        },
        "each entry takes extract, find or sourceRef": {"dataFrom": [{"rewrite": []}]},
        "an entry takes extract or find, not both; make two entries of it": {
            "dataFrom": [{"extract": {"key": "k"}, "find": {"path": "k"}}]
        },
        "a generator has nothing to extract or find": {
            "dataFrom": [{"extract": {"key": "k"}, "sourceRef": {"generatorRef": {"kind": "Password", "name": "p"}}}]
        },
        "a secretKey stands twice; with deletionPolicy Retain each may stand once": {
            "data": [{"secretKey": "k", "remoteRef": {"key": key}} for key in ("a", "b")]
        },
        "give a Go duration such as 1h30m": {"refreshInterval": "1d"},
        "each entry needs a store with a name, its own in sourceRef or that of secretStoreRef": {"secretStoreRef": {}},
        "an entry reads from a store and takes no generatorRef; use dataFrom": {
            "data": [
                {
                    "secretKey": "k",
                    "remoteRef": {"key": "k"},
                    "sourceRef": {"generatorRef": {"kind": "Password", "name": "p"}},
                }
            ]
        },
        "each extract or find needs a store with a name, its own in sourceRef or that of secretStoreRef": {
            "secretStoreRef": {},
            "data": [],
            "dataFrom": [{"extract": {"key": "k"}}],
        },
    },
    "secretstore": {
        "must not be negative": {"refreshInterval": "-0.5s"},
        "give a Go duration such as 1h30m, or seconds": {"refreshInterval": "1d"},
        "must be no more than 2147483647 seconds": {"refreshInterval": 2**31},
        "no entry has namespaces, namespaceSelector or namespaceRegexes, so that nobody is admitted": {
            "conditions": [{}, {"namespaces": []}]
        },
    },
    "pushsecret": {
        "name at least one store": {"secretStoreRefs": []},
        "each entry needs a name or a labelSelector": {"secretStoreRefs": [{"kind": "SecretStore"}]},
        "name a Secret, or give a selector or a generatorRef": {"selector": {"secret": {}}},
        "two entries push to the same remoteKey and property": {
            "data": [{"match": {"secretKey": key, "remoteRef": {"remoteKey": "r"}}} for key in ("a", "b")]
        },
    },
    "clustergenerator": {
        "holds the spec of another kind than kind names": {"kind": "UUID", "generator": {"passwordSpec": {}}},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Where objects of a kind are made, and where the spec with the rules stands."""

    kind: str
    plural: str
    rules: str
    right: Spec
    embedded: str = ""
    """Field of spec that holds it; empty means spec itself."""

    @property
    def path(self) -> str:
        """For a rehearsal, which leaves nothing behind."""
        group = self.api_version
        namespace = "" if self.kind.startswith("Cluster") else "/namespaces/default"
        return f"/apis/{group}{namespace}/{self.plural}?dryRun=All"

    @property
    def api_version(self) -> str:
        """Of the kind's group."""
        if self.plural == "clustergenerators":
            return "generators.external-secrets.io/v1alpha1"
        return f"external-secrets.io/{'v1alpha1' if self.rules == 'pushsecret' else 'v1'}"

    def object(self, change: Spec) -> Mapping[str, object]:
        """Build one whose spec is right but for the change."""
        spec = {**self.right, **change}
        return {
            "apiVersion": self.api_version,
            "kind": self.kind,
            "metadata": {"name": "tried"},
            "spec": {self.embedded: spec} if self.embedded else spec,
        }


KINDS: Final = (
    Kind(kind="ExternalSecret", plural="externalsecrets", rules="externalsecret", right=DATA),
    Kind(
        kind="ClusterExternalSecret",
        plural="clusterexternalsecrets",
        rules="externalsecret",
        right=DATA,
        embedded="externalSecretSpec",
    ),
    Kind(kind="SecretStore", plural="secretstores", rules="secretstore", right=FAKE),
    Kind(kind="ClusterSecretStore", plural="clustersecretstores", rules="secretstore", right=FAKE),
    Kind(kind="PushSecret", plural="pushsecrets", rules="pushsecret", right=PUSH),
    Kind(
        kind="ClusterPushSecret",
        plural="clusterpushsecrets",
        rules="pushsecret",
        right=PUSH,
        embedded="pushSecretSpec",
    ),
    Kind(
        kind="ClusterGenerator",
        plural="clustergenerators",
        rules="clustergenerator",
        right={"kind": "UUID", "generator": {"uuidSpec": {}}},
    ),
)
ONLY: Final[Mapping[str, str]] = {
    rule["says"]: rule["only"] for file in RULES.values() for rule in yaml.safe_load(file.read_text()) if "only" in rule
}
"""Rules that hold for one plural of those of their file."""
CASES: Final = [
    (kind, says, change)
    for kind in KINDS
    for says, change in WRONG[kind.rules].items()
    if ONLY.get(says, kind.plural) == kind.plural
]
ROWS: Final = [pytest.param(*case, id=f"{case[0].plural}: {case[1]}") for case in CASES]


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """An API server with the CRDs, without any of their rules."""
    with ControlPlane(tmp_path_factory.mktemp("validation-policies"), audited=False) as plane:
        with Admin(plane.admin_kubeconfig) as admin:
            for manifest in _rendered("strict"):
                admin.apply({key: without_rules(value) for key, value in manifest.items()})
            wait_until_served(admin)
        yield plane


@pytest.fixture(scope="module")
def caller(plane: ControlPlane) -> Caller:
    return admin_of(plane)


@pytest.fixture(scope="module")
def strict(caller: Caller) -> Caller:
    """The profile strict, once its policies work."""
    wait_for(lambda: _refused(caller, *CASES[-1]) or None, what="the policies are in force")
    return caller


def test_every_rule_of_the_chart_is_tried() -> None:
    written = {stem: {rule["says"] for rule in yaml.safe_load(file.read_text())} for stem, file in RULES.items()}
    assert {stem: set(rows) for stem, rows in WRONG.items()} == written


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.plural)
def test_what_is_right_is_taken_without_a_word(strict: Caller, kind: Kind) -> None:
    reply = _try(strict, kind, {})
    assert (reply.status, reply.warnings) == (201, ()), reply.text


@pytest.mark.parametrize(("kind", "says", "change"), ROWS)
def test_what_is_wrong_is_refused_with_its_place(strict: Caller, kind: Kind, says: str, change: Spec) -> None:
    reply = _try(strict, kind, change)
    assert reply.status == 422, reply.text
    assert f"spec{'.' + kind.embedded if kind.embedded else ''}" in reply.text
    assert says in reply.text


def test_a_store_that_serves_its_own_namespace_alone_may_have_conditions_that_admit_nobody(strict: Caller) -> None:
    reply = _try(strict, KINDS[2], {"conditions": [{}]})
    assert (reply.status, reply.warnings) == (201, ()), reply.text


def test_one_condition_that_admits_somebody_is_enough(strict: Caller) -> None:
    reply = _try(strict, KINDS[3], {"conditions": [{}, {"namespaces": ["team-a"]}]})
    assert (reply.status, reply.warnings) == (201, ()), reply.text


def test_without_the_value_no_rule_is_rendered() -> None:
    assert _names(_rendered("strict", enabled=False)) < _names(_rendered("strict"))
    assert not {name for name in _names(_rendered("strict", enabled=False)) if "never-works" in name}


def test_policies_leave_the_word_to_a_webhook_that_fails_closed() -> None:
    bindings = [each for each in helm.render({}) if each["kind"] == "ValidatingAdmissionPolicyBinding"]
    rules = ("-refused-", "-never-works-")
    found = [yaml.safe_load(yaml.safe_dump(each)) for each in bindings]
    actions = {
        each["metadata"]["name"].rpartition("-")[2]: each["spec"]["validationActions"]
        for each in found
        if any(part in each["metadata"]["name"] for part in rules)
    }
    closed = {"externalsecrets", "clusterexternalsecrets", "secretstores", "clustersecretstores"}
    assert actions == {kind.plural: ["Audit"] if kind.plural in closed else ["Deny"] for kind in KINDS}


# The last of the module: it leaves the policies of another profile behind.
def test_in_eso_compat_only_what_eso_refuses_is_refused_and_the_rest_is_a_warning(plane: ControlPlane) -> None:
    caller = admin_of(plane)
    with Admin(plane.admin_kubeconfig) as admin:
        for manifest in _rendered("eso-compat"):
            if manifest["kind"] == "ValidatingAdmissionPolicyBinding":
                admin.apply(manifest)
    wait_for(lambda: not _refused(caller, *CASES[-1]) or None, what="the profile's bindings are in force")
    for kind, says, change in CASES:
        reply = _try(caller, kind, change)
        if _eso_refuses(kind, says):
            assert reply.status == 422, (kind.plural, says, reply.text)
        else:
            assert reply.status == 201, (kind.plural, says, reply.text)
            assert any(says in warning for warning in reply.warnings), (kind.plural, says, reply.warnings)


def _eso_refuses(kind: Kind, says: str) -> bool:
    rules = yaml.safe_load(RULES[kind.rules].read_text())
    verdict = next(rule["verdict"] for rule in rules if rule["says"] == says)
    return bool(verdict == "Refused" and not kind.embedded)


def _refused(caller: Caller, kind: Kind, _says: str, change: Spec) -> bool:
    return _try(caller, kind, change).status == 422


def _try(caller: Caller, kind: Kind, change: Spec) -> Reply:
    return caller.call("POST", kind.path, kind.object(change))


def _names(manifests: Sequence[Manifest]) -> set[str]:
    return {path_of(manifest) for manifest in manifests}


def _rendered(profile: str, *, enabled: bool = True) -> Sequence[Manifest]:
    values = {"profile": profile, "validationPolicies": {"enabled": enabled}, "webhook": {"enabled": False}}
    wanted = {"CustomResourceDefinition", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}
    return in_order_of_dependence([each for each in helm.render(values) if each["kind"] in wanted])
