"""How the target of each ExternalSecret is looked at and written, by the rights on the Secrets of its namespace."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from bulkhead_api.external_secret import ExternalSecret
from bulkhead_api.meta import PartialObject
from bulkhead_controller.cluster import Cluster
from bulkhead_controller.externalsecret.read_write import ReadWriteTarget
from bulkhead_controller.externalsecret.write_only import WriteOnlyTarget
from bulkhead_controller.externalsecret.writer import TargetWriter
from bulkhead_controller.processing import Processing
from bulkhead_controller.profile import Profile, Rights
from bulkhead_controller.secret_copies import SecretCopies
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.events import ObjectKey, key_of
from bulkhead_runtime.kube.path import resource_path
from bulkhead_runtime.kube.watch import Informer
from bulkhead_target.manifest import manifest_of
from bulkhead_target.target import LABEL_MANAGED

SELECTOR = f"{LABEL_MANAGED}=true"
"""Selects the Secrets that are watched; no other Secret is ever listed."""


class Targets:
    """The two ways of writing a Secret and the one of writing other kinds, and which one is for whom."""

    def __init__(
        self,
        cluster: Cluster,
        copies: SecretCopies,
        processing: Processing,
        *,
        manifests: TargetWriter | None = None,
        now: Callable[[], datetime],
    ) -> None:
        """Write through `cluster`, and other kinds than Secret through `manifests`, if they may be written at all.

        Args:
            cluster: for Secrets.
            copies: of Secrets.
            processing: says which rights there are.
            manifests: for other kinds; None means that there is no such target.
            now: gives UTC.
        """
        self._manifests = manifests
        self._rights = processing.rights
        self._write_only = WriteOnlyTarget(cluster, check_interval=processing.drift_check_interval, now=now)
        self._read_write = ReadWriteTarget(cluster, copies, adoption_guard=processing.adoption_guard, now=now)

    def writer_of(self, external_secret: ExternalSecret) -> TargetWriter:
        """Choose by the kind of the target, and for Secrets by the rights in the object's namespace."""
        if self._manifests is not None and manifest_of(external_secret.spec.target) is not None:
            return self._manifests
        if self._rights.may_read(external_secret.metadata.namespace):
            return self._read_write
        return self._write_only


def secret_informers(
    client: KubeClient,
    copies: SecretCopies,
    rights: Rights,
    *,
    namespace: str,
    on_change: Callable[[ObjectKey], None],
) -> Sequence[Informer[PartialObject]]:
    """Build what follows the metadata of managed Secrets: one informer for all, one a namespace, or none.

    Args:
        client: with the rights.
        copies: where the informers' copies are read from.
        rights: on Secrets.
        namespace: the only one to look at; empty means all.
        on_change: is told the name of each Secret that changed.
    """
    followed = {Profile.STRICT: [], Profile.NAMESPACED: sorted(rights.read_namespaces), Profile.ESO_COMPAT: [namespace]}
    informers = []
    for each in followed[rights.profile]:
        path = resource_path("v1", "secrets", namespace=each)
        informer = Informer(
            client,
            path,
            PartialObject,
            on_change=partial(_changed, copies, on_change),
            label_selector=SELECTOR,
            metadata_only=True,
        )
        copies.follow(each, informer)
        informers.append(informer)
    return informers


def _changed(
    copies: SecretCopies,
    on_change: Callable[[ObjectKey], None],
    old: PartialObject | None,
    new: PartialObject | None,
) -> None:
    copies.note(old, new)
    seen = new or old
    if seen is not None:
        on_change(key_of(seen.metadata))
