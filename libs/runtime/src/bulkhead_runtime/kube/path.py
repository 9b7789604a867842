"""Paths of the API, built so that no name can lead to another object than the one it names."""

import re
from typing import Final

_SEGMENT: Final = re.compile(r"[A-Za-z0-9:_-][A-Za-z0-9:._-]*")
_PATH: Final = re.compile(rf"(?:/{_SEGMENT.pattern})+")


def resource_path(
    group_version: str, plural: str, *, namespace: str = "", name: str = "", subresource: str = ""
) -> str:
    """Build the path of a collection, an object or its subresource.

    Args:
        group_version: `v1` for the core group, else such as `external-secrets.io/v1`.
        plural: the resource's name in paths, such as `secrets`.
        namespace: empty for a cluster-wide resource, or for a collection over all namespaces.
        name: empty for the collection.
        subresource: such as `status`; empty for the object itself.

    Raises:
        ValueError: a name holds what Kubernetes names do not, such as a slash or a percent sign.
    """
    parts = [
        *(("apis", *group_version.split("/", 1)) if "/" in group_version else ("api", group_version)),
        *(("namespaces", namespace) if namespace else ()),
        plural,
        *((name,) if name else ()),
        *((subresource,) if subresource else ()),
    ]
    for part in parts:
        if not _SEGMENT.fullmatch(part):
            raise ValueError(f"{part[:64]!r} cannot be a part of an API path")
    return "/" + "/".join(parts)


def check_path(path: str) -> None:
    """Refuse a path with a query, an escape, an empty or a dotted segment.

    Raises:
        ValueError: the path is not one that `resource_path` could have built.
    """
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path[:256]!r} is not an API path")
