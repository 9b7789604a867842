"""Functions of sprig, and ESO's hexdec, that encode, decode and digest a text; what cannot be decoded gives its error.

Source: Go, packages encoding/base64, encoding/base32, encoding/hex; github.com/Masterminds/sprig v3, strings.go.
"""

import base64
import hashlib
import zlib

from bulkhead_templating.environment import Environment
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import STRING
from bulkhead_templating.runes import unicode_name
from bulkhead_templating.sprig.base_decoding import CorruptInputError, decoded_32, decoded_64
from bulkhead_templating.text import bytes_of, text_of

FUNCTIONS = FunctionMap()

_HEXADECIMAL = b"0123456789abcdefABCDEF"


@FUNCTIONS.function("b64enc", STRING, returns=STRING, with_environment=True)
def b64enc(environment: Environment, text: str) -> str:
    """Encode in base 64, with padding."""
    environment.meter.allocate(2 * len(text))
    return base64.b64encode(bytes_of(text)).decode()


@FUNCTIONS.function("b64dec", STRING, returns=STRING)
def b64dec(text: str) -> str:
    """Decode from base 64; the error, as a text, if it is none."""
    try:
        return text_of(decoded_64(bytes_of(text)))
    except CorruptInputError as error:
        return f"illegal base64 data at input byte {error.index}"


@FUNCTIONS.function("b32enc", STRING, returns=STRING, with_environment=True)
def b32enc(environment: Environment, text: str) -> str:
    """Encode in base 32, with padding."""
    environment.meter.allocate(2 * len(text))
    return base64.b32encode(bytes_of(text)).decode()


@FUNCTIONS.function("b32dec", STRING, returns=STRING, with_environment=True)
def b32dec(environment: Environment, text: str) -> str:
    """Decode from base 32; the error, as a text, if it is none."""
    environment.meter.step(len(text) // 8)
    try:
        return text_of(decoded_32(bytes_of(text)))
    except CorruptInputError as error:
        return f"illegal base32 data at input byte {error.index}"


@FUNCTIONS.function("hexdec", STRING, returns=STRING)
def hexdec(text: str) -> str:
    """Decode from hexadecimal; the error, as a text, if it is none."""
    data = bytes_of(text)
    stray = data.translate(None, _HEXADECIMAL)
    if stray:
        return f"encoding/hex: invalid byte: {unicode_name(stray[0], sharp=True)}"
    if len(data) % 2:
        return "encoding/hex: odd length hex string"
    return text_of(bytes.fromhex(data.decode()))


@FUNCTIONS.function("sha1sum", STRING, returns=STRING)
def sha1sum(text: str) -> str:
    """Give the SHA-1 digest in hexadecimal."""
    return hashlib.sha1(bytes_of(text), usedforsecurity=False).hexdigest()


@FUNCTIONS.function("sha256sum", STRING, returns=STRING)
def sha256sum(text: str) -> str:
    """Give the SHA-256 digest in hexadecimal."""
    return hashlib.sha256(bytes_of(text)).hexdigest()


@FUNCTIONS.function("sha512sum", STRING, returns=STRING)
def sha512sum(text: str) -> str:
    """Give the SHA-512 digest in hexadecimal."""
    return hashlib.sha512(bytes_of(text)).hexdigest()


@FUNCTIONS.function("adler32sum", STRING, returns=STRING)
def adler32sum(text: str) -> str:
    """Give the Adler-32 checksum in decimal."""
    return str(zlib.adler32(bytes_of(text)))
