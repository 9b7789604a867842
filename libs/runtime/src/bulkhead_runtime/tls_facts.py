"""What a process says of its own certificate to whoever asks: public facts, by which the certcontroller rotates.

`GET /tls` answers it as JSON.
"""

from datetime import datetime

import msgspec

from bulkhead_runtime.denylist import Denylist
from bulkhead_runtime.tls import TlsIdentity


class TlsFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a process has loaded and uses now, which is not always what its files have by now."""

    identity: str
    """Its SPIFFE id."""
    serial: str
    """Of its leaf, lower hex."""
    not_after: datetime
    """When the leaf expires, UTC."""
    issuer: str
    """Identifier of the key that signed the leaf, lower hex; empty if the leaf does not say it."""
    roots: tuple[str, ...]
    """Identifiers of the keys of the roots that it trusts, lower hex, sorted."""
    denylist: int | None
    """Version of the denylist that it goes by; None if it has none in date."""


def tls_facts_from(identity: TlsIdentity, denylist: Denylist | None) -> TlsFacts:
    """Say of an identity what others may know."""
    return TlsFacts(
        identity=str(identity.spiffe_id),
        serial=f"{identity.leaf.serial:x}",
        not_after=identity.not_after,
        issuer=identity.issuer,
        roots=identity.root_key_ids,
        denylist=None if denylist is None else denylist.version,
    )
