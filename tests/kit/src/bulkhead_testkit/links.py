"""Links in Markdown pages of the checkout, as the hosts of repositories follow them."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")


def links_of(page: Path) -> Sequence[str]:
    """Give what the links of a page lead to, in its order, anchors included."""
    return _LINK.findall(page.read_text())


def dead_links(page: Path) -> Iterator[str]:
    """Give the links of a page that lead to no file, or to no heading of it; those to other hosts are not looked at."""
    for link in links_of(page):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in _anchors_of(target)):
            yield link


def _anchors_of(page: Path) -> frozenset[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)
