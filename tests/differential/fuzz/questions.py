"""Questions and answers as the programs in Go take and give them."""

from typing import TypedDict

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class Question(TypedDict, total=False):
    """A template with its data, or a layout of printf with its arguments."""

    kind: str
    template: str
    data: Json
    missing_key: str
    layout: str
    arguments: list[Json]


class Answer(TypedDict, total=False):
    """One of the three: what it gives, the same in hexadecimal if it is no UTF-8, what is wrong."""

    result: str
    hex: str
    error: str
