"""Functions of ESO that make PEM of JSON Web Keys."""

from collections.abc import Callable
from typing import Final

from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import TemplateFunctionError
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import STRING
from bulkhead_templating.pki import pem
from bulkhead_templating.pki.costs import charge_bytes, charge_key
from bulkhead_templating.pki.jwk import private_der_of, public_der_of
from bulkhead_templating.pki.jwk_json import JwkError
from bulkhead_templating.pki.pem import PemBlock
from bulkhead_templating.text import text_of

FUNCTIONS: Final = FunctionMap()


@FUNCTIONS.function("jwkPublicKeyPem", STRING, returns=STRING, with_environment=True)
def jwk_public_key_pem(environment: Environment, text: str) -> str:
    """Give a public JWK as PEM, SubjectPublicKeyInfo."""
    return _pem(environment, text, b"PUBLIC KEY", public_der_of)


@FUNCTIONS.function("jwkPrivateKeyPem", STRING, returns=STRING, with_environment=True)
def jwk_private_key_pem(environment: Environment, text: str) -> str:
    """Give a private JWK as PEM, PKCS#8."""
    return _pem(environment, text, b"PRIVATE KEY", private_der_of)


def _pem(environment: Environment, text: str, label: bytes, der_of: Callable[[str], bytes]) -> str:
    charge_bytes(environment, len(text) * 4)
    charge_key(environment, len(text) * 3 // 4)
    try:
        return text_of(pem.encode(PemBlock(label=label, data=der_of(text))))
    except JwkError as error:
        raise TemplateFunctionError(str(error)) from error
