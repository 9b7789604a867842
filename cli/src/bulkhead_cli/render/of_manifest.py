"""What the target of an ExternalSecret would be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bulkhead_api.external_secret import ExternalSecret
from bulkhead_api.secret_value import SecretValue
from bulkhead_api.target_template import TargetTemplate
from bulkhead_cli.failure import FAILED, CommandError
from bulkhead_cli.render.files import Document
from bulkhead_cli.render.manifests import chosen, texts_from
from bulkhead_cli.render.pointing import pointed
from bulkhead_cli.render.showing import View, shown
from bulkhead_cli.render.world import new_environment
from bulkhead_target.checks import problem_of_content
from bulkhead_target.content import TargetContent
from bulkhead_target.keys import KeyValueError
from bulkhead_target.manifest import manifest_of
from bulkhead_target.target import content_without_template
from bulkhead_target.template.assembly import content_of_template
from bulkhead_target.template.job import Job, RenderError
from bulkhead_target.template.problems import problem_of_template
from bulkhead_target.template.render import render
from bulkhead_target.template.steps import Step, Texts, sources_of, steps_of
from bulkhead_templating import Delimiters


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How it is done."""

    name: str
    """Of the ExternalSecret; empty if the file has one."""
    delimiters: Delimiters
    shows_values: bool
    is_json: bool
    """Whether JSON is printed instead of YAML."""


def render_manifest(
    documents: Sequence[Document], data: Mapping[str, bytes], sources: Sequence[Document], options: Options
) -> bytes:
    """Give the target, printed.

    Args:
        documents: among which the ExternalSecret is.
        data: what the stores gave, by key.
        sources: manifests of the ConfigMaps and Secrets with templates.
        options: how it is done.

    Raises:
        CommandError: a file holds something else, or the target could not be made; no value is in the message.
    """
    external_secret = chosen(documents, options.name)
    values = {key: SecretValue(value) for key, value in data.items()}
    content = _content(external_secret, values, sources, options.delimiters)
    problem = problem_of_content(external_secret, content)
    if problem is not None:
        raise CommandError(problem, status=FAILED)
    return shown(external_secret, content, View(shows_values=options.shows_values, is_json=options.is_json))


def _content(
    external_secret: ExternalSecret,
    values: Mapping[str, SecretValue],
    sources: Sequence[Document],
    delimiters: Delimiters,
) -> TargetContent:
    target = external_secret.spec.target
    if target.template is None:
        return content_without_template(external_secret, values)
    problem = problem_of_template(target)
    if problem is not None:
        raise CommandError(problem, status=FAILED)
    texts = texts_from(sources, sources_of(target.template), external_secret.metadata.namespace)
    try:
        return _rendered(target.template, values, texts, delimiters, is_secret=manifest_of(target) is None)
    except KeyValueError as error:
        raise CommandError(str(error), status=FAILED) from None


def _rendered(
    template: TargetTemplate,
    values: Mapping[str, SecretValue],
    texts: Texts,
    delimiters: Delimiters,
    *,
    is_secret: bool,
) -> TargetContent:
    steps = steps_of(template, texts, is_secret=is_secret)
    job = Job(
        pieces=tuple(step.piece for step in steps),
        rows=({key: value.reveal() for key, value in values.items()},),
        left=delimiters.left,
        right=delimiters.right,
    )
    try:
        outputs = render(job, new_environment())
    except RenderError as error:
        raise CommandError(_told(error, steps[error.piece]), status=FAILED) from None
    return content_of_template(template, values, steps, outputs, is_secret=is_secret)


def _told(error: RenderError, step: Step) -> str:
    place = "" if step.is_sensitive else pointed(step.text, line=error.line, column=error.column)
    return f"{step.where}: {error}\n{place}".rstrip("\n")
