"""From fetched values to what the target shall have: gathers the texts of templates, has them rendered, assembles.

Source: ESO, ApplyTemplate, MergeConfigMap, MergeSecret, RewriteTransform.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bulkhead_api.config_map import ConfigMap
from bulkhead_api.external_secret import ExternalSecret
from bulkhead_api.target_template import TargetTemplate
from bulkhead_controller.cluster import Cluster
from bulkhead_controller.externalsecret.plan import Fail, Refuse, TargetData
from bulkhead_controller.externalsecret.refusal import outcome_of_refusal
from bulkhead_controller.externalsecret.rewrite import MAX_KEY_CHARS, Transform
from bulkhead_controller.externalsecret.status import Message
from bulkhead_controller.patches import Postpone
from bulkhead_runtime.kube.errors import ApiError, NotFoundError
from bulkhead_runtime.kube.events import ObjectKey
from bulkhead_target.checks import problem_of_content
from bulkhead_target.content import TargetContent
from bulkhead_target.keys import KeyValueError, quoted
from bulkhead_target.manifest import manifest_of
from bulkhead_target.target import content_without_template
from bulkhead_target.template.assembly import content_of_template
from bulkhead_target.template.job import Fault, Job, Outputs, Piece, RenderError
from bulkhead_target.template.steps import TEMPLATE, SourceKey, SourceKind, Step, sources_of, steps_of
from bulkhead_templating import Delimiters


class Renderer(Protocol):
    """Renders jobs, and lets no tenant keep others waiting."""

    async def render(self, tenant: str, job: Job) -> Outputs:
        """Render a job of a namespace; raises RenderError."""


class ConfigMapSource(Protocol):
    """Where ConfigMaps come from."""

    async def read(self, key: ObjectKey) -> ConfigMap:
        """Read a ConfigMap; raises ApiError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What the target shall have."""

    content: TargetContent
    config_maps: Mapping[ObjectKey, str] = field(default_factory=dict)
    """resourceVersion of each ConfigMap that it was made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    texts: Mapping[SourceKey, Mapping[str, bytes]]
    config_maps: Mapping[ObjectKey, str]


class Templating:
    """Makes the content of targets, and new names of keys."""

    def __init__(
        self, cluster: Cluster, config_maps: ConfigMapSource, renderer: Renderer, *, delimiters: Delimiters
    ) -> None:
        """Take the seams.

        Args:
            cluster: reads Secrets, where they may be read.
            config_maps: gives ConfigMaps.
            renderer: renders.
            delimiters: of all templates but those of rewrites. Source: ESO.
        """
        self._cluster = cluster
        self._config_maps = config_maps
        self._renderer = renderer
        self._delimiters = delimiters

    async def content(self, external_secret: ExternalSecret, data: TargetData) -> Made | Fail | Refuse | Postpone:
        """Say what the target shall have, given what was fetched."""
        target = external_secret.spec.target
        failure = Message.UPDATE_FAILED if manifest_of(target) is None else Message.UPDATE_TARGET_FAILED
        if target.template is None:
            made = Made(content=content_without_template(external_secret, data))
        else:
            rendered = await self._rendered(external_secret, target.template, data, failure)
            if not isinstance(rendered, Made):
                return rendered
            made = rendered
        problem = problem_of_content(external_secret, made.content)
        return made if problem is None else Fail(f"{failure}: {problem}")

    async def names(self, namespace: str, transform: Transform) -> Sequence[str]:
        """Render the new names of keys.

        Raises:
            KeyValueError: there are none; the message holds no value.
        """
        job = Job(
            pieces=(Piece(name="transform", text=transform.template.encode()),),
            rows=tuple({"value": key.encode("utf-8", "replace")} for key in transform.keys),
            missing_key_is_error=False,
        )
        try:
            outputs = await self._renderer.render(namespace, job)
        except RenderError as error:
            raise KeyValueError(f"{transform.where}: {error}") from None
        return [_name(key, output, transform.where) for key, output in zip(transform.keys, outputs, strict=True)]

    async def _rendered(
        self, external_secret: ExternalSecret, template: TargetTemplate, data: TargetData, failure: Message
    ) -> Made | Fail | Refuse | Postpone:
        gathered = await self._gather(external_secret.metadata.namespace, template, failure)
        if not isinstance(gathered, _Gathered):
            return gathered
        is_secret = manifest_of(external_secret.spec.target) is None
        steps: Sequence[Step] = ()
        try:
            steps = steps_of(template, gathered.texts, is_secret=is_secret)
            outputs = await self._outputs(external_secret.metadata.namespace, steps, data)
            content = content_of_template(template, data, steps, outputs, is_secret=is_secret)
        except KeyValueError as error:
            return Fail(f"{failure}: {error}")
        except RenderError as error:
            return _failure_from_render(error, steps[error.piece], failure)
        return Made(content=content, config_maps=gathered.config_maps)

    async def _outputs(self, namespace: str, steps: Sequence[Step], data: TargetData) -> Outputs:
        if not steps:
            return ()
        job = Job(
            pieces=tuple(step.piece for step in steps),
            rows=({key: value.reveal() for key, value in data.items()},),
            left=self._delimiters.left,
            right=self._delimiters.right,
        )
        return await self._renderer.render(namespace, job)

    async def _gather(self, namespace: str, template: TargetTemplate, failure: Message) -> _Gathered | Fail | Postpone:
        texts: dict[SourceKey, Mapping[str, bytes]] = {}
        versions: dict[ObjectKey, str] = {}
        for source in sources_of(template):
            key = ObjectKey(namespace, source.name)
            try:
                if source.kind is SourceKind.CONFIG_MAP:
                    found = await self._config_maps.read(key)
                    texts[source] = {name: text.encode() for name, text in found.data.items()}
                    versions[key] = found.metadata.resource_version
                else:
                    secret = await self._cluster.read_secret(key)
                    texts[source] = {name: value.reveal() for name, value in secret.data.items()}
            except NotFoundError:
                return Fail(f"{failure}: {TEMPLATE}.templateFrom: {source.kind.value} {quoted(source.name)} is missing")
            except ApiError as error:
                return _failure_from_api(error, source, failure)
        return _Gathered(texts=texts, config_maps=versions)


def _failure_from_api(error: ApiError, source: SourceKey, failure: Message) -> Fail | Postpone:
    outcome = outcome_of_refusal(error, failure)
    if isinstance(outcome, Postpone):
        return outcome
    problem = f"{TEMPLATE}.templateFrom: {source.kind.value} {quoted(source.name)} cannot be read (HTTP {error.status})"
    return Fail(f"{failure}: {problem}", retry_after_s=outcome.retry_after_s, doubtful=outcome.doubtful)


def _failure_from_render(error: RenderError, step: Step, failure: Message) -> Fail | Refuse:
    message = f"{failure}: {step.where}: {error}"
    # What stands in the object itself is not tried again before that changes; what stands elsewhere may change there.
    if error.fault is Fault.SYNTAX and step.is_inline:
        return Refuse(message)
    return Fail(message)


def _name(key: str, output: object, where: str) -> str:
    if not isinstance(output, bytes):
        raise TypeError("a transform gives bytes")
    try:
        name = output.decode()
    except UnicodeDecodeError:
        problem = f"{where}: what key {quoted(key)} becomes is not UTF-8 text"
    else:
        if len(name) <= MAX_KEY_CHARS:
            return name
        problem = f"{where}: key {quoted(key)} becomes longer than {MAX_KEY_CHARS} characters"
    raise KeyValueError(problem)
