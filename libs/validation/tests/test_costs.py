"""What the check of an object costs grows no faster than the object, whoever makes it large.

Calls are counted and no time is taken, which depends on the machine; `tests/performance/webhook.py` measures.
"""

import json
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, Final

import pytest

from bulkhead_validation.review import faults_of

SMALL: Final = 40_000
TIMES: Final = 4
# What is twice as much as the growth is still no square of it.
MOST_GROWTH: Final = 2 * TIMES


def external_secret(**spec: object) -> tuple[str, dict[str, Any]]:
    data = [{"secretKey": "a", "remoteRef": {"key": "k"}}]
    return "ExternalSecret", {"spec": {"secretStoreRef": {"name": "v"}, "data": data, **spec}}


def template(text: str) -> tuple[str, dict[str, Any]]:
    return external_secret(target={"template": {"data": {"a": text}}})


def many(size: int, item: Callable[[int], object]) -> list[object]:
    """Give as many as fit into the size."""
    return [item(number) for number in range(size // (len(json.dumps(item(10_000))) + 2))]


def find(expression: str) -> dict[str, object]:
    return {"find": {"name": {"regexp": expression}}}


def store(**spec: object) -> tuple[str, dict[str, Any]]:
    return "ClusterSecretStore", {"spec": {"provider": {"vault": {"server": "https://v"}}, **spec}}


OBJECTS: Final[Mapping[str, Callable[[int], tuple[str, dict[str, Any]]]]] = {
    "entries": lambda size: external_secret(
        data=many(size, lambda number: {"secretKey": f"k{number}", "remoteRef": {"key": "a"}})
    ),
    "entries-of-one-key": lambda size: external_secret(
        data=many(size, lambda _: {"secretKey": "k", "remoteRef": {"key": "a"}})
    ),
    "expressions": lambda size: external_secret(dataFrom=many(size, lambda number: find(f"a{number}"))),
    "expressions-that-are-none": lambda size: external_secret(dataFrom=many(size, lambda number: find(f"a{number}("))),
    "expressions-that-are-large": lambda size: external_secret(
        dataFrom=many(size, lambda number: find(f"(\\pL{{100}}){{10}}{number}"))
    ),
    "one-long-expression": lambda size: external_secret(dataFrom=[find("a" * size)]),
    "expressions-of-a-store": lambda size: store(
        conditions=[{"namespaceRegexes": many(size, lambda number: f"(a+)+{number}$")}]
    ),
    "schedules": lambda size: external_secret(
        syncWindows={"windows": many(size, lambda number: {"schedule": f"{number} * * * *", "duration": f"{number}s"})}
    ),
    "one-long-schedule": lambda size: external_secret(
        syncWindows={"windows": [{"schedule": "0," * (size // 2) + "0 * * * *"}]}
    ),
    "one-long-duration": lambda size: external_secret(refreshInterval="1h" * (size // 2)),
    "one-template-of-many-actions": lambda size: template("{{ .a | upper }}" * (size // 16)),
    "one-template-of-one-action": lambda size: template("{{ " + "x" * size + " }}"),
    "one-template-of-parentheses": lambda size: template("{{ " + "(" * size + " }}"),
    "one-template-of-a-long-string": lambda size: template('{{ "' + "\\\\" * (size // 2) + '" }}'),
    "one-template-of-blocks": lambda size: template("{{if .a}}" * (size // 9)),
    "many-templates": lambda size: external_secret(
        target={"template": {"data": {f"k{n}": "{{ .a | b64enc }}" for n in range(size // 30)}}}
    ),
    "labels": lambda size: external_secret(
        target={"template": {"metadata": {"labels": {f"a {n}": "x y" for n in range(size // 20)}}}}
    ),
    "stores-to-push-to": lambda size: (
        "PushSecret",
        {
            "spec": {
                "secretStoreRefs": many(size, lambda number: {"name": f"s{number}"}),
                "selector": {"secret": {"name": "a"}},
            }
        },
    ),
    "places-to-push-to": lambda size: (
        "PushSecret",
        {
            "spec": {
                "secretStoreRefs": [{"name": "a"}],
                "data": many(size, lambda _: {"match": {"remoteRef": {"remoteKey": "k"}}}),
            }
        },
    ),
    "a-bundle": lambda size: (
        "SecretStore",
        {"spec": {"provider": {"vault": {"server": "https://v", "caBundle": "QUFB" * (size // 4)}}}},
    ),
}


def calls_for(name: str, size: int) -> int:
    """Count the calls that looking at an object takes, of Python's functions and of others."""
    kind, document = OBJECTS[name](size)
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        faults_of(kind, document)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.slow
@pytest.mark.parametrize("name", OBJECTS)
def test_the_cost_of_a_look_grows_no_faster_than_the_object(name: str) -> None:
    # The first look at anything fills caches.
    calls_for(name, SMALL)
    assert calls_for(name, TIMES * SMALL) <= MOST_GROWTH * calls_for(name, SMALL)
