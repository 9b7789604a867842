"""A provider server whose reads wait for a file, or for ever in a thread if the key is `hang`.

`python waiting_server.py <file> <flags of every provider server>`
"""

import asyncio
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from bulkhead_provider_sdk.blocking import BlockingPool
from bulkhead_provider_sdk.context import Context
from bulkhead_provider_sdk.provider import Call, Outcome, Provider, Ref
from bulkhead_provider_sdk.serve import serve
from bulkhead_testkit.provider_stage import ScriptedProvider

GATE = Path(sys.argv[1])


class WaitingProvider(ScriptedProvider):
    def __init__(self, blocking: BlockingPool) -> None:
        super().__init__()
        self._blocking = blocking

    async def batch_get(self, call: Call, refs: Sequence[Ref]) -> Sequence[Outcome]:
        GATE.with_suffix(".entered").touch()
        if refs[0].key == "hang":
            await self._blocking.run(threading.Event().wait)
        while not GATE.exists():  # noqa: ASYNC110, ASYNC240  # another process decides when
            await asyncio.sleep(0.02)
        return await super().batch_get(call, refs)


def build(context: Context) -> Provider:
    return WaitingProvider(context.blocking)


if __name__ == "__main__":
    serve(build, sys.argv[2:])
