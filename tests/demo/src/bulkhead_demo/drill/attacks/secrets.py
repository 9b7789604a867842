"""Attacks on Secrets through the API server: every verb, and every way to have the content come back."""

from collections.abc import Mapping, Sequence
from typing import Final

from bulkhead_demo.drill.attacks.requests import DRY, HERE, MANAGED, TEAM, delete, get, patch, post, put
from bulkhead_demo.drill.model import Attack, Topology

_PAYROLL: Final = f"{TEAM}/secrets/payroll"
_SYSTEM: Final = "/api/v1/namespaces/kube-system/secrets"
_TABLE: Final = "application/json;as=Table;v=v1;g=meta.k8s.io"
_METADATA: Final = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


def _secret(name: str, *, labels: Mapping[str, str] = MANAGED, **more: object) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "labels": labels}, **more}


SECRETS: Final[Sequence[Attack]] = (
    get("read-secret", "read a team's Secret", path=_PAYROLL),
    get("list-secrets", "list a team's Secrets", path=f"{TEAM}/secrets"),
    get("list-all-secrets", "list all Secrets of the cluster", path="/api/v1/secrets"),
    get(
        "table-secrets",
        "list Secrets as a table with the objects in it",
        path=f"{TEAM}/secrets?includeObject=Object",
        accept=_TABLE,
    ),
    get("metadata-secrets", "list the metadata of Secrets alone", path=f"{TEAM}/secrets", accept=_METADATA),
    get("watch-secrets", "watch a team's Secrets", path=f"{TEAM}/secrets?watch=true&timeoutSeconds=1"),
    get("watch-all-secrets", "watch all Secrets by the old path", path="/api/v1/watch/secrets?timeoutSeconds=1"),
    get(
        "select-secret", "list Secrets by the name of one", path=f"{TEAM}/secrets?fieldSelector=metadata.name%3Dpayroll"
    ),
    get("read-ca", "read the CA's key", path=f"{HERE}/secrets/{{ca}}", permitted="api get secrets {ns}/{ca}"),
    get(
        "read-controller-key",
        "read the controller's mTLS key",
        path=f"{HERE}/secrets/{{release}}-tls-controller",
        permitted="api get secrets {ns}/{release}-tls-controller",
    ),
    get(
        "read-named",
        "read the Secret that stores may name for the vault provider",
        path=f"{TEAM}/secrets/named-for-vault",
        permitted="api get secrets {team}/named-for-vault",
    ),
    Attack(
        id="api.read-as-provider",
        does="read the same with the vault provider's token, out of its Secret",
        act="api.call_by_secret",
        arguments={
            "server": "{api}",
            "secret": f"{HERE}/secrets/{{release}}-token-vault",
            "path": f"{TEAM}/secrets/named-for-vault",
        },
        # Only there is it in a Secret.
        topologies=frozenset({Topology.SIDECAR}),
        permitted="api get secrets {ns}/{release}-token-vault",
    ),
    get("read-credential", "read the vault provider's credential", path=f"{HERE}/secrets/vault-credential"),
    get("list-own-secrets", "list the Secrets of the installation", path=f"{HERE}/secrets"),
    patch("merge-patch-secret", "merge-patch a Secret, as the reply shows it", path=f"{_PAYROLL}{DRY}", body={}),
    patch(
        "json-patch-secret",
        "JSON-patch a Secret, to test what is in it",
        path=f"{_PAYROLL}{DRY}",
        body=[{"op": "test", "path": "/type", "value": "Opaque"}],
        content_type="application/json-patch+json",
    ),
    patch(
        "strategic-patch-secret",
        "strategic-merge-patch a Secret",
        path=f"{_PAYROLL}{DRY}",
        body={},
        content_type="application/strategic-merge-patch+json",
    ),
    patch(
        "apply-secret",
        "apply over a Secret",
        path=f"{_PAYROLL}{DRY}&fieldManager=thief&force=true",
        body=_secret("payroll"),
        content_type="application/apply-patch+yaml",
    ),
    put("take-over-secret", "overwrite a Secret that nobody manages", path=f"{_PAYROLL}{DRY}", body=_secret("payroll")),
    put(
        "disown-secret",
        "overwrite a managed Secret of another owner",
        path=f"{TEAM}/secrets/{{managed}}{DRY}",
        body=_secret("{managed}"),
    ),
    put(
        "relabel-secret",
        "take the managed label off a Secret",
        path=f"{TEAM}/secrets/{{managed}}{DRY}",
        body=_secret("{managed}", labels={}),
    ),
    delete("delete-secret", "delete a Secret that nobody manages", path=f"{_PAYROLL}{DRY}"),
    delete(
        "delete-managed-slowly",
        "delete a managed Secret so that the reply shows it",
        path=f"{TEAM}/secrets/{{managed}}{DRY}&propagationPolicy=Foreground",
    ),
    delete("delete-secrets", "delete a team's Secrets at once", path=f"{TEAM}/secrets{DRY}"),
    post(
        "create-unmanaged",
        "create a Secret without the managed label",
        path=f"{TEAM}/secrets{DRY}",
        body=_secret("drill", labels={}),
    ),
    post("create-in-system", "create a Secret in a protected namespace", path=f"{_SYSTEM}{DRY}", body=_secret("drill")),
    post("create-here", "create a Secret beside its own", path=f"{HERE}/secrets{DRY}", body=_secret("drill")),
    post(
        "create-token-secret",
        "create a Secret that is filled with a ServiceAccount's token",
        path=f"{TEAM}/secrets{DRY}",
        body={
            **_secret("drill", type="kubernetes.io/service-account-token"),
            "metadata": {
                "name": "drill",
                "labels": MANAGED,
                "annotations": {"kubernetes.io/service-account.name": "default"},
            },
        },
    ),
    post(
        "create-bootstrap-token",
        "create a bootstrap token, which lets nodes join",
        path=f"{_SYSTEM}{DRY}",
        body=_secret("bootstrap-token-dr1ll0", type="bootstrap.kubernetes.io/token"),
    ),
    post(
        "create-release-secret",
        "create a Secret that Helm takes for a release",
        path=f"{TEAM}/secrets{DRY}",
        body=_secret("sh.helm.release.v1.drill.v1", type="helm.sh/release.v1"),
    ),
    post(
        "create-managed",
        "create a managed Secret, which is its work",
        path=f"{TEAM}/secrets{DRY}",
        body=_secret("drill"),
        permitted="api create secrets */*",
    ),
)
