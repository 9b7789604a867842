"""Values of ESO's chart that give ours only together. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from bulkhead_cli.chart_values import fits
from bulkhead_cli.chart_values.defaults import DEFAULTS
from bulkhead_cli.chart_values.paths import value_at
from bulkhead_cli.chart_values.rules import Found, Look, Note, NoteKind, UnfitError

_CERTIFICATE_DETAILS: Final = (
    "the chart names key, lifetime and renewal: certificates.leafLifetime is one for all processes"
)
_CLOSED_GROUPS: Final = frozenset(
    {
        "rbac.authorization.k8s.io",
        "external-secrets.io",
        "generators.external-secrets.io",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "events.k8s.io",
    }
)
_CLOSED_CORE: Final = frozenset({"secrets", "serviceaccounts", "pods", "namespaces", "nodes", "events"})
_VERBS: Final = ("get", "list", "watch", "create", "update", "delete")
_POLICIES_ARE_ON: Final = "they are on by default for every Pod, and deny in and out what the values do not open"
_POLICIES_ARE_MADE: Final = (
    "rules are made from values: networkPolicy.apiServer, dns, webhookFrom, metricsFrom, providers.NAME.egress"
)
_CREDENTIAL: Final = re.compile("TOKEN|PASSW|SECRET|KEY|CREDENTIAL|AUTH", re.IGNORECASE)
_PLURAL: Final = fits.matching("[a-z0-9]([a-z0-9-]*[a-z0-9])?", "the plural of a kind")
_GROUP: Final = fits.matching("([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?", "the name of a group")
_CONFIG_MAPS: Final[Mapping[str, object]] = {"apiGroup": "", "resources": ["configmaps"], "verbs": list(_VERBS)}


def _changed(path: str, says: str) -> Note:
    return Note(kind=NoteKind.CHANGED, path=path, says=says)


def _lost(path: str, says: str) -> Note:
    return Note(kind=NoteKind.LOST, path=path, says=says)


def scope(look: Look) -> Found:
    """Give the profile of an installation that looks at one namespace."""
    namespace = look("scopedNamespace")
    if not namespace:
        return Found(values={}, notes=(_lost("scopedRBAC", "it says nothing without scopedNamespace"),))
    try:
        values = {"profile": "namespaced", "profileNamespaces": [fits.name(namespace)]}
    except UnfitError as error:
        return Found(values={}, notes=(_lost("scopedNamespace", str(error)),))
    says = "now profileNamespaces: Secrets are read there alone, but objects of all namespaces are processed"
    notes = [_changed("scopedNamespace", says)]
    if look("scopedRBAC") is True:
        why = "the controller keeps a ClusterRole, which admission policies fence; cluster kinds are processed"
        notes.append(_lost("scopedRBAC", why))
    return Found(values=values, notes=tuple(notes))


def cert_manager(look: Look) -> Found:
    """Give the issuer of the certificates; what is said of it while it is off says nothing."""
    if look("webhook.certManager.enabled") is not True:
        why = "it says nothing while webhook.certManager.enabled is false"
        return Found(values={}, notes=(Note(kind=NoteKind.NEEDLESS, path="webhook.certManager", says=why),))
    try:
        issuer = {
            "name": fits.name(look("webhook.certManager.cert.issuerRef.name")),
            "kind": fits.matching(".+", "a kind")(look("webhook.certManager.cert.issuerRef.kind")),
            "group": fits.matching(".+", "a group")(look("webhook.certManager.cert.issuerRef.group")),
        }
    except UnfitError as error:
        return Found(values={}, notes=(_lost("webhook.certManager.cert.issuerRef", str(error)),))
    values = {"certificates.issuer": "cert-manager"} | {
        f"certificates.certManager.issuerRef.{key}": value for key, value in issuer.items()
    }
    says = (
        "now certificates.issuer: cert-manager makes the certificates of all processes, not the webhook's alone; "
        "the issuer must allow URI names and put its roots into ca.crt"
    )
    return Found(values=values, notes=(_changed("webhook.certManager.enabled", says), *_certificate_notes(look)))


def _certificate_notes(look: Look) -> tuple[Note, ...]:
    details = {"duration": "8760h0m0s", "renewBefore": "", "revisionHistoryLimit": 0, "privateKey": {}}
    details |= {"signatureAlgorithm": "", "annotations": {}}
    at = "webhook.certManager.cert"
    notes = [
        _lost(f"{at}.{key}", _CERTIFICATE_DETAILS) for key, value in details.items() if look(f"{at}.{key}") != value
    ]
    if look(f"{at}.create") is False:
        notes.append(_lost(f"{at}.create", "the chart makes a Certificate for each identity, with names that it needs"))
    if look("webhook.certManager.addInjectorAnnotations") is False:
        why = "cert-manager is asked to fill the caBundle unless webhook.caBundle gives it"
        notes.append(_lost("webhook.certManager.addInjectorAnnotations", why))
    return tuple(notes)


def failure_policy(look: Look) -> Found:
    """Give what becomes of writes while the webhook is silent; ESO has one word for stores and ExternalSecrets."""
    path = "webhook.failurePolicy"
    try:
        policy = fits.one_of("Fail", "Ignore")(look(path))
    except UnfitError as error:
        return Found(values={}, notes=(_lost(path, str(error)),))
    says = "of stores and ExternalSecrets; webhook.failurePolicy.others is for what ESO's webhook does not look at"
    return Found(values={f"{path}.stores": policy, f"{path}.externalSecrets": policy}, notes=(_changed(path, says),))


def network_policies(look: Look) -> Found:
    """Give whether there are NetworkPolicies; the rules of ESO's are not ours."""
    places = [f"{component}networkPolicy" for component in ("", "webhook.", "certController.")]
    asked = [place for place in places if look(f"{place}.enabled") is True]
    notes = [_changed(f"{place}.enabled", _POLICIES_ARE_ON) for place in asked[:1]]
    for place in places:
        parts = (f"{place}.ingress", f"{place}.egress")
        own = [part for part in parts if look(part) != value_at(DEFAULTS, part)]
        if place in asked:
            notes += [_lost(part, _POLICIES_ARE_MADE) for part in own]
        elif own:
            notes.append(Note(kind=NoteKind.NEEDLESS, path=place, says="its rules say nothing while it is not enabled"))
    return Found(values={"networkPolicy.enabled": True} if asked else {}, notes=tuple(notes))


def generic_targets(look: Look) -> Found:
    """Give the kinds that may be written, with ConfigMaps, which ESO adds untold; what is never given is left out."""
    if look("genericTargets.enabled") is not True:
        why = "they say nothing while genericTargets.enabled is false"
        return Found(values={}, notes=(Note(kind=NoteKind.NEEDLESS, path="genericTargets.resources", says=why),))
    given = look("genericTargets.resources")
    rules, notes = (
        [dict(_CONFIG_MAPS)],
        [_changed("genericTargets.enabled", "the right to write ConfigMaps is spelled out now")],
    )
    for index, rule in enumerate(given if isinstance(given, list) else [given]):
        path = f"genericTargets.resources[{index}]"
        try:
            rules.append(_target(rule))
        except UnfitError as error:
            notes.append(_lost(path, str(error)))
            continue
        if isinstance(rule, dict) and set(rule["verbs"]) - set(_VERBS):
            notes.append(_changed(path, "of its verbs only get, list, watch, create, update and delete are given"))
    return Found(values={"genericTargets.enabled": True, "genericTargets.resources": rules}, notes=tuple(notes))


def _target(rule: object) -> dict[str, object]:
    if not isinstance(rule, dict) or set(rule) != {"apiGroup", "resources", "verbs"}:
        raise UnfitError("a rule is a map of apiGroup, resources and verbs")
    group, resources, verbs = _GROUP(rule["apiGroup"]), rule["resources"], rule["verbs"]
    if group in _CLOSED_GROUPS:
        raise UnfitError("this group is never given, as whoever writes there takes more rights or says what is synced")
    if not isinstance(resources, list) or not resources or not isinstance(verbs, list):
        raise UnfitError("resources and verbs are lists, and not empty")
    plurals = list(dict.fromkeys(_PLURAL(each) for each in resources))
    if group == "" and _CLOSED_CORE.intersection(resources):
        raise UnfitError("Secrets, and what leads to them and to tokens, are never given")
    kept = [verb for verb in _VERBS if verb in verbs]
    if not kept:
        raise UnfitError("none of its verbs is one that is given; wildcards are not")
    return {"apiGroup": group, "resources": plurals, "verbs": kept}


def environment(look: Look) -> Found:
    """Say why variables of the controller's environment are not carried over; their values are not looked at."""
    given = look("extraEnv")
    why = (
        "the controller talks to no backend: give those to the provider server that needs them, providers.NAME.extraEnv"
    )
    if isinstance(given, list) and any(_may_be_secret(each) for each in given):
        why = (
            "refused, as some look like credentials or come from Secrets: a credential is a file in the container of "
            "one provider server, providers.NAME.credential.existingSecret, and is never in an environment"
        )
    return Found(values={}, notes=(_lost("extraEnv", why),))


def _may_be_secret(entry: object) -> bool:
    if not isinstance(entry, dict):
        return False
    return "valueFrom" in entry or _CREDENTIAL.search(str(entry.get("name", ""))) is not None
