"""Objects that are made up: of the types that their schema says, with much in them that is wrong in other ways."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from typing import Final, cast

from hypothesis import strategies as st

from bulkhead_testkit.rules import Rule, rules_of
from bulkhead_validation.node import Json

Document = dict[str, Json]
Place = tuple[str | int, ...]
Values = st.SearchStrategy[Json]

_NAMES: Final[Values] = st.sampled_from(["main", "other"])
_KEYS: Final[Values] = st.sampled_from(["a", "b", "db/pass"])
_TEXTS: Final[Values] = st.sampled_from(["", "plain", "{{ .a }}", "{{ end }}", "{{ nope . }}", "(a+)+$", "(", "[a-"])
_INTERVALS: Final[Values] = st.sampled_from(
    ["1h", "0", "-1h", "-0.5s", "-0s", "-0.00000000001s", "1d", "60", "", "1h ", "+5m", "1.5h", ".5s", "1h30m", "1µs"]
)
_STORE: Final[Values] = st.fixed_dictionaries(
    {}, optional={"name": _NAMES, "kind": st.sampled_from(["SecretStore", "ClusterSecretStore"])}
)
_GENERATOR: Final[Values] = st.just({"kind": "Password", "name": "p"})
_SOURCE: Final[Values] = st.one_of(
    st.fixed_dictionaries({"storeRef": _STORE}), st.fixed_dictionaries({"generatorRef": _GENERATOR})
)
_REMOTE: Final[Values] = st.fixed_dictionaries({"key": _KEYS}, optional={"property": _KEYS})
_SELECTOR: Final[Values] = st.one_of(
    st.just({}),
    st.just({"matchLabels": {"team": "a"}}),
    st.fixed_dictionaries(
        {
            "matchExpressions": st.lists(
                st.fixed_dictionaries(
                    {"key": st.just("team"), "operator": st.sampled_from(["In", "Exists", "Equals"])},
                    optional={"values": st.lists(st.sampled_from(["a", "b"]), max_size=2)},
                ),
                max_size=2,
            )
        }
    ),
)
_TEMPLATE: Final[Values] = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(
            ["Opaque", "kubernetes.io/tls", "kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"]
        ),
        "data": st.dictionaries(st.sampled_from(["a", "tls.crt", "tls.key"]), _TEXTS, max_size=2),
        "mergePolicy": st.sampled_from(["Replace", "Merge"]),
        "metadata": st.fixed_dictionaries(
            {},
            optional={
                "annotations": st.dictionaries(
                    st.sampled_from(["kubernetes.io/service-account.name", "note"]), _TEXTS, max_size=2
                ),
                "finalizers": st.lists(st.sampled_from(["example.com/a", "orphan", "plain"]), max_size=2),
            },
        ),
        "templateFrom": st.lists(
            st.fixed_dictionaries(
                {"literal": _TEXTS},
                optional={"target": st.sampled_from(["", "data", "Labels", "ANNOTATIONS", "spec.a", "Spec"])},
            ),
            max_size=2,
        ),
    },
)
_MANIFEST: Final[Values] = st.fixed_dictionaries(
    {
        "apiVersion": st.sampled_from(["v1", "apps/v1", "core/v1"]),
        "kind": st.sampled_from(["Secret", "ConfigMap"]),
    }
)
_TARGET: Final[Values] = st.fixed_dictionaries(
    {},
    optional={
        "creationPolicy": st.sampled_from(["Owner", "Orphan", "Merge", "None", "CreateOrMerge"]),
        "deletionPolicy": st.sampled_from(["Retain", "Delete", "Merge"]),
        "template": _TEMPLATE,
        "manifest": _MANIFEST,
    },
)
_EXTRACTS: Final[Values] = st.fixed_dictionaries(
    {},
    optional={
        "extract": _REMOTE,
        "find": st.fixed_dictionaries({"name": st.fixed_dictionaries({"regexp": _TEXTS})}),
        "sourceRef": _SOURCE,
    },
)
_EXTERNAL_SECRETS: Final[Values] = st.fixed_dictionaries(
    {},
    optional={
        "secretStoreRef": _STORE,
        "refreshInterval": _INTERVALS,
        "target": _TARGET,
        "data": st.lists(
            st.fixed_dictionaries(
                {"secretKey": st.sampled_from(["a", "b"]), "remoteRef": _REMOTE}, optional={"sourceRef": _SOURCE}
            ),
            max_size=3,
        ),
        "dataFrom": st.lists(_EXTRACTS, max_size=2),
    },
)
_TEMPLATED: Final[Values] = st.fixed_dictionaries(
    {
        "secretStoreRef": st.just({"name": "main"}),
        "data": st.just([{"secretKey": "a", "remoteRef": {"key": "a"}}]),
        "target": st.fixed_dictionaries(
            {"template": _TEMPLATE},
            optional={"manifest": _MANIFEST, "creationPolicy": st.sampled_from(["Merge", "None"])},
        ),
    }
)
_STORES: Final[Values] = st.fixed_dictionaries(
    {"provider": st.just({"fake": {"data": []}})},
    optional={
        "refreshInterval": st.one_of(_INTERVALS, st.sampled_from([0, 60, -1, -60, 2**31 - 1, 2**31])),
        "retrySettings": st.fixed_dictionaries({}, optional={"retryInterval": _INTERVALS}),
        "conditions": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "namespaces": st.lists(st.sampled_from(["team-a", "team-b"]), max_size=1),
                    "namespaceSelector": _SELECTOR,
                    "namespaceRegexes": st.lists(_TEXTS, max_size=1),
                },
            ),
            max_size=3,
        ),
    },
)
_PUSH_SECRETS: Final[Values] = st.fixed_dictionaries(
    {
        "secretStoreRefs": st.lists(
            st.fixed_dictionaries({}, optional={"name": _NAMES, "labelSelector": _SELECTOR}), max_size=2
        ),
        "selector": st.one_of(
            st.fixed_dictionaries(
                {"secret": st.fixed_dictionaries({}, optional={"name": _NAMES, "selector": _SELECTOR})}
            ),
            st.fixed_dictionaries({"generatorRef": _GENERATOR}),
        ),
    },
    optional={
        "data": st.lists(
            st.fixed_dictionaries(
                {
                    "match": st.fixed_dictionaries(
                        {
                            "remoteRef": st.fixed_dictionaries(
                                {"remoteKey": st.sampled_from(["", "a"])},
                                optional={"property": st.sampled_from(["", "p"])},
                            )
                        }
                    )
                }
            ),
            max_size=3,
        )
    },
)
_GENERATORS: Final[Values] = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["UUID", "SSHKey", "Fake"]),
        "generator": st.sampled_from([{"uuidSpec": {}}, {"sshKeySpec": {}}, {"fakeSpec": {"data": {"a": "b"}}}]),
    }
)
_CHILDREN: Final[Values] = st.one_of(_EXTERNAL_SECRETS, _TEMPLATED)
_SPECS: Final[Mapping[str, Values]] = {
    "ExternalSecret": _CHILDREN,
    "ClusterExternalSecret": st.fixed_dictionaries(
        {"externalSecretSpec": _CHILDREN}, optional={"namespaceSelectors": st.lists(_SELECTOR, max_size=2)}
    ),
    "SecretStore": _STORES,
    "ClusterSecretStore": _STORES,
    "PushSecret": _PUSH_SECRETS,
    "ClusterPushSecret": st.fixed_dictionaries({"pushSecretSpec": _PUSH_SECRETS, "namespaceSelectors": st.just([{}])}),
    "ClusterGenerator": _GENERATORS,
}
KINDS: Final = tuple(_SPECS)
"""Kinds that objects can be made up of."""


def documents(kind: str) -> st.SearchStrategy[Document]:
    """Make up objects: from nothing, or from two of the table with parts of one in the other."""
    return st.one_of(_made_up(kind), _crossed(kind))


def _made_up(kind: str) -> st.SearchStrategy[Document]:
    first = cast("Document", _rules(kind)[0].object)
    head: Document = {"apiVersion": first["apiVersion"], "kind": kind, "metadata": {"name": "tried"}}
    return _SPECS[kind].map(lambda spec: {**head, "spec": spec})


@st.composite
def _crossed(draw: st.DrawFn, kind: str) -> Document:
    document = cast("Document", deepcopy(draw(st.sampled_from(_rules(kind))).object))
    for _ in range(draw(st.integers(1, 3))):
        other = cast("Document", draw(st.sampled_from(_rules(kind))).object)
        place = draw(st.sampled_from(list(_places(other.get("spec"), ("spec",)))))
        _put(document, place, deepcopy(_at(other, place)))
    return document


@cache
def _rules(kind: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules_of(kind) if rule.object.get("spec"))


def _places(value: Json, above: Place) -> Iterator[Place]:
    yield above
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, (*above, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _places(inner, (*above, index))


def _at(value: Json, place: Place) -> Json:
    for step in place:
        value = value[step]  # type: ignore[index]  # the place is one of the value
    return value


def _put(value: Json, place: Place, part: Json) -> None:
    """Put a part where it would stand, as far as the value goes that way."""
    for step in place[:-1]:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.setdefault(step, {})
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return
    last = place[-1]
    if isinstance(value, dict) and isinstance(last, str):
        value[last] = part
    elif isinstance(value, list) and isinstance(last, int):
        value.insert(last, part)
