"""What a process holds: credentials, identities, accounts, and by these what it can do at the API server. Pure.

One thing leads to another: who reads the Secret of a token is that account, and has its rights, and reads what these
let it read. So this goes on until nothing new comes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from bulkhead_cli.boundaries.fences import concerns, fences_of
from bulkhead_cli.boundaries.grants import Account, ApiRight, Credential, Fence, Grant, Identity
from bulkhead_cli.boundaries.installation import Installation, ObjectName, PodMaker
from bulkhead_cli.boundaries.meanings import Meanings, containers_of, trust_domain_of
from bulkhead_cli.boundaries.mounts import API_AUDIENCES, audiences_in, drivers_in, mounted_in, secrets_in
from bulkhead_cli.boundaries.pods import Container
from bulkhead_cli.boundaries.report import SecretAccess
from bulkhead_cli.boundaries.rights import rights_of
from bulkhead_cli.boundaries.scopes import ALL, covers_resource

SPIFFE_DRIVER: Final = "csi.spiffe.io"
"""The CSI driver that mounts the socket of a SPIRE agent."""

_CLOUD: Final = ("eks.amazonaws.com/role-arn", "iam.gke.io/gcp-service-account", "azure.workload.identity/client-id")
_READS: Final = frozenset({"get", "list", "watch", "patch", "deletecollection", ALL})
# The reply to a patch, or to a deletion that only marks, holds the object.
_READS_UNFENCED: Final = frozenset({"delete"})
_WRITES: Final = frozenset({"create", "update", "patch", "delete", "deletecollection", ALL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """All that one container holds."""

    grants: tuple[Grant, ...]
    fences: tuple[Fence, ...]
    secrets: tuple[SecretAccess, ...]


@dataclass(slots=True, kw_only=True)
class _Found:
    """What was found so far; how it was come by first is kept."""

    secrets: dict[ObjectName, str]
    accounts: dict[ObjectName, str]
    rights: dict[ObjectName, frozenset[ApiRight]] = field(default_factory=dict)
    fences: dict[ObjectName, frozenset[Fence]] = field(default_factory=dict)
    any_account_of: set[str] = field(default_factory=set)
    """Namespaces in which it can make a token of every account."""


def holdings_of(container: Container, pod: PodMaker, meanings: Meanings, seen: Installation) -> Holdings:
    """Give what a container holds, directly or by what that leads to."""
    found = _Found(
        secrets=dict(secrets_in(container, pod)),
        accounts={
            ObjectName(namespace=pod.namespace, name=pod.spec.account): "mounted"
            for audience in audiences_in(container, pod, seen)
            if audience in API_AUDIENCES
        },
    )
    _follow(found, meanings, seen)
    rights = list(_merged(found))
    held: list[Grant] = [
        *_credentials(container, pod, meanings, found, seen),
        *_identities(container, pod, meanings, found, seen),
        *_accounts(found),
        *rights,
    ]
    grants = {each.key: each for each in held}
    fences = {each.key: each for those in found.fences.values() for each in those}
    return Holdings(
        grants=tuple(grants[key] for key in sorted(grants)),
        fences=tuple(fences[key] for key in sorted(fences)),
        secrets=tuple(sorted(_secrets(secrets_in(container, pod).items(), rights))),
    )


def _follow(found: _Found, meanings: Meanings, seen: Installation) -> None:
    before = -1
    while before != (before := len(found.secrets) + len(found.accounts)):
        for secret, how in list(found.secrets.items()):
            if secret in meanings.tokens:
                found.accounts.setdefault(meanings.tokens[secret], how)
        for account in list(found.accounts):
            if account not in found.rights:
                found.rights[account] = rights_of(account, seen)
                found.fences[account] = fences_of(account, found.rights[account], seen)
        for account, rights in found.rights.items():
            for right in rights:
                _use(right, found.fences[account], found, meanings, seen)


def _use(right: ApiRight, fences: frozenset[Fence], found: _Found, meanings: Meanings, seen: Installation) -> None:
    if _reads(right, fences):
        for secret in meanings.known:
            if _is_of(secret, right):
                found.secrets.setdefault(secret, "api")
    if right.verb in ("create", ALL) and covers_resource(right.resource, "serviceaccounts/token"):
        for account in {*seen.accounts, *meanings.tokens.values()}:
            if _is_of(account, right):
                found.accounts.setdefault(account, "api")
        if right.name == ALL:
            found.any_account_of.add(right.namespace)


def _is_of(name: ObjectName, right: ApiRight) -> bool:
    return right.namespace in (ALL, name.namespace) and right.name in (ALL, name.name)


def _reads(right: ApiRight, fences: Iterable[Fence]) -> bool:
    if not covers_resource(right.resource, "secrets"):
        return False
    return right.verb in _READS or (
        right.verb in _READS_UNFENCED and not any(concerns(fence, right) for fence in fences)
    )


def _credentials(
    container: Container, pod: PodMaker, meanings: Meanings, found: _Found, seen: Installation
) -> Iterator[Credential]:
    for secret, how in found.secrets.items():
        if secret in meanings.others:
            yield Credential(source=f"secret/{secret}", how=how)
    for audience in audiences_in(container, pod, seen) - API_AUDIENCES:
        yield Credential(source=f"token/{audience}", how="mounted")
    for driver in drivers_in(container, pod) - {SPIFFE_DRIVER}:
        yield Credential(source=f"csi/{driver}", how="mounted")
    account = seen.accounts.get(ObjectName(namespace=pod.namespace, name=pod.spec.account))
    for annotation in _CLOUD:
        if account is not None and annotation in account.metadata.annotations:
            # The clouds' webhooks give it to every container of the Pod.
            value = account.metadata.annotations[annotation]
            yield Credential(source=f"cloud/{annotation}={value}", how="mounted")


def _identities(
    container: Container, pod: PodMaker, meanings: Meanings, found: _Found, seen: Installation
) -> Iterator[Identity]:
    for secret, how in found.secrets.items():
        for uri in meanings.identities.get(secret, ()):
            yield Identity(uri=uri, how=how)
        if secret in meanings.authorities:
            yield Identity(uri=f"spiffe://{meanings.authorities[secret]}/*", how="ca")
    if container.argument("ca-dir"):
        yield Identity(uri=f"spiffe://{trust_domain_of(container, seen)}/*", how="ca")
    if SPIFFE_DRIVER in drivers_in(container, pod):
        yield Identity(uri="spiffe-agent", how="agent")
    elif any(_is_helped(container, other, pod) for other in containers_of(pod)):
        yield Identity(uri="spiffe-agent", how="mounted")


def _is_helped(container: Container, other: Container, pod: PodMaker) -> bool:
    """Say whether the other asks a SPIRE agent and shares a folder with this one, which it writes certificates into."""
    mine, theirs = (
        {each.volume.name for each in mounted_in(one, pod) if each.volume.empty_dir is not None}
        for one in (container, other)
    )
    return SPIFFE_DRIVER in drivers_in(other, pod) and bool(mine & theirs)


def _accounts(found: _Found) -> Iterator[Account]:
    for account, how in found.accounts.items():
        yield Account(namespace=account.namespace, name=account.name, how=how)
    for namespace in found.any_account_of:
        yield Account(namespace=namespace, name=ALL, how="api")


def _merged(found: _Found) -> Iterator[ApiRight]:
    """Give each right once, with all accounts that have it and the policies that narrow it for all of these."""
    having: dict[ApiRight, list[ObjectName]] = {}
    for account, rights in found.rights.items():
        for right in rights:
            having.setdefault(right, []).append(account)
    for right, accounts in having.items():
        fencing = [{fence.policy for fence in found.fences[account] if concerns(fence, right)} for account in accounts]
        yield msgspec.structs.replace(
            right,
            accounts=tuple(sorted(map(str, accounts))),
            fenced_by=tuple(sorted(set.intersection(*fencing))),
        )


def _secrets(seen_in_files: Iterable[tuple[ObjectName, str]], rights: Iterable[ApiRight]) -> Iterator[SecretAccess]:
    for secret, how in seen_in_files:
        yield SecretAccess(access="read", namespace=secret.namespace, name=secret.name, how=how)
    by_place: dict[tuple[str, str, str], list[ApiRight]] = {}
    for right in rights:
        if not covers_resource(right.resource, "secrets"):
            continue
        if right.verb in _READS or (right.verb in _READS_UNFENCED and not right.fenced_by):
            by_place.setdefault(("read", right.namespace, right.name), []).append(right)
        if right.verb in _WRITES:
            by_place.setdefault(("write", right.namespace, right.name), []).append(right)
    for (access, namespace, name), those in by_place.items():
        yield SecretAccess(
            access=access,
            namespace=namespace,
            name=name,
            how="api",
            verbs=tuple(sorted({each.verb for each in those})),
            fenced_by=tuple(sorted(set.intersection(*(set(each.fenced_by) for each in those)))),
        )
