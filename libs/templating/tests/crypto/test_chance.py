"""Functions of chance take it from the environment, use all of their alphabet and nothing else."""

import contextlib
import json
import random
import string
import uuid
from collections import Counter

import bcrypt
import pytest
from crypto_templates import FIXTURES, environment_of, text
from hypothesis import given
from hypothesis import strategies as st

from bulkhead_templating import Environment
from bulkhead_templating.pki import base64_text, pem, rc2
from bulkhead_templating.pki.base64_text import Base64Error
from bulkhead_templating.sprig.random import below

ALPHABETS = {
    "randAlphaNum": string.ascii_letters + string.digits,
    "randAlpha": string.ascii_letters,
    "randNumeric": string.digits,
    "randAscii": "".join(map(chr, range(32, 127))),
}


@pytest.mark.parametrize(("name", "alphabet"), ALPHABETS.items())
def test_every_character_of_the_alphabet_is_drawn_and_no_other(name: str, alphabet: str) -> None:
    drawn = text(f"{{{{ {name} 20000 }}}}")
    assert len(drawn) == 20000
    assert set(drawn) == set(alphabet)


def test_the_same_bytes_of_the_environment_give_the_same_result() -> None:
    template = (
        '{{ randAlphaNum 9 }} {{ randBytes 9 }} {{ randInt 1 99 }} {{ shuffle "abcdef" }} {{ uuidv4 }}'
        '{{ bcrypt "x" }}{{ genPrivateKey "ecdsa" }}{{ genPrivateKey "ed25519" }}{{ encryptAES "k" "t" }}'
        '{{ (genSelfSignedCertWithKey "cn" nil nil 1 .rsa_key).Cert }}{{ pemTruststoreToPKCS12 .root }}'
    )
    assert text(template) == text(template)


@given(st.integers(1, 2**70), st.integers(0, 2**32))
def test_a_number_is_drawn_below_its_bound(bound: int, seed: int) -> None:
    source = random.Random(seed)  # noqa: S311 - chance that can be repeated
    environment = Environment(now_ns=0, random_bytes=source.randbytes)
    assert 0 <= below(environment, bound) < bound


def test_all_numbers_of_a_range_are_drawn_alike() -> None:
    source = random.Random(7)  # noqa: S311 - chance that can be repeated
    environment = Environment(now_ns=0, random_bytes=source.randbytes)
    counted = Counter(below(environment, 6) for _ in range(6000))
    assert set(counted) == set(range(6))
    assert max(counted.values()) < 1.2 * min(counted.values())


def test_a_shuffled_text_has_the_same_characters() -> None:
    assert sorted(text('{{ shuffle "aabcdé" }}')) == sorted("aabcdé")


def test_a_uuid_says_that_it_was_drawn() -> None:
    made = uuid.UUID(text("{{ uuidv4 }}"))
    assert (made.version, made.variant) == (4, uuid.RFC_4122)


def test_hashes_that_go_made_are_accepted() -> None:
    assert bcrypt.checkpw(b"swordfish", FIXTURES["bcrypt_hash"].encode())


@given(st.binary(max_size=40))
def test_base64_takes_what_go_writes(data: bytes) -> None:
    import base64 as library  # the module of the same subject has the short name here

    assert base64_text.decode(library.encodebytes(data)) == data


@given(st.binary(max_size=30))
def test_anything_is_base64_or_refused(data: bytes) -> None:
    with contextlib.suppress(Base64Error):
        assert len(base64_text.decode(data)) * 4 <= len(data) * 3


@given(
    st.lists(st.sampled_from([b"-----BEGIN A-----", b"-----END A-----", b"\n", b"A: b", b"AAAA", b"-", b" ", b"\r"]))
)
def test_reading_blocks_always_ends_and_loses_nothing_behind_them(pieces: list[bytes]) -> None:
    rest = b"".join(pieces)
    while (found := pem.decode(rest)).block is not None:
        assert len(found.rest) < len(rest)
        rest = found.rest
    assert found.rest == rest


# With a colon in its label, the end of a block without data is a header, to Go as well.
@given(st.binary(max_size=30), st.binary(max_size=20).filter(lambda label: not set(label) & set(b"\n\r-:")))
def test_a_block_that_was_written_is_read(data: bytes, label: bytes) -> None:
    label = label.rstrip(b" \t")
    found = pem.decode(pem.encode(pem.PemBlock(label=label, data=data)))
    assert found.block == pem.PemBlock(label=label, data=data)


def test_rc2_decrypts_the_vectors_of_the_rfc() -> None:
    """RFC 2268, section 5, those with as many effective bits as the key has."""
    for key, plain, cipher in (
        ("ffffffffffffffff", "ffffffffffffffff", "278b27e42e2f0d49"),
        ("3000000000000000", "1000000000000001", "30649edf9be7d2c2"),
        ("88bca90e90875a7f0f79c384627bafb2", "0000000000000000", "2269552ab0f85ca6"),
    ):
        made = rc2.decrypt_cbc(bytes.fromhex(key), bytes(8), bytes.fromhex(cipher))
        assert made.hex() == plain


def test_fixtures_are_recorded_as_text() -> None:
    assert json.loads(json.dumps(FIXTURES)) == FIXTURES
    assert environment_of().random_bytes(3) == b"\x00\x01\x02"
