"""One pass over all certificates: read every place, decide, issue what is due.

A pass keeps nothing from the one before it, so it can be cut off anywhere and simply be run again: a CA is stored
before it signs anything, and a leaf signed by a CA that lost a race is found and replaced by the next pass.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bulkhead_certcontroller.authority import Authority, AuthorityError, authority_from_files, make_authority
from bulkhead_certcontroller.decide import AuthorityState, Issue, Keep, decide_authority, decide_leaf
from bulkhead_certcontroller.identities import Identity
from bulkhead_certcontroller.leaf import issue_leaf, leaf_facts_from
from bulkhead_certcontroller.metrics import Metrics
from bulkhead_certcontroller.place import Held, Place, PlaceError, Places
from bulkhead_runtime.logging import get_logger

_LOG: Final = get_logger("certcontroller")


class NotAllIssuedError(Exception):
    """A single pass was asked for and it did not succeed everywhere; the log names the identities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What certificates are made with."""

    trust_domain: str
    leaf_lifetime: timedelta
    authority_lifetime: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class PassResult:
    """What one pass did."""

    issued: tuple[str, ...] = ()
    """Names of the identities that got a new certificate, in the order of the identities file."""
    failed: tuple[str, ...] = ()
    """Names of those that could not be looked after; all of them if the CA cannot be used."""
    renew_at: datetime | None = None
    """The earliest moment, UTC, at which a certificate that is kept becomes due; None if none is."""


class Reconciler:
    """Keeps every identity's certificate valid."""

    def __init__(
        self,
        places: Places,
        identities: Sequence[Identity],
        terms: Terms,
        *,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        """Take a place for the CA and for each identity; `clock` gives UTC."""
        self._places = places
        self._identities = tuple(identities)
        self._terms = terms
        self._metrics = metrics
        self._clock = clock
        self._authority_state: AuthorityState | None = None

    async def run_pass(self) -> PassResult:
        """Issue what is due and say when to come again. What fails is logged and counted; the rest goes on."""
        try:
            authority = await self._authority()
        except (AuthorityError, PlaceError) as error:
            self._metrics.authority_failures.inc()
            _LOG.error("CA not usable: nothing is issued", error=str(error))
            return PassResult(failed=tuple(identity.name for identity in self._identities))
        issued, failed, due = [], [], []
        for identity in self._identities:
            try:
                outcome = await self._look_after(identity, authority)
            except PlaceError as error:
                self._metrics.failures.labels(identity.name).inc()
                _LOG.error("certificate not looked after", identity=identity.name, error=str(error))
                failed.append(identity.name)
                continue
            due.append(outcome.renew_at)
            if outcome.issued:
                issued.append(identity.name)
        return PassResult(issued=tuple(issued), failed=tuple(failed), renew_at=min(due, default=None))

    async def _authority(self) -> Authority:
        place = self._places.authority
        held = await place.read()
        authority = _authority_from(held, place, self._terms.trust_domain)
        if authority is None:
            authority = make_authority(self._terms.trust_domain, self._terms.authority_lifetime, now=self._clock())
            await place.write(authority.files(), held)
            _LOG.info("made a new CA", place=place.name, expires=_text(authority))
        self._observe(authority, place)
        return authority

    def _observe(self, authority: Authority, place: Place) -> None:
        certificate = authority.certificate
        state = decide_authority(certificate.not_valid_before_utc, certificate.not_valid_after_utc, now=self._clock())
        self._metrics.authority_expiry.set(certificate.not_valid_after_utc.timestamp())
        self._metrics.authority_renewal_due.set(state in {AuthorityState.RENEWAL_DUE, AuthorityState.EXPIRED})
        if state in {AuthorityState.EXPIRED, AuthorityState.NOT_YET_VALID}:
            raise AuthorityError(
                f"{place.name}: the CA's certificate is {state.value} (it ends {_text(authority)}): check the clock;"
                " to start over with a new CA, empty the place and restart what trusted the old one"
            )
        if state is not self._authority_state:
            # Renewing the CA is for a person to plan: running processes trust this one and no other.
            report = _LOG.warning if state is AuthorityState.RENEWAL_DUE else _LOG.info
            report("CA in use", condition="AuthorityReady", status="True", reason=state, expires=_text(authority))
        self._authority_state = state

    async def _look_after(self, identity: Identity, authority: Authority) -> "_Outcome":
        place = self._places.leaves[identity.name]
        held = await place.read()
        facts, now = leaf_facts_from(held, authority), self._clock()
        decision = decide_leaf(identity, facts, lifetime=self._terms.leaf_lifetime, now=now)
        match decision:
            case Keep():
                self._metrics.expiry.labels(identity.name).set(decision.not_after.timestamp())
                return _Outcome(issued=False, renew_at=decision.renew_at)
            case Issue(reason=reason):
                leaf = issue_leaf(authority, identity, self._terms.leaf_lifetime, now=now)
                await place.write(leaf.files, held)
                self._metrics.issued.labels(identity.name, reason.value).inc()
                self._metrics.expiry.labels(identity.name).set(leaf.not_after.timestamp())
                _LOG.info(
                    "issued a certificate", identity=identity.name, reason=reason, expires=leaf.not_after.isoformat()
                )
                return _Outcome(issued=True, renew_at=leaf.renew_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    issued: bool
    renew_at: datetime


def _authority_from(held: Held, place: Place, trust_domain: str) -> Authority | None:
    try:
        return _unexposed(authority_from_files(held.files, trust_domain), held)
    except AuthorityError as error:
        # Never replaced without being told to: whatever trusts the old CA would refuse everybody from then on.
        raise AuthorityError(
            f"{place.name}: {error}: put back the files of the CA; or, to start over with a new CA, empty the place and"
            " restart what trusted the old one"
        ) from error


def _unexposed(authority: Authority | None, held: Held) -> Authority | None:
    if authority is not None and held.exposed:
        raise AuthorityError("others than its owner may read or replace it")
    return authority


def _text(authority: Authority) -> str:
    return authority.certificate.not_valid_after_utc.isoformat()
