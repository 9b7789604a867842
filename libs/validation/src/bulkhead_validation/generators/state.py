"""GeneratorState: what the operator keeps of a generator that has to clean up."""

from collections.abc import Collection

from bulkhead_validation.generators.fields import check_moment
from bulkhead_validation.node import Node


def check_state(root: Node, kinds: Collection[str]) -> None:
    """Look at a GeneratorState.

    Nothing in it is looked at that the operator takes over from a generator which has worked: if its own states were
    refused, nobody would clean up.

    Args:
        root: the object.
        kinds: the kinds of generators.

    Source: ESO, pkg/controllers/generatorstate.
    """
    resource = root.at("spec", "resource")
    if not isinstance(resource.value, dict):
        resource.never_works("must be the generator that made the state: without it the object cannot be deleted")
    elif _text_of(resource.at("kind")) not in kinds:
        resource.at("kind").never_works("is no kind of generator, so that the object cannot be deleted")
    check_moment(root.at("spec", "garbageCollectionDeadline"))
    if not root.at("metadata", "ownerReferences").elements():
        root.at("metadata", "ownerReferences").doubtful(
            "is empty: the operator makes these objects itself, for an ExternalSecret or a PushSecret that owns them"
        )


def _text_of(node: Node) -> str:
    # Of what stands here nothing is known to the schema, so another type is no fault of its own.
    return node.value if isinstance(node.value, str) else ""
