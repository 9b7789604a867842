"""What several tests of the certcontroller need."""

import os
from collections.abc import Iterator

import pytest

NOBODY = 65534


@pytest.fixture
def ordinary_user(request: pytest.FixtureRequest) -> Iterator[None]:
    """Act with an ordinary user's rights, also where the tests run as root."""
    # pytest makes its folder with the rights that it started with.
    request.getfixturevalue("tmp_path")
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    yield
    os.seteuid(before)
