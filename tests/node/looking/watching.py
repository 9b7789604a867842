"""Looks on while something is done to an installation: did any sync fail meanwhile, and was anything written?"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hmac import compare_digest
from secrets import token_hex

import msgspec

from bulkhead_demo.shop import DEMO_NAMESPACE, Shelves, put_database
from bulkhead_testkit.admin import Admin, wait_for

_POLL_S = 0.2
_EXTERNAL_SECRETS = f"/apis/external-secrets.io/v1/namespaces/{DEMO_NAMESPACE}/externalsecrets"


class _Condition(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    status: str
    reason: str = ""
    message: str = ""


class _Status(msgspec.Struct, frozen=True, kw_only=True):
    conditions: list[_Condition] = []


class _Name(msgspec.Struct, frozen=True, kw_only=True):
    name: str


class _ExternalSecret(msgspec.Struct, frozen=True, kw_only=True):
    metadata: _Name
    status: _Status = _Status()


class _List(msgspec.Struct, frozen=True, kw_only=True):
    items: list[_ExternalSecret]


@dataclass(slots=True, kw_only=True)
class Seen:
    """What was noticed so far."""

    failures: set[str] = field(default_factory=set)
    looks: int = 0


@contextmanager
def failed_syncs(admin: Admin) -> Iterator[Seen]:
    """Note each ExternalSecret that is not ready at some moment within the context, with its reason."""
    seen, over = Seen(), threading.Event()

    def look() -> None:
        while not over.wait(_POLL_S):
            found = msgspec.json.decode(admin.request("GET", _EXTERNAL_SECRETS), type=_List)
            seen.looks += 1
            for each in found.items:
                for condition in each.status.conditions:
                    if condition.type == "Ready" and condition.status != "True":
                        seen.failures.add(f"{each.metadata.name}: {condition.reason}: {condition.message}")

    watcher = threading.Thread(target=look, name="failed-syncs")
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def seconds_until_synced(admin: Admin, bao: Shelves, *, timeout_s: float = 60) -> float:
    """Change the database's password and give the time until its Secret has it.

    Raises:
        AdminError: it has not in time.
    """
    password = token_hex(16)
    put_database(bao, password=password)
    started = time.monotonic()

    def look() -> bool | None:
        secret = admin.secret(DEMO_NAMESPACE, "database")
        same = secret is not None and compare_digest(secret.data["password"], password.encode())
        return True if same else None

    wait_for(look, what="the Secret follows its backend", timeout_s=timeout_s)
    return time.monotonic() - started
