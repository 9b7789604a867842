"""The real process over TLS: it waits for its certificate, follows it, and answers or refuses whatever comes."""

import contextlib
import http.client
import re
import resource
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bulkhead_runtime.spiffe import SpiffeId
from bulkhead_testkit.authority import Authority, Leaf, Usage
from bulkhead_testkit.process import Process
from bulkhead_testkit.webhook_process import SERVER, UID, Webhook, answering, resident_bytes, review

pytestmark = pytest.mark.slow

JUDGING: Final = (str(Path(__file__).with_name("judging_webhook.py")),)
CANARY: Final = "canary-8c1f0e5b"
MIB: Final = 1024 * 1024
MOST: Final = 100 * MIB
"""What the process may hold some seconds after each test, whatever they have sent until then."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Webhook, Process]]:
    webhook = Webhook(tmp_path_factory.mktemp("webhook"), program=JUDGING)
    with answering(webhook) as process:
        yield webhook, process


@pytest.fixture
def webhook(running: tuple[Webhook, Process]) -> Iterator[Webhook]:
    """A webhook that after the test still runs, answers and has not grown."""
    described, process = running
    yield described
    assert process.running, process.log_tail()
    assert described.ask(review()).answer.allowed
    process.wait_until(lambda: resident_bytes(process) < MOST, timeout_s=30)


def asked_of(spec: Mapping[str, object]) -> bytes:
    return review(object={"kind": "ExternalSecret", "metadata": {}, "spec": spec})


def test_an_object_is_refused_with_all_its_faults_and_warned_of_the_others(webhook: Webhook) -> None:
    answer = webhook.ask(asked_of({"faults": ["EsoRefuses", "NeverWorks", "Doubtful", "EsoWarns"]})).answer
    assert (answer.uid, answer.allowed) == (UID, False)
    assert answer.status is not None
    assert (answer.status.code, answer.status.reason) == (403, "Forbidden")
    assert answer.status.message == "spec.faults[0]: is EsoRefuses\nspec.faults[1]: is NeverWorks"
    assert answer.warnings == ["spec.faults[2]: is Doubtful", "is EsoWarns"]


def test_in_eso_compat_what_eso_accepts_is_only_warned_of(tmp_path: Path) -> None:
    described = Webhook(tmp_path, flags=["--profile=eso-compat"], program=JUDGING)
    with answering(described):
        answer = described.ask(asked_of({"faults": ["NeverWorks", "Doubtful"]})).answer
    assert answer.allowed
    assert answer.warnings == ["spec.faults[0]: is NeverWorks", "spec.faults[1]: is Doubtful"]


@pytest.mark.parametrize("kind", ["secretstore", "clustersecretstore", "externalsecret"])
def test_esos_paths_answer_as_ours(webhook: Webhook, kind: str) -> None:
    path = f"/validate-external-secrets-io-v1-{kind}?timeout=5s"
    assert webhook.ask(review(), path=path).answer.allowed


BAD_QUESTIONS: Final[Mapping[str, tuple[bytes, Mapping[str, str], int]]] = {
    "of-another-version": (review().replace(b"k8s.io/v1", b"k8s.io/v9"), {}, 400),
    "without-an-object": (review(object=None), {}, 400),
    "with-a-list-as-object": (review(object=[]), {}, 400),
    "that-is-no-json": (b"{apiVersion: admission.k8s.io/v1}", {}, 400),
    "that-is-empty": (b"", {}, 400),
    "nested-a-hundred-thousand-times": (review().replace(b'"spec":{}', b'"spec":' + b"[" * 100_000), {}, 400),
    "with-an-object-nested-a-hundred-thousand-times": (
        review().replace(b'"spec":{}', b'"spec":' + b"[" * 100_000 + b"]" * 100_000),
        {},
        400,
    ),
    "of-seven-megabytes": (b"x" * 7 * MIB, {}, 413),
    "as-yaml": (review(), {"Content-Type": "application/yaml"}, 415),
    "that-is-compressed": (review(), {"Content-Encoding": "gzip"}, 415),
    "that-claims-protobuf": (review(), {"Content-Type": "application/vnd.kubernetes.protobuf"}, 415),
    "with-a-header-of-a-megabyte": (review(), {"X-Long": "x" * MIB}, 400),
    "with-ten-thousand-headers": (review(), {f"X-{at}": "x" for at in range(10_000)}, 400),
}


@pytest.mark.parametrize("name", BAD_QUESTIONS)
def test_a_question_is_refused_cleanly(webhook: Webhook, name: str) -> None:
    body, headers, status = BAD_QUESTIONS[name]
    try:
        reply = webhook.ask(body, headers=dict(headers))
    # Who goes on sending what is refused already may lose the answer with the connection.
    except (ConnectionError, ssl.SSLError):
        assert len(body) > MIB or len(str(headers)) > 8192
        return
    assert reply.status == status
    assert len(reply.body) < 400


def test_a_question_of_three_megabytes_is_answered_and_probes_do_not_wait_for_it(webhook: Webhook) -> None:
    rows = [{"secretKey": f"key-{at}", "remoteRef": {"key": f"a/{at}"}} for at in range(60_000)]
    body = asked_of({"faults": ["NeverWorks"], "data": rows})
    assert len(body) > 3 * MIB
    with repeated(lambda: webhook.probe("/healthz").status == 200) as waits:
        for _ in range(5):
            assert not webhook.ask(body).answer.allowed
    assert max(waits) < 1.0


def test_while_a_large_object_is_judged_for_long_probes_and_small_ones_do_not_wait(webhook: Webhook) -> None:
    large = asked_of({"slow_s": 3.0, "data": ["x" * 100] * 1_000})
    asking = threading.Thread(target=webhook.ask, args=[large])
    with repeated(lambda: webhook.probe("/healthz").status == 200 and webhook.ask(review()).answer.allowed) as waits:
        asking.start()
        asking.join()
    assert len(waits) > 3
    assert max(waits) < 1.0


@contextlib.contextmanager
def repeated(look: Callable[[], bool]) -> Iterator[list[float]]:
    """Look again and again meanwhile, and give how long each look took, in seconds."""
    over, waits, failures = threading.Event(), [], []

    def repeat() -> None:
        while not over.is_set():
            began = time.monotonic()
            if not look():
                failures.append(began)
            waits.append(time.monotonic() - began)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield waits
    finally:
        over.set()
        thread.join()
    assert not failures


def tls_socket(webhook: Webhook) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", webhook.port), timeout=30)
    return webhook.tls().wrap_socket(plain, server_hostname="localhost")


def head(length: int, *extra: str) -> bytes:
    lines = [
        "POST /validate HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {length}",
    ]
    return "\r\n".join([*lines, *extra, "", ""]).encode()


def test_a_body_that_does_not_come_is_given_up(webhook: Webhook) -> None:
    with tls_socket(webhook) as connection:
        connection.sendall(head(1000) + b'{"apiVersion"')
        began = time.monotonic()
        assert connection.recv(4096).startswith(b"HTTP/1.1 408 ")
        while connection.recv(4096):
            pass
    assert time.monotonic() - began < 10


def test_questions_that_are_sent_before_the_answers_are_read_are_answered_in_order(webhook: Webhook) -> None:
    bodies = [review(uid=f"u-{at}") for at in range(200)]
    with tls_socket(webhook) as connection:
        sending = threading.Thread(
            target=connection.sendall, args=[b"".join(head(len(each)) + each for each in bodies)]
        )
        sending.start()
        received = b""
        while received.count(b'"uid"') < len(bodies):
            received += connection.recv(65536)
        sending.join()
    assert [int(each) for each in re.findall(rb'"uid":"u-(\d+)"', received)] == list(range(len(bodies)))


def test_who_speaks_no_tls_is_sent_away(webhook: Webhook) -> None:
    with socket.create_connection(("127.0.0.1", webhook.port), timeout=30) as connection:
        connection.sendall(head(0))
        received = b""
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(4096):
                received += piece
    assert not received.startswith(b"HTTP")


def test_a_thousand_connections_that_do_nothing_keep_nobody_from_asking(webhook: Webhook) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    try:
        with contextlib.ExitStack() as idle:
            for _ in range(1000):
                idle.enter_context(tls_socket(webhook))
            assert webhook.ask(review()).answer.allowed
            assert webhook.probe("/healthz", timeout_s=1).status == 200
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_connections_beyond_the_bound_are_closed_at_once_and_later_ones_are_answered(webhook: Webhook) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    try:
        with contextlib.ExitStack() as silent:
            # They do not even shake hands.
            for _ in range(1100):
                silent.enter_context(socket.create_connection(("127.0.0.1", webhook.port), timeout=30))
            with pytest.raises((OSError, http.client.HTTPException)):
                webhook.ask(review())
            assert webhook.probe("/healthz", timeout_s=1).status == 200
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    answered_within(webhook, seconds=10)


def answered_within(webhook: Webhook, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            assert webhook.ask(review()).answer.allowed
        except (OSError, http.client.HTTPException):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return


def test_many_large_bodies_at_once_take_bounded_memory(webhook: Webhook, running: tuple[Webhook, Process]) -> None:
    body = b"x" * (5 * MIB)
    with contextlib.ExitStack() as open_connections:
        connections = [open_connections.enter_context(tls_socket(webhook)) for _ in range(40)]
        for connection in connections:
            connection.settimeout(2)
            connection.sendall(head(5 * MIB + 1))
            # All but the last byte; whoever is refused meanwhile cannot send on.
            with contextlib.suppress(OSError):
                connection.sendall(body)
        assert resident_bytes(running[1]) < 200 * MIB
        assert webhook.probe("/healthz", timeout_s=1).status == 200


def test_no_value_of_an_object_reaches_the_log_or_the_answer(
    webhook: Webhook, running: tuple[Webhook, Process]
) -> None:
    data = [{"key": "a", "value": CANARY}]
    store = {"provider": {"fake": {"data": data}}, "faults": ["NeverWorks", "Doubtful"]}
    bodies = [
        asked_of(store),
        asked_of({"faults": CANARY}),
        asked_of({"faults": [CANARY]}),
        review(object=CANARY),
        review(uid={"a": CANARY}),
        review(operation=CANARY),
        review()[:-1] + CANARY.encode(),
    ]
    for body in bodies:
        assert CANARY.encode() not in webhook.ask(body).body
    assert CANARY not in running[1].log.read_text()


def test_it_waits_for_its_certificate_and_is_ready_when_it_comes(tmp_path: Path) -> None:
    described = Webhook(tmp_path, program=JUDGING)
    with described.process() as process:
        process.wait_until(lambda: described.probe("/healthz").status == 200, timeout_s=30)
        assert described.probe("/readyz").status == 503
        described.issue(Leaf(spiffe_id=SERVER.spiffe_id, usage=Usage.SERVER, dns_names=["elsewhere"]))
        time.sleep(1)
        assert described.probe("/readyz").status == 503
        described.issue()
        process.wait_until(described.is_ready, timeout_s=5)
        assert described.ask(review()).answer.allowed


def test_a_new_certificate_is_used_without_a_restart_and_without_a_failed_question(tmp_path: Path) -> None:
    described = Webhook(tmp_path)
    with answering(described):
        kept = described.connect()
        kept.request("POST", "/validate", review(), {"Content-Type": "application/json"})
        assert kept.getresponse().read()
        before = serial_of(described)
        described.issue()
        assert serial_of(described) != before
        kept.request("POST", "/validate", review(), {"Content-Type": "application/json"})
        assert kept.getresponse().status == 200
        kept.close()


def serial_of(webhook: Webhook) -> str:
    with tls_socket(webhook) as connection:
        found = connection.getpeercert()
    assert found is not None
    return str(found["serialNumber"])


API_SERVER: Final = Leaf(
    spiffe_id=SpiffeId("bulkhead.local", "kube-apiserver"), usage=Usage.CLIENT, lifetime=timedelta(hours=1)
)


@pytest.mark.parametrize(
    ("names", "status"),
    [
        pytest.param("", 200, id="may-be-anybody-if-no-name-is-given"),
        pytest.param("spiffe://bulkhead.local/kube-apiserver", 200, id="may-be-one-that-is-named"),
        pytest.param("kube-apiserver,front-proxy", 403, id="may-be-nobody-else"),
    ],
)
def test_the_api_servers_certificate(tmp_path: Path, names: str, status: int) -> None:
    clients = Authority.new()
    directory = clients.issue(API_SERVER, tmp_path / "client")
    flags = [f"--client-ca-file={directory}/ca.crt", *([f"--client-names={names}"] if names else [])]
    described = Webhook(tmp_path, flags=flags)
    with answering(described):
        tls = described.tls()
        tls.load_cert_chain(directory / "tls.crt", directory / "tls.key")
        connection = http.client.HTTPSConnection("localhost", described.port, context=tls, timeout=30)
        assert status_over(connection) == status
        connection.close()


@pytest.mark.parametrize("stranger", [True, False], ids=["of-another-authority", "none"])
def test_without_the_right_client_certificate_nobody_is_answered(tmp_path: Path, stranger: bool) -> None:
    directory = Authority.new().issue(API_SERVER, tmp_path / "client")
    described = Webhook(tmp_path, flags=[f"--client-ca-file={directory}/ca.crt"])
    tls = described.tls()
    if stranger:
        other = Authority.new().issue(API_SERVER, tmp_path / "stranger")
        tls.load_cert_chain(other / "tls.crt", other / "tls.key")
    with answering(described):
        connection = http.client.HTTPSConnection("localhost", described.port, context=tls, timeout=30)
        with pytest.raises((OSError, http.client.HTTPException)):
            status_over(connection)
        connection.close()


def status_over(connection: http.client.HTTPSConnection) -> int:
    connection.request("POST", "/validate", review(), {"Content-Type": "application/json"})
    return connection.getresponse().status


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_is_spoken_from_1_2_on(webhook: Webhook, version: ssl.TLSVersion) -> None:
    tls = webhook.tls()
    tls.minimum_version = tls.maximum_version = version
    plain = socket.create_connection(("127.0.0.1", webhook.port), timeout=30)
    with tls.wrap_socket(plain, server_hostname="localhost") as connection:
        assert connection.version() == {ssl.TLSVersion.TLSv1_2: "TLSv1.2"}.get(version, "TLSv1.3")


def test_metrics_have_the_names_that_eso_exports(webhook: Webhook) -> None:
    webhook.ask(asked_of({"faults": ["EsoRefuses"]}))
    webhook.ask(b"{")
    lines = webhook.probe("/metrics").body.decode().splitlines()
    for wanted in (
        'controller_runtime_webhook_requests_total{code="200",webhook="/validate"}',
        'controller_runtime_webhook_requests_total{code="400",webhook="/validate"}',
        'controller_runtime_webhook_latency_seconds_count{webhook="/validate"}',
        'controller_runtime_webhook_requests_in_flight{webhook="/validate"} 0.0',
        'bulkhead_webhook_faults_total{kind="ExternalSecret",refused="true",verdict="EsoRefuses"}',
        "bulkhead_webhook_certificate_expiry_timestamp_seconds",
    ):
        assert any(line.startswith(wanted) for line in lines), wanted
