"""Definitions as the API server has them: served some time after it took them, and perhaps without our own rules."""

from collections.abc import Iterator

import msgspec

from bulkhead_testkit.admin import Admin, wait_for


class _Names(msgspec.Struct, frozen=True, kw_only=True):
    plural: str


class _Version(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    served: bool


class _Spec(msgspec.Struct, frozen=True, kw_only=True):
    group: str
    names: _Names
    versions: list[_Version]


class _Definition(msgspec.Struct, frozen=True, kw_only=True):
    spec: _Spec


class _Definitions(msgspec.Struct, frozen=True, kw_only=True):
    items: list[_Definition]


class _Resource(msgspec.Struct, frozen=True, kw_only=True):
    name: str


class _Discovered(msgspec.Struct, frozen=True, kw_only=True):
    resources: list[_Resource] = []


def wait_until_served(admin: Admin, *, timeout_s: float = 30) -> None:
    """Wait until every served version of every CustomResourceDefinition is in the API server's discovery.

    Raises:
        AdminError: one is not in time.
    """
    found = admin.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", _Definitions)
    defined = set(_defined(found.items if found else []))
    roots = {root for root, _ in defined}

    def look() -> bool | None:
        return defined <= {kind for root in roots for kind in _served(admin, root)} or None

    wait_for(
        look, what=f"the API server serves {len(defined)} kinds of {', '.join(sorted(roots))}", timeout_s=timeout_s
    )


def without_rules(value: object) -> object:
    """Give a definition without what ours has beyond ESO's: rules in CEL, and the bounds of a store's interval."""
    if isinstance(value, dict):
        dropped = {"x-kubernetes-validations"}
        # ESO's schema has no limits for a store's refreshInterval, which alone is a number or a text.
        if "x-kubernetes-int-or-string" in value:
            dropped |= {"pattern", "minimum", "maximum"}
        return {key: without_rules(each) for key, each in value.items() if key not in dropped}
    return [without_rules(each) for each in value] if isinstance(value, list) else value


def _defined(definitions: list[_Definition]) -> Iterator[tuple[str, str]]:
    for each in definitions:
        for version in each.spec.versions:
            if version.served:
                yield f"/apis/{each.spec.group}/{version.name}", each.spec.names.plural


def _served(admin: Admin, root: str) -> Iterator[tuple[str, str]]:
    found = admin.get(root, _Discovered)
    for resource in found.resources if found else []:
        yield root, resource.name
