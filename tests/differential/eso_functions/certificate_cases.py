"""Templates that make keys and certificates, as far as their results are certain, and certificates to make alike."""

# ruff: noqa: E501 - a case is read best on one line
from original import Issue, Question

_WITH_KEYS = (
    "rsa_key",
    "rsa_pkcs8_key",
    "p256_key",
    "p384_key",
    "ed25519_key",
    "x25519_key",
    "dsa_key",
    "leaf_key",
    "leaf",
)
_BROKEN_KEYS = (
    '""', '"x"', '"-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\\n"',
    '"-----BEGIN RSA PRIVATE KEY-----\\n\\n-----END RSA PRIVATE KEY-----\\n"',
    '"-----BEGIN EC PRIVATE KEY-----\\nMAA=\\n-----END EC PRIVATE KEY-----\\n"',
    '"-----BEGIN DSA PRIVATE KEY-----\\nMAMCAQA=\\n-----END DSA PRIVATE KEY-----\\n"',
    '"-----BEGIN ODD PRIVATE KEY-----\\nMAA=\\n-----END ODD PRIVATE KEY-----\\n"',
    '(.rsa_key | replace "RSA PRIVATE" "PRIVATE")', '(.rsa_key | replace "RSA " "EC ")',
    '(.p256_key | replace "EC PRIVATE" "PRIVATE")', '(.p256_key | replace "EC " "RSA ")',
    '(.ed25519_key | replace "PRIVATE" "RSA PRIVATE")', '(.ed25519_key | replace "PRIVATE" "EC PRIVATE")', "1",
)  # fmt: skip
_NAMES = (
    'list "192.0.2.1" "::1"',
    "list 1",
    'list "x"',
    'list "1.2.3.04"',
    'list "fe80::1%eth0"',
    'list ""',
    "list nil",
    '"x"',
    "list (list 1)",
)
_HOSTS = ('list "a.example"', "list 1", 'list "ä.example"', 'list ""', "list nil", '"x"', "dict")
_SIGNED = 'genSignedCertWithKey "cn" (list) (list) 1'

_TEMPLATES = [
    *(f'{{{{ genPrivateKey "{kind}" | trunc 30 }}}}' for kind in ("ecdsa", "ed25519", "RSA", "x", "é")),
    "{{ genPrivateKey }}", "{{ genPrivateKey 1 }}", '{{ genPrivateKey "rsa" "x" }}', "{{ genPrivateKey nil }}",
    *(f'{{{{ (genCAWithKey "cn" 1 .{key}).Key }}}}' for key in _WITH_KEYS),
    *(f'{{{{ genCAWithKey "cn" 1 {key} }}}}' for key in _BROKEN_KEYS),
    "{{ genCA }}", '{{ genCA "cn" }}', "{{ genCA 1 1 }}", '{{ genCA "cn" "1" }}', '{{ genCA "cn" 1 2 }}',
    '{{ genCAWithKey "cn" 1 }}', '{{ (genCAWithKey "cn" 1 .p256_key).Nope }}', '{{ genCAWithKey "cn\\xff" 1 .p256_key }}',
    *(f'{{{{ (genSelfSignedCertWithKey "cn" ({names}) (list) 1 .p256_key).Cert | trunc 27 }}}}' for names in _NAMES),
    *(f'{{{{ (genSelfSignedCertWithKey "cn" (list) ({hosts}) 1 .p256_key).Cert | trunc 27 }}}}' for hosts in _HOSTS),
    *(f'{{{{ (genSelfSignedCertWithKey "cn" nil nil 1 .{key}).Key }}}}' for key in _WITH_KEYS),
    '{{ genSelfSignedCert "cn" nil nil }}', "{{ genSelfSignedCert 1 nil nil 1 }}", '{{ genSelfSignedCert "cn" 1 nil 1 }}',
    '{{ genSelfSignedCert "cn" (list 1) nil 1 }}', '{{ genSelfSignedCert "cn" nil (list 1) 1 }}',
    '{{ genSelfSignedCert "cn" nil nil "1" }}', '{{ genSelfSignedCertWithKey "cn" nil nil 1 }}',
    '{{ genSelfSignedCertWithKey "cn" nil nil 1 "x" }}',
    f'{{{{ $ca := genCAWithKey "ca" 1 .p256_key }}}}{{{{ ({_SIGNED} $ca .rsa_key).Key }}}}',
    *(f'{{{{ $ca := genCAWithKey "ca" 1 .p256_key }}}}{{{{ ({_SIGNED} $ca .{key}).Key | trunc 20 }}}}' for key in _WITH_KEYS),
    f'{{{{ $ca := genCAWithKey "cn" 1 .p256_key }}}}{{{{ ({_SIGNED} $ca .rsa_key).Cert | trunc 27 }}}}',
    f'{{{{ {_SIGNED} "x" .rsa_key }}}}', f"{{{{ {_SIGNED} nil .rsa_key }}}}", f'{{{{ {_SIGNED} (dict "Cert" "x") .rsa_key }}}}',
    '{{ genSignedCert "cn" nil nil 1 }}', '{{ genSignedCert "cn" nil nil 1 "x" }}', '{{ genSignedCert "cn" nil nil 1 nil }}',
    "{{ genSignedCert 1 nil nil 1 . }}", '{{ genSignedCert "cn" (list 1) nil 1 (buildCustomCert .rsa_cert_b64pem .rsa_key_b64pem) }}',
    f"{{{{ {_SIGNED} (buildCustomCert .p256_cert_b64pem .rsa_key_b64pem) .p256_key }}}}",
    "{{ (buildCustomCert .rsa_cert_b64pem .rsa_key_b64pem).Cert }}", "{{ (buildCustomCert .rsa_cert_b64pem .rsa_key_b64pem).Key }}",
    "{{ buildCustomCert .rsa_cert_b64pem .rsa_key_b64pem }}",
    '{{ buildCustomCert "!" "!" }}', '{{ buildCustomCert "" "" }}', '{{ buildCustomCert .rsa_cert_b64pem "!" }}',
    '{{ buildCustomCert .rsa_cert_b64pem "" }}', "{{ buildCustomCert .rsa_key_b64pem .rsa_key_b64pem }}",
    '{{ buildCustomCert .rsa_cert_b64pem (b64enc "x") }}', "{{ buildCustomCert 1 2 }}", '{{ buildCustomCert "x" }}',
    "{{ buildCustomCert .rsa_cert_b64pem .rsa_cert_b64pem }}",
]  # fmt: skip

CERTIFICATES: list[Question] = [{"kind": "template", "template": template} for template in _TEMPLATES]

_BASE: Issue = {"common_name": "cn", "serial": "1", "not_before_s": 1_800_000_000, "days": 365, "key": "rsa_key"}
_ISSUES: list[Issue] = [
    _BASE,
    {**_BASE, "is_ca": True},
    {**_BASE, "is_ca": True, "key": "ed25519_key"},
    {**_BASE, "serial": "0"},
    {**_BASE, "serial": str((1 << 128) - 1)},
    {**_BASE, "serial": str(1 << 127)},
    {**_BASE, "common_name": ""},
    {**_BASE, "common_name": "", "dns": ["a.example"]},
    {**_BASE, "common_name": "*.example & é"},
    {**_BASE, "common_name": "x" * 200},
    {**_BASE, "days": 0},
    {**_BASE, "days": -400},
    {**_BASE, "days": 36_500},
    {**_BASE, "days": 106_752},
    {**_BASE, "not_before_s": 0},
    {**_BASE, "not_before_s": 4_000_000_000},
    {**_BASE, "dns": ["a.example", "*.b.example", ""], "addresses": ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.9"]},
    {**_BASE, "key": "p384_key", "signer": "rsa_cert", "signer_key": "rsa_key"},
    {**_BASE, "common_name": "self", "key": "p521_key", "signer": "rsa_cert", "signer_key": "rsa_key"},
    {**_BASE, "key": "ed25519_key", "signer": "ed25519_cert", "signer_key": "ed25519_key", "is_ca": True},
]
ISSUED: list[Question] = [{"kind": "issue", "issue": issue} for issue in _ISSUES]
