"""What a provider server's policy file lets it do, for whom, and with which backends. Pure.

Source: `Policy` of the provider SDK, which the command line does not know.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from bulkhead_cli.boundaries.grants import Backend, Grant, Serves
from bulkhead_cli.boundaries.installation import Installation, PodMaker
from bulkhead_cli.boundaries.mounts import file_in
from bulkhead_cli.boundaries.pods import Container
from bulkhead_cli.boundaries.scopes import ALL
from bulkhead_cli.problems import InputError
from bulkhead_cli.values import reading_meter
from bulkhead_templating import LimitError
from bulkhead_templating.kubeyaml.decoding import YamlDecodeError, any_value

_OPERATIONS: Final = ("find", "read", "validate")


class _Rule(msgspec.Struct, frozen=True, kw_only=True):
    namespaces: tuple[str, ...] = ()
    stores: tuple[str, ...] = (ALL,)
    keys: tuple[str, ...] = (ALL,)
    operations: tuple[str, ...] = _OPERATIONS


class _Policy(msgspec.Struct, frozen=True, kw_only=True):
    hosts: tuple[str, ...] = ()
    rules: tuple[_Rule, ...] = ()


def backends_of(container: Container, pod: PodMaker, seen: Installation) -> Iterator[Grant]:
    """Give the hosts and rules of a container's policy file; nothing for one that is told of no such file.

    A file that is not among the objects counts as one that allows everything.

    Raises:
        InputError: it is no policy file.
    """
    path = container.argument("policy-file")
    if not path:
        return
    text = file_in(container, pod, path, seen)
    policy = _policy(text, f"{pod.id}, container {container.name}, {path}") if text is not None else None
    if policy is None:
        yield Backend(host=ALL)
        yield Serves(namespaces=(ALL,), stores=(ALL,), keys=(ALL,), operations=_OPERATIONS)
        return
    for host in policy.hosts:
        yield Backend(host=host)
    for rule in policy.rules:
        yield Serves(
            namespaces=tuple(sorted(set(rule.namespaces))),
            stores=tuple(sorted(set(rule.stores))),
            keys=tuple(sorted(set(rule.keys))),
            operations=tuple(sorted(set(rule.operations))),
        )


def _policy(text: str, title: str) -> _Policy:
    try:
        value = any_value(text.encode(), meter=reading_meter())
        return msgspec.convert(value if value is not None else {}, _Policy)
    except (YamlDecodeError, LimitError, msgspec.ValidationError) as error:
        problem = str(error)
    raise InputError(f"{title}: {problem}")
