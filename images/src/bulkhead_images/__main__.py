"""The program behind `make images`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bulkhead_images.base_lock import LockError, lock_from_packages
from bulkhead_images.build import Finished, Naming, build_program, write
from bulkhead_images.bytecode import BytecodeError
from bulkhead_images.catalogue import REGISTRY, TEST_IMAGES, programs
from bulkhead_images.debian import DebianError, current_packages
from bulkhead_images.fetching import FetchError
from bulkhead_images.parts import Parts
from bulkhead_images.scan import scan
from bulkhead_images.sizes import record, row_of
from bulkhead_images.source import Source, source
from bulkhead_images.testing import TestImageError, build_test_image
from bulkhead_testkit.cache import cache_dir, locked
from bulkhead_testkit.distributions import WheelError
from bulkhead_testkit.gobuild import BuildError
from bulkhead_testkit.progress import Progress
from bulkhead_testkit.toolchain import CHECKOUT, ToolchainError

_FAILURES = (
    LockError, DebianError, BytecodeError, FetchError, WheelError, TestImageError, BuildError, ToolchainError,
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Build images or write the lock of the base; ends with status 1 and a sentence if that fails.

    Args:
        arguments: the command line; None means the program's own.
    """
    asked = _parser().parse_args(arguments)
    try:
        if asked.verb == "lock":
            cache = cache_dir() / "images"
            (CHECKOUT / "images" / "base.lock").write_text(lock_from_packages(current_packages(cache)))
            return
        naming = Naming(registry=asked.registry, tag=asked.tag, source_url=asked.source_url)
        archives = _build(asked.names, asked.output, naming)
    except _FAILURES as error:
        sys.exit("\n".join([*getattr(error, "__notes__", ()), f"images: {error}"]))
    if asked.scan:
        _scanned(asked.scan, archives)


def _build(names: Sequence[str], folder: Path, naming: Naming) -> list[Path]:
    known = {program.name: program for program in programs(CHECKOUT)}
    unknown = sorted(set(names) - {*known, *TEST_IMAGES})
    if unknown:
        sys.exit(f"images: {', '.join(unknown)}: there is no such image; there are {', '.join([*known, *TEST_IMAGES])}")
    origin = source()
    archives = []
    # Of two builds at once the second finds in the cache what the first made.
    with locked("images"), Parts() as parts:
        for name in names or known:
            progress = Progress(f"image {name}")
            finished = (
                build_program(known[name], parts, origin, naming)
                if name in known
                else build_test_image(name, parts, origin, naming)
            )
            archives.append(_written(finished, folder, origin))
            progress.say(f"{finished.unpacked_bytes / 1e6:.1f} MB unpacked, {finished.archive.digest}")
    return archives


def _written(finished: Finished, folder: Path, origin: Source) -> Path:
    path = write(finished, folder, origin)
    record(folder, [row_of(finished.name, finished.image, finished.archive)])
    return path


def _scanned(command: str, archives: Sequence[Path]) -> None:
    try:
        refused = scan(command, archives)
    except FileNotFoundError as error:
        sys.exit(f"images: --scan: there is no program {error.filename}")
    if refused:
        sys.exit(f"images: the scanner refused {', '.join(archive.name for archive in refused)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bulkhead_images", description="Build the container images, without a container engine or root."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    build = verbs.add_parser("build", help="build images (default: all that the chart installs)")
    build.add_argument(
        "names", nargs="*", metavar="NAME", help=f"such as controller; for tests {', '.join(TEST_IMAGES)}"
    )
    build.add_argument("--output", type=Path, default=CHECKOUT / "build" / "images", help="folder of the archives")
    build.add_argument("--registry", default=REGISTRY, help=f"registry and path in the names (default {REGISTRY})")
    build.add_argument("--tag", default="", help="tag in the names (default: the distribution's version)")
    build.add_argument("--source-url", default=Naming().source_url, help="address of the sources, for the labels")
    build.add_argument("--scan", default="", metavar="COMMAND", help="run on each archive, which stands for {archive}")
    verbs.add_parser("lock", help="write images/base.lock anew from what apt's signed index has now")
    return parser


if __name__ == "__main__":
    main()
