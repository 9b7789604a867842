"""A place that is a Secret, which the chart has rendered empty.

This program may `get` and `update` the Secrets that its Role names and nothing else, so it neither creates nor lists
nor watches: it reads by name from time to time.
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from bulkhead_api.meta import ObjectMeta, PartialObject
from bulkhead_api.secret import Secret, encode_secret
from bulkhead_api.secret_value import SecretValue
from bulkhead_certcontroller.identities import IdentitiesError, Identity
from bulkhead_certcontroller.place import Held, PlaceChangedError, PlaceError, Places
from bulkhead_runtime.kube.client import METADATA_ONLY, KubeClient
from bulkhead_runtime.kube.config import KubeConfigError
from bulkhead_runtime.kube.errors import ApiError, ConflictError, ForbiddenError, NotFoundError
from bulkhead_runtime.kube.path import resource_path


class _KeptSecret(msgspec.Struct, frozen=True, kw_only=True):
    metadata: ObjectMeta
    data: dict[str, str] | None = None
    type: str = "Opaque"

    # A generated repr would show the data.
    def __repr__(self) -> str:
        return f"_KeptSecret({self.metadata.namespace}/{self.metadata.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPlace:
    """One identity's files, or the CA's, as the keys of a Secret."""

    api: KubeClient = field(repr=False)
    namespace: str
    secret: str

    @property
    def name(self) -> str:
        """See `Place`."""
        return f"Secret {self.namespace}/{self.secret}"

    async def read(self) -> Held:
        """See `Place`."""
        kept = await self._get()
        return Held(files=_files_from(kept), version=kept.metadata.resource_version, uid=kept.metadata.uid)

    async def write(self, files: Mapping[str, SecretValue], seen: Held) -> None:
        """See `Place`."""
        # An update replaces labels and owners too, so they are read again and sent back as they are.
        kept = await self._get()
        if kept.metadata.resource_version != seen.version:
            raise PlaceChangedError(f"{self.name}: somebody else wrote to it")
        body = encode_secret(Secret(metadata=kept.metadata, data=dict(files), type=kept.type))
        try:
            await self.api.put(self._path, body, PartialObject, accept=METADATA_ONLY, sensitive=True)
        except ConflictError as error:
            raise PlaceChangedError(f"{self.name}: somebody else wrote to it") from error
        except (ApiError, KubeConfigError) as error:
            raise self._failure(error) from error

    async def _get(self) -> _KeptSecret:
        try:
            return await self.api.get(self._path, _KeptSecret, sensitive=True)
        except (ApiError, KubeConfigError) as error:
            raise self._failure(error) from error

    @property
    def _path(self) -> str:
        return resource_path("v1", "secrets", namespace=self.namespace, name=self.secret)

    def _failure(self, error: ApiError | KubeConfigError) -> PlaceError:
        match error:
            case NotFoundError():
                return PlaceError(f"{self.name}: not found: the chart renders it empty; apply the chart again")
            case ForbiddenError():
                return PlaceError(f"{self.name}: access denied: the chart's Role must name it; apply the chart again")
            case _:
                return PlaceError(f"{self.name}: {error}")


def secret_places(api: KubeClient, namespace: str, ca_secret: str, identities: Sequence[Identity]) -> Places:
    """Give each identity and the CA the Secret that is named for it.

    Raises:
        IdentitiesError: an identity names no Secret, or that of the CA.
    """
    leaves = {}
    for identity in identities:
        if identity.secret is None:
            raise IdentitiesError(f'identity "{identity.name}": secret: missing; needed without --output-dir')
        if identity.secret == ca_secret:
            raise IdentitiesError(f'identity "{identity.name}": secret {ca_secret!r}: is the Secret of the CA')
        leaves[identity.name] = SecretPlace(api=api, namespace=namespace, secret=identity.secret)
    return Places(authority=SecretPlace(api=api, namespace=namespace, secret=ca_secret), leaves=leaves)


def _files_from(kept: _KeptSecret) -> dict[str, SecretValue]:
    found = {}
    for name, encoded in (kept.data or {}).items():
        if encoded:
            found[name] = SecretValue(_decoded(encoded))
    return found


def _decoded(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except binascii.Error:
        # The API server lets no such thing in. If it is there, it is damaged and not missing: a missing CA is made
        # anew, a damaged one is not.
        return encoded.encode()
