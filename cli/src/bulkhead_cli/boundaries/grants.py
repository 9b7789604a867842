"""What a process may have: each kind of grant, its id, and whether one includes another. Pure.

A grant is something that a thief of the process has. Two grants of one kind are compared by `covers`, so that a right
on one Secret counts as less than a right on all; what no grant of the other side covers was won or lost.
"""

from hashlib import sha256
from typing import TypeAlias

import msgspec

from bulkhead_cli.boundaries.scopes import ALL, among, covers_resource, is_inside, pattern_covers, ports_cover


class _Grant(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", rename="camel"):
    pass


class Runs(_Grant, frozen=True, kw_only=True, tag="runs"):
    """There is such a process."""

    @property
    def key(self) -> str:
        """See `key_of`."""
        return "runs"

    def covers(self, other: "Runs") -> bool:
        """See `covers`."""
        return True


class Credential(_Grant, frozen=True, kw_only=True, tag="credential"):
    """A credential of a backend or a cloud, or a Secret whose purpose nothing tells."""

    source: str
    """`secret/<namespace>/<name>`, `token/<audience>`, `cloud/<annotation>=<value>` or `csi/<driver>`."""
    how: str
    """`mounted`, `environment` or `api`."""

    @property
    def key(self) -> str:
        """See `key_of`."""
        return f"credential/{self.source}"

    def covers(self, other: "Credential") -> bool:
        """See `covers`."""
        return self.source == other.source


class Identity(_Grant, frozen=True, kw_only=True, tag="identity"):
    """A name that it can prove to other processes."""

    uri: str
    """A SPIFFE id; `spiffe://<trust domain>/*` where it can sign any, `spiffe-agent` for SPIRE's."""
    how: str
    """`mounted`, `environment`, `api`, `ca` or `agent`."""

    @property
    def key(self) -> str:
        """See `key_of`."""
        return f"identity/{self.uri}"

    def covers(self, other: "Identity") -> bool:
        """See `covers`."""
        return self.uri == other.uri or (self.uri.endswith("/*") and other.uri.startswith(self.uri[:-1]))


class Account(_Grant, frozen=True, kw_only=True, tag="account"):
    """A ServiceAccount as which it can talk to the API server."""

    namespace: str
    name: str
    """`*` where it can make a token of any."""
    how: str
    """`mounted`, `environment`, or `api` where it reads or makes the token there."""

    @property
    def key(self) -> str:
        """See `key_of`."""
        return f"account/{self.namespace}/{self.name}"

    def covers(self, other: "Account") -> bool:
        """See `covers`."""
        return among(self.namespace, other.namespace) and among(self.name, other.name)


class ApiRight(_Grant, frozen=True, kw_only=True, tag="api"):
    """A verb on a resource, by RBAC."""

    verb: str
    resource: str
    """As kubectl writes it, such as `externalsecrets.external-secrets.io/status`; else a path such as `/metrics`."""
    namespace: str = ALL
    """`*` for every namespace, and for what has none."""
    name: str = ALL
    accounts: tuple[str, ...] = ()
    """ServiceAccounts that have it, as `namespace/name`; not compared."""
    fenced_by: tuple[str, ...] = ()
    """Admission policies that narrow it; they are compared as `Fence`."""

    @property
    def key(self) -> str:
        """See `key_of`."""
        return f"api/{self.verb}/{self.resource}/{self.namespace}/{self.name}"

    def covers(self, other: "ApiRight") -> bool:
        """See `covers`."""
        return (
            among(self.verb, other.verb)
            and covers_resource(self.resource, other.resource)
            and among(self.namespace, other.namespace)
            and among(self.name, other.name)
        )


class Backend(_Grant, frozen=True, kw_only=True, tag="backend"):
    """A backend that its policy file lets it talk to; a thief is held by the network alone."""

    host: str
    """`scheme://host:port`; `*` where no policy file says."""

    @property
    def key(self) -> str:
        """See `key_of`."""
        return f"backend/{self.host}"

    def covers(self, other: "Backend") -> bool:
        """See `covers`."""
        return among(self.host, other.host)


class Serves(_Grant, frozen=True, kw_only=True, tag="serves"):
    """What its policy file lets its callers ask for: a rule, allowed if all four parts match."""

    namespaces: tuple[str, ...]
    stores: tuple[str, ...]
    keys: tuple[str, ...]
    operations: tuple[str, ...]

    @property
    def key(self) -> str:
        """See `key_of`."""
        parts = (self.namespaces, self.stores, self.keys, self.operations)
        return f"serves/{_digest(repr(parts))}"

    def covers(self, other: "Serves") -> bool:
        """See `covers`."""
        pairs = ((self.namespaces, other.namespaces), (self.stores, other.stores), (self.keys, other.keys))
        return set(other.operations) <= set(self.operations) and all(
            all(any(pattern_covers(mine, each) for mine in ours) for each in theirs) for ours, theirs in pairs
        )


class Peer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whom a network policy is about; nothing set means everybody."""

    cidr: str = ""
    excepts: tuple[str, ...] = ()
    namespaces: tuple[str, ...] | None = None
    """Labels that the namespace must have; empty means any namespace, None that no Pods are meant."""
    pods: tuple[str, ...] = ()
    """Labels that the Pod must have; empty means any Pod."""

    @property
    def text(self) -> str:
        """One word for ids, without spaces."""
        if self.namespaces is not None:
            return f"pods({'&'.join(self.pods) or ALL}@{'&'.join(self.namespaces) or ALL})"
        return f"{self.cidr}{''.join(f'-{each}' for each in self.excepts)}" if self.cidr else ALL

    def covers(self, other: "Peer") -> bool:
        """Say whether everybody of the other is one of this. Where that cannot be told, it is not."""
        if self == Peer():
            return True
        if self.namespaces is not None:
            return (
                other.namespaces is not None
                and set(self.namespaces) <= set(other.namespaces)
                and set(self.pods) <= set(other.pods)
            )
        return bool(self.cidr and other.cidr) and self._covers_range(other)

    def _covers_range(self, other: "Peer") -> bool:
        if not is_inside(other.cidr, self.cidr):
            return False
        cut = [each for each in self.excepts if is_inside(each, other.cidr) or is_inside(other.cidr, each)]
        return all(any(is_inside(each, theirs) for theirs in other.excepts) for each in cut)


class _Flow(_Grant, frozen=True, kw_only=True):
    peer: Peer
    protocol: str
    """TCP, UDP or SCTP; `*` for all."""
    port: str
    """A number, `first-last`, the name of a container's port, or `*`."""

    def _covers(self, other: "_Flow") -> bool:
        return (
            self.peer.covers(other.peer) and among(self.protocol, other.protocol) and ports_cover(self.port, other.port)
        )

    def _key(self) -> str:
        return f"{self.peer.text}/{self.protocol}/{self.port}"


class Reaches(_Flow, frozen=True, kw_only=True, tag="reaches"):
    """Where network policies let its Pod send to."""

    @property
    def key(self) -> str:
        """See `key_of`."""
        return f"reaches/{self._key()}"

    def covers(self, other: "Reaches") -> bool:
        """See `covers`."""
        return self._covers(other)


class Admits(_Flow, frozen=True, kw_only=True, tag="admits"):
    """Whom network policies let its Pod receive from."""

    @property
    def key(self) -> str:
        """See `key_of`."""
        return f"admits/{self._key()}"

    def covers(self, other: "Admits") -> bool:
        """See `covers`."""
        return self._covers(other)


class Metadata(_Grant, frozen=True, kw_only=True, tag="metadata"):
    """A metadata address of a cloud, where whoever asks may get the node's credential."""

    address: str
    cloud: str

    @property
    def key(self) -> str:
        """See `key_of`."""
        return f"metadata/{self.address}"

    def covers(self, other: "Metadata") -> bool:
        """See `covers`."""
        return self.address == other.address


class Shares(_Grant, frozen=True, kw_only=True, tag="shares"):
    """Something that another process has too."""

    what: str
    """`network`, `processes`, `user` or `volume`."""
    other: str
    """Id of the other process."""
    name: str = ""
    """Of the volume, or number of the user."""
    writable: bool = False
    """Whether this process may write to the volume."""

    @property
    def key(self) -> str:
        """See `key_of`."""
        named = f"/{self.name}" if self.what == "volume" else ""
        return f"shares/{self.what}{named}/{self.other}"

    def covers(self, other: "Shares") -> bool:
        """See `covers`."""
        return self.key == other.key and self.writable >= other.writable


class Privilege(_Grant, frozen=True, kw_only=True, tag="privilege"):
    """A power over the node, or a wall that is missing between the container and it."""

    what: str
    """One of `privileges.PHRASES`, or `capability/<name>`, `host-path/<path>`."""

    @property
    def key(self) -> str:
        """See `key_of`."""
        return f"privilege/{self.what}"

    def covers(self, other: "Privilege") -> bool:
        """See `covers`."""
        return self.what == other.what


Grant: TypeAlias = (
    Runs
    | Credential
    | Identity
    | Account
    | ApiRight
    | Backend
    | Serves
    | Reaches
    | Admits
    | Metadata
    | Shares
    | Privilege
)


class Fence(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One rule of an admission policy that narrows API rights of a process."""

    policy: str
    says: str
    """Its message; what the policy's author calls it."""
    digest: str
    """Of all that decides: expression, variables, conditions, requests looked at."""
    resources: tuple[str, ...]
    """As `ApiRight.resource`; what it looks at."""
    operations: tuple[str, ...]
    """CREATE, UPDATE, DELETE, CONNECT or `*`."""

    @property
    def key(self) -> str:
        """Stable within the process."""
        return f"fence/{self.policy}/{self.digest}"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]
