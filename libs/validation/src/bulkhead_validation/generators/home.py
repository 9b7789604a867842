"""Where a generator looks for the Secrets and ServiceAccounts that it names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from bulkhead_validation.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The place of one generator.

    References are read in the namespace of the ExternalSecret or PushSecret that uses the generator, whatever namespace
    they name. Source: ESO, generators resolve with a kind of store of their own, which never crosses namespaces.
    """

    is_cluster: bool = False
    """Whether it is a ClusterGenerator, which is used from many namespaces."""
    namespace: str = ""
    """Its own namespace; empty if it has none or none is known."""


SpecCheck: TypeAlias = Callable[[Node, Home], None]
"""Notes the faults of the spec of a generator at its node."""
