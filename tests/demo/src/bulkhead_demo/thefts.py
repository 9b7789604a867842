"""Two thefts with the real files of two stolen processes, and what came of them.

Used by the demo for show and by `tests/drill` for proof.
"""

import base64
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bulkhead_testkit.images import image
from bulkhead_testkit.stack import CONTROLLER_POD, VAULT_MOUNT, Stack

_HERE = Path(__file__).parent


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a thief tried."""

    what: str
    refused: bool
    answer: str
    """The status that came back."""
    reply: str
    """The whole reply, base64; searched for what must not be in it."""

    def holds(self, value: bytes) -> bool:
        """Whether the reply gives the value away, plain or encoded."""
        reply = base64.b64decode(self.reply)
        return value in reply or base64.b64encode(value) in reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Theft:
    """What one thief had and what became of it."""

    stolen: str
    had: Sequence[str]
    attempts: Sequence[Attempt]


def steal_controller(stack: Stack) -> Theft:
    """Take over the controller: its Unix user, token and certificate."""
    files = stack.files_of("controller")
    attempts = _run_as(stack, "controller", "stolen_controller.py", [stack.plane.server, str(files / "api-token")])
    return Theft(stolen="controller", had=_files(files), attempts=attempts)


def steal_fake_provider(stack: Stack, *, secret: str) -> Theft:
    """Take over the fake provider server and try to get at a secret in OpenBao.

    Args:
        stack: a running stack with both providers.
        secret: key of the secret in the KV mount.
    """
    files = stack.files_of("provider-fake")
    socket = stack.pods[CONTROLLER_POD].shared_folders()["/run/bulkhead/providers/vault"]
    arguments = [
        *(str(files / "tls-provider-fake"), str(stack.files_of("provider-vault")), str(socket)),
        *(f"unix://{socket}/server/provider.sock", f"{stack.backend.address}/v1/{VAULT_MOUNT}/data/{secret}"),
    ]
    attempts = _run_as(stack, "provider-fake", "stolen_provider.py", arguments)
    return Theft(stolen="provider-fake", had=_files(files), attempts=attempts)


def _run_as(stack: Stack, container: str, script: str, arguments: Sequence[str]) -> Sequence[Attempt]:
    user = stack.container(container).user
    python = image(f"bulkhead-{container}") / "bin" / "python"
    done = subprocess.run(
        # The source goes in as an argument, as the thief may not be able to read the checkout.
        [python, "-I", "-c", (_HERE / script).read_text(), *arguments],
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
        env={"PATH": os.defpath, "GRPC_VERBOSITY": "NONE"},
        cwd="/",
        capture_output=True,
        check=False,
        timeout=120,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the thief stumbled: {done.stderr.decode()[-2000:]}")
    return [msgspec.json.decode(line, type=Attempt) for line in done.stdout.splitlines()]


def _files(folder: Path) -> Sequence[str]:
    """Name the files of a container as its processes see them."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith("..") for part in path.relative_to(folder).parts)
    )
