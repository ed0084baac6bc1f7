"""``$filter`` compiled to SQL with parameters: the forms that licensing work needs, and a clear refusal of the rest.

    or    = and { "or" and }
    and   = one { "and" one }
    one   = "not" one | "(" or ")" | test
    test  = property ("eq" | "ne") literal | property "in" "(" literal { "," literal } ")"
          | "startsWith" "(" property "," text ")"
          | "assignedLicenses/any" "(" x ":" x "/skuId" "eq" guid ")" | "assignedLicenses/$count" ("eq" | "ne") "0"

No value ever becomes part of the SQL. Texts are compared without regard to (ASCII) case, as the directory does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from batch.tenants.practice_directory import EVERYBODY, Condition
from batch.tenants.served.exchange import GraphError, bad_request, unsupported

#: The service's own bound on alternatives.
MOST_OR = 15
#: Bounds of ours: on length, on tests and on parentheses inside each other.
_LONGEST, _MOST_TESTS, _DEEPEST = 32_768, 100, 20
_TOKENS = re.compile(
    r"\s*(?:(?P<guid>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})(?![\w-])|(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>[0-9]{1,18})(?![\w-])|(?P<name>[A-Za-z_$][A-Za-z0-9_]*)|(?P<mark>[(),:/]))"
)


class Property(NamedTuple):
    """Something to filter by: SQL that is a text (or NULL), or 1 or 0."""

    sql: str
    is_flag: bool = False
    #: Stored in lower case, so that an index finds it.
    is_lower: bool = False


class Filterable(NamedTuple):
    """What one kind of object can be filtered by."""

    #: Lower-case name → property.
    properties: Mapping[str, Property]
    #: True when the licence given as the one parameter is assigned.
    holds: str
    #: True when any licence is assigned.
    licensed: str


class _Token(NamedTuple):
    kind: str
    text: str


def compile_filter(text: str | None, filterable: Filterable, *, advanced: bool) -> Condition:
    """The condition that this ``$filter`` means; ``GraphError`` 400 for what is not understood.

    ``advanced``: ``ConsistencyLevel: eventual`` and ``$count=true`` were given.
    """
    if text is None:
        return EVERYBODY
    if len(text) > _LONGEST:
        raise bad_request(f"The filter is longer than {_LONGEST:,} characters.")
    return _Compiler(_tokens(text), filterable, advanced=advanced).whole()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKENS.match(text, at)
        if match is None or match.lastgroup is None:
            raise bad_request(f"Syntax error at position {at} in the filter.")
        tokens.append(_Token(match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tokens


class _Compiler:
    def __init__(self, tokens: list[_Token], filterable: Filterable, *, advanced: bool) -> None:
        self._tokens = [*tokens, _Token("end", "")]
        self._at = 0
        self._filterable = filterable
        self._advanced = advanced
        self._values: list[str | int | None] = []
        self._alternatives = 1
        self._tests = 0

    def whole(self) -> Condition:
        sql = self._either(0)
        if self._next.kind != "end":
            raise self._wrong()
        return Condition(sql, tuple(self._values))

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _wrong(self) -> GraphError:
        found = f"'{self._next.text}'" if self._next.text else "its end"
        return bad_request(f"Invalid filter clause: {found} was not expected there.")

    def _take(self, kind: str) -> str:
        if self._next.kind != kind:
            raise self._wrong()
        self._at += 1
        return self._tokens[self._at - 1].text

    def _skip(self, text: str) -> bool:
        """Step over this word or mark, if it is the next one."""
        found = self._next.kind in ("name", "mark") and self._next.text.casefold() == text
        self._at += found
        return found

    def _expect(self, *texts: str) -> None:
        for text in texts:
            if not self._skip(text):
                raise self._wrong()

    def _either(self, depth: int) -> str:
        if depth > _DEEPEST:
            raise bad_request(f"The filter is nested deeper than {_DEEPEST}.")
        parts = [self._both(depth)]
        while self._skip("or"):
            self._alternative(1)
            parts.append(self._both(depth))
        return f"({' OR '.join(parts)})"

    def _alternative(self, count: int) -> None:
        self._alternatives += count
        if self._alternatives > MOST_OR:
            text = "Too many child clauses specified in search filter expression containing 'OR' operators"
            raise unsupported(f"{text}: {self._alternatives}. Max allowed: {MOST_OR}.")

    def _both(self, depth: int) -> str:
        parts = [self._one(depth)]
        while self._skip("and"):
            parts.append(self._one(depth))
        return f"({' AND '.join(parts)})"

    def _one(self, depth: int) -> str:
        negated = 0
        while self._skip("not"):
            negated += 1
        if self._skip("("):
            sql = self._either(depth + 1)
            self._expect(")")
        else:
            sql = self._test()
        return f"NOT {sql}" if negated % 2 else sql

    def _test(self) -> str:
        self._tests += 1
        if self._tests > _MOST_TESTS:
            raise bad_request(f"The filter has more than {_MOST_TESTS} tests.")
        name = self._take("name").casefold()
        if name == "startswith":
            return self._starts()
        if name == "assignedlicenses":
            self._expect("/")
            return self._holds() if self._skip("any") else self._licensed()
        found = self._property(name)
        if self._skip("in"):
            return self._among(found)
        return self._equal(found)

    def _property(self, name: str) -> Property:
        found = self._filterable.properties.get(name)
        if found is None:
            raise unsupported(f"Unsupported or invalid query filter clause specified for property '{name}'.")
        return found

    def _equal(self, found: Property) -> str:
        operator = self._operator()
        self._values.append(self._literal(found))
        return f"({_text(found)} {operator} ?)"

    def _operator(self) -> str:
        if self._skip("eq"):
            return "IS"
        if self._skip("ne"):
            return "IS NOT"
        if self._next.kind == "name":
            raise unsupported(f"The operator '{self._next.text}' is not supported here.")
        raise self._wrong()

    def _among(self, found: Property) -> str:
        self._expect("(")
        self._values.append(self._literal(found))
        tests = 1
        while self._skip(","):
            self._alternative(1)
            self._values.append(self._literal(found))
            tests += 1
        self._expect(")")
        return f"({' OR '.join([f'{_text(found)} IS ?'] * tests)})"

    def _literal(self, found: Property) -> str | int | None:
        if self._skip("null"):
            return None
        if found.is_flag:
            return self._flag()
        if self._next.kind in ("guid", "number"):
            raise bad_request("A binary operator with incompatible types was detected: texts stand in single quotes.")
        text = _unquoted(self._take("text"))
        return text.lower() if found.is_lower else text

    def _flag(self) -> int:
        if self._skip("false"):
            return 0
        self._expect("true")
        return 1

    def _starts(self) -> str:
        self._expect("(")
        found = self._property(self._take("name").casefold())
        self._expect(",")
        start = _unquoted(self._take("text"))
        self._expect(")")
        if found.is_flag:
            raise bad_request("No function signature for the function with name 'startswith' matches a flag.")
        self._values += [len(start), start]
        return f"(substr({found.sql}, 1, ?) COLLATE NOCASE IS ?)"

    def _holds(self) -> str:
        self._expect("(")
        variable = self._take("name").casefold()
        self._expect(":", variable, "/", "skuid", "eq")
        self._values.append(self._take("guid").lower())
        self._expect(")")
        return f"({self._filterable.holds})"

    def _licensed(self) -> str:
        self._expect("$count")
        operator = self._operator()
        if self._take("number").strip("0"):
            raise unsupported("Only comparing assignedLicenses/$count with 0 is supported.")
        if not self._advanced:
            text = "assignedLicenses/$count needs the header ConsistencyLevel: eventual and the option $count=true."
            raise unsupported(text)
        return f"(NOT ({self._filterable.licensed}))" if operator == "IS" else f"({self._filterable.licensed})"


def _text(found: Property) -> str:
    return found.sql if found.is_flag or found.is_lower else f"{found.sql} COLLATE NOCASE"


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")
