"""ESO's common cases as a table: what a provider holds, what is asked for, and the Secret that has to come of it.

Values and names are our own. Source: ESO 2.9, e2e/suites/provider/cases/common.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

NS: Final = "{ns}"
"""Stands for the namespace of a test, which makes its names at the provider unique."""
FAKE: Final = "fake"
VAULT: Final = "vault"
BOTH: Final = (FAKE, VAULT)
TARGET: Final = "target-secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The Secret, as far as ESO's own harness compares it."""

    data: Mapping[str, str]
    name: str = TARGET
    type: str = "Opaque"
    labels: Mapping[str, str] = field(default_factory=dict)
    """But for the two by which Secrets are reconciled."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    """But for the hash of the data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case."""

    remote: Mapping[str, str]
    """What the provider holds by key."""
    spec: Mapping[str, object]
    want: Wanted
    providers: Sequence[str] = BOTH
    """Which can. Vault holds JSON objects alone; Fake knows neither tags nor paths."""
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Of remote keys."""
    config_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def _data(**refs: tuple[str, str] | str) -> list[dict[str, object]]:
    """Build spec.data from key, or key and property, by key of the target."""
    remotes = {key: (ref, "") if isinstance(ref, str) else ref for key, ref in refs.items()}
    return [
        {"secretKey": key, "remoteRef": {"key": remote} | ({"property": path} if path else {})}
        for key, (remote, path) in remotes.items()
    ]


def _templated(template: Mapping[str, object], **target: object) -> dict[str, object]:
    return {"name": TARGET, "template": {"engineVersion": "v2", **template}, **target}


def _json(**fields: object) -> str:
    return json.dumps(fields, separators=(",", ":"))


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


_NAMED: Final = {"name": TARGET}
# ESO's harness sets an empty name, which Go leaves out of the JSON; the schema refuses one that is sent.
_UNNAMED: Final[Mapping[str, object]] = {}
_ONE: Final = f"{NS}-one"
_TWO: Final = f"{NS}-two"
_TWO_PLAIN: Final = {_ONE: "bar", _TWO: "bar"}
_TWO_OBJECTS: Final = {_ONE: _json(foo="foo-val", bar="x"), _TWO: _json(foo="y", bar="bar-val")}
_FIRST_AND_SECOND: Final = _data(first=(_ONE, "foo"), second=(_TWO, "bar"))
_BOTH_VALUES: Final = {"first": "foo-val", "second": "bar-val"}
_LOGIN: Final = {_ONE: _json(username="ann", password="sesame")}
_DOCKER: Final = _json(auths={"registry.test": {"auth": _base64("ann:sesame")}})
_SSH_KEY: Final = "-----BEGIN OPENSSH PRIVATE KEY-----\nbm90IGEga2V5\n-----END OPENSSH PRIVATE KEY-----"
_SENTENCE: Final = "no base64: a sentence"
_ENCODED: Final = {_ONE: _json(plain=_SENTENCE, coded=_base64("decoded"))}
_FOUND: Final = {f"{NS}-find-{each}": _json(v=each) for each in ("a", "b", "c")}
_IN_FOLDERS: Final = {f"{NS}/{each}": _json(v=each) for each in ("in/a", "in/b", "out/c")}
_TAGGED: Final = {key: {"test": NS} for key in _IN_FOLDERS}


def _find(**find: object) -> list[dict[str, object]]:
    return [{"find": find}]


CASES: Final[Mapping[str, Case]] = {
    "SimpleDataSync": Case(
        remote=_TWO_PLAIN,
        spec={"target": _NAMED, "data": _data(first=_ONE, second=_TWO)},
        want=Wanted(data={"first": "bar", "second": "bar"}),
        providers=(FAKE,),
    ),
    "SyncWithoutTargetName": Case(
        remote=_TWO_PLAIN,
        spec={"target": _UNNAMED, "data": _data(first=_ONE)},
        want=Wanted(data={"first": "bar"}, name="e2e-es"),
        providers=(FAKE,),
    ),
    "JSONDataWithProperty": Case(
        remote=_TWO_OBJECTS, spec={"target": _NAMED, "data": _FIRST_AND_SECOND}, want=Wanted(data=_BOTH_VALUES)
    ),
    "JSONDataWithoutTargetName": Case(
        remote=_TWO_OBJECTS,
        spec={"target": _UNNAMED, "data": _data(first=(_ONE, "foo"))},
        want=Wanted(data={"first": "foo-val"}, name="e2e-es"),
    ),
    "JSONDataWithTemplate": Case(
        remote=_TWO_OBJECTS,
        spec={
            "target": _templated(
                {
                    "metadata": {"labels": {"l": "label"}, "annotations": {"a": "note"}},
                    "data": {"executed": "{{ .first }}|{{ .second }}"},
                }
            ),
            "data": _FIRST_AND_SECOND,
        },
        want=Wanted(data={"executed": "foo-val|bar-val"}, labels={"l": "label"}, annotations={"a": "note"}),
    ),
    "JSONDataWithTemplateFromLiteral": Case(
        remote=_TWO_OBJECTS,
        spec={
            "target": _templated({"templateFrom": [{"literal": "executed-{{ .first }}: {{ .second }}"}]}),
            "data": _FIRST_AND_SECOND,
        },
        want=Wanted(data={"executed-foo-val": "bar-val"}),
    ),
    "TemplateFromConfigmaps": Case(
        remote=_TWO_OBJECTS,
        config_maps={"templates": {"value": "{{ .first }}-x", "all": "{{ .first }}: {{ .second }}"}},
        spec={
            "target": _templated(
                {
                    "templateFrom": [
                        {"configMap": {"name": "templates", "items": [{"key": "value", "templateAs": "Values"}]}},
                        {"configMap": {"name": "templates", "items": [{"key": "all", "templateAs": "KeysAndValues"}]}},
                    ]
                }
            ),
            "data": _FIRST_AND_SECOND,
        },
        want=Wanted(data={"value": "foo-val-x", "foo-val": "bar-val"}),
    ),
    "JSONDataFromSync": Case(
        remote=_LOGIN,
        spec={"target": _NAMED, "dataFrom": [{"extract": {"key": _ONE}}]},
        want=Wanted(data={"username": "ann", "password": "sesame"}),
    ),
    "JSONDataFromExtractProperty": Case(
        remote={_ONE: _json(db={"username": "ann", "password": "sesame", "port": 5432})},
        spec={"target": _NAMED, "dataFrom": [{"extract": {"key": _ONE, "property": "db"}}]},
        want=Wanted(data={"username": "ann", "password": "sesame", "port": "5432"}),
    ),
    "JSONDataFromRewrite": Case(
        remote=_LOGIN,
        spec={
            "target": _NAMED,
            "dataFrom": [{"extract": {"key": _ONE}, "rewrite": [{"regexp": {"source": "(.*)", "target": "my_$1"}}]}],
        },
        want=Wanted(data={"my_username": "ann", "my_password": "sesame"}),
    ),
    "NestedJSONWithGJSON": Case(
        remote={_ONE: _json(name={"first": "Ann"}, friends=[{"first": "Bo"}, {"first": "Cy"}])},
        spec={"target": _NAMED, "data": _data(name=(_ONE, "name.first"), friend=(_ONE, "friends.1.first"))},
        want=Wanted(data={"name": "Ann", "friend": "Cy"}),
    ),
    "DockerJSONConfig": Case(
        remote={_ONE: _json(config={"auths": {"registry.test": {"auth": _base64("ann:sesame")}}})},
        spec={
            "target": _templated({"data": {".dockerconfigjson": "{{ .config }}"}}),
            "data": _data(config=(_ONE, "config")),
        },
        want=Wanted(data={".dockerconfigjson": _DOCKER}),
    ),
    "DataPropertyDockerconfigJSON": Case(
        remote={_ONE: _json(config=_DOCKER)},
        spec={
            "target": _templated(
                {"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "{{ .config }}"}}
            ),
            "data": _data(config=(_ONE, "config")),
        },
        want=Wanted(data={".dockerconfigjson": _DOCKER}, type="kubernetes.io/dockerconfigjson"),
    ),
    "SSHKeySync": Case(
        remote={_ONE: _SSH_KEY},
        spec={
            "target": _templated({"type": "kubernetes.io/ssh-auth", "data": {"ssh-privatekey": "{{ .key }}"}}),
            "data": _data(key=_ONE),
        },
        want=Wanted(data={"ssh-privatekey": _SSH_KEY}, type="kubernetes.io/ssh-auth"),
        providers=(FAKE,),
    ),
    "SSHKeySyncDataProperty": Case(
        remote={_ONE: _json(key=_SSH_KEY)},
        spec={
            "target": _templated({"type": "kubernetes.io/ssh-auth", "data": {"ssh-privatekey": "{{ .key }}"}}),
            "data": _data(key=(_ONE, "key")),
        },
        want=Wanted(data={"ssh-privatekey": _SSH_KEY}, type="kubernetes.io/ssh-auth"),
    ),
    "DecodingPolicySync": Case(
        remote=_ENCODED,
        spec={
            "target": _NAMED,
            "dataFrom": [{"extract": {"key": _ONE, "decodingStrategy": "Auto"}}],
            "data": [
                {
                    "secretKey": strategy.lower(),
                    "remoteRef": {"key": _ONE, "property": "coded", "decodingStrategy": strategy},
                }
                for strategy in ("Base64", "None")
            ],
        },
        want=Wanted(
            data={"plain": _SENTENCE, "coded": "decoded", "base64": "decoded", "none": _base64("decoded")},
        ),
    ),
    "FindByName": Case(
        remote=_FOUND | {f"{NS}-other": _json(v="z")},
        spec={"target": _NAMED, "dataFrom": _find(name={"regexp": f"^{NS}-find-.+$"})},
        want=Wanted(data=_FOUND),
    ),
    "FindByNameAndRewrite": Case(
        remote=_FOUND,
        spec={
            "target": _NAMED,
            "dataFrom": [
                {
                    "find": {"name": {"regexp": f"^{NS}-find-.+$"}},
                    "rewrite": [{"regexp": {"source": f"{NS}-find-(.*)", "target": "$1"}}],
                }
            ],
        },
        want=Wanted(data={each: _json(v=each) for each in ("a", "b", "c")}),
    ),
    "FindByNameWithPath": Case(
        remote=_IN_FOLDERS,
        spec={"target": _NAMED, "dataFrom": _find(path=f"{NS}/in", name={"regexp": ".+"})},
        want=Wanted(data={f"{NS}_in_{each}": _json(v=f"in/{each}") for each in ("a", "b")}),
        providers=(VAULT,),
    ),
    "FindByTag": Case(
        remote=_IN_FOLDERS,
        tags=_TAGGED,
        spec={"target": _NAMED, "dataFrom": _find(tags={"test": NS})},
        want=Wanted(data={key.replace("/", "_"): value for key, value in _IN_FOLDERS.items()}),
        providers=(VAULT,),
    ),
    "FindByTagWithPath": Case(
        remote=_IN_FOLDERS,
        tags=_TAGGED,
        spec={"target": _NAMED, "dataFrom": _find(path=f"{NS}/in", tags={"test": NS})},
        want=Wanted(data={f"{NS}_in_{each}": _json(v=f"in/{each}") for each in ("a", "b")}),
        providers=(VAULT,),
    ),
}
"""All but the two that are about what happens later: DeletionPolicyDelete and StatusNotUpdatedAfterSuccessfulSync."""
