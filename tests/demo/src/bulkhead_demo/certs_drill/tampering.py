"""Secrets edited by hand, and denylists that are removed, old or forged, in the running installation."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

import msgspec

from bulkhead_demo.certs_drill.call import seconds_until
from bulkhead_demo.certs_drill.play import Play, expect
from bulkhead_demo.certs_drill.rotations import under_load
from bulkhead_demo.certs_drill.scene import Scene
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN, controller_id
from bulkhead_testkit.authority import Authority, Denied

DENYLIST: Final = "denylist.jws"
_VAULT: Final = "bulkhead-tls-provider-vault"
_CONTROLLER: Final = "bulkhead-tls-controller"
_REPAIR_S: Final = 20.0
_ARRIVES_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    name: str
    secret: str
    file: str
    content: Callable[[Scene], bytes | None]


def plays_of_tampering(scene: Scene) -> Iterator[Play]:
    """Give the plays with files of Secrets that somebody changed."""
    for edit in _EDITS:
        yield Play(name=edit.name, expectation="calls go on, the Secret is repaired", act=partial(_edited, scene, edit))


def _edited(scene: Scene, edit: _Edit) -> str:
    with under_load(scene) as loaded:
        scene.set_files(edit.secret, {edit.file: edit.content(scene)})
        changed = scene.secret(edit.secret).get(edit.file)
        # Long enough for the file to arrive, and for the process to look at it.
        time.sleep(_ARRIVES_S)
        scene.look_again()
        seconds = seconds_until(
            lambda: scene.secret(edit.secret).get(edit.file) not in {None, changed},
            within_s=_REPAIR_S,
            what="the certcontroller repairs it",
        )
    # The next play begins with whole files.
    seconds_until(lambda: scene.has_arrived(edit.secret), within_s=_REPAIR_S, what="the repaired files arrive")
    expect(not loaded.failures, f"calls failed: {loaded.failures}")
    return f"{loaded.calls} calls, none failed; repaired {seconds:.1f} s after the certcontroller looked"


def _forged(_scene: Scene) -> bytes:
    # A forger who was believed would lock the controller out.
    return _signed_by(Authority.new(), timedelta(hours=24))


def _stale(scene: Scene) -> bytes:
    return _signed_by(scene.authority(), -timedelta(minutes=1))


def _signed_by(authority: Authority, lifetime: timedelta) -> bytes:
    denied = Denied(identities=[controller_id(DEFAULT_TRUST_DOMAIN)], version=1_000_000, lifetime=lifetime)
    return authority.sign(msgspec.json.encode(denied.payload()))


def _foreign_roots(_scene: Scene) -> bytes:
    return Authority.new().roots


_EDITS: Final = (
    _Edit(name="denylist removed from a server's Secret", secret=_VAULT, file=DENYLIST, content=lambda _: None),
    _Edit(name="denylist of a server forged by another key", secret=_VAULT, file=DENYLIST, content=_forged),
    _Edit(name="denylist of a server replaced by a stale one", secret=_VAULT, file=DENYLIST, content=_stale),
    _Edit(name="certificate in a Secret edited by hand", secret=_VAULT, file="tls.crt", content=lambda _: b"edited"),
    _Edit(name="key in a Secret edited by hand", secret=_CONTROLLER, file="tls.key", content=lambda _: b"edited"),
    _Edit(name="roots in a Secret replaced by a stranger's", secret=_VAULT, file="ca.crt", content=_foreign_roots),
)
