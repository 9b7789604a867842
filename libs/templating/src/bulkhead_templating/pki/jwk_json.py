"""The JSON of a JWK: which members it must have and what they hold."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from bulkhead_templating.gojson.syntax import problem_of_stream
from bulkhead_templating.text import bytes_of

_HINT: Final = 'struct { Kty string "json:\\"kty\\""; D json.RawMessage "json:\\"d\\"" }'
_OCTETS: Final = {
    "RSA": ("d", "dp", "dq", "e", "n", "p", "q", "qi"),
    "EC": ("d", "x", "y"),
    "OKP": ("d", "x"),
    "oct": ("k",),
}
_NEEDED: Final = {"RSA": ("d", "e", "n"), "EC": ("crv", "d", "x", "y"), "OKP": ("crv", "d", "x"), "oct": ("k",)}
_GO_NAMES: Final = {"RSA": "rsa", "EC": "ecdsa", "OKP": "okp", "oct": "symmetric"}
_FROM_URLS: Final = bytes.maketrans(b"-_", b"+/")
_TEXTS: Final = ("kid", "use", "x5u", "x5t", "x5t#S256")


class JwkError(Exception):
    """A text is no JWK, or of a kind that cannot be written as wanted; the message is Go's and quotes no key.

    Of what is no JSON it may name the one character that is wrong.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFields:
    """The members of a JWK that count."""

    kind: str
    is_private: bool
    octets: Mapping[str, bytes]
    curve: str = ""


def read_key(text: str) -> KeyFields:
    """Read the members.

    Raises:
        JwkError: some are missing or of the wrong type.
    """
    members = _members(text)
    kind = _kind(members)
    if kind not in _OCTETS:
        raise JwkError(f"invalid key type from JSON ({kind})")
    # Go's hint takes names in any case; a private key must still spell its `d`.
    is_private = any(name.lower() == "d" for name in members)
    half = "" if kind == "oct" else "PrivateKey" if is_private else "PublicKey"
    go_name = f"*jwk.{_GO_NAMES[kind]}{half or 'Key'}"
    try:
        octets = _octets(members, kind, is_private=is_private)
    except JwkError as error:
        raise JwkError(f"failed to unmarshal JSON into key ({go_name}): {error}") from error
    curve = members.get("crv")
    return KeyFields(kind=kind, is_private=is_private, octets=octets, curve=curve if isinstance(curve, str) else "")


def _members(text: str) -> Mapping[str, object]:
    if not text.strip(" \t\r\n"):
        raise JwkError("failed to unmarshal JSON into key hint: EOF")
    try:
        found, _ = json.JSONDecoder(parse_constant=_refuse).raw_decode(text.lstrip(" \t\r\n"))
    except (ValueError, RecursionError) as error:
        raise JwkError(f"failed to unmarshal JSON into key hint: {problem_of_stream(bytes_of(text))}") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        name = _json_name(found)
        raise JwkError(
            f"failed to unmarshal JSON into key hint: json: cannot unmarshal {name} into Go value of type {_HINT}"
        )
    return found


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _json_name(value: object) -> str:
    match value:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _kind(members: Mapping[str, object]) -> str:
    kind: object = ""
    for name, value in members.items():
        if name.lower() == "kty" and value is not None:
            kind = value
    if not isinstance(kind, str):
        raise JwkError(
            "failed to unmarshal JSON into key hint: json: cannot unmarshal "
            f"{_json_name(kind)} into Go struct field .kty of type string"
        )
    return kind


def _octets(members: Mapping[str, object], kind: str, *, is_private: bool) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for name, value in members.items():
        if name in _OCTETS[kind] and (name != "d" or is_private):
            found[name] = _decoded(_text(name, value), name)
        elif name in _TEXTS:
            _text(name, value)
        elif name == "crv" and kind in ("EC", "OKP") and not isinstance(value, str):
            raise JwkError(
                f"failed to decode value for key crv: json: cannot unmarshal {_json_name(value)} "
                "into Go value of type jwa.EllipticCurveAlgorithm"
            )
    for name in _NEEDED[kind]:
        if name == "d" and not is_private:
            continue
        if name not in (members if name == "crv" else found):
            raise JwkError(f"required field {name} is missing")
    return found


def _text(name: str, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        wrong = f"json: cannot unmarshal {_json_name(value)} into Go value of type string"
        raise JwkError(f"failed to decode value for key {name}: error reading next value: {wrong}")
    return value


def _decoded(text: str, name: str) -> bytes:
    """Decode any base64: of URLs or not, padded or not, as jwx guesses."""
    data = bytes_of(text).translate(None, b"\r\n")
    padded = data.endswith(b"=")
    standard = b"+" in data or b"/" in data
    if not standard:
        data = data.translate(_FROM_URLS)
    try:
        return base64.b64decode(data if padded else data + b"=" * (-len(data) % 4), validate=True)
    except binascii.Error as error:
        raise JwkError(f"failed to decode value for key {name}: expected base64 encoded []byte (string)") from error
