"""What gRPC is told of a server's certificate."""

from datetime import timedelta
from pathlib import Path

import pytest

from bulkhead_provider_sdk.certificates import CertificateFetcher
from bulkhead_runtime.tls import TlsSource
from bulkhead_testkit.authority import Authority, Leaf, Usage
from bulkhead_testkit.provider_stage import SERVER_ID

SERVER = Leaf(spiffe_id=SERVER_ID, usage=Usage.SERVER)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    authority = Authority.new()
    authority.issue(SERVER, tmp_path)
    return authority


@pytest.fixture
def fetcher(tmp_path: Path, clock: Clock, authority: Authority) -> CertificateFetcher:  # noqa: ARG001 - it makes files
    return CertificateFetcher(TlsSource(tmp_path), longest=timedelta(minutes=10), clock=clock)


def test_a_configuration_is_given_once_for_each_set_of_files(
    fetcher: CertificateFetcher, authority: Authority, tmp_path: Path
) -> None:
    assert [fetcher(), fetcher()] == [None, None]
    authority.issue(SERVER, tmp_path)
    assert fetcher() is not None
    assert fetcher() is None


def test_a_configuration_is_replaced_when_connections_of_its_time_have_ended(
    fetcher: CertificateFetcher, clock: Clock
) -> None:
    clock.now += 599
    assert fetcher() is None
    clock.now += 1
    assert fetcher() is not None
    assert fetcher() is None
