"""Hashes that ESO stores, against vectors of ESO's own tests and of Go runs."""

from hashlib import sha3_224

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_api.meta import ObjectMeta
from bulkhead_api.secret_value import SecretValue
from bulkhead_target.hashing import created_by, hash_data, hash_text, synced_resource_version


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param("<nil>", "c461202a18e99215f121936fb2452e03843828e448a00a53f285a6fc", id="nil"),
        pytest.param("hello there", "f78681ec611ebaeea0689bff6c7812a83ff98a7faba986d9af76c999", id="plain-text"),
        pytest.param("default/test-es", "a8e09351ea392b727f69f63683b28619fbed1174f572e728706a9ea8", id="owner"),
    ],
)
def test_hash_of_a_text_is_the_same_as_esos(text: str, want: str) -> None:
    assert hash_text(text) == want


@pytest.mark.parametrize(
    ("data", "want"),
    [
        pytest.param({}, "74a974446e359fb3e6baff9bd0058950e6edd0f040888d9989b0a11b", id="empty"),
        pytest.param(
            {"foo": b"value1", "bar": b"value2"},
            "1bed8bcbcb4547ffe19a19cd47d9078e84aa6598266d86b99f992d64",
            id="two-keys-in-any-order",
        ),
    ],
)
def test_hash_of_data_is_the_same_as_esos(data: dict[str, bytes], want: str) -> None:
    assert hash_data({key: SecretValue(value) for key, value in data.items()}) == want


def test_created_by_hashes_namespace_and_name() -> None:
    assert created_by("default", "test-es") == "a8e09351ea392b727f69f63683b28619fbed1174f572e728706a9ea8"


@pytest.mark.parametrize(
    ("metadata", "want"),
    [
        pytest.param(ObjectMeta(), "0-f47fe3c0b255b6dd8047cdffa772587bb829efe7a1cb70febeda2eb2", id="no-metadata"),
        pytest.param(
            ObjectMeta(generation=3, annotations={"k": "v"}, labels={"b": "x y", "a": "1"}),
            "3-f641eec580a35a6539586da2f0d454b7d23d1e0a57a759e48d2801a8",
            id="labels-and-annotations",
        ),
    ],
)
def test_synced_resource_version_is_the_same_as_esos(metadata: ObjectMeta, want: str) -> None:
    assert synced_resource_version(metadata) == want


@given(st.dictionaries(st.text(alphabet="abc-._", min_size=1), st.binary(max_size=40), max_size=4))
def test_hash_of_data_is_that_of_gos_text(data: dict[str, bytes]) -> None:
    text = "map[" + " ".join(f"{key}:[{' '.join(str(b) for b in data[key])}]" for key in sorted(data)) + "]"
    want = sha3_224(text.encode()).hexdigest()
    assert hash_data({key: SecretValue(value) for key, value in data.items()}) == want
