"""What is wrong with a YAML document."""


class YamlReadError(ValueError):
    """A text is no YAML, or not what is wanted; the message is Go's.

    `unquoted` says the same in words that hold nothing of the text, for those who must not tell what it holds.
    """

    def __init__(self, message: str, *, unquoted: str) -> None:
        """Keep both messages."""
        super().__init__(message)
        self.unquoted = unquoted
