"""Files that are broken anywhere are refused with an error of ours, never with another exception."""

import base64
import contextlib
import random

import pytest
from crypto_templates import FIXTURES, render

from bulkhead_templating import Limits, TemplateError
from bulkhead_templating.pki import pem
from bulkhead_templating.text import bytes_of, text_of

CALLS = {
    "certificate": ("leaf", "{{ certSANs .t }}{{ filterCertChain `leaf` .t }}{{ pemTruststoreToPKCS12 .t }}"),
    "named certificate": ("odd", "{{ certSANs .t }}{{ pemTruststoreToPKCS12 .t }}"),
    "rsa key": ("rsa_key", "{{ (genCAWithKey `cn` 1 .t).Key }}"),
    "pkcs8 key": ("rsa_pkcs8_key", "{{ (genCAWithKey `cn` 1 .t).Key }}"),
    "ec key": ("p384_key", "{{ (genCAWithKey `cn` 1 .t).Key }}"),
    "ed25519 key": ("ed25519_key", "{{ (genCAWithKey `cn` 1 .t).Key }}"),
    "dsa key": ("dsa_key", "{{ (genCAWithKey `cn` 1 .t).Key }}"),
}


def changed(source: random.Random, data: bytes) -> bytes:
    """Change, drop or add a few bytes, most often near the beginning where the structure is."""
    made = bytearray(data)
    for _ in range(source.randint(1, 3)):
        if not made:
            break
        place = min(int(source.expovariate(8 / len(made))), len(made) - 1)
        match source.randint(0, 3):
            case 0:
                del made[place]
            case 1:
                made.insert(place, source.randrange(256))
            case 2:
                del made[place + 1 :]
            case _:
                made[place] = source.choice((0, 1, 2, 0x30, 0x80, 0xFF, source.randrange(256)))
    return bytes(made)


@pytest.mark.parametrize(("name", "template"), CALLS.values(), ids=CALLS.keys())
@pytest.mark.parametrize("seed", range(30))
def test_a_broken_pem_is_refused(name: str, template: str, seed: int) -> None:
    source = random.Random(seed)  # noqa: S311 - chance that can be repeated
    block = pem.decode(FIXTURES[name].encode()).block
    assert block is not None
    for _ in range(5):
        broken = pem.PemBlock(label=block.label, data=changed(source, block.data))
        with contextlib.suppress(TemplateError):
            render(template, {"t": text_of(pem.encode(broken))}, limits=Limits())


@pytest.mark.parametrize("kind", ["modern", "pbmac1", "des", "rc2", "plain"])
@pytest.mark.parametrize("seed", range(30))
def test_a_broken_archive_is_refused(kind: str, seed: int) -> None:
    source = random.Random(seed)  # noqa: S311 - chance that can be repeated
    data = base64.b64decode(FIXTURES["plain_p12_b64" if kind == "plain" else f"{kind}_nopass_p12_b64"])
    for _ in range(3):
        with contextlib.suppress(TemplateError):
            render("{{ pkcs12key .t }}", {"t": text_of(changed(source, data))}, limits=Limits())


@pytest.mark.parametrize("name", ["rsa_jwk", "p256_jwk", "ed25519_jwk", "rsa_public_jwk"])
@pytest.mark.parametrize("seed", range(30))
def test_a_broken_jwk_is_refused(name: str, seed: int) -> None:
    source = random.Random(seed)  # noqa: S311 - chance that can be repeated
    data = bytes_of(FIXTURES[name])
    for _ in range(5):
        broken = {"t": text_of(changed(source, data))}
        for function in ("jwkPublicKeyPem", "jwkPrivateKeyPem"):
            with contextlib.suppress(TemplateError):
                render(f"{{{{ {function} .t }}}}", broken, limits=Limits())
