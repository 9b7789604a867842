"""A status as the certcontroller writes it, for tests of who reads one."""

from typing import Final

from bulkhead_api.certificates import CertificateStatus, IdentityStatus


def identity_status(name: str, path: str, serial: str) -> IdentityStatus:
    """Build what is said of an identity with which all is well."""
    return IdentityStatus(
        name=name,
        spiffe_id=f"spiffe://bulkhead.local/{path}",
        serial=serial,
        not_after="2026-11-02T12:00:00Z",
        renew_at="2026-11-02T04:00:00Z",
        acknowledged=True,
        state="Current",
    )


STATUS: Final = CertificateStatus(
    phase="Stable",
    identities=[
        identity_status("controller", "controller", "ab" * 20),
        identity_status("provider-vault", "provider/vault", "5f" * 20),
    ],
)
"""Two identities, no rotation, nothing revoked."""
