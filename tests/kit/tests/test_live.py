"""Events, field owners and patches from and to the API server's JSON."""

import json

from bulkhead_testkit.live import events_in, managed_fields_in, metadata_patch


def event(message: str, last: str | None) -> dict[str, object]:
    about = {"kind": "ExternalSecret", "name": "db"}
    return {"type": "Normal", "reason": "Updated", "message": message, "involvedObject": about, "lastTimestamp": last}


def test_events_are_in_the_order_of_their_times() -> None:
    items = [event("late", "2026-11-25T20:00:02Z"), event("early", "2026-11-25T20:00:01Z"), event("untimed", None)]
    found = events_in(json.dumps({"items": items}).encode())
    assert [each.message for each in found] == ["untimed", "early", "late"]
    assert found[0].involved_object.name == "db"


def test_the_owners_of_fields_are_read_from_any_object() -> None:
    entry = {"manager": "ada", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": {"f:data": {"f:k": {}}}}
    answer = json.dumps({"kind": "Secret", "metadata": {"name": "db", "managedFields": [entry]}}).encode()
    (owner,) = managed_fields_in(answer)
    assert (owner.manager, owner.operation, owner.fields_v1) == ("ada", "Apply", {"f:data": {"f:k": {}}})


def test_an_object_without_owners_of_fields_has_none() -> None:
    assert managed_fields_in(b'{"metadata":{}}') == []


def test_a_metadata_patch_leaves_out_what_is_not_given_and_takes_away_what_is_none() -> None:
    patch = metadata_patch(labels={"gone": None}, annotations=None, finalizers=[])
    assert patch == {"metadata": {"labels": {"gone": None}, "finalizers": []}}
