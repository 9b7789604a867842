"""The third theft: a copy of the controller's certificate, over connections that are open when it is revoked."""

import base64
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bulkhead_demo.certs_drill.call import ANSWERED, outcome_of_call
from bulkhead_demo.certs_drill.revocations import revoke_over_open_connections
from bulkhead_demo.certs_drill.scene import PROVIDERS, Scene
from bulkhead_demo.thefts import Attempt, Theft
from bulkhead_testkit.stack import Stack

_FILES: Final = ("tls.crt", "tls.key", "ca.crt")


def use_revoked_certificate(stack: Stack) -> tuple[float, Theft]:
    """Copy the controller's certificate, call with it, have it revoked, and call again.

    Returns:
        The seconds from the command until every server refused it, and what was tried after that.

    Raises:
        NotAsExpectedError: it did not work even before, so that its refusal would show nothing, or is not refused in
            time.
    """
    scene = Scene(stack)
    with ExitStack() as closing:
        stolen = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        for name in _FILES:
            shutil.copy(scene.files("controller", "controller") / name, stolen / name)
        seconds, connections = revoke_over_open_connections(scene, stolen, closing, reason="a copy was stolen")
        attempts = [
            *(
                _attempt(f"call provider {name} over its open connection", connections[name].call())
                for name in PROVIDERS
            ),
            *(
                _attempt(f"connect to provider {name} anew", outcome_of_call(scene.target(name), name, stolen))
                for name in PROVIDERS
            ),
        ]
    return seconds, Theft(stolen="controller's certificate", had=_FILES, attempts=attempts)


def _attempt(what: str, said: str) -> Attempt:
    reply = base64.b64encode(said.encode()).decode()
    return Attempt(what=what, refused=said != ANSWERED, answer=said, reply=reply)
