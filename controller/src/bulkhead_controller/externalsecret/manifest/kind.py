"""Which kinds of targets other than Secret are never written. Pure."""

from bulkhead_api.external_secret import ExternalSecretSpec
from bulkhead_controller.externalsecret.status import Message
from bulkhead_target.manifest import manifest_of, problem_of_kind


def problem_of_manifest(spec: ExternalSecretSpec, *, allowed: bool) -> str | None:
    """Say why a target of another kind is refused before anybody is asked; None means that it is not.

    Args:
        spec: of the ExternalSecret.
        allowed: whether the controller may write other kinds at all.

    Source: ESO, validateGenericTarget.
    """
    wanted = manifest_of(spec.target)
    if wanted is None:
        return None
    if not allowed:
        return (
            f"{Message.INVALID_GENERIC_TARGET}: generic targets are disabled; they need the flag "
            "--unsafe-allow-generic-targets, which the chart sets by its value genericTargets.enabled"
        )
    problem = problem_of_kind(wanted)
    return None if problem is None else f"{Message.INVALID_GENERIC_TARGET}: {problem}"
