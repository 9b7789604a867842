"""Whether a webhook configuration gets a new caBundle, and why. Pure; `bundle_reconcile` gathers what it looks at.

The API server trusts the webhook because of this field alone, so a wrong one stops every write that the webhook judges.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

OUR_SUFFIX: Final = "external-secrets.io"
"""How the names of the webhooks end that are ours to fill. Source: ESO, crds controller, `updateWebhookConfigs`."""


class BundleReason(StrEnum):
    """Why a bundle is written."""

    MISSING = "Missing"
    """A webhook has none, as after a deployment tool wrote the configuration without it."""
    UNREADABLE = "Unreadable"
    """It is no certificate, such as the placeholder that ESO's chart has there."""
    OTHER_ROOTS = "OtherRoots"
    """It has not exactly the roots that are trusted now: a CA's rotation, or somebody's edit."""


class LeaveReason(StrEnum):
    """Why nothing is written."""

    RIGHT = "Right"
    NOT_OURS = "NotOurs"
    """No webhook's name ends as ours do."""
    NO_ROOTS = "NoRoots"
    """The webhook's own Secret has no usable roots yet; to write nothing keeps what may still be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenWebhook:
    """One webhook of a configuration."""

    name: str
    bundle: bytes
    """PEM; empty if there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleInputs:
    """Everything the decision looks at."""

    webhooks: tuple[SeenWebhook, ...]
    roots: bytes
    """PEM of all roots that are trusted now, one or, while a CA is replaced, two; empty if there are none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Nothing is written."""

    reason: LeaveReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Inject:
    """These webhooks get this bundle."""

    names: tuple[str, ...]
    """All of ours and not only the wrong ones: what server-side apply does not name, it takes away."""
    bundle: bytes
    """PEM, in the order of the roots."""
    reason: BundleReason
    """Of the first webhook that is wrong."""


BundleDecision: TypeAlias = Leave | Inject


def decide_bundle(seen: BundleInputs) -> BundleDecision:
    """Say whether the webhooks of one configuration trust exactly the roots."""
    ours = [webhook for webhook in seen.webhooks if webhook.name.endswith(OUR_SUFFIX)]
    if not ours:
        return Leave(reason=LeaveReason.NOT_OURS)
    roots = _certificates_from(seen.roots)
    if not roots:
        return Leave(reason=LeaveReason.NO_ROOTS)
    reasons = [reason for webhook in ours if (reason := _reason(webhook, roots)) is not None]
    if not reasons:
        return Leave(reason=LeaveReason.RIGHT)
    # Made anew from the certificates, so that nothing else that stands in the Secret's file gets into the open.
    bundle = b"".join(root.public_bytes(Encoding.PEM) for root in dict.fromkeys(roots))
    return Inject(names=tuple(webhook.name for webhook in ours), bundle=bundle, reason=reasons[0])


def _reason(webhook: SeenWebhook, roots: tuple[x509.Certificate, ...]) -> BundleReason | None:
    if not webhook.bundle.strip():
        return BundleReason.MISSING
    found = _certificates_from(webhook.bundle)
    if not found:
        return BundleReason.UNREADABLE
    return None if set(found) == set(roots) else BundleReason.OTHER_ROOTS


def _certificates_from(pem: bytes) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        return ()
