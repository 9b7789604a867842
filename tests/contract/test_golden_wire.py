"""The wire stays as it is: golden bytes for each message, and a redaction mark on each field that holds a secret.

`golden/<Message>.textproto` holds a message in words and `golden/<Message>.hex` its bytes. A difference means that old
and new versions may no longer understand one another. To add a message, write its textproto and its bytes; protoc
(`--encode`) or any implementation of protobuf gives them.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf import text_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from bulkhead.provider.v1 import errors_pb2, provider_service_pb2, store_pb2

GOLDEN = Path(__file__).parent / "golden"
FILES = [file.DESCRIPTOR for file in (errors_pb2, provider_service_pb2, store_pb2)]


def messages() -> Iterator[Descriptor]:
    """Give each message of the package, those inside others included, but not the entries of maps."""
    waiting = [message for file in FILES for message in file.message_types_by_name.values()]
    while waiting:
        message = waiting.pop()
        waiting.extend(message.nested_types)
        if not message.GetOptions().map_entry:
            yield message


MESSAGES = sorted(messages(), key=lambda message: message.full_name)
PACKAGE = "bulkhead.provider.v1."


def golden_bytes(message: Descriptor) -> bytes:
    return bytes.fromhex((GOLDEN / f"{message.full_name.removeprefix(PACKAGE)}.hex").read_text())


def golden_message(message: Descriptor) -> Message:
    text = (GOLDEN / f"{message.full_name.removeprefix(PACKAGE)}.textproto").read_text()
    return text_format.Parse(text, GetMessageClass(message)())


by_message = pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.name)


@by_message
def test_message_encodes_to_its_golden_bytes(message: Descriptor) -> None:
    assert golden_message(message).SerializeToString(deterministic=True) == golden_bytes(message)


@by_message
def test_golden_bytes_decode_to_their_message(message: Descriptor) -> None:
    assert GetMessageClass(message).FromString(golden_bytes(message)) == golden_message(message)


@by_message
def test_golden_message_sets_each_field_to_something(message: Descriptor) -> None:
    """A golden that leaves a field out would not notice when the field changes; of a oneof one member is enough."""
    golden = golden_message(message)
    set_fields = {field.name for field, _ in golden.ListFields()}
    left_out = {field.name for field in message.fields if field.containing_oneof is None} - set_fields
    assert not left_out
    assert all(golden.WhichOneof(oneof.name) for oneof in message.oneofs)


def test_goldens_are_those_of_the_package_and_no_others() -> None:
    wanted = {
        f"{message.full_name.removeprefix(PACKAGE)}{kind}" for message in MESSAGES for kind in (".hex", ".textproto")
    }
    assert {path.name for path in GOLDEN.iterdir()} == wanted


def secret_fields() -> list[FieldDescriptor]:
    """Every `bytes` field holds a secret: what is not secret is text."""
    return [field for message in MESSAGES for field in message.fields if field.type == FieldDescriptor.TYPE_BYTES]


@pytest.mark.parametrize("field", secret_fields(), ids=lambda field: field.full_name.removeprefix(PACKAGE))
def test_field_that_holds_a_secret_is_marked_for_redaction(field: FieldDescriptor) -> None:
    assert field.GetOptions().debug_redact


def test_fields_that_hold_secrets_are_found_at_all() -> None:
    assert {field.full_name.removeprefix(PACKAGE) for field in secret_fields()} >= {
        "SecretValue.data",
        "Store.spec_json",
    }
