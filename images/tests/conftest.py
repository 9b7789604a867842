"""All images, built once for the session; what is in the cache costs a second."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from opened_image import PROGRAMS, Opened, build

from bulkhead_images.tree import Kind


@pytest.fixture(scope="session", params=PROGRAMS, ids=lambda program: program.name)
def opened(request: pytest.FixtureRequest) -> Opened:
    return Opened(program=request.param, finished=build(request.param))


@pytest.fixture(scope="session")
def root(opened: Opened) -> Iterator[Path]:
    """Give the image's files in a folder."""
    with tempfile.TemporaryDirectory() as folder:
        for entry in opened.files.values():
            path = Path(folder) / entry.path
            path.parent.mkdir(parents=True, exist_ok=True)
            match entry.kind:
                case Kind.FILE:
                    path.write_bytes(entry.content)
                    path.chmod(entry.mode)
                case Kind.FOLDER:
                    path.mkdir(exist_ok=True)
                case Kind.LINK:
                    path.symlink_to(entry.target)
        yield Path(folder)
