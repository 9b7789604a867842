"""Templates that make PEM of JSON Web Keys."""

import json

# ruff: noqa: E501 - a case is read best on one line
from original import Question

_FIXTURES = ("rsa", "p256", "p384", "p521", "ed25519")
_FUNCTIONS = ("jwkPublicKeyPem", "jwkPrivateKeyPem")
_X = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
_TEXTS = [
    "", " ", "x", "{", "[]", "null", '"a"', "1", "true", "{}", '{"kty":1}', '{"kty":null}', '{"kty":"x"}', '{"kty":"rsa"}', '{"KTY":"oct","k":"AA"}',
    '{"kty":"oct","k":"AA"}', '{"kty":"oct"}', '{"kty":"oct","k":1}', '{"kty":"oct","k":"!"}', '{"kty":"oct","k":null}', '{"kty":"oct","k":"AA"} x',
    '{"kty":"RSA"}', '{"kty":"RSA","n":"AQAB"}', '{"kty":"RSA","e":"AQAB"}', '{"kty":"RSA","n":"AQAB","e":"AQAB"}', '{"kty":"RSA","n":"","e":""}',
    '{"kty":"RSA","n":"AQ==","e":"Aw=="}', '{"kty":"RSA","n":"+/+/","e":"Aw"}', '{"kty":"RSA","n":"-_-_","e":"Aw"}', '{"kty":"RSA","n":"+/-_","e":"Aw"}',
    '{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}', '{"kty":"RSA","n":"AQAB","e":"AQAB","d":""}', '{"kty":"RSA","n":"AQAB","e":"AQAB","d":1}',
    '{"kty":"RSA","n":"A","e":"AQAB"}', '{"kty":"RSA","n":[],"e":"AQAB"}', '{"kty":"RSA","n":"AQAB","e":"AQAB","kid":1}',
    '{"kty":"RSA","n":"AQAB","e":"AQAB","extra":{"a":[1]}}', '{"kty":"RSA","n":"AQAB","e":"//////////////8"}',
    '{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQ","p":"Aw","q":"BQ"}',
    '{"kty":"EC"}', '{"kty":"EC","crv":"P-256"}', '{"kty":"EC","crv":"P-256","x":"AA"}', '{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}',
    '{"kty":"EC","crv":"P-999","x":"AA","y":"AA"}', '{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}', '{"kty":"EC","crv":1,"x":"AA","y":"AA"}',
    '{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}', '{"kty":"EC","crv":"","x":"AA","y":"AA","d":"AQ"}',
    '{"kty":"EC","crv":"P-521","x":"AA","y":"AQ"}', '{"kty":"EC","crv":"P-384","x":"AQ","y":"AQ","d":"AQ"}',
    '{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ","d":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}',
    '{"kty":"RSA","n":"Dw","e":"AQAB","d":"AQ","p":"Aw","q":"BQ"}', '{"kty":"RSA","n":"Dw","e":"Ag","d":"AQ","p":"Aw","q":"BQ"}',
    '{"kty":"RSA","n":"Dg","e":"Aw","d":"AQ","p":"Aw","q":"BQ"}', '{"kty":"RSA","n":"Dw","e":"AQ","d":"AQ","p":"Aw","q":"BQ"}',
    '{"kty":"RSA","n":"Dw","e":"Aw","d":"Aw","p":"Aw","q":"BQ","dp":"AQ","dq":"Aw","qi":"Ag"}',
    '{"kty":"OKP"}', '{"kty":"OKP","crv":"Ed25519"}', f'{{"kty":"OKP","crv":"Ed25519","x":"{_X}"}}', '{"kty":"OKP","crv":"Ed25519","x":"AA"}',
    f'{{"kty":"OKP","crv":"X25519","x":"{_X}"}}', f'{{"kty":"OKP","crv":"Ed448","x":"{_X}"}}', f'{{"kty":"OKP","crv":"Ed25519","x":"{_X}","d":"AA"}}',
    f'{{"kty":"OKP","crv":"Ed25519","x":"{_X}","d":"{_X}"}}', f'{{"kty":"OKP","crv":"X25519","x":"{_X}","d":"{_X}"}}',
    f'{{"kty":"OKP","crv":"Ed448","x":"{_X}","d":"{_X}"}}', f'{{"kty":"OKP","crv":"Ed25519","x":"{_X}","d":""}}',
    f'{{"kty":"OKP","crv":"X25519","x":"{_X}","d":"AA"}}',
    json.dumps({"kty": "OKP", "crv": "X25519", "d": _X, "x": "L-V9o0fNYkMVKNqsX7spBzD_9oSvxM_C7ZAIkxIPdlI"}),
]  # fmt: skip

_TEMPLATES = [
    *(
        f"{{{{ {function} .{name}{half} }}}}"
        for function in _FUNCTIONS
        for name in _FIXTURES
        for half in ("_jwk", "_public_jwk")
    ),
    *(f"{{{{ {function} }}}}" for function in _FUNCTIONS),
    *(f"{{{{ {function} 1 }}}}" for function in _FUNCTIONS),
    *(f'{{{{ {function} "x" "y" }}}}' for function in _FUNCTIONS),
]

JWKS: list[Question] = [
    *({"kind": "template", "template": template} for template in _TEMPLATES),
    *(
        {"kind": "template", "template": f"{{{{ {function} .text }}}}", "data": {"text": text}}
        for function in _FUNCTIONS
        for text in _TEXTS
    ),
]
