"""The templates of a target as one list, in the order in which their outputs are put in place. Pure.

Source: ESO, ApplyTemplate, MergeTemplateFrom, renderTemplatedManifest.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bulkhead_api.decoding_strategy import DecodingStrategy
from bulkhead_api.target_template import TargetTemplate, TemplateFrom, TemplateScope, TemplateSource
from bulkhead_target.keys import KeyValueError, quoted
from bulkhead_target.template.job import Form, Piece
from bulkhead_target.template.places import Part, Place, place_from
from bulkhead_templating.kubeyaml.paths import Path

TEMPLATE = "spec.target.template"


class SourceKind(StrEnum):
    """Kinds of objects that hold templates."""

    CONFIG_MAP = "ConfigMap"
    SECRET = "Secret"


@dataclass(frozen=True, slots=True)
class SourceKey:
    """An object of the ExternalSecret's namespace that holds templates."""

    kind: SourceKind
    name: str


Texts = Mapping[SourceKey, Mapping[str, bytes]]
"""What the objects hold, by key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One template and where its output goes."""

    where: str
    """Path of the template in the object, for messages."""
    text: bytes = field(repr=False)
    """The template."""
    is_inline: bool = True
    """Whether it stands in the ExternalSecret itself."""
    is_sensitive: bool = False
    """Whether the template stands in a Secret, so that not even its text may be shown."""
    name: str = ""
    """What Go's messages call it where it has no key."""
    scope: TemplateScope
    key: str = ""
    """Of the value; empty where the output has keys of its own."""
    place: Place
    decoding: DecodingStrategy = DecodingStrategy.NONE
    """How the values of the output are decoded."""

    @property
    def piece(self) -> Piece:
        """The template as it is rendered."""
        return Piece(
            name=self.key or self.name,
            text=self.text,
            is_sensitive=self.is_sensitive,
            form=self.form,
            decoding=self.decoding,
        )

    @property
    def form(self) -> Form:
        """What the output is read as."""
        if self.scope is TemplateScope.VALUES:
            return Form.YAML_OR_TEXT if isinstance(self.place, Path) else Form.BYTES
        return Form.YAML if isinstance(self.place, Path) or self.place is Part.SPEC else Form.STRING_MAP


def sources_of(template: TargetTemplate) -> list[SourceKey]:
    """Name the objects whose texts `steps_of` needs, each once, in their order."""
    keys = [
        key
        for entry in template.template_from
        for key, _ in (_source(entry.config_map, SourceKind.CONFIG_MAP), _source(entry.secret, SourceKind.SECRET))
        if key is not None
    ]
    return list(dict.fromkeys(keys))


def steps_of(template: TargetTemplate, texts: Texts, *, is_secret: bool) -> list[Step]:
    """Give all templates in their order; of two outputs for one place the later one stays.

    Args:
        template: of the target.
        texts: of every object that `sources_of` names.
        is_secret: whether the target is a Secret and not of another kind.

    Raises:
        KeyValueError: an object lacks a key, or an entry's target is none.
    """
    steps = [
        step
        for index, entry in enumerate(template.template_from)
        for step in _of_entry(entry, texts, where=f"{TEMPLATE}.templateFrom[{index}]", is_secret=is_secret)
    ]
    metadata = template.metadata
    return [
        *steps,
        *_of_values(template.data, Part.DATA, where=f"{TEMPLATE}.data"),
        *_of_values(metadata.labels, Part.LABELS, where=f"{TEMPLATE}.metadata.labels"),
        *_of_values(metadata.annotations, Part.ANNOTATIONS, where=f"{TEMPLATE}.metadata.annotations"),
    ]


def _of_entry(entry: TemplateFrom, texts: Texts, *, where: str, is_secret: bool) -> Iterator[Step]:
    try:
        place = place_from(entry.target, is_secret=is_secret)
    except ValueError as error:
        raise KeyValueError(f"{where}.target: {error}") from None
    literal = _of_literal(entry, place, where=where)
    # In ESO the order is another one where the target is no Secret.
    if not is_secret:
        yield from literal
    yield from _of_source(entry, SourceKind.CONFIG_MAP, place, texts, where=f"{where}.configMap")
    yield from _of_source(entry, SourceKind.SECRET, place, texts, where=f"{where}.secret")
    if is_secret:
        yield from literal


def _of_literal(entry: TemplateFrom, place: Place, *, where: str) -> list[Step]:
    if entry.literal is None:
        return []
    step = Step(
        where=f"{where}.literal",
        text=entry.literal.encode(),
        name="literal",
        scope=TemplateScope.KEYS_AND_VALUES,
        place=place,
        decoding=entry.values_decoding_strategy,
    )
    return [step]


def _of_source(entry: TemplateFrom, kind: SourceKind, place: Place, texts: Texts, *, where: str) -> Iterator[Step]:
    key, source = _source(entry.config_map if kind is SourceKind.CONFIG_MAP else entry.secret, kind)
    if key is None or source is None:
        return
    for index, item in enumerate(source.items):
        text = texts[key].get(item.key)
        if text is None:
            raise KeyValueError(f"{where}.items[{index}]: {kind.value} {quoted(source.name)} has no {quoted(item.key)}")
        yield Step(
            where=f"{where}.items[{index}]",
            text=text,
            is_inline=False,
            is_sensitive=kind is SourceKind.SECRET,
            name=item.key,
            scope=item.template_as,
            key=item.key if item.template_as is TemplateScope.VALUES else "",
            place=place,
            decoding=entry.values_decoding_strategy,
        )


def _of_values(templates: Mapping[str, str], place: Place, *, where: str) -> Iterator[Step]:
    # In sorted order, so that of several errors the same one is told every time.
    for key in sorted(templates):
        yield Step(
            where=f"{where}[{quoted(key)}]",
            text=templates[key].encode(),
            scope=TemplateScope.VALUES,
            key=key,
            place=place,
        )


def _source(source: TemplateSource | None, kind: SourceKind) -> tuple[SourceKey | None, TemplateSource | None]:
    return (None, None) if source is None else (SourceKey(kind, source.name), source)
