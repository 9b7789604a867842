"""`bulkhead certs` with files, and what it does while others write and a rotation goes on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec
import pytest

from bulkhead_api.certificates import (
    CertificateRequests,
    CertificateStatus,
    ConditionEntry,
    DeniedStatus,
    DenylistStatus,
    RootStatus,
    RotationRequest,
    RotationStatus,
)
from bulkhead_cli.certs.documents import requests_from, text_of_document
from bulkhead_cli.certs.place import ChangedError, Kept
from bulkhead_cli.certs.requests import InFiles, RotateCa, ShowStatus
from bulkhead_cli.certs.run import ask, show_status
from bulkhead_cli.problems import FailedError
from bulkhead_testkit.certificate_status import STATUS
from bulkhead_testkit.command import Command, Ended

WHERE: Final = InFiles(status=Path("s"), requests=Path("r"))


def certs(run: Command, *arguments: str) -> Ended:
    return run("certs", *arguments, "--status-file", "status.yaml", "--requests-file", "requests.yaml")


@pytest.fixture
def ready(run: Command, tmp_path: Path) -> Command:
    """A command beside a status, with nothing asked for yet."""
    (tmp_path / "status.yaml").write_text(text_of_document(STATUS))
    return run


def asked(tmp_path: Path) -> CertificateRequests:
    return requests_from((tmp_path / "requests.yaml").read_text(), "x")


def test_a_revocation_is_written_and_what_happens_next_is_said(ready: Command, tmp_path: Path) -> None:
    ended = certs(ready, "revoke", "provider/vault", "--reason", "left on a train")
    assert (ended.status, ended.err) == (0, "")
    assert b"In about a minute every process refuses it, on open connections too" in ended.out
    (entry,) = asked(tmp_path).revocations
    assert (entry.identity, entry.issued_before, entry.reason) == ("provider-vault", None, "left on a train")


def test_an_identity_is_restored_after_it_was_revoked(ready: Command, tmp_path: Path) -> None:
    certs(ready, "revoke", "controller")
    ended = certs(ready, "restore", "controller")
    assert ended.status == 0
    (entry,) = asked(tmp_path).revocations
    assert entry.issued_before is not None


def test_a_new_ca_is_asked_for_once(ready: Command, tmp_path: Path) -> None:
    assert certs(ready, "rotate-ca").status == 0
    first = asked(tmp_path).rotation
    assert first is not None
    again = certs(ready, "rotate-ca")
    assert (again.status, again.out) == (1, b"")
    assert "has not taken it up yet" in again.err
    assert certs(ready, "rotate-ca", "--now").status == 0
    second = asked(tmp_path).rotation
    assert second is not None
    assert (second.now, second.id == first.id) == (True, False)


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        pytest.param(
            ["revoke", "vault"], 1, "the identities are controller, provider-vault", id="a-name-it-does-not-know"
        ),
        pytest.param(["restore", "controller"], 1, "nothing to restore", id="what-is-not-revoked"),
        pytest.param(["revoke"], 2, "IDENTITY|SERIAL", id="nobody"),
        pytest.param(
            ["revoke", "controller", "--release", "x"], 2, "--release does not go with files", id="both-places"
        ),
    ],
)
def test_the_command_is_refused_for(
    arguments: Sequence[str], status: int, says: str, ready: Command, tmp_path: Path
) -> None:
    ended = certs(ready, *arguments)
    assert ended.status == status
    assert says in ended.err
    assert not (tmp_path / "requests.yaml").exists()


def test_a_requests_file_that_is_wrong_is_left_as_it_is(ready: Command, tmp_path: Path) -> None:
    (tmp_path / "requests.yaml").write_text("revocations: [{identity: [x]}]")
    ended = certs(ready, "revoke", "controller")
    assert ended.status == 1
    assert "requests.yaml: not understood, so nothing is written" in ended.err
    assert (tmp_path / "requests.yaml").read_text() == "revocations: [{identity: [x]}]"


def test_a_file_that_cannot_be_read_is_named(ready: Command, tmp_path: Path) -> None:
    (tmp_path / "requests.yaml").mkdir()
    ended = certs(ready, "rotate-ca")
    assert ended.status == 2
    assert "requests.yaml: cannot be read" in ended.err


def test_without_a_status_the_command_says_that_nothing_was_said_yet(run: Command) -> None:
    ended = run("certs", "status", "--status-file", "status.yaml")
    assert (ended.status, "the certcontroller has said nothing yet" in ended.err) == (1, True)


def test_something_is_asked_for_only_where_it_can_be_written(ready: Command) -> None:
    ended = ready("certs", "rotate-ca", "--status-file", "status.yaml")
    assert (ended.status, "--requests-file FILE is needed" in ended.err) == (2, True)


WHOLE: Final = msgspec.structs.replace(
    STATUS,
    phase="Distributing",
    roots=[
        RootStatus(key_id="aa11", not_after="2027-11-01T12:00:00Z", signs=True),
        RootStatus(key_id="bb22", not_after="2028-11-01T12:00:00Z", signs=False),
    ],
    rotation=RotationStatus(
        step="Distributing",
        reason="Requested",
        since="2026-11-01T12:00:00Z",
        waiting_for=["controller", "provider-vault"],
        answers={"controller": "OldState"},
    ),
    denylist=DenylistStatus(
        version=7,
        expires_at="2026-11-02T12:00:00Z",
        entries=[
            DeniedStatus(serial="cd"),
            DeniedStatus(identity="spiffe://bulkhead.local/webhook"),
            DeniedStatus(identity="spiffe://bulkhead.local/controller", issued_before="2026-11-01T00:00:00Z"),
        ],
    ),
    conditions=[
        ConditionEntry(
            type="AuthorityReady", status="True", reason="Good", message="all is well", last_transition_time="x"
        )
    ],
    problems=["revocations[0]: identity 'x': unknown"],
)

TABLE: Final = """\
CA: Distributing, since 2026-11-01T12:00:00Z: waiting for controller (OldState), provider-vault (NoAnswer)
  ROOT  ENDS
  aa11  2027-11-01T12:00:00Z  signs
  bb22  2028-11-01T12:00:00Z  is trusted
Revoked: 3; list 7, good until 2026-11-02T12:00:00Z
  certificate cd
  spiffe://bulkhead.local/webhook, every certificate
  spiffe://bulkhead.local/controller, what was issued before 2026-11-01T00:00:00Z
Identities:
  NAME            STATE    IN USE  ENDS                  RENEWAL               SERIAL
  controller      Current  yes     2026-11-02T12:00:00Z  2026-11-02T04:00:00Z  abababababababababababababababababababab
  provider-vault  Current  yes     2026-11-02T12:00:00Z  2026-11-02T04:00:00Z  5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f
Conditions:
  AuthorityReady=True Good: all is well
Requests that were not understood:
  revocations[0]: identity 'x': unknown
"""


def test_the_status_is_a_table_for_people(run: Command, tmp_path: Path) -> None:
    (tmp_path / "status.yaml").write_text(text_of_document(WHOLE))
    assert run("certs", "status", "--status-file", "status.yaml").out.decode() == TABLE


def test_a_status_of_which_nothing_is_known_yet_is_a_table_too(run: Command, tmp_path: Path) -> None:
    (tmp_path / "status.yaml").write_text("phase: Unknown")
    ended = run("certs", "status", "--status-file", "status.yaml")
    assert ended.out.startswith(b"CA: Unknown\n")
    assert b"Revoked: there is no list yet" in ended.out


def test_the_status_is_for_programs_too(run: Command, tmp_path: Path) -> None:
    (tmp_path / "status.yaml").write_text(text_of_document(WHOLE))
    printed = run("certs", "status", "-o", "json", "--status-file", "status.yaml").out
    assert msgspec.convert(json.loads(printed), CertificateStatus) == WHOLE
    as_yaml = run("certs", "status", "-o", "yaml", "--status-file", "status.yaml").out
    assert as_yaml.decode() == text_of_document(WHOLE)


@dataclass
class Fake:
    """A place whose status goes on, and which somebody else writes to."""

    statuses: list[CertificateStatus] = field(default_factory=lambda: [STATUS])
    requests: str = ""
    conflicts: int = 0
    requests_name: str = "ConfigMap a/b"

    def read_status(self) -> Kept:
        return Kept(text=text_of_document(self.statuses[0]))

    def read_requests(self) -> Kept:
        return Kept(text=self.requests)

    def write_requests(self, text: str, seen: Kept) -> None:
        if self.conflicts:
            self.conflicts -= 1
            self.requests = "revocations: [{serial: 'cdcdcdcdcdcdcdcdcdcdcdcd'}]"
            raise ChangedError
        self.requests = text


ROTATE: Final = RotateCa(where=WHERE, now=False, reason="")


def test_what_somebody_else_wrote_meanwhile_stays() -> None:
    place = Fake(conflicts=2)
    ask(ROTATE, place)
    written = requests_from(place.requests, "x")
    assert [each.serial for each in written.revocations] == ["cd" * 12]
    assert written.rotation is not None


def test_somebody_who_writes_all_the_time_makes_the_command_give_up() -> None:
    with pytest.raises(FailedError, match="somebody else writes to it all the time; nothing was asked"):
        ask(ROTATE, Fake(conflicts=99))


def at(step: str, *waiting: str) -> CertificateStatus:
    rotation = RotationStatus(
        step=step, reason="Requested", since="x", waiting_for=list(waiting), answers=dict.fromkeys(waiting, "OldState")
    )
    return msgspec.structs.replace(STATUS, phase=step, rotation=rotation, handled_rotation="r1")


class Clock:
    """Time that passes by sleeping; each sleep brings the next status."""

    def __init__(self, place: Fake) -> None:
        self.now = 0.0
        self._place = place

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if len(self._place.statuses) > 1:
            self._place.statuses.pop(0)

    def monotonic(self) -> float:
        return self.now


def test_a_wait_tells_each_step_once_and_ends_when_the_ca_is_stable() -> None:
    over = msgspec.structs.replace(STATUS, handled_rotation="r1")
    steps = [STATUS, at("Distributing", "controller"), at("Distributing", "controller"), at("Moving"), over]
    place = Fake(statuses=steps, requests=text_of_document(CertificateRequests(rotation=RotationRequest(id="r1"))))
    clock, told = Clock(place), list[str]()
    request = ShowStatus(where=WHERE, output=None, wait=timedelta(minutes=1))
    printed = show_status(request, place, told.append, sleep=clock.sleep, monotonic=clock.monotonic)
    assert told == [
        "a rotation is asked for, and the certcontroller has not taken it up yet",
        "Distributing, since x: waiting for controller (OldState)",
        "Moving, since x: waiting for nobody",
    ]
    assert printed.startswith(b"CA: Stable\n")


def test_a_wait_that_is_too_long_says_whom_it_waits_for() -> None:
    place = Fake(statuses=[at("Moving", "provider-vault")])
    clock = Clock(place)
    request = ShowStatus(where=WHERE, output=None, wait=timedelta(seconds=9))
    with pytest.raises(FailedError, match=r"not over after 9 s: Moving.* provider-vault \(OldState\)"):
        show_status(request, place, lambda _: None, sleep=clock.sleep, monotonic=clock.monotonic)
    assert clock.now <= 12
