"""What Go demands of the numbers of an RSA key; it does not ask whether primes are prime.

Source: Go, package crypto/rsa.
"""

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa

_LARGEST_EXPONENT: Final = (1 << 31) - 1
_DISTANCE_BITS: Final = 100


class RsaKeyError(Exception):
    """Numbers make no key; the message is Go's and quotes none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RsaNumbers:
    """The numbers of a private key; what can be computed of others may be zero."""

    n: int
    e: int
    d: int
    p: int
    q: int
    dp: int = 0
    dq: int = 0
    q_inverse: int = 0


def key_of(numbers: RsaNumbers) -> rsa.RSAPrivateKey:
    """Make the key.

    Raises:
        RsaKeyError: the numbers do not belong together.
    """
    problem = _problem(numbers)
    if problem:
        raise RsaKeyError(problem)
    d, p, q = numbers.d, numbers.p, numbers.q
    try:
        return rsa.RSAPrivateNumbers(
            p=p,
            q=q,
            d=d,
            dmp1=numbers.dp or d % (p - 1),
            dmq1=numbers.dq or d % (q - 1),
            iqmp=numbers.q_inverse or pow(q, -1, p),
            public_numbers=rsa.RSAPublicNumbers(numbers.e, numbers.n),
        ).private_key()
    except ValueError as error:
        # What only the library refuses: keys that are too short, and numbers that are no primes.
        raise RsaKeyError("crypto/rsa: invalid prime") from error


def _problem(numbers: RsaNumbers) -> str | None:
    n, e, d, p, q = numbers.n, numbers.e, numbers.d, numbers.p, numbers.q
    exponents = [numbers.dp or d % max(p - 1, 1), numbers.dq or d % max(q - 1, 1)]
    checks = (
        (min(n, p, q) <= 1, "modulus must be > 1"),
        (n % 2 == 0, "crypto/rsa: public modulus is even"),
        (e < 2, "crypto/rsa: public exponent too small or negative"),
        (e % 2 == 0, "crypto/rsa: public exponent is even"),
        (e > _LARGEST_EXPONENT, "crypto/rsa: public exponent too large"),
        (p * q != n, "crypto/rsa: p * q != n"),
        (any(exponent * e % (prime - 1 or 1) != 1 for exponent, prime in zip(exponents, (p, q), strict=True)),
         "crypto/rsa: invalid CRT exponent"),
        (bool(numbers.q_inverse) and numbers.q_inverse * q % (p or 1) != 1, "crypto/rsa: invalid CRT coefficient"),
        (d % (p - 1 or 1) != exponents[0], "crypto/rsa: d does not match dP"),
        (d % (q - 1 or 1) != exponents[1], "crypto/rsa: d does not match dQ"),
        (abs(p - q).bit_length() <= n.bit_length() // 2 - _DISTANCE_BITS, "crypto/rsa: |p - q| too small"),
        (d.bit_length() <= n.bit_length() // 2, "crypto/rsa: d too small"),
    )  # fmt: skip
    return next((message for wrong, message in checks if wrong), None)
