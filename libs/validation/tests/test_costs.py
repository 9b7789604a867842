"""No object of a size that the API server takes holds up the admission of others."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from bulkhead_validation.review import faults_of

SIZE = 1_000_000
# An idle core takes 150 ms at most; a shared one may be interrupted, which shows even in the time of the process.
MOST_S = 0.5


def external_secret(**spec: object) -> tuple[str, dict[str, Any]]:
    data = [{"secretKey": "a", "remoteRef": {"key": "k"}}]
    return "ExternalSecret", {"spec": {"secretStoreRef": {"name": "v"}, "data": data, **spec}}


def template(text: str) -> tuple[str, dict[str, Any]]:
    return external_secret(target={"template": {"data": {"a": text}}})


def many(item: Callable[[int], object]) -> list[object]:
    """Give as many as fit into the size."""
    return [item(number) for number in range(SIZE // (len(json.dumps(item(10_000))) + 2))]


def find(expression: str) -> dict[str, object]:
    return {"find": {"name": {"regexp": expression}}}


def store(**spec: object) -> tuple[str, dict[str, Any]]:
    return "ClusterSecretStore", {"spec": {"provider": {"vault": {"server": "https://v"}}, **spec}}


OBJECTS = {
    "entries": external_secret(data=many(lambda number: {"secretKey": f"k{number}", "remoteRef": {"key": "a"}})),
    "entries-of-one-key": external_secret(data=many(lambda _: {"secretKey": "k", "remoteRef": {"key": "a"}})),
    "expressions": external_secret(dataFrom=many(lambda number: find(f"a{number}"))),
    "expressions-that-are-none": external_secret(dataFrom=many(lambda number: find(f"a{number}("))),
    "expressions-that-are-large": external_secret(dataFrom=many(lambda number: find(f"(\\pL{{100}}){{10}}{number}"))),
    "one-long-expression": external_secret(dataFrom=[find("a" * SIZE)]),
    "expressions-of-a-store": store(conditions=[{"namespaceRegexes": many(lambda number: f"(a+)+{number}$")}]),
    "schedules": external_secret(
        syncWindows={"windows": many(lambda number: {"schedule": f"{number} * * * *", "duration": f"{number}s"})}
    ),
    "one-long-schedule": external_secret(syncWindows={"windows": [{"schedule": "0," * (SIZE // 2) + "0 * * * *"}]}),
    "one-long-duration": external_secret(refreshInterval="1h" * (SIZE // 2)),
    "one-template-of-many-actions": template("{{ .a | upper }}" * (SIZE // 16)),
    "one-template-of-one-action": template("{{ " + "x" * SIZE + " }}"),
    "one-template-of-parentheses": template("{{ " + "(" * SIZE + " }}"),
    "one-template-of-a-long-string": template('{{ "' + "\\\\" * (SIZE // 2) + '" }}'),
    "one-template-of-blocks": template("{{if .a}}" * (SIZE // 9)),
    "many-templates": external_secret(
        target={"template": {"data": {f"k{n}": "{{ .a | b64enc }}" for n in range(30_000)}}}
    ),
    "labels": external_secret(target={"template": {"metadata": {"labels": {f"a {n}": "x y" for n in range(50_000)}}}}),
    "stores-to-push-to": (
        "PushSecret",
        {
            "spec": {
                "secretStoreRefs": many(lambda number: {"name": f"s{number}"}),
                "selector": {"secret": {"name": "a"}},
            }
        },
    ),
    "places-to-push-to": (
        "PushSecret",
        {
            "spec": {
                "secretStoreRefs": [{"name": "a"}],
                "data": many(lambda _: {"match": {"remoteRef": {"remoteKey": "k"}}}),
            }
        },
    ),
    "a-bundle": (
        "SecretStore",
        {"spec": {"provider": {"vault": {"server": "https://v", "caBundle": "QUFB" * (SIZE // 4)}}}},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", OBJECTS)
def test_a_large_object_is_soon_looked_at(name: str) -> None:
    kind, document = OBJECTS[name]
    began = time.process_time()
    faults_of(kind, document)
    assert time.process_time() - began < MOST_S
