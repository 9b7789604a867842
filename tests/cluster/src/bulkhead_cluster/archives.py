"""The images that the cluster itself needs, as OCI archives in the cache beside their programs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bulkhead_cluster.dns import IMAGE as COREDNS_IMAGE
from bulkhead_cluster.settings import PAUSE_IMAGE
from bulkhead_images.oci import Image, archive, layer
from bulkhead_images.tree import Entry
from bulkhead_testkit.binaries import coredns_binary, pause_binary
from bulkhead_testkit.cache import locked

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOBODY: Final = "65532"


def own_archives() -> list[Path]:
    """Return the archives of pause and CoreDNS, made now if need be.

    Raises:
        BuildError, ToolchainError: see `binaries.kube_binaries`.
    """
    return [_archived(pause_binary(), PAUSE_IMAGE), _archived(coredns_binary(), COREDNS_IMAGE)]


def _archived(program: Path, reference: str) -> Path:
    """Pack a static program into an image that holds nothing else.

    The program's folder is named after all that it was built from, so the archive in it needs no name of its own.
    """
    file = program.parent.with_name(f"{program.parent.name}.oci.tar")
    with locked(f"image-{program.name}"):
        if not file.exists():
            fresh = file.with_suffix(".new")
            fresh.write_bytes(_image(program, reference))
            fresh.rename(file)
    return file


def _image(program: Path, reference: str) -> bytes:
    entry = Entry(path=program.name, content=program.read_bytes(), mode=0o755)
    image = Image(
        reference=reference,
        layers=[layer(program.name, [entry])],
        entrypoint=[f"/{program.name}"],
        created=_EPOCH,
        user=_NOBODY,
    )
    return archive(image).content
