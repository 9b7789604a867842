"""Templates that hash, derive, encrypt and draw, as far as their results are certain."""

# ruff: noqa: E501 - a case is read best on one line
from original import Question

_LONG = "x" * 73

_TEMPLATES = [
    *(f'{{{{ derivePassword 1 "{kind}" "password" "user" "example.com" }}}}' for kind in (
        "maximum", "long", "medium", "short", "basic", "pin", "Long", "")),
    *(f'{{{{ derivePassword {counter} "long" "p" "u" "s" }}}}' for counter in (0, 2, 4294967295, 4294967296, -1, 1.0, 1.5)),
    '{{ derivePassword 1 "long" "" "" "" }}',
    '{{ derivePassword 1 "long" "pä" "ü" "é" }}',
    '{{ derivePassword 1 "long" "p" "u" }}',
    '{{ derivePassword "1" "long" "p" "u" "s" }}',
    '{{ derivePassword 1 2 "p" "u" "s" }}',
    '{{ htpasswd "foo1" "bar1" "sha" }}',
    '{{ htpasswd "" "" "sha" }}',
    '{{ htpasswd "ü" "pä" "sha" }}',
    '{{ htpasswd "a:b" "c" "sha" }}',
    '{{ htpasswd "a:b" "c" "" }}',
    '{{ htpasswd "foo" "bar" }}',
    '{{ htpasswd "foo" "bar" 1 }}',
    '{{ htpasswd "foo" 1 "sha" }}',
    '{{ htpasswd "foo" "bar" .bcrypt_hash }}',
    '{{ "sha" | htpasswd "foo" "bar" }}',
    f'{{{{ htpasswd "foo" "{_LONG}" "" }}}}',
    f'{{{{ bcrypt "{_LONG}" }}}}',
    "{{ bcrypt }}",
    "{{ bcrypt 1 }}",
    '{{ bcrypt "a" "b" }}',
    "{{ bcrypt nil }}",
    '{{ len (bcrypt "a") }}',
    '{{ decryptAES "key" .aes_text }}',
    '{{ decryptAES "" "" }}',
    '{{ decryptAES "wrong" .aes_text | len | lt 1000 }}',
    *(f'{{{{ decryptAES "k" "{text}" }}}}' for text in (
        "!", "AAAA", "AAAAA", "AAA=", "AA==", "AAAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA==", "AAAA\\nAAAA",
        "AAAAAAAAAAAAAAAAAAAA\\n\\n\\n\\n", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "A\\nA\\n=", "A=", "AA=A", "AA=\\nA", "AA==A", "AAA=A",
        "AA\\n", "AAé=",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=")),
    "{{ decryptAES }}",
    '{{ decryptAES "a" }}',
    '{{ decryptAES 1 "AA==" }}',
    '{{ decryptAES "a" 1 }}',
    '{{ encryptAES "k" "" }}',
    '{{ encryptAES "k" }}',
    '{{ encryptAES "k" 1 }}',
    '{{ encryptAES "k" "0123456789abcdef" | len }}',
    '{{ encryptAES "0123456789abcdef0123456789abcdef-and-more" "x\\xff\\x00" | decryptAES "0123456789abcdef0123456789abcdef" }}',
    *(f"{{{{ {name} {count} }}}}" for name in ("randAlphaNum", "randAlpha", "randAscii", "randNumeric", "randBytes")
      for count in ("0", "-1", '"1"', "1.5", "1 2", "nil", "")),
    *(f"{{{{ {name} 40 | len }}}}" for name in ("randAlphaNum", "randAlpha", "randAscii", "randNumeric", "randBytes")),
    "{{ randBytes 1000000000000000000 }}",
    *(f"{{{{ randInt {given} }}}}" for given in (
        "5 6", "-3 -2", "1 1", "2 1", '"1" 2', "1", "", "1 2 3", "9223372036854775806 9223372036854775807",
        "-9223372036854775808 9223372036854775807", "1.0 2.0")),
    *(f"{{{{ shuffle {text} }}}}" for text in ('""', '"aaaa"', '"x"', '"é"', '"\\xff"', "1", "", '"a" "b"', '"\\xc3\\x28" | len')),
    "{{ uuidv4 | len }}",
    "{{ uuidv4 1 }}",
]  # fmt: skip

PASSWORDS: list[Question] = [{"kind": "template", "template": template} for template in _TEMPLATES]
