from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from bulkhead_runtime.metrics import REGISTRY
from bulkhead_runtime.spiffe import SpiffeId, controller_id, provider_id
from bulkhead_runtime.tls import TlsFilesError, TlsSource, load_identity
from bulkhead_testkit.authority import Authority, Leaf, Usage

TD = "bulkhead.local"
CLIENT = Leaf(spiffe_id=controller_id(TD), usage=Usage.CLIENT)
SERVER = Leaf(spiffe_id=provider_id(TD, "vault"), usage=Usage.SERVER)
AUTHORITY = Authority.new()


def signed_by(authority: Authority, other: x509.Certificate) -> x509.Certificate:
    return (
        x509.CertificateBuilder(extensions=list(other.extensions))
        .subject_name(other.subject)
        .issuer_name(authority.certificate.subject)
        .public_key(other.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(other.not_valid_before_utc)
        .not_valid_after(other.not_valid_after_utc)
        .sign(authority.key, hashes.SHA256())
    )


def test_load_identity_reads_who_we_are(tmp_path: Path) -> None:
    identity = load_identity(AUTHORITY.issue(SERVER, tmp_path))
    assert identity.spiffe_id == SERVER.spiffe_id
    assert identity.server_name == "vault.provider.bulkhead.local"
    assert identity.roots == AUTHORITY.roots
    assert identity.certificate_chain == (tmp_path / "tls.crt").read_bytes()
    assert identity.private_key.reveal() == (tmp_path / "tls.key").read_bytes()
    assert timedelta(minutes=59) < identity.not_after - datetime.now(UTC) <= timedelta(hours=1)


def test_an_identity_does_not_show_its_key(tmp_path: Path) -> None:
    assert "PRIVATE" not in repr(load_identity(AUTHORITY.issue(CLIENT, tmp_path)))


def test_load_identity_gives_no_server_name_to_a_client(tmp_path: Path) -> None:
    assert load_identity(AUTHORITY.issue(CLIENT, tmp_path)).server_name is None


def test_load_identity_takes_names_outside_of_the_trust_domain_and_calls_nobody_by_them(tmp_path: Path) -> None:
    leaf = Leaf(spiffe_id=SpiffeId(TD, "webhook/server"), usage=Usage.SERVER, dns_names=["webhook.bulkhead.svc"])
    assert load_identity(AUTHORITY.issue(leaf, tmp_path)).server_name is None


def test_load_identity_takes_an_expired_leaf_as_others_will_refuse_it(tmp_path: Path) -> None:
    identity = load_identity(AUTHORITY.issue(replace(CLIENT, lifetime=timedelta(seconds=-1)), tmp_path))
    assert identity.not_after < datetime.now(UTC)


@pytest.mark.parametrize(
    "leaf",
    [
        pytest.param(replace(CLIENT, uris=[], dns_names=["a.b"]), id="no-uri"),
        pytest.param(replace(CLIENT, uris=[f"spiffe://{TD}/controller", f"spiffe://{TD}/pusher"]), id="two-uris"),
        pytest.param(replace(CLIENT, uris=[f"https://{TD}/controller"]), id="a-uri-that-is-no-spiffe-id"),
        pytest.param(replace(SERVER, dns_names=["fake.provider.bulkhead.local"]), id="the-dns-name-of-another"),
        pytest.param(replace(SERVER, dns_names=["*.provider.bulkhead.local"]), id="a-wildcard"),
        pytest.param(
            replace(SERVER, dns_names=["vault.provider.bulkhead.local", "fake.provider.bulkhead.local"]),
            id="the-dns-name-of-another-beside-its-own",
        ),
        pytest.param(
            replace(SERVER, dns_names=["x.svc", "fake.provider.bulkhead.local"]), id="another-beside-an-outer-one"
        ),
        pytest.param(replace(SERVER, dns_names=["FAKE.provider.Bulkhead.local"]), id="another-in-other-case"),
        pytest.param(replace(SERVER, dns_names=["fake.provider.bulkhead.local."]), id="another-with-a-dot-at-its-end"),
        pytest.param(replace(SERVER, dns_names=["bulkhead.local"]), id="the-trust-domain"),
        pytest.param(replace(SERVER, dns_names=["*.svc"]), id="a-wildcard-outside-of-the-trust-domain"),
        pytest.param(
            Leaf(spiffe_id=SpiffeId(TD, "provider/A"), usage=Usage.SERVER, dns_names=["a.provider.bulkhead.local"]),
            id="a-dns-name-for-an-id-that-has-none",
        ),
    ],
)
def test_load_identity_refuses_a_certificate_with(tmp_path: Path, leaf: Leaf) -> None:
    with pytest.raises(TlsFilesError, match=r"tls\.crt"):
        load_identity(AUTHORITY.issue(leaf, tmp_path))


def remove(name: str) -> Callable[[Path], object]:
    return lambda directory: (directory / name).unlink()


def write(name: str, data: bytes) -> Callable[[Path], object]:
    return lambda directory: (directory / name).write_bytes(data)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        pytest.param(remove("tls.crt"), r"tls\.crt: No such file", id="no-certificate"),
        pytest.param(remove("tls.key"), r"tls\.key: No such file", id="no-key"),
        pytest.param(remove("ca.crt"), r"ca\.crt: No such file", id="no-roots"),
        pytest.param(write("tls.crt", b""), r"tls\.crt: is empty", id="an-empty-certificate"),
        pytest.param(write("tls.crt", b"x"), r"tls\.crt: holds no certificate", id="a-broken-certificate"),
        pytest.param(write("tls.key", b"x"), r"tls\.key: holds no private key", id="a-broken-key"),
        pytest.param(write("ca.crt", b"x"), r"ca\.crt: holds no certificate", id="broken-roots"),
        pytest.param(write("ca.crt", b"x" * 2_000_000), r"ca\.crt: is empty or larger", id="roots-without-end"),
        pytest.param(
            write("ca.crt", Authority.new(lifetime=timedelta(seconds=-1)).roots),
            r"ca\.crt: every certificate in it has expired",
            id="expired-roots",
        ),
        pytest.param(
            write("ca.crt", Authority.new().roots), r"ca\.crt: none of its certificates", id="the-root-of-a-stranger"
        ),
    ],
)
def test_load_identity_refuses(tmp_path: Path, spoil: Callable[[Path], object], says: str) -> None:
    AUTHORITY.issue(CLIENT, tmp_path)
    spoil(tmp_path)
    with pytest.raises(TlsFilesError, match=says):
        load_identity(tmp_path)


def test_load_identity_refuses_the_key_of_another_certificate(tmp_path: Path) -> None:
    AUTHORITY.issue(CLIENT, tmp_path / "a")
    AUTHORITY.issue(CLIENT, tmp_path / "b")
    (tmp_path / "a" / "tls.key").write_bytes((tmp_path / "b" / "tls.key").read_bytes())
    with pytest.raises(TlsFilesError, match="does not belong to the certificate"):
        load_identity(tmp_path / "a")


def test_load_identity_takes_an_expired_root_beside_a_valid_one(tmp_path: Path) -> None:
    expired = Authority.new(lifetime=timedelta(seconds=-1))
    roots = expired.roots + AUTHORITY.roots
    assert load_identity(AUTHORITY.issue(CLIENT, tmp_path, roots=roots)).roots == roots


def test_a_source_gives_the_same_identity_while_nothing_changes(tmp_path: Path) -> None:
    source = TlsSource(AUTHORITY.issue(CLIENT, tmp_path))
    assert source.current() is source.current()


def test_a_source_gives_the_new_identity_once_the_files_are_replaced(tmp_path: Path) -> None:
    source = TlsSource(AUTHORITY.issue(CLIENT, tmp_path))
    before = source.current()
    AUTHORITY.issue(CLIENT, tmp_path)
    assert source.current().certificate_chain == (tmp_path / "tls.crt").read_bytes() != before.certificate_chain


def test_a_source_follows_a_link_that_is_swapped_as_the_kubelet_does(tmp_path: Path) -> None:
    AUTHORITY.issue(CLIENT, tmp_path / "1")
    AUTHORITY.issue(CLIENT, tmp_path / "2")
    (tmp_path / "..data").symlink_to("1")
    source = TlsSource(tmp_path / "..data")
    (tmp_path / "..new").symlink_to("2")
    (tmp_path / "..new").rename(tmp_path / "..data")
    assert source.current().certificate_chain == (tmp_path / "2" / "tls.crt").read_bytes()


def test_a_source_keeps_the_last_good_set_while_the_new_one_is_half_written_and_reports_it_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = TlsSource(AUTHORITY.issue(CLIENT, tmp_path / "now"))
    before = source.current()
    fresh = AUTHORITY.issue(CLIENT, tmp_path / "fresh")
    (tmp_path / "now" / "tls.crt").write_bytes((fresh / "tls.crt").read_bytes())
    assert [source.current() is before for _ in range(3)] == [True, True, True]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    (tmp_path / "now" / "tls.key").write_bytes((fresh / "tls.key").read_bytes())
    assert source.current().certificate_chain == (fresh / "tls.crt").read_bytes()


def test_a_source_never_trusts_a_strangers_root_and_counts_that_it_was_offered(tmp_path: Path) -> None:
    source = TlsSource(AUTHORITY.issue(CLIENT, tmp_path))
    before, counted = source.current(), _failures()
    (tmp_path / "ca.crt").write_bytes(Authority.new().roots)
    assert [source.current() is before for _ in range(3)] == [True, True, True]
    assert _failures() == counted + 1
    Authority.new().issue(CLIENT, tmp_path)
    assert source.current().roots == (tmp_path / "ca.crt").read_bytes() != before.roots


def test_load_identity_takes_a_leaf_of_which_only_its_issuers_issuer_is_trusted(tmp_path: Path) -> None:
    between = Authority.new()
    between.issue(CLIENT, tmp_path, roots=AUTHORITY.roots)
    with pytest.raises(TlsFilesError, match="none of its certificates"):
        load_identity(tmp_path)
    with (tmp_path / "tls.crt").open("ab") as chain:
        chain.write(signed_by(AUTHORITY, between.certificate).public_bytes(Encoding.PEM))
    assert load_identity(tmp_path).roots == AUTHORITY.roots


def test_a_source_keeps_the_last_good_set_when_the_files_are_gone(tmp_path: Path) -> None:
    source = TlsSource(AUTHORITY.issue(CLIENT, tmp_path))
    before = source.current()
    for name in ("tls.crt", "tls.key", "ca.crt"):
        (tmp_path / name).unlink()
    assert source.current() is before


def test_a_source_does_not_start_without_files(tmp_path: Path) -> None:
    with pytest.raises(TlsFilesError):
        TlsSource(tmp_path)


def _failures() -> float:
    return REGISTRY.get_sample_value("bulkhead_tls_reload_failures_total") or 0.0
