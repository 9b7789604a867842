"""Two thefts with the real files of two stolen processes, and what came of them.

Used by the demo for show and by `tests/drill` for proof.
"""

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_demo.token_attempts import CERTCONTROLLER, CONTROLLER, Call
from bulkhead_testkit.images import image
from bulkhead_testkit.stack import CONTROLLER_POD, VAULT_MOUNT, Stack

_HERE = Path(__file__).parent
_LEAF: Final = ("tls.crt", "tls.key", "ca.crt")


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
    return _steal_token(stack, "controller", CONTROLLER)


def steal_certcontroller(stack: Stack) -> Theft:
    """Take over the certcontroller: its Unix user and its token, for all but what it is there for."""
    return _steal_token(stack, "certcontroller", CERTCONTROLLER)


def steal_fake_provider(stack: Stack, *, secret: str) -> Theft:
    """Take over the fake provider server and try to get at a secret in OpenBao.

    Args:
        stack: a running stack with both providers.
        secret: key of the secret in the KV mount.
    """
    files = stack.files_of("provider-fake")
    attempts = _try_at_vault(stack, files / "tls-provider-fake", secret=secret)
    return Theft(stolen="provider-fake", had=_files(files), attempts=attempts)


def steal_controllers_leaf(stack: Stack, *, secret: str) -> Theft:
    """Take over the fake provider server, with a copy of the controller's certificate; `secret` as above."""
    user = stack.container("provider-fake").user
    with tempfile.TemporaryDirectory() as folder:
        for name in _LEAF:
            shutil.copy(stack.files_of("controller") / "tls-controller" / name, folder)
        for path in (Path(folder), *Path(folder).iterdir()):
            if user is not None:
                os.chown(path, user.uid, user.gid)
        attempts = _try_at_vault(stack, Path(folder), secret=secret)
    return Theft(stolen="provider-fake", had=_LEAF, attempts=attempts)


def _steal_token(stack: Stack, container: str, calls: Sequence[Call]) -> Theft:
    files = stack.files_of(container)
    arguments = [stack.plane.server, str(files / "api-token"), json.dumps(calls)]
    return Theft(stolen=container, had=_files(files), attempts=_run_as(stack, container, "stolen_token.py", arguments))


def _try_at_vault(stack: Stack, certificate: Path, *, secret: str) -> Sequence[Attempt]:
    socket = stack.pods[CONTROLLER_POD].shared_folders()["/run/bulkhead/providers/vault"]
    arguments = [
        *(str(certificate), str(stack.files_of("provider-vault")), str(socket)),
        *(f"{stack.backend.address}/v1/{VAULT_MOUNT}/data/{secret}", stack.plane.server),
    ]
    return _run_as(stack, "provider-fake", "stolen_provider.py", arguments)


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
