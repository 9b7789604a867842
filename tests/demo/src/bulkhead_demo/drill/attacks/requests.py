"""How attacks on the API server are written down."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from bulkhead_demo.drill.model import Attack

CORE: Final = "/api/v1"
EXTERNAL: Final = "/apis/external-secrets.io/v1"
RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
ADMISSION: Final = "/apis/admissionregistration.k8s.io/v1"
TEAM: Final = f"{CORE}/namespaces/{{team}}"
"""The victims' namespace."""
HERE: Final = f"{CORE}/namespaces/{{ns}}"
"""The installation's own namespace."""
MERGE: Final = "application/merge-patch+json"
DRY: Final = "?dryRun=All"
"""Whoever may, may in earnest: the API server asks the same questions, and nothing is left behind."""
EVERYTHING: Final = ({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},)
LABEL: Final = {"metadata": {"labels": {"drill": "stolen"}}}
MANAGED: Final = {"reconcile.external-secrets.io/managed": "true"}


def request(
    name: str,
    does: str,
    method: str,
    path: str,
    *,
    body: object = None,
    content_type: str = "application/json",
    accept: str = "application/json",
    headers: Mapping[str, str] | None = None,
    permitted: str = "",
) -> Attack:
    """Write down one request.

    Args:
        name: what is behind `api.` in the id.
        does: as in `Attack`.
        method: of the request.
        path: with its query.
        body: JSON; None means none.
        content_type: of the body.
        accept: the form of the answer that is asked for.
        headers: further ones.
        permitted: as in `Attack`.
    """
    arguments = {
        "server": "{api}",
        "method": method,
        "path": path,
        "body": body,
        "content_type": content_type,
        "accept": accept,
        "headers": headers,
    }
    return Attack(id=f"api.{name}", does=does, act="api.call", arguments=arguments, permitted=permitted)


get = partial(request, method="GET")
post = partial(request, method="POST")
put = partial(request, method="PUT")
delete = partial(request, method="DELETE")
patch = partial(request, method="PATCH", content_type=MERGE)


def made(kind: str, name: str, *, api_version: str = "v1", **more: object) -> dict[str, object]:
    """Give an object of this kind and name."""
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **more}
