"""All flags that provider servers share as one table, from which the parser is made and docs/flags.md is checked."""

import argparse
from pathlib import Path
from typing import Final

from bulkhead_provider_sdk.listen import Listen, listen_from_text
from bulkhead_runtime.flags import values as read
from bulkhead_runtime.flags.esos import LOG_FLAGS
from bulkhead_runtime.flags.table import Flag, switch
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN


def _listen(text: str) -> Listen:
    try:
        return listen_from_text(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


FLAGS: Final = (
    *LOG_FLAGS,
    Flag(
        name="--listen",
        read=_listen,
        default=None,
        repeated=True,
        help="where calls are answered: unix:///PATH or HOST:PORT; with both, each once, only the webhook may use "
        "HOST:PORT",
    ),
    Flag(
        name="--tls-dir",
        read=Path,
        default=None,
        help="folder with tls.crt, tls.key, ca.crt and denylist.jws of this process, which waits for them",
    ),
    switch(
        "--require-denylist",
        "let nobody through without a denylist in date; false only where the certificates' issuer makes none",
    ),
    Flag(name="--trust-domain", default=DEFAULT_TRUST_DOMAIN, help="trust domain of the certificates of all processes"),
    Flag(name="--policy-file", read=Path, default=None, help="YAML that says who may read what, and from which hosts"),
    Flag(
        name="--credentials-dir",
        read=Path,
        default="/var/run/bulkhead/credentials",
        help="folder with the files that this process logs in with; need not exist",
    ),
    Flag(
        name="--kube-api-server",
        help="API server, as https://HOST:PORT, that what stores refer to is read from; empty: nothing is read",
    ),
    Flag(
        name="--kube-credentials",
        read=read.path_or_none,
        help="folder with token, ca.crt and namespace of this process's own ServiceAccount; goes with "
        "--kube-api-server",
    ),
    Flag(name="--metrics-addr", read=read.address, help="HOST:PORT of /metrics; empty turns it off"),
    Flag(
        name="--live-addr",
        read=read.address,
        help="HOST:PORT of /healthz, /readyz and /tls; empty turns it off",
    ),
    Flag(
        name="--grace-period",
        read=read.not_negative_duration,
        default="20s",
        help="how long calls may go on after SIGTERM",
    ),
)
"""In the order of --help."""
