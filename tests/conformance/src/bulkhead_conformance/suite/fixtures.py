"""What the suite's classes share."""

from collections.abc import Iterator

import pytest

from bulkhead_conformance.conversation import Conversation
from bulkhead_conformance.target import Target


@pytest.fixture
def conversation(target: Target) -> Iterator[Conversation]:
    """Talk to the server as an identity that may call everything."""
    with target.channel() as channel:
        yield Conversation(channel, target.cases)
