"""What gRPC is told of a server's certificate."""

from pathlib import Path

from bulkhead_provider_sdk.certificates import CertificateFetcher
from bulkhead_runtime.tls import TlsSource
from bulkhead_testkit.authority import Authority, Leaf, Usage
from bulkhead_testkit.provider_stage import SERVER_ID


def test_a_configuration_is_given_once_for_each_set_of_files(tmp_path: Path) -> None:
    authority, leaf = Authority.new(), Leaf(spiffe_id=SERVER_ID, usage=Usage.SERVER)
    authority.issue(leaf, tmp_path / "tls")
    fetcher = CertificateFetcher(TlsSource(tmp_path / "tls"))
    assert [fetcher(), fetcher()] == [None, None]
    authority.issue(leaf, tmp_path / "tls")
    assert fetcher() is not None
    assert fetcher() is None
