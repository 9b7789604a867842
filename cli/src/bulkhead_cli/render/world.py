"""What a render at a terminal knows of the world."""

import secrets
import time
from typing import Final

from bulkhead_templating import Environment, Meter

TIMEOUT_S: Final = 10.0
"""As long as the controller gives by default."""


def new_environment() -> Environment:
    """Give an environment for one render, with the library's limits."""
    meter = Meter(monotonic=time.monotonic, deadline_s=time.monotonic() + TIMEOUT_S)
    return Environment(now_ns=time.time_ns(), random_bytes=secrets.token_bytes, meter=meter)
