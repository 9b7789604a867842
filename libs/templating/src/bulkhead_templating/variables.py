"""The variables of one template, while it is parsed and while it is rendered."""

from bulkhead_templating.held import Held


class Scope:
    """A stack of names: each means the innermost variable that has it; however many there are, it is found at once."""

    __slots__ = ("_names", "_places")

    def __init__(self) -> None:
        """Begin with `$`."""
        self._names: list[str] = []
        self._places: dict[str, list[int]] = {}
        self.declare("$")

    def declare(self, name: str) -> None:
        """Begin a variable."""
        self._places.setdefault(name, []).append(len(self._names))
        self._names.append(name)

    def mark(self) -> int:
        """Give the height, for `pop`."""
        return len(self._names)

    def pop(self, mark: int) -> None:
        """Forget the variables above a height."""
        while len(self._names) > mark:
            self._places[self._names.pop()].pop()

    def place_of(self, name: str) -> int | None:
        """Give the place of the variable that a name means, counted from the bottom; None if there is none."""
        places = self._places.get(name)
        return places[-1] if places else None


class Variables:
    """The variables in scope with what they hold."""

    __slots__ = ("_held", "_scope")

    def __init__(self, dot: Held) -> None:
        """Begin with `$`."""
        self._scope = Scope()
        self._held = [dot]

    def mark(self) -> int:
        """Give the height, for `pop`."""
        return len(self._held)

    def pop(self, mark: int) -> None:
        """Forget the variables above a height."""
        self._scope.pop(mark)
        del self._held[mark:]

    def push(self, name: str, held: Held) -> None:
        """Begin a variable."""
        self._scope.declare(name)
        self._held.append(held)

    def set(self, name: str, held: Held) -> bool:
        """Give a variable another value; False if there is none of that name."""
        place = self._scope.place_of(name)
        if place is None:
            return False
        self._held[place] = held
        return True

    def set_top(self, depth: int, held: Held) -> None:
        """Give the variable at a depth, one for the topmost, another value."""
        self._held[-depth] = held

    def get(self, name: str) -> Held | None:
        """Give what a variable holds; None if there is none of that name."""
        place = self._scope.place_of(name)
        return None if place is None else self._held[place]
