"""Flags that several processes take from ESO, with one meaning in all of them."""

import argparse
from typing import Final

from bulkhead_runtime.flags import values as read
from bulkhead_runtime.flags.table import Flag, IgnoredFlag, ignored_switch
from bulkhead_runtime.health import address_from_text
from bulkhead_runtime.logging import TIME_ENCODINGS

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_PLAIN: Final = (
    "metrics are served plainly, on loopback by default; this process has no API token to judge readers with"
)
_SCRAPE: Final = "leave it out, and bind --metrics-addr no wider than scrapers need"

LOG_FLAGS: Final = (
    Flag(name="--loglevel", read=read.level, default="info", help="least level to log"),
    Flag(name="--zap-time-encoding", choices=TIME_ENCODINGS, default="epoch", help="form of the time in the log"),
)
METRICS_ADDRESS: Final = Flag(
    name="--metrics-addr",
    read=read.address,
    default="127.0.0.1:8080",
    eso_default=":8080",
    help="HOST:PORT of /metrics; empty turns it off",
)
HEALTH_ADDRESS: Final = Flag(
    name="--healthz-addr", read=read.address, eso_default=":8081", help="ESO's name of --live-addr"
)

PLAIN_METRICS: Final = (
    ignored_switch("--metrics-secure", _PLAIN, _SCRAPE),
    ignored_switch("--metrics-auth", _PLAIN, _SCRAPE),
    IgnoredFlag(name="--metrics-cert-dir", default="", because=_PLAIN, instead=_SCRAPE),
    IgnoredFlag(name="--metrics-cert-name", default="tls.crt", because=_PLAIN, instead=_SCRAPE),
    IgnoredFlag(name="--metrics-key-name", default="tls.key", because=_PLAIN, instead=_SCRAPE),
)
"""Of a process that cannot guard its metrics; see `refuse_unguarded_metrics`."""


def refuse_unguarded_metrics(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> None:
    """End the process where its metrics should be guarded, cannot be, and could be read from elsewhere."""
    if getattr(parsed, "metrics_auth", False) and not _is_loopback(parsed.metrics_addr):
        parser.error(
            "--metrics-auth: this process has no API token to judge readers with; bind --metrics-addr to loopback"
        )


def _is_loopback(address: str) -> bool:
    return not address or address_from_text(address).host in _LOOPBACK
