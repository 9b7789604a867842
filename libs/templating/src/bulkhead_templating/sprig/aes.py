"""Functions of sprig that encrypt: AES-256 in CBC, the key a password that is cut or filled up with zeros."""

import base64
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import GoPanicError, TemplateFunctionError
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import STRING
from bulkhead_templating.pki import base64_text
from bulkhead_templating.pki.base64_text import Base64Error
from bulkhead_templating.pki.costs import charge_bytes
from bulkhead_templating.text import bytes_of, text_of

FUNCTIONS: Final = FunctionMap()

_BLOCK: Final = 16
_KEY_SIZE: Final = 32


def _cipher(password: str, iv: bytes) -> Cipher[CBC]:
    return Cipher(AES(bytes_of(password)[:_KEY_SIZE].ljust(_KEY_SIZE, b"\0")), CBC(iv))


@FUNCTIONS.function("encryptAES", STRING, STRING, returns=STRING, with_environment=True)
def encrypt_aes(environment: Environment, password: str, text: str) -> str:
    """Encrypt a text; gives base64 of the initial vector and the blocks."""
    if not text:
        return ""
    data = bytes_of(text)
    charge_bytes(environment, len(data) * 3)
    iv = environment.random_bytes(_BLOCK)
    padder, encryptor = PKCS7(_BLOCK * 8).padder(), _cipher(password, iv).encryptor()
    blocks = encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()
    return base64.b64encode(iv + blocks).decode()


@FUNCTIONS.function("decryptAES", STRING, STRING, returns=STRING, with_environment=True)
def decrypt_aes(environment: Environment, password: str, text: str) -> str:
    """Decrypt what `encryptAES` made; the padding is not checked, so a wrong password may give any bytes."""
    if not text:
        return ""
    given = bytes_of(text)
    charge_bytes(environment, len(given) * 2)
    try:
        data = base64_text.decode(given)
    except Base64Error as error:
        raise TemplateFunctionError(str(error)) from error
    iv, blocks = data[:_BLOCK], data[_BLOCK:]
    if len(iv) < _BLOCK:
        capacity = len(given) // 4 * 3
        if capacity < _BLOCK:
            raise GoPanicError(f"runtime error: slice bounds out of range [:{_BLOCK}] with capacity {capacity}")
        raise GoPanicError(f"runtime error: slice bounds out of range [{_BLOCK}:{len(data)}]")
    if len(blocks) % _BLOCK:
        raise GoPanicError("crypto/cipher: input not full blocks", is_public=True)
    if not blocks:
        raise GoPanicError("runtime error: index out of range [-1]", is_public=True)
    decryptor = _cipher(password, iv).decryptor()
    plain = decryptor.update(blocks) + decryptor.finalize()
    end = len(plain) - plain[-1]
    if end < 0:
        raise GoPanicError(f"runtime error: slice bounds out of range [:{end}]")
    return text_of(plain[:end])
