"""What a server says of itself over plain HTTP. Source: provider-servers/sdk/README.md, `/tls`."""

import json
import re
from datetime import UTC, datetime
from urllib.request import urlopen

import pytest

from bulkhead_conformance.conversation import DEADLINE_S
from bulkhead_conformance.target import Target

_HEX = re.compile(r"[0-9a-f]+")


class TestStanding:
    """Probes, and the public facts of the certificate that the server uses."""

    def test_a_server_that_answers_calls_is_ready(self, target: Target) -> None:
        for path in ("/healthz", "/readyz"):
            assert self._page(target, path)[0] == 200

    def test_facts_are_those_of_the_servers_certificate(self, target: Target) -> None:
        status, body = self._page(target, "/tls")
        assert status == 200
        facts = json.loads(body)
        assert facts["identity"] == target.server_id
        assert _HEX.fullmatch(facts["serial"])
        assert datetime.fromisoformat(facts["notAfter"]) > datetime.now(UTC)
        assert facts["roots"] == sorted(set(facts["roots"]))
        assert facts["roots"], "a server trusts at least one root"
        assert all(_HEX.fullmatch(each) for each in [facts["issuer"], *facts["roots"]])
        assert facts["denylist"] is None or facts["denylist"] >= 1

    def test_facts_hold_nothing_else(self, target: Target) -> None:
        known = {"identity", "serial", "notAfter", "issuer", "roots", "denylist"}
        assert set(json.loads(self._page(target, "/tls")[1])) == known

    @staticmethod
    def _page(target: Target, path: str) -> tuple[int, bytes]:
        if not target.live_address:
            pytest.skip("no address of /readyz and /tls was given")
        with urlopen(f"http://{target.live_address}{path}", timeout=DEADLINE_S) as reply:
            return reply.status, reply.read()
