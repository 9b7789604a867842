"""Grants in words, as what follows `gives <process>`. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bulkhead_cli.boundaries.grants import (
    Account,
    Admits,
    ApiRight,
    Backend,
    Credential,
    Grant,
    Identity,
    Metadata,
    Peer,
    Privilege,
    Reaches,
    Runs,
    Serves,
    Shares,
)
from bulkhead_cli.boundaries.privileges import PHRASES
from bulkhead_cli.boundaries.scopes import ALL

_RELEASE: Final = "app.kubernetes.io/"
_NAMESPACE: Final = "kubernetes.io/metadata.name="
_HOW: Final = {"environment": ", in an environment variable", "api": ", by the API server"}


def phrase_of(grant: Grant) -> str:  # noqa: C901, PLR0911 - one line for each kind of grant
    """Say what a grant is, without a process."""
    match grant:
        case Runs():
            return "a container"
        case Credential():
            return credential_phrase(grant)
        case Identity():
            return identity_phrase(grant)
        case Account(namespace=namespace, name=name, how=how):
            what = f"every ServiceAccount {_in(namespace)}" if name == ALL else f"the ServiceAccount {namespace}/{name}"
            return f"{what}, by a token{' that it can make or read there' if how == 'api' else ''}"
        case ApiRight():
            return next(phrases_of_rights([grant]))
        case Backend(host=host):
            return "every backend, as no policy file says which" if host == ALL else f"the backend {host} in its policy"
        case Serves():
            return serves_phrase(grant)
        case Reaches():
            return f"a way to {next(iter(lines_of_flows([grant])))}"
        case Admits():
            return f"callers from {next(iter(lines_of_flows([grant])))}"
        case Metadata(address=address, cloud=cloud):
            return f"a way to the metadata address {address} ({cloud})"
        case Shares():
            return shares_phrase(grant)
        case Privilege(what=what):
            return privilege_phrase(what)


def credential_phrase(grant: Credential) -> str:
    """Say which credential it is."""
    kind, _, what = grant.source.partition("/")
    how = _HOW.get(grant.how, "")
    match kind:
        case "secret":
            return f"the credential in Secret {what}{how}"
        case "token":
            return f"a token of its Pod's ServiceAccount for the audience {what}"
        case "csi":
            return f"what the CSI driver {what} mounts"
        case _:
            return f"the cloud identity {what} of its Pod's ServiceAccount"


def identity_phrase(grant: Identity) -> str:
    """Say which identity it is."""
    if grant.uri == "spiffe-agent":
        whence = "a SPIRE agent attests to it" if grant.how == "agent" else "a SPIRE helper writes for it"
        return f"the identity that {whence}"
    if grant.uri.endswith("/*"):
        return f"every identity of {grant.uri[:-2]}, by the CA's key"
    return f"the identity {grant.uri}{_HOW.get(grant.how, '')}"


def serves_phrase(grant: Serves) -> str:
    """Say what a rule of a policy file allows."""
    return (
        f"a rule of its policy to {_and(grant.operations)}: {_scope('namespace', grant.namespaces)},"
        f" {_scope('store', grant.stores)}, {_scope('key', grant.keys)}"
    )


def shares_phrase(grant: Shares) -> str:
    """Say what is shared and with whom."""
    match grant.what:
        case "network":
            return f"one network namespace with {grant.other}"
        case "processes":
            return f"one process namespace with {grant.other}"
        case "user":
            return f"the same user, {grant.name}, as {grant.other}"
        case _:
            writing = "which it may write to" if grant.writable else "to read"
            return f"the volume {grant.name} in common with {grant.other}, {writing}"


def privilege_phrase(what: str) -> str:
    """Say what a privilege allows."""
    kind, _, name = what.partition("/")
    match kind:
        case "capability":
            return f"the capability {name}"
        case "host-path":
            return f"the node's folder {name}"
        case _:
            return PHRASES[what]


def lines_of_flows(flows: Iterable[Reaches | Admits]) -> list[str]:
    """Say who is meant and on which ports, each peer once."""
    ports: dict[Peer, list[Reaches | Admits]] = {}
    for flow in flows:
        ports.setdefault(flow.peer, []).append(flow)
    return [f"{peer_phrase(peer)} on {ports_phrase(those)}" for peer, those in ports.items()]


def peer_phrase(peer: Peer) -> str:
    """Say who is meant."""
    if peer.namespaces is not None:
        return f"{_pods_phrase(peer.pods)} in {_namespaces_phrase(peer.namespaces)}"
    if not peer.cidr:
        return "any address"
    return f"{peer.cidr}{f' but {_and(peer.excepts)}' if peer.excepts else ''}"


def ports_phrase(flows: Iterable[Reaches | Admits]) -> str:
    """Say which ports are meant."""
    by_protocol: dict[str, list[str]] = {}
    for flow in flows:
        by_protocol.setdefault(flow.protocol, []).append(flow.port)
    return _and([_ports_of(protocol, ports) for protocol, ports in by_protocol.items()])


def _ports_of(protocol: str, ports: Sequence[str]) -> str:
    kind = "" if protocol in (ALL, "TCP") else f"{protocol} "
    if ALL in ports:
        return "every port" if protocol == ALL else f"every {protocol} port"
    return f"{kind}port{'s' if len(ports) > 1 else ''} {_and(ports)}"


def _pods_phrase(labels: Sequence[str]) -> str:
    """Say which Pods; those of a release by its name and their part in it, as all labels would fill the page."""
    known = dict(label.split("=", 1) for label in labels if label.startswith(_RELEASE) and "=" in label)
    if len(known) == len(labels) and known.keys() == {
        f"{_RELEASE}{each}" for each in ("name", "instance", "component")
    }:
        return f"Pods {known[f'{_RELEASE}instance']}/{known[f'{_RELEASE}component']}"
    return f"Pods with {_and(labels)}" if labels else "every Pod"


def _namespaces_phrase(labels: Sequence[str]) -> str:
    if len(labels) == 1 and labels[0].startswith(_NAMESPACE):
        return f"namespace {labels[0].removeprefix(_NAMESPACE)}"
    return f"namespaces with {_and(labels)}" if labels else "every namespace"


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsLine:
    """Rights that can be said in one breath."""

    verbs: tuple[str, ...]
    resources: tuple[str, ...]
    namespace: str
    names: tuple[str, ...]
    fenced_by: tuple[str, ...]


def lines_of_rights(rights: Iterable[ApiRight]) -> list[RightsLine]:
    """Put rights together that differ in verbs, then in names, then in resources alone; nothing is lost or added."""
    verbs: dict[tuple[str, str, str, tuple[str, ...]], set[str]] = {}
    for each in rights:
        verbs.setdefault((each.resource, each.namespace, each.name, each.fenced_by), set()).add(each.verb)
    names: dict[tuple[frozenset[str], str, str, tuple[str, ...]], set[str]] = {}
    for (resource, namespace, name, fenced_by), having in verbs.items():
        names.setdefault((frozenset(having), resource, namespace, fenced_by), set()).add(name)
    resources: dict[tuple[frozenset[str], frozenset[str], str, tuple[str, ...]], set[str]] = {}
    for (those, resource, namespace, fenced_by), named in names.items():
        resources.setdefault((those, frozenset(named), namespace, fenced_by), set()).add(resource)
    lines = [
        RightsLine(
            verbs=tuple(sorted(those)),
            resources=tuple(sorted(meant)),
            namespace=namespace,
            names=tuple(sorted(named)),
            fenced_by=fenced_by,
        )
        for (those, named, namespace, fenced_by), meant in resources.items()
    ]
    return sorted(lines, key=lambda line: ("secrets" not in line.resources, line.resources, line.namespace, line.names))


def phrases_of_rights(rights: Iterable[ApiRight]) -> Iterator[str]:
    """Give rights as `the right to get Secret x in namespace y`."""
    for line in lines_of_rights(rights):
        yield f"the right to {_and(_verbs(line.verbs))} {object_phrase(line)}"


def object_phrase(line: RightsLine) -> str:
    """Say what the rights are on."""
    resources = tuple("everything" if each == "*.*" else each for each in line.resources)
    if all(each.startswith("/") for each in resources):
        return _and(resources)
    if line.names == (ALL,):
        return f"{_and(resources)} {_in(line.namespace)}"
    names = _and(line.names)
    what = ("Secret" if len(line.names) == 1 else "Secrets") if resources == ("secrets",) else _and(resources)
    return f"{what} {names}{'' if line.namespace == ALL else f' in namespace {line.namespace}'}"


def _verbs(verbs: Sequence[str]) -> tuple[str, ...]:
    return ("do everything with",) if ALL in verbs else tuple(verbs)


def _in(namespace: str) -> str:
    return "in every namespace" if namespace == ALL else f"in namespace {namespace}"


def _scope(what: str, patterns: Sequence[str]) -> str:
    if ALL in patterns:
        return f"every {what}"
    return f"{what}{'s' if len(patterns) > 1 else ''} {_and(patterns)}" if patterns else f"no {what}"


def _and(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
