"""Functions of passwords, keys and certificates give what Go gave; tests/differential/eso_functions recorded it."""

import base64
import ipaddress
import json
from typing import Any

import pytest
from crypto_templates import FIXTURES, HERE, environment_of, outcome

from bulkhead_templating.eso import pkcs12
from bulkhead_templating.pki import pem
from bulkhead_templating.pki.certificate import parse_certificate
from bulkhead_templating.pki.issue import CertificateRequest, issue
from bulkhead_templating.pki.pem import PemBlock
from bulkhead_templating.sprig.private_keys import parse_pem_key

RECORDED: list[dict[str, Any]] = [
    {**json.loads(line), "id": f"{path.name.removesuffix('_answers.jsonl')}-{number}"}
    for path in sorted(HERE.glob("*_answers.jsonl"))
    for number, line in enumerate(path.read_text().splitlines(), 1)
]


def of_kind(kind: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in RECORDED if case["kind"] == kind]


@pytest.mark.parametrize("case", of_kind("template"))
def test_a_template_gives_what_go_gives(case: dict[str, Any]) -> None:
    assert outcome(case) == case["answer"]


@pytest.mark.parametrize("case", of_kind("archive"))
def test_an_archive_has_the_bytes_that_go_writes_with_the_same_random_ones(case: dict[str, Any]) -> None:
    chain, key, password = (FIXTURES.get(text, text) for text in case["texts"])
    made = pkcs12.full_pem_to_pkcs12_pass(environment_of(), chain, key, password)
    assert {"result": made} == case["answer"]


@pytest.mark.parametrize("case", of_kind("truststore"))
def test_a_trust_store_has_the_bytes_that_go_writes_with_the_same_random_ones(case: dict[str, Any]) -> None:
    certificates, password = (FIXTURES.get(text, text) for text in case["texts"])
    made = pkcs12.pem_truststore_to_pkcs12_pass(environment_of(), certificates, password)
    assert {"result": made} == case["answer"]


@pytest.mark.parametrize("case", of_kind("issue"))
def test_a_certificate_has_the_bytes_that_go_writes_of_the_same_fields(case: dict[str, Any]) -> None:
    asked = case["issue"]
    begin, length = asked["not_before_s"], asked["days"] * 24 * 3600
    wrapped = (length * 10**9 + 2**63) % 2**64 - 2**63
    request = CertificateRequest(
        common_name=asked["common_name"],
        serial=int(asked["serial"]),
        not_before_s=begin,
        not_after_s=(begin * 10**9 + wrapped) // 10**9,
        addresses=[packed(address) for address in asked.get("addresses", [])],
        dns=asked.get("dns", []),
        is_ca=asked.get("is_ca", False),
    )
    key = parse_pem_key(environment_of(), FIXTURES[asked["key"]])
    parent, parent_key = None, key
    if "signer" in asked:
        block = pem.decode(FIXTURES[asked["signer"]].encode()).block
        assert block is not None
        parent = parse_certificate(block.data)
        parent_key = parse_pem_key(environment_of(), FIXTURES[asked["signer_key"]])
    data = issue(request, key=key, parent=parent, parent_key=parent_key)
    assert {"result": pem.encode(PemBlock(label=b"CERTIFICATE", data=data)).decode()} == case["answer"]


def packed(text: str) -> bytes:
    address = ipaddress.ip_address(text)
    return (getattr(address, "ipv4_mapped", None) or address).packed


def test_there_are_enough_cases_to_speak_of_agreement() -> None:
    assert len(RECORDED) >= 600


def test_every_fixture_that_is_an_archive_is_one() -> None:
    archives = [name for name in FIXTURES if name.endswith("p12_b64")]
    assert len(archives) >= 10
    assert all(base64.b64decode(FIXTURES[name]).startswith(b"0") for name in archives)
