"""What became of one identity in a pass, and what the rotation and the status make of it. Pure."""

from dataclasses import dataclass
from datetime import datetime

from bulkhead_certcontroller.answers import Expected
from bulkhead_certcontroller.authority import permits
from bulkhead_certcontroller.custody_reconcile import Kept
from bulkhead_certcontroller.decide import Standing
from bulkhead_certcontroller.identities import Identity
from bulkhead_certcontroller.leaf import LeafFacts, renewal_time
from bulkhead_certcontroller.revocation import is_banned
from bulkhead_certcontroller.rotation import TABLE, Awaits
from bulkhead_certcontroller.status import Seen
from bulkhead_runtime.leaf import subject_key_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one identity in a pass."""

    issued: bool = False
    failed: bool = False
    standing: Standing = Standing.GOOD
    serial: int | None = None
    """None if there is no certificate, as the next three."""
    issued_at: datetime | None = None
    not_after: datetime | None = None
    renew_at: datetime | None = None

    @classmethod
    def of(cls, facts: LeafFacts | None, standing: Standing) -> "Outcome":
        """Say what stands in the place of an identity that needed nothing; `facts` is None without a certificate."""
        if facts is None:
            return cls(standing=standing)
        return cls(
            standing=standing,
            serial=facts.serial,
            issued_at=facts.issued_at,
            not_after=facts.not_after,
            renew_at=renewal_time(facts.serial, facts.not_before, facts.not_after),
        )

    @property
    def may_renew(self) -> bool:
        """Whether it gets another certificate when this one is due."""
        return self.standing is Standing.GOOD

    def counts_for(self, awaits: Awaits) -> bool:
        """Say whether the rotation waits for the identity."""
        match self.standing:
            case Standing.GOOD:
                return True
            case Standing.REVOKED:
                return False
            case Standing.NAMES_NOT_PERMITTED:
                # Its process runs with an older certificate, if it runs at all: it has to trust the root under which
                # it will get a new one. Moving would wait for ever for a certificate that cannot be issued.
                return awaits is Awaits.TRUST_OF_NEXT and self.serial is not None

    def seen(self, identity: Identity) -> Seen:
        """Give what the status says of it."""
        return Seen(
            name=identity.name,
            spiffe_id=str(identity.spiffe_id),
            standing=self.standing,
            failed=self.failed,
            serial=self.serial,
            not_after=self.not_after,
            renew_at=self.renew_at,
        )


def unseen_from(identity: Identity) -> Seen:
    """Give what the status says of an identity that could not be looked at."""
    return Seen(name=identity.name, spiffe_id=str(identity.spiffe_id), failed=True)


def standing_from(identity: Identity, kept: Kept) -> Standing:
    """Say whether an identity may have a certificate of this CA."""
    if is_banned(kept.custody.denials, identity):
        return Standing.REVOKED
    if not permits(kept.authority.certificate, identity.certified_names):
        return Standing.NAMES_NOT_PERMITTED
    return Standing.GOOD


def expected_from(kept: Kept) -> Expected:
    """Say what processes must use for the phase to be left."""
    rotation = kept.rotation
    return Expected(
        awaits=TABLE[rotation.phase].awaits,
        signer=subject_key_id(rotation.authority.certificate),
        next=None if rotation.next is None else subject_key_id(rotation.next.certificate),
        roots=frozenset(map(subject_key_id, rotation.authority.roots)),
    )
