"""Revoked identities and certificates, over connections that stay open, and denylists that are tampered with."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Final

from bulkhead_demo.certs_drill.call import ANSWERED, OpenConnection, outcome_of_call, seconds_until
from bulkhead_demo.certs_drill.play import Play, expect
from bulkhead_demo.certs_drill.scene import PROVIDERS, Scene
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN, controller_id
from bulkhead_testkit.authority import Leaf, Usage, serial_in

_REVOKED_S: Final = 60.0
_CONTROLLER: Final = Leaf(spiffe_id=controller_id(DEFAULT_TRUST_DOMAIN), usage=Usage.CLIENT)


def plays_of_revocations(scene: Scene) -> Iterator[Play]:
    """Give the plays with revocations."""
    yield Play(
        name="stolen certificate revoked by serial, over an open connection",
        expectation=f"refused by every server within {_REVOKED_S:.0f} s, the real controller goes on",
        act=partial(_serial_revoked, scene),
    )
    yield Play(
        name="identity revoked and restored, over an open connection",
        expectation=f"refused by every server within {_REVOKED_S:.0f} s, taken again once restored",
        act=partial(_identity_revoked, scene),
    )


def revoke_over_open_connections(
    scene: Scene, stolen: Path, closing: ExitStack, *, reason: str
) -> tuple[float, Mapping[str, OpenConnection]]:
    """Have a certificate revoked by its serial while its bearer is connected to every provider server.

    Args:
        scene: where.
        stolen: directory of the certificate, its key and the roots.
        closing: ends the connections.
        reason: for the request.

    Returns:
        The seconds from the answer to the command until every server refused it, and the connections by server.

    Raises:
        NotAsExpectedError: it did not work even before, or is not refused in time.
    """
    connections = {name: OpenConnection(scene.target(name), name, stolen) for name in PROVIDERS}
    for name, connection in connections.items():
        closing.callback(connection.close)
        expect(connection.call() == ANSWERED, f"provider {name} refuses it even before")
    scene.certs("revoke", f"{serial_in(stolen):x}", "--reason", reason)
    seconds = seconds_until(
        lambda: all(each.call() != ANSWERED for each in connections.values()),
        within_s=_REVOKED_S,
        what="every server refuses it",
    )
    return seconds, connections


def _serial_revoked(scene: Scene) -> str:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as closing:
        stolen = scene.authority().issue(_CONTROLLER, Path(folder) / "stolen")
        seconds, _ = revoke_over_open_connections(scene, stolen, closing, reason="drill")
    own = scene.files("controller", "controller")
    for name in PROVIDERS:
        said = outcome_of_call(scene.target(name), name, own)
        expect(said == ANSWERED, f"provider {name} refuses the real controller, too: {said}")
    return f"refused after {seconds:.1f} s"


def _identity_revoked(scene: Scene) -> str:
    own = scene.files("controller", "controller")
    with closing(OpenConnection(scene.target("vault"), "vault", own)) as connection:
        expect(connection.call() == ANSWERED, "the controller is refused even before")
        scene.certs("revoke", "controller", "--reason", "drill")
        refused = seconds_until(lambda: connection.call() != ANSWERED, within_s=_REVOKED_S, what="refused")
        for name in PROVIDERS:
            seconds_until(
                lambda: outcome_of_call(scene.target(name), name, own) != ANSWERED,  # noqa: B023
                within_s=_REVOKED_S,
                what=f"refused by {name}",
            )
        scene.certs("restore", "controller")
        restored = seconds_until(
            lambda: all(outcome_of_call(scene.target(name), name, own) == ANSWERED for name in PROVIDERS),
            within_s=_REVOKED_S,
            what="the controller is taken again with a new certificate",
        )
        said = connection.call()
        expect(said != ANSWERED, "its old certificate is taken again as well")
    return f"refused after {refused:.1f} s, restored after {restored:.1f} s, the old certificate stays refused"
