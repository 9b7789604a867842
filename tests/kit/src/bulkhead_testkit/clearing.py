"""Empties a namespace that cannot be deleted, since rights in it are part of an installation."""

from functools import partial
from typing import Final

import msgspec

from bulkhead_testkit.admin import Admin, wait_for

_ROOT: Final = "/apis/external-secrets.io/v1/namespaces"
_CLEARED: Final = ("externalsecrets", "secretstores")
"""In this order, as an ExternalSecret's finalizer may ask for its store."""


class _Items(msgspec.Struct, frozen=True, kw_only=True):
    items: list[msgspec.Raw]


def clear_namespace(admin: Admin, namespace: str) -> None:
    """Delete all ExternalSecrets, stores, Secrets and ConfigMaps of a namespace, and wait until the former are gone.

    Raises:
        AdminError: a finalizer holds one of them.
    """
    for plural in _CLEARED:
        path = f"{_ROOT}/{namespace}/{plural}"
        admin.request("DELETE", path)
        wait_for(partial(_is_empty, admin, path), what=f"no {plural} in {namespace}")
    for plural in ("secrets", "configmaps"):
        admin.request("DELETE", f"/api/v1/namespaces/{namespace}/{plural}")


def _is_empty(admin: Admin, path: str) -> bool | None:
    found = admin.get(path, _Items)
    return None if found is not None and found.items else True
