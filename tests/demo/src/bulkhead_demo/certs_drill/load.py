"""Calls provider servers at a steady rate with the controller's own client, and counts what failed.

Run by `rotations.py` as the controller's Unix user, with the controller's files, in the environment of the
controller's image. Prints one JSON object when it is asked to stop: calls, failures by their words, and the longest
time that a call took. A line before that says that the first calls were answered.
"""

import asyncio
import json
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkhead_api.external_secret import StoreKind
from bulkhead_controller.backends import BoundStore, Consumer, Ref, Value
from bulkhead_controller.providers.client import ProviderClient
from bulkhead_runtime.provider_routes import ProviderServer
from bulkhead_runtime.tls import TlsSource
from bulkhead_runtime.trust import Trust

_TIMEOUT_S: Final = 10.0
_CONSUMER: Final = Consumer(kind="ExternalSecret", namespace="demo", name="load", uid="load")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One provider server and what is read from it."""

    client: ProviderClient
    store: BoundStore
    ref: Ref


class Load:
    """What was asked and what came of it."""

    def __init__(self) -> None:
        """Count from nothing."""
        self.calls = 0
        self.failures: Counter[str] = Counter()
        self.slowest_s = 0.0

    async def call(self, target: "Target") -> None:
        """Read one value, which is one call."""
        started = time.monotonic()
        self.calls += 1
        try:
            (outcome,) = await target.client.batch_get(target.store, _CONSUMER, [target.ref])
            if not isinstance(outcome, Value):
                self.failures[f"{type(outcome).__name__}: {outcome}"[:200]] += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
            self.failures[f"{type(error).__name__}: {error}"[:200]] += 1
        self.slowest_s = max(self.slowest_s, time.monotonic() - started)


async def main(tls_dir: str, rate: str, stores: str) -> None:
    """Call until SIGTERM.

    Args:
        tls_dir: of the controller.
        rate: calls a second, over all stores together.
        stores: JSON list of {server, address, provider, spec, key}.
    """
    load, stop, trust = Load(), asyncio.Event(), Trust(TlsSource(Path(tls_dir)))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    targets = [_target(each, trust) for each in json.loads(stores)]
    async with asyncio.TaskGroup() as group:
        following = [group.create_task(target.client.follow_certificates()) for target in targets]
        await asyncio.gather(*(load.call(target) for target in targets))
        print("begun", flush=True)
        load.calls, started = 0, time.monotonic()
        while not stop.is_set():
            group.create_task(load.call(targets[load.calls % len(targets)]))
            due = started + load.calls / float(rate)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        seconds = time.monotonic() - started
        for each in following:
            each.cancel()
    for target in targets:
        await target.client.close()
    summary = {"calls": load.calls, "failures": load.failures, "seconds": seconds, "slowest_s": load.slowest_s}
    print(json.dumps(summary), flush=True)


def _target(entry: dict[str, str], trust: Trust) -> Target:
    server = ProviderServer(name=entry["server"], address=entry["address"], stores=[entry["provider"]])
    store = BoundStore(
        kind=StoreKind.SECRET_STORE,
        namespace="demo",
        name=f"load-{entry['server']}",
        uid=f"load-{entry['server']}",
        generation=1,
        provider=entry["provider"],
        spec_json=entry["spec"].encode(),
    )
    client = ProviderClient(server, trust_domain="bulkhead.local", trust=trust, timeout_s=_TIMEOUT_S)
    return Target(client=client, store=store, ref=Ref(key=entry["key"]))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
