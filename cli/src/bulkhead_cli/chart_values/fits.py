"""Our forms of ESO's values: each function takes one and gives ours, or says why there is none. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from bulkhead_cli.chart_values.rules import Fit, UnfitError

_DURATION: Final = re.compile(r"([0-9]+(\.[0-9]+)?(ms|s|m|h))+")
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_OWN_LABEL: Final = re.compile(r"(app\.kubernetes\.io|helm\.sh)/")
_OWN_ANNOTATION: Final = re.compile(r"(checksum|helm\.sh)/|kubectl\.kubernetes\.io/default-container$")
_CLOUD: Final = re.compile(
    r"eks\.amazonaws\.com/(role-arn|audience)|azure\.workload\.identity/(client-id|tenant-id|use)|iam\.gke\.io/gcp-service-account"
)
_NOT_FOR_ALL: Final = (
    "refused: a cloud would give its identity to every container of the Pod, not to one provider server; use "
    "providers.NAME.token with the cloud's audience, or topology isolated with serviceAccounts.provider-NAME"
)
_BOOLEANS: Final[Mapping[object, bool]] = {True: True, False: False, "true": True, "false": False}


def switch(value: object) -> object:
    """Take true or false, also as flags spell them."""
    if isinstance(value, bool | str) and value in _BOOLEANS:
        return _BOOLEANS[value]
    raise UnfitError("true or false is needed")


def text(value: object) -> object:
    """Take a text."""
    if isinstance(value, str):
        return value
    raise UnfitError("a text is needed")


def name(value: object) -> object:
    """Take a name of an object."""
    if isinstance(value, str) and _NAME.fullmatch(value) and len(value) <= 253:
        return value
    raise UnfitError("a name of lower-case letters, digits and dashes is needed")


def duration(value: object) -> object:
    """Take a duration in Go's form, in units from ms to h."""
    if isinstance(value, str) and _DURATION.fullmatch(value):
        return value
    raise UnfitError("a duration such as 90s or 1h30m is needed")


def whole(low: int, high: int) -> Fit:
    """Give the function that takes a whole number of a range, also as flags spell it."""

    def fit(value: object) -> object:
        number = int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,10}", value) else value
        if isinstance(number, int) and not isinstance(number, bool) and low <= number <= high:
            return number
        raise UnfitError(f"a whole number from {low} to {high} is needed")

    return fit


PORT: Final = whole(1024, 65535)
"""Takes a port that needs no privilege."""

USER: Final = whole(1, 2147483647)
"""Takes an ID of a user or group; 0 would be root."""


def one_of(*words: str) -> Fit:
    """Give the function that takes one of several words."""

    def fit(value: object) -> object:
        if value in words:
            return value
        raise UnfitError(f"one of {', '.join(words)} is needed")

    return fit


def matching(pattern: str, needed: str) -> Fit:
    """Give the function that takes a text of a form, and says what is needed of another."""

    def fit(value: object) -> object:
        if isinstance(value, str) and re.fullmatch(pattern, value):
            return value
        raise UnfitError(f"{needed} is needed")

    return fit


def string_map(value: object) -> object:
    """Take a map of texts."""
    if isinstance(value, dict) and all(isinstance(each, str) for each in value.values()):
        return value
    raise UnfitError("a map of texts is needed")


def labels(value: object) -> object:
    """Take labels, but for those that are the chart's own, and those by which a cloud gives its identity away."""
    return _but_for(
        value, _OWN_LABEL, "labels below app.kubernetes.io/ and helm.sh/ are the chart's own; leave these out"
    )


def annotations(value: object) -> object:
    """Take annotations, likewise."""
    return _but_for(
        value, _OWN_ANNOTATION, "checksums, hooks and the default container are the chart's own; leave these out"
    )


def _but_for(value: object, own: re.Pattern[str], says: str) -> object:
    taken = string_map(value)
    names = list(taken) if isinstance(taken, dict) else []
    if any(own.match(each) for each in names):
        raise UnfitError(says)
    if any(_CLOUD.fullmatch(each) for each in names):
        raise UnfitError(_NOT_FOR_ALL)
    return taken


def mapping(value: object) -> object:
    """Take a map."""
    if isinstance(value, dict):
        return value
    raise UnfitError("a map is needed")


def maps(value: object) -> object:
    """Take a list of maps."""
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        return value
    raise UnfitError("a list of maps is needed")


def spread(value: object) -> object:
    """Take constraints on how Pods are spread."""
    needed = {"maxSkew", "topologyKey", "whenUnsatisfiable"}
    if isinstance(value, list) and all(isinstance(each, dict) and needed <= set(each) for each in value):
        return value
    raise UnfitError("a list of {maxSkew, topologyKey, whenUnsatisfiable, …} is needed")


def host_aliases(value: object) -> object:
    """Take further lines of /etc/hosts."""
    if isinstance(value, list) and all(_is_alias(each) for each in value):
        return value
    raise UnfitError("a list of {ip, hostnames} is needed")


def _is_alias(value: object) -> bool:
    if not isinstance(value, dict) or set(value) != {"ip", "hostnames"}:
        return False
    names = value["hostnames"]
    is_list = isinstance(names, list) and bool(names)
    return is_list and _fits("[0-9a-fA-F:.]+", value["ip"]) and all(_fits("[a-z0-9.-]+", each) for each in names)


def dns_config(value: object) -> object:
    """Take how names are looked up."""
    parts = value if isinstance(value, dict) else {"": []}
    servers, searches, options = (_list(parts.get(key, [])) for key in ("nameservers", "searches", "options"))
    is_good = (
        not set(parts) - {"nameservers", "searches", "options"}
        and all(isinstance(each, list) for each in parts.values())
        and len(servers) <= 3
        and all(_fits("[0-9a-fA-F:.]+", each) for each in servers)
        and all(isinstance(each, str) for each in searches)
        and all(isinstance(each, dict) and "name" in each for each in options)
    )
    if is_good:
        return value
    raise UnfitError("a map of nameservers, searches and options is needed")


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def unavailable(value: object) -> object:
    """Take how many Pods may be away at a time; none would hold up the drain of a node for ever."""
    is_number = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    if is_number or _fits("([1-9]|[1-9][0-9]|100)%", value):
        return value
    raise UnfitError("a number from 1, or a percentage is needed")


def _fits(pattern: str, value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def families(value: object) -> object:
    """Take address families, the first of which is the main one."""
    if (
        isinstance(value, list)
        and value
        and all(each in ("IPv4", "IPv6") for each in value)
        and len(set(value)) == len(value)
    ):
        return value
    raise UnfitError("a list of IPv4 and IPv6 is needed")


def pull_secrets(value: object) -> object:
    """Take references of Secrets, and give their names."""
    if isinstance(value, list) and all(isinstance(each, dict) and set(each) == {"name"} for each in value):
        return list(dict.fromkeys(name(each["name"]) for each in value))
    raise UnfitError("a list of {name: …} is needed")


def resources(value: object) -> object:
    """Take requests and limits; what is not said stays as it is in our chart, where a memory limit is required."""
    if not isinstance(value, dict) or set(value) - {"requests", "limits"}:
        raise UnfitError("requests and limits alone are taken")
    for part in value.values():
        if not isinstance(part, dict) or not all(_is_quantity(each) for each in part.values()):
            raise UnfitError("requests and limits are maps of quantities")
    return value


def _is_quantity(value: object) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool)
