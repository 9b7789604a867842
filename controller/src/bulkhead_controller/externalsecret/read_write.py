"""The target Secret where Secrets may be read: what others put there stays, and drift is seen when it happens.

What the API server says about a Secret never leaves this module: it may quote the Secret.
"""

from collections.abc import Callable
from datetime import datetime

from bulkhead_api.external_secret import CreationPolicy, ExternalSecret
from bulkhead_api.meta import PartialObject
from bulkhead_api.owners import controller_of
from bulkhead_api.secret import LiveSecret, Secret
from bulkhead_controller.cluster import Cluster
from bulkhead_controller.externalsecret.adoption import refusal_of_adoption
from bulkhead_controller.externalsecret.memory import Memory, is_no_newer
from bulkhead_controller.externalsecret.plan import Fail
from bulkhead_controller.externalsecret.refusal import outcome_of_refusal
from bulkhead_controller.externalsecret.status import Message
from bulkhead_controller.externalsecret.target_key import target_key
from bulkhead_controller.externalsecret.update import (
    Unchanged,
    Update,
    decide_update,
    is_valid,
)
from bulkhead_controller.externalsecret.wording import OF_SECRETS, Wording
from bulkhead_controller.externalsecret.writer import Absent, Deleted, Look, Missing, NotOurs, Written
from bulkhead_controller.patches import Postpone
from bulkhead_controller.secret_copies import SecretCopies
from bulkhead_runtime.kube.errors import ApiError, NotFoundError
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_target.content import TargetContent
from bulkhead_target.hashing import created_by
from bulkhead_target.target import (
    NEVER_LOOKED_AT,
    build_target,
    digest,
    field_manager,
    target_name,
)


class ReadWriteTarget:
    """Implements `TargetWriter` by reading, deciding and writing what was read."""

    def __init__(
        self, cluster: Cluster, copies: SecretCopies, *, adoption_guard: bool, now: Callable[[], datetime]
    ) -> None:
        """Write to `cluster`, and see drift in `copies`."""
        self._cluster = cluster
        self._copies = copies
        self._adoption_guard = adoption_guard
        self._now = now

    def wording(self, external_secret: ExternalSecret) -> Wording:
        """Give the words about Secrets."""
        return OF_SECRETS

    async def check(self, external_secret: ExternalSecret) -> None:
        """Know of nothing: a Secret can always be tried."""

    async def look(self, external_secret: ExternalSecret, memory: Memory) -> Look | Postpone | Fail:
        """Say whether the target holds what was written; reads it only if its version is another than ours.

        Source: ESO, isSecretValid; with creationPolicy Orphan the target counts as valid in any case.
        """
        if external_secret.spec.target.creation_policy in NEVER_LOOKED_AT:
            return Look(valid=True)
        key = target_key(external_secret)
        if memory.secret_version and self._is_as_left(key, memory.secret_version):
            return Look(valid=True)
        live = await self._read(key)
        if isinstance(live, Postpone | Fail):
            return live
        valid = live is not None and is_valid(live)
        memory.secret_version = live.metadata.resource_version if live is not None and valid else ""
        return Look(valid=valid)

    async def write(
        self, external_secret: ExternalSecret, content: TargetContent, memory: Memory
    ) -> Written | Missing | Postpone | Fail:
        """Bring the target to this content, and leave to others what is theirs."""
        key = target_key(external_secret)
        secret = build_target(external_secret, content)
        written_as = digest(secret)
        if memory.is_as_left(written_as) and self._is_as_left(key, memory.secret_version):
            return Written(resource_version=memory.secret_version, changed=False)
        live = await self._read(key)
        if isinstance(live, Postpone | Fail):
            return live
        try:
            written = await (
                self._create(external_secret, secret) if live is None else self._update(external_secret, content, live)
            )
        except ApiError as error:
            return outcome_of_refusal(error, Message.UPDATE_FAILED)
        if isinstance(written, Written):
            memory.note_write(written.resource_version, written_as, self._now())
        return written

    async def delete(
        self, external_secret: ExternalSecret, name: str, memory: Memory, *, failure: Message
    ) -> Deleted | Absent | NotOurs | Postpone | Fail:
        """Delete a Secret if this ExternalSecret controls it. Source: ESO, by uid of the owner."""
        key = ObjectKey(external_secret.metadata.namespace, name)
        live = await self._read(key, failure=failure)
        if live is None:
            return Absent()
        if not isinstance(live, LiveSecret):
            return live
        owner = controller_of(live.metadata)
        if owner is None or owner.uid != external_secret.metadata.uid:
            return NotOurs()
        try:
            await self._cluster.delete_secret(key, uid=live.metadata.uid)
        except NotFoundError:
            return Absent()
        except ApiError as error:
            return outcome_of_refusal(error, failure)
        return Deleted()

    def orphans(self, external_secret: ExternalSecret, bound: str) -> list[str]:
        """Name each Secret made for this ExternalSecret, but the target. Source: ESO, deleteOrphanedSecrets."""
        metadata = external_secret.metadata
        if external_secret.spec.target.creation_policy is not CreationPolicy.OWNER:
            return []
        made = self._copies.created_by(metadata.namespace, created_by(metadata.namespace, metadata.name))
        return sorted(made - {target_name(external_secret)})

    def _is_as_left(self, key: ObjectKey, version: str) -> bool:
        """Say whether the newest copy is not newer than the version that we wrote or found good."""
        copy: PartialObject | None = self._copies.get(key)
        if copy is None or not self._copies.is_current(key.namespace):
            return False
        return is_no_newer(copy.metadata.resource_version, version)

    async def _read(
        self, key: ObjectKey, *, failure: Message = Message.UPDATE_FAILED
    ) -> LiveSecret | Postpone | Fail | None:
        try:
            return await self._cluster.read_secret(key)
        except NotFoundError:
            return None
        except ApiError as error:
            return outcome_of_refusal(error, failure)

    async def _create(self, external_secret: ExternalSecret, secret: Secret) -> Written | Missing:
        if external_secret.spec.target.creation_policy is CreationPolicy.MERGE:
            return Missing()
        stored = await self._cluster.create_secret(secret, field_manager=field_manager(external_secret.metadata.name))
        return Written(resource_version=stored.resource_version, created=True, changed=True)

    async def _update(
        self, external_secret: ExternalSecret, content: TargetContent, live: LiveSecret
    ) -> Written | Fail:
        if self._adoption_guard:
            refusal = refusal_of_adoption(external_secret, live.metadata, failure=Message.UPDATE_FAILED)
            if refusal is not None:
                return refusal
        match decide_update(external_secret, content, live):
            case Unchanged():
                return Written(resource_version=live.metadata.resource_version, changed=False)
            case Update(secret, failure):
                stored = await self._cluster.replace_secret(
                    secret, field_manager=field_manager(external_secret.metadata.name)
                )
                return Written(resource_version=stored.resource_version, changed=True, failure=failure)
            case Fail() as fail:
                return fail
