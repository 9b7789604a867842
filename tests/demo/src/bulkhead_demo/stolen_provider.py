"""What a thief does who has taken over the fake provider server: its Unix user, and its certificate or another one.

Run as that user by `thefts.py`, with the fake provider's own environment. Prints one JSON object a line: what was
tried, what came back. It does not judge.
"""

import base64
import json
import os
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import grpc

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceStub


def _call_vault(address: str, tls: Path) -> bytes:
    """Call the vault provider server with the stolen certificate, over its socket."""
    credentials = grpc.ssl_channel_credentials(
        (tls / "ca.crt").read_bytes(), (tls / "tls.key").read_bytes(), (tls / "tls.crt").read_bytes()
    )
    options = [("grpc.ssl_target_name_override", "vault.provider.bulkhead.local")]
    with grpc.secure_channel(address, credentials, options) as channel:
        reply = ProviderServiceStub(channel).GetInfo(pb.GetInfoRequest(), timeout=5)
    return bytes(reply.SerializeToString())


def _read_backend(url: str, token: str) -> bytes:
    """Ask OpenBao, which shows its certificate to anybody, for the secret."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    request = urllib.request.Request(url, headers={"X-Vault-Token": token})  # noqa: S310 - https
    with urllib.request.urlopen(request, context=context, timeout=10) as answer:  # noqa: S310
        return bytes(answer.read())


def _ask_api_server(server: str, tls: Path) -> bytes:
    """Show the certificate to the API server, whose own matters to nobody here, and ask for Secrets."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(tls / "tls.crt", tls / "tls.key")
    request = urllib.request.Request(f"{server}/api/v1/namespaces/demo/secrets")  # noqa: S310 - https
    with urllib.request.urlopen(request, context=context, timeout=10) as answer:  # noqa: S310
        return bytes(answer.read())


def _attempt(what: str, act: Callable[[], bytes]) -> None:
    try:
        refused, answer, reply = False, "succeeded", act()
    except urllib.error.HTTPError as error:
        refused, answer, reply = True, str(error.code), error.read()
    except grpc.RpcError as error:
        refused, answer, reply = True, error.code().name, (error.details() or "").encode()
    except OSError as error:
        refused, answer, reply = True, os.strerror(error.errno) if error.errno else type(error).__name__, b""
    line = {"what": what, "refused": refused, "answer": answer, "reply": base64.b64encode(reply).decode()}
    print(json.dumps(line), flush=True)


def main(own_folder: str, vault_folder: str, vault_socket: str, secret_url: str, server: str) -> None:
    """Try everything once.

    Args:
        own_folder: the stolen TLS files.
        vault_folder: the vault provider's files.
        vault_socket: the folder of the vault provider's socket.
        secret_url: the secret in OpenBao.
        server: URL of the API server.
    """
    own = Path(own_folder)
    _attempt("read the vault provider's token", (Path(vault_folder) / "credential-vault" / "token").read_bytes)
    _attempt("list the vault provider's files", lambda: "".join(os.listdir(vault_folder)).encode())  # noqa: PTH208
    _attempt("list the vault provider's socket", lambda: "".join(os.listdir(vault_socket)).encode())  # noqa: PTH208
    _attempt(
        "call the vault provider with the stolen certificate",
        lambda: _call_vault(f"unix://{vault_socket}/server/provider.sock", own),
    )
    _attempt("read from OpenBao without a token", lambda: _read_backend(secret_url, ""))
    _attempt("show the stolen certificate to the API server", lambda: _ask_api_server(server, own))
    key = (own / "tls.key").read_text().splitlines()[1]
    _attempt("read from OpenBao with what there is", lambda: _read_backend(secret_url, key))


if __name__ == "__main__":
    main(*sys.argv[1:])
