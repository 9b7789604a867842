"""All functions of sprig in one map, for those who render templates."""

from typing import Final

from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.sprig import (
    arithmetic,
    crypto,
    dates,
    dicts,
    emptiness,
    encodings,
    equality,
    floats,
    json,
    layout,
    letter_case,
    lists,
    merging,
    paths,
    ranges,
    reflection,
    regular,
    semver,
    splitting,
    texts,
    urls,
    word_case,
    yaml,
)

_TOPICS: Final = (
    arithmetic,
    crypto,
    dates,
    dicts,
    emptiness,
    encodings,
    equality,
    floats,
    json,
    layout,
    letter_case,
    lists,
    merging,
    paths,
    ranges,
    reflection,
    regular,
    semver,
    splitting,
    texts,
    urls,
    word_case,
    yaml,
)
FUNCTIONS: Final = FunctionMap(*(topic.FUNCTIONS for topic in _TOPICS))
