"""Free ports are free."""

import socket

import pytest

from bulkhead_testkit.ports import free_port


def test_a_free_port_can_be_listened_on() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", free_port()))
        server.listen()


def test_a_free_port_is_no_source_port_of_an_outgoing_connection() -> None:
    assert all(20_000 <= free_port() <= 32_000 for _ in range(20))


def test_no_port_is_chosen_twice_in_a_row() -> None:
    ports = [free_port() for _ in range(300)]
    assert len(set(ports)) == len(ports)


def test_workers_that_run_at_a_time_choose_no_same_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "2")
    chosen: dict[str, set[int]] = {}
    # The third one replaces a worker that crashed.
    for worker in ("gw0", "gw1", "gw2"):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
        chosen[worker] = {free_port() for _ in range(50)}
    assert max(chosen["gw0"] | chosen["gw2"]) < min(chosen["gw1"])
