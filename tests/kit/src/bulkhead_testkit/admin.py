"""What a cluster's administrator does in a test: apply manifests, read objects, wait for conditions."""

import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Final, Self, TypeVar

import msgspec
import yaml

from bulkhead_api.external_secret import ExternalSecret
from bulkhead_api.secret_store import SecretStore
from bulkhead_testkit.kubeconfig import api_client
from bulkhead_testkit.live import LiveEvent, ManagedFields, events_in, managed_fields_in, metadata_patch

_T = TypeVar("_T")
_POLL_S: Final = 0.05
_FIELD_MANAGER: Final = "bulkhead-tests"
Manifest = Mapping[str, object]
"""A Kubernetes object as YAML gives it."""


class AdminError(Exception):
    """The API server refused the administrator, or what was waited for did not come."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        """Keep the HTTP status; 0 means that there was none."""
        super().__init__(message)
        self.status = status


class _Labelled(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    namespace: str = ""


class _Identified(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    api_version: str
    kind: str
    metadata: _Labelled


class LiveSecret(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A Secret as it stands, for assertions of a test."""

    class Metadata(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
        """What is read of its metadata."""

        name: str
        uid: str
        resource_version: str
        labels: dict[str, str] = {}
        annotations: dict[str, str] = {}
        owner_references: list[dict[str, object]] = []

    metadata: Metadata
    data: dict[str, bytes] = {}
    """Decoded."""
    type: str = "Opaque"
    immutable: bool = False


class Admin:
    """Full rights on a test cluster. Use as a context manager."""

    def __init__(self, kubeconfig: Path) -> None:
        """Open a client with the kubeconfig."""
        self._api = api_client(kubeconfig)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self._api.close()  # type: ignore[no-untyped-call]  # the package has no types here

    def request(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Send one request and give the answer's body.

        Args:
            method: of HTTP.
            path: with its query.
            body: to be sent as JSON; None for none.
            content_type: of the body.
            headers: further ones, such as those for a server behind the API server's proxy.

        Raises:
            AdminError: the API server answered anything but success.
        """
        answer = self._api.call_api(
            method,
            f"{self._api.configuration.host}{path}",
            header_params={"Accept": "application/json", "Content-Type": content_type, **(headers or {})},
            body=body,
        )
        data: bytes = answer.read()  # type: ignore[no-untyped-call]  # the package has no types here
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            raise AdminError(f"{method} {path}: {answer.status}: {data.decode()}", status=answer.status)
        return data

    def apply(self, manifest: Manifest) -> None:
        """Create the object or bring it to the manifest, by server-side apply."""
        path = f"{path_of(manifest)}?fieldManager={_FIELD_MANAGER}&force=true"
        self.request("PATCH", path, body=manifest, content_type="application/apply-patch+yaml")

    def apply_file(self, file: Path) -> None:
        """Apply every document of a YAML file."""
        for manifest in read_manifests(file.read_text()):
            self.apply(manifest)

    def create(self, manifest: Manifest) -> None:
        """Create the object by a POST, as the manifest says it: without the field owners that `apply` leaves.

        Raises:
            AdminError: the API server refused it, with status 409 if there is one already.
        """
        self.request("POST", path_of(manifest).rpartition("/")[0], body=manifest)

    def replace(self, manifest: Manifest) -> None:
        """Put the manifest in the object's place by a PUT; its status is another matter, see `replace_status`.

        Raises:
            AdminError: the API server refused it, with status 404 if there is none.
        """
        self.request("PUT", path_of(manifest), body=manifest)

    def replace_status(self, manifest: Manifest) -> None:
        """Give an object with a status subresource the manifest's status, as the controller of before had left it."""
        patch = {"status": manifest["status"]}
        path = f"{path_of(manifest)}/status"
        self.request("PATCH", path, body=patch, content_type="application/merge-patch+json")

    def patch_metadata(
        self,
        manifest: Manifest,
        *,
        labels: Mapping[str, str | None] | None = None,
        annotations: Mapping[str, str | None] | None = None,
        finalizers: Sequence[str] | None = None,
    ) -> None:
        """Change some labels and annotations, or all finalizers, of an object.

        Args:
            manifest: says which object; only its kind and name are used.
            labels: by name; None as a value takes one away.
            annotations: as labels.
            finalizers: all that it shall have; None leaves them.
        """
        patch = metadata_patch(labels=labels, annotations=annotations, finalizers=finalizers)
        self.request("PATCH", path_of(manifest), body=patch, content_type="application/merge-patch+json")

    def delete(self, manifest: Manifest) -> None:
        """Delete the object; that it is gone already is no error."""
        try:
            self.request("DELETE", path_of(manifest))
        except AdminError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    def get(self, path: str, kind: type[_T]) -> _T | None:
        """Read one object; None means that it does not exist."""
        try:
            return msgspec.json.decode(self.request("GET", path), type=kind)
        except AdminError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def external_secret(self, namespace: str, name: str) -> ExternalSecret | None:
        """Read an ExternalSecret; None means that it does not exist."""
        return self.get(f"{_GROUP}/namespaces/{namespace}/externalsecrets/{name}", ExternalSecret)

    def store(self, namespace: str, name: str) -> SecretStore | None:
        """Read a store, a ClusterSecretStore for an empty namespace; None means that it does not exist."""
        scope = f"namespaces/{namespace}/secretstores" if namespace else "clustersecretstores"
        return self.get(f"{_GROUP}/{scope}/{name}", SecretStore)

    def secret(self, namespace: str, name: str) -> LiveSecret | None:
        """Read a Secret; None means that it does not exist."""
        return self.get(f"/api/v1/namespaces/{namespace}/secrets/{name}", LiveSecret)

    def wait_for_secret(
        self, namespace: str, name: str, *, data: Mapping[str, bytes] | None = None, timeout_s: float = 20
    ) -> LiveSecret:
        """Wait until a Secret is there, with exactly this data if some is given.

        Raises:
            AdminError: it is not in time; names the keys that it has, and no value.
        """

        def look() -> LiveSecret | None:
            seen = self.secret(namespace, name)
            return seen if seen is not None and (data is None or seen.data == data) else None

        try:
            return wait_for(look, what=f"Secret {namespace}/{name} as expected", timeout_s=timeout_s)
        except AdminError as error:
            seen = self.secret(namespace, name)
            error.add_note(f"keys: {sorted(seen.data) if seen else 'it does not exist'}")
            raise

    def events(self, namespace: str, name: str = "") -> Sequence[LiveEvent]:
        """Read the events of a namespace, of the objects with this name if one is given, the oldest first."""
        found = events_in(self.request("GET", f"/api/v1/namespaces/{namespace}/events"))
        return [event for event in found if name in ("", event.involved_object.name)]

    def managed_fields(self, manifest: Manifest) -> Sequence[ManagedFields]:
        """Read who owns which fields of the object that the manifest names."""
        return managed_fields_in(self.request("GET", path_of(manifest)))

    def wait_ready(
        self, namespace: str, name: str, *, reason: str, says: str = "", timeout_s: float = 20
    ) -> ExternalSecret:
        """Wait until an ExternalSecret's Ready condition has the reason and its message holds `says`.

        Raises:
            AdminError: it has not in time; names the condition that stands instead.
        """

        def look() -> ExternalSecret | None:
            seen = self.external_secret(namespace, name)
            ready = seen.status.conditions[0] if seen and seen.status.conditions else None
            return seen if ready and ready.reason == reason and says in ready.message else None

        try:
            return wait_for(look, what=f"ExternalSecret {namespace}/{name} {reason} {says!r}", timeout_s=timeout_s)
        except AdminError as error:
            seen = self.external_secret(namespace, name)
            error.add_note(f"conditions: {seen.status.conditions if seen else 'it does not exist'}")
            raise


_GROUP: Final = "/apis/external-secrets.io/v1"


def wait_for(look: Callable[[], _T | None], *, what: str, timeout_s: float = 20) -> _T:
    """Wait until `look` gives something and give that.

    Raises:
        AdminError: nothing came in time.
    """
    deadline = time.monotonic() + timeout_s
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise AdminError(f"{what}: not after {timeout_s:g} s")
        time.sleep(_POLL_S)
    return found


def read_manifests(text: str) -> list[Manifest]:
    """Read every document of a YAML text."""
    return [manifest for manifest in yaml.safe_load_all(text) if manifest]


def path_of(manifest: Manifest) -> str:
    """Give the path of the object that a manifest describes."""
    seen = msgspec.convert(manifest, _Identified)
    root = f"/api/{seen.api_version}" if "/" not in seen.api_version else f"/apis/{seen.api_version}"
    scope = f"/namespaces/{seen.metadata.namespace}" if seen.metadata.namespace else ""
    return f"{root}{scope}/{_plural(seen.kind)}/{seen.metadata.name}"


def name_of(manifest: Manifest) -> str:
    """Give the object's name."""
    return msgspec.convert(manifest, _Identified).metadata.name


def _plural(kind: str) -> str:
    lower = kind.lower()
    if lower.endswith("y"):
        return lower[:-1] + "ies"
    return lower + ("es" if lower.endswith("s") else "s")


def in_order_of_dependence(manifests: Sequence[Manifest]) -> list[Manifest]:
    """Sort manifests so that what others need comes first: namespaces, definitions, rights, the rest."""
    first = ["Namespace", "CustomResourceDefinition", "ServiceAccount", "ClusterRole", "Role"]
    return sorted(
        manifests, key=lambda manifest: first.index(kind) if (kind := manifest["kind"]) in first else len(first)
    )
