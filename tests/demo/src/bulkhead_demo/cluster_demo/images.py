"""The images that a cluster needs for the demo, the drill and the tests on a node: built, and by what name they go."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bulkhead_demo.story import DemoError
from bulkhead_testkit.toolchain import CHECKOUT

DEFAULT_REGISTRY: Final = "localhost/bulkhead"
"""Where the chart looks for images, and what they are called that are imported into a node."""
OURS: Final = ("controller", "certcontroller", "webhook", "provider-vault", "provider-fake")
OPENBAO: Final = "openbao"
ALL: Final = (*OURS, OPENBAO)
_FOLDER: Final = CHECKOUT / "build" / "images"
_BUILD_S: Final = 1800
_TAG: Final = "0.1.0"


def build_images() -> Sequence[Path]:
    """Build all of them as OCI archives, or find them built; raises DemoError with the builder's words."""
    command = [sys.executable, "-m", "bulkhead_images", "build", *ALL, "--output", str(_FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_BUILD_S)
    if done.returncode != 0:
        raise DemoError(f"the images could not be built: {done.stderr.strip()[-2000:]}")
    return [_FOLDER / f"{name}.oci.tar" for name in ALL]


def given_registry() -> str:
    """Give where somebody's own cluster finds them: what `REGISTRY` says, without a slash at the end."""
    return os.environ.get("REGISTRY", DEFAULT_REGISTRY).rstrip("/")


def reference(name: str, *, registry: str = DEFAULT_REGISTRY) -> str:
    """Give the full name of an image."""
    return f"{registry}/{name}:{_TAG}"
