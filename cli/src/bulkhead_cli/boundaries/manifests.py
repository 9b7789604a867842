"""Files of manifests, as `helm template` prints them, into documents; definitions are left out. Pure."""

import re
from typing import Final

from bulkhead_cli.documents import Document, documents_of

_SEPARATOR: Final = re.compile(rb"^---(?=\s|\Z)", re.MULTILINE)
# They are most of what the chart renders, and take seconds to read.
_PASSED_OVER: Final = re.compile(rb"^kind:[ \t]*[\"']?CustomResourceDefinition[\"']?[ \t]*\r?$", re.MULTILINE)


def manifests_of(file: str, data: bytes) -> list[Document]:
    """Give the objects of a file without its CustomResourceDefinitions.

    Raises:
        InputError: it is no YAML, or holds something else than objects.
    """
    parts = _SEPARATOR.split(data)
    # Each keeps its lines, so that messages count right.
    kept = [b"\n" * part.count(b"\n") if _PASSED_OVER.search(part) else part for part in parts]
    return documents_of(file, b"---".join(kept))
