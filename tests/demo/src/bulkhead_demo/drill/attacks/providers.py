"""Attacks on provider servers: calls with whatever certificate there is, for what the thief likes."""

from collections.abc import Sequence
from typing import Final

from bulkhead_demo.drill.attacks.files import socket_places
from bulkhead_demo.drill.model import EVERYBODY, Attack, Process

VALUE: Final = (2, 1, 1)
"""Where a BatchGetResponse has its first value: results, value, data."""
FOUND: Final = (2, 1)
"""Where a FindResponse has its names: secrets, name."""
_CALLERS: Final = EVERYBODY - {Process.VAULT, Process.FAKE}


def _call(
    name: str,
    does: str,
    method: str,
    *,
    provider: str = "vault",
    sha256: str = "",
    path: Sequence[int] = (),
    thieves: frozenset[Process],
    permitted: str = "",
) -> Attack:
    arguments = {
        "places": [*socket_places(provider), "{" + provider + "_server}"],
        "name": provider + ".provider.{trust_domain}",
        "method": method,
        "request": "{" + f"request_{name.replace('-', '_')}" + "}",
        "path": list(path),
        "sha256": "{" + sha256 + "}" if sha256 else "",
    }
    return Attack(
        id=f"provider.{name}", does=does, act="calls.ask", arguments=arguments, thieves=thieves, permitted=permitted
    )


_OTHERS: Final = EVERYBODY - {Process.VAULT}


PROVIDER_CALLS: Final[Sequence[Attack]] = (
    _call("ask-vault", "ask the vault provider who it is", "GetInfo", thieves=_OTHERS, permitted="call vault"),
    _call(
        "ask-fake",
        "ask the fake provider who it is",
        "GetInfo",
        provider="fake",
        thieves=EVERYBODY - {Process.FAKE},
        permitted="call fake",
    ),
    _call(
        "read",
        "have the vault provider read a key that its policy allows, which is the controller's work",
        "BatchGet",
        path=VALUE,
        sha256="sha256_shop",
        thieves=_OTHERS,
        permitted="call vault",
    ),
    _call(
        "read-other-key",
        "have the vault provider read a key outside of its policy",
        "BatchGet",
        path=VALUE,
        sha256="sha256_hr",
        thieves=_OTHERS,
    ),
    _call(
        "read-for-other",
        "have the vault provider read for a namespace outside of its policy",
        "BatchGet",
        path=VALUE,
        sha256="sha256_shop",
        thieves=_OTHERS,
    ),
    _call(
        "read-by-other-store",
        "have the vault provider read for a store outside of its policy",
        "BatchGet",
        path=VALUE,
        sha256="sha256_shop",
        thieves=_OTHERS,
    ),
    _call(
        "forged-host",
        "have the vault provider send its credential to a forged store's host",
        "BatchGet",
        path=VALUE,
        sha256="sha256_other",
        thieves=_OTHERS,
    ),
    _call("forged-login", "have the vault provider log in at a forged store's host", "ValidateStore", thieves=_OTHERS),
    _call(
        "find-all",
        "have the vault provider find every key",
        "Find",
        path=FOUND,
        sha256="sha256_hr_name",
        thieves=_OTHERS,
    ),
)
