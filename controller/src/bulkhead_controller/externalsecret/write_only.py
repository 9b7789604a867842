"""The target Secret where no Secret may be read: blind writes, and the admission policies say what is ours.

What the API server says about a Secret never leaves this module: it may quote the Secret.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from bulkhead_api.external_secret import CreationPolicy, ExternalSecret
from bulkhead_api.secret import Secret
from bulkhead_controller.cluster import Cluster
from bulkhead_controller.externalsecret.memory import Memory
from bulkhead_controller.externalsecret.plan import Fail
from bulkhead_controller.externalsecret.refusal import (
    IMMUTABLE,
    NOT_MANAGED,
    OWNED_BY_ANOTHER,
    outcome_of_refusal,
)
from bulkhead_controller.externalsecret.status import Message
from bulkhead_controller.externalsecret.wording import OF_SECRETS, Wording
from bulkhead_controller.externalsecret.writer import Absent, Deleted, Look, NotOurs, Written
from bulkhead_controller.patches import Postpone
from bulkhead_runtime.kube.errors import ApiError, ConflictError, InvalidError, NotFoundError
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_target.content import TargetContent
from bulkhead_target.target import (
    build_probe,
    build_target,
    digest,
    field_manager,
    released,
    target_name,
)


class WriteOnlyTarget:
    """Implements `TargetWriter` without a single read."""

    def __init__(self, cluster: Cluster, *, check_interval: timedelta, now: Callable[[], datetime]) -> None:
        """Write to `cluster`; content that was written less than `check_interval` ago is not written again."""
        self._cluster = cluster
        self._check_interval = check_interval
        self._now = now

    def wording(self, external_secret: ExternalSecret) -> Wording:
        """Give the words about Secrets."""
        return OF_SECRETS

    async def check(self, external_secret: ExternalSecret) -> None:
        """Know of nothing: a Secret can always be tried."""

    async def look(self, external_secret: ExternalSecret, memory: Memory) -> Look:
        """Take the target for valid: the next refresh writes it whatever it holds."""
        return Look(valid=True)

    async def write(
        self, external_secret: ExternalSecret, content: TargetContent, memory: Memory
    ) -> Written | Postpone | Fail:
        """Make the target hold exactly this content; a Secret that is as it should be is not stored again."""
        secret, now = build_target(external_secret, content), self._now()
        # Without an interval each refresh writes, and nobody asks what was written before.
        written_as = digest(secret) if self._check_interval else ""
        if memory.is_as_left(written_as) and memory.is_younger(self._check_interval, now):
            return Written(resource_version=memory.secret_version, changed=False)
        is_new = not external_secret.status.synced_resource_version and not memory.secret_version
        try:
            written = await self._upsert(external_secret, secret, memory, is_new=is_new)
        except ApiError as error:
            return outcome_of_refusal(error, Message.UPDATE_FAILED)
        memory.note_write(written.resource_version, written_as, now)
        if written.uid:
            memory.uids[secret.metadata.name] = written.uid
        return written

    async def delete(
        self, external_secret: ExternalSecret, name: str, memory: Memory, *, failure: Message
    ) -> Deleted | Absent | NotOurs | Postpone | Fail:
        """Delete a Secret if it belongs to this ExternalSecret.

        A dry run of a write with our owner reference asks the admission policies whether it does and tells its uid, and
        the delete is bound to that uid.
        """
        try:
            uid = await self._own_uid(external_secret, name, memory)
            await self._cluster.delete_secret(ObjectKey(external_secret.metadata.namespace, name), uid=uid)
        except NotFoundError:
            return Absent()
        except ConflictError:
            memory.uids.pop(name, None)
            return Postpone()
        except ApiError as error:
            if error.mentions(NOT_MANAGED) or error.mentions(OWNED_BY_ANOTHER):
                return NotOurs()
            return outcome_of_refusal(error, failure)
        memory.uids.pop(name, None)
        return Deleted()

    def orphans(self, external_secret: ExternalSecret, bound: str) -> list[str]:
        """Name what the binding remembers; nothing else can be known without reading."""
        owned = external_secret.spec.target.creation_policy is CreationPolicy.OWNER
        return [bound] if owned and bound and bound != target_name(external_secret) else []

    async def _own_uid(self, external_secret: ExternalSecret, name: str, memory: Memory) -> str:
        manager = field_manager(external_secret.metadata.name)
        try:
            return (await self._cluster.probe_secret(build_probe(external_secret, name), field_manager=manager)).uid
        except InvalidError as error:
            # Validation comes before the policies, so a dry run over a frozen Secret says nothing of its owner. What
            # this process wrote itself is known by its uid.
            if error.mentions(IMMUTABLE) and name in memory.uids:
                return memory.uids[name]
            raise

    async def _upsert(
        self, external_secret: ExternalSecret, secret: Secret, memory: Memory, *, is_new: bool
    ) -> Written:
        manager = field_manager(external_secret.metadata.name)
        # An immutable Secret is made once; a write over it would only be refused.
        if is_new or secret.immutable:
            try:
                return await self._create(secret, manager)
            except ConflictError:
                return await self._replace(external_secret, secret, memory)
        try:
            return await self._replace(external_secret, secret, memory)
        except NotFoundError:
            return await self._create(secret, manager)

    async def _create(self, secret: Secret, manager: str) -> Written:
        stored = await self._cluster.create_secret(secret, field_manager=manager)
        return Written(resource_version=stored.resource_version, uid=stored.uid, created=True, changed=True)

    async def _replace(self, external_secret: ExternalSecret, secret: Secret, memory: Memory) -> Written:
        manager = field_manager(external_secret.metadata.name)
        try:
            stored = await self._cluster.replace_secret(secret, field_manager=manager)
        except ApiError as error:
            if error.mentions(OWNED_BY_ANOTHER) and not secret.metadata.owner_references:
                await self._cluster.replace_secret(released(external_secret, secret), field_manager=manager)
                stored = await self._cluster.replace_secret(secret, field_manager=manager)
            elif error.mentions(IMMUTABLE) and _is_frozen(external_secret, memory):
                return Written(resource_version=memory.secret_version, changed=False)
            else:
                raise
        # After a restart the version before is not known; the Secret then counts as unchanged, which saves a status
        # write for each object.
        changed = memory.secret_version not in ("", stored.resource_version)
        return Written(resource_version=stored.resource_version, uid=stored.uid, changed=changed)


def _is_frozen(external_secret: ExternalSecret, memory: Memory) -> bool:
    """Say whether the target was ours before and is to stay as it was made."""
    is_ours = bool(memory.secret_version) or external_secret.status.binding.name == target_name(external_secret)
    return external_secret.spec.target.immutable and is_ours
