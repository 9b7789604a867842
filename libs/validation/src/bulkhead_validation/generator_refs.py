"""References to generators, in ExternalSecrets and PushSecrets. Pure."""

from typing import Final

from bulkhead_target.keys import quoted
from bulkhead_validation.names import check_object_name
from bulkhead_validation.node import Node

GENERATOR_KINDS: Final = frozenset(
    {
        "ACRAccessToken",
        "BeyondtrustWorkloadCredentialsDynamicSecret",
        "CloudsmithAccessToken",
        "ClusterGenerator",
        "ECRAuthorizationToken",
        "Fake",
        "GCRAccessToken",
        "GithubAccessToken",
        "GitlabDeployToken",
        "Grafana",
        "MFA",
        "Password",
        "QuayAccessToken",
        "SSHKey",
        "STSSessionToken",
        "UUID",
        "VaultDynamicSecret",
        "Webhook",
    }
)
_API_VERSION: Final = "generators.external-secrets.io/v1alpha1"


def check_generator_ref(node: Node) -> None:
    """Note a reference to a kind that no generator has."""
    kind = node.at("kind").text()
    if kind not in GENERATOR_KINDS:
        node.at("kind").refused_by_schema(f"{quoted(kind)} is no kind of a generator")
    api_version = node.at("apiVersion").text()
    if api_version and api_version != _API_VERSION:
        node.at("apiVersion").never_works(f"must be {_API_VERSION}")
    check_object_name(node.at("name"))
