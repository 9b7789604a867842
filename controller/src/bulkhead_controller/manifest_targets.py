"""Puts together what targets of other kinds than Secret need: calls, kinds, copies, watches and the writer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bulkhead_api.external_secret import ExternalSecret, ManifestRef
from bulkhead_controller.externalsecret.manifest.kind import problem_of_manifest
from bulkhead_controller.externalsecret.manifest.writer import ManifestTarget
from bulkhead_controller.externalsecret.target_key import target_key
from bulkhead_controller.externalsecret.writer import TargetWriter
from bulkhead_controller.kinds import Kinds
from bulkhead_controller.kube_objects import KubeObjects
from bulkhead_controller.manifest_copies import ManifestCopies
from bulkhead_controller.manifest_watches import ManifestWatches
from bulkhead_controller.processing import Processing
from bulkhead_controller.users import Users
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_target.manifest import manifest_of


@dataclass(frozen=True, slots=True)
class _Target:
    kind: ManifestRef
    key: ObjectKey


class ManifestTargets:
    """Everything about these targets. Where they are not allowed there is no writer and nothing is watched."""

    def __init__(
        self,
        client: KubeClient,
        processing: Processing,
        *,
        namespace: str,
        wake: Callable[[ObjectKey], None],
        now: Callable[[], datetime],
    ) -> None:
        """Ask nothing yet.

        Args:
            client: with the rights.
            processing: says whether such targets are allowed.
            namespace: the only one to look at; empty means all.
            wake: is told the name of each ExternalSecret whose target changed.
            now: gives UTC.
        """
        objects, copies = KubeObjects(client), ManifestCopies()
        kinds = Kinds(objects)
        self._is_allowed = processing.generic_targets
        self._wake = wake
        self._users: Users[_Target] = Users()
        self._watches = ManifestWatches(
            client, objects, kinds, copies, namespace=namespace, on_change=self._target_changed
        )
        writer = ManifestTarget(objects, kinds, copies, adoption_guard=processing.adoption_guard, now=now)
        self.writer: TargetWriter | None = writer if self._is_allowed else None
        """None where such targets are not allowed."""

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Keep the watches that are wanted; none where such targets are not allowed.

        They begin with the work: whoever does not lead may not ask for the own rights, as that is a POST.
        """
        if self._is_allowed:
            tasks.create_task(self._watches.run())

    def external_secret_changed(self, key: ObjectKey, new: ExternalSecret | None) -> None:
        """Note what the ExternalSecret's target is now; None means that it is gone."""
        kind = manifest_of(new.spec.target) if new is not None else None
        if new is None or kind is None or problem_of_manifest(new.spec, allowed=self._is_allowed):
            self._users.drop(key)
            self._watches.put(key, None)
            return
        self._users.put(key, [_Target(kind, target_key(new))])
        self._watches.put(key, kind)

    def _target_changed(self, kind: ManifestRef, key: ObjectKey) -> None:
        for user in self._users.of(_Target(kind, key)):
            self._wake(user)
