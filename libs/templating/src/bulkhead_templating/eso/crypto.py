"""The functions of ESO for keys, certificates and archives, in one map."""

from typing import Final

from bulkhead_templating.eso import decryption, jwk, pem_filters, pkcs12
from bulkhead_templating.functions import FunctionMap

FUNCTIONS: Final = FunctionMap(pem_filters.FUNCTIONS, pkcs12.FUNCTIONS, jwk.FUNCTIONS, decryption.FUNCTIONS)
