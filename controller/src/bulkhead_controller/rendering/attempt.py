"""Renders a job within bounds, wherever it is done: on the event loop or in a worker. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bulkhead_controller.rendering.templates import Templates
from bulkhead_target.template.job import Job, Outputs
from bulkhead_target.template.render import render
from bulkhead_templating import Environment, Limits, Meter


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What renders know of the world."""

    now_ns: Callable[[], int]
    """The wall clock, in nanoseconds since 1970."""
    random_bytes: Callable[[int], bytes]
    monotonic: Callable[[], float]
    """A clock for deadlines, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a job may cost, all its pieces together."""

    limits: Limits
    parse_steps: int
    """Tokens of those templates that were not parsed before."""
    timeout_s: float


def render_job(job: Job, *, templates: Templates, world: World, bounds: Bounds) -> Outputs:
    """Render all pieces, in their order.

    Raises:
        RenderError: one of them fails, or together they cost more than they may.
    """
    deadline_s = world.monotonic() + bounds.timeout_s
    parsing = Meter(Limits(steps=bounds.parse_steps), monotonic=world.monotonic, deadline_s=deadline_s)
    meter = Meter(bounds.limits, monotonic=world.monotonic, deadline_s=deadline_s)
    environment = Environment(now_ns=world.now_ns(), random_bytes=world.random_bytes, meter=meter)
    return render(job, environment, partial(templates.template, meter=parsing))
