"""The doors of this package: a document and a path in, a property's bytes out."""

from bulkhead_api.errors import InvalidRefError
from bulkhead_provider_sdk.property_path.evaluate import Evaluation
from bulkhead_provider_sdk.property_path.scan import checked_document, checked_lines
from bulkhead_provider_sdk.property_path.text import plain_text

MAX_PATH_BYTES = 1024
"""Longest path, in UTF-8. Source: provider_service.proto, limits."""


def property_from_json(document: bytes, path: str) -> bytes | None:
    """Read one property of a JSON document.

    A string comes back unescaped, a number without exponent, true and false as these words, null as nothing, and an
    object or array as the slice of the document that it is.

    Args:
        document: one JSON value; one on each line if the path starts with `..`.
        path: in gjson's language; empty means the member whose key is empty.

    Returns:
        The property, or None if there is none. A null is there.

    Raises:
        InvalidValueError: the document is not valid JSON, or nests too deeply.
        InvalidRefError: the path is malformed, too long, or asks for too much work.

    Source: ESO's providers, `gjson.Get(document, path).String()`.
    """
    _check_path(path)
    return _found(_document_text(document, path), path)


def literal_or_path(document: bytes, path: str) -> bytes | None:
    """Read one property, first as a key that holds dots and then as a path.

    Raises:
        InvalidValueError: as `property_from_json`.
        InvalidRefError: as `property_from_json`.

    Source: ESO's providers for AWS, GCP and IBM.
    """
    _check_path(path)
    text = _document_text(document, path)
    literal = _found(text, path.replace(".", "\\.")) if "." in path else None
    return literal if literal is not None else _found(text, path)


def _check_path(path: str) -> None:
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        raise InvalidRefError("the property path is not valid Unicode") from None
    if size > MAX_PATH_BYTES:
        raise InvalidRefError(f"the property path is longer than {MAX_PATH_BYTES} bytes")


def _document_text(document: bytes, path: str) -> str:
    return checked_lines(document) if path.startswith("..") else checked_document(document)


def _found(text: str, path: str) -> bytes | None:
    value = Evaluation(text).get(text, path)
    return plain_text(value).encode() if value else None
