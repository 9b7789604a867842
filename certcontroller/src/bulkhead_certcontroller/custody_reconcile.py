"""The CA's share of a pass: read what is kept, take requests in, and take the rotation's steps.

Whatever changes is written to the CA's place before anything that depends on it is written elsewhere.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bulkhead_certcontroller.authority import CA_CERTIFICATES, CA_KEY, Authority, AuthorityError
from bulkhead_certcontroller.custody import Custody, custody_from_files, remains_from_files
from bulkhead_certcontroller.custody_plan import UNUSABLE, CustodyPlanner, Found, Plan, Terms
from bulkhead_certcontroller.decide import AuthorityState
from bulkhead_certcontroller.denylist import Denylist
from bulkhead_certcontroller.identities import Identity
from bulkhead_certcontroller.metrics import Metrics
from bulkhead_certcontroller.place import Held, PlaceChangedError, PlaceReadOnlyError, Places
from bulkhead_certcontroller.recovery import recover
from bulkhead_certcontroller.requests import Requests
from bulkhead_certcontroller.rotation import (
    Phase,
    Rotation,
    RotationReason,
    Wanted,
)
from bulkhead_runtime.logging import get_logger

_LOG: Final = get_logger("certcontroller")
_ADVICE: Final = (
    "put back the files of the CA; or, to start over with a new CA at once, ask for it: bulkhead certs rotate-ca --now"
)


class CustodyChangedError(Exception):
    """Somebody else wrote to the CA's place meanwhile: everything has to be read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The CA as it stands in its place."""

    custody: Custody
    denylist: Denylist
    """The list that every place shall hold."""
    held: Held
    """What the place held, for the next write."""
    state: AuthorityState
    problems: tuple[str, ...] = ()
    """Requests that mean nothing, one line each."""
    read_only: str | None = None
    """Why the CA that is wanted cannot be written; None if none is wanted or it was written."""

    @property
    def rotation(self) -> Rotation:
        """The CA and where its rotation stands."""
        return self.custody.rotation

    @property
    def authority(self) -> Authority:
        """The CA that signs."""
        return self.custody.rotation.authority


class CustodyReconciler:
    """Keeps the CA, its rotation and the denylist."""

    def __init__(
        self,
        places: Places,
        identities: Sequence[Identity],
        terms: Terms,
        *,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        """Take the same places and identities as the reconciler of certificates; `clock` gives UTC."""
        self._places = places
        self._planner = CustodyPlanner(identities, terms, clock=clock)
        self._terms = terms
        self._metrics = metrics
        self._clock = clock
        self._logged: AuthorityState | None = None

    async def bring_up_to_date(self, requests: Requests) -> Kept:
        """Read the CA, make it if there is none, and write what requests, time and names make of it.

        Raises:
            AuthorityError: it cannot be used, and no emergency was asked for.
            CustodyChangedError: somebody else was faster.
            PlaceError: its place cannot be read or written.
        """
        held, now = await self._places.authority.read(), self._clock()
        custody, emergency = self._read(held, requests)
        recovered = None
        if custody is None or custody.is_new:
            recovered = remains_from_files(held.files) or await recover(self._places, custody, now=now)
        found = Found(custody=custody, emergency=emergency, recovered=recovered)
        plan = self._planner.plan(found, requests)
        read_only = None
        try:
            held = await self._write(plan, custody, held)
        except PlaceReadOnlyError as error:
            if custody is None or plan.began is None:
                raise
            read_only = str(error)
            self._require_usable(custody)
            plan = self._planner.plan(replace(found, emergency=None), requests, may_begin=False)
            held = await self._write(plan, custody, held)
        self._count(plan)
        return Kept(
            custody=plan.custody,
            denylist=plan.denylist,
            held=held,
            state=self._require_usable(plan.custody),
            problems=plan.problems,
            read_only=read_only,
        )

    async def advance(self, kept: Kept) -> Kept:
        """Take the step that every process has acknowledged, and write it.

        Raises:
            CustodyChangedError: somebody else was faster.
            PlaceError: its place cannot be written.
        """
        plan = self._planner.advanced(kept.custody)
        held = await self._write(plan, kept.custody, kept.held)
        self._observe(plan)
        rotation = plan.custody.rotation
        _LOG.info("rotation of the CA goes on", phase=rotation.phase, reason=rotation.reason)
        return replace(kept, custody=plan.custody, denylist=plan.denylist, held=held)

    async def require_unchanged(self, kept: Kept) -> None:
        """Make sure that nobody has changed the CA since it was read.

        Raises:
            CustodyChangedError: somebody has, so that what it says must not be written anywhere any more.
            PlaceError: the place cannot be read.
        """
        if (await self._places.authority.read()).version != kept.held.version:
            raise CustodyChangedError

    def _read(self, held: Held, requests: Requests) -> tuple[Custody | None, Wanted | None]:
        """Give what is kept, if it can be used, and the emergency that was asked for and has not been handled."""
        asked = requests.asked.rotation
        emergency = None
        if asked is not None and asked.now:
            emergency = Wanted(reason=RotationReason.EMERGENCY, request=asked.id)
        try:
            custody = _unexposed(custody_from_files(held.files, self._terms.trust_domain), held)
        except AuthorityError as error:
            # Never replaced without being told to: whatever trusts the old CA would refuse everybody from then on.
            remains = remains_from_files(held.files)
            if emergency is None or (remains is not None and remains.handled == emergency.request):
                raise AuthorityError(f"{self._places.authority.name}: {error}: {_ADVICE}") from error
            _LOG.warning("CA not usable: replaced, as was asked for", error=str(error))
            return None, emergency
        if custody is None:
            return None, None
        if emergency is not None and emergency.request != custody.rotation.handled:
            return custody, emergency
        self._require_usable(custody)
        return custody, None

    async def _write(self, plan: Plan, before: Custody | None, held: Held) -> Held:
        if plan.custody == before:
            return held
        files = plan.custody.files()
        if before is not None and before.rotation.authority == plan.custody.rotation.authority:
            # As they stand there, to the byte: they may be kept, or watched, by somebody else.
            files.update({name: held.files[name] for name in (CA_CERTIFICATES, CA_KEY)})
        try:
            await self._places.authority.write(files, held)
        except PlaceChangedError as error:
            raise CustodyChangedError from error
        if before is None:
            expires = plan.custody.rotation.authority.certificate.not_valid_after_utc.isoformat()
            _LOG.info("made a new CA", place=self._places.authority.name, expires=expires)
        written = await self._places.authority.read()
        if dict(written.files) != files:
            raise CustodyChangedError
        return written

    def _count(self, plan: Plan) -> None:
        if plan.began is not None:
            self._metrics.rotations.labels(plan.began.value).inc()
            _LOG.info("rotation of the CA begins", phase=plan.custody.rotation.phase, reason=plan.began)
        for denial in plan.added:
            kind = "serial" if denial.serial is not None else "identity"
            self._metrics.revocations.labels(kind).inc()
            _LOG.info("revoked", denied=denial.subject, kind=kind, version=plan.denylist.version)
        for problem in plan.problems:
            _LOG.warning("request not understood", problem=problem)
        self._observe(plan)

    def _observe(self, plan: Plan) -> None:
        self._metrics.denylist_version.set(plan.denylist.version)
        self._metrics.denylist_expiry.set(plan.denylist.expires_at.timestamp())
        self._metrics.denylist_entries.set(len(plan.denylist.denials))
        for phase in Phase:
            self._metrics.phase.labels(phase.value).set(phase is plan.custody.rotation.phase)

    def _require_usable(self, custody: Custody) -> AuthorityState:
        authority = custody.rotation.authority
        ends, state = authority.certificate.not_valid_after_utc, self._planner.state(authority)
        self._metrics.authority_expiry.set(ends.timestamp())
        self._metrics.authority_renewal_due.set(state in {AuthorityState.RENEWAL_DUE, AuthorityState.EXPIRED})
        if state in UNUSABLE:
            # No clock but this one says so. To replace a CA that others still trust, because of a clock, would cut
            # all of them off: whether it is right is for a person to say.
            raise AuthorityError(
                f"{self._places.authority.name}: the CA's certificate is {state.value} (it ends {ends.isoformat()}):"
                " check the clock; if it is right, ask for a new CA: bulkhead certs rotate-ca --now"
            )
        if state is not self._logged:
            _LOG.info("CA in use", condition="AuthorityReady", status="True", reason=state, expires=ends.isoformat())
        self._logged = state
        return state


def _unexposed(custody: Custody | None, held: Held) -> Custody | None:
    if custody is not None and held.exposed:
        raise AuthorityError("others than its owner may read or replace it")
    return custody
