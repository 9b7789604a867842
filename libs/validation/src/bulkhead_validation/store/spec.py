"""What is wrong with a SecretStore or a ClusterSecretStore. Pure.

Source: ESO, secretstore_validator.go, and what was measured of its webhook.
"""

from datetime import timedelta
from typing import Final

from bulkhead_api.duration import duration_from_go
from bulkhead_api.secret_store import RETRYING_PROVIDERS
from bulkhead_validation.durations import late_duration_at
from bulkhead_validation.node import Node
from bulkhead_validation.store.conditions import check_conditions
from bulkhead_validation.store.place import StorePlace
from bulkhead_validation.store.provider import check_provider

_MAX_SECONDS: Final = 2**31 - 1


def check_secret_store(root: Node) -> None:
    """Note the faults of a SecretStore."""
    _check(root, is_cluster=False)


def check_cluster_secret_store(root: Node) -> None:
    """Note the faults of a ClusterSecretStore."""
    _check(root, is_cluster=True)


def _check(root: Node, *, is_cluster: bool) -> None:
    spec = root.at("spec")
    if not spec.at("provider").present:
        (spec.at("provider") if spec.present else spec).refused_by_eso("there is no provider: name one")
        return
    place = StorePlace(
        is_cluster=is_cluster,
        namespace=root.at("metadata", "namespace").text(),
        name=root.at("metadata", "name").text(),
    )
    _check_interval(spec.at("refreshInterval"))
    check_conditions(spec.at("conditions"), is_cluster=is_cluster)
    provider = check_provider(spec.at("provider"), place)
    _check_retry(spec.at("retrySettings", "retryInterval"), is_used=provider in RETRYING_PROVIDERS)


def _check_interval(node: Node) -> None:
    """Source: intstr.IntOrString, which holds 32 bits; ESO's parsing of it, which takes no negative time."""
    value = node.value
    if isinstance(value, int) and not isinstance(value, bool):
        if value > _MAX_SECONDS:
            node.refused_by_eso(f"is more than {_MAX_SECONDS} seconds: write a duration such as 1h30m")
        elif value < 0:
            node.refused_by_eso("must not be negative")
        return
    text = node.text()
    if not text:
        return
    try:
        interval = duration_from_go(text)
    except ValueError:
        node.refused_by_eso("is no duration: write one in Go's form such as 1h30m, or a number of seconds")
        return
    if interval < timedelta(0):
        node.refused_by_eso("must not be negative")


def _check_retry(node: Node, *, is_used: bool) -> None:
    interval = late_duration_at(node.used(is_used=is_used))
    if is_used and interval is not None and interval < timedelta(0):
        node.doubtful("is negative, which Bulkhead does not take: leave it out")
