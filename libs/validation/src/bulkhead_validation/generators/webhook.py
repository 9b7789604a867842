"""Webhook: the request, its templates, and where in the answer the values are."""

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from bulkhead_validation.generators.authority import check_authority
from bulkhead_validation.generators.fields import check_address, check_duration, check_filled
from bulkhead_validation.generators.home import Home
from bulkhead_validation.generators.references import check_whole_secret
from bulkhead_validation.generators.templates import check_template, is_template
from bulkhead_validation.node import Node

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_PATH_PARTS: Final = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|[][(){}]|[^][(){}'"`]+""", re.DOTALL)
_CLOSING: Final = {"]": "[", ")": "(", "}": "{"}


def check_webhook(spec: Node, home: Home) -> None:
    """Look at the spec of a Webhook.

    Source: ESO, generators/v1/webhook and providers/v1/webhook; the JSONPath of PaesslerAG/jsonpath.
    """
    names = _check_secrets(spec.at("secrets"), home)
    check = partial(check_template, names=names)
    _check_url(spec.at("url"), check)
    method = spec.at("method")
    if method.text() and _TOKEN.fullmatch(method.text()) is None:
        method.never_works("is no method such as GET or POST")
    check(spec.at("body"))
    _check_headers(spec.at("headers"), check)
    check_duration(spec.at("timeout"), zero="a server that does not answer is then waited for without end")
    _check_path(spec.at("result", "jsonPath"))
    _check_login(spec, home)
    check_authority(spec, home)


def _check_secrets(secrets: Node, home: Home) -> set[str]:
    names: set[str] = set()
    for entry in secrets.items():
        node = entry.at("name")
        name = node.text()
        if not name:
            node.doubtful("is empty, so that hardly a template can name the Secret: name it")
        if name in names:
            node.doubtful("is there already, so that the keys of both Secrets are mixed: name each once")
        names.add(name)
        check_whole_secret(entry.at("secretRef"), home)
    return names


def _check_url(url: Node, check: Callable[[Node], None]) -> None:
    check_filled(url, "is empty: write it as https://host/path")
    check(url)
    if not is_template(url):
        check_address(url)


def _check_headers(headers: Node, check: Callable[[Node], None]) -> None:
    for name, value in headers.entries():
        if _TOKEN.fullmatch(name) is None:
            value.never_works("is no name of a header")
        check(value)
        if not is_template(value) and _CONTROL.search(value.text()):
            value.never_works("has a line break or another control character, which no header may have")


def _check_path(path: Node) -> None:
    text = path.text().strip()
    # A comment may hold anything, and nobody writes one.
    if not text or "//" in text or "/*" in text:
        return
    if re.match(r"[.\[0-9]", text):
        path.never_works("is no JSONPath: begin with $, such as $.data")
    elif text.endswith("."):
        path.never_works("ends with a dot: name what comes after it")
    elif not _is_balanced(text):
        path.never_works("has a bracket or a quote that is not closed")
    elif text[0].isalpha():
        # The language of ESO's library has variables, which are the fields of the answer.
        path.doubtful("works as an expression, but is no JSONPath: begin with $, such as $.data")


def _is_balanced(text: str) -> bool:
    open_brackets: list[str] = []
    end = 0
    for part in _PATH_PARTS.finditer(text):
        if part.start() != end:
            return False
        end = part.end()
        match part.group():
            case "[" | "(" | "{" as bracket:
                open_brackets.append(bracket)
            case "]" | ")" | "}" as bracket:
                if not open_brackets or open_brackets.pop() != _CLOSING[bracket]:
                    return False
            case _:
                pass
    return end == len(text) and not open_brackets


def _check_login(spec: Node, home: Home) -> None:
    login = spec.at("auth", "ntlm")
    if not login.present:
        return
    for name in ("usernameSecret", "passwordSecret"):
        check_whole_secret(login.at(name), home)
        if not login.at(name, "key").text():
            login.at(name, "key").doubtful("is missing, which gives an empty text: say which key of the Secret is read")
    for name in spec.keys_present(("caBundle", "caProvider")):
        spec.at(name).doubtful("is not looked at with ntlm: the certificates of the system count")
