"""Measures the webhook beside its bounds: reviews each second over kept connections, a large object, a hostile regex.

    .venv/bin/python tests/performance/webhook.py [--seconds 20] [--rate 200]

Prints numbers and judges nothing: on a busy machine they are worse than the program is.
"""

import argparse
import http.client
import queue
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_testkit.process import Process
from bulkhead_testkit.webhook_process import Webhook, answering, resident_bytes, review

_CONNECTIONS: Final = 20
_MIB: Final = 1024 * 1024
_HOSTILE: Final = "(a+)+$"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    bound: str
    measured: str


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measure the webhook.")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=200.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        webhook = Webhook(Path(folder))
        with answering(webhook) as process:
            rows = [
                *_steady(webhook, process, rate=arguments.rate, seconds=arguments.seconds),
                *_large(webhook, process),
                _hostile(webhook),
            ]
    for row in (Row("", "bound", "measured"), *rows):
        print(f"{row.what:55} {row.bound:>10} {row.measured:>12}")


def _steady(webhook: Webhook, process: Process, *, rate: float, seconds: float) -> Sequence[Row]:
    """Ask at a steady rate; the time of each question counts from when it was due."""
    due: queue.SimpleQueue[float | None] = queue.SimpleQueue()
    took: list[float] = []
    askers = [threading.Thread(target=_ask_when_due, args=[webhook, due, took]) for _ in range(_CONNECTIONS)]
    for asker in askers:
        asker.start()
    began, count = time.monotonic(), int(rate * seconds)
    for number in range(count):
        moment = began + number / rate
        time.sleep(max(0.0, moment - time.monotonic()))
        due.put(moment)
    for _ in askers:
        due.put(None)
    for asker in askers:
        asker.join()
    held = len(took) / (time.monotonic() - began)
    cuts = statistics.quantiles(took, n=100)
    return [
        Row("reviews each second", f">= {rate:g}", f"{held:.0f}"),
        Row("p50 of a review", "", f"{cuts[49] * 1000:.1f} ms"),
        Row("p99 of a review", "<= 50 ms", f"{cuts[98] * 1000:.1f} ms"),
        Row("resident memory after that", "<= 100 MB", f"{resident_bytes(process) / _MIB:.0f} MiB"),
    ]


def _ask_when_due(webhook: Webhook, due: "queue.SimpleQueue[float | None]", took: list[float]) -> None:
    connection = webhook.connect()
    body = _typical()
    while (moment := due.get()) is not None:
        _ask(connection, body)
        took.append(time.monotonic() - moment)
    connection.close()


def _large(webhook: Webhook, process: Process) -> Sequence[Row]:
    # As many entries as make a megabyte.
    body = _external_secret(data=[_entry(at) for at in range(17_500)])
    connection = webhook.connect()
    times = [_timed(connection, body) for _ in range(5)]
    small = _timed(connection, _typical())
    connection.close()
    return [
        Row(f"an object of {len(body) / 1e6:.2f} MB, the slowest of 5", "<= 250 ms", f"{max(times) * 1000:.0f} ms"),
        Row("a typical one after that", "", f"{small * 1000:.1f} ms"),
        Row("resident memory after that", "<= 100 MB", f"{resident_bytes(process) / _MIB:.0f} MiB"),
    ]


def _hostile(webhook: Webhook) -> Row:
    find = {"find": {"name": {"regexp": _HOSTILE}}, "rewrite": [{"regexp": {"source": _HOSTILE, "target": "a" * 5000}}]}
    connection = webhook.connect()
    took = _timed(connection, _external_secret(data=[], dataFrom=[find] * 50))
    connection.close()
    return Row(f"100 times {_HOSTILE}", "harmless", f"{took * 1000:.1f} ms")


def _timed(connection: http.client.HTTPSConnection, body: bytes) -> float:
    began = time.monotonic()
    _ask(connection, body)
    return time.monotonic() - began


def _ask(connection: http.client.HTTPSConnection, body: bytes) -> None:
    connection.request("POST", "/validate", body, {"Content-Type": "application/json"})
    reply = connection.getresponse()
    answered = msgspec.json.decode(reply.read())
    if reply.status != http.HTTPStatus.OK or not answered["response"]["uid"]:
        raise SystemExit(f"the webhook answered {reply.status}")


def _typical() -> bytes:
    template = {"data": {"config.yaml": "user: {{ .user | quote }}\npassword: {{ .password | b64enc }}\n" * 10}}
    return _external_secret(data=[_entry(at) for at in range(10)], target={"name": "app", "template": template})


def _entry(at: int) -> dict[str, object]:
    return {"secretKey": f"key-{at}", "remoteRef": {"key": f"path/{at}"}}


def _external_secret(**spec: object) -> bytes:
    body = {"refreshInterval": "1h", "secretStoreRef": {"name": "s", "kind": "SecretStore"}, **spec}
    return review(object={"kind": "ExternalSecret", "metadata": {"name": "a", "namespace": "team-a"}, "spec": body})


if __name__ == "__main__":
    main()
