"""What goes between the controller and a worker process: frames of MessagePack, each behind its length. Pure."""

from typing import Annotated, Any, Final

import msgspec

from bulkhead_target.template.job import Fault, Job, Output, Outputs, RenderError, Yaml
from bulkhead_templating import Limits

HEADER_BYTES: Final = 4
"""The length of what follows, big-endian."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A job, and what it may cost."""

    job: Job
    steps: int
    output_bytes: int
    memory_bytes: int
    timeout_s: float

    def __repr__(self) -> str:
        return f"Order({self.job!r})"


class Ready(msgspec.Struct, frozen=True, kw_only=True, tag="ready"):
    """The worker can begin; its first frame."""


_Boxed = Annotated[list[Any], msgspec.Meta(min_length=1, max_length=1)]
"""A value of any shape in a list of its own."""


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    """The job succeeded."""

    outputs: tuple[bytes | dict[str, bytes] | _Boxed, ...]
    """A value that was read as YAML stands in a list of its own, which tells it from a map of strings."""

    def read(self) -> Outputs:
        """Give the outputs as they were."""
        return tuple(Yaml(each[0]) if isinstance(each, list) else each for each in self.outputs)

    def __repr__(self) -> str:
        return f"Done({len(self.outputs)} outputs)"


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """The job failed; see `RenderError`."""

    message: str
    fault: Fault
    piece: int
    line: int
    column: int | None

    def failure(self) -> RenderError:
        """Make the error of it."""
        return RenderError(self.message, fault=self.fault, piece=self.piece, line=self.line, column=self.column)


GRACE_S: Final = 2
"""How long behind its deadline an answer may come, as the clock is looked at between steps; then the worker ends."""

Answer = Ready | Done | Failed

_ENCODER: Final = msgspec.msgpack.Encoder()
_ORDERS: Final = msgspec.msgpack.Decoder(Order)
_ANSWERS: Final[msgspec.msgpack.Decoder[Answer]] = msgspec.msgpack.Decoder(Answer)


def order_of(job: Job, limits: Limits, *, timeout_s: float) -> Order:
    """Make the order to render a job within limits."""
    return Order(
        job=job,
        steps=limits.steps,
        output_bytes=limits.output_bytes,
        memory_bytes=limits.memory_bytes,
        timeout_s=timeout_s,
    )


def done_from(outputs: Outputs) -> Done:
    """Write the outputs of a job down."""
    return Done(outputs=tuple(_written(each) for each in outputs))


def failed_from(error: RenderError) -> Failed:
    """Write down why a job failed."""
    return Failed(message=str(error), fault=error.fault, piece=error.piece, line=error.line, column=error.column)


def _written(output: Output) -> bytes | dict[str, bytes] | list[Any]:
    match output:
        case Yaml(value):
            return [value]
        case bytes():
            return output
        case _:
            return dict(output)


def framed(message: Order | Answer) -> bytes:
    """Write a frame."""
    data = _ENCODER.encode(message)
    return len(data).to_bytes(HEADER_BYTES) + data


def length_from(header: bytes) -> int:
    """Read how long the rest of a frame is."""
    return int.from_bytes(header)


def order_from(data: bytes) -> Order:
    """Read an order.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    return _ORDERS.decode(data)


def answer_from(data: bytes) -> Answer:
    """Read an answer.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    try:
        return _ANSWERS.decode(data)
    except (RecursionError, UnicodeDecodeError):
        problem = "nested too deeply, or not UTF-8"
    # Out of the handler, as the error of the text holds it.
    raise msgspec.DecodeError(problem)
