"""Templates that open and make PKCS#12 archives, and archives that are made alike."""

# ruff: noqa: E501 - a case is read best on one line
from original import Question

_KINDS = ("modern", "pbmac1", "des", "rc2")
_MAKERS = ("pemToPkcs12", "fullPemToPkcs12")

_TEMPLATES = [
    *(f"{{{{ pkcs12{part} .{kind}_nopass_p12 }}}}" for part in ("key", "cert") for kind in _KINDS),
    *(f'{{{{ pkcs12{part}Pass "pässword" .{kind}_p12 }}}}' for part in ("key", "cert") for kind in _KINDS),
    *(f'{{{{ pkcs12{part}Pass "{password}" .{kind}_p12 }}}}' for part in ("key", "cert") for kind in _KINDS for password in ("wrong", "")),
    *(f"{{{{ pkcs12{part} .{kind}_p12 }}}}" for part in ("key", "cert") for kind in ("modern", "rc2")),
    *(f'{{{{ pkcs12{part}Pass "{password}" .{kind} }}}}' for part in ("key", "cert") for password, kind in (
        ("", "plain_p12"), ("x", "plain_p12"), ("secret", "store_p12"), ("secret", "disjunct_p12"), ("", "chain"), ("🔑", "modern_p12"),
        ("x", "modern_nopass_p12"))),
    *(f"{{{{ pkcs12{part} {text} }}}}" for part in ("key", "cert") for text in (
        '""', '"x"', '"0"', '"0\\x00"', '"0\\x80"', '"\\x30\\x03\\x02\\x01\\x03"', "1", "", '"a" "b"', "(.modern_nopass_p12 | trunc 50)",
        '"0\\x05\\x02\\x01\\x02\\x30\\x00"', '"\\x30\\x0a\\x02\\x01\\x03"', '"\\x02\\x01\\x03"', '(print .modern_nopass_p12 "x")')),
    "{{ pkcs12keyPass }}", '{{ pkcs12keyPass "x" }}', '{{ pkcs12keyPass 1 "x" }}', "{{ pkcs12certPass }}", '{{ pkcs12certPass "x" 1 }}',
    *(f"{{{{ {maker} .leaf {key} }}}}" for maker in _MAKERS for key in ('""', '"junk"', ".leaf", ".dsa_key", "1", "")),
    *(f"{{{{ {maker} {text} .leaf_key }}}}" for maker in _MAKERS for text in ('""', '"junk"', ".leaf_key")),
    *(f'{{{{ {maker}Pass .leaf .leaf_key "🔑" }}}}' for maker in _MAKERS),
    *(f"{{{{ {maker}Pass .leaf .leaf_key }}}}" for maker in _MAKERS),
    *(f"{{{{ {maker} .chain .leaf_key | b64dec | pkcs12cert }}}}" for maker in _MAKERS),
    *(f'{{{{ {maker}Pass .mixed_chain .{key} "s" | b64dec | pkcs12keyPass "s" }}}}' for maker in _MAKERS for key in (
        "leaf_key", "rsa_key", "rsa_pkcs8_key", "p256_key", "p521_key", "ed25519_key", "x25519_key")),
    '{{ fullPemToPkcs12 (print .leaf "\\n") .leaf_key }}', "{{ fullPemToPkcs12 (print .leaf .leaf_key) .leaf_key }}",
    '{{ pemToPkcs12 (print .leaf "junk") .leaf_key | b64dec | pkcs12cert }}', '{{ fullPemToPkcs12 (print "junk\\n" .leaf) .leaf_key | b64dec | pkcs12cert }}',
    '{{ pemTruststoreToPKCS12 "junk" }}', "{{ pemTruststoreToPKCS12 .leaf_key }}", '{{ pemTruststoreToPKCS12 (print .leaf "\\n") }}',
    "{{ pemTruststoreToPKCS12 1 }}", "{{ pemTruststoreToPKCS12 }}", '{{ pemTruststoreToPKCS12Pass .leaf "🔑" }}', "{{ pemTruststoreToPKCS12Pass .leaf }}",
    '{{ pemTruststoreToPKCS12 "" | b64dec | pkcs12cert }}', "{{ pemTruststoreToPKCS12 .chain | b64dec | pkcs12cert }}",
]  # fmt: skip

ARCHIVES: list[Question] = [{"kind": "template", "template": template} for template in _TEMPLATES]
MADE: list[Question] = [
    *({"kind": "archive", "texts": [chain, key, password]} for chain, key, password in (
        ("leaf", "leaf_key", ""), ("chain", "leaf_key", "secret"), ("chain", "rsa_key", "pässword \xff"), ("mixed_chain", "p384_key", "x" * 100),
        ("leaf", "ed25519_key", "\ufffd"), ("leaf", "x25519_key", "a"), ("leaf", "p224_key", "a"))),
    *({"kind": "truststore", "texts": [certs, password]} for certs, password in (
        ("root", ""), ("chain", "secret"), ("odd", "secret"), ("", "secret"), ("leaf", "ä"))),
]  # fmt: skip
