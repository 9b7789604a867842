"""Secret values that cannot be shown by accident."""

import hmac
from typing import NoReturn, final


@final
class SecretValue:
    """A secret's bytes, from the backend's answer to the target Secret.

    Its repr, str and format are mute, it cannot be pickled or hashed, and it compares in constant time. The bytes
    leave by `reveal` alone, so that every place where they do can be found by its name.
    """

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        self._data = data

    def reveal(self) -> bytes:
        """Give the bytes, for the place that sends or transforms them."""
        return self._data

    def __len__(self) -> int:
        return len(self._data)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretValue):
            return NotImplemented
        return hmac.compare_digest(self._data, other._data)

    # A hash would make values usable as cache keys.
    __hash__ = None  # type: ignore[assignment]  # the documented way to say "not hashable"

    def __repr__(self) -> str:
        return "SecretValue(***)"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return "SecretValue(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a SecretValue is not pickled")
