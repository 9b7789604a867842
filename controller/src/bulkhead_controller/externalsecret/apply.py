"""Carries out plans on the API server, with as few calls as it allows, and says how they ended.

What the API server says about a Secret never leaves this module: it may quote the Secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bulkhead_api.external_secret import ExternalSecret, ExternalSecretStatus
from bulkhead_api.secret import Secret
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.cluster import Cluster
from bulkhead_controller.externalsecret.decide import FINALIZER
from bulkhead_controller.externalsecret.plan import Fail
from bulkhead_controller.externalsecret.refusal import NOT_MANAGED, OWNED_BY_ANOTHER, Postpone, outcome_of_refusal
from bulkhead_controller.externalsecret.status import Message
from bulkhead_controller.externalsecret.target import build_probe, build_target, field_manager
from bulkhead_runtime.kube.errors import ApiError, ConflictError, NotFoundError
from bulkhead_runtime.kube.events import ObjectKey


@dataclass(frozen=True, slots=True)
class Written:
    """The target is as it should be."""

    resource_version: str
    created: bool
    """Whether it did not exist before."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """The Secret is deleted."""


@dataclass(frozen=True, slots=True)
class Absent:
    """There was nothing to delete."""


@dataclass(frozen=True, slots=True)
class NotOurs:
    """There is a Secret, and a policy says that this ExternalSecret must not touch it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The ExternalSecret is changed."""

    resource_version: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The ExternalSecret does not exist any more."""


class Applier:
    """Writes for the reconciler."""

    def __init__(self, cluster: Cluster) -> None:
        """Write to `cluster`."""
        self._cluster = cluster

    async def write_target(
        self, external_secret: ExternalSecret, data: Mapping[str, SecretValue], *, is_new: bool
    ) -> Written | Postpone | Fail:
        """Make the target hold exactly this data.

        Args:
            external_secret: the owner.
            data: all of the Secret's data.
            is_new: whether the Secret probably does not exist; a wrong guess costs one more call.
        """
        secret = build_target(external_secret, data)
        manager = field_manager(external_secret.metadata.name)
        try:
            return await (self._create_first(secret, manager) if is_new else self._replace_first(secret, manager))
        except ApiError as error:
            return outcome_of_refusal(error, Message.UPDATE_FAILED)

    async def delete_target(
        self, external_secret: ExternalSecret, name: str, *, failure: Message
    ) -> Deleted | Absent | NotOurs | Postpone | Fail:
        """Delete a Secret if it belongs to this ExternalSecret.

        The controller may not read it. So a dry run of a write with our owner reference asks the admission policies
        whether it is ours and tells its uid, and the delete is bound to that uid.

        Args:
            external_secret: the owner.
            name: of the Secret, in the owner's namespace.
            failure: what to say when it does not work.
        """
        metadata = external_secret.metadata
        try:
            live = await self._cluster.probe_secret(
                build_probe(external_secret, name), field_manager=field_manager(metadata.name)
            )
            await self._cluster.delete_secret(ObjectKey(metadata.namespace, name), uid=live.uid)
        except NotFoundError:
            return Absent()
        except ApiError as error:
            if error.mentions(NOT_MANAGED) or error.mentions(OWNED_BY_ANOTHER):
                return NotOurs()
            return outcome_of_refusal(error, failure)
        return Deleted()

    async def write_status(
        self, external_secret: ExternalSecret, status: ExternalSecretStatus, *, resource_version: str
    ) -> Stored | Gone | Postpone:
        """Store the status, unless the object was changed, deleted or made anew since `resource_version`."""
        metadata = external_secret.metadata
        key = ObjectKey(metadata.namespace, metadata.name)
        try:
            stored = await self._cluster.patch_status(key, resource_version=resource_version, status=status)
        except NotFoundError:
            return Gone()
        except ApiError as error:
            return Postpone(error.retry_after_s)
        return Stored(stored.resource_version)

    async def add_finalizer(self, external_secret: ExternalSecret) -> Stored | Gone | Postpone:
        """Have a say in the deletion of the object from now on."""
        return await self._set_finalizers(external_secret, [*external_secret.metadata.finalizers, FINALIZER])

    async def remove_finalizer(self, external_secret: ExternalSecret) -> Stored | Gone | Postpone:
        """Let the object go."""
        others = [each for each in external_secret.metadata.finalizers if each != FINALIZER]
        return await self._set_finalizers(external_secret, others)

    async def _set_finalizers(self, external_secret: ExternalSecret, finalizers: list[str]) -> Stored | Gone | Postpone:
        metadata = external_secret.metadata
        try:
            stored = await self._cluster.patch_finalizers(
                ObjectKey(metadata.namespace, metadata.name),
                resource_version=metadata.resource_version,
                finalizers=finalizers,
            )
        except NotFoundError:
            return Gone()
        except ApiError as error:
            return Postpone(error.retry_after_s)
        return Stored(stored.resource_version)

    async def _create_first(self, secret: Secret, manager: str) -> Written:
        try:
            return await self._create(secret, manager)
        except ConflictError:
            return await self._replace(secret, manager)

    async def _replace_first(self, secret: Secret, manager: str) -> Written:
        try:
            return await self._replace(secret, manager)
        except NotFoundError:
            return await self._create(secret, manager)

    async def _create(self, secret: Secret, manager: str) -> Written:
        stored = await self._cluster.create_secret(secret, field_manager=manager)
        return Written(stored.resource_version, created=True)

    async def _replace(self, secret: Secret, manager: str) -> Written:
        stored = await self._cluster.replace_secret(secret, field_manager=manager)
        return Written(stored.resource_version, created=False)
