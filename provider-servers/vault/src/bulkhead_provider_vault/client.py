"""Vault's HTTP API by way of hvac; the only module that knows it. Blocking: called from the thread pool alone.

hvac knows the calls. What carries them is our own: its usual adapter is built on requests, which costs more CPU for
one read than everything else here together, follows redirects to any host, and takes proxies from the environment.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import hvac
import msgspec
from hvac.adapters import Adapter

from bulkhead_api.secret_value import SecretValue
from bulkhead_provider_vault.paths import url_path
from bulkhead_provider_vault.transport import Reply, Transport, WithheldError

_encoder: Final = msgspec.json.Encoder()


class _TransportAdapter(Adapter):  # type: ignore[misc]  # hvac has no types
    """Carries hvac's calls over a `Transport` and gives each reply as it came, errors included."""

    def __init__(
        self, *, token: str, namespace: str, session: Transport, headers: Mapping[str, str], **_: object
    ) -> None:
        # Not the base class's own constructor, which would make a session of requests. What hvac's client passes
        # beside these is its defaults for that session.
        self.token = token
        self.namespace = namespace
        self.session = session
        self.headers = headers

    def get_login_token(self, response: object) -> str:
        """Never asked: `use_token=False` is passed to every login."""
        raise NotImplementedError

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        raise_exception: object = True,
        json: object = None,
        **_: object,
    ) -> Reply:
        """Send one of hvac's requests."""
        sent = {**self.headers, **(headers or {}), "X-Vault-Request": "true"}
        if self.token:
            sent["X-Vault-Token"] = self.token
        if self.namespace:
            sent["X-Vault-Namespace"] = self.namespace
        body = None
        if json is not None:
            body = _encoder.encode(json)
            sent["Content-Type"] = "application/json"
        return self.session.request(method.upper(), url, headers=sent, body=body)


class VaultClient:
    """One namespace of one Vault server, seen with one token. Every method gives the reply, whatever its status.

    All of them raise `TransportError` when none came.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        namespace: str = "",
        headers: Mapping[str, str] | None = None,
        token: SecretValue | None = None,
    ) -> None:
        """Describe whom to ask and how; nothing is sent.

        Args:
            transport: carries the requests; stays open when this client is dropped.
            namespace: empty means the root namespace.
            headers: sent with every request.
            token: None for a login, which needs none.
        """
        self._token = b"" if token is None else token.reveal()
        self._hvac = hvac.Client(
            url="/",
            # Empty and not None, for which hvac would look into the environment and the home directory.
            token=self._token.decode(),
            session=transport,
            namespace=namespace,
            adapter=_TransportAdapter,
            headers=headers or {},
        )

    def read(self, path: str, *, version: str = "") -> Reply:
        """Read a path below /v1/; an empty version means the latest.

        Raises:
            WithheldError: the reply holds the token that it was asked with. A reader of secrets that could be brought
                to read its own credential would give it to any tenant.
            TransportError: there is no reply.
        """
        query = f"?{urlencode({'version': version})}" if version else ""
        reply = self._get(f"/v1/{url_path(path)}{query}")
        if self._token and self._token in reply.body:
            raise WithheldError("the answer holds this provider server's own credential")
        return reply

    def list(self, path: str) -> Reply:
        """List the names below a path."""
        # GET with a parameter and not the verb LIST, which proxies in between may not let through.
        return self._get(f"/v1/{url_path(path)}?list=true")

    def login_approle(self, mount: str, role_id: SecretValue, secret_id: SecretValue) -> Reply:
        """Log in with the AppRole method at this path below auth/."""
        reply: Reply = self._hvac.auth.approle.login(
            role_id.reveal().decode(), secret_id.reveal().decode(), use_token=False, mount_point=mount
        )
        return reply

    def login(self, path: str, public: Mapping[str, str], secret: Mapping[str, SecretValue]) -> Reply:
        """Log in at this path below auth/ with these fields."""
        body = {**public, **{name: value.reveal().decode() for name, value in secret.items()}}
        reply: Reply = self._hvac.adapter.post(f"/v1/auth/{url_path(path)}", json=body)
        return reply

    def lookup_self(self) -> Reply:
        """Ask what the token is."""
        reply: Reply = self._hvac.auth.token.lookup_self()
        return reply

    def renew_self(self) -> Reply:
        """Ask for more life for the token, as much as its role gives."""
        reply: Reply = self._hvac.auth.token.renew_self()
        return reply

    def revoke_self(self) -> Reply:
        """End the token."""
        reply: Reply = self._hvac.auth.token.revoke_self()
        return reply

    def _get(self, url: str) -> Reply:
        reply: Reply = self._hvac.adapter.get(url)
        return reply
