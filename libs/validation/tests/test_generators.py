"""Rules of generators that need more than an object to show; the others are in `tests/admission/rules/`."""

import base64
import random
import string
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_validation.fault import Fault, Verdict
from bulkhead_validation.generators.cluster import field_of
from bulkhead_validation.node import Json
from bulkhead_validation.review import faults_of

LOGIN: Final[dict[str, Json]] = {"name": "login", "key": "token"}
VAULT: Final[dict[str, Json]] = {"server": "https://vault.example.com", "auth": {"tokenSecretRef": LOGIN}}
GITLAB: Final[dict[str, Json]] = {
    "name": "deploy",
    "projectID": "7",
    "scopes": ["read_registry"],
    "auth": {"token": {"secretRef": LOGIN}},
}
PATIENCE: Final = 2_000
"""Draws after which a generator is taken to draw for ever."""


def faults_of_spec(kind: str, spec: dict[str, Json]) -> list[Fault]:
    return faults_of(kind, {"metadata": {"name": "tried", "namespace": "team-a"}, "spec": spec})


def certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tried")])
    now = datetime(2030, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def base64_times(data: bytes, times: int) -> str:
    return base64_times(base64.b64encode(data), times - 1) if times else data.decode()


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
def test_a_certificate_is_read_that_is_encoded(times: int) -> None:
    # The schema asks for one encoding, and ESO takes away another.
    spec: dict[str, Json] = {"path": "a", "provider": {**VAULT, "caBundle": base64_times(certificate(), times)}}
    assert faults_of_spec("VaultDynamicSecret", spec) == []


def test_a_damaged_certificate_is_none() -> None:
    damaged = certificate().replace(b"M", b"A", 1)
    spec: dict[str, Json] = {"path": "a", "provider": {**VAULT, "caBundle": base64_times(damaged, 1)}}
    assert [fault.path for fault in faults_of_spec("VaultDynamicSecret", spec)] == ["spec.provider.caBundle"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        pytest.param({"groupID": "8"}, "spec", id="a-project-and-a-group"),
        pytest.param({"projectID": None}, "spec", id="neither-a-project-nor-a-group"),
        pytest.param({"name": ""}, "spec.name", id="no-name"),
        pytest.param({"scopes": []}, "spec.scopes", id="no-scopes"),
    ],
)
def test_what_the_schema_refuses_is_said_to_whoever_has_no_api_server(change: dict[str, Json], path: str) -> None:
    assert [fault.path for fault in faults_of_spec("GitlabDeployToken", {**GITLAB, **change})] == [path]


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("ACRAccessToken", "acrAccessTokenSpec"),
        ("GithubAccessToken", "githubAccessTokenSpec"),
        ("MFA", "mfaSpec"),
        ("SSHKey", "sshKeySpec"),
        ("STSSessionToken", "stsSessionTokenSpec"),
        ("UUID", "uuidSpec"),
        ("Webhook", "webhookSpec"),
        ("", "Spec"),
    ],
)
def test_the_field_of_a_kind_begins_with_small_letters(kind: str, field: str) -> None:
    assert field_of(kind) == field


def test_a_reference_into_the_own_namespace_is_right() -> None:
    assert faults_of_spec("MFA", {"secret": {**LOGIN, "namespace": "team-a"}}) == []


def test_a_reference_is_right_as_long_as_nobody_knows_the_own_namespace() -> None:
    assert faults_of("MFA", {"spec": {"secret": {**LOGIN, "namespace": "team-b"}}}) == []


def test_another_type_is_what_the_schema_refuses() -> None:
    [fault] = faults_of_spec("Password", {"length": "24"})
    assert (fault.path, fault.verdict) == ("spec.length", Verdict.ESO_REFUSES)


@pytest.mark.parametrize(
    ("moment", "is_right"),
    [
        ("2030-01-31T12:00:00Z", True),
        ("2030-01-31T12:00:00.123456789+02:00", True),
        ("2030-01-31T12:00:00,5-23:59", True),
        ("0000-02-29T00:00:00Z", True),
        ("2030-02-30T12:00:00Z", False),
        ("2030-01-31T24:00:00Z", False),
        ("2030-01-31T12:00:00", False),
        ("2030-01-31t12:00:00Z", False),
        ("2030-01-31T12:00:00z", False),
        ("2030-01-31T12:00:00+25:00", False),
        ("2030-01-31T12:00:00;5Z", False),
    ],
)
def test_a_moment_is_what_go_reads(moment: str, *, is_right: bool) -> None:
    faults = faults_of_spec("GitlabDeployToken", {**GITLAB, "expiresAt": moment})
    assert [fault.path for fault in faults] == ([] if is_right else ["spec.expiresAt"])


def drawn(alphabet: str, count: int, taken: set[str], chance: random.Random) -> bool:
    """Draw characters none of which is taken; say whether that came to an end."""
    if count > len(alphabet):
        return False
    for _ in range(PATIENCE):
        if count <= 0:
            return True
        character = chance.choice(alphabet)
        count -= character not in taken
        taken.add(character)
    return count <= 0


@given(
    length=st.integers(1, 60),
    digits=st.integers(0, 12),
    symbols=st.integers(0, 6),
    characters=st.text("aAzZ019-+", min_size=1, max_size=8),
    no_upper=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_a_password_without_faults_can_be_drawn_and_one_that_is_drawn_can_work(
    *, length: int, digits: int, symbols: int, characters: str, no_upper: bool, seed: int
) -> None:
    spec: dict[str, Json] = {"length": length, "digits": digits, "symbols": symbols, "symbolCharacters": characters}
    verdicts = {fault.verdict for fault in faults_of_spec("Password", {**spec, "noUpper": no_upper})}
    letters = string.ascii_lowercase if no_upper else string.ascii_letters
    # Chance that Hypothesis may choose would draw the same character for ever.
    chance, taken = random.Random(seed), set[str]()  # noqa: S311
    rest = length - digits - symbols
    was_drawn = rest >= 0 and all(
        drawn(alphabet, count, taken, chance)
        for alphabet, count in ((letters, rest), (string.digits, digits), (characters, symbols))
    )
    assert not (was_drawn and Verdict.NEVER_WORKS in verdicts)
    assert was_drawn or verdicts
