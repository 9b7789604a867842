"""Hashes that ESO stores in objects, bit for bit, so that adopted clusters see no change.

ESO hashes the text that Go's `fmt.Sprintf("%+v")` gives; only the forms that are stored anywhere are here.
"""

from collections.abc import Mapping
from hashlib import sha3_224
from typing import Final

from bulkhead_api.meta import ObjectMeta
from bulkhead_api.secret_value import SecretValue

_DECIMALS: Final = tuple(map(str, range(256)))


def hash_text(text: str) -> str:
    """Give the lower-case hex SHA3-224 of a text."""
    return sha3_224(text.encode("utf-8", "surrogatepass")).hexdigest()


def hash_data(data: Mapping[str, SecretValue]) -> str:
    """Hash a Secret's data, for the data-hash annotation. Source: ESO, esutils.ObjectHash of a map of byte slices."""
    entries = " ".join(f"{key}:{_go_bytes(data[key])}" for key in sorted(data))
    return hash_text(f"map[{entries}]")


def synced_resource_version(metadata: ObjectMeta) -> str:
    """Name what of an ExternalSecret a sync has seen: its generation and a hash of all labels and annotations.

    Source: ExternalSecret status.syncedResourceVersion; ESO, util.GetResourceVersion.
    """
    annotations, labels = _go_map(metadata.annotations), _go_map(metadata.labels)
    return f"{metadata.generation}-{hash_text(f'{{annotations:{annotations} labels:{labels}}}')}"


def created_by(namespace: str, name: str) -> str:
    """Give the value of the created-by label for the targets of one ExternalSecret."""
    return hash_text(f"{namespace}/{name}")


def _go_map(entries: Mapping[str, str]) -> str:
    return f"map[{' '.join(f'{key}:{entries[key]}' for key in sorted(entries))}]"


def _go_bytes(value: SecretValue) -> str:
    # From a table, as this is the costliest step of a refresh; it runs in C, also for a megabyte.
    return f"[{' '.join(map(_DECIMALS.__getitem__, value.reveal()))}]"
