"""Flags about rendering templates, and what is made of them."""

import argparse
import re
from datetime import timedelta
from typing import Final

from bulkhead_controller.rendering.bounds import SlowBounds
from bulkhead_runtime.flags.values import is_within, positive_duration
from bulkhead_templating import Limits

_UNITS: Final = {"": 1, "Ki": 1024, "Mi": 1024 * 1024, "Gi": 1024 * 1024 * 1024}
_SIZE: Final = re.compile(r"([0-9]{1,10})(Ki|Mi|Gi)?")
_LEAST_SIZE: Final = 1024
_LARGEST_SIZE: Final = 1024 * 1024 * 1024
_MAX_WORKERS: Final = 16
_LEAST_STEPS: Final = 1_000
_MOST_STEPS: Final = 1_000_000_000
_MAX_TIMEOUT: Final = timedelta(seconds=30)
_SHARE_OF_TENANT: Final = 4
_SHARE_OF_ALL: Final = 2
_MOST: Final = SlowBounds()


def workers(text: str) -> int:
    """Read a number of processes."""
    return _whole(text, 1, _MAX_WORKERS)


def timeout(text: str) -> timedelta:
    """Read how long one job may take."""
    value = positive_duration(text)
    if value > _MAX_TIMEOUT:
        raise argparse.ArgumentTypeError("must be 30s or less")
    return value


def steps(text: str) -> int:
    """Read a number of steps of a render."""
    return _whole(text, _LEAST_STEPS, _MOST_STEPS)


def size(text: str) -> int:
    """Read a number of bytes, as `4Mi`."""
    found = _SIZE.fullmatch(text)
    wrong = "must be a size from 1Ki to 1Gi, such as 4Mi"
    if found is None:
        raise argparse.ArgumentTypeError(wrong)
    length = int(found[1]) * _UNITS[found[2] or ""]
    if not _LEAST_SIZE <= length <= _LARGEST_SIZE:
        raise argparse.ArgumentTypeError(wrong)
    return length


def render_bounds(parsed: argparse.Namespace) -> SlowBounds:
    """Give the bounds that the flags state.

    A tenant may keep a quarter of the reconciles waiting, and all tenants together half of them, but no more than by
    default: who waits behind many jobs would look to the watchdog as if it hung.
    """
    return SlowBounds(
        limits=Limits(
            steps=parsed.render_max_steps,
            output_bytes=parsed.render_max_output,
            memory_bytes=parsed.render_max_memory,
        ),
        timeout_s=parsed.render_timeout.total_seconds(),
        workers=parsed.render_workers,
        per_tenant=max(1, min(_MOST.per_tenant, parsed.concurrent // _SHARE_OF_TENANT)),
        together=max(1, min(_MOST.together, parsed.concurrent // _SHARE_OF_ALL)),
    )


def _whole(text: str, least: int, most: int) -> int:
    if is_within(text, least, most):
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a whole number from {least} to {most}")
