"""Go strings are bytes, most often UTF-8: how they are kept in Python's `str`.

A byte that belongs to no UTF-8 is kept as the lone surrogate that Python's `surrogateescape` makes of it, so every
Go string has its `str` and comes out as the same bytes. Lengths, indexes and order are those of the bytes.
"""


def bytes_of(text: str) -> bytes:
    """Give the bytes of a Go string; half a surrogate pair that stands for no byte becomes U+FFFD."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        mended = (
            rune if not "\ud800" <= rune <= "\udfff" or "\udc80" <= rune <= "\udcff" else "\ufffd" for rune in text
        )
        return "".join(mended).encode("utf-8", "surrogateescape")


def text_of(data: bytes) -> str:
    """Give the Go string that has these bytes."""
    return data.decode("utf-8", "surrogateescape")


def byte_length(text: str) -> int:
    """Give what Go's `len` gives."""
    return len(text) if text.isascii() else len(bytes_of(text))


def canonical(text: str) -> str:
    """Give the one `str` of a Go string that was put together: halves of one rune may have met."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text_of(bytes_of(text))
    return text


def same_text(left: str, right: str) -> bool:
    """Say whether two Go strings have the same bytes."""
    return left == right or (not left.isascii() and canonical(left) == canonical(right))


def sort_key(text: str) -> bytes:
    """Give what Go strings are ordered by."""
    return bytes_of(text)
