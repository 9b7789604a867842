"""URLs taken apart.

Source: Go, package net/url, Parse.
"""

import re
from typing import Final

from bulkhead_templating.byte_text import one_byte_each, text_from_bytes_each
from bulkhead_templating.gourl.addresses import AddressError, check_ipv6
from bulkhead_templating.gourl.escaping import Part, UrlError, unescape
from bulkhead_templating.gourl.url import Url, User
from bulkhead_templating.quoting import quote

_SCHEME: Final = re.compile("[A-Za-z][A-Za-z0-9+.-]*+:")
_USER: Final = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*+")
_PORT: Final = re.compile("(?::[0-9]*+)?")
_STRICT_SCHEMES: Final = frozenset({"http", "https"})


def parse_url(text: str) -> Url:
    """Take a URL apart.

    Raises:
        UrlError: it is none.
    """
    whole = one_byte_each(text)
    url_text, _, fragment = whole.partition("#")
    try:
        url = _parsed(url_text)
    except UrlError as error:
        raise UrlError(f"parse {quote(text_from_bytes_each(url_text))}: {error}") from error
    try:
        url.fragment = unescape(fragment, Part.FRAGMENT)
    except UrlError as error:
        raise UrlError(f"parse {quote(text)}: {error}") from error
    return url


def _parsed(text: str) -> Url:
    if any(byte < " " or byte == "\x7f" for byte in text):
        raise UrlError("net/url: invalid control character in URL")
    if text == "*":
        return Url(path="*")
    if text.startswith(":"):
        raise UrlError("missing protocol scheme")
    scheme = _SCHEME.match(text)
    rest = text[scheme.end() :] if scheme else text
    url = Url(scheme=scheme.group()[:-1].lower() if scheme else "")
    rest, _, url.query = rest.partition("?")
    if not rest.startswith("/"):
        if url.scheme:
            # A path without a root belongs to schemes such as `mailto:`.
            url.opaque = rest
            return url
        if ":" in rest.partition("/")[0]:
            raise UrlError("first path segment in URL cannot contain colon")
    if rest.startswith("//") and (url.scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
        _read_authority(url, authority)
    url.path = unescape(rest, Part.PATH)
    return url


def _read_authority(url: Url, authority: str) -> None:
    user, at, host = authority.rpartition("@")
    url.host = _host(url.scheme, host)
    if not at:
        return
    if not _USER.fullmatch(user):
        raise UrlError("net/url: invalid userinfo")
    name, colon, password = user.partition(":")
    url.user = User(unescape(name, Part.USER), unescape(password, Part.USER) if colon else None)


def _host(scheme: str, host: str) -> str:
    bracket = host.rfind("[")
    if bracket > 0:
        raise UrlError("invalid IP-literal")
    if bracket == 0:
        return _bracketed_host(host)
    first, last = host.find(":"), host.rfind(":")
    if first >= 0:
        # Lists of hosts are common in the URLs of databases.
        _check_port(host[first if scheme in _STRICT_SCHEMES else last :])
    return unescape(host, Part.HOST)


def _bracketed_host(host: str) -> str:
    closing = host.rfind("]")
    if closing < 0:
        raise UrlError("missing ']' in host")
    name, port = host[1:closing], host[closing + 1 :]
    _check_port(port)
    address, percent, zone = name.partition("%25")
    unescaped = unescape(address, Part.HOST) + (unescape(percent + zone, Part.ZONE) if percent else "")
    try:
        check_ipv6(unescaped)
    except AddressError as error:
        message = str(error)
        raise UrlError(message if message == "invalid IP-literal" else f"invalid host: {message}") from error
    return f"[{unescaped}]{port}"


def _check_port(port: str) -> None:
    if not _PORT.fullmatch(port):
        raise UrlError(f"invalid port {quote(text_from_bytes_each(port))} after host")
