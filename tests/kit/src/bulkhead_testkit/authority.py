"""A certificate authority for tests: identity directories in a millisecond, good ones and bad ones.

The certcontroller issues the real ones; this one exists to issue what that never would.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Final, Self

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from jwt.api_jws import PyJWS
from jwt.exceptions import PyJWTError

from bulkhead_api.certificates import BACKDATED
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN, SpiffeId

_HOUR = timedelta(hours=1)
_DENYLIST: Final = "denylist.jws"


class Usage(Enum):
    """Which extended key usages a certificate has."""

    SERVER = (ExtendedKeyUsageOID.SERVER_AUTH,)
    CLIENT = (ExtendedKeyUsageOID.CLIENT_AUTH,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What a certificate shall say. As it is, it is a good one for `spiffe_id`."""

    spiffe_id: SpiffeId
    usage: Usage
    uris: Sequence[str] | None = None
    """None means the SPIFFE id alone."""
    dns_names: Sequence[str] | None = None
    """None means the SPIFFE id's server name for a server, and none for a client."""
    lifetime: timedelta = _HOUR
    """From now on; below zero the certificate has expired."""
    starts: timedelta = -BACKDATED
    """When it begins, from now on; one that has expired begins as much before its end."""

    def names(self) -> list[x509.GeneralName]:
        """Give the subject alternative names."""
        uris = [str(self.spiffe_id)] if self.uris is None else self.uris
        dns_names = self.dns_names
        if dns_names is None:
            dns_names = [self.spiffe_id.server_name] if self.usage is Usage.SERVER else []
        return [*map(x509.UniformResourceIdentifier, uris), *map(x509.DNSName, dns_names)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """What a denylist shall say. As it is, it is a good one that denies nobody."""

    serials: Sequence[int] = ()
    identities: Sequence[SpiffeId] = ()
    """Denied with all their certificates."""
    issued_before: Mapping[SpiffeId, datetime] = field(default_factory=dict)
    """Denied with their certificates from before a moment."""
    version: int = 1
    lifetime: timedelta = 24 * _HOUR
    """From now on; below zero the list has expired."""
    trust_domain: str = DEFAULT_TRUST_DOMAIN

    def payload(self) -> dict[str, object]:
        """Give the payload, as JSON has it."""
        issued = datetime.now(UTC)
        return {
            "trustDomain": self.trust_domain,
            "version": self.version,
            "issuedAt": min(issued, issued + self.lifetime) - timedelta(seconds=1),
            "expiresAt": issued + self.lifetime,
            "entries": [
                *({"serial": f"{serial:x}"} for serial in self.serials),
                *({"identity": str(each)} for each in self.identities),
                *({"identity": str(each), "issuedBefore": moment} for each, moment in self.issued_before.items()),
            ],
        }


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA with a key of its own; two of them do not know each other."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate

    @classmethod
    def new(cls, *, lifetime: timedelta = 24 * _HOUR) -> Self:
        """Make an authority; with a lifetime below zero it has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Bulkhead test authority")])
        certificate = (
            _builder(name, name, key, lifetime)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            # All authorities here have one name, so the key identifiers tell which of two trusted ones signed.
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(key, certificate)

    @property
    def roots(self) -> bytes:
        """The CA's certificate, as `ca.crt` holds it."""
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(self, leaf: Leaf, directory: Path, *, roots: bytes | None = None) -> Path:
        """Write `tls.crt`, `tls.key`, `ca.crt` and, if there is none, `denylist.jws` into the directory, and return it.

        The directory is made if need be. Files are replaced one by one, as an issuer that knows no better would do it.
        A denylist of another authority is replaced, too.

        Args:
            leaf: what the certificate says.
            directory: where to.
            roots: for `ca.crt`; None means this authority's own.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(x509.Name([]), self.certificate.subject, key, leaf.lifetime, starts=leaf.starts)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(leaf.usage.value), critical=False)
            .add_extension(x509.SubjectAlternativeName(leaf.names()), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(directory / "ca.crt", self.roots if roots is None else roots)
        _replace(directory / "tls.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        _replace(directory / "tls.crt", certificate.public_bytes(Encoding.PEM))
        if not self.has_signed(directory / _DENYLIST):
            self.deny(directory, Denied())
        return directory

    @property
    def key_id(self) -> str:
        """The subject key identifier, lower hex, by which a denylist names who signed it."""
        return x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()).digest.hex()

    def deny(self, directory: Path, denied: Denied) -> None:
        """Write a signed `denylist.jws` into the directory of one process."""
        _replace(directory / _DENYLIST, self.sign(msgspec.json.encode(denied.payload())))

    def sign(self, payload: bytes, **headers: str) -> bytes:
        """Sign a payload as a denylist; `headers` take the place of the right ones."""
        header = {"typ": "bulkhead-denylist", "kid": self.key_id, **headers}
        return PyJWS().encode(payload, self.key, algorithm="ES256", headers=header).encode()

    def has_signed(self, denylist: Path) -> bool:
        """Say whether this authority signed the denylist; False if there is none."""
        try:
            return bool(PyJWS().get_unverified_header(denylist.read_bytes())["kid"] == self.key_id)
        except (OSError, PyJWTError, KeyError):
            return False


def serial_in(directory: Path) -> int:
    """Give the serial of the certificate in a directory."""
    return x509.load_pem_x509_certificate((directory / "tls.crt").read_bytes()).serial_number


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    lifetime: timedelta,
    *,
    starts: timedelta = -BACKDATED,
) -> x509.CertificateBuilder:
    not_after = datetime.now(UTC) + lifetime
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(datetime.now(UTC), not_after) + starts)
        .not_valid_after(not_after)
    )


def _replace(file: Path, data: bytes) -> None:
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_bytes(data)
    fresh.rename(file)
