"""Which admission policies narrow what an account may do. Pure.

Only what refuses counts: a policy that is bound with Deny, whose failure refuses too, and that looks at the requests
of the account. Source: admissionregistration.k8s.io/v1.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from bulkhead_api.meta import LabelSelector
from bulkhead_cli.boundaries.grants import ApiRight, Fence
from bulkhead_cli.boundaries.installation import Installation, ObjectName
from bulkhead_cli.boundaries.rules import AdmissionBinding, AdmissionPolicy, Expression, MatchConstraints, ResourceRule
from bulkhead_cli.boundaries.scopes import ALL, covers_resource

_USER: Final = re.compile(r"request\.userInfo\.username\s*==\s*(['\"])(.*?)\1")
_VARIABLE: Final = re.compile(r"\bvariables\.(\w+)")
_OPERATIONS: Final = {
    "create": ("CREATE", "CONNECT"),
    "update": ("UPDATE",),
    "patch": ("UPDATE", "CREATE"),
    "delete": ("DELETE",),
    "deletecollection": ("DELETE",),
}


def fences_of(account: ObjectName, rights: Iterable[ApiRight], seen: Installation) -> frozenset[Fence]:
    """Give the rules that hold for an account and look at something that it has a right to."""
    held = list(rights)
    return frozenset(
        fence
        for binding in seen.admission_bindings
        if "Deny" in binding.spec.validation_actions
        for fence in _bound(binding, account, seen)
        if any(concerns(fence, right) for right in held)
    )


def concerns(fence: Fence, right: ApiRight) -> bool:
    """Say whether a fence looks at what a right allows; reads are never looked at."""
    wanted = {each for values in _OPERATIONS.values() for each in values}
    operations = wanted if right.verb == ALL else set(_OPERATIONS.get(right.verb, ()))
    if not operations or (ALL not in fence.operations and not operations & set(fence.operations)):
        return False
    return any(
        covers_resource(each, right.resource) or covers_resource(right.resource, each) for each in fence.resources
    )


def _bound(binding: AdmissionBinding, account: ObjectName, seen: Installation) -> Iterator[Fence]:
    policy = seen.admission_policies.get(binding.spec.policy_name)
    # One that lets pass what it cannot judge helps people and guards nothing.
    if policy is None or policy.spec.failure_policy != "Fail" or not _is_about(policy, account):
        return
    rules = policy.spec.match_constraints.resource_rules
    for validation in policy.spec.validations:
        yield Fence(
            policy=policy.metadata.name,
            says=validation.message or validation.expression,
            digest=_digest(policy, binding, validation),
            resources=tuple(sorted({each for rule in rules for each in _resources(rule)})),
            operations=tuple(sorted({each for rule in rules for each in rule.operations})),
        )


def _is_about(policy: AdmissionPolicy, account: ObjectName) -> bool:
    """Say whether it looks at what the account sends, as far as the conditions can be read without running CEL."""
    for condition in policy.spec.match_conditions:
        found = _USER.fullmatch(condition.expression.strip())
        if found is None or found[2] != f"system:serviceaccount:{account.namespace}:{account.name}":
            # Any other condition may leave the account's requests out, so the policy is no fence for certain.
            return False
    return True


def _resources(rule: ResourceRule) -> Iterator[str]:
    for group in rule.api_groups:
        for resource in rule.resources:
            name, slash, sub = resource.partition("/")
            yield f"{name}{'.' if group else ''}{group}{slash}{sub}"


def _digest(policy: AdmissionPolicy, binding: AdmissionBinding, validation: Expression) -> str:
    spec = policy.spec
    decides = [
        _one_line(validation.expression),
        *(f"{each.name}={_one_line(each.expression)}" for each in _variables(validation.expression, spec.variables)),
        *(_one_line(each.expression) for each in spec.match_conditions),
        _requests(spec.match_constraints),
        _requests(binding.spec.match_resources or MatchConstraints()),
    ]
    return sha256("\n".join(decides).encode()).hexdigest()[:12]


def _requests(constraints: MatchConstraints) -> str:
    # The API server writes out selectors that select everything; they mean what none means.
    def said(selector: LabelSelector | None) -> LabelSelector | None:
        return None if selector == LabelSelector() else selector

    plain = msgspec.structs.replace(
        constraints,
        namespace_selector=said(constraints.namespace_selector),
        object_selector=said(constraints.object_selector),
    )
    return msgspec.json.encode(plain, order="deterministic").decode()


def _variables(expression: str, variables: Sequence[Expression]) -> list[Expression]:
    """Give those that the expression uses, directly or by way of others, in their order."""
    by_name = {each.name: each for each in variables}
    used: set[str] = set()
    todo = _VARIABLE.findall(expression)
    while todo:
        name = todo.pop()
        if name in by_name and name not in used:
            used.add(name)
            todo += _VARIABLE.findall(by_name[name].expression)
    return [each for each in variables if each.name in used]


def _one_line(text: str) -> str:
    return " ".join(text.split())
