import socket
from pathlib import Path

import pytest

from bulkhead_testkit.provider_stage import ProviderStage


@pytest.fixture
def stage(tmp_path: Path) -> ProviderStage:
    return ProviderStage.new(tmp_path)


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
