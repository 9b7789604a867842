"""Keeps the status document as it should be, and writes it only when that differs from what stands there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from bulkhead_api.certificates import CertificateStatus, ConditionEntry, document_data
from bulkhead_certcontroller.documents import Document, DocumentError
from bulkhead_certcontroller.status import StatusInputs, build_status
from bulkhead_runtime.logging import get_logger

_LOG: Final = get_logger("certcontroller")


async def write_status(document: Document | None, seen: StatusInputs, *, now: datetime) -> None:
    """Bring the document up to date; that it cannot be written is logged and stops nothing."""
    if document is None:
        return
    try:
        found = await document.read()
        text = text_from_status(build_status(seen, conditions_from_text(found.text), now=now))
        if text != found.text:
            await document.write(text, found)
    except DocumentError as error:
        _LOG.warning("status not written", error=str(error))


def text_from_status(status: CertificateStatus) -> str:
    """Write a status as YAML."""
    return msgspec.yaml.encode(document_data(status)).decode()


def conditions_from_text(text: str) -> Sequence[ConditionEntry]:
    """Read the conditions of an earlier status; none if it cannot be read."""
    try:
        return msgspec.yaml.decode(text.encode(), type=CertificateStatus).conditions
    except (ValueError, RecursionError, TypeError):
        return ()
