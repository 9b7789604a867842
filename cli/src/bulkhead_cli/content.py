"""From an ExternalSecret and what was fetched for it to what its target shall have, as the controller does it."""

from collections.abc import Mapping

from bulkhead_api.external_secret import CreationPolicy, ExternalSecret
from bulkhead_api.secret_value import SecretValue
from bulkhead_api.target_template import TargetTemplate
from bulkhead_cli.problems import FailedError
from bulkhead_cli.rendering import render_job
from bulkhead_target.checks import problem_of_content
from bulkhead_target.content import TargetContent
from bulkhead_target.keys import KeyValueError
from bulkhead_target.manifest import manifest_of
from bulkhead_target.target import content_without_template
from bulkhead_target.template.assembly import content_of_template
from bulkhead_target.template.job import Job
from bulkhead_target.template.problems import problem_of_template
from bulkhead_target.template.steps import Texts, steps_of
from bulkhead_templating import Delimiters

Data = Mapping[str, SecretValue]


def check_target(external_secret: ExternalSecret) -> None:
    """Refuse what gives no object whatever was fetched.

    Raises:
        FailedError: it gives none.
    """
    target = external_secret.spec.target
    if target.creation_policy is CreationPolicy.NONE:
        raise FailedError("spec.target.creationPolicy is None: nothing is written")
    problem = problem_of_template(target)
    if problem is not None:
        raise FailedError(problem)


def content_of(
    external_secret: ExternalSecret, data: Data, texts: Texts, *, delimiters: Delimiters, show_values: bool
) -> TargetContent:
    """Say what the target shall have.

    Args:
        external_secret: whose target it is.
        data: what was fetched, by key.
        texts: of the objects that hold templates.
        delimiters: of all templates.
        show_values: whether messages may quote values.

    Raises:
        FailedError: it cannot be had.
    """
    template = external_secret.spec.target.template
    if template is None:
        content = content_without_template(external_secret, data)
    else:
        is_secret = manifest_of(external_secret.spec.target) is None
        content = _rendered(template, data, texts, delimiters, is_secret=is_secret, show_values=show_values)
    problem = problem_of_content(external_secret, content)
    if problem is not None:
        raise FailedError(problem)
    return content


def _rendered(
    template: TargetTemplate,
    data: Data,
    texts: Texts,
    delimiters: Delimiters,
    *,
    is_secret: bool,
    show_values: bool,
) -> TargetContent:
    try:
        steps = steps_of(template, texts, is_secret=is_secret)
        job = Job(
            pieces=tuple(step.piece for step in steps),
            rows=({key: value.reveal() for key, value in data.items()},),
            left=delimiters.left,
            right=delimiters.right,
        )
        outputs = render_job(job, wheres=tuple(step.where for step in steps), show_values=show_values)
        return content_of_template(template, data, steps, outputs, is_secret=is_secret)
    except KeyValueError as error:
        raise FailedError(str(error)) from None
