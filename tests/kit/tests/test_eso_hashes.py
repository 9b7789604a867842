"""The kit's own hashes give what ESO's give."""

from bulkhead_testkit.eso_hashes import data_hash, made_by, manager_of, synced_version, text_hash


def test_hashes_are_those_that_upstream_tests() -> None:
    # Source: ESO, runtime/esutils/utils_test.go.
    assert text_hash("<nil>") == "c461202a18e99215f121936fb2452e03843828e448a00a53f285a6fc"
    assert text_hash("hello there") == "f78681ec611ebaeea0689bff6c7812a83ff98a7faba986d9af76c999"
    assert data_hash({"foo": b"value1", "bar": b"value2"}) == "1bed8bcbcb4547ffe19a19cd47d9078e84aa6598266d86b99f992d64"


def test_hashes_are_those_that_go_was_asked_for() -> None:
    assert data_hash({}) == "74a974446e359fb3e6baff9bd0058950e6edd0f040888d9989b0a11b"
    assert made_by("default", "test-es") == "a8e09351ea392b727f69f63683b28619fbed1174f572e728706a9ea8"
    plain = synced_version(1, labels={}, annotations={})
    assert plain == "1-f47fe3c0b255b6dd8047cdffa772587bb829efe7a1cb70febeda2eb2"
    full = synced_version(2, labels={"b": "x y", "a": "1"}, annotations={"k": "v"})
    assert full == "2-f641eec580a35a6539586da2f0d454b7d23d1e0a57a759e48d2801a8"


def test_a_manager_of_a_long_name_is_hashed() -> None:
    assert manager_of("n" * 27) == "externalsecrets.external-secrets.io/" + "n" * 27
    assert manager_of("n" * 28) == f"externalsecrets.external-secrets.io/sha3/{text_hash('n' * 28)}"
