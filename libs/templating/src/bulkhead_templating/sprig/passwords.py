"""Functions of sprig around passwords: hashes of them, and those of the Master Password scheme.

No error quotes a password. Two texts that stand for an error, as in sprig, quote what was given: the user of
`htpasswd`, the kind of `derivePassword`.
"""

import base64
import hashlib
import hmac
from typing import Final

import bcrypt as bcrypt_library
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bulkhead_templating.environment import Environment
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import STRING, UINT32, GoType, Kind
from bulkhead_templating.pki.costs import BCRYPT_STEPS, SCRYPT_STEPS, charge
from bulkhead_templating.text import bytes_of

FUNCTIONS: Final = FunctionMap()

_HASH_ALGORITHM: Final = GoType("sprig.HashAlgorithm", Kind.STRING)
_MAX_BCRYPT_BYTES: Final = 72
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BCRYPT_BASE64: Final = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_TO_BCRYPT: Final = bytes.maketrans(_BASE64, _BCRYPT_BASE64)

_SCOPE: Final = b"com.lyndir.masterpassword"
_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxyz"
_LETTERS: Final = _VOWELS.upper() + _VOWELS + _CONSONANTS.upper() + _CONSONANTS
_DIGITS: Final = "0123456789"
_CHARACTERS: Final = {
    "V": _VOWELS.upper(),
    "C": _CONSONANTS.upper(),
    "v": _VOWELS,
    "c": _CONSONANTS,
    "A": _VOWELS.upper() + _CONSONANTS.upper(),
    "a": _LETTERS,
    "n": _DIGITS,
    "o": "@&%?,=[]_:-+*$#!'^~;()/.",
    "x": _LETTERS + _DIGITS + "!@#$%^&*()",
}
_SHAPES: Final = {
    "maximum": ("anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"),
    "long": (
        "CvcvnoCvcvCvcv", "CvcvCvcvnoCvcv", "CvcvCvcvCvcvno", "CvccnoCvcvCvcv", "CvccCvcvnoCvcv", "CvccCvcvCvcvno",
        "CvcvnoCvccCvcv", "CvcvCvccnoCvcv", "CvcvCvccCvcvno", "CvcvnoCvcvCvcc", "CvcvCvcvnoCvcc", "CvcvCvcvCvccno",
        "CvccnoCvccCvcv", "CvccCvccnoCvcv", "CvccCvccCvcvno", "CvcvnoCvccCvcc", "CvcvCvccnoCvcc", "CvcvCvccCvccno",
        "CvccnoCvcvCvcc", "CvccCvcvnoCvcc", "CvccCvcvCvccno",
    ),
    "medium": ("CvcnoCvc", "CvcCvcno"),
    "short": ("Cvcn",),
    "basic": ("aaanaaan", "aannaaan", "aaannaaa"),
    "pin": ("nnnn",),
}  # fmt: skip


@FUNCTIONS.function("bcrypt", STRING, returns=STRING, with_environment=True)
def bcrypt(environment: Environment, password: str) -> str:
    """Hash a password with bcrypt, cost 10."""
    data = bytes_of(password)
    if len(data) > _MAX_BCRYPT_BYTES:
        return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes"
    charge(environment, BCRYPT_STEPS)
    salt = base64.b64encode(environment.random_bytes(16)).rstrip(b"=").translate(_TO_BCRYPT)
    return bcrypt_library.hashpw(data, b"$2a$10$" + salt).decode()


@FUNCTIONS.function("htpasswd", STRING, STRING, _HASH_ALGORITHM, returns=STRING, with_environment=True)
def htpasswd(environment: Environment, user: str, password: str, algorithm: str) -> str:
    """Make a line of an htpasswd file: SHA-1 if the algorithm is "sha", else bcrypt."""
    if ":" in user:
        return f"invalid username: {user}"
    if algorithm == "sha":
        digest = hashlib.sha1(bytes_of(password), usedforsecurity=False).digest()
        return f"{user}:{{SHA}}{base64.b64encode(digest).decode()}"
    return f"{user}:{bcrypt(environment, password)}"


@FUNCTIONS.function("derivePassword", UINT32, STRING, STRING, STRING, STRING, returns=STRING, with_environment=True)
def derive_password(environment: Environment, counter: int, kind: str, password: str, user: str, site: str) -> str:
    """Derive a site's password from a main one by the Master Password scheme."""
    shapes = _SHAPES.get(kind)
    if shapes is None:
        return f"cannot find password template {kind}"
    charge(environment, SCRYPT_STEPS)
    salt = _SCOPE + _measured(user)
    key = Scrypt(salt=salt, length=64, n=32768, r=8, p=2).derive(bytes_of(password))
    seed = hmac.digest(key, _SCOPE + _measured(site) + counter.to_bytes(4), "sha256")
    shape = shapes[seed[0] % len(shapes)]
    chosen = (_CHARACTERS[element] for element in shape)
    return "".join(characters[byte % len(characters)] for characters, byte in zip(chosen, seed[1:], strict=False))


def _measured(text: str) -> bytes:
    data = bytes_of(text)
    return len(data).to_bytes(4) + data
