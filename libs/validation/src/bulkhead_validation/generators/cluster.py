"""ClusterGenerator: a generator of another kind within it, looked at as if it stood alone."""

from collections.abc import Mapping
from typing import Final

from bulkhead_validation.generators.home import Home, SpecCheck
from bulkhead_validation.node import Node

_SPEC: Final = "Spec"
_ACRONYMS: Final = ("ACR", "ECR", "GCR", "MFA", "SSH", "STS", "UUID")


def check_cluster_generator(root: Node, checks: Mapping[str, SpecCheck]) -> None:
    """Look at a ClusterGenerator.

    Args:
        root: the object.
        checks: the checks of the specs by kind.

    Source: ESO, clusterGeneratorToVirtual.
    """
    spec = root.at("spec")
    kind, generator = spec.at("kind").text(), spec.at("generator")
    wanted = field_of(kind)
    keys = {field_of(name): name for name in checks}
    if kind not in checks:
        spec.at("kind").never_works("is no kind of generator that may stand here")
    elif not generator.at(wanted).present:
        generator.never_works(f"needs {wanted}, as kind is {kind}")
    for key in generator.keys_present(tuple(keys)):
        if key != wanted and kind in checks:
            generator.at(key).doubtful(f"is not looked at, as kind is {kind}: leave it out")
        checks[keys[key]](generator.at(key), Home(is_cluster=True))


def field_of(kind: str) -> str:
    """Give the field that the spec of a kind stands under, such as `sshKeySpec` for SSHKey."""
    head = next((acronym for acronym in _ACRONYMS if kind.startswith(acronym)), kind[:1])
    return head.lower() + kind.removeprefix(head) + _SPEC
