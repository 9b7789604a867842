"""What ESO's chart says of those who look on: scrapers, dashboards and the drain of nodes. Pure."""

from collections.abc import Mapping
from typing import Final

from bulkhead_cli.chart_values import fits
from bulkhead_cli.chart_values.pods import COMPONENTS
from bulkhead_cli.chart_values.rules import (
    Carried,
    Fit,
    Found,
    Look,
    Lost,
    Needless,
    Note,
    NoteKind,
    Rule,
    Together,
    UnfitError,
)

_EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - of a Pod, whose NetworkPolicy says who reaches it
_OPENED: Final = (
    "metrics are reachable only from inside the Pods by default, so metrics.bindAddress opens them, of all processes; "
    "networkPolicy.metricsFrom lets in every Pod of the cluster, as with ESO: name your scraper there"
)
_ONE_PORT: Final = Lost("the Service has the ports of the processes, controller.metricsPort and so on")
_RENDERED: Final = Needless("the chart renders what the values ask for, and Helm says if the kind is not there")
_TRUST: Final = (
    "with TLS for metrics a scraper must know whom to trust: give metrics.serviceMonitor.tlsConfig, and enable it"
)
_AWAY: Final = "how many may be away is said instead, podDisruptionBudget.maxUnavailable, so that a drain always ends"
_NO_DETAILS: Final = (1, None, "")
_DURATION: Final = fits.matching("[1-9][0-9]*(s|m|h)", "a duration such as 30s, in one unit,")
_MONITOR: Final[Mapping[str, tuple[str, Fit]]] = {
    "namespace": ("namespace", fits.name),
    "additionalLabels": ("labels", fits.labels),
    "interval": ("interval", _DURATION),
    "scrapeTimeout": ("scrapeTimeout", _DURATION),
    "metricRelabelings": ("metricRelabelings", fits.maps),
    "relabelings": ("relabelings", fits.maps),
}


def scraping(look: Look) -> Found:
    """Give Services and monitors for metrics, and what has to be open for them."""
    services = [f"{before}metrics.service.enabled" for before in COMPONENTS]
    asked = [path for path in services if look(path) is True]
    values: dict[str, object] = {"metrics.service.enabled": True} if asked else {}
    notes: list[Note] = []
    if look("serviceMonitor.enabled") is True:
        if _is_secure(look):
            notes.append(Note(kind=NoteKind.LOST, path="serviceMonitor.enabled", says=_TRUST))
        else:
            values["metrics.serviceMonitor.enabled"] = True
            asked.append("serviceMonitor.enabled")
    if asked:
        values |= {"metrics.bindAddress": _EVERYWHERE, "networkPolicy.metricsFrom": [{"namespaceSelector": {}}]}
        notes.append(Note(kind=NoteKind.CHANGED, path=asked[0], says=_OPENED))
    return Found(values=values, notes=tuple(notes))


def _is_secure(look: Look) -> bool:
    flags = look("extraArgs")
    flag = flags.get("metrics-secure", False) if isinstance(flags, dict) else False
    return look("metrics.listen.secure.enabled") is True or flag in (True, None, "true")


def dashboard_labels(look: Look) -> Found:
    """Give the labels by which Grafana finds the dashboard; ESO has the one that it looks for apart from others."""
    name, value = look("grafanaDashboard.sidecarLabel"), look("grafanaDashboard.sidecarLabelValue")
    try:
        labels = {str(fits.text(name)): fits.text(value)}
        more = fits.labels(look("grafanaDashboard.extraLabels"))
    except UnfitError as error:
        return Found(values={}, notes=(Note(kind=NoteKind.LOST, path="grafanaDashboard", says=str(error)),))
    # Helm joins maps, so our chart's own label has to be taken away by name.
    gone: dict[str, object] = {} if name == "grafana_dashboard" else {"grafana_dashboard": None}
    return Found(values={"grafanaDashboard.labels": gone | labels | (more if isinstance(more, dict) else {})})


def disruption(look: Look) -> Found:
    """Give the budgets for the drain of a node, which our chart has once for all Pods."""
    places = [f"{before}podDisruptionBudget" for before in COMPONENTS]
    asked = [place for place in places if look(f"{place}.enabled") is True]
    if not asked:
        says = "it says nothing while it is not enabled"
        idle = [place for place in places if _details(place, look) != _NO_DETAILS]
        return Found(values={}, notes=tuple(Note(kind=NoteKind.NEEDLESS, path=place, says=says) for place in idle))
    says = "for each kind of Pod; by default where there is more than one of a kind"
    values: dict[str, object] = {"podDisruptionBudget.enabled": True}
    notes = [Note(kind=NoteKind.CHANGED, path=f"{asked[0]}.enabled", says=says)]
    for place in asked:
        least, most, name = _details(place, look)
        if least != 1:
            notes.append(Note(kind=NoteKind.LOST, path=f"{place}.minAvailable", says=_AWAY))
        if name:
            notes.append(Note(kind=NoteKind.LOST, path=f"{place}.nameOverride", says="it has the name of the Pods"))
        if most is not None:
            try:
                values.setdefault("podDisruptionBudget.maxUnavailable", fits.unavailable(most))
            except UnfitError as error:
                notes.append(Note(kind=NoteKind.LOST, path=f"{place}.maxUnavailable", says=str(error)))
    return Found(values=values, notes=tuple(notes))


def _details(place: str, look: Look) -> tuple[object, object, object]:
    return look(f"{place}.minAvailable"), look(f"{place}.maxUnavailable"), look(f"{place}.nameOverride")


def rules_of_monitoring() -> dict[str, Rule]:
    """Give the rules of metrics, dashboards and budgets."""
    scraped, budget, labels = Together(scraping), Together(disruption), Together(dashboard_labels)
    rules: dict[str, Rule] = {
        "serviceMonitor.enabled": scraped,
        "serviceMonitor.renderMode": _RENDERED,
        "serviceMonitor.honorLabels": Lost("the labels of the metrics differ from those that a scraper adds"),
        "grafanaDashboard.enabled": Carried("grafanaDashboard.enabled", fits.switch),
        "grafanaDashboard.annotations": Carried("grafanaDashboard.annotations", fits.annotations),
        "grafanaDashboard": labels,
    }
    rules |= {
        f"serviceMonitor.{key}": Carried(f"metrics.serviceMonitor.{to}", fit) for key, (to, fit) in _MONITOR.items()
    }
    for before in COMPONENTS:
        rules |= {
            f"{before}metrics.service.enabled": scraped,
            f"{before}metrics.service.port": _ONE_PORT,
            f"{before}metrics.service.annotations": Carried("metrics.service.annotations", fits.annotations),
            f"{before}podDisruptionBudget": budget,
        }
    return rules
