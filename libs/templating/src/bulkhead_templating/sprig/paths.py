"""The functions of sprig for paths; those for paths of the operating system are the same, as that is Linux.

Source: Go, packages path and path/filepath.
"""

from typing import Final

from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import BOOL, STRING

FUNCTIONS: Final = FunctionMap()


@FUNCTIONS.function("base", STRING, returns=STRING)
@FUNCTIONS.function("osBase", STRING, returns=STRING)
def base(path: str) -> str:
    """Give the last element."""
    if not path:
        return "."
    return path.rstrip("/").rpartition("/")[2] or "/"


@FUNCTIONS.function("clean", STRING, returns=STRING)
@FUNCTIONS.function("osClean", STRING, returns=STRING)
def clean(path: str) -> str:
    """Give the shortest path that is the same."""
    root = "/" if path.startswith("/") else ""
    elements: list[str] = []
    for element in path.split("/"):
        if element in ("", "."):
            continue
        if element == ".." and elements and elements[-1] != "..":
            elements.pop()
        elif element != ".." or not root:
            elements.append(element)
    return root + "/".join(elements) or "."


@FUNCTIONS.function("dir", STRING, returns=STRING)
@FUNCTIONS.function("osDir", STRING, returns=STRING)
def directory(path: str) -> str:
    """Give all but the last element."""
    head, slash, _ = path.rpartition("/")
    return clean(head + slash)


@FUNCTIONS.function("ext", STRING, returns=STRING)
@FUNCTIONS.function("osExt", STRING, returns=STRING)
def extension(path: str) -> str:
    """Give what follows the last dot of the last element, with the dot."""
    _, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return dot + suffix if dot else ""


@FUNCTIONS.function("isAbs", STRING, returns=BOOL)
@FUNCTIONS.function("osIsAbs", STRING, returns=BOOL)
def is_absolute(path: str) -> bool:
    """Say whether it begins at the root."""
    return path.startswith("/")
