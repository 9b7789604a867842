"""Attacks by which a thief would get more rights: tokens, other names, roles, fences."""

from collections.abc import Sequence
from typing import Final

from bulkhead_demo.drill.attacks.requests import (
    ADMISSION,
    CORE,
    DRY,
    EVERYTHING,
    HERE,
    LABEL,
    RBAC,
    TEAM,
    delete,
    get,
    made,
    patch,
    post,
    put,
)
from bulkhead_demo.drill.model import Attack

_BINDING: Final = {
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
    "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": "{ns}"}],
}
_RBAC: Final = "rbac.authorization.k8s.io/v1"


def _token(*audiences: str) -> dict[str, object]:
    return {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"audiences": list(audiences), "expirationSeconds": 600},
    }


def _webhooks(kind: str) -> dict[str, object]:
    client = {"url": "https://192.0.2.1/", "caBundle": ""}
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["secrets"], "operations": ["CREATE", "UPDATE"]}
    hook = {
        "name": "drill.example.com",
        "clientConfig": client,
        "rules": [rule],
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
    }
    return made(kind, "drill-thief", api_version="admissionregistration.k8s.io/v1", webhooks=[hook])


RIGHTS: Final[Sequence[Attack]] = (
    post(
        "token-of-controller",
        "request a token of the controller",
        path=f"{HERE}/serviceaccounts/{{release}}-controller/token",
        body=_token(),
    ),
    post(
        "token-of-certcontroller",
        "request a token of the certcontroller",
        path=f"{HERE}/serviceaccounts/{{release}}-certcontroller/token",
        body=_token(),
    ),
    post(
        "token-of-provider",
        "request a token of the vault provider that outlives the theft",
        path=f"{HERE}/serviceaccounts/{{release}}-provider-vault/token",
        body=_token(),
    ),
    post(
        "token-of-provider-for-backend",
        "request a token of the vault provider for a backend",
        path=f"{HERE}/serviceaccounts/{{release}}-provider-vault/token",
        body=_token("vault"),
    ),
    post(
        "token-of-system",
        "request a token of a ServiceAccount of the system",
        path=f"{CORE}/namespaces/kube-system/serviceaccounts/default/token",
        body=_token(),
    ),
    post("token-of-team", "request a team's token", path=f"{TEAM}/serviceaccounts/default/token", body=_token()),
    post(
        "token-for-backend",
        "request a team's token with a backend's audience",
        path=f"{TEAM}/serviceaccounts/default/token",
        body=_token("vault"),
    ),
    get(
        "act-as-admin",
        "act as an administrator, by impersonation",
        path=f"{TEAM}/secrets/payroll",
        headers={"Impersonate-User": "admin", "Impersonate-Group": "system:masters"},
    ),
    get(
        "act-as-account",
        "act as a ServiceAccount of the system",
        path=f"{TEAM}/secrets/payroll",
        headers={
            "Impersonate-User": "system:serviceaccount:kube-system:generic-garbage-collector",
            "Impersonate-Group": "system:masters",
        },
    ),
    post(
        "escalate",
        "make a ClusterRole with every right",
        path=f"{RBAC}/clusterroles{DRY}",
        body=made("ClusterRole", "drill-thief", api_version=_RBAC, rules=list(EVERYTHING)),
    ),
    post(
        "bind",
        "bind itself to cluster-admin",
        path=f"{RBAC}/clusterrolebindings{DRY}",
        body=made("ClusterRoleBinding", "drill-thief", api_version=_RBAC, **_BINDING),
    ),
    post(
        "bind-here",
        "bind a ServiceAccount to cluster-admin in a team's namespace",
        path=f"{RBAC}/namespaces/{{team}}/rolebindings{DRY}",
        body=made("RoleBinding", "drill-thief", api_version=_RBAC, **_BINDING),
    ),
    patch(
        "widen-own-role",
        "widen the Role of the certcontroller",
        path=f"{RBAC}/namespaces/{{ns}}/roles/{{release}}-certcontroller{DRY}",
        body={"rules": list(EVERYTHING)},
    ),
    patch(
        "widen-cluster-role",
        "widen the ClusterRole of the controller",
        path=f"{RBAC}/clusterroles/{{release}}-controller{DRY}",
        body={"rules": list(EVERYTHING)},
    ),
    get("read-roles", "read all roles", path=f"{RBAC}/clusterroles"),
    post(
        "make-account",
        "make a ServiceAccount",
        path=f"{HERE}/serviceaccounts{DRY}",
        body=made("ServiceAccount", "drill-thief"),
    ),
    patch(
        "claim-cloud-role",
        "give the controller's ServiceAccount a role of the cloud",
        path=f"{HERE}/serviceaccounts/{{release}}-controller{DRY}",
        body={"metadata": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/admin"}}},
    ),
    delete(
        "take-fence-away",
        "delete the binding of an admission policy",
        path=f"{ADMISSION}/validatingadmissionpolicybindings/drill-guard{DRY}",
    ),
    patch(
        "weaken-fence",
        "change an admission policy",
        path=f"{ADMISSION}/validatingadmissionpolicies/drill-guard{DRY}",
        body=LABEL,
    ),
    post(
        "make-webhook",
        "make a webhook that is shown every Secret",
        path=f"{ADMISSION}/validatingwebhookconfigurations{DRY}",
        body=_webhooks("ValidatingWebhookConfiguration"),
    ),
    post(
        "make-mutating-webhook",
        "make a webhook that changes every Secret",
        path=f"{ADMISSION}/mutatingwebhookconfigurations{DRY}",
        body=_webhooks("MutatingWebhookConfiguration"),
    ),
    patch(
        "change-other-webhook",
        "change a webhook configuration of others",
        path=f"{ADMISSION}/validatingwebhookconfigurations/drill-others{DRY}",
        body=LABEL,
    ),
    patch(
        "change-own-webhook",
        "change the webhook configuration of the installation",
        path=f"{ADMISSION}/validatingwebhookconfigurations/{{release}}-validate{DRY}",
        body=LABEL,
        permitted="api patch validatingwebhookconfigurations.admissionregistration.k8s.io */{release}-validate",
    ),
    get("list-webhooks", "list the webhook configurations", path=f"{ADMISSION}/validatingwebhookconfigurations"),
    patch(
        "change-definition",
        "change the definition of ExternalSecrets",
        path=f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/externalsecrets.external-secrets.io{DRY}",
        body=LABEL,
    ),
    delete(
        "delete-definition",
        "delete the definition of ExternalSecrets, and with it every one",
        path=f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/externalsecrets.external-secrets.io{DRY}",
    ),
    post(
        "take-over-api",
        "answer a group of the API itself, by aggregation",
        path=f"/apis/apiregistration.k8s.io/v1/apiservices{DRY}",
        body=made(
            "APIService",
            "v1.drill.example.com",
            api_version="apiregistration.k8s.io/v1",
            spec={
                "group": "drill.example.com",
                "version": "v1",
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
                "insecureSkipTLSVerify": True,
                "service": {"name": "drill", "namespace": "{ns}"},
            },
        ),
    ),
    post(
        "request-certificate",
        "request a client certificate of the API server",
        path=f"/apis/certificates.k8s.io/v1/certificatesigningrequests{DRY}",
        body=made(
            "CertificateSigningRequest",
            "drill-thief",
            api_version="certificates.k8s.io/v1",
            spec={"request": "{csr}", "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"]},
        ),
    ),
    put(
        "approve-certificate",
        "approve a request for a certificate",
        path=f"/apis/certificates.k8s.io/v1/certificatesigningrequests/drill-asked/approval{DRY}",
        body=made(
            "CertificateSigningRequest",
            "drill-asked",
            api_version="certificates.k8s.io/v1",
            spec={"request": "{csr}", "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"]},
            status={"conditions": [{"type": "Approved", "status": "True", "reason": "Drill"}]},
        ),
    ),
    post(
        "review-token",
        "ask whose a token is",
        path="/apis/authentication.k8s.io/v1/tokenreviews",
        body={"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "x"}},
    ),
    post(
        "review-access",
        "ask what others may do",
        path="/apis/authorization.k8s.io/v1/subjectaccessreviews",
        body={
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": "admin", "resourceAttributes": {"verb": "get", "resource": "secrets"}},
        },
    ),
)
