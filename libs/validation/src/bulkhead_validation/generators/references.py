"""What a generator refers to: keys of Secrets, ServiceAccounts; and fields of which only one counts."""

from collections.abc import Mapping

from bulkhead_validation.generators.home import Home, SpecCheck
from bulkhead_validation.node import Node


def check_secret(reference: Node, home: Home, *, default_key: str = "") -> None:
    """Look at a reference to one key of a Secret; an absent one lacks both of them.

    Args:
        reference: the reference, with `name`, `key` and maybe `namespace`.
        home: the generator.
        default_key: the key that is read if none is named; empty if there is none.
    """
    _check_name(reference, "Secret")
    if not reference.at("key").text() and not default_key:
        reference.at("key").never_works("is missing: say which key of the Secret is read")
    check_namespace(reference, home)


def check_secret_if_given(reference: Node, home: Home, *, default_key: str = "") -> None:
    """Look at a reference to one key of a Secret that may be left out."""
    if reference.present:
        check_secret(reference, home, default_key=default_key)


def check_whole_secret(reference: Node, home: Home) -> None:
    """Look at a reference to a Secret of which all keys are read."""
    _check_name(reference, "Secret")
    check_namespace(reference, home)


def check_account(reference: Node, home: Home) -> None:
    """Look at a reference to a ServiceAccount; an absent one lacks its name."""
    _check_name(reference, "ServiceAccount")
    check_namespace(reference, home)


def check_account_if_given(reference: Node, home: Home) -> None:
    """Look at a reference to a ServiceAccount that may be left out."""
    if reference.present:
        check_account(reference, home)


def check_namespace(reference: Node, home: Home) -> None:
    """Note a namespace that is not looked at."""
    node = reference.at("namespace")
    named = node.text()
    if not named:
        return
    if home.is_cluster:
        node.doubtful("is not looked at: the namespace of whoever uses the generator is; leave it out")
    elif home.namespace and named != home.namespace:
        node.doubtful("is not looked at: the generator's own namespace is; leave it out")


def check_choice(node: Node, checks: Mapping[str, SpecCheck], home: Home, *, is_needed: bool) -> None:
    """Look at the first of these that is given, which is the only one that ESO looks at.

    Args:
        node: where they stand.
        checks: how to look at each, in the order in which ESO does.
        home: the generator.
        is_needed: whether nothing works without any of them.
    """
    given = node.keys_present(tuple(checks))
    if not given and is_needed:
        node.never_works(f"needs one of {', '.join(checks)}")
    for first in given[:1]:
        checks[first](node.at(first), home)
    for other in given[1:]:
        node.at(other).doubtful(f"is not looked at beside {given[0]}: leave one of them out")


def nothing_to_check(_: Node, __: Home) -> None:
    """Look at nothing, where every value is right."""


def _check_name(reference: Node, kind: str) -> None:
    if not reference.at("name").text():
        reference.at("name").never_works(f"is missing: name the {kind}")
