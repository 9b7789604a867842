"""Manifests that are wrong in one way each: at which door each is stopped, and what its author is told, word for word.

The tables are the files in `bad/`, one for each door. All of them are tried at once, beside a neighbour that must not
notice. Texts hold `$NS` for the namespace, `$VAULT` for the address of OpenBao and `$[x*n]` for n times x.
"""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.request import urlopen
from uuid import uuid4

import msgspec
import pytest
import yaml

from bulkhead_testkit.admin import Admin, AdminError, LiveSecret, Manifest, path_of, wait_for
from bulkhead_testkit.clearing import clear_namespace
from bulkhead_testkit.ledger import Ledger
from bulkhead_testkit.manifests import cluster_store, external_secret, fake_provider, fake_store
from bulkhead_testkit.process import Process
from bulkhead_testkit.stack import Stack

TABLES: Final = Path(__file__).parent / "bad"
DOCS: Final = Path(__file__).parents[2] / "docs"
REPEATED: Final = re.compile(r"\$\[(.)\*([0-9]+)\]")
CLUSTER_KINDS: Final = frozenset({"ClusterSecretStore", "ClusterExternalSecret", "ClusterPushSecret"})
ENTRIES: Final = 10_000
BIG: Final = "v" * 1_100_000
"""More than a Secret may hold, and less than a store."""
SOON_S: Final = 5.0
"""How long the neighbour may take to see a changed value, with an interval of a second."""
PATIENCE_S: Final = 40.0
INCOMPLETE: Final = (
    ", <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; "
    "correct the existing errors to complete validation]"
)
"""What the API server adds where it finds an object of a kind with rules too wrong to try them."""
Spec = Mapping[str, object]


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One manifest: what differs from one of its kind that is right, and what is said of it."""

    name: str
    says: str
    """The whole text, after who says it and about what."""
    kind: str = "ExternalSecret"
    spec: dict[str, object] | None = {}
    """Fields that take the place of the right ones; None means that there is no spec."""
    metadata: dict[str, object] = {}
    data: dict[str, str] = {}
    """What the Secret holds in the end, if that is not what it held before."""


def _rows(door: str) -> Mapping[str, Row]:
    text = REPEATED.sub(lambda run: run.group(1) * int(run.group(2)), (TABLES / f"{door}.yaml").read_text())
    rows = msgspec.convert(yaml.safe_load(text), list[Row])
    return {row.name: row for row in rows}


SCHEMA: Final = _rows("schema")
CEL: Final = _rows("cel")
CONDITION: Final = _rows("condition")
HARMLESS: Final = _rows("harmless")

VALUES: Final = {
    "k": "good",
    "text": "not JSON",
    "list": "[1]",
    "json": '{"a": "1"}',
    "objects": '{"one": {"a": 1}, "two": {"a": 2}}',
    "letters": '{"größe": "1"}',
    "alike": '{"a/b": "1", "a:b": "2"}',
    "cases": '{"A b": "1", "a b": "2"}',
    "dots": '{"..": "1"}',
    "long": json.dumps({"k" * 254: "1"}),
    "run": json.dumps({"a" * 10_000 + "!": "1"}),
    "a" * 10_000 + "!": "found by the slowest of searches",
    "binary": "a\0b",
    "no-utf-8": "//79",
}
RIGHT: Final[Mapping[str, Callable[[str], Spec]]] = {
    "ExternalSecret": lambda _: {
        "refreshInterval": "1h",
        "secretStoreRef": {"name": "fake"},
        "data": [{"secretKey": "k", "remoteRef": {"key": "k"}}],
    },
    "SecretStore": lambda _: {"provider": fake_provider({"k": "good"})},
    "ClusterSecretStore": lambda _: {"provider": fake_provider({"k": "good"})},
    "ClusterExternalSecret": lambda namespace: {
        "externalSecretSpec": RIGHT["ExternalSecret"](namespace),
        "namespaceSelectors": [{"matchLabels": {"kubernetes.io/metadata.name": namespace}}],
    },
    "PushSecret": lambda _: {"secretStoreRefs": [{"name": "fake"}], "selector": {"secret": {"name": "kept"}}},
    "ClusterPushSecret": lambda namespace: {"pushSecretSpec": RIGHT["PushSecret"](namespace)},
    "Password": lambda _: {},
    "VaultDynamicSecret": lambda _: {"path": "database/creds/app"},
}
VERSIONS: Final = {
    **dict.fromkeys(("PushSecret", "ClusterPushSecret"), "external-secrets.io/v1alpha1"),
    **dict.fromkeys(("Password", "VaultDynamicSecret"), "generators.external-secrets.io/v1alpha1"),
}


CONDITIONS: Final[Mapping[str, Sequence[Spec]]] = {
    "closed": [{"namespaces": ["somebody-else"]}],
    "no-regexp": [{"namespaceRegexes": ["(?=a)"]}],
    "no-operator": [{"namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "Is", "values": ["b"]}]}}],
    "no-label": [{"namespaceSelector": {"matchLabels": {"a": "no label"}}}],
}
"""ClusterSecretStores by what is wrong with their conditions: nothing is said of it before somebody uses them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where rows are tried: what the placeholders of the tables stand for."""

    namespace: str
    vault: str

    def fill(self, row: Row) -> Row:
        text = msgspec.json.encode(row).replace(b"$NS", self.namespace.encode()).replace(b"$VAULT", self.vault.encode())
        return msgspec.json.decode(text, type=Row)

    def general(self, text: str) -> str:
        return text.replace(self.namespace, "$NS").replace(self.vault, "$VAULT")

    def manifest(self, row: Row) -> Manifest:
        """Build what a row describes."""
        wrong, is_namespaced = self.fill(row), row.kind not in CLUSTER_KINDS
        name = {"name": row.name if is_namespaced else f"{self.namespace}-{row.name}"}
        scope = {"namespace": self.namespace} if is_namespaced else {}
        right = {**RIGHT[row.kind](self.namespace), **(wrong.spec or {})}
        spec = {"spec": {field: part for field, part in right.items() if part is not None}}
        return {
            "apiVersion": VERSIONS.get(row.kind, "external-secrets.io/v1"),
            "kind": row.kind,
            "metadata": {**name, **scope, **wrong.metadata},
            **({} if wrong.spec is None else spec),
        }


class Seen(msgspec.Struct, frozen=True):
    """The status of an object of any kind, as far as it says that something is wrong."""

    class Status(msgspec.Struct, frozen=True, rename="camel"):
        class Condition(msgspec.Struct, frozen=True):
            type: str
            message: str = ""

        class Failed(msgspec.Struct, frozen=True):
            reason: str = ""

        conditions: list[Condition] = []
        failed_namespaces: list[Failed] = []

        def text(self) -> str:
            """Give what is said, from the most particular place that the kind has."""
            failed = [each.reason for each in self.failed_namespaces]
            return "; ".join(failed or [each.message for each in self.conditions if each.type == "Ready"])

    status: Status = Status()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of all rows."""

    place: Place
    ledger: Ledger
    """Open since before the first row."""
    began_at: float = field(default_factory=time.monotonic)
    said: dict[str, str] = field(default_factory=dict)
    """By name, with the placeholders of the tables."""
    before: dict[str, LiveSecret] = field(default_factory=dict)
    """The Secret of an ExternalSecret that a condition stops, from before it was wrong."""
    during: dict[str, LiveSecret | None] = field(default_factory=dict)
    """The Secret of every ExternalSecret while it is wrong."""
    after: dict[str, LiveSecret] = field(default_factory=dict)
    """The first again, once the manifest is right again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Whom the manifests must not hurt, as they were before."""

    controller: Process
    provider: Process
    pids: tuple[int, int]


@pytest.fixture(scope="module")
def programs(stack: Stack) -> Programs:
    controller, provider = stack.container("controller"), stack.container("provider-fake")
    return Programs(controller=controller, provider=provider, pids=(controller.pid, provider.pid))


@pytest.fixture(scope="module")
def trial(stack: Stack, programs: Programs) -> Iterator[Trial]:
    """Try all rows in one namespace, beside a store and a neighbour that are right."""
    assert programs.controller.running
    place = Place(namespace=f"bad-{uuid4().hex[:8]}", vault=stack.backend.address)
    trial = Trial(place=place, ledger=Ledger(stack))
    _lay_out(stack.admin, place.namespace)
    _try(stack.admin, trial)
    yield trial
    _clear(stack.admin, place)


def _lay_out(admin: Admin, namespace: str) -> None:
    """Make what the rows refer to."""
    admin.apply(_object("v1", "Namespace", "", namespace))
    admin.apply(fake_store(namespace, VALUES))
    admin.apply(fake_store(namespace, {"big": BIG}, name="big"))
    admin.apply(_neighbour(namespace))
    admin.apply({**_object("v1", "Secret", namespace, "credential"), "stringData": {"token": "of the store"}})
    admin.apply({**_object("v1", "Secret", namespace, "certificate"), "type": "example.com/other"})
    for name, conditions in CONDITIONS.items():
        admin.apply(_cluster_store(namespace, name, conditions))


def _try(admin: Admin, trial: Trial) -> None:
    for row in (*SCHEMA.values(), *CEL.values()):
        trial.said[row.name] = _refusal(admin, trial.place, row)
    trial.before.update(_make_right(admin, trial.place))
    for row in (*CONDITION.values(), *HARMLESS.values()):
        try:
            admin.apply(trial.place.manifest(row))
        except AdminError as error:
            trial.said[row.name] = f"refused: {error}"
    admin.apply(_of_many_entries(trial.place.namespace))
    _wait_for_texts(admin, trial)
    trial.after.update(_make_right(admin, trial.place))


def _clear(admin: Admin, place: Place) -> None:
    for row in (*CONDITION.values(), *HARMLESS.values()):
        if row.kind in CLUSTER_KINDS:
            admin.delete(place.manifest(row))
        if "finalizers" in row.metadata:
            admin.patch_metadata(place.manifest(row), finalizers=[])
    for name, conditions in CONDITIONS.items():
        admin.delete(_cluster_store(place.namespace, name, conditions))
    clear_namespace(admin, place.namespace)
    admin.delete(_object("v1", "Namespace", "", place.namespace))


def _cluster_store(namespace: str, name: str, conditions: Sequence[Spec]) -> Manifest:
    return cluster_store(f"{namespace}-{name}", fake_provider({"k": "good"}), conditions=conditions)


def _neighbour(namespace: str) -> Manifest:
    return external_secret(namespace, "neighbour", store="fake", data={"k": {"key": "k"}}, refresh_interval="1s")


def _object(version: str, kind: str, namespace: str, name: str) -> Manifest:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def _of_many_entries(namespace: str) -> Manifest:
    data = {f"key-{number}": {"key": "k"} for number in range(ENTRIES)}
    return external_secret(namespace, "many-entries", store="fake", data=data, refresh_interval="1s")


def _refusal(admin: Admin, place: Place, row: Row) -> str:
    """Send a manifest as kubectl does and give the API server's answer to it; empty if it is taken."""
    wrong = place.manifest(row)
    try:
        admin.request("POST", f"{path_of(wrong).rpartition('/')[0]}?fieldValidation=Strict", body=wrong)
    except AdminError as error:
        if error.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}:
            raise
        message: str = json.loads(str(error)[str(error).index("{") :])["message"]
        said = message.partition(" is invalid: ")[2] or message
        return place.general(said.removeprefix("[").removesuffix(INCOMPLETE) if said.endswith(INCOMPLETE) else said)
    return ""


def _make_right(admin: Admin, place: Place) -> Mapping[str, LiveSecret]:
    """Make every ExternalSecret that a condition stops what its author meant, and give its Secret once it is synced."""
    rows = [row for row in CONDITION.values() if row.kind == "ExternalSecret"]
    for row in rows:
        admin.apply(place.manifest(msgspec.structs.replace(row, spec={}, metadata={})))
    for row in rows:
        admin.wait_ready(place.namespace, row.name, reason="SecretSynced", says="secret synced")
    return {row.name: admin.wait_for_secret(place.namespace, row.name) for row in rows}


def _wait_for_texts(admin: Admin, trial: Trial) -> None:
    """Read what every object says, until all say what they should or patience is at its end."""
    waiting = [row for row in (*CONDITION.values(), *HARMLESS.values()) if row.name not in trial.said]

    def look() -> bool | None:
        waiting[:] = [row for row in waiting if not _is_done(admin, trial, row)]
        return None if waiting else True

    # Each row's test says what is missing.
    with suppress(AdminError):
        wait_for(look, what="every object says what it should", timeout_s=PATIENCE_S)


def _is_done(admin: Admin, trial: Trial, row: Row) -> bool:
    """Note what an object says and what its Secret holds, and say whether both are as they should be."""
    seen = admin.get(path_of(trial.place.manifest(row)), Seen)
    text = "" if seen is None else seen.status.text()
    trial.said[row.name] = trial.place.general(text)
    if row.kind != "ExternalSecret":
        return trial.said[row.name] == row.says
    secret = trial.during[row.name] = admin.secret(trial.place.namespace, row.name)
    return trial.said[row.name] == row.says and secret is not None and secret.data == _data(row)


def _data(row: Row) -> Mapping[str, bytes]:
    return {key: text.encode("latin-1") for key, text in (row.data or {"k": VALUES["k"]}).items()}


def test_there_are_many_ways_to_be_wrong() -> None:
    tables = (SCHEMA, CEL, CONDITION, HARMLESS)
    assert len({name for table in tables for name in table}) == sum(map(len, tables))
    assert sum(map(len, tables)) >= 80


@pytest.mark.parametrize("name", SCHEMA)
def test_the_schema_refuses(trial: Trial, name: str) -> None:
    assert trial.said[name] == SCHEMA[name].says


@pytest.mark.parametrize("name", CEL)
def test_a_rule_refuses(trial: Trial, name: str) -> None:
    assert trial.said[name] == CEL[name].says


@pytest.mark.parametrize("name", CONDITION)
def test_a_condition_says(trial: Trial, name: str) -> None:
    assert trial.said[name] == CONDITION[name].says


@pytest.mark.parametrize("name", [row.name for row in CONDITION.values() if row.kind == "ExternalSecret"])
def test_the_last_good_secret_is_not_touched_by(trial: Trial, name: str) -> None:
    before = trial.before[name]
    assert trial.during[name] == before
    assert trial.after[name] == before


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_odd_and_not_wrong_does_no_harm(trial: Trial, name: str) -> None:
    row = HARMLESS[name]
    assert trial.said[name] == row.says
    if row.kind == "ExternalSecret":
        secret = trial.during[name]
        assert secret is not None
        assert secret.data == _data(row)


@pytest.mark.parametrize("name", ["an-interval-of-a-nanosecond", "a-store-looked-at-every-nanosecond"])
def test_nobody_is_busy_with(trial: Trial, name: str) -> None:
    calls = sum(trial.ledger.provider_calls(namespace=trial.place.namespace, name=name).values())
    # Once a second, and a few more for what else happens to it.
    assert 1 <= calls <= time.monotonic() - trial.began_at + 5


def test_ten_thousand_entries_are_one_secret(stack: Stack, trial: Trial) -> None:
    secret = stack.admin.wait_for_secret(trial.place.namespace, "many-entries")
    assert len(secret.data) == ENTRIES
    stack.admin.wait_ready(trial.place.namespace, "many-entries", reason="SecretSynced")


def test_two_secrets_that_nobody_manages_are_as_they_were(stack: Stack, trial: Trial) -> None:
    credential = stack.admin.secret(trial.place.namespace, "credential")
    certificate = stack.admin.secret(trial.place.namespace, "certificate")
    assert credential is not None
    assert certificate is not None
    assert credential.data == {"token": b"of the store"}
    assert certificate.data == {}
    assert credential.metadata.labels == certificate.metadata.labels == {}


def test_a_neighbour_is_refreshed_as_if_nothing_was_wrong(stack: Stack, trial: Trial) -> None:
    stack.admin.apply(fake_store(trial.place.namespace, {**VALUES, "k": "better"}))
    stack.admin.wait_for_secret(trial.place.namespace, "neighbour", data={"k": b"better"}, timeout_s=SOON_S)


@pytest.mark.usefixtures("trial")
def test_no_process_ended_and_the_controller_is_live(programs: Programs) -> None:
    assert (programs.controller.pid, programs.provider.pid) == programs.pids
    assert programs.controller.running
    assert programs.provider.running
    (port,) = (each.rpartition(":")[2] for each in programs.controller.argv if each.startswith("--live-addr="))
    with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=SOON_S) as answer:
        assert answer.status == HTTPStatus.OK


def test_the_texts_in_the_docs_are_what_is_said() -> None:
    said = {row.says for table in (SCHEMA, CEL, CONDITION, HARMLESS) for row in table.values()}
    shown = re.findall(r"^\| `(.*?)` \|", (DOCS / "errors.md").read_text(), re.MULTILINE)
    assert shown
    assert [text for text in shown if text not in said] == []
