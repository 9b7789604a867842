"""What the Secrets of an installation are for, as its objects tell. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from bulkhead_cli.boundaries.installation import Installation, ObjectName, PodMaker
from bulkhead_cli.boundaries.mounts import secrets_in
from bulkhead_cli.boundaries.pods import Container
from bulkhead_cli.problems import InputError
from bulkhead_cli.values import reading_meter
from bulkhead_templating import LimitError
from bulkhead_templating.kubeyaml.decoding import YamlDecodeError, any_value

_T = TypeVar("_T")
_ACCOUNT: Final = "kubernetes.io/service-account.name"


class _Identity(msgspec.Struct, frozen=True, kw_only=True):
    path: str = ""
    secret: str = ""


class _Identities(msgspec.Struct, frozen=True, kw_only=True):
    identities: list[_Identity] = []


class _Token(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    secret: str = ""
    service_account: str = ""


class _Tokens(msgspec.Struct, frozen=True, kw_only=True):
    tokens: list[_Token] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanings:
    """What each Secret is worth to who reads it."""

    identities: Mapping[ObjectName, tuple[str, ...]]
    """SPIFFE ids that can be proved with it."""
    tokens: Mapping[ObjectName, ObjectName]
    """ServiceAccounts whose token is in it."""
    authorities: Mapping[ObjectName, str]
    """Trust domains whose CA key is in it."""
    others: frozenset[ObjectName]
    """Secrets that containers see and whose purpose nothing tells, so that they count as credentials."""

    @property
    def known(self) -> frozenset[ObjectName]:
        """All of them."""
        return frozenset({*self.identities, *self.tokens, *self.authorities, *self.others})


def meanings_of(seen: Installation) -> Meanings:
    """Read them from the certcontroller's files and arguments, certificates and Secrets' annotations.

    Raises:
        InputError: one of these files is not as the certcontroller reads it.
    """
    identities = {**_issued(seen), **_certificates(seen)}
    tokens = {**_made(seen), **_legacy(seen)}
    authorities = _authorities(seen)
    mounted = {name for pod in seen.pods for each in containers_of(pod) for name in secrets_in(each, pod)}
    return Meanings(
        identities=identities,
        tokens=tokens,
        authorities=authorities,
        others=frozenset(mounted - {*identities, *tokens, *authorities}),
    )


def containers_of(pod: PodMaker) -> list[Container]:
    """Give all containers of a Pod: first those that start before the others."""
    return [*pod.spec.init_containers, *pod.spec.containers]


def trust_domain_of(container: Container, seen: Installation) -> str:
    """Give the trust domain that a container is told of, or else the first that any is."""
    everywhere = (each.argument("trust-domain") for pod in seen.pods for each in containers_of(pod))
    return container.argument("trust-domain") or next((each for each in everywhere if each), "unknown")


def _issued(seen: Installation) -> dict[ObjectName, tuple[str, ...]]:
    found: dict[ObjectName, tuple[str, ...]] = {}
    for name, text in _files(seen, "identities.yaml"):
        for each in _read(name, text, _Identities).identities:
            uri = f"spiffe://{trust_domain_of(Container(), seen)}/{each.path}"
            found[ObjectName(namespace=name.namespace, name=each.secret)] = (uri,)
    return found


def _made(seen: Installation) -> dict[ObjectName, ObjectName]:
    return {
        ObjectName(namespace=name.namespace, name=each.secret): ObjectName(
            namespace=name.namespace, name=each.service_account
        )
        for name, text in _files(seen, "tokens.yaml")
        for each in _read(name, text, _Tokens).tokens
    }


def _files(seen: Installation, key: str) -> Iterator[tuple[ObjectName, str]]:
    return ((name, kept.data[key]) for name, kept in seen.config_maps.items() if key in kept.data)


def _read(name: ObjectName, text: str, as_type: type[_T]) -> _T:
    try:
        return msgspec.convert(any_value(text.encode(), meter=reading_meter()), as_type)
    except (YamlDecodeError, LimitError, msgspec.ValidationError) as error:
        problem = str(error)
    raise InputError(f"ConfigMap {name}: {problem}")


def _certificates(seen: Installation) -> dict[ObjectName, tuple[str, ...]]:
    return {
        ObjectName(namespace=each.metadata.namespace, name=each.spec.secret_name): tuple(each.spec.uris)
        for each in seen.certificates
    }


def _legacy(seen: Installation) -> dict[ObjectName, ObjectName]:
    return {
        name: ObjectName(namespace=name.namespace, name=meta.annotations[_ACCOUNT])
        for name, meta in seen.secrets.items()
        if _ACCOUNT in meta.annotations
    }


def _authorities(seen: Installation) -> dict[ObjectName, str]:
    return {
        ObjectName(namespace=pod.namespace, name=name): trust_domain_of(each, seen)
        for pod in seen.pods
        for each in containers_of(pod)
        if (name := each.argument("ca-secret"))
    }
