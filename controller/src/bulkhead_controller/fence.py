"""Whether the admission policies that fence the controller's token work, asked of the API server itself.

Helm installs rights before policies, and somebody may take the policies away later. In the profiles that promise a
fence the controller therefore begins no work before a write that must be refused is refused, and asks again from time
to time. Which writes the policies refuse is said in the chart alone.
"""

import asyncio
from enum import StrEnum
from typing import Final

import msgspec

from bulkhead_api.meta import PartialObject
from bulkhead_controller.profile import Profile
from bulkhead_runtime.kube.client import METADATA_ONLY, KubeClient
from bulkhead_runtime.kube.errors import ApiError, ConflictError, InvalidError
from bulkhead_runtime.kube.path import resource_path
from bulkhead_runtime.logging import get_logger
from bulkhead_runtime.metrics import gauge

FENCED_PROFILES: Final = frozenset({Profile.STRICT, Profile.NAMESPACED})
RETRY_S: Final = 1.0
RECHECK_S: Final = 300.0

# With the profile as a label, so that an installation without a fence has no series to raise an alarm.
_ACTIVE: Final = gauge("bulkhead_fence_active", "Whether the admission policies refuse what they must.", ["profile"])
_MARKER: Final = "bulkhead:"
_NAME: Final = "bulkhead-fence-check"
_LOG: Final = get_logger("fence")


class Verdict(StrEnum):
    """What an answer to the trial write says."""

    CLOSED = "closed"
    """A policy refused it."""
    OPEN = "open"
    """No policy did, so whoever has the token could write any Secret."""
    UNKNOWN = "unknown"
    """The request did not get as far as the policies."""


def decide_fence(answer: ApiError | None) -> Verdict:
    """Say what the API server's answer to the trial write means.

    Args:
        answer: why it was refused; None means that it would have been stored.
    """
    match answer:
        # Policies are asked before the name is looked up, so one that exists got past them.
        case None | ConflictError():
            return Verdict.OPEN
        case InvalidError() if answer.mentions(_MARKER):
            return Verdict.CLOSED
        case _:
            return Verdict.UNKNOWN


class Fence:
    """Tries the fence: a dry run of a Secret without the managed label, in the controller's own namespace."""

    def __init__(
        self, client: KubeClient, profile: Profile, *, retry_s: float = RETRY_S, recheck_s: float = RECHECK_S
    ) -> None:
        """Try nothing yet.

        Args:
            client: calls with the token that the fence is for.
            profile: of the installation; one without a fence counts as closed.
            retry_s: seconds between two trials while the fence is not known to be closed.
            recheck_s: seconds between two trials afterwards.
        """
        self._client = client
        self._profile = profile
        self._retry_s = retry_s
        self._recheck_s = recheck_s
        self._verdict = Verdict.UNKNOWN

    @property
    def is_closed(self) -> bool:
        """Whether the last answer that said anything was a refusal; always so in a profile without a fence."""
        return self._profile not in FENCED_PROFILES or self._verdict is Verdict.CLOSED

    async def wait_until_closed(self, namespace: str) -> None:
        """Try until a policy refuses; at once in a profile without a fence."""
        while not self.is_closed:
            await self.check(namespace)
            if not self.is_closed:
                await asyncio.sleep(self._retry_s)

    async def keep_checking(self, namespace: str) -> None:
        """Try from time to time until cancelled; ends at once in a profile without a fence.

        Work goes on where the fence is found open: the rights are there whether the controller uses them or not, and
        existing Secrets would go stale. The readiness and the metric tell.
        """
        while self._profile in FENCED_PROFILES:
            await asyncio.sleep(self._recheck_s if self.is_closed else self._retry_s)
            await self.check(namespace)

    async def check(self, namespace: str) -> Verdict:
        """Try once; an answer that says nothing leaves what was known.

        Args:
            namespace: the controller's own.
        """
        verdict = decide_fence(await self._try(namespace))
        if verdict is not Verdict.UNKNOWN and verdict is not self._verdict:
            self._verdict = verdict
            if verdict is Verdict.CLOSED:
                _LOG.info("fence closed: the admission policies narrow this controller's rights")
            else:
                _LOG.warning("fence open: no admission policy narrows this controller's rights; is the chart complete?")
        _ACTIVE.labels(self._profile.value).set(float(self.is_closed))
        return verdict

    async def _try(self, namespace: str) -> ApiError | None:
        path = resource_path("v1", "secrets", namespace=namespace)
        body = msgspec.json.encode({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": _NAME}})
        try:
            await self._client.post(path, body, PartialObject, accept=METADATA_ONLY, query={"dryRun": "All"})
        except ApiError as error:
            return error
        return None
