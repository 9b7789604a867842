"""What a program's end in a container means."""

import pytest

from bulkhead_cluster.containers import exit_code_from
from bulkhead_cluster.errors import ClusterError


def test_success_is_zero() -> None:
    assert exit_code_from(b'{"status":"Success"}', "ns/pod/c") == 0


def test_a_failed_program_has_its_own_status() -> None:
    answer = (
        b'{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"137"}]}}'
    )
    assert exit_code_from(answer, "ns/pod/c") == 137


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(b"", "the connection ended", id="no-answer"),
        pytest.param(
            b'{"status":"Failure","message":"no such file"}', "could not be started: no such file", id="no-start"
        ),
    ],
)
def test_what_is_no_end_of_a_program_is_an_error(answer: bytes, says: str) -> None:
    with pytest.raises(ClusterError, match=f"ns/pod/c: .*{says}"):
        exit_code_from(answer, "ns/pod/c")
