"""What people ask for, read from its document as far as it can be."""

from dataclasses import dataclass

import msgspec

from bulkhead_api.certificates import CertificateRequests, ReadRequests, requests_from_data
from bulkhead_certcontroller.documents import MAX_BYTES, Document, DocumentError


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """The requests at one moment."""

    asked: CertificateRequests
    problems: tuple[str, ...] = ()
    """One line for each part that could not be read."""
    version: str | None = None
    """Of the document; None if it could not be read, or if there is none."""


async def read_requests(document: Document | None) -> Requests:
    """Read them; a document that cannot be read asks for nothing, which lifts nothing, and is named as a problem."""
    if document is None:
        return Requests(asked=CertificateRequests())
    try:
        found = await document.read()
    except DocumentError as error:
        return Requests(asked=CertificateRequests(), problems=(str(error),))
    read = requests_from_text(found.text)
    return Requests(asked=read.requests, problems=read.problems, version=found.version)


def requests_from_text(text: str) -> ReadRequests:
    """Read YAML or JSON; a broken document is one problem."""
    if len(text) > MAX_BYTES:
        return ReadRequests(requests=CertificateRequests(), problems=(f"requests: longer than {MAX_BYTES} bytes",))
    try:
        return requests_from_data(msgspec.yaml.decode(text.encode()) if text.strip() else None)
    except (ValueError, RecursionError, TypeError) as error:
        # A YAML error has many lines; the first says what, and the second where.
        said = " ".join(str(error).split())[:200]
        return ReadRequests(requests=CertificateRequests(), problems=(f"requests: no YAML: {said}",))
