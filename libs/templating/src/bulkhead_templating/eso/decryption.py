"""`rsaDecrypt`."""

from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP

from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import TemplateFunctionError
from bulkhead_templating.eso.pkcs12 import parse_any_key
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import STRING
from bulkhead_templating.pki import pem
from bulkhead_templating.pki.costs import charge_bytes, charge_key
from bulkhead_templating.text import bytes_of, text_of

FUNCTIONS: Final = FunctionMap()

_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {"SHA1": hashes.SHA1(), "SHA512": hashes.SHA512()}  # noqa: S303 - OAEP with SHA-1 is what old data has


@FUNCTIONS.function("rsaDecrypt", STRING, STRING, STRING, STRING, returns=STRING, with_environment=True)
def rsa_decrypt(environment: Environment, scheme: str, digest: str, text: str, key: str) -> str:
    """Decrypt RSA-OAEP; the scheme `None` gives the text as it is, an unknown hash is SHA-256."""
    if scheme == "None":
        return text
    if scheme != "RSA-OAEP":
        raise TemplateFunctionError(f"decryption scheme {scheme} is not supported")
    charge_bytes(environment, len(text) + len(key))
    block = pem.decode(bytes_of(key)).block
    if block is None:
        raise TemplateFunctionError("failed to decode PEM block", is_public=True)
    charge_key(environment, len(block.data))
    try:
        parsed = parse_any_key(block.data)
    except TemplateFunctionError as error:
        raise TemplateFunctionError(f"could not parse private key: {error}") from error
    if not isinstance(parsed, rsa.RSAPrivateKey):
        raise TemplateFunctionError("could not parse RSA private key", is_public=True)
    algorithm = _HASHES.get(digest) or hashes.SHA256()
    try:
        return text_of(parsed.decrypt(bytes_of(text), OAEP(MGF1(algorithm), algorithm, None)))
    except ValueError as error:
        raise TemplateFunctionError(
            "error decrypting data with RSA: crypto/rsa: decryption error", is_public=True
        ) from error
