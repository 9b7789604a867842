"""Who may read: the questions to the API server, and how long an answer counts."""

import msgspec
import pytest

from bulkhead_api.secret_value import SecretValue
from bulkhead_runtime.kube.access import REMEMBERED_S, Access, Reviewer
from bulkhead_runtime.kube.errors import ServerUnavailableError
from bulkhead_testkit.offline_client import Call, OfflineClient

PROMETHEUS = {
    "username": "system:serviceaccount:monitoring:prometheus",
    "uid": "u-1",
    "groups": ["system:serviceaccounts"],
    "extra": {"authentication.kubernetes.io/pod-name": ["prometheus-0"]},
}


class Reviews(OfflineClient):
    """Knows every token but `unknown`, and allows every user but those in `refused`."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, object]] = []
        self.down = False
        self.refuses = False

    async def answer(self, call: Call) -> bytes:
        assert call.sensitive
        if self.down:
            raise ServerUnavailableError(0, "Unreachable")
        self.asked.append((f"{call.method} {call.path}", call.body["spec"]))
        if call.path.endswith("tokenreviews"):
            known = call.body["spec"] != {"token": "unknown"}
            status: object = {"authenticated": known, "user": PROMETHEUS} if known else {"error": "no"}
        else:
            status = {"allowed": not self.refuses}
        return msgspec.json.encode({"status": status})


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def reviews() -> Reviews:
    return Reviews()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reviewer(reviews: Reviews, clock: Clock) -> Reviewer:
    return Reviewer(reviews, "/metrics", clock=clock)


TOKEN = SecretValue(b"token")


async def test_the_api_server_is_asked_who_it_is_and_whether_they_may(reviews: Reviews, reviewer: Reviewer) -> None:
    assert await reviewer.judge(TOKEN) is Access.ALLOWED
    assert reviews.asked == [
        ("POST /apis/authentication.k8s.io/v1/tokenreviews", {"token": "token"}),
        (
            "POST /apis/authorization.k8s.io/v1/subjectaccessreviews",
            {
                "user": PROMETHEUS["username"],
                "uid": "u-1",
                "groups": ["system:serviceaccounts"],
                "extra": PROMETHEUS["extra"],
                "nonResourceAttributes": {"path": "/metrics", "verb": "get"},
            },
        ),
    ]


async def test_a_yes_is_remembered_for_a_while(reviews: Reviews, reviewer: Reviewer, clock: Clock) -> None:
    await reviewer.judge(TOKEN)
    reviews.refuses = True
    clock.now = REMEMBERED_S - 1
    assert await reviewer.judge(TOKEN) is Access.ALLOWED
    clock.now = REMEMBERED_S
    assert await reviewer.judge(TOKEN) is Access.FORBIDDEN


async def test_a_no_is_not_remembered(reviews: Reviews, reviewer: Reviewer) -> None:
    reviews.refuses = True
    assert await reviewer.judge(TOKEN) is Access.FORBIDDEN
    reviews.refuses = False
    assert await reviewer.judge(TOKEN) is Access.ALLOWED


@pytest.mark.parametrize("token", [b"", b"x" * 20_000], ids=["none", "larger-than-any"])
async def test_what_cannot_be_a_token_is_not_asked_about(reviews: Reviews, reviewer: Reviewer, token: bytes) -> None:
    assert await reviewer.judge(SecretValue(token)) is Access.UNKNOWN_TOKEN
    assert reviews.asked == []


async def test_a_token_that_nobody_knows_is_no_question_of_rights(reviews: Reviews, reviewer: Reviewer) -> None:
    assert await reviewer.judge(SecretValue(b"unknown")) is Access.UNKNOWN_TOKEN
    assert len(reviews.asked) == 1


async def test_without_the_api_server_only_those_may_who_just_did(reviews: Reviews, reviewer: Reviewer) -> None:
    await reviewer.judge(TOKEN)
    reviews.down = True
    assert await reviewer.judge(TOKEN) is Access.ALLOWED
    assert await reviewer.judge(SecretValue(b"other")) is Access.NOT_JUDGED


async def test_only_so_many_are_remembered_and_never_their_tokens(reviewer: Reviewer) -> None:
    for number in range(300):
        await reviewer.judge(SecretValue(b"token-%d" % number))
    assert len(reviewer._allowed_until) == 256
    assert all(len(key) == 32 for key in reviewer._allowed_until)
