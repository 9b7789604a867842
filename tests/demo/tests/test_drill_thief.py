"""What the thief's acts make of answers: a refusal is told from a mistake of its own."""

import base64
import hashlib
import json
import socket
import threading
from pathlib import Path

import pytest

from bulkhead.provider.v1 import provider_service_pb2 as pb
from bulkhead.provider.v1.errors_pb2 import ERROR_REASON_NOT_FOUND, ErrorInfo
from bulkhead_demo.drill.attacks.providers import FOUND, VALUE
from bulkhead_demo.drill.thief import api, calls, files, network
from bulkhead_demo.drill.thief.verdict import RefusedError, StumbledError


def sha256(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()


@pytest.mark.parametrize("status", [200, 201, 101])
def test_an_answer_of_success_is_done(status: int) -> None:
    assert api.judged(status, b"") == str(status)


@pytest.mark.parametrize(
    ("status", "reply"),
    [
        pytest.param(401, b"", id="without-a-token"),
        pytest.param(403, b"", id="without-the-right"),
        pytest.param(422, b'{"message": "bulkhead:not-managed: the Secret exists"}', id="by-an-admission-policy"),
    ],
)
def test_an_answer_of_the_api_server_is_a_refusal(status: int, reply: bytes) -> None:
    with pytest.raises(RefusedError, match=f"api server: {status}"):
        api.judged(status, reply)


@pytest.mark.parametrize(
    ("status", "reply"),
    [
        pytest.param(404, b'{"reason": "NotFound"}', id="nothing-there"),
        pytest.param(409, b'{"reason": "Conflict"}', id="another-version"),
        pytest.param(422, b'{"reason": "Invalid", "details": {"causes": [{"field": "spec"}]}}', id="a-wrong-body"),
        pytest.param(500, b"no JSON", id="a-broken-server"),
    ],
)
def test_an_answer_that_is_neither_is_a_mistake_of_the_drill(status: int, reply: bytes) -> None:
    with pytest.raises(StumbledError, match=f"HTTP {status}"):
        api.judged(status, reply)


def test_a_mistake_is_told_without_the_api_servers_message() -> None:
    reply = json.dumps({"reason": "Invalid", "message": "a value that nobody may see"}).encode()
    with pytest.raises(StumbledError) as mistake:
        api.judged(422, reply)
    assert "nobody" not in str(mistake.value)


BATCH = pb.BatchGetResponse(
    results=[
        pb.BatchGetResult(error=ErrorInfo(reason=ERROR_REASON_NOT_FOUND, retryable=True, message="no")),
        pb.BatchGetResult(value=pb.SecretValue(data=b"the value"), version="3"),
    ]
)
FIND = pb.FindResponse(secrets=[pb.FoundSecret(name="hr/payroll", data=b"{}")])


@pytest.mark.parametrize(
    ("answers", "path", "wanted", "holds"),
    [
        pytest.param([BATCH], VALUE, b"the value", True, id="a-value"),
        pytest.param([BATCH], VALUE, b"another", False, id="another-value"),
        pytest.param([pb.BatchGetResponse(results=BATCH.results[:1])], VALUE, b"the value", False, id="an-error-alone"),
        pytest.param([pb.FindResponse(), FIND], FOUND, b"hr/payroll", True, id="a-name-in-the-second-message"),
        pytest.param([], VALUE, b"the value", False, id="no-message"),
    ],
)
def test_an_answer_holds_the_wanted_value(
    answers: list[pb.BatchGetResponse | pb.FindResponse], path: tuple[int, ...], wanted: bytes, holds: bool
) -> None:
    messages = [each.SerializeToString() for each in answers]
    assert calls._holds(messages, path, sha256(wanted)) is holds


def test_any_answer_will_do_where_no_value_is_wanted_but_there_has_to_be_one() -> None:
    assert calls._holds([b""], (), "") is True
    assert calls._holds([], (), "") is False


def token(claims: dict[str, str]) -> bytes:
    parts = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in ({"alg": "none"}, claims)]
    return b".".join([*parts, b"signature"])


@pytest.mark.parametrize(
    ("content", "subject"),
    [
        pytest.param(token({"sub": "system:serviceaccount:a:b"}), "system:serviceaccount:a:b", id="a-token"),
        pytest.param(token({"iss": "x"}), "", id="a-token-of-nobody"),
        pytest.param(b"eyJ.%%%.x", "", id="no-base64"),
        pytest.param(b"plain.text.file", "", id="another-file"),
    ],
)
def test_a_token_is_known_by_whose_it_is(content: bytes, subject: str) -> None:
    assert files._subject(content) == subject


def test_a_search_reads_small_ordinary_files_alone(tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"key")
    large.write_bytes(b"x" * 300_000)
    assert files._content(str(small)) == b"key"
    assert files._content(str(large)) == b""
    assert files._content(str(tmp_path)) == b""


def test_a_search_stays_out_of_what_is_the_kernels_and_out_of_the_second_copy_of_a_mounted_secret(
    tmp_path: Path,
) -> None:
    for name in ("a/proc/kmsg", "a/..2026/tls.key", "a/tls.key", "usr/lib"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = files._below(str(tmp_path), passed_over={"usr"})
    assert list(found) == [f"{tmp_path}/a/tls.key"]


@pytest.mark.parametrize(("code", "how"), [(0, "answered"), (3, "answered")], ids=["a-name", "no-such-name"])
def test_a_name_server_that_answers_anything_has_heard_the_thief(code: int, how: str) -> None:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def answer() -> None:
        question, address = server.recvfrom(512)
        server.sendto(question[:2] + bytes([0x81, 0x80 | code]) + question[4:], address)

    answering = threading.Thread(target=answer)
    answering.start()
    assert network.ask_name(server="127.0.0.1", name="x.example", port=server.getsockname()[1]) == how
    answering.join()
    server.close()
