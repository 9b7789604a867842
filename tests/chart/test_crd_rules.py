"""The CRDs refuse what ESO's webhook refuses, as far as a schema can, and nothing else.

What was stored before the rules can still be worked with: an API server lets what was wrong before stay wrong.

Source: ESO, the webhooks of ExternalSecret and SecretStore, and Go's time.ParseDuration.
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Final
from uuid import uuid4

import msgspec
import pytest
import yaml

from bulkhead_testkit.admin import Admin, AdminError, Manifest, path_of, wait_for
from bulkhead_testkit.controlplane import ControlPlane
from bulkhead_testkit.definitions import wait_until_served
from bulkhead_testkit.helm import CHART

pytestmark = pytest.mark.slow

Spec = Mapping[str, object]

DATA: Final[Spec] = {"data": [{"secretKey": "k", "remoteRef": {"key": "k"}}]}
EXTRACT: Final[Spec] = {"extract": {"key": "k"}}
GENERATOR: Final[Spec] = {"sourceRef": {"generatorRef": {"kind": "Password", "name": "p"}}}
ACCOUNT: Final[Spec] = {"metadata": {"annotations": {"kubernetes.io/service-account.name": "robot"}}}
NO_DURATION: Final = "spec.refreshInterval: Invalid value"


def _window(duration: str) -> Spec:
    return {"syncWindows": {"kind": "deny", "windows": [{"schedule": "@daily", "duration": duration}]}}


def _target(creation_policy: str, deletion_policy: str) -> Spec:
    return {"target": {"creationPolicy": creation_policy, "deletionPolicy": deletion_policy}}


def _template(**template: object) -> Spec:
    return {"target": {"template": template}}


DURATIONS: Final = (
    *("0", "+0", "-0", "1h", "-1h", "+5m", "1.5h", "5.h", ".5s", "1h30m", "1ns", "1us", "1µs", "1μs", "2562047h"),
    *("-9223372036854775808ns", "0.00000000000000000000000001h"),
)
NO_DURATIONS: Final = ("", "60", "00", "1d", "1H", "soon", "1h ", " 1h", "1h\n", "+-1h", "1h-5m", "1.5.5h", ".", "٣h")

TAKEN: Final[Mapping[str, Spec]] = {
    **{f"interval {text!r}": {"refreshInterval": text} for text in DURATIONS},
    **{f"window {text!r}": _window(text) for text in DURATIONS},
    **{
        f"{creation} {deletion}": _target(creation, deletion)
        for creation, deletion in (
            *(("Owner", each) for each in ("Delete", "Merge", "Retain")),
            *(("Orphan", each) for each in ("Delete", "Merge", "Retain")),
            *(("Merge", each) for each in ("Merge", "Retain")),
            *(("CreateOrMerge", each) for each in ("Merge", "Retain")),
            ("None", "Retain"),
        )
    },
    "a target that says nothing": {"target": {}},
    "dataFrom alone": {"data": [], "dataFrom": [EXTRACT]},
    "a find of nothing in particular": {"dataFrom": [{"find": {}}]},
    "a store and nothing to read": {"dataFrom": [{"sourceRef": {"storeRef": {}}}]},
    "a generator": {"dataFrom": [GENERATOR]},
    "a generator for one key": {"data": [{"secretKey": "k", "remoteRef": {"key": "k"}, **GENERATOR}]},
    "a secretKey twice": {"data": [{"secretKey": "k", "remoteRef": {"key": key}} for key in "ab"]},
    "a template of a token with no account": _template(type="kubernetes.io/service-account-token"),
    "a template with an account and no token": _template(type="Opaque", **ACCOUNT),
}

REFUSED: Final[Mapping[str, tuple[Spec, str]]] = {
    **{f"interval {text!r}": ({"refreshInterval": text}, NO_DURATION) for text in NO_DURATIONS},
    **{
        f"window {text!r}": (_window(text), "spec.syncWindows.windows[0].duration: Invalid value")
        for text in NO_DURATIONS
    },
    **{
        f"{creation} Delete": (
            _target(creation, "Delete"),
            "spec.target: Invalid value: deletionPolicy Delete needs creationPolicy Owner or Orphan",
        )
        for creation in ("Merge", "None", "CreateOrMerge")
    },
    "None Merge": (
        _target("None", "Merge"),
        "spec.target: Invalid value: deletionPolicy Merge needs a Secret, and creationPolicy None makes none",
    ),
    "neither data nor dataFrom": ({"data": []}, "spec: Invalid value: give an entry of data or dataFrom"),
    "an entry that is empty": ({"dataFrom": [{}]}, "spec.dataFrom[0]: Invalid value: give extract, find or sourceRef"),
    "an entry that renames nothing": (
        {"dataFrom": [{"rewrite": []}]},
        "spec.dataFrom[0]: Invalid value: give extract, find or sourceRef",
    ),
    "extract and find": (
        {"dataFrom": [{**EXTRACT, "find": {}}]},
        "spec.dataFrom[0]: Invalid value: give extract or find, or make two entries of it",
    ),
    "a generator and extract": (
        {"dataFrom": [{**EXTRACT, **GENERATOR}]},
        "spec.dataFrom[0]: Invalid value: a generator has nothing to extract or find",
    ),
    "a generator and find": (
        {"dataFrom": [{"find": {}, **GENERATOR}]},
        "spec.dataFrom[0]: Invalid value: a generator has nothing to extract or find",
    ),
    "a template of a bootstrap token": (
        _template(type="bootstrap.kubernetes.io/token"),
        "spec.target.template: Invalid value: a template must not make bootstrap tokens",
    ),
    "a template of an account's token": (
        _template(type="kubernetes.io/service-account-token", **ACCOUNT),
        "spec.target.template: Invalid value: a template must not make tokens of a service account",
    ),
}

STORE_INTERVALS: Final = (
    0,
    1,
    5.0,
    2**31 - 1,
    "",
    *(each for each in DURATIONS if each[0] != "-" or each == "-0"),
    "-0s",
    "-0.5ns",
)
NO_STORE_INTERVALS: Final = (-1, 2**31, "-1h", "-0h1s", *(each for each in NO_DURATIONS if each))


@pytest.fixture(scope="module")
def admin(shared_plane: ControlPlane) -> Iterator[Admin]:
    with Admin(shared_plane.admin_kubeconfig) as admin:
        yield admin


def _external_secret(spec: Spec) -> Manifest:
    return _object("ExternalSecret", {**DATA, **spec})


def _store(kind: str, interval: object) -> Manifest:
    return _object(kind, {"provider": {"fake": {"data": []}}, "refreshInterval": interval})


def _object(kind: str, spec: Spec | None) -> Manifest:
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": kind,
        "metadata": {"name": "tried"} | ({} if kind.startswith("Cluster") else {"namespace": "default"}),
        **({} if spec is None else {"spec": spec}),
    }


def _rehearse(admin: Admin, manifest: Manifest) -> str:
    """Send an object for a rehearsal and give what is said against it; empty if it is taken."""
    path = path_of(manifest).rpartition("/")[0]
    try:
        admin.request("POST", f"{path}?dryRun=All&fieldValidation=Strict", body=manifest)
    except AdminError as error:
        # The API server's message stands in the error as JSON.
        return str(error).replace('\\"', '"')
    return ""


@pytest.mark.parametrize("spec", TAKEN.values(), ids=TAKEN)
def test_what_eso_takes_is_taken(admin: Admin, spec: Spec) -> None:
    assert _rehearse(admin, _external_secret(spec)) == ""


@pytest.mark.parametrize(("spec", "says"), REFUSED.values(), ids=REFUSED)
def test_what_esos_webhook_refuses_is_refused(admin: Admin, spec: Spec, says: str) -> None:
    assert says in _rehearse(admin, _external_secret(spec))


@pytest.mark.parametrize("kind", ["SecretStore", "ClusterSecretStore"])
def test_a_store_has_an_interval_that_eso_reads(admin: Admin, kind: str) -> None:
    assert {each: _rehearse(admin, _store(kind, each)) for each in STORE_INTERVALS} == dict.fromkeys(
        STORE_INTERVALS, ""
    )
    for each in NO_STORE_INTERVALS:
        assert "spec.refreshInterval: Invalid value" in _rehearse(admin, _store(kind, each)), each


@pytest.mark.parametrize("kind", ["ExternalSecret", "SecretStore", "ClusterSecretStore"])
def test_an_object_without_a_spec_is_refused(admin: Admin, kind: str) -> None:
    assert "spec: Required value: give a spec" in _rehearse(admin, _object(kind, None))


def test_a_cluster_external_secret_may_hold_what_no_external_secret_may(admin: Admin) -> None:
    spec = {"externalSecretSpec": {"refreshInterval": "soon"}, "namespaces": ["default"]}
    assert _rehearse(admin, _object("ClusterExternalSecret", spec)) == ""


class Served(msgspec.Struct, frozen=True):
    class Metadata(msgspec.Struct, frozen=True):
        finalizers: list[str] = []

    metadata: Metadata
    status: dict[str, object] = {}


STORED: Final[Mapping[str, Mapping[str, object]]] = {
    **{f"wrong-{place}": {"spec": {**DATA, **spec}} for place, (spec, _) in enumerate(REFUSED.values())},
    "without-a-spec": {},
}


@pytest.fixture(scope="module")
def stored(admin: Admin) -> Iterator[Mapping[str, Manifest]]:
    """Objects that stood there before their definition had rules: of a copy of it, under a group of its own."""
    group = f"g{uuid4().hex[:8]}.example.com"
    crd = yaml.safe_load((CHART / "files" / "crds" / "externalsecrets.yaml").read_text())
    crd["metadata"]["name"] = f"externalsecrets.{group}"
    crd["spec"] |= {"group": group, "names": {"kind": "ExternalSecret", "plural": "externalsecrets"}}
    admin.apply(_without_rules(crd))
    wait_until_served(admin)
    objects = {
        name: {
            "apiVersion": f"{group}/v1",
            "kind": "ExternalSecret",
            "metadata": {"name": name, "namespace": "default", "finalizers": ["example.com/held"]},
            **wrong,
        }
        for name, wrong in STORED.items()
    }
    for each in objects.values():
        admin.create(each)
    admin.apply(crd)
    new = {**objects["without-a-spec"], "metadata": {"name": "new", "namespace": "default"}}
    wait_for(lambda: _rehearse(admin, new) or None, what="the rules are in force")
    yield objects
    # Its objects go with it.
    admin.delete(crd)


def _without_rules(crd: Manifest) -> Manifest:
    """Give the definition as it was without any rule in CEL and without patterns."""
    bare = copy.deepcopy(crd)
    _strip(bare)
    return bare


def _strip(node: object) -> None:
    match node:
        case dict():
            for name in ("x-kubernetes-validations", "pattern"):
                if not isinstance(node.get(name), dict):
                    node.pop(name, None)
            for child in node.values():
                _strip(child)
        case list():
            for child in node:
                _strip(child)
        case _:
            pass


def test_a_wrong_object_from_before_the_rules_takes_a_status_and_metadata_and_can_be_let_go(
    admin: Admin, stored: Mapping[str, Manifest]
) -> None:
    for each in stored.values():
        admin.replace_status({**each, "status": {"syncedResourceVersion": "1-a"}})
        admin.patch_metadata(each, labels={"a": "b"}, annotations={"force-sync": "1"})
        admin.delete(each)
        admin.patch_metadata(each, annotations={"force-sync": "2"})
        served = admin.get(path_of(each), Served)
        assert served is not None
        assert served.status == {"syncedResourceVersion": "1-a"}
        admin.patch_metadata(each, finalizers=[])
        assert admin.get(path_of(each), Served) is None
