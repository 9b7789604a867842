"""Where the distribution's programs are looked for: also where a PATH of no administrator does not look."""

import os
from typing import Final

_MORE: Final = "/usr/local/sbin:/usr/sbin:/sbin"


def search_path() -> str:
    """Give a PATH that has the folders of administrators' programs."""
    return f"{os.environ.get('PATH', os.defpath)}:{_MORE}"


def environment() -> dict[str, str]:
    """Give this process's environment with that PATH."""
    return {**os.environ, "PATH": search_path()}
