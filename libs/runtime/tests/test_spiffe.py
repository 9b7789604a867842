import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_runtime.spiffe import SpiffeId, controller_id, provider_id, pusher_id, webhook_id

LABEL = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=8).filter(
    lambda text: not text.startswith("-") and not text.endswith("-")
)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param("spiffe://bulkhead.local/controller", controller_id("bulkhead.local"), id="the-controller"),
        pytest.param("spiffe://bulkhead.local/pusher", pusher_id("bulkhead.local"), id="the-pusher"),
        pytest.param("spiffe://bulkhead.local/webhook", webhook_id("bulkhead.local"), id="the-webhook"),
        pytest.param("spiffe://a_b.c/provider/vault", provider_id("a_b.c", "vault"), id="a-provider"),
    ],
)
def test_parse_reads_what_str_writes(text: str, want: SpiffeId) -> None:
    assert SpiffeId.parse(text) == want
    assert str(want) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("https://bulkhead.local/controller", id="another-scheme"),
        pytest.param("SPIFFE://bulkhead.local/controller", id="a-scheme-in-upper-case"),
        pytest.param("bulkhead.local/controller", id="no-scheme"),
        pytest.param("spiffe://bulkhead.local", id="no-path"),
        pytest.param("spiffe://bulkhead.local/", id="an-empty-path"),
        pytest.param("spiffe:///controller", id="no-trust-domain"),
        pytest.param("spiffe://Bulkhead.local/controller", id="a-trust-domain-in-upper-case"),
        pytest.param("spiffe://bulkhead.local:443/controller", id="a-port"),
        pytest.param("spiffe://user@bulkhead.local/controller", id="a-user"),
        pytest.param("spiffe://bulkhead.local/controller/", id="a-slash-at-the-end"),
        pytest.param("spiffe://bulkhead.local//controller", id="an-empty-segment"),
        pytest.param("spiffe://bulkhead.local/provider/../controller", id="a-segment-of-dots"),
        pytest.param("spiffe://bulkhead.local/./controller", id="a-segment-of-one-dot"),
        pytest.param("spiffe://bulkhead.local/contr%6Fller", id="an-escaped-letter"),
        pytest.param("spiffe://bulkhead.local/controller?x", id="a-query"),
        pytest.param("spiffe://bulkhead.local/controller#x", id="a-fragment"),
        pytest.param("spiffe://bulkhead.local/controller\n", id="a-line-end"),
        pytest.param("spiffe://bulkhead.local/contr\u00f6ller", id="a-letter-outside-ascii"),
        pytest.param("spiffe://bulkhead.local/" + "x" * 2048, id="more-than-2048-bytes"),
    ],
)
def test_parse_refuses(text: str) -> None:
    with pytest.raises(ValueError, match=r"SPIFFE|trust domain"):
        SpiffeId.parse(text)


def test_a_provider_name_with_a_slash_is_refused() -> None:
    with pytest.raises(ValueError, match="slash"):
        provider_id("bulkhead.local", "a/b")


def test_server_name_spells_the_path_backwards() -> None:
    assert provider_id("bulkhead.local", "vault").server_name == "vault.provider.bulkhead.local"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("provider/Vault", id="upper-case"),
        pytest.param("provider/a.b", id="a-dot"),
        pytest.param("provider/a_b", id="an-underscore"),
        pytest.param("provider/-a", id="a-dash-in-front"),
        pytest.param("provider/" + "a" * 64, id="a-label-above-63-bytes"),
        pytest.param("/".join(["a" * 60] * 5), id="a-name-above-253-bytes"),
    ],
)
def test_server_name_refuses_a_path_with(path: str) -> None:
    with pytest.raises(ValueError, match="cannot be a server"):
        _ = SpiffeId("bulkhead.local", path).server_name


@given(st.lists(LABEL, min_size=1, max_size=3), st.lists(LABEL, min_size=1, max_size=3))
def test_two_identities_of_a_trust_domain_never_share_a_server_name(one: list[str], other: list[str]) -> None:
    ids = [SpiffeId("td.local", "/".join(segments)) for segments in (one, other)]
    assert (ids[0] == ids[1]) is (ids[0].server_name == ids[1].server_name)
