"""Which resource holds the objects of a kind, as the API server says; asked again when it seems to be wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bulkhead_api.external_secret import ManifestRef
from bulkhead_controller.objects import ApiResource, Objects, Resource
from bulkhead_runtime.kube.errors import NotFoundError

_NEEDED_VERBS: Final = frozenset({"get", "create", "update", "delete"})


@dataclass(frozen=True, slots=True)
class Unfit:
    """Objects of this kind cannot be targets."""

    problem: str


def resource_from(kind: ManifestRef, served: Sequence[ApiResource]) -> Resource | Unfit | None:
    """Find the resource of a kind among those of its group and version; None means that there is none."""
    for each in served:
        if each.kind != kind.kind or "/" in each.name:
            continue
        if not each.namespaced:
            return Unfit(
                f"{kind.kind} of {kind.api_version} is cluster-wide; only kinds within a namespace can be targets"
            )
        if not set(each.verbs) >= _NEEDED_VERBS:
            return Unfit(f"{kind.kind} of {kind.api_version} cannot be read, created, updated and deleted")
        return Resource(kind=kind, plural=each.name)
    return None


class Kinds:
    """Remembers what the API server serves."""

    def __init__(self, objects: Objects) -> None:
        """Ask through `objects`."""
        self._objects = objects
        self._served: dict[str, Sequence[ApiResource]] = {}

    async def find(self, kind: ManifestRef) -> Resource | Unfit:
        """Say where objects of a kind are. A kind that is not known is asked for anew: its definition may be new.

        Raises:
            ApiError: the API server could not be asked.
        """
        found = resource_from(kind, self._served.get(kind.api_version, ()))
        if found is None:
            found = resource_from(kind, await self._ask(kind.api_version))
        return found or Unfit(f"the API server has no {kind.kind} of {kind.api_version}")

    def forget(self, kind: ManifestRef) -> None:
        """Ask again next time, as an object of this kind could not be found where it should be."""
        self._served.pop(kind.api_version, None)

    async def _ask(self, api_version: str) -> Sequence[ApiResource]:
        try:
            served = await self._objects.resources(api_version)
        except NotFoundError:
            return ()
        self._served[api_version] = served
        return served
