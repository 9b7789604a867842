"""Templates that pick from PEM, and that decrypt with a key in PEM."""

# ruff: noqa: E501 - a case is read best on one line
from original import Question

_TEXTS = (
    ".chain", ".leaf", ".root", ".chain_and_key", ".headed", '""', '"junk"', '(print "junk\\n" .chain)', '(print .leaf "junk" .root)',
    '(print .leaf "\\n\\n  junk\\n" .root "junk")', '(print "junk" .leaf)', '(.leaf | replace "\\n" "\\r\\n")', '(.leaf | replace "\\n" " \\n")',
    '(.leaf | replace "END CERT" "END XCERT")', '(print (.leaf | replace "END CERT" "END XCERT") .root)', "(.leaf | trunc 100)",
    '(print "-----BEGIN X-----\\n" .leaf)', '"-----BEGIN A-----\\n-----END A-----\\n"', '"-----BEGIN A-----\\n-----END A-----"',
    '"-----BEGIN A-----\\nA: b\\n-----END A-----\\n"', '"-----BEGIN A-----\\nA: b\\n\\nAAAA\\n-----END A----- x\\n"',
    '"-----BEGIN A-----\\n!\\n-----END A-----\\n"', '"-----BEGIN A-----\\nAA==\\n-----END B-----\\n"', '"-----BEGIN A-----"',
    '"-----BEGIN A\\nAAAA\\n-----END A-----\\n"', '"-----BEGIN A-----\\nAA AA\\n\\tAAAA\\n-----END A-----\\nrest"',
    '"-----BEGIN A-----\\nB:c\\nAAAA"', '"-----BEGIN A-----\\nAAA\\n-----END A-----\\n"',
)  # fmt: skip
_CHAINS = (
    "chain", "mixed_chain", "no_root", "leaf", "lower", "root", "other", "disjunct", "cycle", "tailed_cycle", "chain_and_key", "headed", "odd",
)  # fmt: skip
_SANS = (
    ".leaf", ".root", ".chain", ".odd", '""', '"invalid"', '(print "junk\\n" .leaf)', ".rsa_key", ".headed", ".rsa_cert",
    '(.leaf | replace "CERTIFICATE" "X")', '"-----BEGIN CERTIFICATE-----\\nMAA=\\n-----END CERTIFICATE-----\\n"',
    '"-----BEGIN CERTIFICATE-----\\nMAIwAA==\\n-----END CERTIFICATE-----\\n"',
    '"-----BEGIN CERTIFICATE-----\\nMAUwAwIBAQ==\\n-----END CERTIFICATE-----\\n"',
)  # fmt: skip
_WRONG = (
    "{{ filterPEM }}",
    '{{ filterPEM "A" }}',
    "{{ filterPEM 1 2 }}",
    '{{ filterPEM "A" "B" "C" }}',
    '{{ filterPEM "A" nil }}',
)

_TEMPLATES = [
    *(f'{{{{ filterPEM "{label}" {text} }}}}' for text in _TEXTS for label in ("CERTIFICATE", "private key", "A", "note")),
    *_WRONG,
    *(text.replace("filterPEM", "filterCertChain") for text in _WRONG),
    *(f'{{{{ filterCertChain "{part}" .{chain} }}}}' for chain in _CHAINS for part in ("leaf", "intermediate", "root", "Leaf")),
    *(f'{{{{ filterCertChain "leaf" {text} }}}}' for text in ('""', '"junk"', '(print "junk\\n" .leaf)')),
    *(f'{{{{ certSANs {text} | join "," }}}}' for text in _SANS),
    "{{ certSANs .leaf }}", "{{ index (certSANs .leaf) 1 }}", "{{ certSANs .leaf | len }}", '{{ printf "%T" (certSANs .leaf) }}',
    "{{ certSANs }}", "{{ certSANs 1 }}", "{{ certSANs .leaf 1 }}",
    *(f'{{{{ rsaDecrypt "{scheme}" "{digest}" .oaep_{made} .{key} }}}}' for scheme, digest, made, key in (
        ("RSA-OAEP", "SHA1", "sha1", "rsa_key"), ("RSA-OAEP", "SHA256", "sha256", "rsa_pkcs8_key"), ("RSA-OAEP", "SHA512", "sha512", "rsa_key"),
        ("RSA-OAEP", "None", "sha256", "rsa_key"), ("RSA-OAEP", "", "sha256", "rsa_key"), ("RSA-OAEP", "sha1", "sha1", "rsa_key"),
        ("RSA-OAEP", "SHA256", "sha1", "rsa_key"), ("RSA-OAEP", "SHA256", "sha256", "p256_key"), ("RSA-OAEP", "SHA256", "sha256", "leaf_key"),
        ("RSA-OAEP", "SHA256", "sha256", "dsa_key"), ("RSA-OAEP", "SHA256", "sha256", "leaf"), ("None", "", "sha1", "leaf"),
        ("none", "", "sha1", "rsa_key"), ("", "", "sha1", "rsa_key"), ("RSA-OAEP", "SHA256", "sha256", "headed"))),
    '{{ rsaDecrypt "RSA-OAEP" "SHA1" "" .rsa_key }}', '{{ rsaDecrypt "RSA-OAEP" "SHA1" "x" "junk" }}', '{{ rsaDecrypt "None" "" "x" "" }}',
    '{{ rsaDecrypt "None" "" "x" }}', '{{ rsaDecrypt "None" "" 1 "" }}', "{{ rsaDecrypt }}",
]  # fmt: skip

PEMS: list[Question] = [{"kind": "template", "template": template} for template in _TEMPLATES]
