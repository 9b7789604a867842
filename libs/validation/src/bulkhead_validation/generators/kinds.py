"""Which check belongs to which kind of generator."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from bulkhead_validation.generators.aws import check_ecr, check_sts
from bulkhead_validation.generators.azure import check_acr
from bulkhead_validation.generators.beyondtrust import check_beyondtrust
from bulkhead_validation.generators.cluster import check_cluster_generator
from bulkhead_validation.generators.forges import check_github, check_gitlab
from bulkhead_validation.generators.google import check_gcr
from bulkhead_validation.generators.grafana import check_grafana
from bulkhead_validation.generators.home import Home, SpecCheck
from bulkhead_validation.generators.local import check_fake, check_mfa, check_ssh_key, check_uuid
from bulkhead_validation.generators.passwords import check_password
from bulkhead_validation.generators.registries import check_cloudsmith, check_quay
from bulkhead_validation.generators.state import check_state
from bulkhead_validation.generators.vault import check_vault
from bulkhead_validation.generators.webhook import check_webhook
from bulkhead_validation.node import Node

SPECS: Final[Mapping[str, SpecCheck]] = {
    "ACRAccessToken": check_acr,
    "BeyondtrustWorkloadCredentialsDynamicSecret": check_beyondtrust,
    "CloudsmithAccessToken": check_cloudsmith,
    "ECRAuthorizationToken": check_ecr,
    "Fake": check_fake,
    "GCRAccessToken": check_gcr,
    "GithubAccessToken": check_github,
    "GitlabDeployToken": check_gitlab,
    "Grafana": check_grafana,
    "MFA": check_mfa,
    "Password": check_password,
    "QuayAccessToken": check_quay,
    "SSHKey": check_ssh_key,
    "STSSessionToken": check_sts,
    "UUID": check_uuid,
    "VaultDynamicSecret": check_vault,
    "Webhook": check_webhook,
}
"""The kinds that a ClusterGenerator may hold."""


def _check_generator(root: Node, check: SpecCheck) -> None:
    check(root.at("spec"), Home(namespace=root.at("metadata", "namespace").text()))


CHECKS: Final[Mapping[str, Callable[[Node], None]]] = {
    **{kind: partial(_check_generator, check=check) for kind, check in SPECS.items()},
    "ClusterGenerator": partial(check_cluster_generator, checks=SPECS),
    "GeneratorState": partial(check_state, kinds=SPECS),
}
"""By kind; each notes the faults of one whole object at its root node."""
