"""From the outputs of a target's templates to what it shall have. Pure.

Source: ESO, applyToTarget, mapScopeApply, valueScopeApply.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bulkhead_api.secret_value import SecretValue
from bulkhead_api.target_template import TargetTemplate, TemplateMergePolicy
from bulkhead_target.content import Placement, TargetContent
from bulkhead_target.keys import KeyValueError, quoted
from bulkhead_target.template.job import Form, Output, Outputs, Yaml
from bulkhead_target.template.places import Part
from bulkhead_target.template.steps import Step
from bulkhead_templating.kubeyaml.paths import Path


def content_of_template(
    template: TargetTemplate,
    fetched: Mapping[str, SecretValue],
    steps: Sequence[Step],
    outputs: Outputs,
    *,
    is_secret: bool,
) -> TargetContent:
    """Put the outputs in place, in their order.

    Args:
        template: of the target.
        fetched: what the provider gave, by key; the target has it beside the outputs where the template says so.
        steps: of the template.
        outputs: one for each step.
        is_secret: whether the target is a Secret and not of another kind.

    Raises:
        KeyValueError: an output does not fit its place; the message names the template and holds no value.
    """
    assembly = _Assembly(is_secret=is_secret)
    for step, output in zip(steps, outputs, strict=True):
        try:
            assembly.put(step, output)
        except KeyValueError as error:
            raise KeyValueError(f"{step.where}: {error}") from None
    return TargetContent(
        data={**(fetched if includes_fetched(template) else {}), **assembly.data},
        labels=assembly.labels,
        hidden=assembly.hidden,
        annotations=assembly.annotations,
        finalizers=template.metadata.finalizers,
        type=template.type,
        placements=assembly.placements,
    )


def includes_fetched(template: TargetTemplate) -> bool:
    """Say whether the target has the fetched values beside what the templates make."""
    return template.merge_policy is TemplateMergePolicy.MERGE or not (template.data or template.template_from)


_SPEC: Final = Path(text=Part.SPEC.value, steps=(Part.SPEC.value,))


@dataclass(slots=True, kw_only=True)
class _Assembly:
    is_secret: bool
    data: dict[str, SecretValue] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    placements: list[Placement] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)

    def put(self, step: Step, output: Output) -> None:
        match step.place, output:
            case Path() as path, Yaml(value):
                self.placements.append(Placement(path=path, value=value, merges=step.form is Form.YAML))
            case Part.SPEC, Yaml(value):
                self.placements.append(Placement(path=_SPEC, value=value))
            case Part() as part, _:
                for key, found in sorted(_values(step, output).items()):
                    if not step.key and not step.piece.shows(key):
                        self.hidden.add(key)
                    self._put_value(part, key, SecretValue(found), _name(step, key))
            case _:
                raise TypeError("an output of another form than the step's")

    def _put_value(self, part: Part, key: str, value: SecretValue, name: str) -> None:
        match part:
            case Part.LABELS:
                self.labels[key] = _text(value, name)
            case Part.ANNOTATIONS:
                self.annotations[key] = _text(value, name)
            case Part.DATA if self.is_secret:
                self.data[key] = value
            case Part.DATA | Part.SPEC:
                # The path stands in messages.
                shown = "…" if key in self.hidden else key
                path = Path(text=f"{part.value}.{shown}", steps=(part.value, key))
                self.placements.append(Placement(path=path, value=_text(value, name)))


def _values(step: Step, output: Output) -> Mapping[str, bytes]:
    match output:
        case bytes():
            return {step.key: output}
        case Mapping():
            return output
        case _:
            raise TypeError("an output of another form than the step's")


def _name(step: Step, key: str) -> str:
    """Name a value in a message; keys that stand in the object are shown, those of an output may be values."""
    return f"key {quoted(key)}" if step.key else step.piece.name_of(key)


def _text(value: SecretValue, name: str) -> str:
    try:
        return value.reveal().decode()
    except UnicodeDecodeError:
        # Not as the cause: the decoder's error holds the value.
        problem = f"the value of {name} is not UTF-8 text; only the data of a Secret holds other bytes"
    raise KeyValueError(problem)
