"""What the API server would refuse in a target, found before it is asked, so that the message names the place. Pure."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from bulkhead_api.external_secret import CreationPolicy, ExternalSecret
from bulkhead_api.secret_value import SecretValue
from bulkhead_target.content import TargetContent
from bulkhead_target.keys import KeyValueError, check_secret_keys, quoted
from bulkhead_target.manifest import CONFIG_MAP, manifest_of
from bulkhead_target.target import is_too_large

# Source: Kubernetes, apimachinery validation.IsValidLabelValue, IsQualifiedName.
_LABEL_VALUE: Final = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_NAME: Final = re.compile(r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_MAX_ANNOTATION_BYTES: Final = 256 * 1024
# Source: Kubernetes, core validation ValidateSecret.
_NEEDED_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}
_JSON_KEYS: Final = (".dockercfg", ".dockerconfigjson")
_BASIC_AUTH: Final = "kubernetes.io/basic-auth"
_MERGES: Final = (CreationPolicy.MERGE, CreationPolicy.CREATE_OR_MERGE)


def problem_of_content(external_secret: ExternalSecret, content: TargetContent) -> str | None:
    """Say why the target cannot be written so; None means that nothing is known to stand in the way.

    No text holds a value.
    """
    target = external_secret.spec.target
    kind = manifest_of(target)
    try:
        # Other kinds take other keys, and the API server alone knows which.
        if kind is None or kind.kind == CONFIG_MAP:
            check_secret_keys(content.data, content.hidden)
        if target.template is not None:
            _check_metadata(content)
        # What is merged may find the keys in the Secret that is there.
        if kind is None and content.type and target.creation_policy not in _MERGES:
            _check_type(content.type, content.data)
    except KeyValueError as error:
        return str(error)
    if is_too_large(content.data):
        return f"the {kind.kind if kind else 'Secret'} would be larger than 1 MiB"
    return None


def is_label_value(text: str) -> bool:
    """Say whether a label may have this value."""
    return _LABEL_VALUE.fullmatch(text) is not None


def is_qualified_name(text: str) -> bool:
    """Say whether a label may have this name."""
    return _NAME.fullmatch(text) is not None


def is_annotation_name(text: str) -> bool:
    """Say whether an annotation may have this name, which may be in capitals everywhere.

    Source: Kubernetes, apimachinery validation ValidateAnnotations.
    """
    return is_qualified_name(text.lower())


def missing_keys(secret_type: str, keys: AbstractSet[str]) -> str:
    """Say which key a Secret of this type must have beside these, for messages; empty if it has all that it needs."""
    if secret_type == _BASIC_AUTH and not keys & {"username", "password"}:
        return "username or password"
    return next((quoted(key) for key in _NEEDED_KEYS.get(secret_type, ()) if key not in keys), "")


def _check_metadata(content: TargetContent) -> None:
    _check_names(content.labels, "a label", content.hidden, is_qualified_name)
    _check_names(content.annotations, "an annotation", content.hidden, is_annotation_name)
    for key in sorted(content.labels):
        if not is_label_value(content.labels[key]):
            shown = "that the template makes" if key in content.hidden else quoted(key)
            raise KeyValueError(
                f"the value of label {shown} must be at most 63 of the characters a-z, A-Z, 0-9, '-', '_', '.', "
                "and begin and end with a letter or digit"
            )
    if sum(len(key) + len(value.encode()) for key, value in content.annotations.items()) > _MAX_ANNOTATION_BYTES:
        raise KeyValueError("the annotations together are larger than 256 KiB")


def _check_names(names: Iterable[str], what: str, hidden: AbstractSet[str], is_name: Callable[[str], bool]) -> None:
    for name in sorted(names):
        if not is_name(name):
            shown = "what the template makes" if name in hidden else quoted(name)
            raise KeyValueError(f"{shown} is no name of {what}, such as example.com/name")


def _check_type(secret_type: str, data: Mapping[str, SecretValue]) -> None:
    missing = missing_keys(secret_type, data.keys())
    if missing:
        raise KeyValueError(f"a Secret of type {secret_type} needs the key {missing}")
    for key in _NEEDED_KEYS.get(secret_type, ()):
        if key in _JSON_KEYS and not _is_json_object(data[key]):
            raise KeyValueError(f"a Secret of type {secret_type} needs a JSON object as the value of {quoted(key)}")


def _is_json_object(value: SecretValue) -> bool:
    try:
        return isinstance(json.loads(value.reveal()), dict)
    except (ValueError, RecursionError):
        return False
