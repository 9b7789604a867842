"""Shows the line of a template in which it fails, with a mark below the place. Pure."""

import unicodedata


def pointed(text: bytes, *, line: int, column: int | None) -> str:
    """Give the line, indented, and below it the mark; empty if there is no such line.

    Args:
        text: the template.
        line: counted from one.
        column: in bytes from the start of the line, counted from zero; None gives no mark.
    """
    lines = text.split(b"\n")
    if not 0 < line <= len(lines):
        return ""
    shown = lines[line - 1].rstrip(b"\r")
    found = [_printable(shown)]
    if column is not None:
        found.append("".join(_blank(rune) for rune in _printable(shown[:column])) + "^")
    return "\n".join(f"    {each}" for each in found)


def _printable(text: bytes) -> str:
    # A terminal must not obey what a template holds.
    return "".join(rune if rune == "\t" or rune.isprintable() else "\ufffd" for rune in text.decode("utf-8", "replace"))


def _blank(rune: str) -> str:
    """Give a blank as wide as a rune."""
    if rune == "\t":
        return rune
    if unicodedata.combining(rune):
        return ""
    return "  " if unicodedata.east_asian_width(rune) in "WF" else " "
