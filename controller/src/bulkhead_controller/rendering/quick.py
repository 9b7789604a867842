"""The quick lane: renders that take about two milliseconds at most, on the event loop."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from bulkhead_controller.rendering.attempt import Bounds, World, render_job
from bulkhead_controller.rendering.door import Door
from bulkhead_controller.rendering.templates import Templates, fingerprint
from bulkhead_target.template.job import Fault, Job, Outputs, Piece, RenderError
from bulkhead_templating import Delimiters, Limits

_KIBIBYTE: Final = 1024

QUICK_BOUNDS: Final = Bounds(
    limits=Limits(steps=1_000, output_bytes=256 * _KIBIBYTE, memory_bytes=512 * _KIBIBYTE, depth=50),
    parse_steps=1_000,
    timeout_s=0.003,
)
"""A step takes about two microseconds. Keys, certificates and slow hashes cost more steps than that.

The time is that of the work, not of the wall.
"""

_KEPT_BYTES: Final = 16 * _KIBIBYTE * _KIBIBYTE
_MAX_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How large a job may be to be tried here at all."""

    pieces: int = 64
    text_bytes: int = 16 * _KIBIBYTE
    """Of all templates: comments cost time and no steps."""
    value_bytes: int = 64 * _KIBIBYTE
    """Of all values."""

    def hold(self, job: Job) -> bool:
        """Say whether a job is small enough."""
        return (
            len(job.pieces) * len(job.rows) <= self.pieces
            and sum(len(piece.text) for piece in job.pieces) <= self.text_bytes
            and sum(len(value) for row in job.rows for value in row.values()) <= self.value_bytes
        )


class QuickLane:
    """Tries jobs within small bounds and remembers what does not stay within them."""

    def __init__(self, world: World, *, bounds: Bounds = QUICK_BOUNDS, sizes: Sizes | None = None) -> None:
        """Begin without templates."""
        self._world = world
        self._bounds = bounds
        self._sizes = sizes or Sizes()
        self._templates = Templates(max_bytes=_KEPT_BYTES)
        self._door = Door()
        self._heavy: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    async def render(self, tenant: str, job: Job) -> Outputs | None:
        """Render a job; None if it is too large or met a bound, and is to be rendered anew elsewhere.

        Raises:
            RenderError: one of its templates fails.
        """
        if not self._sizes.hold(job) or self._is_heavy(tenant, job):
            return None
        async with self._door.turn(tenant):
            try:
                return render_job(job, templates=self._templates, world=self._world, bounds=self._bounds)
            except RenderError as error:
                if error.fault is Fault.LIMIT:
                    self._remember(tenant, job, job.pieces[error.piece])
                # Time that was short says little of the template: the collector of garbage may have taken it.
                elif error.fault is not Fault.UNAVAILABLE:
                    raise
                return None

    def _is_heavy(self, tenant: str, job: Job) -> bool:
        return bool(self._heavy) and any((tenant, _fingerprint(job, piece)) in self._heavy for piece in job.pieces)

    def _remember(self, tenant: str, job: Job, piece: Piece) -> None:
        # By tenant, as one could otherwise make the templates of others slow by using them with larger values.
        self._heavy[tenant, _fingerprint(job, piece)] = None
        if len(self._heavy) > _MAX_REMEMBERED:
            self._heavy.popitem(last=False)


def _fingerprint(job: Job, piece: Piece) -> bytes:
    return fingerprint(piece, Delimiters(left=job.left, right=job.right))
