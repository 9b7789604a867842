"""Everything that the drill's thieves try, by theme."""

from collections.abc import Sequence
from typing import Final

from bulkhead_demo.drill.attacks.cluster import CLUSTER, PODS
from bulkhead_demo.drill.attacks.files import FILES, PROCESSES
from bulkhead_demo.drill.attacks.kernel import KERNEL
from bulkhead_demo.drill.attacks.network import BACKENDS, NETWORK
from bulkhead_demo.drill.attacks.providers import PROVIDER_CALLS
from bulkhead_demo.drill.attacks.rights import RIGHTS
from bulkhead_demo.drill.attacks.secrets import SECRETS
from bulkhead_demo.drill.model import Attack

THEMES: Final = {
    "Secrets": SECRETS,
    "Rights": RIGHTS,
    "Pods": PODS,
    "Cluster": CLUSTER,
    "Files": FILES,
    "Processes": PROCESSES,
    "Kernel": KERNEL,
    "Network": NETWORK,
    "Backends": BACKENDS,
    "Provider servers": PROVIDER_CALLS,
}
"""The attacks, by what the document calls them."""

ATTACKS: Final[Sequence[Attack]] = tuple(attack for theme in THEMES.values() for attack in theme)
