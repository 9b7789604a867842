"""What the CA's place holds, as one value: the CA, where its rotation stands, and what is denied.

    ca.crt         the roots that everybody trusts; the first is the one that signs
    ca.key         the key of the one that signs
    next.key       while a new root is distributed: its key
    state.json     phase of the rotation, and the denials with the time at which each is over
    denylist.jws   the list as it was signed

All of it is one set of files, so it changes in one step. A place with `ca.crt` and `ca.key` alone is a CA at rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.authority import (
    CA_CERTIFICATES,
    CA_KEY,
    Authority,
    AuthorityError,
    authority_from_files,
    pem_from_key,
)
from bulkhead_certcontroller.denylist import Denylist, read_denylist
from bulkhead_certcontroller.revocation import Denial
from bulkhead_certcontroller.rotation import Phase, Rotation, RotationReason
from bulkhead_runtime.denylist import DENYLIST

NEXT_KEY: Final = "next.key"
STATE: Final = "state.json"
FILES: Final = (CA_CERTIFICATES, CA_KEY, NEXT_KEY, STATE, DENYLIST)


class _Denial(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    serial: str | None = None
    identity: str | None = None
    issued_before: datetime | None = None
    until: datetime | None = None


class _State(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    phase: Phase
    reason: RotationReason | None = None
    since: datetime | None = None
    handled: str | None = None
    denials: list[_Denial] = []
    denylist_version: int = 0
    longest_life_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """Everything that is kept of a CA."""

    rotation: Rotation
    denials: tuple[Denial, ...] = ()
    """With those that are over and still asked for."""
    version: int = 0
    """Of the last denylist; 0 if there was none."""
    longest_life: timedelta = timedelta(0)
    """The longest life that certificates were ever issued with."""
    denylist: Denylist | None = None
    """None if there is none that can be read."""
    is_new: bool = False
    """There was no state, so that what earlier denylists said has to be looked up where they were written."""

    def files(self) -> dict[str, SecretValue]:
        """Give the files that `custody_from_files` reads."""
        files = {**self.rotation.authority.files(), STATE: SecretValue(msgspec.json.encode(self._state()))}
        if self.rotation.next is not None:
            files[NEXT_KEY] = pem_from_key(self.rotation.next.key)
        if self.denylist is not None:
            files[DENYLIST] = self.denylist.token
        return files

    def _state(self) -> _State:
        return _State(
            phase=self.rotation.phase,
            reason=self.rotation.reason,
            since=self.rotation.since,
            handled=self.rotation.handled,
            denials=[
                _Denial(serial=each.serial, identity=each.identity, issued_before=each.issued_before, until=each.until)
                for each in self.denials
            ],
            denylist_version=self.version,
            longest_life_s=self.longest_life.total_seconds(),
        )


def custody_from_files(files: Mapping[str, SecretValue], trust_domain: str) -> Custody | None:
    """Read what is kept; None if there is no CA, whatever else is there.

    Raises:
        AuthorityError: the CA is damaged, as `authority_from_files` says, or the state beside it is.
    """
    authority = authority_from_files(files, trust_domain)
    if authority is None:
        return None
    state = _state_from(files)
    if state is None:
        return Custody(rotation=Rotation(authority=authority), is_new=True)
    denylist = read_denylist(files[DENYLIST], authority.roots) if DENYLIST in files else None
    return Custody(
        rotation=Rotation(
            authority=authority,
            next=_next_from(files, state, trust_domain),
            phase=state.phase,
            reason=state.reason,
            since=state.since,
            handled=state.handled,
        ),
        denials=_denials_from(state),
        version=max(state.denylist_version, denylist.version if denylist is not None else 0),
        longest_life=timedelta(seconds=state.longest_life_s),
        denylist=denylist,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What a CA without a state goes on from."""

    version: int = 0
    """The next denylist has a higher one than this."""
    denials: tuple[Denial, ...] = ()
    """Some without an end that have one."""
    handled: str | None = None
    """The last rotation request that was taken up; None if that is not known."""


def remains_from_files(files: Mapping[str, SecretValue]) -> Recovered | None:
    """Give what has outlived its CA in the CA's place; None if nothing has."""
    try:
        state = _state_from(files)
    except AuthorityError:
        return None
    return (
        None
        if state is None
        else Recovered(version=state.denylist_version, denials=_denials_from(state), handled=state.handled)
    )


def _denials_from(state: _State) -> tuple[Denial, ...]:
    return tuple(
        Denial(serial=each.serial, identity=each.identity, issued_before=each.issued_before, until=each.until)
        for each in state.denials
    )


def _state_from(files: Mapping[str, SecretValue]) -> _State | None:
    if STATE not in files:
        return None
    try:
        return msgspec.json.decode(files[STATE].reveal(), type=_State)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AuthorityError(f"{STATE} is damaged") from error


def _next_from(files: Mapping[str, SecretValue], state: _State, trust_domain: str) -> Authority | None:
    if state.phase is not Phase.DISTRIBUTING:
        return None
    if NEXT_KEY not in files:
        raise AuthorityError(f"{NEXT_KEY} is missing while a new root is distributed")
    found = authority_from_files({CA_CERTIFICATES: files[CA_CERTIFICATES], CA_KEY: files[NEXT_KEY]}, trust_domain)
    if found is None:  # cannot be: both files are there
        raise AuthorityError(f"{NEXT_KEY} is missing while a new root is distributed")
    return Authority(certificate=found.certificate, key=found.key, roots=(found.certificate,))
