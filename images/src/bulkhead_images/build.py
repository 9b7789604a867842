"""Stacks layers into images and writes each with what belongs beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bulkhead_images.base import INTERPRETER, USER
from bulkhead_images.bills import Described, cyclonedx, spdx
from bulkhead_images.catalogue import REGISTRY, Program
from bulkhead_images.components import Component, licence_list
from bulkhead_images.oci import Archive, Image, archive
from bulkhead_images.parts import Part, Parts
from bulkhead_images.provenance import Built, provenance
from bulkhead_images.source import Source
from bulkhead_images.wheels import Pin, pins_from_lock
from bulkhead_testkit.distributions import closure, locked_requirements

_ENVIRONMENT: Final = {
    # glibc gives each thread an arena of its own up to eight for each core; our threads are many and mostly asleep.
    "MALLOC_ARENA_MAX": "2",
    "PATH": "/usr/bin",
    "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How images are called and where they say they are from."""

    registry: str = REGISTRY
    tag: str = ""
    """Empty means the version of the image's distribution."""
    source_url: str = "https://bulkhead.invalid/source"
    """For the label; who publishes gives the real one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """An image that is ready to be written."""

    name: str
    image: Image
    archive: Archive
    components: Sequence[Component]

    @property
    def unpacked_bytes(self) -> int:
        """The sum of the sizes of all files of all layers."""
        return sum(each.unpacked_bytes for each in self.image.layers)


def build_program(program: Program, parts: Parts, source: Source, naming: Naming) -> Finished:
    """Build the image of a process.

    Layers that most images share come first, as containerd shares what it unpacked only from the bottom up; what
    changes most comes last.

    Raises:
        FetchError: a wheel of the lock is not to be had.
        WheelError: one of our own wheels could not be built.
    """
    own = reversed(closure(program.distribution).items())
    third_party = parts.third_party(_shared_first(_pins(program.distribution), _pins("bulkhead-runtime")))
    stack = [parts.base(), *third_party, *(parts.ours(name, folder) for name, folder in own)]
    version = stack[-1].components[0].version
    image = Image(
        reference=f"{naming.registry}/{program.name}:{naming.tag or version}",
        layers=[part.layer for part in stack],
        # -I: neither the folder it is started in nor a variable of the environment brings in code.
        entrypoint=[INTERPRETER, "-I", "-m", program.module],
        created=source.created,
        user=f"{USER}:{USER}",
        environment=_ENVIRONMENT,
        annotations=_annotations(program, version, source, naming),
        architecture=parts.architecture,
    )
    return Finished(name=program.name, image=image, archive=archive(image), components=_components(stack))


def write(finished: Finished, folder: Path, source: Source) -> Path:
    """Write the archive, and beside it the bills of materials, the provenance and the list of licences.

    Returns:
        The archive's path, `<name>.oci.tar`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for ending, text in _documents(finished, source).items():
        (folder / f"{finished.name}.{ending}").write_text(text)
    path = folder / f"{finished.name}.oci.tar"
    path.write_bytes(finished.archive.content)
    return path


def _documents(finished: Finished, source: Source) -> dict[str, str]:
    if not finished.components:
        # An image of tests: a bill without parts would say that it has none.
        return {}
    described = Described(
        reference=finished.image.reference,
        digest=finished.archive.digest,
        created=source.created,
        components=finished.components,
    )
    built = Built(
        name=finished.name,
        digest=finished.archive.digest,
        config_digest=finished.archive.config_digest,
        revision=source.revision,
        source_date_epoch=source.epoch,
        components=finished.components,
    )
    return {
        "spdx.json": spdx(described),
        "cdx.json": cyclonedx(described),
        "provenance.json": provenance(built),
        "licences.tsv": licence_list(finished.components),
    }


def _pins(distribution: str) -> list[Pin]:
    return pins_from_lock(locked_requirements(distribution).read_text())


def _shared_first(pins: Sequence[Pin], shared: Iterable[Pin]) -> list[Pin]:
    names = {pin.name for pin in shared}
    return sorted(pins, key=lambda pin: (pin.name not in names, pin.name))


def _components(stack: Iterable[Part]) -> list[Component]:
    return [component for part in stack for component in part.components]


def _annotations(program: Program, version: str, source: Source, naming: Naming) -> dict[str, str]:
    """Give the OCI's own annotations.

    Source: OCI image specification 1.1, "Annotations".
    """
    told = {
        "created": source.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "licenses": "Apache-2.0",
        "revision": source.revision,
        "source": naming.source_url,
        "title": program.title,
        "version": version,
    }
    return {f"org.opencontainers.image.{name}": value for name, value in told.items()}
