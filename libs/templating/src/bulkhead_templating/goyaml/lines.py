"""The output of the emitter, with what it must know of the place where it is.

Source: go.yaml.in/yaml/v2, emitterc.go.
"""


class Lines:
    """Text that grows."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._pieces: list[str] = []
        self.column = 0
        """In characters."""
        self.whitespace = True
        """Whether the last character was whitespace."""
        self.indention = True
        """Whether there are only indentation and the marks of lists and keys on this line."""

    def text(self) -> str:
        """Give all."""
        return "".join(self._pieces)

    def put(self, text: str) -> None:
        """Write characters of one line."""
        self._pieces.append(text)
        self.column += len(text)

    def line_break(self, rune: str = "\n") -> None:
        """Write a break."""
        self._pieces.append(rune)
        self.column = 0

    def indent_to(self, indent: int) -> None:
        """Go to a column, on a new line unless this one can be used."""
        indent = max(indent, 0)
        if not self.indention or self.column > indent or (self.column == indent and not self.whitespace):
            self.line_break()
        if self.column < indent:
            self.put(" " * (indent - self.column))
        self.whitespace = True
        self.indention = True

    def indicator(
        self, text: str, *, needs_space: bool, is_whitespace: bool = False, is_indention: bool = False
    ) -> None:
        """Write a mark.

        Args:
            text: the mark.
            needs_space: whether there must be a space before it.
            is_whitespace: whether none is needed after it.
            is_indention: whether what follows may be indented on the same line.
        """
        if needs_space and not self.whitespace:
            self.put(" ")
        self.put(text)
        self.whitespace = is_whitespace
        self.indention = self.indention and is_indention
