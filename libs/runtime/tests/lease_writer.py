"""A program for tests: it writes ConfigMaps as fast as it can while it holds a Lease.

Arguments: the server, the folder with the credential, the name of the Lease, its own identity, and three durations in
seconds.
"""

import asyncio
import itertools
import sys
from datetime import timedelta
from pathlib import Path

import msgspec

from bulkhead_api.meta import PartialObject
from bulkhead_runtime.kube.client import KubeClient
from bulkhead_runtime.kube.config import KubeConfig
from bulkhead_runtime.kube.elector import Candidacy, Elector
from bulkhead_runtime.kube.leader import ElectionTimes
from bulkhead_runtime.logging import configure
from bulkhead_runtime.run import run

COLLECTION = "/api/v1/namespaces/default/configmaps"


async def main(server: str, folder: str, lease: str, identity: str, *seconds: str) -> None:
    config = KubeConfig(server=server, directory=Path(folder))
    lease_duration, renew_deadline, retry_period = (timedelta(seconds=float(each)) for each in seconds)
    times = ElectionTimes(lease_duration=lease_duration, renew_deadline=renew_deadline, retry_period=retry_period)
    async with KubeClient(config) as control:
        candidacy = Candidacy(namespace="default", lease_name=lease, identity=identity, times=times)
        elector = Elector(control, candidacy)
        async with KubeClient(config, fence=elector.is_leading) as work, elector.campaign():
            await elector.leading.wait()
            for number in itertools.count():
                metadata = {"name": f"{lease}-{identity}-{number}", "labels": {"lease": lease, "writer": identity}}
                await work.post(COLLECTION, msgspec.json.encode({"metadata": metadata}), PartialObject)
                await asyncio.sleep(0.02)


if __name__ == "__main__":
    configure("debug", "lease-writer")
    sys.exit(run(main(*sys.argv[1:])))
