"""The merge step of a rewrite: values that are JSON objects become one.

Where this differs from ESO on purpose: a value must be UTF-8, errors name keys in sorted order, and no more is merged
than many times of what a Secret can hold, as it would take seconds.

Source: external-secrets.io/v1 ExternalSecret, `dataFrom[].rewrite[].merge`; ESO, esutils RewriteMerge.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bulkhead_api.external_secret import ConflictPolicy, MergeStrategy, PriorityPolicy, RewriteMerge
from bulkhead_api.secret_value import SecretValue
from bulkhead_controller.externalsecret.gojson import JsonValue, NestingError, json_of, object_from_json, text_of
from bulkhead_target.keys import KeyValueError, quoted

_MAX_NAMED: Final = 20
"""How many keys one message names."""

MAX_MERGED_BYTES: Final = 16 * 1024 * 1024
"""Sum of all values that are merged; a Secret holds 1 MiB."""


def merge_fields(fields: Mapping[str, SecretValue], step: RewriteMerge) -> dict[str, SecretValue]:
    """Merge the values of all fields.

    Keys come in sorted order, those of the priority list last and in its order; what comes later wins.

    Returns:
        With strategy Extract, the merged members in place of the fields; with JSON, the fields and `into` beside them.

    Raises:
        KeyValueError: a value is no JSON object, a key of the priority list is missing, members conflict, `into` is
            missing, or there is too much to merge.
    """
    if sum(map(len, fields.values())) > MAX_MERGED_BYTES:
        raise KeyValueError("the values together are larger than 16 MiB")
    merged = _merged(fields, step)
    if merged.conflicts and step.conflict_policy is ConflictPolicy.ERROR:
        raise KeyValueError(f"more than one value has the keys {_named(merged.conflicts)} and conflictPolicy is Error")
    try:
        match step.strategy:
            case MergeStrategy.EXTRACT:
                return {key: SecretValue(text_of(member)) for key, member in merged.members.items()}
            case MergeStrategy.JSON:
                if not step.into:
                    raise KeyValueError("strategy JSON needs into, the key for the result")
                return {**fields, step.into: SecretValue(json_of(merged.members))}
    except NestingError:
        raise KeyValueError("a value is nested too deeply") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Merged:
    """All objects in one."""

    members: dict[str, JsonValue]
    conflicts: set[str]
    """Keys that more than one object had."""


def _merged(fields: Mapping[str, SecretValue], step: RewriteMerge) -> _Merged:
    members: dict[str, JsonValue] = {}
    conflicts: set[str] = set()
    for key in _ordered(fields, step):
        found = object_from_json(fields[key].reveal())
        if found is None:
            raise KeyValueError(f"the value of key {quoted(key)} is not a JSON object")
        conflicts |= members.keys() & found.keys()
        members |= found
    return _Merged(members=members, conflicts=conflicts)


def _ordered(fields: Mapping[str, SecretValue], step: RewriteMerge) -> list[str]:
    missing = [key for key in step.priority if key not in fields]
    if missing and step.priority_policy is PriorityPolicy.STRICT:
        raise KeyValueError(f"there are no keys {_named(missing)} and priorityPolicy is Strict")
    first = set(step.priority)
    # A key that stands twice in the list is merged twice and conflicts with itself, as in ESO.
    return [*sorted(fields.keys() - first), *(key for key in step.priority if key in fields)]


def _named(keys: Iterable[str]) -> str:
    names = sorted(set(keys))
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return ", ".join(map(quoted, names[:_MAX_NAMED])) + more
