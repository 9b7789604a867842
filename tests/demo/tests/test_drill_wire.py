"""The calls that thieves make: a forged one differs by one thing from the honest one, or it would show nothing."""

import base64
import json
from dataclasses import dataclass

import pytest

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead_demo.drill.wire import Asked, requests_of

HONEST = Asked(store="drill", namespace="team", consumer="team", server="https://bao:8200", roots="PEM")
REQUESTS = requests_of(HONEST, stranger="strangers", other_server="https://other:8200")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a request says."""

    kind: int
    namespace: str
    store: str
    server: str
    consumer: str
    key: str
    field: str


def said(name: str) -> Said:
    request = pb.BatchGetRequest.FromString(base64.b64decode(REQUESTS[f"request_{name}"]))
    ref, (wanted,) = request.context.store.ref, request.refs
    return Said(
        kind=ref.kind,
        namespace=ref.namespace,
        store=ref.name,
        server=json.loads(request.context.store.spec_json)["server"],
        consumer=request.context.consumer.namespace,
        key=wanted.key,
        field=wanted.property,
    )


@pytest.mark.parametrize(
    ("name", "differs"),
    [
        pytest.param("read_other_key", {"key": "hr/payroll", "field": "list"}, id="by-the-key"),
        pytest.param("read_for_other", {"namespace": "strangers", "consumer": "strangers"}, id="by-the-namespace"),
        pytest.param("read_by_other_store", {"namespace": "", "store": "drill-any", "kind": 2}, id="by-the-store"),
        pytest.param("forged_host", {"server": "https://other:8200", "field": "list"}, id="by-the-host"),
    ],
)
def test_a_forged_call_differs_from_the_honest_one(name: str, differs: dict[str, object]) -> None:
    honest, forged = said("read"), said(name)
    changed = {
        field: getattr(forged, field) for field in Said.__slots__ if getattr(forged, field) != getattr(honest, field)
    }
    assert changed == differs
