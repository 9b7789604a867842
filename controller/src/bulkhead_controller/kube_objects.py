"""`Objects` on the real API server: paths, bodies and queries."""

from collections.abc import Sequence
from typing import Final

import msgspec

from bulkhead_api.manifest import LiveManifest, Manifest, decode_manifest, encode_manifest
from bulkhead_controller.objects import ApiResource, Resource
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.errors import UndecodableReplyError
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_runtime.kube.path import resource_path

_FOLLOWING: Final = ("list", "watch")


class _Resources(msgspec.Struct, frozen=True, kw_only=True):
    resources: list[ApiResource] = []


class _Verdict(msgspec.Struct, frozen=True, kw_only=True):
    allowed: bool = False


class _Review(msgspec.Struct, frozen=True, kw_only=True):
    status: _Verdict = _Verdict()


class KubeObjects:
    """Objects of any kind, under the controller's own ServiceAccount. Implements `objects.Objects`."""

    def __init__(self, client: KubeClient) -> None:
        """Call through `client`."""
        self._client = client

    async def resources(self, api_version: str) -> Sequence[ApiResource]:
        """Ask what is served; see `Objects.resources`."""
        root = "apis" if "/" in api_version else "api"
        return (await self._client.get(f"/{root}/{api_version}", _Resources)).resources

    async def read(self, resource: Resource, key: ObjectKey) -> LiveManifest:
        """Read an object; see `Objects.read`."""
        return await self._client.read(_path(resource, key), decode_manifest, sensitive=True)

    async def create(self, resource: Resource, manifest: Manifest, *, field_manager: str) -> LiveManifest:
        """Create an object; see `Objects.create`."""
        path = _path(resource, ObjectKey(manifest.metadata.namespace, ""))
        return await self._send("POST", path, manifest, field_manager)

    async def replace(self, resource: Resource, manifest: Manifest, *, field_manager: str) -> LiveManifest:
        """Replace an object; see `Objects.replace`."""
        path = _path(resource, ObjectKey(manifest.metadata.namespace, manifest.metadata.name))
        return await self._send("PUT", path, manifest, field_manager)

    async def delete(self, resource: Resource, key: ObjectKey, *, uid: str) -> None:
        """Delete an object; see `Objects.delete`."""
        await self._client.delete(_path(resource, key), uid=uid, sensitive=True)

    async def may_follow(self, resource: Resource, namespace: str) -> bool:
        """Ask for the own rights; see `Objects.may_follow`."""
        for verb in _FOLLOWING:
            wanted = {
                "group": resource.kind.group,
                "resource": resource.plural,
                "verb": verb,
                "namespace": namespace,
            }
            body = {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "spec": {"resourceAttributes": wanted},
            }
            path = resource_path("authorization.k8s.io/v1", "selfsubjectaccessreviews")
            review = await self._client.post(path, msgspec.json.encode(body), _Review)
            if not review.status.allowed:
                return False
        return True

    async def _send(self, method: str, path: str, manifest: Manifest, field_manager: str) -> LiveManifest:
        # The body is in no variable of this frame, so that a traceback that is printed with them does not show it.
        reply = self._client.request(
            method, path, body=encode_manifest(manifest), query={"fieldManager": field_manager}, sensitive=True
        )
        return _decoded(await reply, f"{method} {path}")


def _path(resource: Resource, key: ObjectKey) -> str:
    return resource_path(resource.kind.api_version, resource.plural, namespace=key.namespace, name=key.name)


def _decoded(reply: bytes, call: str) -> LiveManifest:
    try:
        return decode_manifest(reply)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    # Raised outside of the handler and without the reply, as both may quote the object.
    reply = b""
    raise UndecodableReplyError(200, "Undecodable", call=call, message="the reply is no object")
