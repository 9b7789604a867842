"""The oldest version of TLS that the webhook speaks, as its flag writes it."""

import argparse
import ssl
from collections.abc import Mapping
from typing import Final

_TLS_VERSIONS: Final[Mapping[str, ssl.TLSVersion]] = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def tls_version(text: str) -> ssl.TLSVersion:
    """Read the oldest version of TLS; unlike ESO none before 1.2, which nothing that is supported needs."""
    try:
        return _TLS_VERSIONS[text]
    except KeyError:
        raise argparse.ArgumentTypeError("must be 1.2 or 1.3; older versions are not spoken") from None
