"""The functions of sprig for URLs.

Source: sprig 3.3, url.go.
"""

from typing import Final

from bulkhead_templating.byte_text import one_byte_each, text_from_bytes_each
from bulkhead_templating.environment import Environment
from bulkhead_templating.errors import GoPanicError
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.gourl.escaping import UrlError
from bulkhead_templating.gourl.parsing import parse_url
from bulkhead_templating.gourl.url import Url
from bulkhead_templating.kinds import ANY_MAP, STRING
from bulkhead_templating.values import kind_of

FUNCTIONS: Final = FunctionMap()

_PARTS: Final = ("scheme", "host", "path", "query", "opaque", "fragment", "userinfo")


@FUNCTIONS.function("urlParse", STRING, returns=ANY_MAP, with_environment=True)
def url_parse(environment: Environment, text: str) -> dict[str, object]:
    """Take a URL apart."""
    _charge(environment, text)
    try:
        url = parse_url(text)
    except UrlError as error:
        raise GoPanicError(f"unable to parse url: {error}") from error
    parts = {
        "scheme": url.scheme,
        "host": url.host,
        "hostname": url.hostname,
        "path": url.path,
        "query": url.query,
        "opaque": url.opaque,
        "fragment": url.fragment,
        "userinfo": str(url.user) if url.user else "",
    }
    return {name: text_from_bytes_each(part) for name, part in parts.items()}


@FUNCTIONS.function("urlJoin", ANY_MAP, returns=STRING, with_environment=True)
def url_join(environment: Environment, parts: dict[str, object]) -> str:
    """Put a URL together; parts that are left out are empty."""
    for name in _PARTS:
        _charge(environment, parts.get(name))
    url = Url(
        scheme=_part(parts, "scheme"),
        host=_part(parts, "host"),
        path=_part(parts, "path"),
        query=_part(parts, "query"),
        opaque=_part(parts, "opaque"),
        fragment=_part(parts, "fragment"),
    )
    user = _part(parts, "userinfo")
    if user:
        try:
            url.user = parse_url(f"proto://{text_from_bytes_each(user)}@host").user
        except UrlError as error:
            raise GoPanicError(f"unable to parse userinfo in dict: {error}") from error
    return text_from_bytes_each(str(url))


def _charge(environment: Environment, part: object) -> None:
    """Charge for escapes, which are read and written byte by byte."""
    if isinstance(part, str):
        environment.meter.walk(2 * len(part))
        environment.meter.take_apart(part)


def _part(parts: dict[str, object], name: str) -> str:
    part = parts.get(name, "")
    if part is None:
        raise GoPanicError("runtime error: invalid memory address or nil pointer dereference", is_public=True)
    if not isinstance(part, str):
        raise GoPanicError(f"unable to parse {name} key, must be of type string, but {kind_of(part)} found")
    return one_byte_each(part)
