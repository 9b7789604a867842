"""Finding secrets. Source: Find."""

import pytest

from bulkhead.provider.v1 import errors_pb2, provider_service_pb2
from bulkhead_conformance.conversation import Conversation


class TestFinding:
    """Find, as far as the server's capabilities go."""

    def test_each_query_finds_exactly_its_secrets(self, conversation: Conversation) -> None:
        self._needs_names(conversation)
        for case in conversation.cases.finds:
            found = conversation.find(name_regexp=case.name_regexp, path=case.path, tags=case.tags)
            expected = {name: value.encode() for name, value in case.secrets.items()}
            assert found == expected, f"path {case.path!r}, name {case.name_regexp!r}, tags {case.tags}"

    def test_finding_again_gives_the_same(self, conversation: Conversation) -> None:
        self._needs_names(conversation)
        for case in conversation.cases.finds:
            first, second = (
                conversation.find(name_regexp=case.name_regexp, path=case.path, tags=case.tags) for _ in range(2)
            )
            assert first == second

    def test_nothing_found_is_an_empty_message_and_no_error(self, conversation: Conversation) -> None:
        self._needs_names(conversation)
        if not conversation.cases.finds:
            pytest.skip("the cases file has no finds")
        path = conversation.cases.finds[0].path
        assert conversation.find(name_regexp="^matches-no-name-at-all$", path=path) == {}

    @pytest.mark.parametrize(
        "expression", ["(", "a(?=b)", r"(a)\1"], ids=["unbalanced", "look-ahead", "back-reference"]
    )
    def test_expression_that_is_not_re2_is_refused(self, conversation: Conversation, expression: str) -> None:
        self._needs_names(conversation)
        info = conversation.refusal(lambda: conversation.find(name_regexp=expression))
        assert info.reason == errors_pb2.ERROR_REASON_INVALID_REF

    def test_expression_that_could_run_for_ever_is_answered(self, conversation: Conversation) -> None:
        self._needs_names(conversation)
        if not conversation.cases.finds:
            pytest.skip("the cases file has no finds")
        path = conversation.cases.finds[0].path
        assert conversation.find(name_regexp="^(([a-z0-9/_-]+)+)+$x", path=path) == {}

    def test_tags_are_refused_by_a_server_that_does_not_find_by_them(self, conversation: Conversation) -> None:
        if conversation.can(provider_service_pb2.CAPABILITY_FIND_BY_TAG):
            pytest.skip("the server finds by tags")
        info = conversation.refusal(lambda: conversation.find(tags={"tag": "value"}))
        assert info.reason == errors_pb2.ERROR_REASON_UNSUPPORTED

    def test_every_message_echoes_store_and_request_whatever_the_names(self, conversation: Conversation) -> None:
        self._needs_names(conversation)
        for case in conversation.cases.finds:
            context = conversation.context()
            context.request_id = "\u00e9" * 32
            context.store.ref.uid = "A b/c:d-\u00e9"
            context.store.ref.generation = 2**62
            # `find` compares the echo of each message.
            found = conversation.find(name_regexp=case.name_regexp, path=case.path, tags=case.tags, context=context)
            assert set(found) == set(case.secrets)

    def test_tags_that_nothing_has_find_nothing(self, conversation: Conversation) -> None:
        if not conversation.can(provider_service_pb2.CAPABILITY_FIND_BY_TAG):
            pytest.skip("the server does not find by tags")
        if not conversation.cases.finds:
            pytest.skip("the cases file has no finds")
        path = conversation.cases.finds[0].path
        assert conversation.find(path=path, tags={"a-tag-that-is-not-there": "x"}) == {}

    @staticmethod
    def _needs_names(conversation: Conversation) -> None:
        if not conversation.can(provider_service_pb2.CAPABILITY_FIND_BY_NAME):
            pytest.skip("the server does not find by name")
