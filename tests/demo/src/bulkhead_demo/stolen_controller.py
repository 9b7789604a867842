"""What a thief does who has taken over the controller: its files, its token, its Unix user.

Run as that user by `thefts.py`, as a program of its own with the standard library alone. Prints one JSON object a
line: what was tried, what came back. It does not judge.
"""

import base64
import json
import ssl
import sys
import urllib.error
import urllib.request
from pathlib import Path

_UNMANAGED = "/api/v1/namespaces/demo/secrets/payroll"
_SECRETS = "/api/v1/namespaces/demo/secrets"
_MANAGED = {"reconcile.external-secrets.io/managed": "true"}


def _secret(name: str, **more: object) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "labels": _MANAGED}, **more}


_ATTEMPTS: list[tuple[str, str, str, object, str]] = [
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


def main(server: str, token_folder: str) -> None:
    """Try everything once."""
    token = (Path(token_folder) / "token").read_text()
    context = ssl.create_default_context(cafile=str(Path(token_folder) / "ca.crt"))
    for what, method, path, body, content_type in _ATTEMPTS:
        request = urllib.request.Request(  # noqa: S310 - the API server's address is https
            f"{server}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": content_type or "application/json"},
        )
        try:
            with urllib.request.urlopen(request, context=context, timeout=10) as answer:  # noqa: S310
                status, reply = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, reply = error.code, error.read()
        line = {
            "what": what,
            "refused": status >= 400,
            "answer": f"{status}",
            "reply": base64.b64encode(reply).decode(),
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
