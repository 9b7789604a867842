"""The generators that ask nobody: Fake, UUID, SSHKey and MFA."""

import re
from typing import Final

from bulkhead_validation.generators.fields import check_moment, check_secret_key
from bulkhead_validation.generators.home import Home
from bulkhead_validation.generators.references import check_secret
from bulkhead_validation.node import Node

_LEAST_RSA_BITS: Final = 1024
_USUAL_RSA_BITS: Final = 2048
_ECDSA_BITS: Final = frozenset({256, 384, 521})
_CODE_DIGITS: Final = range(6, 11)
_ALGORITHMS: Final = frozenset({"sha1", "sha256", "sha384", "sha512", "sha512_256"})


def check_fake(spec: Node, _: Home) -> None:
    """Look at the spec of a Fake; its values are never looked at."""
    data = spec.at("data")
    if not data.fields():
        data.doubtful("has no entries, so that nothing is generated")
    for key, entry in data.entries():
        check_secret_key(entry, key)


def check_uuid(spec: Node, _: Home) -> None:
    """Look at the spec of a UUID, which has no fields."""
    spec.fields()


def check_ssh_key(spec: Node, _: Home) -> None:
    """Look at the spec of an SSHKey.

    Source: ESO, generators/v1/sshkey; Go, package crypto/rsa, GenerateKey.
    """
    kind, size = spec.at("keyType").text("rsa") or "rsa", spec.at("keySize")
    if size.present:
        _check_size(kind, size)
    comment = spec.at("comment")
    if re.search(r"[\r\n]", comment.text()):
        comment.doubtful("has more than one line, of which the rest is read as further keys: write one line")


def _check_size(kind: str, size: Node) -> None:
    bits = size.integer(_USUAL_RSA_BITS)
    if kind == "ed25519":
        size.doubtful("is not looked at for ed25519, whose keys have one size: leave it out")
    elif kind == "ecdsa" and bits not in _ECDSA_BITS:
        size.doubtful("is none of 256, 384 and 521, so that the key gets 256 bits: write one of them")
    elif kind == "rsa" and bits < _LEAST_RSA_BITS:
        size.never_works(f"is less than {_LEAST_RSA_BITS}, which no RSA key may have: write {_USUAL_RSA_BITS} or more")
    elif kind == "rsa" and bits < _USUAL_RSA_BITS:
        size.doubtful(f"is weak for RSA: write {_USUAL_RSA_BITS} or more")


def check_mfa(spec: Node, home: Home) -> None:
    """Look at the spec of an MFA.

    Source: ESO, generators/v1/mfa; RFC 4226, section 5.3.
    """
    check_secret(spec.at("secret"), home)
    length, period, algorithm = spec.at("length"), spec.at("timePeriod"), spec.at("algorithm")
    digits = length.integer(_CODE_DIGITS.start)
    if digits <= 0:
        length.doubtful("is not more than zero, which counts as 6: write the number of digits")
    elif digits not in _CODE_DIGITS:
        length.doubtful("is no length of a code: they have 6 to 10 digits")
    if period.integer(1) <= 0:
        period.doubtful("is not more than zero, which counts as 30: write the seconds that a code lasts")
    if algorithm.text() and algorithm.text() not in _ALGORITHMS:
        algorithm.doubtful("is no algorithm of ESO, which takes sha1 whatever stands here: leave it out")
    elif algorithm.text() not in {"", "sha1"}:
        algorithm.doubtful("is not looked at by ESO, which always takes sha1: the codes may be of no use")
    check_moment(spec.at("when"))
    if spec.at("when").text():
        spec.at("when").doubtful("makes the code of that moment for ever: leave it out for the code of now")
