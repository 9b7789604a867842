"""Invariants of rights: who may do what through the API server. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

from chart_objects import Rendering, Role, Rule
from chart_wanted import Named

_WRITES: Final = {"create", "update", "delete"}
_READS: Final = {"get", "list", "watch"}
_GIVE_MORE: Final = {"escalate", "bind", "impersonate", "deletecollection"}
_PATCHED: Final = {
    *("externalsecrets", "clusterexternalsecrets", "namespaces", "events"),
    *("externalsecrets/status", "clusterexternalsecrets/status", "secretstores/status", "clustersecretstores/status"),
    *("pushsecrets/status", "clusterpushsecrets/status"),
}
"""What the controller may patch; admission policies say which fields."""


def no_wildcard_in_rights(rendering: Rendering) -> Iterator[str]:
    """No Role and no ClusterRole says "all" of anything."""
    for role in rendering.roles:
        for rule in role.rules:
            words = (*rule.api_groups, *rule.resources, *rule.verbs, *rule.resource_names, *rule.non_resource_urls)
            if any("*" in word for word in words):
                yield f"{role.kind} {role.metadata.name} has a wildcard"


def no_secret_right_outside_the_profile(rendering: Rendering) -> Iterator[str]:
    """Secrets are written as the profile says, read where it says, and otherwise only by the names that values give."""
    for role in rendering.roles:
        for rule in role.rules:
            if any(each.partition("/")[0] == "secrets" for each in rule.resources):
                holders = _holders(role, rendering)
                where = f"{role.kind} {role.metadata.name} gives {', '.join(sorted(holders))} {rule.verbs}"
                yield from (f"{where} on {what}" for what in _secrets_beyond(role, rule, holders, rendering))


def _secrets_beyond(role: Role, rule: Rule, holders: set[str], rendering: Rendering) -> Iterator[str]:
    """Give, in words, the Secrets that a rule gives beyond the profile, or by names that are not the holder's."""
    wanted, namespace = rendering.wanted, role.metadata.namespace
    verbs, names = set(rule.verbs), {Named(namespace, name) for name in rule.resource_names}
    if rule.resources != ["secrets"]:
        yield "parts of Secrets, or more than Secrets"
    if not names:
        if role.kind == "ClusterRole":
            allowed = _WRITES | (_READS if wanted.profile == "eso-compat" else set())
        else:
            allowed = _READS if namespace in wanted.profile_namespaces else set()
        if holders != {_account_of("controller", rendering)} or not verbs <= allowed:
            yield f"all Secrets of {namespace or 'the cluster'}"
    elif holders == {_account_of("certcontroller", rendering)}:
        own = {
            Named(each.metadata.namespace, each.metadata.name) for each in rendering.identified if each.kind == "Secret"
        }
        own.add(Named(rendering.namespace, wanted.certificates.ca_key.existing_secret))
        if not names <= own or not verbs <= {"get", "update"}:
            yield "Secrets that are not the chart's own"
    elif verbs != {"get"} or not names <= set(wanted.identity_secrets(holders)):
        yield "Secrets that no value of its provider names"


def _holders(role: Role, rendering: Rendering) -> set[str]:
    """Give the accounts to which a role is given."""
    return {
        subject.name
        for binding in rendering.bindings
        if (binding.role_ref.kind, binding.role_ref.name) == (role.kind, role.metadata.name)
        and binding.metadata.namespace == role.metadata.namespace
        for subject in binding.subjects
    }


def _account_of(component: str, rendering: Rendering) -> str:
    return next((pod.spec.service_account_name for pod in rendering.pods if pod.component == component), "")


def no_right_that_gives_more(rendering: Rendering) -> Iterator[str]:
    """Nobody may take more rights, be somebody else or delete in bulk; tokens are of named accounts alone."""
    for role in rendering.roles:
        if _is_for_people(role.metadata.labels):
            continue
        for rule in role.rules:
            where = f"{role.kind} {role.metadata.name}"
            if set(rule.verbs) & _GIVE_MORE:
                yield f"{where} has {rule.verbs} on {rule.resources}"
            if "patch" in rule.verbs and not set(rule.resources) <= _PATCHED and not _is_the_bundle(rule):
                yield f"{where} may patch {rule.resources}"
            if "serviceaccounts/token" in rule.resources and (rule.verbs != ["create"] or not rule.resource_names):
                yield f"{where} may make tokens of any ServiceAccount"


def _is_the_bundle(rule: Rule) -> bool:
    """Say whether it is the certcontroller's, who fills the caBundle of one configuration by its name."""
    return rule.resources == ["validatingwebhookconfigurations"] and len(rule.resource_names) == 1


def _is_for_people(labels: Mapping[str, str]) -> bool:
    """Say whether a ClusterRole is one that Kubernetes adds to those of people, which no process of ours has."""
    return any(label.startswith("rbac.authorization.k8s.io/aggregate-to-") for label in labels)


def every_right_is_given_to_an_account_of_the_release(rendering: Rendering) -> Iterator[str]:
    """No binding names somebody else, and each names a role of the chart."""
    accounts = {each.metadata.name for each in rendering.accounts}
    roles = {(each.kind, each.metadata.name) for each in rendering.roles}
    for binding in rendering.bindings:
        where = f"{binding.kind} {binding.metadata.name}"
        if (binding.role_ref.kind, binding.role_ref.name) not in roles:
            yield f"{where} gives {binding.role_ref.name}, which is not the chart's"
        for subject in binding.subjects:
            is_ours = subject.kind == "ServiceAccount" and subject.namespace == rendering.namespace
            if not is_ours or subject.name not in accounts:
                yield f"{where} gives to {subject.kind} {subject.name}"
