"""What a thief does with a copy of the controller's certificate: calls over open connections until each is refused.

Run inside the controller's container by `thieves.py`. Prints one JSON object a line: first the servers that answered,
then, once all refuse or the time is over, what every server said over its open connection and over a new one.
"""

import json
import sys
import time
from pathlib import Path

import grpc

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1.provider_service_pb2_grpc import ProviderServiceStub

ANSWERED = "answered"


def _outcome(channel: grpc.Channel) -> str:
    try:
        ProviderServiceStub(channel).GetInfo(pb.GetInfoRequest(), timeout=3)
    except grpc.RpcError as error:
        return str(error.code().name)
    return ANSWERED


def _open(target: str, name: str, credentials: grpc.ChannelCredentials) -> grpc.Channel:
    options = [
        ("grpc.ssl_target_name_override", f"{name}.provider.bulkhead.local"),
        # Each channel gets a connection of its own, also where two have the same target.
        ("grpc.use_local_subchannel_pool", 1),
    ]
    return grpc.secure_channel(target, credentials, options)


def main(targets: str, folder: str, limit_s: str) -> None:
    """Call until it is over.

    Args:
        targets: JSON object of gRPC targets by provider.
        folder: the certificate, its key and the roots, copied before anything else.
        limit_s: seconds after which to give up.
    """
    own = Path(folder)
    credentials = grpc.ssl_channel_credentials(
        (own / "ca.crt").read_bytes(), (own / "tls.key").read_bytes(), (own / "tls.crt").read_bytes()
    )
    places = json.loads(targets)
    channels = {name: _open(target, name, credentials) for name, target in places.items()}
    said = {name: _outcome(channel) for name, channel in channels.items()}
    print(json.dumps({"before": said}), flush=True)
    deadline = time.monotonic() + float(limit_s)
    while ANSWERED in said.values() and time.monotonic() < deadline:
        time.sleep(0.1)
        said = {name: _outcome(channel) for name, channel in channels.items()}
    anew = {name: _outcome(_open(target, name, credentials)) for name, target in places.items()}
    print(json.dumps({"open": said, "anew": anew}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
