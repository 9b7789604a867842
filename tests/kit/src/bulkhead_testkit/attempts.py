"""What a thief of the controller's token may try, and in which profile it works: the table behind docs/profiles.md.

An attempt has one Secret of its own, if any, so that attempts do not meet.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from bulkhead_controller.profile import Profile
from bulkhead_target.hashing import created_by
from bulkhead_testkit.caller import (
    APPLY_PATCH,
    CANARY,
    JSON,
    JSON_PATCH,
    MANAGED,
    MERGE_PATCH,
    METADATA_ONLY,
    Caller,
    Reply,
    owner,
    secret,
)

OPTED_IN: Final = "opted-in"
ELSEWHERE: Final = "elsewhere"
RELEASES: Final = {
    Profile.STRICT: "bulkhead",
    Profile.NAMESPACED: "namespaced",
    Profile.ESO_COMPAT: "eso-compat",
}
"""The release of each profile, in the namespace `<release>-system`; the strict one is the session's."""
PROFILES: Final = tuple(RELEASES)
GROUP: Final = "/apis/external-secrets.io/v1"
RBAC: Final = "/apis/rbac.authorization.k8s.io/v1"
_EXTERNAL_SECRET: Final = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "ExternalSecret",
    "spec": {"secretStoreRef": {"name": "main"}, "data": [{"secretKey": "a", "remoteRef": {"key": "a"}}]},
}
FINALIZER: Final = "externalsecrets.external-secrets.io/externalsecret-cleanup"
CREATED_BY: Final = "reconcile.external-secrets.io/created-by"
TOKEN_TYPE: Final = "kubernetes.io/service-account-token"
TOKEN_REQUEST: Final = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}

Body = Callable[["Stage"], object]
Lay = Callable[["Stage"], dict[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One profile's thief, and the one object that is there for one attempt."""

    profile: Profile
    admin: Caller
    thief: Caller
    app_uids: Mapping[str, str]
    """Uid of the ExternalSecret `app` by namespace, so that the garbage collector lets live what it owns."""
    name: str = ""
    """Of the object of this attempt."""
    namespace: str = ""
    """Of the same."""

    @property
    def release(self) -> str:
        """Name of the profile's release."""
        return RELEASES[self.profile]

    @property
    def release_namespace(self) -> str:
        """Where it is installed."""
        return f"{self.release}-system"

    def owned_by_app(self) -> object:
        """Give the ownerReference of the namespace's ExternalSecret `app`."""
        return owner("app", uid=self.app_uids[self.namespace])

    def fill(self, path: str) -> str:
        """Put the names of this attempt into a path."""
        return path.format(
            name=self.name,
            here=f"/api/v1/namespaces/{self.namespace}",
            es=f"{GROUP}/namespaces/{self.namespace}/externalsecrets",
            release=self.release,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One thing that a thief tries."""

    does: str
    """As the row of the document says it."""
    allowed: frozenset[Profile]
    path: str
    method: str = "GET"
    namespace: str = ELSEWHERE
    """`release` means that of the profile's own release."""
    body: Body = lambda _stage: None
    lay: Lay | None = None
    """The Secret that is there before."""
    content_type: str = JSON
    accept: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    def by(self, stage: Stage) -> Reply:
        """Let the thief try."""
        return stage.thief.call(
            self.method,
            stage.fill(self.path),
            self.body(stage),
            content_type=self.content_type,
            accept=self.accept,
            headers=self.headers,
        )


NONE: Final[frozenset[Profile]] = frozenset()
COMPAT: Final = frozenset({Profile.ESO_COMPAT})
READERS: Final = frozenset({Profile.NAMESPACED, Profile.ESO_COMPAT})
ALL: Final = frozenset(PROFILES)

SECRETS: Final = "{here}/secrets"
ONE: Final = "{here}/secrets/{name}"


def _laid(
    *,
    labels: Mapping[str, str] = MANAGED,
    finalizers: Sequence[str] = (),
    type_: str = "Opaque",
    annotations: Mapping[str, str] | None = None,
) -> Lay:
    return lambda stage: secret(stage.name, labels=labels, finalizers=finalizers, type_=type_, annotations=annotations)


def _sent(
    *,
    labels: Mapping[str, str] = MANAGED,
    owners: Sequence[object] = (),
    type_: str = "Opaque",
    annotations: Mapping[str, str] | None = None,
) -> Body:
    return lambda stage: secret(
        stage.name, value="stolen", labels=labels, owners=owners, type_=type_, annotations=annotations
    )


def owned(stage: Stage, *, value: str = CANARY, labels: Mapping[str, str] = MANAGED) -> dict[str, object]:
    """Build a Secret that the ExternalSecret `app` controls."""
    return secret(stage.name, value=value, labels=labels, owners=[stage.owned_by_app()])


def of_app(stage: Stage, name: str = "app") -> dict[str, str]:
    """Give the labels of a Secret that an ExternalSecret made."""
    return {**MANAGED, CREATED_BY: created_by(stage.namespace, name)}


_unmanaged: Final = _laid(labels={})
_managed: Final = _laid()
_stolen: Final = _sent()


def _always(value: object) -> Body:
    return lambda _stage: value


_put = partial(Attempt, method="PUT", path=ONE)
_post = partial(Attempt, method="POST", path=SECRETS)
_delete = partial(Attempt, method="DELETE", path=ONE)
_patch = partial(Attempt, method="PATCH", path=ONE, content_type=MERGE_PATCH)
_on_app = partial(Attempt, method="PATCH", path="{es}/app", content_type=MERGE_PATCH, allowed=NONE, namespace=ELSEWHERE)

ATTEMPTS: Final = (
    Attempt(does="read a Secret", allowed=COMPAT, path=ONE, lay=_unmanaged),
    Attempt(
        does="read a Secret of a namespace that opted in", allowed=READERS, path=ONE, lay=_unmanaged, namespace=OPTED_IN
    ),
    Attempt(
        does="read a ServiceAccount's token in a Secret of a namespace that opted in",
        allowed=READERS,
        path=ONE,
        lay=_laid(labels={}, type_=TOKEN_TYPE, annotations={"kubernetes.io/service-account.name": "default"}),
        namespace=OPTED_IN,
    ),
    Attempt(
        does="read the Secret of the certificate authority",
        allowed=COMPAT,
        path="{here}/secrets/{release}-ca",
        namespace="release",
    ),
    Attempt(
        does="read a provider's credential in the release's namespace",
        allowed=COMPAT,
        path=ONE,
        lay=_unmanaged,
        namespace="release",
    ),
    Attempt(does="read a Secret's metadata only", allowed=COMPAT, path=ONE, lay=_unmanaged, accept=METADATA_ONLY),
    Attempt(does="list Secrets of a namespace", allowed=COMPAT, path=SECRETS, lay=_unmanaged),
    Attempt(
        does="list Secrets of a namespace that opted in",
        allowed=READERS,
        path=SECRETS,
        lay=_unmanaged,
        namespace=OPTED_IN,
    ),
    Attempt(
        does="list only managed Secrets of a namespace",
        allowed=COMPAT,
        path=SECRETS + "?labelSelector=reconcile.external-secrets.io/managed=true",
        lay=_managed,
    ),
    Attempt(does="list Secrets of all namespaces", allowed=COMPAT, path="/api/v1/secrets", lay=_unmanaged),
    Attempt(
        does="watch Secrets of a namespace",
        allowed=COMPAT,
        path=SECRETS + "?watch=true&timeoutSeconds=1",
        lay=_unmanaged,
    ),
    Attempt(
        does="watch Secrets of a namespace that opted in",
        allowed=READERS,
        path=SECRETS + "?watch=true&timeoutSeconds=1",
        lay=_unmanaged,
        namespace=OPTED_IN,
    ),
    Attempt(
        does="watch Secrets of all namespaces",
        allowed=COMPAT,
        path="/api/v1/secrets?watch=true&timeoutSeconds=1",
        lay=_unmanaged,
    ),
    _patch(does="read through a merge patch", allowed=NONE, lay=_unmanaged, body=_always({"data": {}})),
    _patch(
        does="read through a JSON patch, in a namespace that opted in",
        allowed=NONE,
        lay=_unmanaged,
        body=_always([{"op": "test", "path": "/data/password", "value": "x"}]),
        content_type=JSON_PATCH,
        namespace=OPTED_IN,
    ),
    _patch(
        does="read through an apply patch",
        allowed=NONE,
        path=ONE + "?fieldManager=x&force=true",
        lay=_unmanaged,
        body=_sent(),
        content_type=APPLY_PATCH,
    ),
    _delete(does="delete all Secrets of a namespace at once", allowed=NONE, path=SECRETS, lay=_managed),
    _delete(
        does="delete all Secrets of a namespace that opted in at once",
        allowed=NONE,
        path=SECRETS,
        lay=_managed,
        namespace=OPTED_IN,
    ),
    _post(does="create a managed Secret", allowed=ALL, body=_stolen),
    _post(does="create a Secret without the managed label", allowed=COMPAT, body=_sent(labels={})),
    _put(
        does="overwrite what an ExternalSecret manages, in its name",
        allowed=ALL,
        lay=owned,
        body=partial(owned, value="stolen"),
    ),
    _put(
        does="overwrite a managed Secret in the name of another ExternalSecret",
        allowed=COMPAT,
        lay=owned,
        body=_sent(owners=[owner("other")]),
    ),
    _put(
        does="the same in a namespace that opted in",
        allowed=COMPAT,
        lay=owned,
        body=_sent(owners=[owner("other")]),
        namespace=OPTED_IN,
    ),
    _put(
        does="take the owner off a managed Secret that does not say who made it",
        allowed=COMPAT,
        lay=owned,
        body=_stolen,
    ),
    _put(
        does="take the owner off a managed Secret that says who made it",
        allowed=ALL,
        lay=lambda stage: owned(stage, labels=of_app(stage)),
        body=lambda stage: secret(stage.name, value="stolen", labels=of_app(stage)),
    ),
    _put(does="take the managed label off", allowed=COMPAT, lay=_managed, body=_sent(labels={})),
    _put(does="overwrite an unmanaged Secret", allowed=COMPAT, lay=_unmanaged, body=_stolen),
    _put(
        does="overwrite an unmanaged Secret of a namespace that opted in",
        allowed=READERS,
        lay=_unmanaged,
        body=_stolen,
        namespace=OPTED_IN,
    ),
    _put(
        does="overwrite an unmanaged Secret of a namespace that opted in, without the managed label",
        allowed=COMPAT,
        lay=_unmanaged,
        body=_sent(labels={}),
        namespace=OPTED_IN,
    ),
    _put(
        does="overwrite a Secret of the release's namespace",
        allowed=COMPAT,
        lay=_managed,
        body=_stolen,
        namespace="release",
    ),
    _post(does="create a managed Secret in kube-system", allowed=COMPAT, body=_stolen, namespace="kube-system"),
    _put(
        does="overwrite a managed Secret in kube-system",
        allowed=COMPAT,
        lay=_managed,
        body=_stolen,
        namespace="kube-system",
    ),
    _delete(does="delete a managed Secret", allowed=ALL, lay=_managed),
    _delete(does="delete an unmanaged Secret", allowed=COMPAT, lay=_unmanaged),
    _delete(
        does="delete an unmanaged Secret of a namespace that opted in",
        allowed=COMPAT,
        lay=_unmanaged,
        namespace=OPTED_IN,
    ),
    _delete(
        does="read a managed Secret by deleting it in the foreground",
        allowed=COMPAT,
        path=ONE + "?propagationPolicy=Foreground",
        lay=_managed,
    ),
    _delete(
        does="read a managed Secret with a finalizer by deleting it",
        allowed=COMPAT,
        lay=_laid(finalizers=["example.com/theirs"]),
    ),
    _post(
        does="create a Secret that becomes a ServiceAccount's token",
        allowed=NONE,
        body=_sent(type_=TOKEN_TYPE, annotations={"kubernetes.io/service-account.name": "default"}),
    ),
    _post(
        does="create a bootstrap token, with which a node joins",
        allowed=NONE,
        body=_sent(type_="bootstrap.kubernetes.io/token"),
        namespace="kube-system",
    ),
    _post(does="create a release of Helm", allowed=COMPAT, body=_sent(type_="helm.sh/release.v1")),
    _post(
        does="ask for a ServiceAccount's token",
        allowed=NONE,
        path="{here}/serviceaccounts/default/token",
        body=_always(TOKEN_REQUEST),
    ),
    _post(
        does="ask for a token of the certcontroller",
        allowed=NONE,
        path="{here}/serviceaccounts/{release}-certcontroller/token",
        body=_always(TOKEN_REQUEST),
        namespace="release",
    ),
    Attempt(does="read ConfigMaps", allowed=COMPAT, path="{here}/configmaps"),
    Attempt(
        does="read ConfigMaps of a namespace that opted in",
        allowed=READERS,
        path="{here}/configmaps",
        namespace=OPTED_IN,
    ),
    _post(
        does="create a ConfigMap",
        allowed=NONE,
        path="{here}/configmaps",
        body=lambda stage: {"metadata": {"name": stage.name}},
        namespace=OPTED_IN,
    ),
    Attempt(does="list Pods", allowed=NONE, path="{here}/pods"),
    Attempt(does="list nodes", allowed=NONE, path="/api/v1/nodes"),
    _post(
        does="create a Pod that mounts a Secret",
        allowed=NONE,
        path="{here}/pods",
        body=lambda stage: {"metadata": {"name": stage.name}},
    ),
    Attempt(
        does="act as another user",
        allowed=NONE,
        path="/api/v1/secrets",
        headers={"Impersonate-User": "admin", "Impersonate-Group": "system:masters"},
    ),
    _post(
        does="bind itself to another role",
        allowed=NONE,
        path=f"{RBAC}/clusterrolebindings",
        body=lambda stage: {
            "metadata": {"name": stage.name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        },
    ),
    _patch(
        does="give its own role more rights",
        allowed=NONE,
        path=f"{RBAC}/clusterroles/{{release}}-controller",
        body=_always({"rules": []}),
    ),
    _delete(
        does="take the fence away",
        allowed=NONE,
        path="/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/{release}-secrets",
    ),
    Attempt(does="list ExternalSecrets of all namespaces", allowed=ALL, path=f"{GROUP}/externalsecrets"),
    _post(
        does="create an ExternalSecret",
        allowed=NONE,
        path="{es}",
        body=lambda stage: {**_EXTERNAL_SECRET, "metadata": {"name": stage.name}},
    ),
    _post(
        does="create an ExternalSecret in the name of a ClusterExternalSecret",
        allowed=ALL,
        path="{es}",
        body=lambda stage: {
            **_EXTERNAL_SECRET,
            "metadata": {"name": stage.name, "ownerReferences": [owner("fleet", kind="ClusterExternalSecret")]},
        },
    ),
    _on_app(does="change the spec of an ExternalSecret", body=_always({"spec": {"target": {"name": "elsewhere"}}})),
    _on_app(does="change the labels of an ExternalSecret", body=_always({"metadata": {"labels": {"a": "b"}}})),
    _on_app(does="delete an ExternalSecret", method="DELETE"),
    _on_app(
        does="set Bulkhead's finalizer on an ExternalSecret",
        allowed=ALL,
        body=_always({"metadata": {"finalizers": ["example.com/theirs", FINALIZER]}}),
    ),
    _on_app(
        does="change the status of an ExternalSecret",
        allowed=ALL,
        path="{es}/app/status",
        body=_always({"status": {"syncedResourceVersion": "1-x"}}),
    ),
    _post(
        does="create a store",
        allowed=NONE,
        path=f"{GROUP}/namespaces/{ELSEWHERE}/secretstores",
        body=lambda stage: {"metadata": {"name": stage.name}, "spec": {}},
    ),
)
