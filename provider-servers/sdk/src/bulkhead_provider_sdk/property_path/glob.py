"""Patterns with `*`, `?` and backslash, matched in time that cannot explode."""

from enum import Enum


class _Wild(Enum):
    ONE = "?"
    ANY = "*"


def matches_glob(text: str, pattern: str) -> bool:
    r"""Say whether the pattern fits the whole text: `*` any characters, `?` one, `\c` the character c itself.

    Going back to the last star alone is enough, so the time is at most length of text times length of pattern.
    A backslash at the end fits nothing. Source: tidwall/match 1.1.
    """
    tokens = _tokens(pattern)
    if tokens is None:
        return False
    at = token = resume_at = 0
    last_star: int | None = None
    while at < len(text):
        wanted = tokens[token] if token < len(tokens) else None
        if wanted is _Wild.ANY:
            last_star, resume_at = token, at
            token += 1
        elif wanted is _Wild.ONE or wanted == text[at]:
            token += 1
            at += 1
        elif last_star is not None:
            resume_at += 1
            at, token = resume_at, last_star + 1
        else:
            return False
    return all(wanted is _Wild.ANY for wanted in tokens[token:])


def _tokens(pattern: str) -> list[str | _Wild] | None:
    tokens: list[str | _Wild] = []
    chars = iter(pattern)
    for char in chars:
        match char:
            case "*":
                tokens.append(_Wild.ANY)
            case "?":
                tokens.append(_Wild.ONE)
            case "\\":
                escaped = next(chars, None)
                if escaped is None:
                    return None
                tokens.append(escaped)
            case _:
                tokens.append(char)
    return tokens
