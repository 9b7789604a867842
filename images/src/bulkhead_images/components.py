"""What an image is made of, one line a part: name, version, licence, where it is from and the digest of what came.

Pure. The bills of materials, the provenance and the list of licences are written from these alone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum
from typing import Final
from urllib.parse import quote

_CLASSIFIER: Final = "License :: "
_COMMON: Final = re.compile(r"/usr/share/common-licenses/([A-Za-z]+(?:-[0-9.]*[0-9])?)")
_LONGEST_LICENCE: Final = 80
UNKNOWN_LICENCE: Final = "unknown"
"""Stands where a part's own metadata say nothing."""


class Origin(StrEnum):
    """Who made a part."""

    DEBIAN = "debian"
    PYPI = "pypi"
    OURS = "ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One part of an image."""

    origin: Origin
    name: str
    version: str
    licence: str
    """In the part's own words; mostly an SPDX expression."""
    sha256: str
    """Of the package or the wheel it came in, 64 hexadecimal digits."""
    architecture: str = ""
    """Debian's word for it; empty for Python's."""

    @property
    def purl(self) -> str:
        """The package URL, by which scanners know it.

        Source: package URL specification, types `deb` and `pypi`.
        """
        version = quote(self.version, safe="")
        match self.origin:
            case Origin.DEBIAN:
                return f"pkg:deb/debian/{quote(self.name)}@{version}?arch={self.architecture}&distro=debian-12"
            case Origin.PYPI:
                return f"pkg:pypi/{self.name}@{version}"
            case Origin.OURS:
                # They are on no index, and a `pkg:pypi` of that name could one day be somebody else's.
                return f"pkg:generic/bulkhead/{self.name}@{version}"


def licence_from_metadata(metadata: Message) -> str:
    """Give the licence that a wheel's METADATA tells: the expression, else the classifiers, else a short free text.

    Source: core metadata, `License-Expression`, `Classifier`, `License`.
    """
    expression = metadata.get("License-Expression")
    if expression:
        return str(expression).strip()
    classifiers = [str(line).rpartition(" :: ")[2] for line in metadata.get_all("Classifier", [])
                   if str(line).startswith(_CLASSIFIER)]  # fmt: skip
    told = [name for name in classifiers if name != "OSI Approved"]
    if told:
        return " AND ".join(sorted(set(told)))
    text = str(metadata.get("License", "")).strip()
    # Some put the whole text there, which is no name.
    return text if text and "\n" not in text and len(text) <= _LONGEST_LICENCE else UNKNOWN_LICENCE


def licence_from_copyright(text: str) -> str:
    """Give the licences that a Debian copyright file names, in Debian's short names, joined by AND.

    Source: Debian machine-readable copyright 1.0, field `License`; of older files, the texts below
    /usr/share/common-licenses that Debian policy 12.5 has them refer to.
    """
    if not text.startswith("Format:"):
        return " AND ".join(sorted(set(_COMMON.findall(text)))) or UNKNOWN_LICENCE
    named = {line.strip() for line in re.findall(r"^License:[ \t]*(\S.*)$", text, flags=re.MULTILINE)}
    return " AND ".join(f"({name})" if " or " in name.lower() else name for name in sorted(named)) or UNKNOWN_LICENCE


def licence_list(components: Iterable[Component]) -> str:
    """Write a table with tabs: origin, name, version, licence."""
    rows = sorted((each.origin, each.name, each.version, each.licence) for each in components)
    return "".join("\t".join(row) + "\n" for row in [("origin", "name", "version", "licence"), *rows])
