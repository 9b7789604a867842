from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_api.errors import PolicyDeniedError
from bulkhead_api.external_secret import StoreKind
from bulkhead_provider_sdk.policy import (
    Access,
    Operation,
    Policy,
    PolicyError,
    Rule,
    allows_host,
    policy_from_yaml,
    refusing_field,
)
from bulkhead_provider_sdk.policy_source import PolicySource
from bulkhead_provider_sdk.provider import Call, Consumer, Store, StoreRef

STORE = StoreRef(kind=StoreKind.SECRET_STORE, namespace="team-a", name="vault", uid="u", generation=1)
CLUSTER_STORE = StoreRef(kind=StoreKind.CLUSTER_SECRET_STORE, namespace="", name="vault", uid="u", generation=1)
READ = Access(operation=Operation.READ, store=STORE, namespace="team-a", key="secret/team-a/db")
FIND = replace(READ, operation=Operation.FIND, key="secret/team-a/")
VALIDATE = replace(READ, operation=Operation.VALIDATE, key=None)


def rules(*rule: Rule) -> Policy:
    return Policy(rules=rule)


ALL = Rule(namespaces=("*",))


@pytest.mark.parametrize(
    ("policy", "access", "field"),
    [
        pytest.param(rules(), READ, "rules", id="no-rules-allow-nothing"),
        pytest.param(rules(ALL), READ, None, id="defaults-allow-all-keys-and-operations"),
        pytest.param(rules(Rule(namespaces=())), READ, "rules[].namespaces", id="no-namespaces-allow-nobody"),
        pytest.param(
            rules(Rule(namespaces=("team-b",))), READ, "rules[].namespaces", id="another-namespace-is-refused"
        ),
        pytest.param(rules(Rule(namespaces=("team-*",))), READ, None, id="a-pattern-of-namespaces-is-allowed"),
        pytest.param(
            rules(Rule(namespaces=("eam-a",))), READ, "rules[].namespaces", id="a-part-of-a-namespace-is-refused"
        ),
        pytest.param(
            rules(Rule(namespaces=("TEAM-A",))), READ, "rules[].namespaces", id="a-namespace-in-other-case-is-refused"
        ),
        pytest.param(
            rules(Rule(namespaces=("team-?", "team-[a]"))),
            READ,
            "rules[].namespaces",
            id="brackets-and-question-marks-are-no-patterns",
        ),
        pytest.param(
            rules(Rule(namespaces=("*",), stores=("SecretStore/team-a/*",))), READ, None, id="a-store-is-allowed"
        ),
        pytest.param(
            rules(Rule(namespaces=("*",), stores=("ClusterSecretStore/vault",))),
            READ,
            "rules[].stores",
            id="a-store-of-another-kind-is-refused",
        ),
        pytest.param(
            rules(Rule(namespaces=("*",), stores=("ClusterSecretStore/vault",))),
            replace(READ, store=CLUSTER_STORE),
            None,
            id="a-cluster-store-is-allowed",
        ),
        pytest.param(
            rules(Rule(namespaces=("*",), operations=frozenset({Operation.FIND}))),
            READ,
            "rules[].operations",
            id="another-operation-is-refused",
        ),
        pytest.param(rules(Rule(namespaces=("*",), keys=("secret/team-a/*",))), READ, None, id="a-key-is-allowed"),
        pytest.param(
            rules(Rule(namespaces=("*",), keys=("secret/team-b/*",))), READ, "rules[].keys", id="another-key-is-refused"
        ),
        pytest.param(
            rules(Rule(namespaces=("*",), keys=())), replace(READ, key=None), None, id="keys-do-not-matter-before-them"
        ),
        pytest.param(
            rules(Rule(namespaces=("team-b",)), Rule(namespaces=("team-a",), keys=("other",)), ALL),
            READ,
            None,
            id="any-rule-may-allow",
        ),
        pytest.param(
            rules(Rule(namespaces=("team-b",)), Rule(namespaces=("team-a",), keys=("other",))),
            READ,
            "rules[].keys",
            id="parts-of-two-rules-do-not-add-up",
        ),
        pytest.param(
            rules(Rule(namespaces=("team-b",))),
            replace(VALIDATE, store=CLUSTER_STORE, namespace=""),
            None,
            id="a-cluster-store-is-validated-for-no-namespace",
        ),
        pytest.param(
            rules(Rule(namespaces=("team-b",))), VALIDATE, "rules[].namespaces", id="a-store-is-validated-for-its-own"
        ),
        pytest.param(
            rules(Rule(namespaces=("*",), keys=("secret/team-a/*",))), FIND, None, id="a-path-inside-is-searched"
        ),
        pytest.param(
            rules(Rule(namespaces=("*",), keys=("secret/team-a/*",))),
            replace(FIND, key="secret/team-a"),
            "rules[].keys",
            id="a-path-that-may-begin-another-name-is-not-searched",
        ),
        pytest.param(
            rules(Rule(namespaces=("*",), keys=("secret/team-a/*",))),
            replace(FIND, key=""),
            "rules[].keys",
            id="everything-is-not-searched",
        ),
        pytest.param(
            rules(Rule(namespaces=("*",), keys=("secret/*/db",))),
            replace(FIND, key="secret/team-a/db"),
            "rules[].keys",
            id="what-is-below-a-closed-pattern-is-not-searched",
        ),
        pytest.param(rules(ALL), replace(FIND, key=""), None, id="everything-is-searched-where-all-keys-are-allowed"),
    ],
)
def test_policy(policy: Policy, access: Access, field: str | None) -> None:
    assert refusing_field(policy, access) == field


@pytest.mark.parametrize(
    "key",
    [
        "secret/team-a/../team-b/db",
        "secret/team-a/..",
        "secret/team-a/./db",
        "secret/team-a/%2e%2e/team-b/db",
        "secret/team-a/%2E./team-b/db",
        "secret/team-a%2f..%2fteam-b",
        "secret/team-a\\..\\team-b",
    ],
)
def test_a_key_that_climbs_matches_no_pattern_but_the_one_for_all(key: str) -> None:
    access = replace(READ, key=key)
    assert refusing_field(rules(Rule(namespaces=("*",), keys=("secret/team-a*",))), access) == "rules[].keys"
    assert refusing_field(rules(ALL), access) is None


@pytest.mark.parametrize("key", ["secret/team-a/a..b", "secret/team-a/...", "secret/team-a/.hidden"])
def test_a_key_with_dots_in_names_matches_as_it_is(key: str) -> None:
    assert refusing_field(rules(Rule(namespaces=("*",), keys=("secret/team-a/*",))), replace(READ, key=key)) is None


@given(st.text(st.characters(exclude_characters="*"), min_size=1, max_size=20), st.text(max_size=20))
def test_a_pattern_without_a_star_matches_itself_alone(pattern: str, key: str) -> None:
    policy = rules(Rule(namespaces=("*",), stores=(f"ClusterSecretStore/{pattern}",)))
    for name in (pattern, key):
        access = replace(READ, store=replace(CLUSTER_STORE, name=name))
        assert refusing_field(policy, access) == (None if name == pattern else "rules[].stores")


HOSTS = Policy(hosts=("https://vault.example.com:8200", "https://v6.example.com", "http://[::1]:80"))


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://vault.example.com:8200", True),
        ("https://vault.example.com:8200/v1/secret?x=1", True),
        ("HTTPS://VAULT.example.com:8200/", True),
        ("https://v6.example.com:443/", True),
        ("http://[::1]/", True),
        ("http://vault.example.com:8200", False),
        ("https://vault.example.com", False),
        ("https://vault.example.com:8201", False),
        ("https://evil.example.com:8200", False),
        ("https://vault.example.com:8200.evil.example.com", False),
        ("https://vault.example.com:8200@evil.example.com", False),
        ("https://evil.example.com#https://vault.example.com:8200", False),
        ("https://evil.example.com\\@vault.example.com:8200", False),
        ("https://vault.example.com:8200\\.evil.example.com", False),
        ("https://user@vault.example.com:8200", False),
        (" https://vault.example.com:8200", False),
        ("https://vault.example.com:8200\n", False),
        ("https://vault.example.com.:8200", False),
        ("https://vault.example.com:99999", False),
        ("//vault.example.com:8200", False),
        ("vault.example.com:8200", False),
        ("", False),
    ],
)
def test_allows_host(url: str, allowed: bool) -> None:
    assert allows_host(HOSTS, url) is allowed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("rulez: []", "rulez", id="an-unknown-field"),
        pytest.param("rules: [{namespace: [a]}]", "namespace", id="an-unknown-field-of-a-rule"),
        pytest.param("rules: [{stores: ['*']}]", "namespaces", id="a-rule-without-namespaces"),
        pytest.param("rules: [{namespaces: '*'}]", "array", id="a-text-in-place-of-a-list"),
        pytest.param("rules: [{namespaces: ['*'], operations: [write]}]", "write", id="an-unknown-operation"),
        pytest.param("hosts: [vault.example.com]", "hosts[0]", id="a-host-without-a-scheme"),
        pytest.param("hosts: ['https://a/path']", "hosts[0]", id="a-host-with-a-path"),
        pytest.param("hosts: ['ftp://a']", "hosts[0]", id="a-host-without-a-port"),
        pytest.param("hosts: ['https://*.example.com:443']", "hosts[0]", id="a-host-with-a-pattern"),
        pytest.param("hosts: [", "", id="broken-yaml"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_policy_file_is_refused_for(text: str, says: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy_from_yaml(text.encode())
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


CALL = Call(
    request_id="r",
    store=Store(ref=STORE, provider="vault", spec_json=b"{}"),
    consumer=Consumer(kind="ExternalSecret", namespace="team-a", name="c", uid="u"),
)


def source(file: Path, text: str) -> PolicySource:
    file.write_text(text)
    return PolicySource(file)


def test_require_names_store_key_field_and_whom_to_ask(tmp_path: Path) -> None:
    policy = source(tmp_path / "policy.yaml", "rules: [{namespaces: [team-a], keys: [x]}]")
    policy.require(CALL, Operation.READ)
    policy.require(CALL, Operation.READ, "x")
    with pytest.raises(PolicyDeniedError) as caught:
        policy.require(CALL, Operation.READ, "k")
    assert caught.value.message == (
        'store "team-a/vault": key "k": not allowed by the policy of this provider server (rules[].keys); '
        "ask whoever deploys Bulkhead"
    )


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://evil.example.com:1/steal", 'backend "https://evil.example.com:1": not allowed'),
        ("https://user:password@a", "the backend's address is not a plain URL and so: not allowed"),
    ],
)
def test_require_host_names_the_host_and_nothing_secret(tmp_path: Path, url: str, says: str) -> None:
    policy = source(tmp_path / "policy.yaml", "hosts: ['https://a:1']")
    policy.require_host("https://a:1/v1")
    with pytest.raises(PolicyDeniedError) as caught:
        policy.require_host(url)
    assert caught.value.message.startswith(says)
    assert "password" not in caught.value.message


def test_a_source_follows_the_file(tmp_path: Path) -> None:
    policy = source(tmp_path / "policy.yaml", "rules: []")
    (tmp_path / "policy.yaml").write_text("rules: [{namespaces: [a]}]")
    assert policy.current() == Policy(rules=(Rule(namespaces=("a",)),))


@pytest.mark.parametrize("broken", ["rulez: []", "rules: [", "x" * 2_000_000])
def test_a_source_keeps_the_old_policy_when_the_new_file_is_broken_and_reports_it_once(
    tmp_path: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    policy = source(tmp_path / "policy.yaml", "rules: [{namespaces: [a]}]")
    before = policy.current()
    (tmp_path / "policy.yaml").write_text(broken)
    assert [policy.current() == before for _ in range(3)] == [True, True, True]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    (tmp_path / "policy.yaml").unlink()
    assert policy.current() == before


def test_a_source_does_not_start_without_a_file(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="No such file"):
        PolicySource(tmp_path / "policy.yaml")
