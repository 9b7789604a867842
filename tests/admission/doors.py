"""Sends every object of the table of rules to each door and writes down which door catches it: `make doors`.

The doors are the schema of our CRDs with its rules in CEL, the admission policies of the chart, and the webhook. The
policies are also tried on CRDs without our rules, as ESO's are: there they are alone.
"""

import csv
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from functools import cache
from http import HTTPStatus
from io import StringIO
from pathlib import Path
from typing import Final

import msgspec
import yaml

from bulkhead_testkit import helm
from bulkhead_testkit.admin import Admin, Manifest, in_order_of_dependence, wait_for
from bulkhead_testkit.caller import Caller, Reply, admin_of
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.definitions import wait_until_served, without_rules
from bulkhead_testkit.helm import CHART
from bulkhead_testkit.rules import Outcome, Rule, all_rules
from bulkhead_testkit.webhook_process import Webhook, answering, review

LIST: Final = Path(__file__).with_name("doors.tsv")
"""What was found, as it is committed."""
PROFILES: Final = ("strict", "eso-compat")

_KINDS: Final = frozenset({"CustomResourceDefinition", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"})
_BINDING: Final = "ValidatingAdmissionPolicyBinding"
_BY_POLICY: Final = "ValidatingAdmissionPolicy"
_CANARIES: Final = {"ClusterGenerator": "a-cluster-generator-of-another-kind", "PushSecret": "no-stores"}
"""Objects that only policies mind, as long as no webhook is there."""
_NOTHING: Final = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What becomes of one object, door by door."""

    kind: str
    id: str
    schema: Outcome
    """Of our CRDs; never warned."""
    types: Outcome
    """Of the same without any rule in CEL; ESO's have fewer of them."""
    policy_strict: Outcome
    """Of the admission policies in the profile strict, behind the CRDs without rules."""
    policy_eso_compat: Outcome
    webhook_strict: Outcome
    webhook_eso_compat: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an API server without a webhook says of an object."""

    schema: Outcome
    policy: Outcome


class Names(msgspec.Struct):
    """The part of a CRD's spec that makes an object's address."""

    kind: str
    plural: str


class Definition(msgspec.Struct):
    """Where objects of a kind are."""

    group: str
    scope: str
    names: Names


@cache
def definitions() -> Mapping[str, Definition]:
    """Give the definitions by kind."""
    loaded = (yaml.load(file.read_text(), yaml.CSafeLoader) for file in (CHART / "files" / "crds").glob("*.yaml"))
    found = (msgspec.convert(each["spec"], Definition) for each in loaded)
    return {each.names.kind: each for each in found}


def rehearsal_of(kind: str, document: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """Give path and body of a request that would create the object, and leaves nothing behind."""
    definition = definitions()[kind]
    metadata = document.get("metadata")
    place = {} if definition.scope == "Cluster" else {"namespace": "default"}
    where = "" if definition.scope == "Cluster" else "namespaces/default/"
    body = {**document, "metadata": {**metadata, **place} if isinstance(metadata, dict) else metadata}
    path = f"/apis/{document['apiVersion']}/{where}{definition.names.plural}"
    return f"{path}?dryRun=All&fieldValidation=Strict", body


def said_by(caller: Caller, kind: str, document: Mapping[str, object]) -> Said:
    """Ask an API server what it thinks of an object."""
    path, body = rehearsal_of(kind, document)
    return said_in(caller.call("POST", path, body))


def said_in(reply: Reply) -> Said:
    """Tell from an answer which of the two doors of the API server it comes from."""
    if reply.status == HTTPStatus.CREATED:
        warned = any(_BY_POLICY in warning for warning in reply.warnings)
        return Said(schema=Outcome.ALLOWED, policy=Outcome.WARNED if warned else Outcome.ALLOWED)
    assert reply.status in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.BAD_REQUEST}, reply.text
    # The API server looks at the schema first, and then asks no policy any more.
    if _BY_POLICY in reply.text:
        return Said(schema=Outcome.ALLOWED, policy=Outcome.DENIED)
    return Said(schema=Outcome.DENIED, policy=Outcome.ALLOWED)


@contextmanager
def api_server(folder: Path, *, profile: str = "strict", with_rules: bool) -> Iterator[ControlPlane]:
    """Run an API server with the chart's definitions and policies, and no webhook.

    Args:
        folder: for its files.
        profile: of the chart.
        with_rules: whether the definitions have our own rules; without them they are as ESO's.
    """
    with ControlPlane(folder, audited=False) as plane:
        with Admin(plane.admin_kubeconfig) as admin:
            for manifest in rendered(profile):
                admin.apply(manifest if with_rules else {key: without_rules(each) for key, each in manifest.items()})
            wait_until_served(admin)
        wait_until_in_force(admin_of(plane), profile)
        yield plane


def bind(plane: ControlPlane, profile: str) -> None:
    """Put the policies of an API server under another profile."""
    _apply_bindings(plane, rendered(profile))
    wait_until_in_force(admin_of(plane), profile)


def bind_as(plane: ControlPlane, action: str) -> None:
    """Have all policies do the same whatever they find: `Warn` or `Deny`."""
    changed = [
        {**each, "spec": {**msgspec.convert(each["spec"], dict[str, object]), "validationActions": [action]}}
        for each in rendered("strict")
        if each["kind"] == _BINDING
    ]
    _apply_bindings(plane, changed)
    wait_until_in_force(admin_of(plane), "eso-compat" if action == "Warn" else "strict")


def _apply_bindings(plane: ControlPlane, manifests: Sequence[Manifest]) -> None:
    with Admin(plane.admin_kubeconfig) as admin:
        for manifest in manifests:
            if manifest["kind"] == _BINDING:
                admin.apply(manifest)


def wait_until_in_force(caller: Caller, profile: str) -> None:
    """Wait until an API server that has read the policies works by them; it reads all of them at once."""
    wanted = Outcome.DENIED if profile == "strict" else Outcome.WARNED
    canaries = {rule.kind: rule for rule in all_rules() if _CANARIES.get(rule.kind) == rule.id}

    def look() -> bool | None:
        said = [said_by(caller, kind, rule.object).policy for kind, rule in canaries.items()]
        return all(each is wanted for each in said) or None

    wait_for(look, what=f"the policies of the profile {profile} are in force")


def rendered(profile: str) -> Sequence[Manifest]:
    """Render the chart's definitions and the policies about their specs."""
    values = {"profile": profile, "webhook": {"enabled": False}}
    return in_order_of_dependence([each for each in helm.render(values) if each["kind"] in _KINDS])


def webhook_says(webhook: Webhook, kind: str, document: Mapping[str, object]) -> Outcome:
    """Ask a webhook's process what it thinks of an object."""
    group = definitions()[kind].group
    answer = webhook.ask(review(kind, group=group, object=document)).answer
    if not answer.allowed:
        return Outcome.DENIED
    return Outcome.WARNED if answer.warnings else Outcome.ALLOWED


def lines_found(folder: Path) -> Sequence[Line]:
    """Send every object of the table to every door, each with processes of its own in the folder."""
    table = all_rules()
    with api_server(folder / "ours", with_rules=True) as plane:
        ours = _all_said(plane, table)
    with api_server(folder / "esos", with_rules=False) as plane:
        strict = _all_said(plane, table)
        bind(plane, "eso-compat")
        compatible = _all_said(plane, table)
    webhooks = {profile: _all_answers(folder / profile, profile, table) for profile in PROFILES}
    return [
        Line(
            kind=rule.kind,
            id=rule.id,
            schema=ours[at].schema,
            types=strict[at].schema,
            policy_strict=strict[at].policy,
            policy_eso_compat=compatible[at].policy,
            webhook_strict=webhooks["strict"][at],
            webhook_eso_compat=webhooks["eso-compat"][at],
        )
        for at, rule in enumerate(table)
    ]


def _all_said(plane: ControlPlane, table: Sequence[Rule]) -> Sequence[Said]:
    caller = admin_of(plane)
    return [said_by(caller, rule.kind, rule.object) for rule in table]


def _all_answers(folder: Path, profile: str, table: Sequence[Rule]) -> Sequence[Outcome]:
    folder.mkdir()
    webhook = Webhook(folder, flags=[f"--profile={profile}"])
    with answering(webhook):
        return [webhook_says(webhook, rule.kind, rule.object) for rule in table]


def text_of(lines: Sequence[Line]) -> str:
    """Write the list."""
    text = StringIO()
    writer = csv.writer(text, dialect=csv.excel_tab, lineterminator="\n")
    writer.writerow([each.name for each in fields(Line)])
    writer.writerows([_NOTHING if each == Outcome.ALLOWED else each for each in astuple(line)] for line in lines)
    return text.getvalue()


def lines_in(text: str) -> Sequence[Line]:
    """Read the list."""
    rows = csv.DictReader(StringIO(text), dialect=csv.excel_tab)
    read = [{name: Outcome.ALLOWED if each == _NOTHING else each for name, each in row.items()} for row in rows]
    return msgspec.convert(read, list[Line])


def main() -> int:
    """Write the list anew."""
    with tempfile.TemporaryDirectory(prefix="bulkhead-doors-") as folder:
        LIST.write_text(text_of(lines_found(Path(folder))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
