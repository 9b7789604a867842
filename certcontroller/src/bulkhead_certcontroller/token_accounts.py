"""Which ServiceAccounts get a token, and in which Secrets: the tokens file, read and checked.

The chart renders the file. It names provider servers that have a Kubernetes identity of their own in a Pod that they
share with others; the Role lets this program make tokens of exactly these ServiceAccounts.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_certcontroller.identities import IdentitiesError

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAccount:
    """One ServiceAccount of this program's own namespace that gets a token."""

    name: str
    """What logs and metrics call it, such as `token-vault`."""
    service_account: str
    secret: str
    """Name of the Secret that receives the token, and that the token is bound to."""


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    name: str
    service_account: str
    secret: str


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tokens: list[_Entry]


def load_token_accounts(file: Path | None, taken: frozenset[str]) -> tuple[TokenAccount, ...]:
    """Read the tokens file, in its order; without a file there are none.

    Args:
        file: None means that nobody gets a token.
        taken: names of Secrets that hold certificates or the CA, which no token may replace.

    Raises:
        IdentitiesError: it cannot be read, breaks the schema, or two entries share a name, an account or a Secret.
    """
    if file is None:
        return ()
    try:
        entries = msgspec.yaml.decode(file.read_bytes(), type=_File).tokens
    except OSError as error:
        raise IdentitiesError(f"tokens file {file}: {error.strerror}") from error
    except ValueError as error:
        raise IdentitiesError(f"tokens file {file}: {' '.join(str(error).split())}") from error
    _check(file, entries, taken)
    return tuple(
        TokenAccount(name=entry.name, service_account=entry.service_account, secret=entry.secret) for entry in entries
    )


def _check(file: Path, entries: list[_Entry], taken: frozenset[str]) -> None:
    for field in ("name", "service_account", "secret"):
        values = [str(getattr(entry, field)) for entry in entries]
        if wrong := [value for value in values if not _NAME.fullmatch(value)]:
            raise IdentitiesError(f"tokens file {file}: {field} {wrong[0]!r}: not a name that an object can have")
        if twice := sorted(value for value, count in Counter(values).items() if count > 1):
            raise IdentitiesError(f"tokens file {file}: {field} {twice[0]!r}: used more than once")
    if both := sorted(taken & {entry.secret for entry in entries}):
        raise IdentitiesError(f"tokens file {file}: secret {both[0]!r}: holds certificates")
