"""How PKCS#12 makes keys of passwords, and the ciphers that it uses them with.

Source: RFC 7292, appendix B; RFC 8018; the module go-pkcs12, whose messages are kept.
"""

import hashlib
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from bulkhead_templating.environment import Environment
from bulkhead_templating.pki import der, rc2
from bulkhead_templating.pki.costs import charge_bytes, charge_iterations
from bulkhead_templating.pki.der_elements import Element
from bulkhead_templating.pki.der_reader import DerReader, whole
from bulkhead_templating.pki.pkcs12_error import Pkcs12Error

PBES2: Final = "1.2.840.113549.1.5.13"
PBKDF2: Final = "1.2.840.113549.1.5.12"
PBMAC1: Final = "1.2.840.113549.1.5.14"
HMAC_SHA256: Final = "1.2.840.113549.2.9"
AES_256_CBC: Final = "2.16.840.1.101.3.4.1.42"
SHA256: Final = "2.16.840.1.101.3.4.2.1"
PRFS: Final = {"1.2.840.113549.2.7": "sha1", HMAC_SHA256: "sha256", "1.2.840.113549.2.11": "sha512"}
MACS: Final = {"1.3.14.3.2.26": "sha1", SHA256: "sha256", "2.16.840.1.101.3.4.2.3": "sha512"}
_AES_KEY_SIZES: Final = {AES_256_CBC: 32, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.2": 16}
_TRIPLE_DES: Final = "1.2.840.113549.1.12.1.3"
_OLD_KEY_SIZES: Final = {_TRIPLE_DES: 24, "1.2.840.113549.1.12.1.5": 16, "1.2.840.113549.1.12.1.6": 5}
_AES_BLOCK: Final = 16
_OLD_BLOCK: Final = 8
_KEY, _IV, _MAC = 1, 2, 3


def password_text(password: bytes) -> bytes:
    """Give a password of two bytes a character as UTF-8, without the zero at its end."""
    if password.endswith(b"\0\0"):
        password = password[:-2]
    return password.decode("utf-16-be", "replace").encode()


def derived(digest: str, purpose: int, password: bytes, salt: bytes, iterations: int, size: int) -> bytes:
    """Make a key as appendix B of the RFC says.

    Args:
        digest: a name of hashlib.
        purpose: 1 for a key, 2 for an initial vector, 3 for a MAC.
        password: two bytes a character with a zero at its end; empty if there is none at all.
        salt: of any length.
        iterations: how often the digest is taken.
        size: of the result, in bytes.
    """
    block = hashlib.new(digest, usedforsecurity=False).block_size
    state = bytearray(_filled(salt, block) + _filled(password, block))
    made = b""
    while True:
        turn = hashlib.new(digest, bytes((purpose,)) * block + state).digest()
        for _ in range(1, iterations):
            turn = hashlib.new(digest, turn).digest()
        made += turn
        if len(made) >= size:
            return made[:size]
        added = int.from_bytes(_filled(turn, block)[:block]) + 1
        for start in range(0, len(state), block):
            total = int.from_bytes(state[start : start + block]) + added
            state[start : start + block] = (total % (1 << 8 * block)).to_bytes(block)


def _filled(pattern: bytes, block: int) -> bytes:
    if not pattern:
        return b""
    length = -(-len(pattern) // block) * block
    return (pattern * -(-length // len(pattern)))[:length]


def mac_key(environment: Environment, digest: str, password: bytes, salt: bytes, iterations: int) -> bytes:
    """Make the key of a MAC."""
    charge_iterations(environment, iterations)
    return derived(digest, _MAC, password, salt, iterations, hashlib.new(digest).digest_size)


def pbkdf2_key(environment: Environment, fields: DerReader, password: bytes, size: int | None, purpose: str) -> bytes:
    """Make a key as the parameters of PBKDF2 say.

    Args:
        environment: what the render costs.
        fields: the parameters.
        password: two bytes a character.
        size: of the key in bytes; None means that the parameters must say it.
        purpose: what messages call it.

    Raises:
        DerError: the parameters are malformed.
        Pkcs12Error: they ask for what Go cannot do.
    """
    salt, iterations = fields.want_any(), fields.want_int()
    said = fields.want_int() if fields.peek(der.INTEGER) else 0
    prf = fields.want_algorithm()[0] if fields.rest else "1.2.840.113549.2.7"
    if salt.tag != der.OCTET_STRING:
        raise Pkcs12Error(f"pkcs12: only octet string salts are supported for {purpose}/pbkdf2")
    if prf not in PRFS:
        raise Pkcs12Error(f"pkcs12: {purpose} prf {prf} is not supported")
    if size is None and said <= 0:
        raise Pkcs12Error("pkcs12: PBMAC1 requires explicit KeyLength parameter in PBKDF2 parameters")
    wanted = said if size is None else size
    charge_bytes(environment, wanted)
    charge_iterations(environment, iterations * (1 + wanted // 20))
    return hashlib.pbkdf2_hmac(PRFS[prf], password_text(password), salt.content, max(iterations, 1), wanted)


def decrypt(
    environment: Environment, algorithm: str, parameters: Element | None, data: bytes, password: bytes
) -> bytes:
    """Decrypt with a password and take the padding off.

    Raises:
        DerError: the parameters are malformed.
        Pkcs12Error: it is the wrong password, or an algorithm that Go cannot do.
    """
    charge_bytes(environment, len(data))
    given = parameters.raw if parameters else b""
    if algorithm == PBES2:
        block, plain = _AES_BLOCK, _decrypt_pbes2(environment, given, data, password)
    elif algorithm in _OLD_KEY_SIZES:
        block, plain = _OLD_BLOCK, _decrypt_old(environment, algorithm, given, data, password)
    else:
        raise Pkcs12Error(f"pkcs12: pbe algorithm {algorithm} is not supported")
    padding = plain[-1]
    if not 0 < padding <= block or not plain.endswith(bytes((padding,)) * padding):
        raise Pkcs12Error("pkcs12: decryption error, incorrect padding")
    return plain[:-padding]


def _check_length(data: bytes, block: int) -> None:
    if not data:
        raise Pkcs12Error("pkcs12: empty encrypted data")
    if len(data) % block:
        raise Pkcs12Error("pkcs12: input is not a multiple of the block size")


def _decrypt_pbes2(environment: Environment, parameters: bytes, data: bytes, password: bytes) -> bytes:
    fields = whole(parameters, "pbes2Params")
    kdf, kdf_parameters = fields.want_algorithm()
    scheme, scheme_parameters = fields.want_algorithm()
    if kdf != PBKDF2:
        raise Pkcs12Error(f"pkcs12: pbes2 kdf algorithm {kdf} is not supported")
    if scheme not in _AES_KEY_SIZES:
        raise Pkcs12Error(f"pkcs12: pbes2 algorithm {scheme} is not supported")
    inner = whole(kdf_parameters.raw if kdf_parameters else b"", "pbkdf2Params")
    key = pbkdf2_key(environment, inner, password, _AES_KEY_SIZES[scheme], "pbes2")
    iv = scheme_parameters.content if scheme_parameters else b""
    if len(iv) != _AES_BLOCK:
        raise Pkcs12Error("cipher.NewCBCDecrypter: IV length must equal block size")
    _check_length(data, _AES_BLOCK)
    decryptor = Cipher(AES(key), CBC(iv)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _decrypt_old(environment: Environment, algorithm: str, parameters: bytes, data: bytes, password: bytes) -> bytes:
    fields = whole(parameters, "pbeParams")
    salt, iterations = fields.want_octets(), fields.want_int()
    charge_iterations(environment, iterations * 3)
    key = derived("sha1", _KEY, password, salt, iterations, _OLD_KEY_SIZES[algorithm])
    iv = derived("sha1", _IV, password, salt, iterations, _OLD_BLOCK)
    _check_length(data, _OLD_BLOCK)
    if algorithm != _TRIPLE_DES:
        # Done in Python: as much work for each block as for some dozens of bytes elsewhere.
        charge_bytes(environment, len(data) * 8)
        return rc2.decrypt_cbc(key, iv, data)
    decryptor = Cipher(TripleDES(key), CBC(iv)).decryptor()
    return decryptor.update(data) + decryptor.finalize()
