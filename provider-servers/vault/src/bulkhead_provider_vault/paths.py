"""Where a key stands in Vault's HTTP API.

Paths are built as ESO builds them, so that the keys of existing manifests mean the same secret; then they are made
safe to send: a key can neither climb out of its mount nor smuggle in a query. Pure.

Source: ESO's Vault provider, TestGetSecretPath and TestGetSecretMetadataPath.
"""

from functools import lru_cache
from typing import Final
from urllib.parse import quote

from bulkhead_api.errors import InvalidRefError
from bulkhead_provider_vault.spec import KvVersion

_DATA: Final = "data"
# Readable below these are the credential of this very server (auth/token/lookup-self) and the settings of Vault.
_NOT_SECRETS: Final = frozenset({"auth", "sys"})


@lru_cache(maxsize=4096)
def data_path(key: str, *, mount: str, version: KvVersion) -> str:
    """Say where a secret's value stands, below /v1/.

    Args:
        key: as the store's users write it; may begin with the mount, and on version 2 with `data/` after that.
        mount: the store's `path`; empty means that the key begins with the mount.
        version: of the KV engine.

    Raises:
        InvalidRefError: the key means no secret; the message begins with what is wrong with it.
    """
    versioned = version is KvVersion.V2
    if mount:
        inside = key.removeprefix(f"{mount}/")
        if versioned and inside != key:
            inside = inside.removeprefix("data/")
        return _checked(f"{mount}/data/{inside}" if versioned else f"{mount}/{inside}")
    if versioned and "/data/" not in key:
        first, _, rest = key.strip("/").partition("/")
        return _checked(f"{first}/data/{rest}")
    return _checked(key)


@lru_cache(maxsize=4096)
def metadata_path(key: str, *, mount: str) -> str:
    """Say where the metadata of a secret on KV version 2 stands, below /v1/: always that of the secret at `data_path`.

    ESO does not take the mount off a key here, so that key and metadata may belong to two secrets; and without a mount
    it wants `data` in the key.

    Args:
        key: as for `data_path`.
        mount: as for `data_path`.

    Raises:
        InvalidRefError: as `data_path`.
    """
    segments = data_path(key, mount=mount, version=KvVersion.V2).split("/")
    behind = len([segment for segment in mount.split("/") if segment]) or 1
    if _DATA not in segments[behind:]:
        raise InvalidRefError("names no secret of KV version 2: a mount is needed before data/")
    segments[segments.index(_DATA, behind)] = "metadata"
    return "/".join(segments)


def list_path(folder: str, *, mount: str, version: KvVersion) -> str:
    """Say where the names in a folder are listed, below /v1/.

    Args:
        folder: below the mount; without a mount on version 2, `<mount>/data` and what follows. Empty means the top.
        mount: the store's `path`; empty means that the folder begins with the mount.
        version: of the KV engine.

    Raises:
        InvalidRefError: nothing can be listed there; the message begins with what is wrong.
    """
    if version is KvVersion.V1:
        return _checked(data_path(folder, mount=mount, version=version))
    if mount:
        return _checked(f"{mount}/metadata/{folder}")
    if "/data/" not in f"{folder}/":
        raise InvalidRefError(
            "cannot be listed without its mount: set path in the store, or write find.path as <mount>/data/<folder>"
        )
    return _checked(f"{folder}/".replace("/data/", "/metadata/", 1))


def searched_path(folder: str, *, mount: str, version: KvVersion) -> str:
    """Say what the values below a folder have in common, below /v1/; a slash is at its end.

    Args:
        folder: as for `list_path`.
        mount: as for `list_path`.
        version: of the KV engine.

    Raises:
        InvalidRefError: as `list_path`.
    """
    listed = list_path(folder, mount=mount, version=version)
    if version is KvVersion.V1:
        return f"{listed}/"
    return _checked(f"{mount}/data/{folder}" if mount else folder) + "/"


def url_path(path: str) -> str:
    """Encode a path for a request line."""
    return quote(path, safe="/-._~")


def _checked(path: str) -> str:
    # Vault treats empty segments as if they were not there, and so does its own command line.
    segments = [segment for segment in path.split("/") if segment]
    if any(segment in {".", ".."} for segment in segments):
        raise InvalidRefError("a key must not hold . or .. between slashes")
    if not segments:
        raise InvalidRefError("names no secret: a key is needed")
    if segments[0].lower() in _NOT_SECRETS:
        raise InvalidRefError(f"{segments[0]}/ holds no secrets: name one in a secrets engine")
    return "/".join(segments)
