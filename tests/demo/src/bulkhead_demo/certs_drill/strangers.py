"""Certificates that must not get in, each tried at the vault provider's door beside a good one that does.

They are signed by the real CA's key where the play says so: what refuses them is then not that nobody knows the CA.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bulkhead_demo.certs_drill.call import ANSWERED, outcome_of_call
from bulkhead_demo.certs_drill.play import Play, expect
from bulkhead_demo.certs_drill.scene import Scene
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN, SpiffeId, controller_id
from bulkhead_testkit.authority import Authority, Leaf, Usage

_CONTROLLER: Final = Leaf(spiffe_id=controller_id(DEFAULT_TRUST_DOMAIN), usage=Usage.CLIENT)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stranger:
    name: str
    issue: Callable[[Authority, Path], Path]
    """Writes the certificate into the folder; gets the real CA."""


def plays_of_strangers(scene: Scene) -> Iterator[Play]:
    """Give a play for each certificate that must not get in."""
    for stranger in _STRANGERS:
        yield Play(name=f"certificate {stranger.name}", expectation="refused", act=partial(_try, scene, stranger.issue))


def _try(scene: Scene, issue: Callable[[Authority, Path], Path]) -> str:
    authority = scene.authority()
    with tempfile.TemporaryDirectory() as folder:
        good = authority.issue(_CONTROLLER, Path(folder) / "good")
        expect(
            _call(scene, good) == ANSWERED, "even a good certificate of the controller is refused, so nothing is shown"
        )
        said = _call(scene, issue(authority, Path(folder) / "bad"))
        expect(said != ANSWERED, "it got in")
        return said


def _call(scene: Scene, identity: Path) -> str:
    # The real roots, so that it is the server who refuses, and not the caller who does not know the server.
    return outcome_of_call(scene.target("vault"), "vault", identity, roots=scene.authority().roots)


def _wrong_ca(_real: Authority, folder: Path) -> Path:
    return Authority.new().issue(_CONTROLLER, folder)


def _self_signed(_real: Authority, folder: Path) -> Path:
    alone = Authority.new()
    alone.issue(_CONTROLLER, folder)
    # The leaf is the authority itself, and its key the leaf's.
    (folder / "tls.crt").write_bytes(alone.roots)
    (folder / "tls.key").write_bytes(alone.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder


def _issue(leaf: Leaf) -> Callable[[Authority, Path], Path]:
    return lambda real, folder: real.issue(leaf, folder)


def _mismatched(real: Authority, folder: Path) -> Path:
    other = real.issue(_CONTROLLER, folder.with_name("other"))
    real.issue(_CONTROLLER, folder)
    (folder / "tls.key").write_bytes((other / "tls.key").read_bytes())
    return folder


_STRANGERS: Final[Sequence[_Stranger]] = (
    _Stranger(name="that has expired", issue=_issue(replace(_CONTROLLER, lifetime=-timedelta(minutes=1)))),
    _Stranger(
        name="that is not yet valid", issue=_issue(replace(_CONTROLLER, starts=timedelta(hours=1), lifetime=_DAY))
    ),
    _Stranger(
        name="for the other side of a connection (serverAuth)", issue=_issue(replace(_CONTROLLER, usage=Usage.SERVER))
    ),
    _Stranger(
        name="of another trust domain", issue=_issue(replace(_CONTROLLER, spiffe_id=controller_id("elsewhere.local")))
    ),
    _Stranger(
        name="of another provider server",
        issue=_issue(replace(_CONTROLLER, spiffe_id=SpiffeId(DEFAULT_TRUST_DOMAIN, "provider/fake"))),
    ),
    _Stranger(
        name="of a path that nobody has",
        issue=_issue(replace(_CONTROLLER, spiffe_id=SpiffeId(DEFAULT_TRUST_DOMAIN, "admin"))),
    ),
    _Stranger(
        name="with two identities",
        issue=_issue(replace(_CONTROLLER, uris=[str(_CONTROLLER.spiffe_id), "spiffe://bulkhead.local/pusher"])),
    ),
    _Stranger(name="without an identity", issue=_issue(replace(_CONTROLLER, uris=[]))),
    _Stranger(name="with the right name, by another CA", issue=_wrong_ca),
    _Stranger(name="that is self-signed", issue=_self_signed),
    _Stranger(name="whose key is another's", issue=_mismatched),
)
