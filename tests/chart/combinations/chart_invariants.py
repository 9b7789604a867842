"""What holds for everything that the chart renders, whatever the values: a sentence for each breach. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from chart_network import every_pod_is_closed_by_network_policies, no_network_rule_is_wider_than_it_says
from chart_objects import Rendering
from chart_pods import (
    every_container_is_hardened,
    every_image_is_from_the_registry,
    every_selector_finds_pods,
    names_fit_and_differ,
    nothing_of_the_node_is_shared,
    resources_and_probes_are_set,
)
from chart_rights import (
    every_right_is_given_to_an_account_of_the_release,
    no_right_that_gives_more,
    no_secret_right_outside_the_profile,
    no_wildcard_in_rights,
)
from chart_walls import (
    a_credential_is_in_one_container,
    a_socket_is_shared_by_two,
    every_container_has_its_own_user,
    no_secret_is_in_an_environment,
    no_token_where_none_is_needed,
    volumes_and_mounts_fit,
)

Invariant: TypeAlias = Callable[[Rendering], Iterator[str]]

INVARIANTS: Final[Mapping[str, Invariant]] = {
    each.__name__: each
    for each in (
        no_wildcard_in_rights,
        no_secret_right_outside_the_profile,
        no_right_that_gives_more,
        every_right_is_given_to_an_account_of_the_release,
        a_credential_is_in_one_container,
        a_socket_is_shared_by_two,
        every_container_has_its_own_user,
        no_token_where_none_is_needed,
        no_secret_is_in_an_environment,
        every_pod_is_closed_by_network_policies,
        no_network_rule_is_wider_than_it_says,
        nothing_of_the_node_is_shared,
        every_image_is_from_the_registry,
        resources_and_probes_are_set,
        every_container_is_hardened,
        volumes_and_mounts_fit,
        every_selector_finds_pods,
        names_fit_and_differ,
    )
}
"""By name."""


def breaches(rendering: Rendering) -> list[str]:
    """Give what does not hold, each with the invariant's name."""
    return [f"{name}: {says}" for name, holds in INVARIANTS.items() for says in holds(rendering)]
