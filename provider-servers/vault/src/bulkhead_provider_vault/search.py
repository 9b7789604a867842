"""Find: the names of all secrets below a path, and the secrets of those that match."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from bulkhead_api.errors import InvalidRefError, SecretNotFoundError, TooLargeError
from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_sdk.provider import Found, StoreRef
from bulkhead_provider_vault.client import VaultClient
from bulkhead_provider_vault.failures import Place
from bulkhead_provider_vault.mapping import names_from, secret_from, value_from
from bulkhead_provider_vault.metadata import has_tags, metadata_from
from bulkhead_provider_vault.paths import data_path, list_path, metadata_path
from bulkhead_provider_vault.session import Session

_MAX_NAMES: Final = 100_000


class Search:
    """One search in one store."""

    def __init__(self, session: Session, store: StoreRef) -> None:
        """Prepare; nothing is asked yet."""
        self._session = session
        self._backend = session.backend
        self._store = store

    async def names_below(self, path: str) -> list[str]:
        """List all secrets below a path, level by level; each name begins with the path.

        Raises:
            SecretNotFoundError: there is no such folder.
            ProviderError: it cannot be listed, or holds more than can be handled.
        """
        stripped = path.strip("/")
        top = f"{stripped}/" if stripped else ""
        names: list[str] = []
        folders = [top]
        while folders:
            inside = await self._inside(folders, top=top)
            names += [name for name in inside if not name.endswith("/")]
            folders = [name for name in inside if name.endswith("/")]
            if len(names) + len(folders) > _MAX_NAMES:
                raise TooLargeError(f"{self._subject(top)}: more than {_MAX_NAMES} secrets: narrow find.path")
        return names

    async def tagged(self, names: Sequence[str], tags: Mapping[str, str]) -> list[str]:
        """Keep the names of the secrets whose metadata holds all tags; on KV version 2 alone.

        Raises:
            ProviderError: the metadata of one of them is there and cannot be read.
        """
        paths = [metadata_path(name, mount=self._backend.mount) for name in names]
        result = await self._session.ask([partial(VaultClient.read, path=path) for path in paths])
        kept: list[str] = []
        for name, path, answer in zip(names, paths, result.answers, strict=True):
            place = Place(subject=f'{self._store}: metadata of key "{name}"', path=path)
            try:
                metadata = metadata_from(answer, place=place, token_accepted=result.token_accepted)
            except SecretNotFoundError:
                # It was there when its folder was listed and has been destroyed since.
                continue
            if has_tags(metadata, tags):
                kept.append(name)
        return kept

    async def read(self, names: Sequence[str]) -> list[Found]:
        """Read the secrets of these names; those that are deleted are left out.

        Raises:
            ProviderError: one of them is there and cannot be read.
        """
        version = self._backend.version
        paths = [data_path(name, mount=self._backend.mount, version=version) for name in names]
        result = await self._session.ask([partial(VaultClient.read, path=path) for path in paths])
        found: list[Found] = []
        for name, path, answer in zip(names, paths, result.answers, strict=True):
            place = Place(subject=f'{self._store}: key "{name}"', path=path, whose=self._backend.whose)
            try:
                secret = secret_from(answer, version=version, place=place, token_accepted=result.token_accepted)
            except SecretNotFoundError:
                continue
            found.append(Found(name=name, data=SecretValue(value_from(secret, "", place))))
        return found

    async def _inside(self, folders: Sequence[str], *, top: str) -> list[str]:
        paths = [self._list_path(folder) for folder in folders]
        result = await self._session.ask([partial(VaultClient.list, path=path) for path in paths])
        inside: list[str] = []
        for folder, path, answer in zip(folders, paths, result.answers, strict=True):
            place = Place(subject=self._subject(folder), path=path, whose=self._backend.whose)
            try:
                names = names_from(answer, place=place, token_accepted=result.token_accepted)
            except SecretNotFoundError:
                if folder == top:
                    raise
                # It was there when its parent was listed and has been emptied since.
                continue
            inside += [folder + name for name in names]
        return inside

    def _list_path(self, folder: str) -> str:
        try:
            return list_path(folder, mount=self._backend.mount, version=self._backend.version)
        except InvalidRefError as error:
            raise InvalidRefError(f"{self._subject(folder)}: {error}") from None

    def _subject(self, folder: str) -> str:
        return f'{self._store}: find below "{folder}"'
