"""Writes bills of materials, as SPDX and as CycloneDX, from the list of components. Pure.

Both are made by the libraries that their makers keep, and hold nothing that differs between two builds.
"""

import io
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component as Part
from cyclonedx.model.component import ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from spdx_tools.spdx.model.actor import Actor, ActorType
from spdx_tools.spdx.model.checksum import Checksum, ChecksumAlgorithm
from spdx_tools.spdx.model.document import CreationInfo, Document
from spdx_tools.spdx.model.package import ExternalPackageRef, ExternalPackageRefCategory, Package
from spdx_tools.spdx.model.relationship import Relationship, RelationshipType
from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion
from spdx_tools.spdx.writer.json.json_writer import write_document_to_stream

from bulkhead_images.components import UNKNOWN_LICENCE, Component

_MAKER: Final = "bulkhead-images"
_ROOT: Final = "SPDXRef-Image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """The image that a bill is for."""

    reference: str
    digest: str
    """Of its manifest, with `sha256:` in front."""
    created: datetime
    """UTC; the same as the image's own."""
    components: Sequence[Component]


def spdx(image: Described) -> str:
    """Write an SPDX 2.3 document as JSON; it is refused by the library if it is not a valid one.

    Source: SPDX 2.3.
    """
    parts = [_spdx_package(index, part) for index, part in enumerate(_sorted(image))]
    document = Document(
        creation_info=CreationInfo(
            spdx_version="SPDX-2.3",
            spdx_id="SPDXRef-DOCUMENT",
            name=image.reference,
            # A name that belongs to nobody, and with the digest in it the document's alone.
            document_namespace=f"https://bulkhead.invalid/spdx/{image.digest.removeprefix('sha256:')}",
            creators=[Actor(ActorType.TOOL, _MAKER)],
            created=image.created.astimezone(UTC).replace(tzinfo=None),
        ),
        packages=[_spdx_image(image), *parts],
        relationships=[
            Relationship("SPDXRef-DOCUMENT", RelationshipType.DESCRIBES, _ROOT),
            *(Relationship(_ROOT, RelationshipType.CONTAINS, part.spdx_id) for part in parts),
        ],
    )
    stream = io.StringIO()
    write_document_to_stream(document, stream)
    return stream.getvalue() + "\n"


def cyclonedx(image: Described) -> str:
    """Write a CycloneDX 1.6 document as JSON.

    Source: CycloneDX 1.6.
    """
    root = Part(
        type=ComponentType.CONTAINER,
        name=image.reference,
        bom_ref="image",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=image.digest.removeprefix("sha256:"))],
    )
    parts = [_cyclonedx_component(part) for part in _sorted(image)]
    bom = Bom(
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"urn:oci:{image.digest}"),
        metadata=BomMetaData(timestamp=image.created, component=root),
        components=parts,
    )
    bom.register_dependency(root, parts)
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _sorted(image: Described) -> list[Component]:
    return sorted(image.components, key=lambda part: (part.origin, part.name))


def _spdx_image(image: Described) -> Package:
    return Package(
        spdx_id=_ROOT,
        name=image.reference,
        download_location=SpdxNoAssertion(),
        files_analyzed=False,
        checksums=[Checksum(ChecksumAlgorithm.SHA256, image.digest.removeprefix("sha256:"))],
    )


def _spdx_package(index: int, part: Component) -> Package:
    return Package(
        spdx_id=f"SPDXRef-{index}-{part.origin}",
        name=part.name,
        version=part.version,
        download_location=SpdxNoAssertion(),
        files_analyzed=False,
        checksums=[Checksum(ChecksumAlgorithm.SHA256, part.sha256)],
        # Their own words are often no SPDX expression, and a guess would be a claim; so they stand as a comment.
        license_comment=None if part.licence == UNKNOWN_LICENCE else f"As the package itself tells: {part.licence}",
        external_references=[ExternalPackageRef(ExternalPackageRefCategory.PACKAGE_MANAGER, "purl", part.purl)],
    )


def _cyclonedx_component(part: Component) -> Part:
    return Part(
        type=ComponentType.LIBRARY,
        name=part.name,
        version=part.version,
        bom_ref=part.purl,
        purl=PackageURL.from_string(part.purl),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=part.sha256)],
        licenses=None if part.licence == UNKNOWN_LICENCE else [DisjunctiveLicense(name=part.licence)],
    )
