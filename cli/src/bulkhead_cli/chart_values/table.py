"""The rule of every value of ESO's chart 2.9, by its path or that of the group in which it is. Pure."""

from collections.abc import Mapping
from typing import Final

from bulkhead_cli.chart_values import fits
from bulkhead_cli.chart_values.flags import flags_found
from bulkhead_cli.chart_values.monitoring import rules_of_monitoring
from bulkhead_cli.chart_values.pods import rules_of_pods
from bulkhead_cli.chart_values.rules import Carried, Lost, Needless, Rule, Together
from bulkhead_cli.chart_values.together import (
    cert_manager,
    environment,
    failure_policy,
    generic_targets,
    network_policies,
    scope,
)

_LEVEL: Final = fits.one_of("debug", "info", "warn", "error")
_TIME: Final = fits.one_of("epoch", "millis", "nano", "iso8601", "rfc3339", "rfc3339nano")
_IMAGES: Final = Lost("Bulkhead has images of its own, one for each process: image.registry and image.tag name them")
_ACCOUNTS: Final = Lost("each process has a ServiceAccount of its own, which the chart makes and names")
_NOT_MOUNTED: Final = Needless(
    "no token is mounted by itself; each process gets one only where it needs it, and only in its container"
)
_RIGHTS: Final = Lost(
    "the chart always makes the rights, as they are the wall between the processes; profile chooses how far they go"
)
_FILES: Final = Lost(
    "a volume is mounted in one container alone: providers.NAME.extraVolumes, and caBundle for roots of a backend"
)
_COMPANY: Final = Lost(
    "no foreign container shares a Pod with Bulkhead's processes, as it would share their network and volumes"
)
_NODE: Final = Lost("never: a process in the node's network reaches what NetworkPolicies keep from it")
_SECURITY: Final = Lost(
    "fixed: each container has a user of its own, no capability, a root that is read-only, and RuntimeDefault"
)
_PROBES_ON: Final = Needless("probes are always on")
_PROBE_NUMBERS: Final = Lost("the numbers of the probes are the chart's own")
_ONE_PLACE: Final = Lost("all objects are in the release's namespace: helm --namespace")
_STRATEGY: Final = Lost("the chart chooses it, so that never two controllers write and the webhook always answers")
_NAMED_METRICS: Final = Lost(
    "only the controller has TLS for metrics; the others keep theirs on loopback where metrics.secure is true"
)
_CERTIFICATES: Final = Needless("each process uses a new certificate as soon as it is there")
_CRDS_TOGETHER: Final = Lost("the definitions come together: crds.create")
_NO_PUSH: Final = Needless("nothing is pushed in this version; such objects get a condition that says so")

_NETWORK: Final = Together(network_policies)


def _pod(component: str, ours: str) -> dict[str, Rule]:
    """Give the rules of what each of the three has, but for what is one for all Pods."""
    at = f"{component}." if component else ""
    return {
        f"{at}image": _IMAGES,
        f"{at}serviceAccount": _ACCOUNTS,
        f"{at}serviceAccount.automount": _NOT_MOUNTED,
        f"{at}hostNetwork": _NODE,
        f"{at}strategy": _STRATEGY,
        f"{at}metrics.listen.port": Carried(f"{ours}.metricsPort", fits.PORT),
        f"{at}extraVolumes": _FILES,
        f"{at}extraVolumeMounts": _FILES,
        f"{at}extraInitContainers": _COMPANY,
        f"{at}securityContext": _SECURITY,
        f"{at}podSecurityContext": _SECURITY,
        f"{at}resources": Carried(
            f"{ours}.resources", fits.resources, "of this one container; each provider server has its own"
        ),
        f"{at}log.level": Carried(f"{ours}.logLevel", _LEVEL, "of this process; each provider server has its own"),
        f"{at}livenessProbe": _PROBE_NUMBERS,
        f"{at}livenessProbe.enabled": _PROBES_ON,
        f"{at}readinessProbe": _PROBE_NUMBERS,
        f"{at}readinessProbe.enabled": _PROBES_ON,
        f"{at}schedulerName": Lost("Pods go to the cluster's scheduler"),
        f"{at}hostUsers": Lost("users are those of the values, in no namespace of their own"),
        f"{at}deploymentAnnotations": Lost(
            "no value sets annotations of Deployments alone; commonAnnotations sets those of all objects"
        ),
        f"{at}networkPolicy": _NETWORK,
    }


def _side_pod(component: str, ours: str) -> dict[str, Rule]:
    """Give the rules of what webhook and cert-controller have alike."""
    at = f"{component}."
    return _pod(component, ours) | {
        f"{at}readinessProbe.port": Carried(f"{ours}.healthPort", fits.PORT),
        f"{at}livenessProbe.port": Carried(f"{ours}.healthPort", fits.PORT),
        f"{at}startupProbe": _PROBE_NUMBERS,
        f"{at}log.timeEncoding": Lost("only the controller's log can have another form of time"),
        f"{at}metrics.listen": _NAMED_METRICS,
        f"{at}extraArgs": Lost(
            "no value sets flags of this process; docs/flags.md says what each flag of ESO's does here"
        ),
        f"{at}extraEnv": Lost("no value sets this process's environment, which it does not read"),
    }


def _global() -> dict[str, Rule]:
    adapt = "users are fixed; on OpenShift give the ServiceAccounts an SCC that allows the users of the values"
    return {
        "global.repository": _IMAGES,
        "global.compatibility": Lost(adapt),
        "bitwarden-sdk-server": Lost("no provider server for Bitwarden is there, and no sub-chart"),
        "installCRDs": Carried("crds.create", fits.switch),
        "crds": _CRDS_TOGETHER,
        "crds.annotations": Carried("crds.annotations", fits.string_map),
        "crds.conversion": Needless("no version is converted"),
        "crds.unsafeServeV1Beta1": Lost("v1beta1 is not served: what still says v1beta1 has to say v1"),
        "nameOverride": Lost("objects are named after the release, or fullnameOverride"),
        "fullnameOverride": Carried(
            "fullnameOverride",
            fits.matching(
                "[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", "a name of at most 40 lower-case letters, digits and dashes"
            ),
            "each object has a suffix of its own, such as -controller and -webhook",
        ),
        "namespaceOverride": _ONE_PLACE,
        "commonLabels": Carried("commonLabels", fits.labels),
        "service.ipFamilyPolicy": Carried(
            "service.ipFamilyPolicy", fits.one_of("SingleStack", "PreferDualStack", "RequireDualStack")
        ),
        "service.ipFamilies": Carried("service.ipFamilies", fits.families),
        "extraObjects": Lost("the chart installs nothing but Bulkhead; apply these beside it"),
    }


def _scope() -> dict[str, Rule]:
    scoped = Together(scope)
    return {
        "scopedNamespace": scoped,
        "scopedRBAC": scoped,
        "processClusterExternalSecret": Carried("processClusterExternalSecret", fits.switch),
        "processClusterPushSecret": _NO_PUSH,
        "processPushSecret": _NO_PUSH,
        "processClusterStore": Lost("ClusterSecretStores are always processed; their conditions limit whom they serve"),
        "processSecretStore": Carried("controller.processSecretStore", fits.switch),
        "processClusterGenerator": Needless("generators are not run in this version"),
        "openshiftFinalizers": Needless(
            "the rights on finalizers are those that the controller needs, on OpenShift too"
        ),
        "systemAuthDelegator": Lost(
            "no process may judge others' tokens; metrics.auth gives the controller the two reviews that it needs"
        ),
        "rbac": _RIGHTS,
        "rbac.serviceAccountTokenCreate": Needless(
            "no process may make tokens of any ServiceAccount but of its own providers"
        ),
        "rbac.servicebindings.create": Carried("rbac.servicebindings.create", fits.switch),
        "rbac.aggregateToView": Carried("rbac.aggregateToView", fits.switch),
        "rbac.aggregateToEdit": Carried("rbac.aggregateToEdit", fits.switch, "without writing GeneratorStates"),
        "rbac.aggregateToAdmin": Carried("rbac.aggregateToAdmin", fits.switch),
    }


def _controller() -> dict[str, Rule]:
    generic = Together(generic_targets)
    return {
        "replicaCount": Carried("controller.replicas", fits.whole(1, 5), "one works, the others wait for its Lease"),
        "leaderElect": Carried("controller.leaderElection.enabled", fits.switch),
        "leaderElectionID": Carried("controller.leaderElection.leaseName", fits.name),
        "leaderElectionLeaseDuration": Carried("controller.leaderElection.leaseDuration", fits.duration),
        "leaderElectionRenewDeadline": Carried("controller.leaderElection.renewDeadline", fits.duration),
        "leaderElectionRetryPeriod": Carried("controller.leaderElection.retryPeriod", fits.duration),
        "controllerClass": Carried("controller.class", fits.matching("[A-Za-z0-9._-]+", "a name")),
        "concurrent": Carried("controller.concurrent", fits.whole(1, 1024)),
        "storeRequeueInterval": Carried("controller.storeRequeueInterval", fits.duration),
        "extendedMetricLabels": Carried("metrics.extendedLabels", fits.switch),
        "log.timeEncoding": Carried("controller.timeEncoding", _TIME),
        "genericTargets.enabled": generic,
        "genericTargets.resources": generic,
        "createOperator": Lost("a release without the controller is none; leave it out"),
        "enableHTTP2": Needless("HTTP/1.1 is spoken only, which every scraper and API server can"),
        "vault": Needless("the vault provider server keeps its tokens, within bounds"),
        "extraArgs": Together(flags_found),
        "extraEnv": Together(environment),
        "extraContainers": _COMPANY,
        "podSpecExtra": Lost("no value reaches into the Pod as a whole, so that none can open a wall"),
        "metrics.listen.auth.enabled": Carried("metrics.auth", fits.switch),
        "metrics.listen.secure.enabled": Carried("metrics.secure", fits.switch),
        "metrics.listen.secure": Lost("metrics.existingSecret names a Secret with tls.crt and tls.key"),
        "livenessProbe.spec.port": Carried("controller.healthPort", fits.PORT),
    }


def _webhook() -> dict[str, Rule]:
    issuer = Together(cert_manager)
    return {
        "webhook.create": Carried("webhook.enabled", fits.switch),
        "webhook.replicaCount": Carried("webhook.replicas", fits.whole(1, 5)),
        "webhook.failurePolicy": Together(failure_policy),
        "webhook.port": Carried("webhook.port", fits.PORT),
        "webhook.annotations": Lost(
            "the webhook configuration has the annotations that fill its caBundle, and no others"
        ),
        "webhook.secretAnnotations": Lost("the Secrets of certificates have no annotations of the user's"),
        "webhook.service": Lost("the API server reaches the webhook inside of the cluster, by a ClusterIP"),
        "webhook.certCheckInterval": _CERTIFICATES,
        "webhook.lookaheadInterval": _CERTIFICATES,
        "webhook.certDir": _CERTIFICATES,
        "webhook.certManager": issuer,
    }


def _cert_controller() -> dict[str, Rule]:
    return {
        "certController.create": Needless(
            "the certcontroller is there if something needs it: certificates.issuer, or tokens of providers"
        ),
        "certController.requeueInterval": _CERTIFICATES,
        "certController.replicaCount": Needless("there is one: processes go on with what they have while it is away"),
        "certController.enablePartialCache": Needless("what it reads is a handful of objects by name"),
        "certController.rbac": _RIGHTS,
    }


RULES: Final[Mapping[str, Rule]] = {
    **_global(),
    **_pod("", "controller"),
    **_side_pod("webhook", "webhook"),
    **_side_pod("certController", "certcontroller"),
    **rules_of_pods(),
    **rules_of_monitoring(),
    **_scope(),
    **_controller(),
    **_webhook(),
    **_cert_controller(),
}
"""By path in ESO's chart; of several that lead to a value the longest counts."""
