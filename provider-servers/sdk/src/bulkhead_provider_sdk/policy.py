"""What a provider server's policy file says, and the decision by it.

Whoever deploys Bulkhead writes the file and mounts it, so it holds even against a stolen controller: whatever that
asks for, a server gives no more than its own policy does.
"""

import fnmatch
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

import msgspec

from bulkhead_api.external_secret import StoreKind
from bulkhead_provider_sdk.provider import StoreRef

_ANY: Final = "*"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# Every character that two readers of an address might understand in two ways is left out.
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[A-Za-z0-9.:\[\]-]+(?:[/?#][!-~]*)?")
_DOTS: Final = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)
_SEPARATORS: Final = re.compile(r"[/\\?#]|%2f|%5c|%3f|%23", re.IGNORECASE)


class PolicyError(ValueError):
    """The policy file cannot be used; the message says where and why."""


class Operation(StrEnum):
    """What a caller wants of a store."""

    READ = "read"
    FIND = "find"
    VALIDATE = "validate"


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Allows what matches all four of its fields. In patterns `*` stands for any text, slashes included."""

    namespaces: tuple[str, ...]
    """Of the consumer."""
    stores: tuple[str, ...] = (_ANY,)
    """`SecretStore/<namespace>/<name>` or `ClusterSecretStore/<name>`."""
    keys: tuple[str, ...] = (_ANY,)
    """Remote keys, and what Find is asked to look below. For Find only patterns that end in `*` count."""
    operations: frozenset[Operation] = frozenset(Operation)


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a provider server does for whom. An access is allowed if any rule allows it."""

    hosts: tuple[str, ...] = ()
    """Backends that may be talked to, as `scheme://host:port`."""
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What somebody wants."""

    operation: Operation
    store: StoreRef
    namespace: str
    """Of the consumer; empty while a ClusterSecretStore is validated, which concerns no single namespace."""
    key: str | None
    """None asks whether any key at all may be reached."""


def policy_from_yaml(data: bytes) -> Policy:
    """Read the text of a policy file.

    Raises:
        PolicyError: it is no YAML, breaks the schema, or a host is not of the form `scheme://host:port`.
    """
    try:
        policy = msgspec.yaml.decode(data, type=Policy)
    except (msgspec.DecodeError, ValueError) as error:
        raise PolicyError(" ".join(str(error).split())) from error
    for index, host in enumerate(policy.hosts):
        if host_from_url(host) is None or urlsplit(host).path or urlsplit(host).query or urlsplit(host).fragment:
            raise PolicyError(f"hosts[{index}]: {host[:256]!r} is not of the form scheme://host:port")
    return policy


def refusing_field(policy: Policy, access: Access) -> str | None:
    """Decide, and name the field of the policy that refuses, such as `rules[].keys`; None means allowed."""
    rules: Sequence[Rule] = policy.rules
    for field, allows in _FIELDS.items():
        rules = [rule for rule in rules if allows(rule, access)]
        if not rules:
            return f"rules[].{field}" if policy.rules else "rules"
    return None


def allows_host(policy: Policy, url: str) -> bool:
    """Say whether the backend at this address may be talked to. An address with a user name in it never is."""
    host = host_from_url(url)
    return host is not None and host in {host_from_url(each) for each in policy.hosts}


def host_from_url(url: str) -> str | None:
    """Give `scheme://host:port` of an address, in lower case and with the scheme's own port if it names none.

    None means that it is no such address, or one that two programs might read in two ways.
    """
    if not _URL.fullmatch(url) or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or port is None:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"


def _allows_namespace(rule: Rule, access: Access) -> bool:
    concerns_all = access.operation is Operation.VALIDATE and access.store.kind is StoreKind.CLUSTER_SECRET_STORE
    return concerns_all or _matches_any(rule.namespaces, access.namespace)


def _allows_store(rule: Rule, access: Access) -> bool:
    ref = access.store
    match ref.kind:
        case StoreKind.SECRET_STORE:
            return _matches_any(rule.stores, f"{ref.kind}/{ref.namespace}/{ref.name}")
        case StoreKind.CLUSTER_SECRET_STORE:
            return _matches_any(rule.stores, f"{ref.kind}/{ref.name}")


def _allows_operation(rule: Rule, access: Access) -> bool:
    return access.operation in rule.operations


def _allows_key(rule: Rule, access: Access) -> bool:
    if access.key is None or _ANY in rule.keys:
        return True
    if _climbs(access.key):
        return False
    if access.operation is Operation.FIND:
        # What is found below a path is inside the pattern for certain only if the pattern leaves the end open.
        return _matches_any([each for each in rule.keys if each.endswith(_ANY)], access.key)
    return _matches_any(rule.keys, access.key)


_FIELDS: Final[dict[str, Callable[[Rule, Access], bool]]] = {
    "namespaces": _allows_namespace,
    "stores": _allows_store,
    "operations": _allows_operation,
    "keys": _allows_key,
}


def _climbs(key: str) -> bool:
    # HTTP libraries resolve "a/../b" to "b" on the way to the backend, so it must not pass for something below "a".
    return any(_DOTS.fullmatch(segment) for segment in _SEPARATORS.split(key))


def _matches_any(patterns: Sequence[str], text: str) -> bool:
    return any(_compiled(pattern).match(text) is not None for pattern in patterns)


@functools.lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    # Of the shell's patterns only the star is meant; brackets and question marks are ordinary characters of keys.
    return re.compile(fnmatch.translate(re.sub(r"[?\[]", r"[\g<0>]", pattern)))
