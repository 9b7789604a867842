"""What is expensive ends with a clear error, and no error tells a secret."""

import base64
import contextlib
import re

import pytest
from crypto_templates import FIXTURES, render, text

from bulkhead_templating import Limits, MemoryLimitError, StepLimitError, TemplateError, TemplateExecError
from bulkhead_templating.pki import der, der_elements

SECRETS = ("swordfish-horse", "QUJDREVGR0g")


@pytest.mark.parametrize(
    "call",
    [
        'genPrivateKey "ecdsa"',
        'genPrivateKey "ed25519"',
        'bcrypt "x"',
        'htpasswd "a" "b" ""',
        'derivePassword 1 "long" "p" "u" "s"',
        'genCAWithKey "cn" 1 .p256_key',
        'genSelfSignedCertWithKey "cn" nil nil 1 .rsa_key',
        "pemTruststoreToPKCS12 .root",
        "pemToPkcs12 .leaf .leaf_key",
        "pkcs12key .modern_nopass_p12",
        "pkcs12cert .rc2_nopass_p12",
        "jwkPrivateKeyPem .rsa_jwk",
        'rsaDecrypt "RSA-OAEP" "SHA1" .oaep_sha1 .rsa_key',
        'filterPEM "CERTIFICATE" .chain',
        'filterCertChain "leaf" .chain',
        "certSANs .leaf",
        'encryptAES "k" .chain',
        "randAscii 1000",
        "shuffle .chain",
    ],
)
def test_a_loop_of_calls_ends_when_the_steps_do(call: str) -> None:
    template = f"{{{{ range list {' '.join('1' * 400)} }}}}{{{{ $x := {call.replace(' .', ' $.')} }}}}{{{{ end }}}}"
    with pytest.raises(StepLimitError, match="takes more than 6000 steps"):
        render(template, limits=Limits(steps=6_000))


@pytest.mark.parametrize("call", ['genPrivateKey "rsa"', 'genPrivateKey "dsa"', 'genPrivateKey ""', 'genCA "cn" 1'])
def test_a_large_key_is_refused_before_it_is_made(call: str) -> None:
    with pytest.raises(StepLimitError):
        render(f"{{{{ {call} }}}}", limits=Limits(steps=10_000))


@pytest.mark.slow
def test_a_dozen_certificates_fit_into_the_limits_that_are_set_by_default() -> None:
    call = '{{ (genSelfSignedCertWithKey "cn" nil nil 1 $.rsa_key).Cert | trunc 0 }}'
    assert render(f"{{{{ range list {' '.join('1' * 12)} }}}}{call}{{{{ end }}}}", limits=Limits()) == b""


@pytest.mark.parametrize("call", ["randAlphaNum 2000000000", "randBytes 1000000000", "randAscii 9223372036854775807"])
def test_huge_amounts_of_chance_are_refused_before_they_are_made(call: str) -> None:
    with pytest.raises((StepLimitError, MemoryLimitError)):
        render(f"{{{{ {call} }}}}", limits=Limits())


@pytest.mark.parametrize("iterations", [2**31 - 1, 2**62])
@pytest.mark.parametrize("archive", ["modern", "des", "pbmac1"])
def test_an_archive_that_asks_for_many_iterations_is_refused(archive: str, iterations: int) -> None:
    data = base64.b64decode(FIXTURES[f"{archive}_nopass_p12_b64"])
    hostile = _with_mac_iterations(data, iterations) if archive == "des" else _with_integer(data, iterations)
    with pytest.raises(StepLimitError):
        render("{{ pkcs12key (b64dec .p) }}", {"p": base64.b64encode(hostile).decode()}, limits=Limits())


def _with_integer(data: bytes, iterations: int) -> bytes:
    """Put another number where the last 2048 is, and mend the lengths around it."""
    return _replaced(data, der.integer(2048), der.integer(iterations))


def _with_mac_iterations(data: bytes, iterations: int) -> bytes:
    outer = der_elements.elements(der_elements.read(data).content)
    mac = der_elements.elements(outer[2].content)
    return der.sequence(outer[0].raw, outer[1].raw, der.sequence(mac[0].raw, mac[1].raw, der.integer(iterations)))


def _replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    outer = der_elements.elements(der_elements.read(data).content)
    if old in outer[2].raw:
        return der.sequence(outer[0].raw, outer[1].raw, _rebuilt(outer[2].raw, old, new))
    return data


def _rebuilt(data: bytes, old: bytes, new: bytes) -> bytes:
    if data == old:
        return new
    element = der_elements.read(data)
    if not element.tag & 0x20:
        return data
    return der.encode(element.tag, *(_rebuilt(inner.raw, old, new) for inner in der_elements.elements(element.content)))


@pytest.mark.parametrize(
    "call",
    [
        "bcrypt (print .s (printf `%073d` 1))",
        "decryptAES .s .s",
        "decryptAES .s .t",
        "pkcs12keyPass .s .modern_p12",
        "pkcs12certPass .s .chain",
        "pkcs12keyPass .modern_p12 .s",
        "pemToPkcs12 .leaf .s",
        "pemToPkcs12Pass .leaf .leaf_key (print .s `\U0001f511`)",
        "pemToPkcs12 .s .s",
        "pemTruststoreToPKCS12 .s",
        "filterPEM `x` .s",
        "filterCertChain `leaf` .s",
        "certSANs .s",
        "jwkPrivateKeyPem .s",
        'jwkPrivateKeyPem (print `{"kty":"OKP","crv":"Ed25519","x":"AA","d":"` .t `"}`)',
        'jwkPrivateKeyPem (print `{"kty":"RSA","n":"AA","e":"AA","d":"` .s `!"}`)',
        "rsaDecrypt `RSA-OAEP` `SHA1` .s .s",
        "rsaDecrypt `RSA-OAEP` `SHA1` .s .rsa_key",
        "genCAWithKey `cn` 1 .s",
        "genCAWithKey `cn` 1 (print `-----BEGIN RSA PRIVATE KEY-----\n` .t `AA==\n-----END RSA PRIVATE KEY-----\n`)",
        "buildCustomCert .s .s",
        "buildCustomCert .rsa_cert_b64pem .s",
        "htpasswd `a:b` .s ``",
        "derivePassword 1 `x` .s .s .s",
    ],
)
def test_no_error_tells_a_secret(call: str) -> None:
    data = {**FIXTURES, "s": SECRETS[0], "t": SECRETS[1]}
    try:
        shown = render(f"{{{{ {call} }}}}", data).decode("utf-8", "replace")
    except TemplateExecError as error:
        # What stands in the template itself is quoted as Go quotes it.
        shown = re.sub(r" at <.*>: ", " ", str(error), flags=re.DOTALL)
    assert not any(secret in shown for secret in SECRETS)


@pytest.mark.slow
@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["\n-----END A-----", "-----BEGIN A-----\n-----END A-----\n", "-----BEGIN A-----\nA: b\n"]
)
def test_a_large_text_of_many_blocks_is_read_in_one_walk(piece: str) -> None:
    data = {"t": piece * (1_000_000 // len(piece))}
    with contextlib.suppress(TemplateError):
        render('{{ filterPEM "A" .t | len }}{{ certSANs .t }}', data, limits=Limits())


def test_errors_that_name_a_kind_name_what_the_template_gave() -> None:
    """As in sprig and ESO; nobody puts a secret there."""
    assert text('{{ genPrivateKey "odd" }}') == "Unknown type odd"
    assert text('{{ htpasswd "a:b" "c" "" }}') == "invalid username: a:b"
    with pytest.raises(TemplateError, match="decryption scheme odd is not supported"):
        text('{{ rsaDecrypt "odd" "" "" "" }}')
