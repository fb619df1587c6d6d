"""Parsing JQL: from text to a tree, or the 400 that Jira answers."""

import re
from dataclasses import dataclass
from typing import NoReturn

from pmsync_jira.sandbox.answers import Refusal

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<operator>!=|<=|>=|!~|=|<|>|~)
    | (?P<sign>[(),])
    | (?P<word>[^\s()=!<>~,"'\[\]]+(?:\[[^\]]*\][\w.]*)?)
    )""",
    re.VERBOSE,
)
_OPERATORS = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the query. `at` counts characters from 1."""

    kind: str
    text: str
    at: int

    def is_word(self, word: str) -> bool:
        return self.kind == "word" and self.text.casefold() == word


@dataclass(frozen=True, slots=True)
class Value:
    """An operand. `call`: a function without its parentheses; `empty`: EMPTY or NULL."""

    text: str
    quoted: bool = False
    call: bool = False
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """A comparison. `operator` is lower case: `=`, `not in`, `is not`."""

    field: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """A conjunction."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Either:
    """A disjunction."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """A negation."""

    part: "Node"


Node = Clause | Both | Either | Not


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query: what to find (None: everything), and in which order (field, descending)."""

    where: Node | None
    order: tuple[tuple[str, bool], ...] = ()


def parse(text: str) -> Query:
    """Parse a query. Raises a 400 with the words of Jira's parser."""
    return _Parser(_tokens(text)).query()


def _tokens(text: str) -> list[Token]:
    tokens = []
    place = 0
    stripped = text.rstrip()
    while place < len(stripped):
        match = _TOKEN.match(stripped, place)
        if match is None or match.lastgroup is None:
            at = len(stripped[place:]) - len(stripped[place:].lstrip()) + place
            character = stripped[at]
            raise Refusal(
                400,
                f"Error in the JQL Query: The character '{character}' is a reserved JQL character. You must enclose "
                f"it in a string or use the escape '\\u{ord(character):04x}' instead. (line 1, character {at + 1})",
            )
        kind = match.lastgroup
        written = match[kind]
        if kind == "string":
            written = re.sub(r"\\(.)", r"\1", written[1:-1])
        tokens.append(Token(kind, written, match.start(kind) + 1))
        place = match.end()
    tokens.append(Token("end", "", len(text) + 1))
    return tokens


class _Parser:
    """Recursive descent, in the order of JQL's precedence: OR, AND, NOT, clause."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0

    @property
    def _here(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._here
        self._place += token.kind != "end"
        return token

    def _word(self, *words: str) -> bool:
        """Take these words if they come next, in this order."""
        ahead = self._tokens[self._place : self._place + len(words)]
        if len(ahead) < len(words) or not all(token.is_word(word) for token, word in zip(ahead, words, strict=True)):
            return False
        self._place += len(words)
        return True

    def _sign(self, sign: str) -> bool:
        found = self._here.kind == "sign" and self._here.text == sign
        self._place += found
        return found

    def _fail(self, wanted: str) -> NoReturn:
        token = self._here
        got = "the query ended" if token.kind == "end" else f"got '{token.text}'"
        raise Refusal(400, f"Error in the JQL Query: Expecting {wanted} but {got}. (line 1, character {token.at})")

    def query(self) -> Query:
        where = None
        if self._here.kind != "end" and not (self._here.is_word("order") and self._tokens[1].is_word("by")):
            where = self._either()
        order = self._order() if self._word("order", "by") else ()
        if self._here.kind != "end":
            self._fail("either 'OR' or 'AND'")
        return Query(where, order)

    def _order(self) -> tuple[tuple[str, bool], ...]:
        order = []
        while True:
            if self._here.kind not in ("word", "string"):
                self._fail("field name")
            field = self._take().text
            descending = self._word("desc")
            if not descending:
                self._word("asc")
            order.append((field, descending))
            if not self._sign(","):
                return tuple(order)

    def _either(self) -> Node:
        parts = [self._both()]
        while self._word("or") or self._word("||"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Node:
        parts = [self._negation()]
        while self._word("and") or self._word("&&"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _negation(self) -> Node:
        if self._word("not"):
            return Not(self._negation())
        if self._sign("("):
            inner = self._either()
            if not self._sign(")"):
                self._fail("')'")
            return inner
        return self._clause()

    def _clause(self) -> Clause:
        if self._here.kind not in ("word", "string"):
            self._fail("field name")
        field = self._take().text
        operator = self._operator()
        if operator in ("in", "not in"):
            if not self._sign("("):
                self._fail("'('")
            values = [self._value()]
            while self._sign(","):
                values.append(self._value())
            if not self._sign(")"):
                self._fail("')' or ','")
            return Clause(field, operator, tuple(values))
        value = self._value()
        if operator in ("is", "is not") and not value.empty:
            raise Refusal(400, f"The operator '{operator}' can only be used with 'EMPTY' or 'NULL'.")
        return Clause(field, operator, (value,))

    def _operator(self) -> str:
        if self._here.kind == "operator":
            return self._take().text
        for words in (("not", "in"), ("in",), ("is", "not"), ("is",)):
            if self._word(*words):
                return " ".join(words)
        token = self._here
        if token.kind == "end":
            raise Refusal(
                400,
                f"Error in the JQL Query: Expecting operator before the end of the query. "
                f"The valid operators are {_OPERATORS}.",
            )
        raise Refusal(
            400,
            f"Error in the JQL Query: Expecting operator but got '{token.text}'. The valid operators are "
            f"{_OPERATORS}. (line 1, character {token.at})",
        )

    def _value(self) -> Value:
        if self._here.kind not in ("word", "string"):
            self._fail("either a value, list or function")
        token = self._take()
        if token.kind == "string":
            return Value(token.text, quoted=True)
        if self._sign("("):
            argument = self._take().text if self._here.kind in ("word", "string") else ""
            if not self._sign(")"):
                self._fail("')'")
            return Value(f"{token.text.casefold()}:{argument}" if argument else token.text.casefold(), call=True)
        return Value(token.text, empty=token.text.casefold() in ("empty", "null"))
