"""The variables of one template."""

from bulkhead_templating.held import Held


class Variables:
    """A stack: a name means the innermost variable that has it."""

    __slots__ = ("_stack",)

    def __init__(self, dot: Held) -> None:
        """Begin with `$`."""
        self._stack: list[tuple[str, Held]] = [("$", dot)]

    def mark(self) -> int:
        """Give the height, for `pop`."""
        return len(self._stack)

    def pop(self, mark: int) -> None:
        """Forget the variables above a height."""
        del self._stack[mark:]

    def push(self, name: str, held: Held) -> None:
        """Begin a variable."""
        self._stack.append((name, held))

    def set(self, name: str, held: Held) -> bool:
        """Give a variable another value; False if there is none of that name."""
        for index in range(len(self._stack) - 1, -1, -1):
            if self._stack[index][0] == name:
                self._stack[index] = (name, held)
                return True
        return False

    def set_top(self, depth: int, held: Held) -> None:
        """Give the variable at a depth, one for the topmost, another value."""
        self._stack[-depth] = (self._stack[-depth][0], held)

    def get(self, name: str) -> Held | None:
        """Give what a variable holds; None if there is none of that name."""
        for known, held in reversed(self._stack):
            if known == name:
                return held
        return None
