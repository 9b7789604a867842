"""`genPrivateKey`, and private keys in PEM as sprig reads and writes them.

Keys of elliptic curves are made from the environment's random bytes. Those of RSA and DSA are made by `cryptography`,
which takes no source: it uses the one of the operating system.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import TemplateFunctionError
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import STRING
from bulkhead_templating.pki import pem
from bulkhead_templating.pki.costs import (
    DSA_STEPS,
    RSA_2048_STEPS,
    RSA_4096_STEPS,
    SMALL_KEY_STEPS,
    charge,
    charge_bytes,
    charge_key,
)
from bulkhead_templating.pki.key_reading import KeyFormatError, parse_dsa, parse_pkcs1, parse_pkcs8, parse_sec1
from bulkhead_templating.pki.pem import PemBlock
from bulkhead_templating.pki.private_keys import DsaKey, PrivateKey, dsa_of, pkcs1_of, pkcs8_of, sec1_of
from bulkhead_templating.sprig.random import below
from bulkhead_templating.text import bytes_of, text_of

FUNCTIONS: Final = FunctionMap()

_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SUFFIX: Final = b" PRIVATE KEY"
_EXPONENT: Final = 65537


@FUNCTIONS.function("genPrivateKey", STRING, returns=STRING, with_environment=True)
def gen_private_key(environment: Environment, kind: str) -> str:
    """Make a private key: `rsa` of 4096 bits, `dsa`, `ecdsa` of the curve P-256, `ed25519`."""
    match kind:
        case "" | "rsa":
            charge(environment, RSA_4096_STEPS)
            return pem_of_key(rsa.generate_private_key(public_exponent=_EXPONENT, key_size=4096))
        case "dsa":
            charge(environment, DSA_STEPS)
            return pem_of_key(_new_dsa())
        case "ecdsa":
            charge(environment, SMALL_KEY_STEPS)
            return pem_of_key(ec.derive_private_key(1 + below(environment, _P256_ORDER - 1), ec.SECP256R1()))
        case "ed25519":
            charge(environment, SMALL_KEY_STEPS)
            return pem_of_key(ed25519.Ed25519PrivateKey.from_private_bytes(environment.random_bytes(32)))
        case _:
            return f"Unknown type {kind}"


def new_rsa(environment: Environment) -> rsa.RSAPrivateKey:
    """Make a key of RSA of 2048 bits, as certificates have."""
    charge(environment, RSA_2048_STEPS)
    return rsa.generate_private_key(public_exponent=_EXPONENT, key_size=2048)


def _new_dsa() -> DsaKey:
    numbers = dsa.generate_private_key(key_size=2048).private_numbers()
    parameters = numbers.public_numbers.parameter_numbers
    return DsaKey(p=parameters.p, q=parameters.q, g=parameters.g, y=numbers.public_numbers.y, x=numbers.x)


def pem_of_key(key: PrivateKey) -> str:
    """Write a key as sprig does: each kind in its oldest format."""
    match key:
        case rsa.RSAPrivateKey():
            block = PemBlock(label=b"RSA PRIVATE KEY", data=pkcs1_of(key))
        case DsaKey():
            block = PemBlock(label=b"DSA PRIVATE KEY", data=dsa_of(key))
        case ec.EllipticCurvePrivateKey():
            block = PemBlock(label=b"EC PRIVATE KEY", data=sec1_of(key))
        case _:
            block = PemBlock(label=b"PRIVATE KEY", data=pkcs8_of(key))
    return text_of(pem.encode(block))


def parse_pem_key(environment: Environment, text: str) -> PrivateKey:
    """Read a key in PEM.

    Raises:
        TemplateFunctionError: it is none; the message quotes the label of the block, no more.
    """
    charge_bytes(environment, len(text))
    block = pem.decode(bytes_of(text)).block
    if block is None:
        raise TemplateFunctionError("no PEM data in input", is_public=True)
    label = text_of(block.label)
    if label != "PRIVATE KEY" and not block.label.endswith(_SUFFIX):
        raise TemplateFunctionError(f"no private key data in PEM block of type {label}")
    charge_key(environment, len(block.data))
    try:
        return _parse(block, label)
    except KeyFormatError as error:
        wrong = "decoding PEM as PKCS#8" if label == "PRIVATE KEY" else f"parsing {label[:-12]} private key from PEM"
        raise TemplateFunctionError(f"{wrong}: {error}") from error


def _parse(block: PemBlock, label: str) -> PrivateKey:
    match label:
        case "PRIVATE KEY":
            return parse_pkcs8(block.data)
        case "RSA PRIVATE KEY":
            return parse_pkcs1(block.data)
        case "EC PRIVATE KEY":
            return parse_sec1(block.data)
        case "DSA PRIVATE KEY":
            return parse_dsa(block.data)
        case _:
            raise TemplateFunctionError(f"invalid private key type {label}")
