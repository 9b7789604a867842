"""How a function of templates is declared, and the map of them that a template is rendered with.

    FUNCTIONS = FunctionMap()

    @FUNCTIONS.function("upper", STRING, returns=STRING)
    def upper(text: str) -> str: ...

    @FUNCTIONS.function("list", variadic=ANY, returns=ANY_SLICE)
    def make_list(*items: object) -> list[object]: ...

    @FUNCTIONS.function("now", returns=TIME, with_environment=True)
    def now(environment: Environment) -> Time: ...

The engine checks numbers and types of arguments by the declaration, with Go's messages, so a function gets what it
declared: a `STRING` is a `str`, an `INT` a plain `int`, an `ANY` anything or None, a `REFLECT_VALUE` anything, None or
`NO_VALUE`. An error is a `TemplateFunctionError`, a panic a `GoPanicError`; any other exception is a bug.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bulkhead_templating.kinds import ANY, GoType

_Implementation = TypeVar("_Implementation", bound=Callable[..., object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function as its declaration says."""

    name: str
    call: Callable[..., object]
    parameters: tuple[GoType, ...] = ()
    """Of the arguments that must be there."""
    variadic: GoType | None = None
    """Of each further argument; None if there may be none."""
    returns: GoType = ANY
    with_environment: bool = False
    """Whether `call` takes the environment of the render as its first argument."""
    refusal: str | None = None
    """Why text/template calls no function of this signature; None if it does."""


class FunctionMap(Mapping[str, Function]):
    """Functions by name."""

    def __init__(self, *others: Mapping[str, Function]) -> None:
        """Take over what others have; of the same name, the last one's counts."""
        self._functions: dict[str, Function] = {}
        for other in others:
            self._functions.update(other)

    def __getitem__(self, name: str) -> Function:
        return self._functions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._functions)

    def __len__(self) -> int:
        return len(self._functions)

    def function(
        self,
        name: str,
        *parameters: GoType,
        returns: GoType = ANY,
        variadic: GoType | None = None,
        with_environment: bool = False,
    ) -> Callable[[_Implementation], _Implementation]:
        """Declare a function by decorating it; decorate again for another name.

        Args:
            name: what templates call it.
            parameters: the Go types of the arguments that must be there.
            returns: the Go type that it gives; only whether it is `ANY` shows, in messages.
            variadic: the type of each further argument.
            with_environment: whether it takes the `Environment` as its first argument.
        """

        def declare(implementation: _Implementation) -> _Implementation:
            self._functions[name] = Function(
                name=name,
                call=implementation,
                parameters=parameters,
                variadic=variadic,
                returns=returns,
                with_environment=with_environment,
            )
            return implementation

        return declare
