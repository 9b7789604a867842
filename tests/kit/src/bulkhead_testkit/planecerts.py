"""Keys and certificates of one control plane for tests: valid for a day, made anew for each.

These are the API server's own, as kubeadm would make them. Bulkhead's certificates between its processes come
from its certcontroller and from nowhere else.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME: Final = timedelta(days=1)
# The clocks are the same, but a certificate from this very second is refused by who rounds.
_BACKDATED: Final = timedelta(minutes=5)
_LOOPBACK: Final = ipaddress.ip_address("127.0.0.1")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority whose key never leaves memory."""

    def __init__(self, name: str, folder: Path) -> None:
        """Make the authority and write its certificate to `<folder>/<name>-ca.crt`."""
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(f"{name}-ca")
        self._certificate = (
            _certificate(subject, subject, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_CA_KEY_USAGE, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.ca_file = folder / f"{name}-ca.crt"
        """The certificate that clients and servers trust."""
        self.ca_file.write_bytes(_pem(self._certificate))

    def issue_server(self, name: str, *, dns_names: Sequence[str] = (), addresses: Sequence[str] = ()) -> KeyPair:
        """Issue a certificate for a server on the loopback interface; etcd and its peers use one as clients too.

        Args:
            name: of the files and the subject.
            dns_names: by what other names clients call the server.
            addresses: at what other IP addresses clients call it.
        """
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        names: list[x509.GeneralName] = [x509.IPAddress(_LOOPBACK), x509.DNSName("localhost")]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
        names += map(x509.DNSName, dns_names)
        return self._issue(name, _name(name), usages, x509.SubjectAlternativeName(names))

    def issue_client(self, name: str, *, user: str, group: str | None) -> KeyPair:
        """Issue a certificate for a client; without a group it has the user's rights alone.

        Source: Kubernetes documentation, "Authenticating": the common name is the user, the organization the group.
        """
        return self._issue(name, _name(user, group), [ExtendedKeyUsageOID.CLIENT_AUTH], None)

    def _issue(
        self,
        name: str,
        subject: x509.Name,
        usages: list[x509.ObjectIdentifier],
        names: x509.SubjectAlternativeName | None,
    ) -> KeyPair:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _certificate(subject, self._certificate.subject, key.public_key()).add_extension(
            x509.ExtendedKeyUsage(usages), critical=False
        )
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        pair = KeyPair(certificate=self._folder / f"{name}.crt", key=self._folder / f"{name}.key")
        pair.certificate.write_bytes(_pem(builder.sign(self._key, hashes.SHA256())))
        _write_key(pair.key, key)
        return pair


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneCertificates:
    """All that the programs of one control plane, and its administrator, prove who they are with."""

    ca_file: Path
    """Who signs the API server and its clients."""
    apiserver: KeyPair
    admin: KeyPair
    controller_manager: KeyPair
    etcd_ca_file: Path
    """Who signs etcd and its only client: a client of the API server must be nothing to etcd."""
    etcd: KeyPair
    etcd_client: KeyPair
    service_account_key: Path
    """Signs the tokens of ServiceAccounts."""
    service_account_public_key: Path

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Make them in a folder that only its owner may read, for an API server on the loopback interface."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls.issue(folder, Authority("kubernetes", folder))

    @classmethod
    def issue(
        cls, folder: Path, kubernetes: Authority, *, dns_names: Sequence[str] = (), addresses: Sequence[str] = ()
    ) -> Self:
        """Make them with an authority that signs for others, too.

        Args:
            folder: exists, and only its owner may read it.
            kubernetes: signs the API server and its clients.
            dns_names: by what other names clients call the API server.
            addresses: at what other addresses than that of the loopback interface.
        """
        etcd = Authority("etcd", folder)
        signing_key, verifying_key = _write_signing_pair(folder)
        return cls(
            ca_file=kubernetes.ca_file,
            apiserver=kubernetes.issue_server("kube-apiserver", dns_names=dns_names, addresses=addresses),
            admin=kubernetes.issue_client("admin", user="admin", group="system:masters"),
            controller_manager=kubernetes.issue_client(
                "kube-controller-manager", user="system:kube-controller-manager", group="system:masters"
            ),
            etcd_ca_file=etcd.ca_file,
            etcd=etcd.issue_server("etcd"),
            etcd_client=etcd.issue_client("etcd-client", user="kube-apiserver", group="etcd"),
            service_account_key=signing_key,
            service_account_public_key=verifying_key,
        )


_CA_KEY_USAGE: Final = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=True,
    crl_sign=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


def _name(common_name: str, organization: str | None = None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization is not None:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(parts)


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + _LIFETIME)
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _write_signing_pair(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = folder / "service-account.key", folder / "service-account.pub"
    _write_key(private, key)
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return private, public
