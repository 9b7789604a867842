"""The hashes that ESO stores in objects, computed apart from the controller, so that a mistake is not made twice.

Source: ESO, esutils.ObjectHash: SHA3-224 of what Go's `%+v` prints.
"""

from collections.abc import Mapping
from hashlib import sha3_224
from typing import Final

FIELD_MANAGER: Final = "externalsecrets.external-secrets.io/"
"""What the name of a target's field manager begins with."""
_MAX_MANAGER_CHARS: Final = 63


def text_hash(text: str) -> str:
    """Hash a text as it stands."""
    digest = sha3_224()
    digest.update(text.encode())
    return digest.hexdigest()


def data_hash(data: Mapping[str, bytes]) -> str:
    """Hash the data of a Secret."""
    return text_hash(_printed({key: f"[{' '.join(str(each) for each in value)}]" for key, value in data.items()}))


def synced_version(generation: int, *, labels: Mapping[str, str], annotations: Mapping[str, str]) -> str:
    """Give status.syncedResourceVersion of an object with this metadata."""
    return f"{generation}-{text_hash(f'{{annotations:{_printed(annotations)} labels:{_printed(labels)}}}')}"


def made_by(namespace: str, name: str) -> str:
    """Give the value of the created-by label."""
    return text_hash("/".join((namespace, name)))


def manager_of(name: str) -> str:
    """Name who writes the target of the ExternalSecret `name`."""
    plain = FIELD_MANAGER + name
    return plain if len(plain) <= _MAX_MANAGER_CHARS else f"{FIELD_MANAGER}sha3/{text_hash(name)}"


def _printed(entries: Mapping[str, str]) -> str:
    words = [f"{key}:{value}" for key, value in sorted(entries.items())]
    return "map[" + " ".join(words) + "]"
