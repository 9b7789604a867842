"""Keys as the backend knows them, for providers whose stores put something in front of what users write."""

from typing import Protocol, runtime_checkable

from bulkhead_provider_sdk.policy import Operation
from bulkhead_provider_sdk.provider import Call


@runtime_checkable
class NamesBackendKeys(Protocol):
    """A provider that also says where a key leads to.

    The key patterns of the policy are matched with what this gives. A provider without it has the users' keys matched
    as they are, which is only right if no field of a store changes which secret a key means.
    """

    def backend_key(self, call: Call, key: str, operation: Operation) -> str:
        """Give the key, or for Find the path to look below, as the backend knows it.

        For Find in a backend with folders the result ends with its separator, since a pattern such as `team-a/*` does
        not cover a path that may also be the beginning of `team-ab`. It must be pure: nothing is asked of the backend.

        Raises:
            ProviderError: the store or the key cannot work.
        """
