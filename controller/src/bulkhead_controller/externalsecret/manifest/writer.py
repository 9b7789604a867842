"""The target of another kind than Secret: read, compared and written, in every profile, as no Secret is read for it.

What the API server says about such an object never leaves this module: it may quote the object, which holds secrets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha3_224
from typing import Self

from bulkhead_api.external_secret import CreationPolicy, ExternalSecret, ManifestRef
from bulkhead_api.manifest import LiveManifest, Manifest, decode_content, encode_manifest
from bulkhead_api.owners import controller_of
from bulkhead_controller.externalsecret.adoption import refusal_of_adoption
from bulkhead_controller.externalsecret.manifest.refusal import outcome_of_object_refusal
from bulkhead_controller.externalsecret.manifest.update import (
    ManifestUpdate,
    build_manifest,
    decide_manifest_update,
    fingerprint_of,
    is_valid,
)
from bulkhead_controller.externalsecret.memory import Memory, is_no_newer
from bulkhead_controller.externalsecret.plan import Fail
from bulkhead_controller.externalsecret.refusal import outcome_of_refusal
from bulkhead_controller.externalsecret.status import Message
from bulkhead_controller.externalsecret.target_key import target_key
from bulkhead_controller.externalsecret.update import Unchanged
from bulkhead_controller.externalsecret.wording import Wording, wording_of_manifest
from bulkhead_controller.externalsecret.writer import Absent, Deleted, Look, Missing, NotOurs, Written
from bulkhead_controller.kinds import Kinds, Unfit
from bulkhead_controller.manifest_copies import ManifestCopies
from bulkhead_controller.objects import Objects, Resource
from bulkhead_controller.patches import Postpone
from bulkhead_runtime.kube.errors import ApiError, NotFoundError
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_target.content import TargetContent
from bulkhead_target.fields import ContentError, dropped_places, wanted_from
from bulkhead_target.manifest import manifest_of
from bulkhead_target.target import NEVER_LOOKED_AT, field_manager, target_name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What is to be written, and where."""

    external_secret: ExternalSecret
    resource: Resource
    content: TargetContent
    fresh: Manifest
    """The object as it is made where there is none."""
    digest: str
    """A hash of all that depends on the ExternalSecret alone, to tell whether it was written before."""

    @classmethod
    def of(cls, external_secret: ExternalSecret, resource: Resource, content: TargetContent) -> Self:
        """Build the object.

        Raises:
            ContentError: the content does not fit into one.
        """
        fresh = build_manifest(external_secret, resource.kind, content)
        policy = external_secret.spec.target.creation_policy.value
        digest = sha3_224(policy.encode() + encode_manifest(fresh)).hexdigest()
        return cls(external_secret=external_secret, resource=resource, content=content, fresh=fresh, digest=digest)

    @property
    def key(self) -> ObjectKey:
        return target_key(self.external_secret)

    @property
    def policy(self) -> CreationPolicy:
        return self.external_secret.spec.target.creation_policy

    @property
    def manager(self) -> str:
        return field_manager(self.external_secret.metadata.name)


class ManifestTarget:
    """Implements `TargetWriter` for every kind that `manifest_of` gives."""

    def __init__(
        self,
        objects: Objects,
        kinds: Kinds,
        copies: ManifestCopies,
        *,
        adoption_guard: bool,
        now: Callable[[], datetime],
    ) -> None:
        """Write through `objects`, and see drift in `copies`."""
        self._objects = objects
        self._kinds = kinds
        self._copies = copies
        self._adoption_guard = adoption_guard
        self._now = now

    def wording(self, external_secret: ExternalSecret) -> Wording:
        """Give the words about this kind."""
        return wording_of_manifest(_kind(external_secret).kind, target_name(external_secret))

    async def check(self, external_secret: ExternalSecret) -> Postpone | Fail | None:
        """Say what stands in the way before the provider is asked: a kind that is not served or cluster-wide."""
        found = await self._resource(external_secret)
        return None if isinstance(found, Resource) else found

    async def look(self, external_secret: ExternalSecret, memory: Memory) -> Look | Postpone | Fail:
        """Say whether the target holds what was written; reads it only if its version is another than ours.

        Source: ESO, isGenericTargetValid; with creationPolicy Orphan the target counts as valid in any case.
        """
        if external_secret.spec.target.creation_policy in NEVER_LOOKED_AT:
            return Look(valid=True)
        resource = await self._resource(external_secret)
        if not isinstance(resource, Resource):
            return resource
        key = target_key(external_secret)
        if self._is_as_left(resource.kind, key, memory.secret_version):
            return Look(valid=True)
        live = await self._read(resource, key)
        if isinstance(live, Postpone | Fail):
            return live
        valid = live is not None and is_valid(live, memory.fingerprint)
        memory.secret_version = live.metadata.resource_version if live is not None and valid else ""
        return Look(valid=valid)

    async def write(
        self, external_secret: ExternalSecret, content: TargetContent, memory: Memory
    ) -> Written | Missing | Postpone | Fail:
        """Bring the target to this content, and leave to others what is theirs."""
        resource = await self._resource(external_secret)
        if not isinstance(resource, Resource):
            return resource
        try:
            wanted = _Wanted.of(external_secret, resource, content)
        except ContentError as error:
            return Fail(f"{Message.UPDATE_TARGET_FAILED}: {error}")
        if memory.is_as_left(wanted.digest) and self._is_as_left(resource.kind, wanted.key, memory.secret_version):
            return Written(resource_version=memory.secret_version, changed=False)
        live = await self._read(resource, wanted.key)
        if isinstance(live, Postpone | Fail):
            return live
        if live is not None and memory.is_as_left(wanted.digest) and _version(live) == memory.secret_version:
            return Written(resource_version=memory.secret_version, changed=False)
        return await self._write(wanted, live, memory)

    async def delete(
        self, external_secret: ExternalSecret, name: str, memory: Memory, *, failure: Message
    ) -> Deleted | Absent | NotOurs | Postpone | Fail:
        """Delete an object if this ExternalSecret controls it. ESO deletes whatever has the name."""
        resource = await self._resource(external_secret)
        if not isinstance(resource, Resource):
            return resource
        key = ObjectKey(external_secret.metadata.namespace, name)
        live = await self._read(resource, key, failure=failure)
        if live is None:
            return Absent()
        if not isinstance(live, LiveManifest):
            return live
        owner = controller_of(live.metadata)
        if owner is None or owner.uid != external_secret.metadata.uid:
            return NotOurs()
        try:
            await self._objects.delete(resource, key, uid=live.metadata.uid)
        except NotFoundError:
            return Absent()
        except ApiError as error:
            return outcome_of_object_refusal(error, failure, resource)
        return Deleted()

    def orphans(self, external_secret: ExternalSecret, bound: str) -> list[str]:
        """Name none: status.binding is of Secrets alone. Source: ESO, which looks for none of other kinds."""
        return []

    async def _resource(self, external_secret: ExternalSecret) -> Resource | Postpone | Fail:
        try:
            found = await self._kinds.find(_kind(external_secret))
        except ApiError as error:
            return outcome_of_refusal(error, Message.INVALID_GENERIC_TARGET)
        return Fail(f"{Message.INVALID_GENERIC_TARGET}: {found.problem}") if isinstance(found, Unfit) else found

    def _is_as_left(self, kind: ManifestRef, key: ObjectKey, version: str) -> bool:
        """Say whether the newest copy is not newer than the version that we wrote or found good."""
        copy = self._copies.get(kind, key)
        if copy is None or not version or not self._copies.is_current(kind):
            return False
        return is_no_newer(copy.metadata.resource_version, version)

    async def _read(
        self, resource: Resource, key: ObjectKey, *, failure: Message = Message.UPDATE_TARGET_FAILED
    ) -> LiveManifest | Postpone | Fail | None:
        try:
            return await self._objects.read(resource, key)
        except NotFoundError:
            return None
        except ApiError as error:
            return outcome_of_object_refusal(error, failure, resource)

    async def _write(
        self, wanted: _Wanted, live: LiveManifest | None, memory: Memory
    ) -> Written | Missing | Postpone | Fail:
        if live is None and wanted.policy is CreationPolicy.MERGE:
            return Missing()
        if live is not None and self._adoption_guard:
            refusal = refusal_of_adoption(wanted.external_secret, live.metadata, failure=Message.UPDATE_TARGET_FAILED)
            if refusal is not None:
                return refusal
        try:
            stored = await (self._create(wanted) if live is None else self._update(wanted, live))
        except NotFoundError:
            # The namespace is gone, or the kind's definition is.
            self._kinds.forget(wanted.resource.kind)
            return Postpone()
        except ApiError as error:
            return outcome_of_object_refusal(error, Message.UPDATE_TARGET_FAILED, wanted.resource)
        return stored if isinstance(stored, Fail) else self._outcome(wanted, live, stored, memory)

    async def _create(self, wanted: _Wanted) -> LiveManifest:
        return await self._objects.create(wanted.resource, wanted.fresh, field_manager=wanted.manager)

    async def _update(self, wanted: _Wanted, live: LiveManifest) -> LiveManifest | Fail:
        match decide_manifest_update(wanted.external_secret, wanted.resource.kind, wanted.content, live):
            case Unchanged():
                return live
            case ManifestUpdate(manifest):
                return await self._objects.replace(wanted.resource, manifest, field_manager=wanted.manager)
            case Fail() as fail:
                return fail

    def _outcome(self, wanted: _Wanted, live: LiveManifest | None, stored: LiveManifest, memory: Memory) -> Written:
        kind = wanted.resource.kind
        failure = None
        sent, kept = decode_content(wanted.fresh.content), decode_content(stored.content)
        dropped = dropped_places(kind, wanted_from(wanted.content), sent, kept)
        if dropped:
            failure = Fail(
                f"{Message.UPDATE_TARGET_FAILED}: the API server drops what is written to {', '.join(dropped)}, as "
                f"{kind.kind} of {kind.api_version} has no such field"
            )
        else:
            memory.note_write(_version(stored), wanted.digest, self._now())
            memory.fingerprint = fingerprint_of(stored)
        return Written(
            resource_version=_version(stored),
            created=live is None,
            changed=live is None or _version(stored) != _version(live),
            failure=failure,
        )


def _version(live: LiveManifest) -> str:
    return live.metadata.resource_version


def _kind(external_secret: ExternalSecret) -> ManifestRef:
    kind = manifest_of(external_secret.spec.target)
    if kind is None:
        raise ValueError("the target is a Secret")
    return kind
