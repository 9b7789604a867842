"""Free ports are free."""

import socket

from bulkhead_testkit.ports import free_port


def test_a_free_port_can_be_listened_on() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", free_port()))
        server.listen()


def test_a_free_port_is_no_source_port_of_an_outgoing_connection() -> None:
    assert all(20_000 <= free_port() <= 32_000 for _ in range(20))
