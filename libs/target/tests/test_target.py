"""The Secret that an ExternalSecret wants."""

import pytest

from bulkhead_api.external_secret import ExternalSecret, ExternalSecretSpec, Target
from bulkhead_api.meta import ObjectMeta, OwnerReference
from bulkhead_api.secret_value import SecretValue
from bulkhead_target.target import (
    MAX_SECRET_BYTES,
    build_probe,
    build_target,
    content_without_template,
    field_manager,
    is_too_large,
    target_name,
)

OWNER = ExternalSecret(
    metadata=ObjectMeta(
        name="test-es",
        namespace="default",
        uid="u-1",
        labels={"team": "a", "reconcile.external-secrets.io/managed": "false"},
        annotations={"note": "b"},
    )
)


def test_target_carries_what_eso_puts_there() -> None:
    secret = build_target(
        OWNER, content_without_template(OWNER, {"foo": SecretValue(b"value1"), "bar": SecretValue(b"value2")})
    )
    assert secret.type == "Opaque"
    assert secret.metadata == ObjectMeta(
        name="test-es",
        namespace="default",
        labels={
            "team": "a",
            "reconcile.external-secrets.io/managed": "true",
            "reconcile.external-secrets.io/created-by": "a8e09351ea392b727f69f63683b28619fbed1174f572e728706a9ea8",
        },
        annotations={
            "note": "b",
            "reconcile.external-secrets.io/data-hash": "1bed8bcbcb4547ffe19a19cd47d9078e84aa6598266d86b99f992d64",
        },
        owner_references=[
            OwnerReference(
                api_version="external-secrets.io/v1",
                kind="ExternalSecret",
                name="test-es",
                uid="u-1",
                controller=True,
                block_owner_deletion=True,
            )
        ],
    )


def test_target_is_named_by_the_spec_first() -> None:
    named = ExternalSecret(metadata=OWNER.metadata, spec=ExternalSecretSpec(target=Target(name="other")))
    assert (target_name(named), target_name(OWNER)) == ("other", "test-es")


def test_probe_holds_our_owner_reference_and_no_data() -> None:
    probe = build_probe(OWNER, "old-name")
    assert probe.metadata.name == "old-name"
    assert (
        probe.metadata.owner_references
        == build_target(OWNER, content_without_template(OWNER, {})).metadata.owner_references
    )
    assert probe.data == {}


@pytest.mark.parametrize(
    ("name", "want"),
    [
        pytest.param("a" * 27, "externalsecrets.external-secrets.io/" + "a" * 27, id="short-names-as-they-are"),
        pytest.param(
            "a" * 28,
            "externalsecrets.external-secrets.io/sha3/52a6f48b37cd3535ef771a530c08d9cc4b78350ccdd33f2405e22ebb",
            id="long-names-hashed",
        ),
    ],
)
def test_field_manager(name: str, want: str) -> None:
    assert field_manager(name) == want


def test_size_is_that_of_the_values_alone() -> None:
    half = SecretValue(bytes(MAX_SECRET_BYTES // 2))
    assert not is_too_large({"a": half, "b": half})
    assert is_too_large({"a": half, "b": half, "c": SecretValue(b"1")})
