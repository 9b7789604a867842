"""What becomes of a CA by what is asked for, by time and by names: everything but reading and writing it.

New keys and signatures are made here, so it is not pure; it touches no place.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bulkhead_certcontroller.authority import Authority, make_authority, permits
from bulkhead_certcontroller.custody import Custody, Recovered
from bulkhead_certcontroller.decide import AuthorityState, decide_authority
from bulkhead_certcontroller.denylist import Denylist, DenylistTerms, needs_new, sign_denylist
from bulkhead_certcontroller.identities import Identity
from bulkhead_certcontroller.requests import Requests
from bulkhead_certcontroller.revocation import Denial, Merged, MergeTerms, current_denials, merge_requests
from bulkhead_certcontroller.rotation import (
    Rotation,
    RotationInputs,
    RotationReason,
    Wanted,
    advanced,
    begun,
    can_begin,
    decide_wanted,
    with_another_next,
)
from bulkhead_runtime.leaf import subject_key_id

UNUSABLE: Final = frozenset({AuthorityState.EXPIRED, AuthorityState.NOT_YET_VALID})
"""States in which nobody accepts what a CA has signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What certificates are made with."""

    trust_domain: str
    leaf_lifetime: timedelta
    authority_lifetime: timedelta
    settle: timedelta = timedelta(minutes=10)
    """How long a place stands before an identity that cannot be asked counts as having read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a plan starts from."""

    custody: Custody | None
    """None if there is no CA that can be used."""
    emergency: Wanted | None
    """An emergency that was asked for and has not been handled; None if there is none."""
    recovered: Recovered | None
    """What a CA without a state goes on from; None if there is a state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What shall be kept."""

    custody: Custody
    denylist: Denylist
    """The list that every place shall hold."""
    problems: tuple[str, ...] = ()
    """Requests that mean nothing, one line each."""
    began: RotationReason | None = None
    """Why a rotation begins with it; None if none does."""
    added: tuple[Denial, ...] = ()
    """What was not denied before."""


class CustodyPlanner:
    """Says what shall be kept of a CA."""

    def __init__(self, identities: Sequence[Identity], terms: Terms, *, clock: Callable[[], datetime]) -> None:
        """Take who gets certificates; `clock` gives UTC."""
        self._identities = tuple(identities)
        self._terms = terms
        self._clock = clock

    def plan(self, found: Found, requests: Requests, *, may_begin: bool = True) -> Plan:
        """Say what shall be kept from now on; nothing changes if it is the same custody as before.

        Args:
            found: what there is.
            requests: what people ask for.
            may_begin: whether the CA may be replaced; false where it cannot be written.
        """
        now, recovered = self._clock(), found.recovered
        planned, began = self._rotated(found, requests, may_begin=may_begin)
        if recovered is not None:
            longest = max(planned.longest_life, self._terms.leaf_lifetime)
            denials = tuple(each if each.until else each.ending(now + longest) for each in recovered.denials)
            planned = replace(planned, version=recovered.version, denials=denials, is_new=False)
        planned = replace(planned, longest_life=max(planned.longest_life, self._terms.leaf_lifetime))
        merged = self._merged(planned, requests)
        before = {each.subject for each in planned.denials}
        listed, denylist = self._listed(replace(planned, denials=merged.denials))
        return Plan(
            custody=listed,
            denylist=denylist,
            problems=(*requests.problems, *merged.problems),
            began=began,
            added=tuple(each for each in merged.denials if each.subject not in before),
        )

    def advanced(self, custody: Custody) -> Plan:
        """Say what shall be kept after the step that every process has acknowledged."""
        stepped, denylist = self._listed(replace(custody, rotation=advanced(custody.rotation, now=self._clock())))
        return Plan(custody=stepped, denylist=denylist)

    def state(self, authority: Authority) -> AuthorityState:
        """Say what a CA is good for now."""
        root = authority.certificate
        return decide_authority(
            root.serial_number, root.not_valid_before_utc, root.not_valid_after_utc, now=self._clock()
        )

    def _rotated(self, found: Found, requests: Requests, *, may_begin: bool) -> tuple[Custody, RotationReason | None]:
        now, asked, custody, emergency = self._clock(), requests.asked.rotation, found.custody, found.emergency
        if emergency is not None:
            rotation = begun(custody.rotation if custody is not None else None, emergency, self._fresh(), now=now)
            kept = custody if custody is not None else Custody(rotation=rotation)
            return replace(kept, rotation=rotation, denylist=None), emergency.reason
        if custody is None:
            # Whoever asked for a new CA gets one.
            rotation = Rotation(authority=self._fresh(), handled=asked.id if asked is not None else None)
            return Custody(rotation=rotation), None
        following = custody.rotation.next
        if following is not None and self.state(following) in UNUSABLE and may_begin:
            return replace(custody, rotation=with_another_next(custody.rotation, self._fresh(), now=now)), None
        wanted = decide_wanted(self._rotation_inputs(custody, requests)) if may_begin else None
        if wanted is None or not can_begin(custody.rotation, wanted):
            return custody, None
        return replace(custody, rotation=begun(custody.rotation, wanted, self._fresh(), now=now)), wanted.reason

    def _rotation_inputs(self, custody: Custody, requests: Requests) -> RotationInputs:
        certificate, asked = custody.rotation.authority.certificate, requests.asked.rotation
        return RotationInputs(
            request=asked.id if asked is not None else None,
            request_now=asked is not None and asked.now,
            handled=custody.rotation.handled,
            due=self.state(custody.rotation.authority) is AuthorityState.RENEWAL_DUE,
            names_too_narrow=not all(permits(certificate, each.certified_names) for each in self._identities),
        )

    def _merged(self, custody: Custody, requests: Requests) -> Merged:
        terms = MergeTerms(
            identities=self._identities, trust_domain=self._terms.trust_domain, longest_life=custody.longest_life
        )
        return merge_requests(custody.denials, requests.asked.revocations, terms, now=self._clock())

    def _listed(self, custody: Custody) -> tuple[Custody, Denylist]:
        """Give the custody with a denylist that says what it should, a new one if need be."""
        now, authority, held = self._clock(), custody.rotation.authority, custody.denylist
        terms = DenylistTerms(
            trust_domain=self._terms.trust_domain,
            lifetime=self._terms.leaf_lifetime,
            denials=current_denials(custody.denials, now),
        )
        if held is not None and not needs_new(held, terms, subject_key_id(authority.certificate), now=now):
            return custody, held
        made = sign_denylist(authority, custody.version + 1, terms, now=now)
        return replace(custody, version=made.version, denylist=made), made

    def _fresh(self) -> Authority:
        names = {name for each in self._identities for name in each.dns_names}
        return make_authority(
            self._terms.trust_domain, self._terms.authority_lifetime, now=self._clock(), dns_names=names
        )
