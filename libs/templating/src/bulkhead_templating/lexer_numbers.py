"""How far a number goes; whether it is one is found out later, by `constants.py`."""

from typing import Final

from bulkhead_templating.runes import is_alphanumeric

_DECIMAL: Final = "0123456789_"
_BASES: Final = {"x": "0123456789abcdefABCDEF_", "o": "01234567_", "b": "01_"}
_EXPONENTS: Final = {"": "eE", "x": "pP"}


def scan_number(text: str, start: int) -> tuple[int, bool, bool]:
    """Read a number, or two that are the parts of a complex one.

    Returns:
        Where it ends; whether it has two parts; whether it may be a number.
    """
    end, is_good = _scan(text, start)
    if not is_good or text[end : end + 1] not in ("+", "-"):
        return end, False, is_good
    end, is_good = _scan(text, end)
    return end, True, is_good and text[end - 1] == "i"


def _scan(text: str, start: int) -> tuple[int, bool]:
    position = _accept(text, start, "+-")
    base = ""
    if text.startswith("0", position):
        position += 1
        base = text[position : position + 1].lower()
        if base not in _BASES:
            base = ""
        position += len(base)
    position = _run(text, position, _BASES.get(base, _DECIMAL))
    if text.startswith(".", position):
        position = _run(text, position + 1, _BASES.get(base, _DECIMAL))
    after = _accept(text, position, _EXPONENTS.get(base, ""))
    if after > position:
        position = _run(text, _accept(text, after, "+-"), _DECIMAL)
    position = _accept(text, position, "i")
    if text[position : position + 1] and is_alphanumeric(text[position]):
        return position + 1, False
    return position, True


def _accept(text: str, position: int, runes: str) -> int:
    return position + 1 if text[position : position + 1] in tuple(runes) else position


def _run(text: str, position: int, runes: str) -> int:
    while text[position : position + 1] in tuple(runes):
        position += 1
    return position
