"""The thefts of the demo, inside the real containers: their users, files, sockets, tokens and network."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from bulkhead_cluster.containers import exec_in
from bulkhead_demo.cluster_demo.release import NAMESPACE, Release
from bulkhead_demo.story import DemoError
from bulkhead_demo.thefts import Attempt, Theft
from bulkhead_demo.token_attempts import CONTROLLER

_HERE: Final = Path(__file__).parent
_TLS: Final = "/var/run/bulkhead/tls"
_TOKEN: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
_API_SERVER: Final = "https://kubernetes.default.svc"
_SOCKETS: Final = "/run/bulkhead/providers"
_LEAF: Final = ("tls.crt", "tls.key", "ca.crt")
_WARM_S: Final = 2
ANSWERED: Final = "answered"
REFUSED_WITHIN_S: Final = 240
"""How long to wait: the kubelet brings a changed Secret within its syncFrequency, docs/certificates.md."""


class _Before(msgspec.Struct, frozen=True, kw_only=True):
    before: dict[str, str]


class _After(msgspec.Struct, frozen=True, kw_only=True):
    open: dict[str, str]
    anew: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thief:
    """Somebody who runs programs inside one container of the release."""

    release: Release
    component: str
    """Of the Pod, as its label says."""
    container: str

    def run(self, program: Path, arguments: Sequence[str]) -> bytes:
        """Run a Python program in the container and give what it printed.

        Raises:
            DemoError: it stumbled.
        """
        done = exec_in(
            self.release.kubeconfig,
            namespace=NAMESPACE,
            pod=self.release.pod(self.component),
            container=self.container,
            # The source goes in as an argument: there is no file of ours in the container, and no place for one.
            command=["/usr/bin/python3", "-I", "-c", program.read_text(), *arguments],
        )
        if done.exit_code != 0:
            raise DemoError(f"the thief in {self.container} stumbled: {done.stderr.decode()[-2000:]}")
        return done.stdout

    def files(self) -> Sequence[str]:
        """Name the files that are mounted into the container."""
        return msgspec.json.decode(
            self.run(_HERE / "mounted_files.py", [_TLS, _TOKEN, _SOCKETS, "/etc/bulkhead", "/var/run/bulkhead"]),
            type=list[str],
        )


def steal_controller(release: Release) -> Theft:
    """Take over the controller, for all that its token is not there for."""
    thief = Thief(release=release, component="controller", container="controller")
    said = thief.run(_HERE.parent / "stolen_token.py", [_API_SERVER, _TOKEN, json.dumps(CONTROLLER)])
    return Theft(stolen="controller", had=thief.files(), attempts=_attempts(said))


def steal_fake_provider(release: Release, *, secret_url: str) -> Theft:
    """Take over the fake provider server, for what the vault provider may read.

    Args:
        release: where.
        secret_url: the secret's address in OpenBao.
    """
    thief = Thief(release=release, component=release.component_of("fake"), container="provider-fake")
    arguments = [_TLS, "/var/run/bulkhead/credentials", f"{_SOCKETS}/vault", secret_url, _API_SERVER]
    said = thief.run(_HERE.parent / "stolen_provider.py", arguments)
    return Theft(stolen="provider-fake", had=thief.files(), attempts=_attempts(said))


def use_revoked_certificate(release: Release, revoke: Callable[[], None]) -> Theft:
    """Call every provider server with the controller's certificate while `revoke` has it revoked.

    Returns:
        When every server has refused it, or the time is over: what was tried after that.

    Raises:
        DemoError: it did not work even before, so that its refusal would show nothing.
    """
    thief = Thief(release=release, component="controller", container="controller")
    arguments = [json.dumps(release.targets()), _TLS, str(REFUSED_WITHIN_S)]
    with ThreadPoolExecutor(max_workers=1) as pool:
        calling = pool.submit(thief.run, _HERE / "stolen_certificate.py", arguments)
        # Long enough for the program to have read its copy, which it does first.
        revoke()
        first, last = calling.result().splitlines()
    before = msgspec.json.decode(first, type=_Before).before
    if set(before.values()) != {ANSWERED}:
        raise DemoError(f"the stolen certificate was refused before it was revoked: {before}")
    after = msgspec.json.decode(last, type=_After)
    return Theft(
        stolen="controller's certificate",
        had=_LEAF,
        attempts=[
            *_calls("call provider {} over its open connection", after.open),
            *_calls("connect to provider {} anew", after.anew),
        ],
    )


def _calls(what: str, said: Mapping[str, str]) -> Sequence[Attempt]:
    return [
        Attempt(
            what=what.format(name),
            refused=answer != ANSWERED,
            answer=answer,
            reply=base64.b64encode(answer.encode()).decode(),
        )
        for name, answer in sorted(said.items())
    ]


def _attempts(printed: bytes) -> Sequence[Attempt]:
    return [msgspec.json.decode(line, type=Attempt) for line in printed.splitlines()]
