"""The node's network: one link to the host, by which the host reaches the node, and no way out.

The host's end is made by the starter, in the host's namespace; the rest by the node's first process in its own.
"""

import json
import subprocess
from collections.abc import Iterable
from ipaddress import IPv4Network
from pathlib import Path
from typing import Final

from bulkhead_cluster.errors import ClusterError
from bulkhead_cluster.layout import NUMBERS, POD_SUBNET, Place
from bulkhead_cluster.programs import environment

LINK_INSIDE: Final = "eth0"
METADATA_ADDRESS: Final = "169.254.169.254"
"""Where clouds answer what a node may know. Here it is the node's own, so that a test can put something there."""
_COMMAND_S: Final = 10

_SYSCTLS: Final = {
    "net/ipv4/ip_forward": "1",
    # A Pod may not send from the address of another: policies go by addresses.
    "net/ipv4/conf/all/rp_filter": "1",
    "net/ipv4/conf/default/rp_filter": "1",
    # The cluster is of one family; a second one, link-local only, would pass by its rules.
    "net/ipv6/conf/all/disable_ipv6": "1",
    "net/ipv6/conf/default/disable_ipv6": "1",
}
"""Of the node's network namespace alone, below /proc/sys."""

_NO_WAY_OUT: Final = f"""
table inet bulkhead_link {{
    chain out {{
        type filter hook output priority filter; policy accept;
        # What is sent to a Service is led to a Pod before, but is told here to leave by the link still.
        oifname "{LINK_INSIDE}" ip daddr != {POD_SUBNET} ct state new reject
    }}
    chain through {{
        type filter hook forward priority filter; policy accept;
        oifname "{LINK_INSIDE}" ct state new reject with icmpx type admin-prohibited
    }}
}}
"""


def free_numbers(taken: Iterable[IPv4Network]) -> list[int]:
    """Give the numbers of clusters whose network overlaps none of these; pure."""
    known = list(taken)
    return [
        number
        for number in NUMBERS
        if not any(IPv4Network(f"{Place(number).host_address}/24", strict=False).overlaps(each) for each in known)
    ]


def link(pid: int) -> Place:
    """Link the network namespace of a process with the host's, with a number that is free.

    Raises:
        ClusterError: none is free, or the kernel has no such links.
    """
    failed = ""
    for number in free_numbers(_networks_of_host()):
        place = Place(number)
        made = _ip(
            *("link", "add", place.link, "type", "veth"), *("peer", "name", LINK_INSIDE, "netns", str(pid)), check=False
        )
        if made.returncode == 0:
            _ip("address", "add", f"{place.host_address}/{place.prefix}", "dev", place.link)
            _ip("link", "set", place.link, "up")
            return place
        # Another starter took the number meanwhile.
        failed = made.stderr.strip()
        if "exists" not in failed.lower():
            break
    raise ClusterError(f"no link to a new cluster could be made: {failed or 'all of 10.251.0.0/16 is taken'}")


def unlink(place: Place) -> None:
    """Remove a link; that it is gone already is no error."""
    _ip("link", "delete", place.link, check=False)


def furnish(place: Place) -> None:
    """Set up the namespace that the calling process is in.

    Raises:
        ClusterError: a command failed.
    """
    for name, value in _SYSCTLS.items():
        file = Path("/proc/sys") / name
        if file.exists():
            file.write_text(value)
    _ip("link", "set", "lo", "up")
    _ip("address", "add", f"{place.node_address}/{place.prefix}", "dev", LINK_INSIDE)
    _ip("link", "set", LINK_INSIDE, "up")
    _ip("address", "add", f"{METADATA_ADDRESS}/32", "dev", "lo")
    # Without a default route, nothing to a Service's address would get as far as kube-proxy's rules.
    _ip("route", "add", "default", "via", place.host_address)
    _run(["nft", "-f", "-"], stdin=_NO_WAY_OUT)


def _networks_of_host() -> list[IPv4Network]:
    routes = json.loads(_ip("-json", "-4", "route", "show", "table", "all").stdout or "[]")
    return [IPv4Network(route["dst"], strict=False) for route in routes if route["dst"] != "default"]


def _ip(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return _run(["ip", *arguments], check=check)


def _run(command: list[str], *, stdin: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=_COMMAND_S, check=False, env=environment()
    )
    if check and done.returncode != 0:
        raise ClusterError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done
