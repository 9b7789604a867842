"""Which API rights a ServiceAccount has, through its bindings. Pure.

Source: Kubernetes RBAC; roles that are not among the objects are those that every cluster has, or unknown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from bulkhead_api.label_selector import SelectorError, selects
from bulkhead_cli.boundaries.grants import ApiRight
from bulkhead_cli.boundaries.installation import Installation, ObjectName
from bulkhead_cli.boundaries.rules import Binding, PolicyRule, Role, Subject
from bulkhead_cli.boundaries.scopes import ALL

UNKNOWN_ROLE: Final = "unknown-role"
"""Begins the resource of a right whose role is not among the objects."""

_DEFAULTS: Final = "kubernetes.io/bootstrapping"
_EVERYTHING: Final = Role(
    rules=[PolicyRule(verbs=[ALL], api_groups=[ALL], resources=[ALL]), PolicyRule(verbs=[ALL], urls=[ALL])]
)
_KNOWN: Final = {"cluster-admin": _EVERYTHING}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    binding: Binding
    namespace: str
    """`*` for a ClusterRoleBinding."""


def rights_of(account: ObjectName, seen: Installation) -> frozenset[ApiRight]:
    """Give all rights of an account, taken apart to single verbs, resources and names."""
    return frozenset(
        right
        for given in _given_to(account, seen)
        for rule in _rules(given, seen)
        for right in _rights(rule, given.namespace)
    )


def _given_to(account: ObjectName, seen: Installation) -> Iterator[_Given]:
    for binding in seen.cluster_bindings:
        # What every cluster gives to everybody is no matter of this installation.
        if _is_given(binding, account, "") and _DEFAULTS not in binding.metadata.labels:
            yield _Given(binding=binding, namespace=ALL)
    for binding in seen.bindings:
        if _is_given(binding, account, binding.metadata.namespace):
            yield _Given(binding=binding, namespace=binding.metadata.namespace)


def _is_given(binding: Binding, account: ObjectName, namespace: str) -> bool:
    return any(_is_meant(subject, account, namespace) for subject in binding.subjects)


def _is_meant(subject: Subject, account: ObjectName, namespace: str) -> bool:
    match subject.kind:
        case "ServiceAccount":
            return subject.name == account.name and (subject.namespace or namespace) == account.namespace
        case "User":
            return subject.name == f"system:serviceaccount:{account.namespace}:{account.name}"
        case "Group":
            everybody = ("system:authenticated", "system:serviceaccounts")
            return subject.name in (*everybody, f"system:serviceaccounts:{account.namespace}")
        case _:
            return False


def _rules(given: _Given, seen: Installation) -> Iterable[PolicyRule]:
    ref = given.binding.role_ref
    if ref.kind == "ClusterRole":
        role = seen.cluster_roles.get(ref.name) or _KNOWN.get(ref.name)
    else:
        role = seen.roles.get(ObjectName(namespace=given.namespace, name=ref.name))
    if role is None:
        # It may give anything; a report that left it out would look better than the installation is.
        return [PolicyRule(verbs=[ALL], api_groups=[""], resources=[f"{UNKNOWN_ROLE}:{ref.kind}:{ref.name}"])]
    return [*role.rules, *_aggregated(role, seen)]


def _aggregated(role: Role, seen: Installation) -> Iterator[PolicyRule]:
    selectors = role.aggregation_rule.cluster_role_selectors if role.aggregation_rule else []
    for other in seen.cluster_roles.values():
        for selector in selectors:
            try:
                if other is not role and selects(selector, other.metadata.labels):
                    yield from other.rules
            except SelectorError:
                # The API server would refuse the role, so it gives nothing.
                continue


def _rights(rule: PolicyRule, namespace: str) -> Iterator[ApiRight]:
    for verb in rule.verbs:
        for url in rule.urls:
            # A RoleBinding gives no such right.
            if namespace == ALL:
                yield ApiRight(verb=verb, resource=url if url.startswith("/") else f"/{url}")
        for group in rule.api_groups:
            for resource in rule.resources:
                for name in rule.resource_names or [ALL]:
                    yield ApiRight(verb=verb, resource=_written(resource, group), namespace=namespace, name=name)


def _written(resource: str, group: str) -> str:
    name, slash, sub = resource.partition("/")
    return f"{name}{'.' if group else ''}{group}{slash}{sub}"
