"""What a set of values lets Bulkhead have: the invariants hold what is rendered against it. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec


class _Camel(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Of what is not named here nothing is kept."""


class Identity(_Camel, frozen=True, kw_only=True):
    enabled: bool = False
    secrets: list[dict[str, object]] = []


class Token(_Camel, frozen=True, kw_only=True):
    audience: str = ""


class Provider(_Camel, frozen=True, kw_only=True):
    enabled: bool
    identity: Identity = Identity()
    token: Token = Token()
    extra_env: list[dict[str, str]] = []
    extra_volumes: list[object] = []
    egress: list[object] = []


class Image(_Camel, frozen=True, kw_only=True):
    registry: str


class Spire(_Camel, frozen=True, kw_only=True):
    helper_image: str


class CaKey(_Camel, frozen=True, kw_only=True):
    existing_secret: str = ""


class Certificates(_Camel, frozen=True, kw_only=True):
    issuer: str
    ca_key: CaKey
    spire: Spire


class Switch(_Camel, frozen=True, kw_only=True):
    enabled: bool


@dataclass(frozen=True, slots=True)
class Named:
    """An object that the values name."""

    namespace: str
    name: str


class Wanted(_Camel, frozen=True, kw_only=True, dict=True):
    """The values of a release, chart's defaults included, as far as they say what it may have."""

    topology: str
    profile: str
    profile_namespaces: list[str]
    image: Image
    certificates: Certificates
    network_policy: Switch
    providers: dict[str, Provider]

    @classmethod
    def of(cls, values: Mapping[str, object]) -> "Wanted":
        """Read the values."""
        return msgspec.convert(values, cls)

    @cached_property
    def running(self) -> Mapping[str, Provider]:
        """The providers that run."""
        return {name: each for name, each in self.providers.items() if each.enabled}

    def identity_secrets(self, accounts: Collection[str] | None = None) -> Iterator[Named]:
        """Give the Secrets that provider servers may get; of all of them, or of those with one of the accounts."""
        for name, provider in self.running.items():
            is_meant = accounts is None or any(each.endswith(f"-provider-{name}") for each in accounts)
            for each in provider.identity.secrets if provider.identity.enabled and is_meant else ():
                names = each["names"]
                assert isinstance(names, list)
                yield from (Named(str(each["namespace"]), str(secret)) for secret in names)
