"""What is rendered at once and what aside, in whose turn, and what becomes of those who wait."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from bulkhead_api.decoding_strategy import DecodingStrategy
from bulkhead_controller.rendering.attempt import World
from bulkhead_controller.rendering.bounds import SlowBounds
from bulkhead_controller.rendering.door import Door
from bulkhead_controller.rendering.process import Worker, WorkerLostError, WorkerStuckError
from bulkhead_controller.rendering.quick import QUICK_BOUNDS, QuickLane
from bulkhead_controller.rendering.renderer import Renderer
from bulkhead_target.template.job import Fault, Form, Job, Outputs, Piece, RenderError, Yaml
from bulkhead_templating import Limits
from bulkhead_testkit.fake_renderer import FIXED_WORLD, TENANT, FakeWorker, InProcessRenderer

DOCS = Path(__file__).parents[2] / "docs/metrics.md"
LONG = "{{ range 5000 }}{{ end }}done"
SHORT = "{{ .a }}"
Asked = tuple[str, Job]
"""A tenant and its job."""


def job_of(text: str = LONG, *, tenant: str = "team-a", values: dict[str, bytes] | None = None) -> Asked:
    row = {"a": b"x", **(values or {}), TENANT: tenant.encode()}
    return tenant, Job(pieces=(Piece(name="p", text=text.encode()),), rows=(row,))


@dataclass
class Stage:
    """A renderer whose workers are fakes."""

    bounds: SlowBounds = field(default_factory=SlowBounds)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    workers: list[FakeWorker] = field(default_factory=list)
    is_held: bool = False
    """Whether new workers keep their answers back."""
    cannot_start: bool = False

    def __post_init__(self) -> None:
        self.renderer = Renderer(self.bounds, start=self.start, world=FIXED_WORLD, registry=self.registry)

    async def render(self, asked: Asked) -> Outputs:
        return await self.renderer.render(*asked)

    async def start(self) -> Worker:
        if self.cannot_start:
            raise WorkerLostError("it cannot be started")
        worker = FakeWorker()
        if self.is_held:
            worker.open.clear()
        self.workers.append(worker)
        return worker

    def number(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


@pytest.fixture
async def stage() -> AsyncGenerator[Stage, None]:
    made = Stage()
    async with made.renderer:
        yield made


async def settled() -> None:
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_short_render_starts_no_worker(stage: Stage) -> None:
    assert await stage.render(job_of(SHORT)) == (b"x",)
    assert stage.workers == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(LONG, id="a-loop"),
        pytest.param("{{ 1 }}" * 500, id="many-actions"),
        pytest.param("x" * 20_000, id="a-long-text"),
        pytest.param('{{ repeat 300000 "x" | len }}', id="a-large-text-made"),
        pytest.param('{{ genPrivateKey "ed25519" | len | kindOf }}', id="ed25519"),
        pytest.param('{{ genPrivateKey "ecdsa" | kindOf }}', id="ecdsa"),
        pytest.param('{{ genPrivateKey "rsa" | kindOf }}', id="rsa", marks=pytest.mark.slow),
        pytest.param('{{ genPrivateKey "dsa" | kindOf }}', id="dsa", marks=pytest.mark.slow),
        pytest.param('{{ (genCA "a" 1).Cert | kindOf }}', id="a-certificate", marks=pytest.mark.slow),
        pytest.param('{{ bcrypt "a" | kindOf }}', id="bcrypt"),
        pytest.param('{{ htpasswd "a" "b" "bcrypt" | kindOf }}', id="htpasswd"),
        pytest.param('{{ derivePassword 1 "long" "a" "b" "c" | kindOf }}', id="scrypt"),
    ],
)
async def test_what_may_take_long_is_rendered_aside(stage: Stage, text: str) -> None:
    assert len(await stage.render(job_of(text))) == 1
    assert [worker.tenants for worker in stage.workers] == [["team-a"]]


async def test_many_or_large_values_are_rendered_aside(stage: Stage) -> None:
    assert await stage.render(job_of(SHORT, values={"a": b"x" * 70_000})) == (b"x" * 70_000,)
    assert len(stage.workers) == 1


async def test_sizes_count_each_row(stage: Stage) -> None:
    piece = Piece(name="p", text=SHORT.encode())
    small, many = (Job(pieces=(piece,), rows=({"a": b"x"},) * rows) for rows in (64, 65))
    large = Job(pieces=(piece,), rows=({"a": b"x" * 40_000},) * 2)
    assert await stage.render(("team-a", small)) == (b"x",) * 64
    assert stage.workers == []
    assert await stage.render(("team-a", many)) == (b"x",) * 65
    assert await stage.render(("team-a", large)) == (b"x" * 40_000,) * 2
    assert len(stage.workers[0].tenants) == 2


@pytest.mark.parametrize("begin", ["", "{{ range 5000 }}{{ end }}"], ids=["quick", "slow"])
async def test_both_lanes_read_and_decode_outputs_of_each_row_alike(stage: Stage, begin: str) -> None:
    texts = {
        Form.BYTES: "{{ .a }}",
        Form.STRING_MAP: "k: '{{ .a }}'",
        Form.YAML: "- 1.5",
        Form.YAML_OR_TEXT: "{{ .a }}",
    }
    pieces = tuple(
        Piece(name="p", text=f"{begin}{text}".encode(), form=form, decoding=DecodingStrategy.BASE64)
        for form, text in texts.items()
    )
    outputs = await stage.render(("team-a", Job(pieces=pieces, rows=({"a": b"YQ=="}, {"a": b"WzFd"}))))
    first = (b"a", {"k": b"a"}, Yaml([1.5]), Yaml("a"))
    assert tuple(outputs) == (*first, b"[1]", {"k": b"[1]"}, Yaml([1.5]), Yaml([1]))
    assert len(stage.workers) == (1 if begin else 0)


async def test_a_fault_of_a_template_is_told_without_a_worker(stage: Stage) -> None:
    with pytest.raises(RenderError, match="map has no entry"):
        await stage.render(job_of("{{ .gone }}"))
    assert stage.workers == []


async def test_a_fault_of_a_template_is_told_by_a_worker_in_the_same_words(stage: Stage) -> None:
    with pytest.raises(RenderError) as failed:
        await stage.render(job_of(LONG + "\n{{ .gone }}"))
    assert str(failed.value) == 'template: p:2:3: executing "p" at <.gone>: map has no entry for key "gone"'
    assert (failed.value.line, failed.value.column, failed.value.fault) == (2, 3, Fault.TEMPLATE)


async def test_a_limit_of_the_slow_lane_is_final() -> None:
    stage = Stage(SlowBounds(limits=Limits(steps=20_000)))
    async with stage.renderer:
        with pytest.raises(RenderError, match="takes more than 20000 steps") as failed:
            await stage.render(job_of("{{ range 100000000 }}{{ end }}"))
    assert failed.value.fault is not Fault.UNAVAILABLE


async def test_what_met_a_bound_once_is_not_tried_on_the_event_loop_again() -> None:
    tried: list[int] = []

    def now() -> int:
        tried.append(1)
        return 0

    lane = QuickLane(replace(FIXED_WORLD, now_ns=now))
    assert [await lane.render(*job_of()) for _ in range(3)] == [None, None, None]
    assert len(tried) == 1


async def test_what_one_tenant_made_slow_is_quick_for_another() -> None:
    lane = QuickLane(FIXED_WORLD)
    text = "{{ range until (len .a) }}{{ end }}"
    assert await lane.render(*job_of(text, tenant="mallory", values={"a": b"x" * 5_000})) is None
    assert await lane.render(*job_of(text, tenant="alice")) == (b"",)
    assert await lane.render(*job_of(text, tenant="mallory")) is None


async def test_a_render_that_only_lacked_time_is_tried_again() -> None:
    ticks = count()
    slow_clock = World(now_ns=lambda: 0, random_bytes=bytes, monotonic=lambda: float(next(ticks)))
    lane = QuickLane(slow_clock)
    assert await lane.render(*job_of("{{ range 300 }}{{ end }}")) is None
    lane = QuickLane(slow_clock, bounds=replace(QUICK_BOUNDS, timeout_s=1e9))
    assert await lane.render(*job_of("{{ range 300 }}{{ end }}")) == (b"",)


async def test_tenants_take_turns_and_each_has_one_render_at_a_time() -> None:
    stage = Stage(SlowBounds(workers=2), is_held=True)
    async with stage.renderer, asyncio.TaskGroup() as tasks:
        for tenant in ("mallory", "mallory", "mallory", "alice", "bob"):
            tasks.create_task(stage.render(job_of(tenant=tenant)))
        await settled()
        assert [worker.tenants for worker in stage.workers] == [["mallory"], ["alice"]]
        assert stage.number("bulkhead_renders_waiting") == 3
        for worker in stage.workers:
            worker.open.set()
    assert stage.workers[0].tenants[1] == "bob"
    assert sum(worker.tenants.count("mallory") for worker in stage.workers) == 3


async def test_a_tenant_with_too_much_waiting_gets_a_transient_failure_and_others_do_not() -> None:
    stage = Stage(SlowBounds(per_tenant=2), is_held=True)
    async with stage.renderer:
        async with asyncio.TaskGroup() as tasks:
            kept = [tasks.create_task(stage.render(job_of(tenant="mallory")))]
            await settled()
            kept += [tasks.create_task(stage.render(job_of(tenant="mallory"))) for _ in range(2)]
            await settled()
            with pytest.raises(RenderError, match="too many templates of this namespace") as refused:
                await stage.render(job_of(tenant="mallory"))
            kept.append(tasks.create_task(stage.render(job_of(tenant="alice"))))
            await settled()
            stage.workers[0].open.set()
        assert refused.value.fault is Fault.UNAVAILABLE
        assert [task.result() for task in kept] == [(b"done",)] * 4
        assert stage.number("bulkhead_renders_total", lane="slow", outcome="transient") == 1
        assert stage.number("bulkhead_renders_total", lane="slow", outcome="success") == 4


async def test_where_all_wait_the_newest_of_the_largest_tenant_is_refused() -> None:
    stage = Stage(SlowBounds(together=2), is_held=True)
    async with stage.renderer, asyncio.TaskGroup() as tasks:
        for tenant in ("first", "mallory"):
            tasks.create_task(stage.render(job_of(tenant=tenant)))
        await settled()
        crowded_out = asyncio.ensure_future(stage.render(job_of(tenant="mallory")))
        await settled()
        tasks.create_task(stage.render(job_of(tenant="alice")))
        await settled()
        with pytest.raises(RenderError, match="too many"):
            await crowded_out
        stage.workers[0].open.set()
    assert stage.workers[0].tenants == ["first", "mallory", "alice"]


async def test_a_caller_that_waits_no_more_has_no_job_any_more() -> None:
    stage = Stage(is_held=True)
    async with stage.renderer, asyncio.TaskGroup() as tasks:
        tasks.create_task(stage.render(job_of(tenant="alice")))
        await settled()
        waiting = asyncio.ensure_future(stage.render(job_of(tenant="bob")))
        await settled()
        waiting.cancel()
        await settled()
        assert stage.number("bulkhead_renders_waiting") == 0
        stage.workers[0].open.set()
    assert stage.workers[0].tenants == ["alice"]


async def test_a_worker_survives_a_caller_that_went_away() -> None:
    stage = Stage(is_held=True)
    async with stage.renderer:
        gone = asyncio.ensure_future(stage.render(job_of()))
        await settled()
        gone.cancel()
        await settled()
        stage.workers[0].open.set()
        assert await stage.render(job_of()) == (b"done",)
        assert len(stage.workers) == 1
        assert not stage.workers[0].is_ended


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        pytest.param(WorkerLostError("gone"), "the process that renders templates ended", id="ended"),
        pytest.param(WorkerStuckError("late"), "rendering takes too long", id="stuck"),
    ],
)
async def test_a_lost_worker_is_replaced(stage: Stage, lost: WorkerLostError, message: str) -> None:
    await stage.render(job_of())
    stage.workers[0].lost = lost
    with pytest.raises(RenderError, match=message) as failed:
        await stage.render(job_of())
    assert failed.value.fault is Fault.UNAVAILABLE
    assert await stage.render(job_of()) == (b"done",)
    assert [worker.is_ended for worker in stage.workers] == [True, False]
    assert stage.number("bulkhead_render_worker_restarts_total") == 1


async def test_what_is_too_large_for_a_worker_to_read_is_refused_for_good(stage: Stage) -> None:
    with pytest.raises(RenderError, match="larger than 16777216 bytes") as failed:
        await stage.render(job_of(SHORT, values={"a": b"x" * (16 * 1024 * 1024)}))
    assert failed.value.fault is not Fault.UNAVAILABLE
    assert stage.workers == []


async def test_a_name_that_is_no_utf_8_fails_its_own_job_alone(stage: Stage) -> None:
    with pytest.raises(RenderError, match="is no UTF-8") as failed:
        await stage.render(job_of(values={"\ud800": b"x"}))
    assert failed.value.fault is not Fault.UNAVAILABLE
    assert await stage.render(job_of()) == (b"done",)
    assert len(stage.workers) == 1


async def test_a_worker_that_cannot_be_started_is_tried_again_with_the_next_job(stage: Stage) -> None:
    stage.cannot_start = True
    with pytest.raises(RenderError, match="ended") as failed:
        await stage.render(job_of())
    assert failed.value.fault is Fault.UNAVAILABLE
    stage.cannot_start = False
    assert await stage.render(job_of()) == (b"done",)


async def test_the_end_is_a_transient_failure_for_who_waits_and_ends_the_workers() -> None:
    stage = Stage(is_held=True)
    async with stage.renderer:
        waiting = [asyncio.ensure_future(stage.render(job_of())) for _ in range(3)]
        await settled()
        await stage.renderer.close()
        failures = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(failure, RenderError) and failure.fault is Fault.UNAVAILABLE for failure in failures)
        assert [worker.is_ended for worker in stage.workers] == [True]
        with pytest.raises(RenderError, match="the controller ends"):
            await stage.render(job_of())
        assert await stage.render(job_of(SHORT)) == (b"x",)


async def test_an_error_of_who_uses_it_comes_out_as_it_is() -> None:
    other = Stage()
    with pytest.raises(LookupError):
        async with other.renderer:
            raise LookupError


async def test_the_door_lets_others_in_between_and_tenants_in_turn() -> None:
    door, seen = Door(), []

    async def go(tenant: str) -> None:
        async with door.turn(tenant):
            seen.append(tenant)

    async with asyncio.TaskGroup() as tasks:
        for tenant in ("m", "m", "m", "a", "b"):
            tasks.create_task(go(tenant))
    assert seen == ["m", "a", "b", "m", "m"]


async def test_the_door_stays_open_when_those_who_wait_go_away() -> None:
    door, release = Door(), asyncio.Event()

    async def hold() -> None:
        async with door.turn("a"):
            await release.wait()

    async def go() -> str:
        async with door.turn("b"):
            return "through"

    holding = asyncio.ensure_future(hold())
    await settled()
    waiting = [asyncio.ensure_future(go()) for _ in range(3)]
    await settled()
    waiting[0].cancel()
    release.set()
    await asyncio.sleep(0)
    # It is let in and cancelled at the same time.
    waiting[1].cancel()
    assert await waiting[2] == "through"
    assert await go() == "through"
    await holding


async def test_the_renderer_for_tests_gives_the_same() -> None:
    bounds = SlowBounds(limits=Limits(steps=20_000))
    fake, stage = InProcessRenderer(bounds=bounds), Stage(bounds)
    async with stage.renderer:
        for job in (job_of(), job_of(SHORT)):
            assert await fake.render(*job) == await stage.render(job)
        for broken in (job_of("{{ .gone }}"), job_of("{{ range 100000000 }}{{ end }}")):
            with pytest.raises(RenderError) as wanted:
                await stage.render(broken)
            with pytest.raises(RenderError) as given:
                await fake.render(*broken)
            assert (str(given.value), given.value.fault) == (str(wanted.value), wanted.value.fault)
    assert fake.tenants == ["team-a"] * 4


async def test_every_metric_of_rendering_is_in_the_docs(stage: Stage) -> None:
    await stage.render(job_of(SHORT))
    names = {sample.name for family in stage.registry.collect() for sample in family.samples}
    assert len(names) == 3
    text = DOCS.read_text()
    assert {name for name in names | {"bulkhead_render_duration_seconds"} if f"`{name}`" not in text} == set()
