r"""Regular expressions that users write: RE2, as Go compiles, searches and replaces with it.

Expressions come from the objects of any tenant, so they run on an engine whose time is linear in the text and whose
memory has a bound. Everything here is pure and imports nothing of ours.

Where this differs from Go: names of Unicode classes are those of RE2, so `\pL` and `\p{Greek}` but neither
`\p{Letter}` nor `\p{greek}`, which Go takes since 1.25. Such an expression is refused.
"""

from bulkhead_regexp.budget import Budget, BudgetError
from bulkhead_regexp.expression import Regexp, RegexpError, ResultTooLongError, regexp_from
from bulkhead_regexp.finding import find, find_all, quote_meta, replace_literal, split

__all__ = [
    "Budget",
    "BudgetError",
    "Regexp",
    "RegexpError",
    "ResultTooLongError",
    "find",
    "find_all",
    "quote_meta",
    "regexp_from",
    "replace_literal",
    "split",
]
