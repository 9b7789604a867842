"""Fields of the types that many kinds of generators have: texts that are needed, durations, times and addresses."""

import re
from datetime import datetime, timedelta
from typing import Final

from bulkhead_api.duration import duration_from_go
from bulkhead_templating.gourl.escaping import UrlError
from bulkhead_templating.gourl.parsing import parse_url
from bulkhead_validation.node import Node

_MOMENT: Final = re.compile(
    r"([0-9]{4})(-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,][0-9]+)?(?:Z|[+-](?:[01][0-9]|2[0-4]):(?:[0-5][0-9]|60))"
)
_SECRET_KEY: Final = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_LONGEST_DURATION: Final = 256
_LEAP_YEAR: Final = "2000"


def check_filled(node: Node, message: str) -> str:
    """Note that a text is missing or empty where nothing works without it; give the text."""
    text = node.text()
    if not text:
        node.never_works(message)
    return text


def check_secret_key(node: Node, key: str) -> None:
    """Note at a node that something is generated under a key that no Secret may have."""
    if _SECRET_KEY.fullmatch(key) is None:
        node.doubtful("is no key that a Secret may have, unless a rewrite or a template makes another of it")


def check_duration(node: Node, *, zero: str) -> None:
    """Look at a Go duration; an absent one is right.

    Args:
        node: where it stands.
        zero: what zero and less mean, for the message.
    """
    if not node.present:
        return
    text = node.text()
    if len(text) > _LONGEST_DURATION:
        node.doubtful("is too long to be looked at: write it shorter")
        return
    try:
        duration = duration_from_go(text)
    except ValueError:
        node.never_works("is no duration such as 10s or 1m30s")
        return
    if duration <= timedelta(0):
        node.doubtful(f"is not more than zero: {zero}")


def check_moment(node: Node) -> None:
    """Look at a time; an absent one is right.

    The schema takes small letters for `T` and `Z` and offsets that no clock has. Go's decoder refuses them, so that ESO
    can no longer list the objects of that kind.
    """
    text = node.text()
    if text and not _is_moment(text):
        node.never_works("is no time such as 2030-01-31T12:00:00Z, with a capital T and Z")


def check_address(node: Node) -> None:
    """Look at the URL of a server; an absent or empty one is right."""
    text = node.text()
    if not text:
        return
    try:
        url = parse_url(text)
    except UrlError:
        # Its message quotes the URL, which may hold a password.
        node.never_works("is no URL: write it as https://host")
        return
    if url.scheme not in {"http", "https"} or not url.host:
        node.never_works("must begin with https:// and the name of a host")
        return
    if url.scheme == "http":
        node.doubtful("is not encrypted, so that everyone on the way reads the credentials: use https://")
    if url.user is not None:
        node.doubtful("holds credentials that everyone sees who may read this object: take them from a Secret")


def _is_moment(text: str) -> bool:
    found = _MOMENT.fullmatch(text)
    if found is None:
        return False
    # Python has no year 0, which was a leap year.
    year = _LEAP_YEAR if found.group(1) == "0000" else found.group(1)
    try:
        datetime.fromisoformat(year + found.group(2))
    except ValueError:
        return False
    return True
