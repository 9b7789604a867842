"""Parses what stands inside of an action: pipelines, commands, operands.

Source: Go, package text/template, "Arguments", "Pipelines" and "Variables".
"""

from collections.abc import Container
from typing import Final

from bulkhead_templating.constants import ConstantError, number_from
from bulkhead_templating.nodes import (
    Bool,
    Chain,
    Command,
    Dot,
    Field,
    Identifier,
    Nil,
    Number,
    Operand,
    Pipeline,
    String,
    Variable,
)
from bulkhead_templating.quoting import QuotingError, quote, unquote
from bulkhead_templating.token_stream import TokenStream
from bulkhead_templating.tokens import OPERANDS, Token, TokenKind
from bulkhead_templating.variables import Scope

_NUMBERS: Final = frozenset({TokenKind.CHAR_CONSTANT, TokenKind.COMPLEX, TokenKind.NUMBER})
_STRINGS: Final = frozenset({TokenKind.STRING, TokenKind.RAW_STRING})


class PipelineParser:
    """Parses pipelines of one tree; it knows which variables are in scope."""

    def __init__(self, stream: TokenStream, functions: Container[str]) -> None:
        """Begin with `$` alone in scope."""
        self._stream = stream
        self._functions = functions
        self.variables = Scope()
        """The names in scope."""

    def pipeline(self, context: str, end: TokenKind = TokenKind.RIGHT_DELIMITER) -> Pipeline:
        """Parse a pipeline and the token that ends it.

        Args:
            context: what messages call the place.
            end: what ends it.

        Raises:
            TemplateSyntaxError: it is none.
        """
        position = self._stream.peek_behind_spaces().position
        declared, assigns = self._declarations(context)
        commands: list[Command] = []
        while (token := self._stream.next_behind_spaces()).kind is not end:
            if token.kind not in OPERANDS:
                raise self._stream.unexpected(token, context)
            self._stream.back()
            commands.append(self._command())
        if not commands:
            raise self._stream.failure(f"missing value for {context}")
        for stage, command in enumerate(commands[1:], 2):
            if isinstance(command.arguments[0], Bool | Dot | Nil | Number | String):
                raise self._stream.failure(f"non executable command in pipeline stage {stage}")
        return Pipeline(position, tuple(declared), assigns, tuple(commands))

    def template_name(self, token: Token, context: str) -> str:
        """Read the quoted name of a template."""
        if token.kind not in _STRINGS:
            raise self._stream.unexpected(token, context)
        return self._unquoted(token)

    def _declarations(self, context: str) -> tuple[list[Variable], bool]:
        """Parse `$x :=`, `$x =` or `$i, $x :=`; nothing is read if there is none."""
        declared: list[Variable] = []
        while self._stream.peek_behind_spaces().kind is TokenKind.VARIABLE:
            place = self._stream.mark()
            token = self._stream.next()
            after = self._stream.peek_behind_spaces()
            is_list = after.kind is TokenKind.CHAR and after.text == ","
            if after.kind not in (TokenKind.ASSIGN, TokenKind.DECLARE) and not is_list:
                self._stream.reset(place)
                break
            self._stream.next()
            declared.append(Variable(token.position, token.text))
            self.variables.declare(token.text)
            if not is_list:
                return declared, after.kind is TokenKind.ASSIGN
            self._check_list(context, len(declared))
        return declared, False

    def _check_list(self, context: str, count: int) -> None:
        if context != "range" or count > 1:
            raise self._stream.failure(f"too many declarations in {context}")
        allowed = (TokenKind.VARIABLE, TokenKind.RIGHT_DELIMITER, TokenKind.RIGHT_PAREN)
        if self._stream.peek_behind_spaces().kind not in allowed:
            raise self._stream.failure("range can only initialize variables")

    def _command(self) -> Command:
        position = self._stream.peek_behind_spaces().position
        arguments: list[Operand] = []
        while True:
            self._stream.peek_behind_spaces()
            operand = self._operand()
            if operand is not None:
                arguments.append(operand)
            token = self._stream.next()
            match token.kind:
                case TokenKind.SPACE:
                    continue
                case TokenKind.RIGHT_DELIMITER | TokenKind.RIGHT_PAREN:
                    self._stream.back()
                case TokenKind.PIPE:
                    pass
                case _:
                    raise self._stream.unexpected(token, "operand")
            break
        if not arguments:
            raise self._stream.failure("empty command")
        return Command(position, tuple(arguments))

    def _operand(self) -> Operand | None:
        """Parse a term and the fields behind it."""
        operand = self._term()
        if operand is None or self._stream.peek().kind is not TokenKind.FIELD:
            return operand
        position = self._stream.peek().position
        names: list[str] = []
        while self._stream.peek().kind is TokenKind.FIELD:
            names.append(self._stream.next().text[1:])
        match operand:
            case Field():
                return Field(position, (*operand.names, *names))
            case Variable():
                return Variable(position, operand.name, (*operand.names, *names))
            case Bool() | String() | Number() | Nil() | Dot():
                raise self._stream.failure(f"unexpected . after term {quote(str(operand))}")
            case _:
                return Chain(position, operand, tuple(names))

    def _term(self) -> Operand | None:
        token = self._stream.next_behind_spaces()
        position = token.position
        if token.kind in _NUMBERS:
            return self._number(token)
        if token.kind in _STRINGS:
            return String(position, token.text, self._unquoted(token))
        match token.kind:
            case TokenKind.IDENTIFIER:
                if token.text not in self._functions:
                    raise self._stream.failure(f"function {quote(token.text)} not defined")
                return Identifier(position, token.text)
            case TokenKind.DOT:
                return Dot(position)
            case TokenKind.NIL:
                return Nil(position)
            case TokenKind.BOOL:
                return Bool(position, token.text == "true")
            case _:
                return self._name_or_parentheses(token)

    def _name_or_parentheses(self, token: Token) -> Operand | None:
        match token.kind:
            case TokenKind.FIELD:
                return Field(token.position, (token.text[1:],))
            case TokenKind.VARIABLE:
                if self.variables.place_of(token.text) is None:
                    raise self._stream.failure(f"undefined variable {quote(token.text)}")
                return Variable(token.position, token.text)
            case TokenKind.LEFT_PAREN:
                self._stream.enter()
                inner = self.pipeline("parenthesized pipeline", TokenKind.RIGHT_PAREN)
                self._stream.leave()
                return inner
            case _:
                self._stream.back()
                return None

    def _number(self, token: Token) -> Number:
        try:
            return number_from(token.position, token.text, is_complex=token.kind is TokenKind.COMPLEX)
        except ConstantError as error:
            raise self._stream.failure(str(error)) from None

    def _unquoted(self, token: Token) -> str:
        try:
            return unquote(token.text)
        except QuotingError as error:
            raise self._stream.failure(str(error)) from None
