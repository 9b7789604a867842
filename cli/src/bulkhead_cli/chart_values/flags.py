"""What becomes of `extraArgs`: each flag of ESO's controller by its name. Pure."""

from collections.abc import Mapping
from typing import Final

from bulkhead_cli.chart_values import fits
from bulkhead_cli.chart_values.rules import Carried, Found, Look, Lost, Needless, Note, NoteKind, Rule, UnfitError

_NO_COPIES: Final = Needless("the controller keeps no copies; what it reads is chosen by profile")
_NOT_RUN: Final = Needless("generators are not run in this version")
_NOT_PUSHED: Final = Needless("nothing is pushed in this version")
_TOKENS: Final = Needless("the vault provider server keeps its tokens, within bounds")
_NO_SERVER: Final = Needless("there is no provider server for this backend")
_QUOTA: Final = Lost("the API server's own fairness limits requests: set controller.concurrent, or make a FlowSchema")
_ADDRESS: Final = Lost("set metrics.bindAddress or health.bindAddress, and the ports of each process")
_METRICS_FILES: Final = Lost("metrics.existingSecret names the Secret with tls.crt and tls.key for metrics")

FLAGS: Final[Mapping[str, Rule]] = {
    "concurrent": Carried("controller.concurrent", fits.whole(1, 1024)),
    "controller-class": Carried("controller.class", fits.matching("[A-Za-z0-9._-]+", "a name")),
    "store-requeue-interval": Carried("controller.storeRequeueInterval", fits.duration),
    "enable-flood-gate": Carried("controller.floodGate", fits.switch),
    "enable-secret-store-reconciler": Carried("controller.processSecretStore", fits.switch),
    "enable-cluster-external-secret-reconciler": Carried("processClusterExternalSecret", fits.switch),
    "enable-extended-metric-labels": Carried("metrics.extendedLabels", fits.switch),
    "enable-leader-election": Carried("controller.leaderElection.enabled", fits.switch),
    "leader-election-id": Carried("controller.leaderElection.leaseName", fits.name),
    "leader-election-lease-duration": Carried("controller.leaderElection.leaseDuration", fits.duration),
    "leader-election-renew-deadline": Carried("controller.leaderElection.renewDeadline", fits.duration),
    "leader-election-retry-period": Carried("controller.leaderElection.retryPeriod", fits.duration),
    "loglevel": Carried("controller.logLevel", fits.one_of("debug", "info", "warn", "error")),
    "zap-time-encoding": Carried(
        "controller.timeEncoding", fits.one_of("epoch", "millis", "nano", "iso8601", "rfc3339", "rfc3339nano")
    ),
    "template-left-delimiter": Carried("templates.leftDelimiter", fits.matching(r'[^ \t\r\n"]{1,16}', "a short text")),
    "template-right-delimiter": Carried(
        "templates.rightDelimiter", fits.matching(r'[^ \t\r\n"]{1,16}', "a short text")
    ),
    "metrics-secure": Carried("metrics.secure", fits.switch),
    "metrics-auth": Carried("metrics.auth", fits.switch, "needs metrics.secure as well"),
    "metrics-addr": _ADDRESS,
    "live-addr": _ADDRESS,
    "metrics-cert-dir": _METRICS_FILES,
    "metrics-cert-name": _METRICS_FILES,
    "metrics-key-name": _METRICS_FILES,
    "namespace": Lost("objects of all namespaces are processed; profile namespaced limits where Secrets are read"),
    "enable-cluster-store-reconciler": Lost(
        "ClusterSecretStores are always processed; their conditions limit whom they serve"
    ),
    "unsafe-allow-generic-targets": Lost("genericTargets gives the rights that go with it, and the flag"),
    "client-qps": _QUOTA,
    "client-burst": _QUOTA,
    "enable-secrets-caching": _NO_COPIES,
    "enable-configmaps-caching": _NO_COPIES,
    "enable-managed-secrets-caching": _NO_COPIES,
    "enable-secret-api-read-on-cache-mismatch": _NO_COPIES,
    "enable-cluster-push-secret-reconciler": _NOT_PUSHED,
    "enable-push-secret-reconciler": _NOT_PUSHED,
    "enable-generator-state": _NOT_RUN,
    "generator-gc-grace-period": _NOT_RUN,
    "enable-http2": Needless("HTTP/1.1 is spoken only, which every scraper can"),
    "enable-vault-token-cache": _TOKENS,
    "vault-token-cache-size": _TOKENS,
    "experimental-enable-vault-token-cache": _TOKENS,
    "experimental-vault-token-cache-size": _TOKENS,
    "experimental-enable-doppler-oidc-cache": _NO_SERVER,
    "experimental-doppler-oidc-cache-size": _NO_SERVER,
    "doppler-etag-cache-size": _NO_SERVER,
    "mysterybox-tokens-cache-size": _NO_SERVER,
    "mysterybox-connections-cache-size": _NO_SERVER,
}
"""By name, without dashes before it. Source: ESO 2.9, flags of the controller; docs/flags.md says what each does."""


def flags_found(look: Look) -> Found:
    """Give what becomes of the controller's `extraArgs`."""
    given = look("extraArgs")
    if not isinstance(given, dict):
        return Found(values={}, notes=(Note(kind=NoteKind.LOST, path="extraArgs", says="a map is needed here"),))
    values: dict[str, object] = {}
    notes = []
    for flag, value in given.items():
        # A flag without a value is one that is switched on.
        note = _one(flag, True if value is None else value, values)
        if note is not None:
            notes.append(note)
    return Found(values=values, notes=tuple(notes))


def _one(flag: str, value: object, values: dict[str, object]) -> Note | None:
    path = f"extraArgs.{flag}"
    match FLAGS.get(flag):
        case Carried(to, fit, means):
            try:
                values[to] = fit(value)
            except UnfitError as error:
                return Note(kind=NoteKind.LOST, path=path, says=str(error))
            return Note(kind=NoteKind.CHANGED, path=path, says=f"now {to}: {means}") if means else None
        case Lost(why):
            return Note(kind=NoteKind.LOST, path=path, says=why)
        case Needless(why):
            return Note(kind=NoteKind.NEEDLESS, path=path, says=why)
        case _:
            return Note(kind=NoteKind.UNKNOWN, path=path, says="ESO's controller has no such flag")
