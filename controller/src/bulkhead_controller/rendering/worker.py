"""A process that renders one job after the other: `python -m bulkhead_controller.rendering.worker`.

It is given rendering that others must not wait for. It has no network, no files and no credential, writes nothing but
answers, and says of an error that nobody foresaw no more than its class.
"""

import contextlib
import math
import os
import resource
import secrets
import signal
import sys
import time
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from bulkhead_controller.rendering.attempt import Bounds, World, render_job
from bulkhead_controller.rendering.templates import Templates
from bulkhead_controller.rendering.wire import (
    GRACE_S,
    HEADER_BYTES,
    Answer,
    Order,
    Ready,
    done_from,
    failed_from,
    framed,
    length_from,
    order_from,
)
from bulkhead_target.template.job import RenderError
from bulkhead_templating import Limits

_KEPT_BYTES: Final = 8 * 1024 * 1024
_NICENESS: Final = 10
_WORLD: Final = World(now_ns=time.time_ns, random_bytes=secrets.token_bytes, monotonic=time.monotonic)


def main(arguments: list[str]) -> int:
    """Answer orders until there are no more.

    Args:
        arguments: how many bytes of addresses the process may have.
    """
    _confine(int(arguments[0]))
    orders, answers = sys.stdin.buffer, sys.stdout.buffer
    templates = Templates(max_bytes=_KEPT_BYTES)
    _send(answers, Ready())
    while (data := _next_frame(orders)) is not None:
        order = order_from(data)
        # A parent that died kills no render that goes on forever, so it ends by itself too.
        signal.alarm(math.ceil(order.timeout_s) + GRACE_S)
        answer = answer_to(order, templates)
        signal.alarm(0)
        _send(answers, answer)
    return 0


def answer_to(order: Order, templates: Templates, world: World = _WORLD) -> Answer:
    """Render the job of an order."""
    limits = Limits(steps=order.steps, output_bytes=order.output_bytes, memory_bytes=order.memory_bytes)
    bounds = Bounds(limits=limits, parse_steps=order.steps, timeout_s=order.timeout_s)
    try:
        return done_from(render_job(order.job, templates=templates, world=world, bounds=bounds))
    except RenderError as error:
        return failed_from(error)


def _confine(address_bytes: int) -> None:
    """Give up what a template could use up, and let others go first."""
    resource.setrlimit(resource.RLIMIT_AS, (address_bytes, address_bytes))
    # A core file would hold secrets.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICENESS)
    # Where memory is short this process ends and not the controller.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _next_frame(orders: BinaryIO) -> bytes | None:
    header = orders.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        return None
    length = length_from(header)
    data = orders.read(length)
    return data if len(data) == length else None


def _send(answers: BinaryIO, answer: Answer) -> None:
    answers.write(framed(answer))
    answers.flush()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (MemoryError, BrokenPipeError, msgspec.MsgspecError):
        # Nobody is told but by the end of the process: what would be written could quote a value.
        sys.exit(1)
