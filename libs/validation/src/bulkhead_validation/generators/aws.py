"""The generators that ask AWS: ECRAuthorizationToken and STSSessionToken."""

import re
from typing import Final

from bulkhead_validation.generators.home import Home
from bulkhead_validation.generators.references import (
    check_account,
    check_secret,
    check_secret_if_given,
)
from bulkhead_validation.node import Node

_REGION: Final = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?")
_ROLE: Final = re.compile(r"arn:[a-z0-9-]+:iam::[0-9]{12}:role/.+")
_CODE: Final = re.compile(r"[0-9]{6}")
_SESSION_SECONDS: Final = range(900, 129_600 + 1)
_PUBLIC_REGION: Final = "us-east-1"


def check_ecr(spec: Node, home: Home) -> None:
    """Look at the spec of an ECRAuthorizationToken.

    Source: ESO, generators/v1/ecr.
    """
    auth = spec.at("auth")
    check_key_pair(auth.at("secretRef"), home)
    if auth.at("jwt").present:
        # It is gone through in any case, and then its credentials are replaced.
        check_jwt(auth.at("jwt"), home)
        if auth.at("secretRef").present:
            auth.at("jwt").doubtful("is of no use beside secretRef: leave one of them out")
    _check_region(spec.at("region"))
    check_role(spec.at("role"))
    scope = spec.at("scope").text()
    if scope not in {"", "public", "private"}:
        spec.at("scope").doubtful("is neither public nor private, which counts as private")
    if scope == "public" and spec.at("region").text() not in {"", _PUBLIC_REGION}:
        spec.at("region").doubtful(f"has no tokens for public registries, which come from {_PUBLIC_REGION}")


def check_sts(spec: Node, home: Home) -> None:
    """Look at the spec of an STSSessionToken.

    Source: ESO, generators/v1/sts; AWS, GetSessionToken.
    """
    auth = spec.at("auth")
    if auth.at("jwt").present:
        auth.at("jwt").never_works("gives credentials that get no session token: use secretRef")
    check_key_pair(auth.at("secretRef"), home)
    _check_region(spec.at("region"))
    check_role(spec.at("role"))
    if spec.at("role").text():
        spec.at("role").doubtful("gives credentials of a session, to which AWS gives no session token: leave it out")
    _check_request(spec.at("requestParameters"))


def check_key_pair(pair: Node, home: Home) -> None:
    """Look at the three references of an AWS access key; an absent pair is right."""
    if not pair.present:
        return
    check_secret(pair.at("accessKeyIDSecretRef"), home)
    check_secret(pair.at("secretAccessKeySecretRef"), home)
    check_secret_if_given(pair.at("sessionTokenSecretRef"), home)


def check_jwt(jwt: Node, home: Home) -> None:
    """Look at a login with the token of a ServiceAccount."""
    check_account(jwt.at("serviceAccountRef"), home)


def check_role(role: Node) -> None:
    """Look at the role that is assumed; an absent or empty one is right."""
    if role.text() and _ROLE.fullmatch(role.text()) is None:
        role.doubtful("is no name of a role such as arn:aws:iam::123456789012:role/reader")


def _check_region(region: Node) -> None:
    if not region.text():
        region.doubtful("is empty, so that the environment of the operator decides: write one such as eu-west-1")
    elif _REGION.fullmatch(region.text()) is None:
        region.never_works("is no region such as eu-west-1")
    elif region.text() != region.text().lower():
        region.doubtful("has capitals, which no region has")


def _check_request(request: Node) -> None:
    duration, code, device = request.at("sessionDuration"), request.at("tokenCode"), request.at("serialNumber")
    if duration.present and duration.integer(_SESSION_SECONDS.start) not in _SESSION_SECONDS:
        duration.doubtful("is none that AWS takes, which are 900 to 129600 seconds")
    if code.present and _CODE.fullmatch(code.text()) is None:
        code.doubtful("is no code of six digits")
    elif code.present:
        code.doubtful("is taken once and for half a minute, so that the first refresh fails")
    if code.present != device.present:
        missing = device if code.present else code
        missing.doubtful("is missing: AWS takes serialNumber and tokenCode only together")
