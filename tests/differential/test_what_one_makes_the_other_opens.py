"""What functions of chance and keys make in one language, the other one opens; Go is asked where it is."""

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import bcrypt
import pytest

from bulkhead_testkit.toolchain import go_environment

ROOT = Path(__file__).parents[2]
YEAR_S = 365 * 24 * 3600

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(shutil.which("go") is None, reason="asks Go, which is not on PATH"),
]


def module_at(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem + "_of_eso_functions", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


ours = module_at(ROOT / "libs/templating/tests/crypto/crypto_templates.py")
original = module_at(ROOT / "tests/differential/eso_functions/original.py")


@pytest.fixture(autouse=True)
def _go(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in go_environment().items():
        monkeypatch.setenv(name, value)


def go(*questions: dict[str, Any]) -> list[str]:
    answers = original.ask(questions)
    assert [answer for answer in answers if "error" in answer] == []
    return [answer["result"] for answer in answers]


CERTIFICATES = {
    "self-signed": '{{ $c := genSelfSignedCert "cn" (list "192.0.2.1" "::1") (list "a.example") 365 }}',
    "self-signed-with-key": '{{ $c := genSelfSignedCertWithKey "cn" nil (list "a.example") 365 .p384_key }}',
    "authority": '{{ $c := genCA "cn" 365 }}',
    "authority-with-key": '{{ $c := genCAWithKey "cn" 365 .ed25519_key }}',
    "signed": '{{ $ca := genCA "ca" 365 }}{{ $c := genSignedCert "cn" (list "192.0.2.1") (list "a.example") 365 $ca }}',
    "signed-with-key": (
        '{{ $ca := genCAWithKey "ca" 365 .p521_key }}'
        '{{ $c := genSignedCertWithKey "cn" nil (list "a.example") 365 $ca .ed25519_key }}'
    ),
    "custom": "{{ $c := buildCustomCert .rsa_cert_b64pem .rsa_key_b64pem }}",
}


@pytest.mark.parametrize("template", CERTIFICATES.values(), ids=CERTIFICATES.keys())
def test_certificates_of_both_say_the_same_to_go(template: str) -> None:
    root = "{{ $ca.Cert }}" if "$ca" in template else "{{ $c.Cert }}"
    template += "{{ $c.Cert }}|" + root
    made = {"ours": ours.text(template), "go's": go({"kind": "template", "template": template})[0]}
    described = {who: json.loads(go({"kind": "describe", "texts": text.split("|")})[0]) for who, text in made.items()}
    for description in described.values():
        assert description["verified"] == "" or "custom" in template
        serial, begin, end = (description.pop(name) for name in ("serial", "not_before_s", "not_after_s"))
        assert 0 <= int(serial) < 1 << 128
        assert end - begin in (YEAR_S, 10 * YEAR_S)
    assert described["ours"] == described["go's"]


@pytest.mark.parametrize("kind", ["ecdsa", "ed25519", "rsa", "dsa", ""])
def test_private_keys_of_ours_are_read_by_go_and_gos_by_ours(kind: str) -> None:
    made = ours.text(f'{{{{ genPrivateKey "{kind}" }}}}')
    theirs = go({"kind": "template", "template": f'{{{{ genPrivateKey "{kind}" }}}}'})[0]
    assert made.splitlines()[0] == theirs.splitlines()[0]
    assert abs(len(made) - len(theirs)) <= 16
    if kind != "dsa":
        same = '{{ (genSelfSignedCertWithKey "cn" nil nil 1 .key).Key }}'
        assert [ours.text(same, {"key": key}) for key in (made, theirs)] == [made, theirs]
    again = "{{ (buildCustomCert .cert .key).Key }}"
    data = {"cert": ours.FIXTURES["rsa_cert_b64pem"], "key": ours.text("{{ b64enc .key }}", {"key": made})}
    assert go({"kind": "template", "template": again, "data": data}) == [made]


@pytest.mark.parametrize("password", ["", "secret", "pässwörd"])
def test_archives_of_ours_are_opened_by_go_and_gos_by_ours(password: str) -> None:
    template = f'{{{{ fullPemToPkcs12Pass .chain .leaf_key "{password}" }}}}'
    theirs = go({"kind": "template", "template": template})[0]
    want = ours.FIXTURES["leaf_key"] + ours.FIXTURES["chain"]
    assert go({"kind": "open archive", "texts": [ours.text(template), password]}) == [want]
    opened = f'{{{{ $p := b64dec .p }}}}{{{{ pkcs12keyPass "{password}" $p }}}}{{{{ pkcs12certPass "{password}" $p }}}}'
    assert ours.text(opened, {"p": theirs}) == want


@pytest.mark.parametrize(
    ("call", "password"),
    [
        ("pemTruststoreToPKCS12 .chain", ""),
        ('pemTruststoreToPKCS12Pass .chain ""', ""),
        ('pemTruststoreToPKCS12Pass .chain "secret"', "secret"),
    ],
)
def test_trust_stores_of_ours_are_opened_by_go(call: str, password: str) -> None:
    made = ours.text(f"{{{{ {call} }}}}")
    assert go({"kind": "open truststore", "texts": [made, password]}) == [ours.FIXTURES["chain"]]


@pytest.mark.parametrize("password", ["", "swordfish", "pässwörd", "x" * 72])
def test_hashes_of_ours_are_accepted_by_go(password: str) -> None:
    hashed = ours.text(f'{{{{ bcrypt "{password}" }}}}')
    user, _, in_file = ours.text(f'{{{{ htpasswd "ada" "{password}" "" }}}}').partition(":")
    assert user == "ada"
    assert go(*({"kind": "check bcrypt", "texts": [text, password]} for text in (hashed, in_file))) == ["cost 10"] * 2


@pytest.mark.parametrize("password", ["", "key", "k" * 40])
@pytest.mark.parametrize("text", ["x", "0123456789abcdef", "é" * 1000])
def test_what_either_encrypts_the_other_decrypts(password: str, text: str) -> None:
    encrypt, decrypt = f'{{{{ encryptAES "{password}" .t }}}}', f'{{{{ decryptAES "{password}" .t }}}}'
    (theirs,) = go({"kind": "template", "template": encrypt, "data": {"t": text}})
    assert ours.text(decrypt, {"t": theirs}) == text
    assert go({"kind": "template", "template": decrypt, "data": {"t": ours.text(encrypt, {"t": text})}}) == [text]


@pytest.mark.parametrize("name", ["pemToPkcs12", "fullPemToPkcs12", "pemToPkcs12Pass", "fullPemToPkcs12Pass"])
def test_what_goes_into_an_archive_is_what_the_other_takes_out(name: str) -> None:
    password = '"secret"' if name.endswith("Pass") else ""
    template = f"{{{{ {name} .chain .leaf_key {password} }}}}"
    certificates = ours.FIXTURES["chain" if name.startswith("full") else "leaf"]
    want = ours.FIXTURES["leaf_key"] + certificates
    (theirs,) = go({"kind": "template", "template": template})
    secret = password.strip('"')
    assert go({"kind": "open archive", "texts": [ours.text(template), secret]}) == [want]
    opened = f'{{{{ $p := b64dec .p }}}}{{{{ pkcs12keyPass "{secret}" $p }}}}{{{{ pkcs12certPass "{secret}" $p }}}}'
    assert ours.text(opened, {"p": theirs}) == want


@pytest.mark.parametrize("password", ["", "swordfish", "pässwörd", "x" * 72])
def test_hashes_of_go_are_accepted_by_ours(password: str) -> None:
    templates = [f'{{{{ bcrypt "{password}" }}}}', f'{{{{ htpasswd "ada" "{password}" "" }}}}']
    hashed, in_file = go(*({"kind": "template", "template": template} for template in templates))
    assert bcrypt.checkpw(password.encode(), hashed.encode())
    assert bcrypt.checkpw(password.encode(), in_file.removeprefix("ada:").encode())


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("rsa_jwk", "*rsa.PrivateKey"),
        ("p256_jwk", "*ecdsa.PrivateKey"),
        ("p521_jwk", "*ecdsa.PrivateKey"),
        ("ed25519_jwk", "ed25519.PrivateKey"),
    ],
)
def test_keys_that_ours_takes_out_of_a_jwk_are_read_by_go(name: str, kind: str) -> None:
    made = ours.text(f"{{{{ jwkPrivateKeyPem .{name} }}}}")
    assert go({"kind": "parse key", "texts": [made]}) == [kind]
    assert go({"kind": "template", "template": f"{{{{ jwkPrivateKeyPem .{name} }}}}"}) == [made]


DRAWN = {
    "randAlphaNum": 'regexMatch "^[A-Za-z0-9]{40}$" (randAlphaNum 40)',
    "randAlpha": 'regexMatch "^[A-Za-z]{40}$" (randAlpha 40)',
    "randNumeric": 'regexMatch "^[0-9]{40}$" (randNumeric 40)',
    "randAscii": 'regexMatch "^[ -~]{40}$" (randAscii 40)',
    "randBytes": "eq 33 (len (b64dec (randBytes 33)))",
    "randInt": "has (randInt -2 3) (list -2 -1 0 1 2)",
    "shuffle": 'eq "aabcdé" (shuffle "aébcad" | splitList "" | sortAlpha | join "")',
    "uuidv4": 'regexMatch "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$" uuidv4',
}


@pytest.mark.parametrize("call", DRAWN.values(), ids=DRAWN.keys())
def test_what_is_drawn_has_the_length_and_alphabet_of_gos(call: str) -> None:
    many = f"{{{{ range list {' '.join('1' * 50)} }}}}{{{{ {call} }}}} {{{{ end }}}}"
    assert ours.text(many) == "true " * 50
    assert go({"kind": "template", "template": many}) == ["true " * 50]
