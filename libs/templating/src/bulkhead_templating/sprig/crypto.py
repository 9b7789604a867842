"""The functions of sprig for passwords, chance, keys and certificates, in one map."""

from typing import Final

from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.sprig import aes, certificates, passwords, private_keys, random

FUNCTIONS: Final = FunctionMap(
    random.FUNCTIONS, passwords.FUNCTIONS, aes.FUNCTIONS, private_keys.FUNCTIONS, certificates.FUNCTIONS
)
