"""Where a quoted or bracketed stretch of a path ends."""


def quoted_end(path: str, start: int) -> int:
    """Find the place after the quoted text that starts here; the path's end if it is not closed."""
    at = start + 1
    while at < len(path):
        if path[at] == '"':
            return at + 1
        at += 1 + (path[at] == "\\")
    return len(path)


def balanced_end(path: str, start: int) -> int:
    """Find the place after the bracketed or quoted stretch that starts here; the path's end if it is not closed."""
    depth = 0
    at = start
    while at < len(path):
        match path[at]:
            case '"':
                at = quoted_end(path, at) - 1
            case "{" | "[" | "(":
                depth += 1
            case "}" | "]" | ")":
                depth -= 1
            case _:
                pass
        at += 1
        if depth <= 0:
            return at
    return len(path)
