"""What thieves of two tokens try at the API server, besides what the tokens are for.

An attempt is what messages call it, method, path, body (None for none) and content type (empty for JSON).
`stolen_token.py` makes the calls.
"""

from collections.abc import Sequence
from typing import Final

Call = tuple[str, str, str, object, str]

_UNMANAGED = "/api/v1/namespaces/demo/secrets/payroll"
_SECRETS = "/api/v1/namespaces/demo/secrets"
_MANAGED = {"reconcile.external-secrets.io/managed": "true"}


def _secret(name: str, **more: object) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "labels": _MANAGED}, **more}


_HERE = "/api/v1/namespaces/bulkhead-system"
_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_LABEL = {"metadata": {"labels": {"stolen": "true"}}}
_EVERYTHING = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
_MERGE = "application/merge-patch+json"
_APPLY = "application/apply-patch+yaml"


def _token_of(name: str, **spec: object) -> tuple[str, str, object, str]:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    return "POST", f"{_HERE}/serviceaccounts/{name}/token", body, ""


CONTROLLER: Final[Sequence[Call]] = [
    ("get the Secret", "GET", _UNMANAGED, None, ""),
    ("list the namespace's Secrets", "GET", _SECRETS, None, ""),
    ("list all Secrets", "GET", "/api/v1/secrets", None, ""),
    ("watch the namespace's Secrets", "GET", f"{_SECRETS}?watch=true&timeoutSeconds=2", None, ""),
    ("merge-patch it", "PATCH", _UNMANAGED, {"metadata": {"labels": _MANAGED}}, "application/merge-patch+json"),
    (
        "JSON-patch it",
        "PATCH",
        _UNMANAGED,
        [{"op": "test", "path": "/data/x", "value": "x"}],
        "application/json-patch+json",
    ),
    (
        "apply over it",
        "PATCH",
        f"{_UNMANAGED}?fieldManager=thief&force=true",
        _secret("payroll"),
        "application/apply-patch+yaml",
    ),
    ("update it, with the managed label", "PUT", _UNMANAGED, _secret("payroll"), ""),
    ("create it again", "POST", _SECRETS, _secret("payroll"), ""),
    ("delete it and read the answer", "DELETE", f"{_UNMANAGED}?propagationPolicy=Foreground", None, ""),
    ("delete the namespace's Secrets at once", "DELETE", _SECRETS, None, ""),
    (
        "mint a ServiceAccount token Secret",
        "POST",
        "/api/v1/namespaces/kube-system/secrets",
        _secret("token", type="kubernetes.io/service-account-token"),
        "",
    ),
    (
        "request a token of another ServiceAccount",
        "POST",
        "/api/v1/namespaces/bulkhead-system/serviceaccounts/bulkhead-certcontroller/token",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}},
        "",
    ),
    ("read the CA's key", "GET", "/api/v1/namespaces/bulkhead-system/secrets/bulkhead-ca", None, ""),
    (
        "point an ExternalSecret elsewhere",
        "PATCH",
        "/apis/external-secrets.io/v1/namespaces/demo/externalsecrets/settings",
        {"spec": {"target": {"name": "payroll"}}},
        "application/merge-patch+json",
    ),
]

CERTCONTROLLER: Final[Sequence[Call]] = [
    ("read another Secret of its namespace", "GET", f"{_HERE}/secrets/vault-credential", None, ""),
    ("list the Secrets of its namespace", "GET", f"{_HERE}/secrets", None, ""),
    ("watch them", "GET", f"{_HERE}/secrets?watch=true&timeoutSeconds=2", None, ""),
    ("list all Secrets", "GET", "/api/v1/secrets", None, ""),
    ("read a Secret of a team", "GET", "/api/v1/namespaces/demo/secrets/payroll", None, ""),
    ("patch a certificate's Secret", "PATCH", f"{_HERE}/secrets/bulkhead-tls-controller", _LABEL, _MERGE),
    ("delete the CA", "DELETE", f"{_HERE}/secrets/bulkhead-ca", None, ""),
    ("create a Secret", "POST", f"{_HERE}/secrets", {"metadata": {"name": "stolen"}}, ""),
    ("request the controller's token", *_token_of("bulkhead-controller")),
    ("request its own token", *_token_of("bulkhead-certcontroller")),
    ("request a token for Vault", *_token_of("bulkhead-controller", audiences=["vault"])),
    ("read the controller's ConfigMap", "GET", f"{_HERE}/configmaps/bulkhead-providers", None, ""),
    ("ask for a rotation itself", "PATCH", f"{_HERE}/configmaps/bulkhead-certificate-requests", _LABEL, _MERGE),
    ("list the webhook configurations", "GET", f"{_ADMISSION}/validatingwebhookconfigurations", None, ""),
    (
        "patch another webhook configuration",
        "PATCH",
        f"{_ADMISSION}/validatingwebhookconfigurations/others",
        _LABEL,
        _MERGE,
    ),
    (
        "make a webhook configuration",
        "PATCH",
        f"{_ADMISSION}/validatingwebhookconfigurations/stolen?fieldManager=thief",
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "stolen"},
        },
        _APPLY,
    ),
    (
        "take the fence away",
        "DELETE",
        f"{_ADMISSION}/validatingadmissionpolicybindings/bulkhead-secrets",
        None,
        "",
    ),
    ("give itself every right", "POST", f"{_RBAC}/clusterroles", {"metadata": {"name": "s"}, "rules": _EVERYTHING}, ""),
    (
        "widen its own Role",
        "PATCH",
        f"{_RBAC}/namespaces/bulkhead-system/roles/bulkhead-certcontroller",
        {"rules": _EVERYTHING},
        _MERGE,
    ),
    ("list the Pods", "GET", f"{_HERE}/pods", None, ""),
    ("read the nodes", "GET", "/api/v1/nodes", None, ""),
    (
        "change a definition",
        "PATCH",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/externalsecrets.external-secrets.io",
        _LABEL,
        _MERGE,
    ),
]
