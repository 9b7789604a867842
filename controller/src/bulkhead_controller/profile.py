"""Which rights the controller has on Secrets, and what that leaves it unable to do. Pure."""

from dataclasses import dataclass
from enum import StrEnum

EVERYWHERE = "*"
"""Stands for all namespaces."""


class Profile(StrEnum):
    """Which rights the controller has on Secrets. Source: architecture, Kubernetes rights of the controller."""

    STRICT = "strict"
    """Write, and read nothing."""
    NAMESPACED = "namespaced"
    """Write, and read in the namespaces that opted in."""
    ESO_COMPAT = "eso-compat"
    """Read and write, as ESO."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What the profile lets the controller do with Secrets."""

    profile: Profile = Profile.STRICT
    read_namespaces: frozenset[str] = frozenset()
    """Which namespaces opted in; only with the profile `namespaced`."""

    config_map_namespaces: frozenset[str] = frozenset()
    """Where ConfigMaps with templates may be read beside where Secrets may; `*` means everywhere."""

    def may_read_config_maps(self, namespace: str) -> bool:
        """Say whether ConfigMaps of a namespace may be read and watched."""
        return not self.config_map_namespaces.isdisjoint({namespace, EVERYWHERE}) or self.may_read(namespace)

    def missing_config_map_read(self, feature: str, namespace: str) -> str:
        """Say to users that a feature reads ConfigMaps, which is not allowed in their namespace, and what would."""
        return (
            f"{feature} has to read ConfigMaps, which is allowed in the namespaces of the chart value "
            f'templates.configMapNamespaces only, of which "{namespace}" is none'
        )

    def may_read(self, namespace: str) -> bool:
        """Say whether Secrets of a namespace may be read and watched."""
        match self.profile:
            case Profile.STRICT:
                return False
            case Profile.NAMESPACED:
                return namespace in self.read_namespaces
            case Profile.ESO_COMPAT:
                return True

    def missing_read(self, feature: str, namespace: str) -> str:
        """Say to users that a feature reads Secrets, which the profile does not allow, and what would."""
        match self.profile:
            case Profile.NAMESPACED:
                return (
                    f"{feature} has to read Secrets, and profile namespaced allows that in the namespaces of the chart "
                    f'value profileNamespaces only, of which "{namespace}" is none'
                )
            case _:
                return (
                    f"{feature} has to read Secrets, which profile {self.profile.value} does not allow: "
                    "ask whoever deploys Bulkhead for profile namespaced"
                )
