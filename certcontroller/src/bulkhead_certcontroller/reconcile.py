"""One pass over all certificates: the CA first, then every place, then what the processes say of it.

A pass keeps nothing from the one before it, so it can be cut off anywhere and simply be run again: a CA, and a step of
its rotation, is stored before anything depends on it, and a leaf signed by a CA that lost a race is found and replaced
by the next pass.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bulkhead_certcontroller.acknowledgement import Acknowledgements
from bulkhead_certcontroller.answers import AnswerInputs, Asked, Verdict, decide_acknowledged, uses
from bulkhead_certcontroller.authority import AuthorityError
from bulkhead_certcontroller.custody_plan import Terms
from bulkhead_certcontroller.custody_reconcile import CustodyChangedError, CustodyReconciler, Kept
from bulkhead_certcontroller.decide import Issue, Reason, Standing, decide_leaf
from bulkhead_certcontroller.documents import Document, DocumentError
from bulkhead_certcontroller.identities import Identity
from bulkhead_certcontroller.leaf import beside, issue_leaf, leaf_facts_from
from bulkhead_certcontroller.metrics import Metrics
from bulkhead_certcontroller.outcome import Outcome, expected_from, standing_from, unseen_from
from bulkhead_certcontroller.place import Held, PlaceChangedError, PlaceError, Places
from bulkhead_certcontroller.requests import read_requests
from bulkhead_certcontroller.rotation import TABLE, Awaits, Phase
from bulkhead_certcontroller.status import StatusInputs
from bulkhead_certcontroller.status_writer import write_status
from bulkhead_runtime.logging import get_logger

_LOG: Final = get_logger("certcontroller")
# Each time somebody else has written, so one certcontroller has got further; more often than that is no race.
_ATTEMPTS: Final = 5

__all__ = ["Dialogue", "NotAllIssuedError", "PassResult", "Reconciler", "Terms"]


class NotAllIssuedError(Exception):
    """A single pass was asked for and it did not succeed everywhere; the log names the identities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """How others take part: each of the three may be missing."""

    requests: Document | None = None
    """What people ask for."""
    status: Document | None = None
    """What they are told."""
    processes: Acknowledgements | None = None
    """What processes say of the certificates that they use; without it every identity counts as unreachable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassResult:
    """What one pass did."""

    issued: tuple[str, ...] = ()
    """Names of the identities that got a new certificate, in the order of the identities file."""
    failed: tuple[str, ...] = ()
    """Names of those that could not be looked after; all of them if the CA cannot be used."""
    withheld: tuple[str, ...] = ()
    """Names of those that cannot have a certificate now, as they are revoked or the CA may not sign for them."""
    renew_at: datetime | None = None
    """The earliest moment, UTC, at which something that is kept becomes due; None if nothing is."""
    rotating: bool = False
    """The CA is being replaced."""


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
        dialogue: Dialogue | None = None,
    ) -> None:
        """Take a place for the CA and for each identity; `clock` gives UTC."""
        self._places = places
        self._identities = tuple(identities)
        self._terms = terms
        self._metrics = metrics
        self._clock = clock
        self._dialogue = dialogue or Dialogue()
        self._custody = CustodyReconciler(places, identities, terms, metrics=metrics, clock=clock)
        self._requests_version: str | None = None

    async def run_pass(self) -> PassResult:
        """Issue what is due and say when to come again. What fails is logged and counted; the rest goes on."""
        if not self._identities:
            # Somebody else is the issuer: there is to be no CA of ours either.
            return PassResult()
        for _ in range(_ATTEMPTS):
            with suppress(CustodyChangedError):
                return await self._attempt()
        return await self._without_authority(f"{self._places.authority.name}: others keep writing to it", ())

    async def _attempt(self) -> PassResult:
        requests = await read_requests(self._dialogue.requests)
        self._requests_version = requests.version
        try:
            return await self._pass(await self._custody.bring_up_to_date(requests))
        except (AuthorityError, PlaceError) as error:
            return await self._without_authority(str(error), requests.problems)

    async def has_new_requests(self) -> bool:
        """Say whether people ask for something else than in the last pass; one read of one document."""
        if self._dialogue.requests is None:
            return False
        try:
            return (await self._dialogue.requests.read()).version != self._requests_version
        except DocumentError:
            # The next pass names it.
            return False

    async def _without_authority(self, error: str, problems: Sequence[str]) -> PassResult:
        self._metrics.authority_failures.inc()
        _LOG.error("CA not usable: nothing is issued", error=error)
        identities = [unseen_from(each) for each in self._identities]
        seen = StatusInputs(authority_error=error, identities=identities, problems=problems)
        await write_status(self._dialogue.status, seen, now=self._clock())
        return PassResult(failed=tuple(identity.name for identity in self._identities))

    async def _pass(self, kept: Kept) -> PassResult:
        outcomes: dict[str, Outcome] = {}
        for identity in self._identities:
            try:
                outcomes[identity.name] = await self._look_after(identity, kept)
            except PlaceError as error:
                self._metrics.failures.labels(identity.name).inc()
                _LOG.error("certificate not looked after", identity=identity.name, error=str(error))
                outcomes[identity.name] = Outcome(failed=True)
        asked = await self._ask()
        waiting = self._waiting(kept, outcomes, asked)
        if kept.rotation.phase is not Phase.STABLE and not waiting:
            kept = await self._custody.advance(kept)
            # Nobody can have done yet what the new phase waits for.
            awaits = TABLE[kept.rotation.phase].awaits
            names = [name for name, each in outcomes.items() if each.counts_for(awaits)]
            waiting = dict.fromkeys(names if awaits is not Awaits.NOTHING else (), Verdict.NOT_WRITTEN)
        await self._report(kept, outcomes, asked, waiting)
        return self._result(kept, outcomes)

    async def _ask(self) -> Mapping[str, Asked]:
        askable = [each for each in self._identities if each.acknowledge]
        if self._dialogue.processes is None or not askable:
            return {}
        return await self._dialogue.processes.ask(askable)

    def _waiting(self, kept: Kept, outcomes: Mapping[str, Outcome], asked: Mapping[str, Asked]) -> dict[str, Verdict]:
        """Give the identities that hold the present phase up, by name."""
        expected = expected_from(kept)
        if expected.awaits is Awaits.NOTHING:
            return {}
        waiting: dict[str, Verdict] = {}
        for name, outcome in outcomes.items():
            if not outcome.counts_for(expected.awaits):
                continue
            written_at = None if outcome.failed else max(filter(None, (kept.rotation.since, outcome.issued_at)))
            inputs = AnswerInputs(written_at=written_at, asked=asked.get(name, Asked()), settle=self._terms.settle)
            verdict = decide_acknowledged(inputs, expected, now=self._clock())
            if verdict is not Verdict.ACKNOWLEDGED:
                waiting[name] = verdict
        return waiting

    async def _report(
        self, kept: Kept, outcomes: Mapping[str, Outcome], asked: Mapping[str, Asked], waiting: dict[str, Verdict]
    ) -> None:
        identities = []
        for identity in self._identities:
            outcome = outcomes[identity.name]
            acknowledged = None
            if outcome.serial is not None and identity.name in asked:
                answers, serial = asked[identity.name].answers, f"{outcome.serial:x}"
                acknowledged = uses(answers, serial, expected_from(kept), kept.denylist.version)
            if acknowledged is not None:
                self._metrics.acknowledged.labels(identity.name).set(acknowledged)
            identities.append(replace(outcome.seen(identity), acknowledged=acknowledged))
        seen = StatusInputs(
            rotation=kept.rotation,
            authority_state=kept.state,
            denylist=kept.denylist,
            read_only=kept.read_only,
            identities=identities,
            waiting=waiting,
            problems=kept.problems,
        )
        await write_status(self._dialogue.status, seen, now=self._clock())

    def _result(self, kept: Kept, outcomes: Mapping[str, Outcome]) -> PassResult:
        due = [each.renew_at for each in outcomes.values() if each.renew_at is not None and each.may_renew]
        return PassResult(
            issued=tuple(name for name, each in outcomes.items() if each.issued),
            failed=tuple(name for name, each in outcomes.items() if each.failed),
            withheld=tuple(name for name, each in outcomes.items() if each.standing is not Standing.GOOD),
            renew_at=min([*due, kept.denylist.renew_at]),
            rotating=kept.rotation.phase is not Phase.STABLE,
        )

    async def _look_after(self, identity: Identity, kept: Kept) -> Outcome:
        try:
            return await self._bring_up_to_date(identity, kept)
        except PlaceChangedError:
            # Another certcontroller does the same work: what it has written may be all that was needed.
            return await self._bring_up_to_date(identity, kept)

    async def _bring_up_to_date(self, identity: Identity, kept: Kept) -> Outcome:
        place, now = self._places.leaves[identity.name], self._clock()
        held = await place.read()
        facts = leaf_facts_from(held, kept.authority, kept.denylist, identity=identity)
        standing = standing_from(identity, kept)
        decision = decide_leaf(identity, facts, lifetime=self._terms.leaf_lifetime, now=now, standing=standing)
        if isinstance(decision, Issue):
            return await self._issue(identity, kept, held, decision.reason)
        if decision.refresh:
            await self._custody.require_unchanged(kept)
            await place.write(beside(held.files, kept.authority, kept.denylist), held)
        if facts is not None:
            self._metrics.expiry.labels(identity.name).set(facts.not_after.timestamp())
        return Outcome.of(facts, standing)

    async def _issue(self, identity: Identity, kept: Kept, held: Held, reason: Reason) -> Outcome:
        now = self._clock()
        leaf = issue_leaf(kept.authority, identity, self._terms.leaf_lifetime, now=now)
        await self._custody.require_unchanged(kept)
        files = beside(leaf.files, kept.authority, kept.denylist)
        await self._places.leaves[identity.name].write(files, held)
        self._metrics.issued.labels(identity.name, reason.value).inc()
        self._metrics.expiry.labels(identity.name).set(leaf.not_after.timestamp())
        _LOG.info("issued a certificate", identity=identity.name, reason=reason, expires=leaf.not_after.isoformat())
        return Outcome(issued=True, serial=leaf.serial, issued_at=now, not_after=leaf.not_after, renew_at=leaf.renew_at)
