"""Writes cases: templates that call a function with arguments in every way that tells something."""

from collections.abc import Iterable

# Of every kind that a template can have; what an argument of any type is tried with.
VALUES = (
    "nil",
    "true",
    "false",
    "0",
    "7",
    "-3",
    "1.5",
    '""',
    '"a"',
    '"12"',
    "(list)",
    '(list 1 "a" nil)',
    "(dict)",
    '(dict "a" 1)',
    '(as "[]byte" "ab")',
    '(as "error" "broken")',
    '(as "int8" 5)',
    '(as "uint64" 9)',
    '(as "float32" 0.25)',
    '(as "[]string" (list "x" "y"))',
    '(as "time.Duration" 1500000000)',
    "1i",
)


def calls(name: str, *arguments: str) -> list[str]:
    """Give a template for each list of arguments."""
    return [f"{{{{ {name} {given} }}}}" for given in arguments]


def shown(name: str, *arguments: str) -> list[str]:
    """Give a template for each list of arguments that shows the result with its types."""
    return [f'{{{{ printf "%#v" ({name} {given}) }}}}' for given in arguments]


def typed(name: str, *arguments: str) -> list[str]:
    """Give a template for each list of arguments that shows the result and its type."""
    return [f'{{{{ $x := {name} {given} }}}}{{{{ printf "%v %T" $x $x }}}}' for given in arguments]


def quoted(name: str, *arguments: str) -> list[str]:
    """Give a template for each list of arguments that shows the text that it gives."""
    return [f'{{{{ printf "%q" ({name} {given}) }}}}' for given in arguments]


def miscalled(name: str, count: int) -> list[str]:
    """Give templates that call a function of so many texts with too few, too many and others."""
    few = " ".join(['"a"'] * max(count - 1, 0))
    many = " ".join(['"a"'] * (count + 1))
    wrong = " ".join(["7"] * count)
    nothing = " ".join(["nil"] * count)
    return calls(name, few, many, wrong, nothing)


def each_value(name: str, before: str = "", after: str = "") -> list[str]:
    """Give templates that try a value of each kind in the place of one argument."""
    return typed(name, *(f"{before} {value} {after}" for value in VALUES))


def flattened(*groups: Iterable[str]) -> list[str]:
    """Put cases together, each once."""
    return list(dict.fromkeys(case for group in groups for case in group))
