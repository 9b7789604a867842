"""All flags of bulkhead-controller as one table, from which the parser is made and docs/flags.md is checked.

Names are ESO's where ESO has the flag, so that its command lines keep working. What has no meaning here stands in
`ignored_flags`.
"""

from pathlib import Path
from typing import Final

from bulkhead_controller import flag_values, render_flags
from bulkhead_controller.profile import Profile
from bulkhead_controller.target_flags import ALWAYS, ON_CHANGE, namespaces, namespaces_or_all
from bulkhead_runtime.flags import values as read
from bulkhead_runtime.flags.esos import LOG_FLAGS, METRICS_ADDRESS
from bulkhead_runtime.flags.table import Flag, switch
from bulkhead_runtime.spiffe import DEFAULT_TRUST_DOMAIN

_NO_PUSH: Final = "nothing is pushed in this version: the objects get a condition that says so"
_NO_GENERATORS: Final = "generators are not run in this version"


def _by_profile(name: str, text: str) -> Flag:
    return Flag(name=name, help=text, read=read.truth_or_unset)


FLAGS: Final = (
    # The process.
    *LOG_FLAGS,
    Flag(
        name="--tls-dir",
        read=Path,
        default=None,
        help="folder with tls.crt, tls.key, ca.crt and denylist.jws of this process, which waits for them",
    ),
    Flag(name="--trust-domain", default=DEFAULT_TRUST_DOMAIN, help="trust domain of the certificates of all processes"),
    switch(
        "--require-denylist",
        "call no provider server without a denylist in date; false only where the certificates' issuer makes none",
    ),
    Flag(name="--kube-api-server", help="API server, as https://HOST:PORT; empty means as a Pod finds it"),
    Flag(name="--kube-credentials", help="folder with token, ca.crt and namespace; empty means as a Pod finds it"),
    # Probes and metrics.
    Flag(
        name="--live-addr",
        read=read.address,
        default="127.0.0.1:8082",
        eso_default=":8082",
        help="HOST:PORT of /healthz, /livez, /readyz and /tls; empty turns it off",
    ),
    METRICS_ADDRESS,
    switch("--metrics-secure", "serve /metrics over TLS", default=False),
    switch("--metrics-auth", "let the API server judge who reads /metrics; needs --metrics-secure", default=False),
    Flag(name="--metrics-cert-dir", help="folder with the certificate of /metrics; empty means that of --tls-dir"),
    Flag(name="--metrics-cert-name", read=read.file_name, default="tls.crt", help="its certificate's file"),
    Flag(name="--metrics-key-name", read=read.file_name, default="tls.key", help="its private key's file"),
    switch(
        "--enable-extended-metric-labels", "add app.kubernetes.io labels of objects to their metrics", default=False
    ),
    # Leader election.
    switch("--enable-leader-election", "work only while holding a Lease", default=False),
    Flag(
        name="--leader-election-id",
        read=read.object_name,
        default="external-secrets-controller",
        help="name of the Lease, in this process's namespace",
    ),
    Flag(
        name="--leader-election-lease-duration",
        read=read.positive_duration,
        default="15s",
        help="how long others wait for a leader that is silent",
    ),
    Flag(
        name="--leader-election-renew-deadline",
        read=read.positive_duration,
        default="10s",
        help="how long a leader that cannot renew goes on",
    ),
    Flag(
        name="--leader-election-retry-period", read=read.positive_duration, default="2s", help="time between two tries"
    ),
    # What is processed, and how.
    Flag(name="--controller-class", default="default", help="process stores of this class only"),
    Flag(name="--namespace", help="look at this namespace only; empty means all"),
    Flag(
        name="--concurrent",
        read=flag_values.concurrent,
        default="32",
        eso_default="1",
        help="ExternalSecrets synced at once",
    ),
    Flag(
        name="--store-requeue-interval",
        read=read.positive_duration,
        default="5m",
        help="time between two validations of a store that names none",
    ),
    switch("--enable-flood-gate", "ask only stores that are ready"),
    switch("--enable-secret-store-reconciler", "validate SecretStores; if not, the flood gate blocks their users"),
    switch("--enable-cluster-store-reconciler", "process ClusterSecretStores"),
    switch("--enable-cluster-external-secret-reconciler", "process ClusterExternalSecrets"),
    switch("--enable-push-secret-reconciler", "process PushSecrets", pending=_NO_PUSH),
    switch("--enable-cluster-push-secret-reconciler", "process ClusterPushSecrets", pending=_NO_PUSH),
    switch("--enable-generator-state", "keep what generators made as GeneratorStates", pending=_NO_GENERATORS),
    Flag(
        name="--generator-gc-grace-period",
        read=read.duration,
        default="2m",
        help="how long replaced generated values live on",
        pending=_NO_GENERATORS,
    ),
    switch(
        "--unsafe-allow-generic-targets",
        "write other kinds than Secrets, as spec.target.manifest says, where the controller has the rights",
        default=False,
    ),
    Flag(
        name="--template-left-delimiter",
        read=read.delimiter,
        default="{{",
        help="what begins an action in a template",
    ),
    Flag(
        name="--template-right-delimiter",
        read=read.delimiter,
        default="}}",
        help="what ends an action in a template",
    ),
    # Bulkhead's own.
    Flag(
        name="--providers-file", read=Path, default=None, help="YAML that names the provider servers and their stores"
    ),
    Flag(
        name="--provider-timeout",
        read=read.positive_duration,
        default="30s",
        help="deadline of one call to a provider server",
    ),
    Flag(
        name="--profile",
        choices=tuple(profile.value for profile in Profile),
        default="strict",
        help="rights on Secrets that the chart has given",
    ),
    Flag(
        name="--read-namespaces",
        read=namespaces,
        help="namespaces whose Secrets may be read, separated by commas; with --profile=namespaced only",
    ),
    Flag(
        name="--config-map-namespaces",
        read=namespaces_or_all,
        help="namespaces whose ConfigMaps may be read for templates beside those whose Secrets may be, separated by "
        "commas; * means all",
    ),
    _by_profile(
        "--enable-normal-events", "tell successes as events too, a write for each; by default in eso-compat only"
    ),
    _by_profile(
        "--enable-adoption-guard", "leave Secrets alone that nobody manages; by default in all profiles but eso-compat"
    ),
    Flag(
        name="--delete-budget-percent",
        read=flag_values.percentage,
        default="10",
        help="percent of the managed Secrets that may be deleted within --delete-budget-window; 0 turns it off",
    ),
    Flag(
        name="--delete-budget-window",
        read=read.positive_duration,
        default="10m",
        help="time in which deletions are counted",
    ),
    Flag(
        name="--delete-budget-floor",
        read=flag_values.count,
        default="10",
        help="deletions in that time that are never held",
    ),
    Flag(
        name="--mass-change-percent",
        read=flag_values.percentage,
        default="50",
        help="percent of what is read from a store that may change within --mass-change-window before the store is "
        "paused; 0 turns it off",
    ),
    Flag(
        name="--mass-change-window",
        read=read.positive_duration,
        default="10m",
        help="time in which changes are counted",
    ),
    Flag(
        name="--mass-change-floor",
        read=flag_values.count,
        default="10",
        help="changes in that time that pause no store",
    ),
    Flag(
        name="--refresh-time",
        help=f"when an unchanged refresh moves status.refreshTime: {ON_CHANGE}, {ALWAYS}, or a duration after which it "
        f"does; by default {ON_CHANGE}, and {ALWAYS} in eso-compat",
    ),
    Flag(
        name="--drift-check-interval",
        read=read.not_negative_duration,
        default="0",
        help="where Secrets cannot be read, least time between two writes of the same content, which undo what others "
        "did; 0 means each refresh",
    ),
    Flag(
        name="--render-workers",
        read=render_flags.workers,
        default="1",
        help="processes that render templates which take long",
    ),
    Flag(
        name="--render-timeout",
        read=render_flags.timeout,
        default="10s",
        help="how long the templates of one target may take in them, 30s at most",
    ),
    Flag(
        name="--render-max-steps",
        read=render_flags.steps,
        default="1000000",
        help="steps that the templates of one target may take; a step is an action, a turn of a loop or some "
        "microseconds of a function",
    ),
    Flag(
        name="--render-max-output",
        read=render_flags.size,
        default="4Mi",
        help="what the templates of one target may print",
    ),
    Flag(
        name="--render-max-memory",
        read=render_flags.size,
        default="32Mi",
        help="what the functions in the templates of one target may make; a process may have four times that, and "
        "128Mi for itself",
    ),
)
"""In the order of --help."""
