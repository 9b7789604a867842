"""All flags of bulkhead-certcontroller as one table, from which the parser is made and docs/flags.md is checked."""

from typing import Final

from bulkhead_runtime.flags import values as read
from bulkhead_runtime.flags.esos import HEALTH_ADDRESS, LOG_FLAGS, METRICS_ADDRESS, PLAIN_METRICS
from bulkhead_runtime.flags.table import Flag, IgnoredFlag, ignored_switch, switch
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN

_KNOWN: Final = "the webhook's certificate is one of many here, and a file names all of them"
_IDENTITIES: Final = "name it in --identities-file"
_NO_CRDS: Final = "CustomResourceDefinitions are not touched: none has a conversion webhook"
_BUNDLES: Final = "name who gets the roots with --webhook-configuration"
_ONE_LOOK: Final = "what is read is a handful of objects by name, and none is cached"

FLAGS: Final = (
    *LOG_FLAGS,
    Flag(name="--live-addr", read=read.address, help="HOST:PORT of /healthz, /livez and /readyz; empty turns it off"),
    HEALTH_ADDRESS,
    METRICS_ADDRESS,
    # Who gets what.
    Flag(
        name="--identities-file",
        read=read.path_or_none,
        help="YAML that names who gets a certificate; empty: nobody, as where somebody else is the issuer",
    ),
    Flag(
        name="--tokens-file",
        read=read.path_or_none,
        help="YAML that names who gets a token of a ServiceAccount; empty: nobody",
    ),
    Flag(
        name="--token-lifetime",
        read=read.positive_duration,
        default="30m",
        help="how long these tokens are valid, from 10m to 1h",
    ),
    Flag(
        name="--webhook-configuration",
        repeated=True,
        help="name of a ValidatingWebhookConfiguration that gets the webhook's roots; may be repeated",
    ),
    # The certificates.
    Flag(name="--trust-domain", default=DEFAULT_TRUST_DOMAIN, help="trust domain of the certificates of all processes"),
    Flag(
        name="--leaf-lifetime",
        read=read.positive_duration,
        default="24h",
        help="how long a certificate is valid, and the denylist with it; 10m at least",
    ),
    Flag(
        name="--ca-lifetime",
        read=read.positive_duration,
        default="8760h",
        help="how long a new CA is valid; three times --leaf-lifetime at least",
    ),
    Flag(
        name="--settle",
        read=read.positive_duration,
        default="10m",
        help="how long a rotation of the CA waits for a process that cannot be asked what it uses",
    ),
    Flag(name="--interval", read=read.positive_duration, default="60s", help="longest time between two looks"),
    switch("--once", "issue what is due and end, with status 1 if anything failed", default=False),
    # Where they go: directories or Secrets.
    Flag(
        name="--output-dir",
        read=read.path_or_none,
        help="write a directory for each identity below this one; empty: write Secrets",
    ),
    Flag(name="--ca-dir", read=read.path_or_none, help="keep the CA in this directory; empty: in --ca-secret"),
    Flag(name="--ca-secret", default="bulkhead-ca", help="name of the Secret that keeps the CA"),
    Flag(
        name="--requests-config-map",
        help="name of the ConfigMap with what people ask for through bulkhead certs; empty: nobody is listened to",
    ),
    Flag(name="--status-config-map", help="name of the ConfigMap with what they are told; empty: nothing"),
    Flag(
        name="--requests-file",
        read=read.path_or_none,
        help="file with what people ask for; goes with --output-dir",
    ),
    Flag(name="--status-file", read=read.path_or_none, help="file with what they are told; goes with --output-dir"),
    Flag(name="--kube-api-server", help="API server, as https://HOST:PORT; empty means as a Pod finds it"),
    Flag(
        name="--kube-credentials",
        read=read.path_or_none,
        help="folder with token, ca.crt and namespace; empty means as a Pod finds it",
    ),
)
"""In the order of --help."""

IGNORED_FLAGS: Final = (
    *PLAIN_METRICS,
    ignored_switch("--enable-http2", "HTTP/1.1 is spoken only", "nothing; every scraper speaks it"),
    IgnoredFlag(name="--service-name", default="external-secrets-webhook", because=_KNOWN, instead=_IDENTITIES),
    IgnoredFlag(name="--service-namespace", default="default", because=_KNOWN, instead=_IDENTITIES),
    IgnoredFlag(name="--secret-name", default="external-secrets-webhook", because=_KNOWN, instead=_IDENTITIES),
    IgnoredFlag(name="--secret-namespace", default="default", because=_KNOWN, instead=_IDENTITIES),
    IgnoredFlag(
        name="--crd-names",
        default="externalsecrets.external-secrets.io,clustersecretstores.external-secrets.io,"
        "secretstores.external-secrets.io",
        because=_NO_CRDS,
        instead=_BUNDLES,
    ),
    IgnoredFlag(
        name="--crd-requeue-interval",
        read=read.positive_duration,
        default="5m",
        because=_NO_CRDS,
        instead="set --interval",
    ),
    ignored_switch("--enable-partial-cache", _ONE_LOOK, "nothing; there is no cache to make smaller"),
    ignored_switch(
        "--enable-leader-election",
        "several at once do no harm: each write says what it has seen, and who is slower reads again",
        "nothing; one replica is enough",
    ),
)
"""ESO's flags that have no meaning here: accepted, so that flags for ESO's process do not stop this one."""
