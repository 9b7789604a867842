"""The matrix of the policies with real processes on a real API server: one namespace for each event, all rows at once.

The oracle is the one of the tests in memory, so that what those believe of the API server is tried as well.
"""

import base64
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

import msgspec
import pytest

from bulkhead_api.external_secret import ExternalSecret
from bulkhead_controller.externalsecret.status import ready_condition
from bulkhead_testkit.admin import Admin, AdminError, LiveSecret, Manifest, wait_for
from bulkhead_testkit.manifests import external_secret, fake_store, target
from bulkhead_testkit.policy_oracle import (
    ADDED,
    EDITED,
    KEY,
    NEW,
    OLD,
    STORABLE,
    Event,
    Expectation,
    Ready,
    Row,
    Target,
    before,
    can_be_edited,
    expectation,
    laid_before,
)
from bulkhead_testkit.stack import Stack

_T = TypeVar("_T")
SOURCE: Final = "db"
STAYS_S: Final = 2.2
"""How long what was reached has to stay: two refreshes."""
IDS: Final = {event: event.value.replace(" ", "-") for event in Event}


class Secrets(msgspec.Struct, frozen=True):
    items: list[LiveSecret]


class ExternalSecrets(msgspec.Struct, frozen=True):
    items: list[ExternalSecret]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What one ExternalSecret of the matrix has come to."""

    target: Target | None
    ready: Ready | None
    """With the whole message; None means that nothing was said, or that there is no object."""
    versions: tuple[str, str] = field(compare=False)
    """resourceVersions of the Secret and of the ExternalSecret; empty without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """All rows in one namespace, to which one event happens."""

    admin: Admin
    namespace: str
    event: Event
    reads: bool

    def lay(self) -> None:
        """Make the store, what users made before, and an ExternalSecret for each row; wait until all are synced."""
        self.put(OLD)
        for row in STORABLE:
            laid = laid_before(row, self.event)
            if laid is not None:
                self.admin.create(self._secret(row) | {"data": _encoded(laid.data)})
        self.create()
        if self.event is not Event.CREATE:
            self.wait(lambda row: (before(row, self.event, reads=self.reads), self.want(row, Event.CREATE).ready))

    def create(self) -> None:
        """Create an ExternalSecret for each row."""
        self._for_each(lambda row: self.admin.create(self.manifest(row)))

    def want(self, row: Row, event: Event) -> Expectation:
        """Give what the oracle expects; without an event, that is what a sync leaves."""
        if event is Event.CREATE and laid_before(row, self.event) is not None:
            event = Event.REFRESH_UNCHANGED
        return expectation(row, event, reads=self.reads)

    def put(self, value: bytes | None) -> None:
        """Make this the value that the provider holds."""
        values = {"another": "x"} if value is None else {SOURCE: value.decode()}
        self.admin.apply(fake_store(self.namespace, values))

    def manifest(self, row: Row) -> Manifest:
        policies = target(
            creation_policy=row.creation, deletion_policy=row.deletion, immutable=row.immutable, name=row.name
        )
        data = {KEY: {"key": SOURCE}}
        return external_secret(
            self.namespace,
            row.name,
            store="fake",
            data=data,
            refresh_interval="1s",
            target=policies,
            refreshPolicy=row.refresh.value,
        )

    def happen(self) -> None:
        """Let the event happen to all rows."""
        if self.event in (Event.REFRESH_CHANGED, Event.FORCE_SYNC, Event.TARGET_DELETED):
            self.put(NEW)
        match self.event:
            case Event.CREATE | Event.REFRESH_CHANGED | Event.REFRESH_UNCHANGED:
                pass
            case Event.FORCE_SYNC:
                self._for_each(
                    lambda row: self.admin.patch_metadata(self.manifest(row), annotations={"force-sync": "1"})
                )
            case Event.TARGET_DELETED:
                self.admin.request("DELETE", self._path("secrets"))
            case Event.TARGET_EDITED:
                self._for_each(self._edit)
            case Event.SOURCE_GONE:
                self.put(None)
            case Event.DELETED:
                self._delete()
            case Event.RECREATED:
                self._delete()
                self.wait(lambda row: (self.want(row, Event.DELETED).later, None))
                self.put(NEW)
                self.create()

    def wait(self, want: Callable[[Row], tuple[Target | None, Ready | None]]) -> None:
        """Wait until target and condition of every row are as wanted.

        Raises:
            AdminError: they are not in time; names each row that is not.
        """
        look = partial(self._all_are, want)
        try:
            # A new control plane's garbage collector learns new kinds only every 30 s or so.
            wait_for(look, what=f"the rows {self.event}", timeout_s=60)
        except AdminError as error:
            for line in self.differences(want):
                error.add_note(line)
            raise

    def differences(self, want: Callable[[Row], tuple[Target | None, Ready | None]]) -> list[str]:
        """Name each row that is not as wanted, and how."""
        seen = self.states()
        return [
            f"{row.name}: wanted {want(row)}, not {seen[row.name]}"
            for row in STORABLE
            if not _fits(seen[row.name], *want(row))
        ]

    def states(self) -> Mapping[str, State]:
        """Read all rows by two lists."""
        secrets = {each.metadata.name: each for each in self._list("secrets", Secrets).items}
        objects = {each.metadata.name: each for each in self._list("externalsecrets", ExternalSecrets).items}
        return {row.name: _state(secrets.get(row.name), objects.get(row.name)) for row in STORABLE}

    def _for_each(self, act: Callable[[Row], None]) -> None:
        for row in STORABLE:
            act(row)

    def _all_are(self, want: Callable[[Row], tuple[Target | None, Ready | None]]) -> bool | None:
        return None if self.differences(want) else True

    def _list(self, plural: str, kind: type[_T]) -> _T:
        return msgspec.json.decode(self.admin.request("GET", self._path(plural)), type=kind)

    def _delete(self) -> None:
        self.admin.request("DELETE", self._path("externalsecrets"))

    def _path(self, plural: str) -> str:
        group = "/api/v1" if plural == "secrets" else "/apis/external-secrets.io/v1"
        return f"{group}/namespaces/{self.namespace}/{plural}"

    def _secret(self, row: Row) -> dict[str, object]:
        metadata = {"name": row.name, "namespace": self.namespace}
        return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}

    def _edit(self, row: Row) -> None:
        known = before(row, self.event, reads=self.reads)
        if known is None:
            return
        path = f"{self._path('secrets')}/{row.name}"
        body = {"data": _encoded({KEY: EDITED, **dict([ADDED])})}
        try:
            self.admin.request("PATCH", path, body=body, content_type="application/merge-patch+json")
        except AdminError:
            assert not can_be_edited(known)
        else:
            assert can_be_edited(known)


def _encoded(data: Mapping[str, bytes]) -> dict[str, str]:
    return {key: base64.b64encode(value).decode() for key, value in data.items()}


def _state(secret: LiveSecret | None, seen: ExternalSecret | None) -> State:
    held = None
    if secret is not None:
        owned = bool(secret.metadata.owner_references)
        held = Target(data=secret.data, owned=owned, immutable=secret.immutable)
    condition = ready_condition(seen.status) if seen is not None else None
    said = Ready(condition.status.value, condition.reason, (condition.message,)) if condition is not None else None
    versions = (secret.metadata.resource_version if secret else "", seen.metadata.resource_version if seen else "")
    return State(target=held, ready=said, versions=versions)


def _fits(seen: State, held: Target | None, ready: Ready | None) -> bool:
    if seen.target != held or seen.ready is None or ready is None:
        return seen.target == held and seen.ready is None and ready is None
    same = (seen.ready.status, seen.ready.reason) == (ready.status, ready.reason)
    return same and all(each in seen.ready.says[0] for each in ready.says)


def carry_out(matrix: Matrix) -> None:
    """Let the event happen, wait for what the oracle expects of all rows, and see that it stays."""

    def want(row: Row) -> tuple[Target | None, Ready | None]:
        expected = matrix.want(row, matrix.event)
        return expected.later, expected.ready

    matrix.lay()
    matrix.happen()
    matrix.wait(want)
    reached = matrix.states()
    # Two more refreshes have passed when the wall clock has.
    time.sleep(STAYS_S)
    assert matrix.differences(want) == []
    if matrix.event is Event.REFRESH_UNCHANGED:
        assert _versions(matrix.states(), reads=matrix.reads) == _versions(reached, reads=matrix.reads)


def _versions(states: Mapping[str, State], *, reads: bool) -> Mapping[str, Sequence[str]]:
    # The profile eso-compat moves refreshTime with each refresh, as ESO does.
    return {name: state.versions[: 1 if reads else 2] for name, state in states.items()}


@pytest.mark.parametrize("event", [pytest.param(event, id=IDS[event]) for event in Event])
def test_each_combination_in_the_profile_strict(stack: Stack, namespace: str, event: Event) -> None:
    carry_out(Matrix(admin=stack.admin, namespace=namespace, event=event, reads=False))


@pytest.mark.parametrize("event", [pytest.param(event, id=IDS[event]) for event in Event])
def test_each_combination_in_the_profile_eso_compat(
    eso_compat_stack: Stack, eso_compat_namespace: str, event: Event
) -> None:
    carry_out(Matrix(admin=eso_compat_stack.admin, namespace=eso_compat_namespace, event=event, reads=True))


def test_the_matrix_has_every_combination_that_can_be_stored(record_property: Callable[[str, object], None]) -> None:
    count = len(STORABLE)
    text = f"{count} combinations of the policies x {len(Event)} events x 2 profiles = {count * len(Event) * 2}"
    record_property("summary", f"policy matrix on a real API server: {text} rows")
