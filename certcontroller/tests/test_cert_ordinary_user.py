"""Tests that give up root do so for themselves alone: other threads, which look after files, stay who they are."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest


@pytest.fixture
def user_of_an_older_thread() -> Iterator[Callable[[], int]]:
    """Ask a thread that runs already for its effective user."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(threading.get_ident).result(10)
        yield lambda: pool.submit(os.geteuid).result(10)


def test_only_the_test_itself_gives_up_root(
    user_of_an_older_thread: Callable[[], int], request: pytest.FixtureRequest
) -> None:
    before = os.geteuid()
    request.getfixturevalue("ordinary_user")

    assert os.geteuid() != 0
    assert user_of_an_older_thread() == before
