"""Images as the OCI writes them down: layers, configuration, manifest and index, packed as one tar archive.

`ctr -n k8s.io images import`, skopeo and podman take the archive as it is. Pure: what goes in decides every byte.
"""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from bulkhead_images.tree import Entry, tar_of

_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
_INDEX: Final = "application/vnd.oci.image.index.v1+json"
_LAYER: Final = "application/vnd.oci.image.layer.v1.tar+gzip"
_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_LEVEL: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer, ready to be stored."""

    title: str
    """What it holds, as the image's history tells."""
    blob: bytes
    """Its tar stream, compressed with gzip."""
    diff_id: str
    """`sha256:` and the digest of the tar stream before it was compressed."""
    unpacked_bytes: int
    """The sum of the sizes of its files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """All that an image is made of."""

    reference: str
    """Its full name with a tag, such as `localhost/bulkhead/controller:0.1.0`."""
    layers: Sequence[Layer]
    """From the bottom up."""
    entrypoint: Sequence[str]
    created: datetime
    """UTC; of the sources and not of the build, so that two builds are one."""
    user: str
    """A number, as Kubernetes can tell only of a number that it is not root."""
    environment: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    """On the manifest, and as labels in the configuration."""
    architecture: str = "amd64"
    """As Go spells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """An image as it is handed on."""

    content: bytes
    """The OCI layout as a tar stream."""
    digest: str
    """Of the manifest: what a registry and `image@sha256:…` call the image."""
    config_digest: str
    """Of the configuration, which names the layers before compression: the same whatever compressed them."""


def layer(title: str, entries: Iterable[Entry]) -> Layer:
    """Make a layer of entries; the same entries make the same bytes.

    Raises:
        ValueError: see `tree.tar_of`.
    """
    kept = list(entries)
    tar = tar_of(kept)
    return Layer(
        title=title,
        blob=gzip.compress(tar, _LEVEL, mtime=0),
        diff_id=digest_of(tar),
        unpacked_bytes=sum(len(entry.content) for entry in kept),
    )


def digest_of(content: bytes) -> str:
    """Give the digest of a blob as the OCI spells it, `sha256:` and 64 hexadecimal digits."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def archive(image: Image) -> Archive:
    """Write an image as an OCI layout in one tar stream.

    Source: OCI image specification 1.1, "Image Layout"; containerd for `io.containerd.image.name`.
    """
    config = _json(_config(image))
    manifest = _json(_manifest(image, config))
    reference = {
        "io.containerd.image.name": image.reference,
        "org.opencontainers.image.ref.name": image.reference.rpartition(":")[2],
    }
    index = _json(
        {
            "schemaVersion": 2,
            "mediaType": _INDEX,
            "manifests": [{**_descriptor(_MANIFEST, manifest), "annotations": {**reference}}],
        }
    )
    blobs = [config, manifest, *(each.blob for each in image.layers)]
    files = [
        Entry(path="oci-layout", content=_json({"imageLayoutVersion": "1.0.0"})),
        Entry(path="index.json", content=index),
        *(Entry(path=f"blobs/{digest_of(blob).replace(':', '/')}", content=blob) for blob in blobs),
    ]
    return Archive(content=tar_of(files), digest=digest_of(manifest), config_digest=digest_of(config))


def layers_in(content: bytes) -> list[tarfile.TarFile]:
    """Open the layers of an archive that `archive` made, from the bottom up, to look at what is in them."""
    with tarfile.open(fileobj=io.BytesIO(content)) as outer:
        index = msgspec.json.decode(_member(outer, "index.json"), type=_ManifestsOf)
        manifest = msgspec.json.decode(_blob(outer, index.manifests[0].digest), type=_LayersOf)
        blobs = [_blob(outer, each.digest) for each in manifest.layers]
    return [tarfile.open(fileobj=io.BytesIO(gzip.decompress(blob))) for blob in blobs]


class _Named(msgspec.Struct):
    digest: str


class _ManifestsOf(msgspec.Struct):
    manifests: list[_Named]


class _LayersOf(msgspec.Struct):
    layers: list[_Named]


def _member(outer: tarfile.TarFile, path: str) -> bytes:
    opened = outer.extractfile(path)
    assert opened is not None, path  # noqa: S101 - both are files by construction
    return opened.read()


def _blob(outer: tarfile.TarFile, digest: str) -> bytes:
    return _member(outer, f"blobs/{digest.replace(':', '/')}")


def _config(image: Image) -> dict[str, object]:
    created = image.created.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "created": created,
        "architecture": image.architecture,
        "os": "linux",
        "config": {
            "User": image.user,
            "Env": [f"{name}={value}" for name, value in sorted(image.environment.items())],
            "Entrypoint": list(image.entrypoint),
            "WorkingDir": "/",
            "Labels": dict(image.annotations),
        },
        "rootfs": {"type": "layers", "diff_ids": [each.diff_id for each in image.layers]},
        "history": [{"created": created, "created_by": each.title} for each in image.layers],
    }


def _manifest(image: Image, config: bytes) -> dict[str, object]:
    return {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _descriptor(_CONFIG, config),
        "layers": [_descriptor(_LAYER, each.blob) for each in image.layers],
        "annotations": dict(image.annotations),
    }


def _descriptor(media_type: str, blob: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest_of(blob), "size": len(blob)}


def _json(value: dict[str, object]) -> bytes:
    return msgspec.json.encode(value, order="deterministic")
