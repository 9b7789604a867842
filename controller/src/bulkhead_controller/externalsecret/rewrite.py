"""Rewrites of dataFrom: steps that rename the keys which an entry gave, or merge its values.

Where this differs from ESO on purpose:

- Two keys that become one name are an error; ESO keeps whichever comes last in an order that changes by chance.
- Keys far beyond the length that a Secret could hold are refused, and so are steps that search far more than any set of
  names needs, so that no rewrite can keep the controller busy or fill its memory.

Source: external-secrets.io/v1 ExternalSecret, `dataFrom[].rewrite[]`; ESO, esutils RewriteMap.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from bulkhead_api.external_secret import Rewrite, RewriteRegexp, RewriteTransform
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.externalsecret.merge import merge_fields
from bulkhead_regexp import Budget, BudgetError, Regexp, RegexpError, ResultTooLongError, regexp_from
from bulkhead_target.keys import KeyValueError, quoted

MAX_KEY_CHARS: Final = 16 * 1024
"""The longest key that a regexp step reads or writes; a Secret's has 253 bytes, but steps before may need more."""

_SEARCH_CHARS: Final = 500_000_000
"""What all steps of one rewrite may cost together: about a second at the very worst."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """Asks for the new names of keys: what the template gives for each as `.value`."""

    where: str
    """Path of the step, for messages."""
    template: str
    keys: tuple[str, ...]


T = TypeVar("T")
Asking: TypeAlias = Generator[Transform, Sequence[str], T]
"""Something that asks for new names on its way to a result; rendering takes time, so others do it."""


def rewrite(fields: Mapping[str, SecretValue], steps: Sequence[Rewrite]) -> Asking[dict[str, SecretValue]]:
    """Apply the steps in their order, each to what the one before it gave.

    Args:
        fields: what the provider answered, by key.
        steps: `dataFrom[].rewrite`; a step without any part leaves everything as it is.

    Raises:
        KeyValueError: a step cannot be applied; the message names it, such as `rewrite[0].merge`, and holds no value.
    """
    rewritten, budget = dict(fields), Budget(_SEARCH_CHARS)
    for index, step in enumerate(steps):
        where = f"rewrite[{index}]"
        if step.merge is None and step.regexp is None and step.transform is not None:
            rewritten = yield from _transformed(rewritten, step.transform, where=f"{where}.transform")
        else:
            rewritten = _rewritten(rewritten, step, budget, where=where)
    return rewritten


def _rewritten(fields: dict[str, SecretValue], step: Rewrite, budget: Budget, *, where: str) -> dict[str, SecretValue]:
    if step.merge is not None:
        try:
            return merge_fields(fields, step.merge)
        except KeyValueError as error:
            raise KeyValueError(f"{where}.merge: {error}") from None
    if step.regexp is not None:
        return _replaced(fields, step.regexp, budget, where=f"{where}.regexp")
    return fields


def _transformed(
    fields: dict[str, SecretValue], step: RewriteTransform, *, where: str
) -> Asking[dict[str, SecretValue]]:
    # In sorted order, so that of several collisions the same one is named every time.
    keys = tuple(sorted(fields))
    names = yield Transform(where=where, template=step.template, keys=keys)
    return _renamed(fields, zip(keys, names, strict=True), where=where)


def _replaced(
    fields: dict[str, SecretValue], step: RewriteRegexp, budget: Budget, *, where: str
) -> dict[str, SecretValue]:
    try:
        source = regexp_from(step.source)
    except RegexpError as error:
        raise KeyValueError(f"{where}.source: {quoted(step.source)} is not an RE2 expression: {error}") from None
    keys = sorted(fields)
    names = (_name(key, source, step.target, budget, where=where) for key in keys)
    return _renamed(fields, zip(keys, names, strict=True), where=where)


def _renamed(fields: dict[str, SecretValue], names: Iterable[tuple[str, str]], *, where: str) -> dict[str, SecretValue]:
    renamed: dict[str, SecretValue] = {}
    origins: dict[str, str] = {}
    for key, name in names:
        if name in renamed:
            raise KeyValueError(f"{where}: keys {quoted(origins[name])} and {quoted(key)} both become {quoted(name)}")
        renamed[name], origins[name] = fields[key], key
    return renamed


def _name(key: str, source: Regexp, target: str, budget: Budget, *, where: str) -> str:
    if len(key) <= MAX_KEY_CHARS:
        try:
            return source.replace(key, target, max_chars=MAX_KEY_CHARS, budget=budget)
        except ResultTooLongError:
            raise KeyValueError(f"{where}: key {quoted(key)} becomes longer than {MAX_KEY_CHARS} characters") from None
        except BudgetError as error:
            raise KeyValueError(f"{where}: key {quoted(key)}: {error}") from None
    raise KeyValueError(f"{where}: key {quoted(key)} is longer than {MAX_KEY_CHARS} characters")
