"""What ESO's chart says of each of its three Pods, and of all of them by `global`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bulkhead_cli.chart_values import fits
from bulkhead_cli.chart_values.defaults import DEFAULTS
from bulkhead_cli.chart_values.paths import value_at
from bulkhead_cli.chart_values.rules import Carried, Fit, Found, Look, Note, NoteKind, Rule, Together, UnfitError

COMPONENTS: Final[Mapping[str, str]] = {"": "controller", "webhook.": "webhook", "certController.": "certcontroller"}
"""By what stands before a path in ESO's chart, our name of the Pod."""

_GONE: Final = "there is no such Pod with these values"
_OF_PODS: Final[Mapping[str, tuple[str, Fit]]] = {
    "nodeSelector": ("nodeSelector", fits.string_map),
    "tolerations": ("tolerations", fits.maps),
    "affinity": ("affinity", fits.mapping),
    "topologySpreadConstraints": ("topologySpreadConstraints", fits.spread),
    "hostAliases": ("hostAliases", fits.host_aliases),
    "podLabels": ("labels", fits.labels),
    "podAnnotations": ("annotations", fits.annotations),
    "priorityClassName": ("priorityClassName", fits.name),
    "runtimeClassName": ("runtimeClassName", fits.name),
    "podSecurityContext.fsGroup": ("fsGroup", fits.USER),
    "dnsPolicy": ("dnsPolicy", fits.one_of("ClusterFirst", "Default", "None")),
    "dnsConfig": ("dnsConfig", fits.dns_config),
}
"""By the key in ESO's chart, ours and its form."""
_OF_ACCOUNTS: Final[Mapping[str, tuple[str, Fit]]] = {
    "serviceAccount.annotations": ("annotations", fits.annotations),
    "serviceAccount.extraLabels": ("labels", fits.labels),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfOne:
    """Finds a setting of one Pod, or of its account; of a Pod that our chart does not make nothing can be set."""

    path: str
    """In ESO's chart."""
    component: str
    to: str
    fit: Fit

    def __call__(self, look: Look) -> Found:
        """Give the setting."""
        if not _is_there(self.component, look):
            return Found(values={}, notes=(Note(kind=NoteKind.NEEDLESS, path=self.path, says=_GONE),))
        try:
            return Found(values={self.to: self.fit(look(self.path))})
        except UnfitError as error:
            return Found(values={}, notes=(Note(kind=NoteKind.LOST, path=self.path, says=str(error)),))


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAll:
    """Finds a setting that our chart has once: the controller's, where the three differ."""

    key: str
    to: str
    fit: Fit

    def __call__(self, look: Look) -> Found:
        """Give the controller's, and say where the others differ."""
        ours = self._of("", look)
        notes = []
        for component in ("webhook.", "certController."):
            theirs = self._of(component, look)
            if theirs not in (ours, value_at(DEFAULTS, self.key), None) and _is_there(COMPONENTS[component], look):
                says = f"{self.to} is one for all Pods, and the controller's counts"
                notes.append(Note(kind=NoteKind.LOST, path=component + self.key, says=says))
        if ours in (value_at(DEFAULTS, self.key), None):
            return Found(values={}, notes=tuple(notes))
        try:
            return Found(values={self.to: self.fit(ours)}, notes=tuple(notes))
        except UnfitError as error:
            path = self.key if look(self.key) == ours else f"global.{self.key}"
            return Found(values={}, notes=(Note(kind=NoteKind.LOST, path=path, says=str(error)), *notes))

    def _of(self, component: str, look: Look) -> object:
        own = look(component + self.key)
        shared = look(f"global.{self.key}")
        return shared if own == value_at(DEFAULTS, self.key) and shared is not None else own


def _is_there(component: str, look: Look) -> bool:
    if component == "webhook":
        return look("webhook.create") is not False
    if component == "certcontroller":
        return look("webhook.certManager.enabled") is not True
    return True


def rules_of_pods() -> dict[str, Rule]:
    """Give the rules of all that is said of Pods and of their accounts."""
    rules: dict[str, Rule] = {}
    for key, (ours, fit) in _OF_PODS.items():
        if value_at(DEFAULTS, f"global.{key}") is not None:
            rules[f"global.{key}"] = Carried(f"pod.{ours}", fit)
        for before, component in COMPONENTS.items():
            # ESO has some of these for the controller alone.
            if key.startswith("dns") and before:
                continue
            path = before + key
            rules[path] = Together(OfOne(path=path, component=component, to=f"pods.{component}.{ours}", fit=fit))
    for key, (ours, fit) in _OF_ACCOUNTS.items():
        for before, component in COMPONENTS.items():
            path = before + key
            to = f"serviceAccounts.{component}.{ours}"
            rules[path] = Together(OfOne(path=path, component=component, to=to, fit=fit))
    return rules | _rules_of_all()


def _rules_of_all() -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for shared in (
        OfAll(key="imagePullSecrets", to="image.pullSecrets", fit=fits.pull_secrets),
        OfAll(key="image.pullPolicy", to="image.pullPolicy", fit=fits.one_of("Always", "IfNotPresent", "Never")),
        OfAll(key="revisionHistoryLimit", to="revisionHistoryLimit", fit=fits.whole(0, 100)),
    ):
        rule = Together(shared)
        rules |= dict.fromkeys((before + shared.key for before in COMPONENTS), rule)
        if value_at(DEFAULTS, f"global.{shared.key}") is not None:
            rules[f"global.{shared.key}"] = rule
    return rules
