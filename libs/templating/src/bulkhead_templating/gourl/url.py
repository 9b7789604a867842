"""URLs put together.

Source: Go, package net/url, URL.String.
"""

import re
from dataclasses import dataclass

from bulkhead_templating.gourl.escaping import Part, escape


@dataclass(frozen=True, slots=True)
class User:
    """Who logs in."""

    name: str
    password: str | None
    """None if there is none; an empty one shows its colon."""

    def __str__(self) -> str:
        name = escape(self.name, Part.USER)
        return name if self.password is None else f"{name}:{escape(self.password, Part.USER)}"


@dataclass(slots=True, kw_only=True)
class Url:
    """The parts of a URL, unescaped but for the query; a character for each byte."""

    scheme: str = ""
    opaque: str = ""
    user: User | None = None
    host: str = ""
    """With the port."""
    path: str = ""
    query: str = ""
    fragment: str = ""

    @property
    def hostname(self) -> str:
        """The host without port and brackets."""
        host = re.sub(r":[0-9]*\Z", "", self.host)
        return host[1:-1] if host.startswith("[") and host.endswith("]") else host

    def __str__(self) -> str:
        text = f"{self.scheme}:" if self.scheme else ""
        if self.opaque:
            text += self.opaque
        else:
            text += self._authority()
            text += self._path_after(text)
        if self.query:
            text += f"?{self.query}"
        return f"{text}#{escape(self.fragment, Part.FRAGMENT)}" if self.fragment else text

    def _authority(self) -> str:
        if not (self.scheme or self.host or self.user) or not (self.host or self.path or self.user):
            return ""
        user = f"{self.user}@" if self.user else ""
        return f"//{user}{escape(self.host, Part.HOST)}"

    def _path_after(self, before: str) -> str:
        path = "*" if self.path == "*" else escape(self.path, Part.PATH)
        if path and not path.startswith("/") and self.host:
            return f"/{path}"
        # Else the first segment could be taken for a scheme.
        return f"./{path}" if not before and ":" in path.partition("/")[0] else path
