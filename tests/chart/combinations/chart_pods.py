"""Invariants of single Pods and objects. Pure."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from chart_objects import Rendering

_HARDENED_CAPABILITIES: Final = {"drop": ["ALL"]}


def nothing_of_the_node_is_shared(rendering: Rendering) -> Iterator[str]:
    """No namespace, path or port of the node, and no process namespace of the Pod."""
    for pod in rendering.pods:
        spec = pod.spec
        if spec.host_network or spec.host_pid or spec.host_ipc or spec.share_process_namespace:
            yield f"{pod.component}: shares a namespace"
        if any(volume.host_path is not None for volume in spec.volumes):
            yield f"{pod.component}: mounts a path of the node"
        if any(port.host_port for container in spec.all_containers for port in container.ports):
            yield f"{pod.component}: takes a port of the node"


def every_image_is_from_the_registry(rendering: Rendering) -> Iterator[str]:
    """All images are below image.registry and say which they are; SPIRE's helper is the one that the values name."""
    for pod in rendering.pods:
        for container in pod.spec.all_containers:
            if container.is_spire_helper:
                is_known = container.image == rendering.wanted.certificates.spire.helper_image
            else:
                name = container.image.removeprefix(f"{rendering.wanted.image.registry}/")
                is_known = (
                    name != container.image
                    and re.fullmatch(r"[a-z0-9-]+(:[\w.-]+|@sha256:[0-9a-f]{64})", name) is not None
                )
            if not is_known:
                yield f"{pod.component}: {container.name} has image {container.image}"


def resources_and_probes_are_set(rendering: Rendering) -> Iterator[str]:
    """Every container has requests and a memory limit, and every process that goes on running both probes."""
    for pod in rendering.pods:
        for container in pod.spec.all_containers:
            where = f"{pod.component}: {container.name}"
            if "memory" not in container.resources.limits or container.resources.requests is None:
                yield f"{where} has no memory limit or no requests"
            is_probed = container.liveness_probe is not None and container.readiness_probe is not None
            if not is_probed and not container.is_spire_helper and not pod.is_hook:
                yield f"{where} is not probed"


def every_container_is_hardened(rendering: Rendering) -> Iterator[str]:
    """No privilege, no capability, a root that is read-only, the runtime's seccomp profile."""
    for pod in rendering.pods:
        for container in pod.spec.all_containers:
            context = container.security_context
            is_hard = (
                not context.allow_privilege_escalation
                and not context.privileged
                and context.read_only_root_filesystem
                and context.run_as_non_root
                and context.capabilities == _HARDENED_CAPABILITIES
                and context.seccomp_profile == {"type": "RuntimeDefault"}
            )
            if not is_hard:
                yield f"{pod.component}: {container.name} is not hardened"


def every_selector_finds_pods(rendering: Rendering) -> Iterator[str]:
    """No Service and no budget is about nobody."""
    for where, selector in rendering.selectors:
        if not any(selector.selects(pod.labels) for pod in rendering.pods):
            yield f"{where} selects no Pod"


def names_fit_and_differ(rendering: Rendering) -> Iterator[str]:
    """No two objects are one, none is in a namespace that no value names, and Pods get names that Kubernetes makes."""
    places = {rendering.namespace, "", *rendering.wanted.profile_namespaces}
    places |= {each.namespace for each in rendering.wanted.identity_secrets()}
    found = Counter((each.kind, each.metadata.namespace, each.metadata.name) for each in rendering.identified)
    yield from (f"{kind} {name} is there twice" for (kind, _, name), count in found.items() if count > 1)
    for each in rendering.identified:
        if each.metadata.namespace not in places and each.kind not in ("Role", "RoleBinding"):
            yield f"{each.kind} {each.metadata.name} is in namespace {each.metadata.namespace}"
        if len(each.metadata.name) > 63 and each.kind in ("Service", "Deployment", "Pod"):
            yield f"{each.kind} {each.metadata.name} has a name that is too long"
