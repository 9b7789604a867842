"""Lets the API server count among those who must trust a root before the webhook's certificate is signed by it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bulkhead_certcontroller.acknowledgement import Acknowledgements
from bulkhead_certcontroller.answers import Asked, Silence
from bulkhead_certcontroller.bundle_reconcile import WEBHOOK_IDENTITY, BundleReconciler
from bulkhead_certcontroller.identities import Identity


class BundleAcknowledgements:
    """What processes say, and for the webhook's identity also what the webhook configurations say."""

    def __init__(self, processes: Acknowledgements, bundles: BundleReconciler) -> None:
        """Take whom to ask, and who looks after the configurations."""
        self._processes = processes
        self._bundles = bundles

    async def ask(self, identities: Sequence[Identity]) -> Mapping[str, Asked]:
        """See `Acknowledgements`. An API server that does not trust the present roots is one that gave no answer."""
        asked = dict(await self._processes.ask(identities))
        webhook = asked.get(WEBHOOK_IDENTITY)
        if webhook is not None and not await self._bundles.all_trust():
            asked[WEBHOOK_IDENTITY] = replace(webhook, silences=webhook.silences | {Silence.NO_ANSWER})
        return asked
