"""Bodies and large objects are taken within bounds, and what is taken is given back."""

import asyncio
import threading
from collections.abc import Iterable, Sequence

import pytest

from bulkhead_validation.fault import Fault, Verdict
from bulkhead_webhook.body import Bodies, BodyError, BusyError, SlowBodyError, TooLargeBodyError, read_body
from bulkhead_webhook.lanes import LARGE_BYTES, MAX_WAITING, Lanes
from bulkhead_webhook.question import Operation, Question

FAULT = Fault(path="spec", message="m", verdict=Verdict.DOUBTFUL)


class Pieces:
    """A body that comes in pieces, and, if it hangs, not to its end."""

    def __init__(self, pieces: Iterable[bytes], *, hangs: bool = False) -> None:
        self._pieces = iter(pieces)
        self._hangs = hangs

    async def readany(self) -> bytes:
        piece = next(self._pieces, b"")
        if not piece and self._hangs:
            await asyncio.Event().wait()
        return piece


def question(size: int) -> Question:
    return Question(
        review="admission.k8s.io/v1",
        uid="u",
        group="external-secrets.io",
        kind="ExternalSecret",
        subresource="",
        namespace="",
        name="",
        operation=Operation.CREATE,
        object_json=b"x" * size,
        old_json=b"",
    )


async def test_a_body_is_read_to_its_end_and_given_back_when_it_is_judged() -> None:
    bodies = Bodies()
    with bodies.hold() as held:
        assert await read_body(Pieces([b"a", b"bc"]), held, timeout_s=5) == b"abc"
        assert bodies.held_bytes == 3
    assert bodies.held_bytes == 0


@pytest.mark.parametrize(
    ("pieces", "hangs", "error"),
    [
        pytest.param([b"x" * 11], False, TooLargeBodyError, id="that-is-too-large"),
        pytest.param([b"x" * 5, b"x" * 6], False, TooLargeBodyError, id="that-grows-too-large"),
        pytest.param([b"x" * 8], False, BusyError, id="for-which-there-is-no-room-beside-others"),
        pytest.param([b"x"], True, SlowBodyError, id="that-does-not-end"),
    ],
)
async def test_a_body_is_refused_and_given_back(
    pieces: Sequence[bytes],
    hangs: bool,  # a column of the table
    error: type[BodyError],
) -> None:
    bodies = Bodies(max_body_bytes=10, max_held_bytes=15)
    with bodies.hold() as other:
        other.add(8)
        with bodies.hold() as held, pytest.raises(error):
            await read_body(Pieces(pieces, hangs=hangs), held, timeout_s=0.01)
        assert bodies.held_bytes == 8


async def test_a_small_object_is_judged_on_the_loop_and_a_large_one_aside() -> None:
    judged_in: list[str] = []

    def judge(_question: Question) -> Sequence[Fault]:
        judged_in.append(threading.current_thread().name)
        return [FAULT]

    with Lanes(judge) as lanes:
        assert await lanes.faults_in(question(LARGE_BYTES - 1)) == [FAULT]
        assert await lanes.faults_in(question(LARGE_BYTES)) == [FAULT]
    assert judged_in[0] == threading.current_thread().name
    assert judged_in[1].startswith("large")


async def test_small_objects_do_not_wait_for_a_large_one_and_too_many_large_ones_are_refused() -> None:
    go_on = threading.Event()

    def judge(asked: Question) -> Sequence[Fault]:
        if len(asked.object_json) >= LARGE_BYTES:
            go_on.wait(10)
        return [FAULT]

    with Lanes(judge) as lanes:
        async with asyncio.TaskGroup() as group:
            waiting = [group.create_task(lanes.faults_in(question(LARGE_BYTES))) for _ in range(MAX_WAITING)]
            await asyncio.sleep(0)
            assert await lanes.faults_in(question(1)) == [FAULT]
            with pytest.raises(BusyError):
                await lanes.faults_in(question(LARGE_BYTES))
            go_on.set()
        assert [task.result() for task in waiting] == [[FAULT]] * MAX_WAITING
        assert await lanes.faults_in(question(LARGE_BYTES)) == [FAULT]
