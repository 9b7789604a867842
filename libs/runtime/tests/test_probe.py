"""What `helm test` asks of a release's processes, and what it makes of their answers."""

import base64
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web

from bulkhead_runtime.health import serve_app, serve_http
from bulkhead_runtime.probe import ProbeSettings, ask_once, ask_until_well, settings_from_arguments
from bulkhead_runtime.probe_report import Check, Finding, Question, passed, table_of
from bulkhead_runtime.spiffe import SpiffeId
from bulkhead_testkit.authority import Authority, Leaf, Usage

WEBHOOK: Final = "bulkhead-webhook.bulkhead-system.svc"
CONTROLLER: Final = Check(process="controller", question=Question.READY, host="controller", port=8082, path="/readyz")


def settings(*checks: Check, roots: str = "", timeout: timedelta = timedelta(seconds=20)) -> ProbeSettings:
    return ProbeSettings(checks=checks, timeout=timeout, roots=roots)


def leads_to(*hosts: str) -> Callable[[Check], Awaitable[Sequence[str]]]:
    async def resolve(_check: Check) -> Sequence[str]:
        if not hosts:
            raise OSError("no such name")
        return hosts

    return resolve


def ready_at(port: int) -> Check:
    return Check(process="controller", question=Question.READY, host="controller", port=port, path="/readyz")


@pytest.mark.parametrize(
    ("ready", "want"),
    [pytest.param(True, "ready", id="ready"), pytest.param(False, "not ready, status 503", id="not-ready")],
)
async def test_a_process_is_asked_whether_it_is_ready(ready: bool, want: str) -> None:
    async with serve_http("127.0.0.1:0", live=lambda: True, ready=lambda: ready) as address:
        (found,) = await ask_once(settings(ready_at(address.port)), leads_to("127.0.0.1"))
    assert (found.good, found.detail) == (ready, want)


async def test_every_pod_behind_a_name_is_asked() -> None:
    async with serve_http("127.0.0.1:0", live=lambda: True, ready=lambda: True) as address:
        # Nobody listens at the other address.
        found = await ask_once(settings(ready_at(address.port)), leads_to("127.0.0.1", "127.0.0.2"))
    assert [each.good for each in found] == [True, False]
    assert not passed(found)


async def test_a_name_without_pods_is_a_finding() -> None:
    (found,) = await ask_once(settings(CONTROLLER), leads_to())
    assert (found.good, found.address) == (False, "controller:8082")


async def test_a_process_that_becomes_ready_in_time_is_well() -> None:
    answers = iter([False, False])
    async with serve_http("127.0.0.1:0", live=lambda: True, ready=lambda: next(answers, True)) as address:
        asked = replace(settings(ready_at(address.port)), pause=timedelta(0))
        assert passed(await ask_until_well(asked, leads_to("127.0.0.1")))


async def test_the_last_answers_are_given_when_the_time_is_over() -> None:
    async with serve_http("127.0.0.1:0", live=lambda: True, ready=lambda: False) as address:
        asked = settings(ready_at(address.port), timeout=timedelta(milliseconds=200))
        (found,) = await ask_until_well(asked, leads_to("127.0.0.1"))
    assert found.detail == "not ready, status 503"


async def test_no_time_at_all_is_no_answer() -> None:
    (found,) = await ask_until_well(settings(CONTROLLER, timeout=timedelta(0)), leads_to("127.0.0.1"))
    assert (found.good, found.detail) == (False, "no answer in time")


@asynccontextmanager
async def door(authority: Authority, leaf: Leaf, directory: Path) -> AsyncIterator[Check]:
    """Serve TLS with a leaf of this authority, and give the question about it."""
    files = authority.issue(leaf, directory)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files / "tls.crt", files / "tls.key")
    async with serve_app("127.0.0.1:0", web.Application(), tls=context) as address:
        yield Check(process="webhook", question=Question.TLS, host=WEBHOOK, port=address.port)


def leaf(*names: str, lifetime: timedelta = timedelta(hours=1)) -> Leaf:
    identity = SpiffeId.parse("spiffe://bulkhead.local/webhook/server")
    return Leaf(spiffe_id=identity, usage=Usage.SERVER, dns_names=names, lifetime=lifetime)


async def test_a_certificate_with_the_right_name_from_the_right_roots_is_well(tmp_path: Path) -> None:
    authority = Authority.new()
    async with door(authority, leaf(WEBHOOK), tmp_path) as check:
        (found,) = await ask_once(settings(check, roots=authority.roots.decode()), leads_to("127.0.0.1"))
    assert found.good, found.detail
    assert found.detail.startswith("a certificate that holds until ")


@pytest.mark.parametrize(
    "presented",
    [
        pytest.param(leaf("somebody-else.svc"), id="other-name"),
        pytest.param(leaf(WEBHOOK, lifetime=timedelta(seconds=-1)), id="expired"),
    ],
)
async def test_a_certificate_that_the_api_server_would_refuse_is_wrong(tmp_path: Path, presented: Leaf) -> None:
    authority = Authority.new()
    async with door(authority, presented, tmp_path) as check:
        (found,) = await ask_once(settings(check, roots=authority.roots.decode()), leads_to("127.0.0.1"))
    assert not found.good
    assert found.detail.startswith("no TLS: ")


async def test_a_certificate_of_others_is_wrong(tmp_path: Path) -> None:
    async with door(Authority.new(), leaf(WEBHOOK), tmp_path) as check:
        (found,) = await ask_once(settings(check, roots=Authority.new().roots.decode()), leads_to("127.0.0.1"))
    assert not found.good


def test_the_command_line_of_the_chart_is_understood(tmp_path: Path) -> None:
    roots = tmp_path / "ca.crt"
    roots.write_text("PEM")
    read = settings_from_arguments(
        [
            "--timeout=90s",
            "--ready=provider-vault=http://bulkhead-controller-health.ns.svc:8102/readyz",
            "--tls=webhook=bulkhead-webhook.ns.svc:443",
            f"--roots-file={roots}",
        ]
    )
    host = "bulkhead-controller-health.ns.svc"
    assert read == ProbeSettings(
        checks=[
            Check(process="provider-vault", question=Question.READY, host=host, port=8102, path="/readyz"),
            Check(process="webhook", question=Question.TLS, host="bulkhead-webhook.ns.svc", port=443),
        ],
        timeout=timedelta(seconds=90),
        roots="PEM",
    )


def test_roots_may_be_given_as_the_api_server_has_them() -> None:
    text = base64.b64encode(b"PEM").decode()
    assert settings_from_arguments(["--tls=webhook=a.svc:443", f"--roots-base64={text}"]).roots == "PEM"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="nothing"),
        pytest.param(["--ready=controller"], id="no-url"),
        pytest.param(["--ready=controller=https://a:1/readyz"], id="tls-where-there-is-none"),
        pytest.param(["--ready==http://a:1/readyz"], id="no-process"),
        pytest.param(["--tls=webhook=a.svc"], id="no-port"),
        pytest.param(["--tls=webhook=a.svc:443"], id="no-roots"),
        pytest.param(["--tls=webhook=a.svc:443", "--roots-base64=%"], id="roots-that-are-no-base64"),
        pytest.param(["--tls=webhook=a.svc:443", "--roots-file=/does/not/exist"], id="roots-that-are-not-there"),
    ],
)
def test_a_wrong_command_line_ends_the_process(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        settings_from_arguments(arguments)
    assert end.value.code == 2
    assert "bulkhead-probe: error" in capsys.readouterr().err


def finding(*, good: bool, detail: str = "ready") -> Finding:
    return Finding(check=CONTROLLER, address="10.0.0.1:8082", good=good, detail=detail)


def test_the_table_has_a_line_for_each_answer_and_says_the_whole() -> None:
    lines = table_of([finding(good=True), finding(good=False, detail="not\nready")]).splitlines()
    assert lines[0].split() == ["process", "asked", "found", "says"]
    assert lines[1].split() == ["controller", "ready", "10.0.0.1:8082", "ok:", "ready"]
    assert lines[2].split() == ["controller", "ready", "10.0.0.1:8082", "WRONG:", "not", "ready"]
    assert lines[-1] == "1 of 2 answers are wrong"


@pytest.mark.parametrize(
    ("findings", "want"),
    [
        pytest.param([], False, id="nothing-proves-nothing"),
        pytest.param([finding(good=True)], True, id="all-good"),
        pytest.param([finding(good=True), finding(good=False)], False, id="one-wrong"),
    ],
)
def test_all_is_well_only_if_every_answer_is_good(findings: list[Finding], want: bool) -> None:
    assert passed(findings) is want
    assert ("all is well" in table_of(findings)) is want
