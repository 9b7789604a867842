"""How an object is read, and what is noted when something has another type."""

from bulkhead_validation.fault import Fault, Verdict
from bulkhead_validation.node import Node
from bulkhead_validation.review import faults_of


def test_a_node_names_its_place() -> None:
    root = Node({"spec": {"data": [{"secretKey": "a"}, {"secretKey": "b"}]}})
    assert [each.at("secretKey").path for each in root.at("spec", "data").items()] == [
        "spec.data[0].secretKey",
        "spec.data[1].secretKey",
    ]


def test_null_and_absent_are_the_same() -> None:
    root = Node({"spec": None})
    assert not root.at("spec").present
    assert not root.at("spec", "data").present
    assert root.at("spec", "data").elements() == []
    assert root.faults == []


def test_another_type_is_noted_with_its_place() -> None:
    root = Node({"spec": {"data": "text"}})
    assert list(root.at("spec", "data").items()) == []
    assert root.faults == [Fault(path="spec.data", message="must be a list", verdict=Verdict.ESO_REFUSES)]


def test_true_is_no_number() -> None:
    root = Node({"size": True})
    assert root.at("size").integer(7) == 7
    assert [str(fault) for fault in root.faults] == ["size: must be a whole number"]


def test_a_kind_that_is_not_ours_has_no_faults() -> None:
    assert faults_of("Deployment", {"spec": 1}) == []
