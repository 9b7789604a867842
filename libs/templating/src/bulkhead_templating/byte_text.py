"""Go strings for code that cuts them at any byte: a `str` whose characters are the bytes."""

from bulkhead_templating.text import bytes_of, text_of


def one_byte_each(text: str) -> str:
    """Give a text whose characters are the bytes of a Go string."""
    return text if text.isascii() else bytes_of(text).decode("latin-1")


def text_from_bytes_each(byte_text: str) -> str:
    """Undo `one_byte_each`."""
    return byte_text if byte_text.isascii() else text_of(byte_text.encode("latin-1"))
