"""What a provider server is built from."""

from dataclasses import dataclass, field

from bulkhead_provider_sdk.blocking import BlockingPool
from bulkhead_provider_sdk.credentials import Credentials
from bulkhead_provider_sdk.policy_source import PolicySource
from bulkhead_provider_sdk.references.resolver import References


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What `serve` gives to the function that builds the provider. All of it lives as long as the process."""

    credentials: Credentials
    policy: PolicySource
    blocking: BlockingPool
    references: References = field(default_factory=References)
    """What stores refer to in the cluster; by default there is no identity to read it with."""
