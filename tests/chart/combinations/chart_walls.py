"""Invariants of what containers share with each other, and hold alone. Pure."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from chart_objects import Container, Pod, Rendering, Volume
from chart_wanted import Wanted

_CREDENTIAL: Final = re.compile(
    r"(?i)-----BEGIN|://[^/@\s]*:[^/@\s]*@|\bey[A-Za-z0-9_-]{20,}\.|\bhvs\.|\bAKIA[0-9A-Z]{16}"
)
_CREDENTIAL_NAME: Final = re.compile(
    r"(?i)(secret|token|passw|credential|api_?key|private_?key)(?!.*(_file|_path|_dir)$)"
)


def a_credential_is_in_one_container(rendering: Rendering) -> Iterator[str]:
    """A volume with files of a Secret or with a token is mounted by one container."""
    for pod in rendering.pods:
        for volume in pod.spec.volumes:
            mounting = [each.name for each in pod.spec.mounting(volume.name)]
            if (volume.holds_secrets or volume.audiences) and len(mounting) != 1:
                yield f"{pod.component}: volume {volume.name} is mounted by {mounting}"


def a_socket_is_shared_by_two(rendering: Rendering) -> Iterator[str]:
    """A folder that containers share is mounted by two: a provider and the controller, or a helper and its process."""
    for pod in rendering.pods:
        for volume in pod.spec.volumes:
            if volume.empty_dir is None:
                continue
            mounting = pod.spec.mounting(volume.name)
            if len(mounting) != 2:
                yield f"{pod.component}: volume {volume.name} is mounted by {[each.name for each in mounting]}"
            if (
                not volume.name.startswith("socket-")
                and len({each.security_context.run_as_user for each in mounting}) > 1
            ):
                yield f"{pod.component}: volume {volume.name} is no socket and is shared by different users"
            if volume.empty_dir.get("medium") != "Memory" or "sizeLimit" not in volume.empty_dir:
                yield f"{pod.component}: volume {volume.name} is not in memory, or without a limit"
            if rendering.wanted.topology == "isolated" and volume.name.startswith("socket-"):
                yield f"{pod.component}: volume {volume.name} is a socket in the isolated topology"


def every_container_has_its_own_user(rendering: Rendering) -> Iterator[str]:
    """No two processes of the release have one user or group; a helper has that of its process."""
    users: Counter[int] = Counter()
    for pod in rendering.pods:
        for container in pod.spec.all_containers:
            context = container.security_context
            if context.run_as_user == 0 or context.run_as_group != context.run_as_user:
                yield f"{pod.component}: {container.name} runs as {context.run_as_user}:{context.run_as_group}"
            if not container.is_spire_helper and not pod.is_hook:
                users[context.run_as_user] += 1
    yield from (f"user {user} is that of {count} containers" for user, count in users.items() if count > 1)


def no_token_where_none_is_needed(rendering: Rendering) -> Iterator[str]:
    """Nothing is mounted by itself; the API server's token has who calls it, a backend's who the values say."""
    for account in rendering.accounts:
        if account.automount_service_account_token:
            yield f"ServiceAccount {account.metadata.name} has its token mounted everywhere"
    for pod in rendering.pods:
        if pod.spec.automount_service_account_token:
            yield f"{pod.component}: a token is mounted in all containers"
        for volume in pod.spec.volumes:
            for container in pod.spec.mounting(volume.name):
                yield from _tokens_beyond(pod, container, volume, rendering.wanted)


def _tokens_beyond(pod: Pod, container: Container, volume: Volume, wanted: Wanted) -> Iterator[str]:
    provider = wanted.running.get(container.name.removeprefix("provider-"))
    for audience in volume.audiences:
        if audience:
            is_needed = provider is not None and (provider.token.audience == audience or bool(provider.extra_volumes))
        elif provider is not None:
            is_needed = wanted.topology == "isolated" and provider.identity.enabled
        else:
            is_needed = container.name in ("controller", "certcontroller")
        if not is_needed:
            yield f"{pod.component}: {container.name} has a token for {audience or 'the API server'}"
    if provider is not None and volume.name.startswith("token-") and not provider.identity.enabled:
        yield f"{pod.component}: {container.name} has a token without an identity"


def no_secret_is_in_an_environment(rendering: Rendering) -> Iterator[str]:
    """The environment is what the values of the provider say and nothing else; nor is a secret among the arguments."""
    for pod in rendering.pods:
        for container in pod.spec.all_containers:
            where = f"{pod.component}: {container.name}"
            provider = rendering.wanted.running.get(container.name.removeprefix("provider-"))
            said = {each["name"]: each["value"] for each in provider.extra_env} if provider is not None else {}
            if container.env_from or any(each.value_from is not None for each in container.env):
                yield f"{where} gets variables from other objects"
            if {each.name: each.value for each in container.env} != said:
                yield f"{where} has variables that no value gives"
            if any(_CREDENTIAL_NAME.search(each.name) for each in container.env):
                yield f"{where} has a variable that is named like a credential"
            if any(_CREDENTIAL.search(text) for text in (*container.args, *(each.value for each in container.env))):
                yield f"{where} has a credential in its environment or arguments"


def volumes_and_mounts_fit(rendering: Rendering) -> Iterator[str]:
    """Every volume is mounted, every mount has one, none is over another, and only what is shared can be written."""
    for pod in rendering.pods:
        there = {volume.name: volume for volume in pod.spec.volumes}
        for container in pod.spec.all_containers:
            where = f"{pod.component}: {container.name}"
            paths = Counter(mount.mount_path for mount in container.volume_mounts)
            if any(count > 1 for count in paths.values()):
                yield f"{where} mounts two volumes at one place"
            for mount in container.volume_mounts:
                volume = there.get(mount.name)
                if volume is None:
                    yield f"{where} mounts {mount.name}, which is not there"
                elif not mount.read_only and volume.empty_dir is None and mount.name != "ca":
                    yield f"{where} may write to {mount.name}"
        mounted = {mount.name for each in pod.spec.all_containers for mount in each.volume_mounts}
        yield from (f"{pod.component}: volume {name} is not mounted" for name in there.keys() - mounted)
