"""The generators that ask a registry with a token of a ServiceAccount: QuayAccessToken and CloudsmithAccessToken."""

import re
from typing import Final

from bulkhead_validation.generators.fields import check_address, check_filled
from bulkhead_validation.generators.home import Home
from bulkhead_validation.generators.references import check_account
from bulkhead_validation.node import Node

_SLUG: Final = re.compile(r"[A-Za-z0-9._-]+")
_HTTPS: Final = "https://"


def check_quay(spec: Node, home: Home) -> None:
    """Look at the spec of a QuayAccessToken.

    Source: ESO, generators/v1/quay.
    """
    robot = spec.at("robotAccount")
    if check_filled(robot, "is empty: write it as organisation+robot") and "+" not in robot.text():
        robot.doubtful("is no robot account such as organisation+robot")
    check_account(spec.at("serviceAccountRef"), home)
    _check_host(spec.at("url"))


def check_cloudsmith(spec: Node, home: Home) -> None:
    """Look at the spec of a CloudsmithAccessToken.

    Source: ESO, generators/v1/cloudsmith.
    """
    for name in ("orgSlug", "serviceSlug"):
        text = check_filled(spec.at(name), "is empty: write the name as it stands in addresses")
        if text and _SLUG.fullmatch(text) is None:
            spec.at(name).doubtful("is no name as it stands in addresses, such as my-team")
    check_account(spec.at("serviceAccountRef"), home)
    check_address(spec.at("apiUrl"))


def _check_host(url: Node) -> None:
    # https:// is put before it, whatever it begins with but that itself.
    text = url.text().removeprefix(_HTTPS)
    if "://" in text or re.search(r"\s", text):
        url.never_works("must be a host, such as quay.io: https is always used")
