"""All flags of bulkhead-webhook as one table, from which the parser is made. Names are ESO's where ESO has the flag."""

from pathlib import Path
from typing import Final

from bulkhead_runtime.flags import values as read
from bulkhead_runtime.flags.esos import HEALTH_ADDRESS, LOG_FLAGS, METRICS_ADDRESS, PLAIN_METRICS
from bulkhead_runtime.flags.table import Flag, IgnoredFlag, ignored_switch, switch
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN
from bulkhead_webhook.answer import Profile
from bulkhead_webhook.tls_version import tls_version

FLAGS: Final = (
    *LOG_FLAGS,
    Flag(
        name="--live-addr",
        read=read.address,
        help="HOST:PORT of /healthz, /livez, /readyz and /tls; empty turns it off",
    ),
    HEALTH_ADDRESS,
    METRICS_ADDRESS,
    Flag(name="--bind-address", default="", help="address to answer the API server on; empty means all"),
    Flag(name="--port", read=read.port, default="10250", help="port to answer the API server on"),
    Flag(name="--dns-name", default="localhost", help="name that the API server calls; the certificate must have it"),
    Flag(
        name="--cert-dir",
        read=Path,
        default=None,
        help="folder with tls.crt, tls.key and ca.crt of the server; may be empty at the start",
    ),
    Flag(name="--tls-min-version", read=tls_version, default="1.2", help="oldest version of TLS: 1.2 or 1.3"),
    Flag(name="--tls-ciphers", read=read.names, help="OpenSSL's names of what TLS 1.2 may use, separated by commas"),
    Flag(
        name="--client-ca-file", help="roots of the API server's client certificate; empty means that none is asked for"
    ),
    Flag(
        name="--client-names",
        read=read.names,
        help="names of which that certificate must have one, separated by commas; needs --client-ca-file",
    ),
    Flag(
        name="--profile",
        choices=tuple(profile.value for profile in Profile),
        default="strict",
        help="what is refused: eso-compat refuses what ESO refuses, the others also what can never work",
    ),
    Flag(
        name="--template-left-delimiter", read=read.delimiter, default="{{", help="what begins an action in a template"
    ),
    Flag(
        name="--template-right-delimiter", read=read.delimiter, default="}}", help="what ends an action in a template"
    ),
    Flag(
        name="--providers-file", help="YAML that names the provider servers to ask about stores; empty: none is asked"
    ),
    Flag(
        name="--tls-dir",
        help="folder with tls.crt, tls.key, ca.crt and denylist.jws to ask them with; empty: none is asked",
    ),
    Flag(name="--trust-domain", default=DEFAULT_TRUST_DOMAIN, help="trust domain of the certificates of all processes"),
    Flag(
        name="--provider-timeout",
        read=read.positive_duration,
        default="2s",
        help="deadline of one question to a provider server; less than the API server's for us",
    ),
    switch("--require-denylist", "ask provider servers only with a list of revoked certificates that is in date"),
)
"""In the order of --help."""

IGNORED_FLAGS: Final = (
    *PLAIN_METRICS,
    ignored_switch("--enable-http2", "HTTP/1.1 is spoken only", "nothing; every API server speaks it"),
    IgnoredFlag(
        name="--check-interval",
        read=read.positive_duration,
        default="5m",
        because="the certificate is looked at in each handshake and by each probe",
        instead="nothing; every probe says how the certificate stands",
    ),
    IgnoredFlag(
        name="--lookahead-interval",
        read=read.positive_duration,
        default="2160h",
        because="the process does not end before its certificate does: a new one is used as soon as it is there",
        instead="nothing; the certcontroller renews in time",
    ),
)
"""ESO's flags that have no meaning here: accepted, so that a command line of ESO's starts, and named in the log."""
