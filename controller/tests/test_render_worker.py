"""Worker processes as they are: what they are given, what ends them, and what they cannot do."""

import asyncio
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import uvloop
from prometheus_client import CollectorRegistry

from bulkhead_controller.rendering.bounds import SlowBounds
from bulkhead_controller.rendering.process import (
    Worker,
    WorkerLostError,
    WorkerProcess,
    WorkerStuckError,
    start_worker,
)
from bulkhead_controller.rendering.renderer import Renderer
from bulkhead_controller.rendering.wire import Answer, Done, Failed, Order, order_of
from bulkhead_target.template.job import Fault, Job, Piece, RenderError
from bulkhead_templating import Limits

pytestmark = pytest.mark.slow

MEBIBYTE = 1024 * 1024
LONG = "{{ range 5000 }}{{ end }}done"
START_AND_SAY_PID = """
import asyncio
from bulkhead_controller.rendering.bounds import SlowBounds
from bulkhead_controller.rendering.process import start_worker
async def main():
    worker = await start_worker(SlowBounds().address_bytes)
    print(worker.pid, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def order(text: str, limits: Limits | None = None, *, timeout_s: float = 10.0) -> Order:
    job = Job(pieces=(Piece(name="p", text=text.encode()),), rows=({"big": b"x" * MEBIBYTE},))
    return order_of(job, limits or SlowBounds().limits, timeout_s=timeout_s)


@pytest.fixture
async def worker() -> AsyncGenerator[WorkerProcess, None]:
    started = await start_worker(SlowBounds().address_bytes)
    yield started
    await started.end()


async def test_a_worker_renders_one_job_after_the_other(worker: WorkerProcess) -> None:
    assert [await worker.ask(order(text)) for text in ("one", "{{ len .big }}")] == [
        Done(outputs=(b"one",)),
        Done(outputs=(b"1048576",)),
    ]


async def test_time_and_chance_are_real_in_a_worker(worker: WorkerProcess) -> None:
    answers = [await worker.ask(order("{{ randBytes 16 }} {{ now | unixEpoch }}")) for _ in range(2)]
    outputs = [answer.outputs[0] for answer in answers if isinstance(answer, Done)]
    texts = [output.decode().split() for output in outputs if isinstance(output, bytes)]
    assert texts[0][0] != texts[1][0]
    assert int(texts[0][1]) > 1_700_000_000


@pytest.mark.parametrize(
    ("text", "limits", "message"),
    [
        pytest.param("{{ range 100000000 }}{{ end }}", Limits(steps=5_000), "more than 5000 steps", id="steps"),
        pytest.param('{{ range 100 }}{{ repeat 1000 "x" }}{{ end }}', Limits(output_bytes=9_999), "9999", id="output"),
        pytest.param("{{ repeat 64 .big | len }}", None, "bytes of memory", id="memory"),
        pytest.param('{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}', None, "levels", id="recursion"),
    ],
)
async def test_a_hostile_template_meets_a_limit(
    worker: WorkerProcess, text: str, limits: Limits | None, message: str
) -> None:
    answer = await worker.ask(order(text, limits))
    assert isinstance(answer, Failed)
    assert message in answer.message
    assert answer.fault is Fault.LIMIT
    assert await worker.ask(order("after")) == Done(outputs=(b"after",))


async def test_a_deadline_ends_a_render_and_not_the_worker(worker: WorkerProcess) -> None:
    answer = await worker.ask(order("{{ range 100000000 }}{{ end }}", Limits(steps=10**9), timeout_s=0.1))
    assert isinstance(answer, Failed)
    assert (answer.message, answer.fault) == ("template: p: rendering takes too long", Fault.UNAVAILABLE)
    assert await worker.ask(order("after")) == Done(outputs=(b"after",))


async def test_memory_that_no_limit_counted_ends_at_that_of_the_process() -> None:
    worker = await start_worker(SlowBounds().address_bytes)
    unlimited = Limits(steps=10**9, memory_bytes=10**12, output_bytes=10**12)
    text = '{{ $x := .big }}{{ range 20 }}{{ $x = print $x $x "é" }}{{ end }}{{ len $x }}'
    answer = await worker.ask(order(text, unlimited))
    assert isinstance(answer, Failed)
    assert (answer.message, answer.fault) == ("template: p: needs more memory than there is", Fault.LIMIT)
    assert await worker.ask(order("after")) == Done(outputs=(b"after",))
    assert peak_bytes(worker.pid) < SlowBounds().address_bytes
    await worker.end()


async def test_the_worst_that_the_limits_allow_fits_into_the_memory_of_a_worker(worker: WorkerProcess) -> None:
    limits = SlowBounds().limits
    text = '{{ $x := "\U0001f511" }}{{ range 21 }}{{ $x = print $x $x }}{{ end }}{{ len $x }}'
    assert await worker.ask(order(text, limits)) == Done(outputs=(str(4 * 2**21).encode(),))


def started(command: list[str], end: socket.socket) -> "subprocess.Popen[bytes]":
    with end:
        return subprocess.Popen(command, stdin=end.fileno(), stdout=end.fileno())


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def peak_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


async def test_a_worker_gets_nothing_of_its_parent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "canary-4711")
    kept = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(kept, True)
    worker = await start_worker(SlowBounds().address_bytes)
    process = Path(f"/proc/{worker.pid}")
    assert set((process / "environ").read_text().rstrip("\0").split("\0")) == {f"PATH={os.defpath}", "LANG=C.UTF-8"}
    assert sorted(path.name for path in (process / "fd").iterdir()) == ["0", "1", "2"]
    assert (process / "fd/2").readlink() == Path("/dev/null")
    assert (process / "cwd").readlink() == Path("/")
    limits = (process / "limits").read_text()
    assert f"Max address space         {SlowBounds().address_bytes} " in limits
    assert "Max core file size        0 " in limits
    assert (process / "oom_score_adj").read_text() == "1000\n"
    os.close(kept)
    await worker.end()


def test_a_worker_imports_templates_and_little_else() -> None:
    program = "import sys, bulkhead_controller.rendering.worker; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    packages = {name.split(".")[0] for name in done.stdout.split()}
    assert {"bulkhead_templating", "msgspec"} <= packages
    assert not packages & {"asyncio", "grpc", "google", "aiohttp", "prometheus_client", "bulkhead_runtime", "ssl"}
    own = {name for name in done.stdout.split() if name.startswith("bulkhead_controller.")}
    assert {name.split(".")[1] for name in own} == {"rendering"}


async def test_a_worker_ends_with_its_parent() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", START_AND_SAY_PID, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    worker = os.pidfd_open(pid)
    parent.kill()
    await parent.wait()
    readable, _, _ = await asyncio.to_thread(select.select, [worker], [], [], 30)
    assert readable == [worker]
    os.close(worker)


async def test_a_worker_that_was_killed_is_told_and_replaced() -> None:
    started: list[WorkerProcess] = []

    async def start() -> Worker:
        started.append(await start_worker(SlowBounds().address_bytes))
        return started[-1]

    job = Job(pieces=(Piece(name="p", text=LONG.encode()),), rows=({},))
    async with Renderer(start=start, registry=CollectorRegistry()) as renderer:
        assert await renderer.render("team-a", job) == (b"done",)
        os.kill(started[0].pid, signal.SIGKILL)
        with pytest.raises(RenderError, match="the process that renders templates ended") as failed:
            await renderer.render("team-a", job)
        assert failed.value.fault is Fault.UNAVAILABLE
        assert await renderer.render("team-a", job) == (b"done",)
        assert len(started) == 2
    assert not any(is_there(worker.pid) for worker in started)


async def test_a_worker_that_does_not_answer_is_given_up_after_its_deadline(worker: WorkerProcess) -> None:
    os.kill(worker.pid, signal.SIGSTOP)
    with pytest.raises(WorkerStuckError):
        await worker.ask(order("late", timeout_s=0.1))


async def test_the_alarm_that_a_worker_sets_itself_ends_it(worker: WorkerProcess) -> None:
    os.kill(worker.pid, signal.SIGALRM)
    with pytest.raises(WorkerLostError):
        await worker.ask(order("next"))


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(r"\xff\xff\xff\xff", id="too-long"),
        pytest.param(r"\x00\x00\x00\x02ab", id="no-answer"),
        pytest.param(r"\x00\x00\x00\x09ab", id="cut-off"),
        pytest.param("", id="nothing"),
    ],
)
async def test_what_is_no_answer_counts_as_a_lost_worker(written: str) -> None:
    ours, theirs = socket.socketpair()
    program = f"import sys; sys.stdout.buffer.write(b'{written}')"
    process = started([sys.executable, "-c", program], theirs)
    worker = WorkerProcess(process, *await asyncio.open_unix_connection(sock=ours))
    with pytest.raises(WorkerLostError):
        await worker.wait_until_ready()
    await worker.end()


async def test_a_worker_that_has_no_memory_for_an_order_is_lost() -> None:
    worker = await start_worker(MEBIBYTE)
    with pytest.raises(WorkerLostError):
        await worker.ask(order("next"))
    await worker.end()


def test_a_worker_serves_the_event_loop_that_the_controller_runs_on() -> None:
    async def rendered() -> list[Answer]:
        worker = await start_worker(SlowBounds().address_bytes)
        answers = [await worker.ask(order("{{ .big }}")), await worker.ask(order(LONG))]
        await worker.end()
        return answers

    assert uvloop.run(rendered()) == [Done(outputs=(b"x" * MEBIBYTE,)), Done(outputs=(b"done",))]
