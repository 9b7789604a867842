"""Parses a text into trees: that of the text itself and those that it defines.

Source: Go, package text/template, "Actions" and "Nested template definitions".
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

from bulkhead_templating.pipeline_parser import PipelineParser
from bulkhead_templating.quoting import quote
from bulkhead_templating.runes import SPACES
from bulkhead_templating.statements import Action, Block, Break, Continue, If, Include, Range, Statement, Text, With
from bulkhead_templating.text import byte_length
from bulkhead_templating.token_stream import TokenStream
from bulkhead_templating.tokens import Token, TokenKind

_BRANCHES: Final[Mapping[TokenKind, type[If] | type[With] | type[Range]]] = {
    TokenKind.IF: If,
    TokenKind.WITH: With,
    TokenKind.RANGE: Range,
}


@dataclass(frozen=True, slots=True)
class _End:
    """`{{end}}` or `{{else}}`, which ends a block."""

    keyword: str

    def __str__(self) -> str:
        return "{{" + self.keyword + "}}"


def is_empty(tree: Block) -> bool:
    """Say whether a tree prints nothing but spaces, so that it gives way to another of the same name."""
    return all(isinstance(node, Text) and not node.text.strip(SPACES + "\v\f\x85\xa0") for node in tree.nodes)


class Trees:
    """The trees of one text, by name."""

    def __init__(self, stream: TokenStream, functions: Container[str]) -> None:
        """Begin without any."""
        self.stream = stream
        self.functions = functions
        self.by_name: dict[str, Block] = {}

    def add(self, name: str, tree: Block) -> None:
        """Take a tree in; an empty one gives way.

        Raises:
            TemplateSyntaxError: there is another one of that name.
        """
        known = self.by_name.get(name)
        if known is None or is_empty(known):
            self.by_name[name] = tree
        elif not is_empty(tree):
            raise self.stream.failure(f"template: multiple definition of template {quote(name)}")

    def parse_all(self, name: str) -> None:
        """Parse the whole text, whose own tree gets this name."""
        parser = TreeParser(self)
        nodes: list[Statement] = []
        while self.stream.peek().kind is not TokenKind.EOF:
            if self.stream.peek().kind is TokenKind.LEFT_DELIMITER:
                place = self.stream.mark()
                self.stream.next()
                if self.stream.next_behind_spaces().kind is TokenKind.DEFINE:
                    self._definition()
                    continue
                self.stream.reset(place)
            node = parser.statement()
            if isinstance(node, _End):
                raise self.stream.failure(f"unexpected {node}")
            nodes.append(node)
        self.add(name, Block(0, tuple(nodes)))

    def _definition(self) -> None:
        context = "define clause"
        parser = TreeParser(self)
        name = parser.pipelines.template_name(self.stream.next_behind_spaces(), context)
        self.stream.expect(TokenKind.RIGHT_DELIMITER, context)
        self.add(name, parser.only_body(context))


class TreeParser:
    """Parses one tree, with variables and loops of its own."""

    def __init__(self, trees: Trees) -> None:
        """Begin outside of any loop."""
        self._trees = trees
        self._stream = trees.stream
        self.pipelines = PipelineParser(trees.stream, trees.functions)
        self._loops = 0

    def only_body(self, context: str, *, blamed: Token | None = None) -> Block:
        """Parse up to an `{{end}}`; nothing else may end it.

        Args:
            context: what it is the body of.
            blamed: on whose line it is said that something else ends it; None means where that stands.
        """
        body, end = self._block()
        if end.keyword != "end":
            raise self._stream.failure(f"unexpected {end} in {context}", blamed)
        return body

    def statement(self) -> Statement | _End:
        """Parse text or an action."""
        token = self._stream.next_behind_spaces()
        if token.kind is TokenKind.TEXT:
            return Text(token.position, token.text, byte_length(token.text))
        if token.kind is not TokenKind.LEFT_DELIMITER:
            raise self._stream.unexpected(token, "input")
        self._stream.action_line = token.line
        self._stream.enter()
        node = self._action()
        self._stream.leave()
        self._stream.action_line = 0
        return node

    def _block(self) -> tuple[Block, _End]:
        position = self._stream.peek_behind_spaces().position
        nodes: list[Statement] = []
        while self._stream.peek_behind_spaces().kind is not TokenKind.EOF:
            node = self.statement()
            if isinstance(node, _End):
                return Block(position, tuple(nodes)), node
            nodes.append(node)
        raise self._stream.failure("unexpected EOF")

    def _action(self) -> Statement | _End:
        token = self._stream.next_behind_spaces()
        match token.kind:
            case TokenKind.BLOCK:
                return self._block_action()
            case TokenKind.BREAK | TokenKind.CONTINUE:
                return self._jump(token)
            case TokenKind.ELSE:
                # What comes behind is read by the branch: `{{else if}}` is an `{{if}}` in an `{{else}}`.
                if self._stream.peek_behind_spaces().kind not in (TokenKind.IF, TokenKind.WITH):
                    self._stream.expect(TokenKind.RIGHT_DELIMITER, "else")
                return _End("else")
            case TokenKind.END:
                self._stream.expect(TokenKind.RIGHT_DELIMITER, "end")
                return _End("end")
            case TokenKind.IF | TokenKind.RANGE | TokenKind.WITH:
                return self._branch(token.kind)
            case TokenKind.TEMPLATE:
                return self._include()
            case _:
                self._stream.back()
                position = self._stream.peek().position
                return Action(position, self.pipelines.pipeline("command"))

    def _branch(self, keyword: TokenKind) -> If | With | Range:
        variables = self.pipelines.variables.mark()
        pipeline = self.pipelines.pipeline(keyword.value)
        self._loops += keyword is TokenKind.RANGE
        body, end = self._block()
        self._loops -= keyword is TokenKind.RANGE
        otherwise = self._otherwise(keyword) if end.keyword == "else" else None
        self.pipelines.variables.pop(variables)
        return _BRANCHES[keyword](pipeline.position, pipeline, body, otherwise)

    def _otherwise(self, keyword: TokenKind) -> Block:
        token = self._stream.peek()
        if keyword is token.kind and keyword is not TokenKind.RANGE:
            self._stream.next()
            self._stream.enter()
            # It ends with the {{end}} of all.
            inner = self._branch(keyword)
            self._stream.leave()
            return Block(token.position, (inner,))
        body, end = self._block()
        if end.keyword != "end":
            raise self._stream.failure(f"expected end; found {end}")
        return body

    def _jump(self, token: Token) -> Break | Continue:
        behind = self._stream.next_behind_spaces()
        if behind.kind is not TokenKind.RIGHT_DELIMITER:
            raise self._stream.unexpected(behind, "{{" + token.text + "}}")
        if not self._loops:
            raise self._stream.failure("{{" + token.text + "}} outside {{range}}")
        return Break(token.position) if token.kind is TokenKind.BREAK else Continue(token.position)

    def _block_action(self) -> Include:
        context = "block clause"
        token = self._stream.next_behind_spaces()
        name = self.pipelines.template_name(token, context)
        pipeline = self.pipelines.pipeline(context)
        # Go's parser of the body is another one, so the one that complains has read no more than this.
        behind = self._stream.latest()
        self._trees.add(name, TreeParser(self._trees).only_body(context, blamed=behind))
        return Include(token.position, name, pipeline)

    def _include(self) -> Include:
        context = "template clause"
        token = self._stream.next_behind_spaces()
        name = self.pipelines.template_name(token, context)
        pipeline = None
        if self._stream.next_behind_spaces().kind is not TokenKind.RIGHT_DELIMITER:
            self._stream.back()
            pipeline = self.pipelines.pipeline(context)
        return Include(token.position, name, pipeline)
