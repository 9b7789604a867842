"""What is asked for on the command line of `bulkhead certs`."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

from bulkhead_cli.requests import OutputFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class InCluster:
    """The two documents are ConfigMaps."""

    kubeconfig: str | None
    """None means as kubectl finds it."""
    context: str | None
    """None means the kubeconfig's current one."""
    namespace: str
    release: str
    """What the names of the installation's objects begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InFiles:
    """The two documents are files, where the certcontroller works without an API server."""

    status: Path
    requests: Path | None
    """None where only the status is asked for."""


Where: TypeAlias = InCluster | InFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStatus:
    """Print what the certcontroller says."""

    where: Where
    output: OutputFormat | None
    """None means a table for people."""
    wait: timedelta | None
    """Follow a rotation until it is over, as long as this at most; None means not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke:
    """Have nobody accept a certificate, or an identity, any more."""

    where: Where
    what: str
    """A serial, or an identity by name, path or SPIFFE id."""
    reissue: bool
    """The identity gets a new certificate; only those issued before now are revoked."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """Let a revoked identity have a new certificate."""

    where: Where
    identity: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateCa:
    """Have the CA replaced."""

    where: Where
    now: bool
    """At once, without waiting until everybody trusts the new one."""
    reason: str


CertsRequest: TypeAlias = ShowStatus | Revoke | Restore | RotateCa
