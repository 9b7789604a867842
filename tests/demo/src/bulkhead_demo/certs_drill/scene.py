"""Where the drill is played: a whole running installation, and a hand on everything in it."""

import base64
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bulkhead_api.certificates import CertificateStatus
from bulkhead_demo.certs_drill.play import NotAsExpectedError
from bulkhead_testkit.authority import Authority
from bulkhead_testkit.probe import loaded_tls
from bulkhead_testkit.scrape import total
from bulkhead_testkit.stack import CONTROLLER_POD, NAMESPACE, VAULT_MOUNT, Stack, StackOptions

RELEASE: Final = "bulkhead"
CA_SECRET: Final = f"{RELEASE}-ca"
PROVIDERS: Final = ("vault", "fake")
LOAD_KEY: Final = "drill/load"
"""Key of the secret that the load reads, in both backends."""
HANDSHAKES: Final = "bulkhead_tls_handshakes_total"
_COMMAND_S: Final = 60.0


class _State(msgspec.Struct, frozen=True, kw_only=True):
    phase: str


class Scene:
    """A running stack, as the plays see it."""

    def __init__(self, stack: Stack) -> None:
        """Take a stack with both providers that runs."""
        self.stack = stack
        stack.backend.put(VAULT_MOUNT, LOAD_KEY, {"k": "v"})

    def target(self, provider: str) -> str:
        """Give the gRPC target of a provider server."""
        shared = self.stack.pods[CONTROLLER_POD].shared_folders()[f"/run/bulkhead/providers/{provider}"]
        return f"unix://{shared}/server/provider.sock"

    def files(self, container: str, identity: str) -> Path:
        """Give the directory of an identity's files, as its container sees it."""
        return self.stack.files_of(container) / f"tls-{identity}"

    def secret(self, name: str) -> Mapping[str, bytes]:
        """Give the files in a Secret of the installation."""
        found = self.stack.admin.secret(NAMESPACE, name)
        if found is None:
            raise NotAsExpectedError(f"the Secret {name} is gone")
        return found.data

    def has_arrived(self, secret: str) -> bool:
        """Whether an identity's container sees the files that stand in its Secret now."""
        name = secret.removeprefix(f"{RELEASE}-tls-")
        folder = self.files(name, name)
        wanted = self.secret(secret)
        return all((folder / file).exists() and (folder / file).read_bytes() == wanted[file] for file in wanted)

    def set_files(self, secret: str, files: Mapping[str, bytes | None]) -> None:
        """Change files in a Secret by hand; None removes one."""
        data = {name: None if text is None else base64.b64encode(text).decode() for name, text in files.items()}
        path = f"/api/v1/namespaces/{NAMESPACE}/secrets/{secret}"
        self.stack.admin.request("PATCH", path, body={"data": data}, content_type="application/merge-patch+json")

    def authority(self) -> Authority:
        """Give the real CA that signs now, with its key, as only the certcontroller has it."""
        files = self.secret(CA_SECRET)
        key = load_pem_private_key(files["ca.key"], password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise NotAsExpectedError("the CA's key is no EC key")
        roots = x509.load_pem_x509_certificates(files["ca.crt"])
        return Authority(key, next(root for root in roots if root.public_key() == key.public_key()))

    def status(self) -> CertificateStatus:
        """Give what `bulkhead certs status` shows."""
        return msgspec.json.decode(self.certs("status", "-o", "json"), type=CertificateStatus)

    def certs(self, verb: str, *arguments: str) -> bytes:
        """Run `bulkhead certs` as a person with all rights does."""
        place = ["--kubeconfig", str(self.stack.plane.admin_kubeconfig), "-n", NAMESPACE, "--release", RELEASE]
        command = [str(Path(sys.executable).with_name("bulkhead")), "certs", verb, *arguments, *place]
        done = subprocess.run(command, capture_output=True, check=False, timeout=_COMMAND_S)
        if done.returncode != 0:
            raise NotAsExpectedError(f"bulkhead certs {verb}: {done.stderr.decode().strip()[-300:]}")
        return done.stdout

    def look_again(self) -> None:
        """Make the certcontroller look now and not within a minute: it does when it starts."""
        self.stack.container("certcontroller").stop()
        self.stack.start_container("certcontroller")

    def handshakes(self) -> float:
        """Count the handshakes of all provider servers so far."""
        return sum(total(self.stack.container(f"provider-{name}"), HANDSHAKES) for name in PROVIDERS)

    def stores_of_the_load(self) -> Sequence[Mapping[str, str]]:
        """Say what the load reads, as `load.py` takes it."""
        vault = {"server": self.stack.backend.address, "path": VAULT_MOUNT, "version": "v2"}
        fake = {"data": [{"key": LOAD_KEY, "value": "v"}]}
        return [
            {"server": name, "address": self.target(name), "provider": name, "spec": json.dumps(spec), "key": LOAD_KEY}
            for name, spec in (("vault", vault), ("fake", fake))
        ]

    def used_serial(self, container: str) -> str | None:
        """Give the serial of the certificate that a container uses now, lower hex; None if it does not answer."""
        pod = next(pod for pod in self.stack.pods.values() if container in pod.containers)
        return next((facts.serial for facts in loaded_tls(pod.health_port(container))), None)

    def phase(self) -> str:
        """Say where a rotation of the CA stands, as the certcontroller keeps it beside the CA."""
        return msgspec.json.decode(self.secret(CA_SECRET)["state.json"], type=_State).phase

    def is_stable_on_another_root(self, before: bytes) -> bool:
        """Whether a rotation has ended since the roots were these."""
        roots = self.secret(CA_SECRET)["ca.crt"]
        return self.phase() == "Stable" and roots != before and roots.count(b"BEGIN CERTIFICATE") == 1


def stack_options() -> StackOptions:
    """Give the installation that the drill needs: both providers and the webhook."""
    return StackOptions(providers=PROVIDERS, webhook=True, audited=False)
