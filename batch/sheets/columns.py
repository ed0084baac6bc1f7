"""Which column of a sheet means what, judged by its heading and by what stands under it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from batch.core.prices import currency_of
from batch.core.table import Field, Kind
from batch.core.terms import Place, Problem
from batch.sheets.headings import (
    BEGINS,
    BOUGHT,
    CURRENT,
    EITHER,
    NAME,
    PAIRED,
    PEOPLE,
    Meaning,
    key,
    meaning,
    not_monthly,
)
from batch.sheets.layouts import Header
from batch.sheets.lost import LOST
from batch.sheets.raw import Raw

#: Filled cells looked at to tell what a column holds, and records searched for them.
_SAMPLE, _SAMPLED = 200, 5_000

ADDRESS = re.compile(
    r"(?!(?:smtp|x500|sip):)[^@\s]+@[^@\s;,]+(?:\s*[;,]\s*[^@\s;,]+@[^@\s;,]+)*[\s;,]*|[^<>]*<[^<>@\s]+@[^<>@\s]+>.*",
    re.IGNORECASE | re.DOTALL,
)
_GUID = re.compile(r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)
NUMBER = re.compile(r"[-+]?\d[\d.,'’\s]*")

_READ_AS = {
    Field.USER: "the user principal name",
    Field.OBJECT_ID: "the object id",
    Field.DISPLAY_NAME: "the display name",
    Field.LOCATION: "the usage location",
    Field.DEPARTMENT: "the department",
    Field.HOLDS: "licences held",
    Field.HOLDS_DIRECT: "licences held directly",
    Field.HOLDS_GROUP: "licences held through groups",
    Field.REMOVE: "licences to take away",
    Field.ADD: "licences to give",
    Field.WAY: "on what the move is made",
    Field.TO_GROUP: "the group to move into",
    Field.DISABLED: "service plans that are off",
    Field.TEMPLATE: "the user whose licences are copied",
    Field.PRIORITY: "the priority",
    Field.PRODUCT: "the product",
    Field.SKU_ID: "the product's id",
    Field.TOTAL: "licences bought",
    Field.ASSIGNED: "licences assigned",
    Field.EXPIRED: "licences expired",
    Field.SUSPENDED: "licences suspended",
    Field.PRICE: "the price of one seat for one month",
    Field.CURRENCY: "the currency",
    Field.STATUS: "the status of the subscription",
}
_BOUGHT_FIELDS = (
    *(Field.SKU_ID, Field.PRODUCT, Field.TOTAL, Field.ASSIGNED, Field.EXPIRED, Field.SUSPENDED),
    *(Field.PRICE, Field.CURRENCY, Field.STATUS),
)
_PERSON_FIELDS = (Field.OBJECT_ID, Field.DISPLAY_NAME, Field.LOCATION, Field.DEPARTMENT, Field.PRIORITY)
_LICENCE_FIELDS = (
    *(Field.HOLDS, Field.HOLDS_DIRECT, Field.HOLDS_GROUP),
    *(Field.REMOVE, Field.ADD, Field.DISABLED, Field.TEMPLATE, Field.WAY, Field.TO_GROUP),
)
#: Columns that say who shall move.
ASKING = (Field.REMOVE, Field.ADD, Field.TEMPLATE, Field.WAY, Field.TO_GROUP)
#: A wrong guess here would move the wrong person or the wrong licence: two columns that differ are not guessed between.
_NEVER_GUESSED = frozenset((Field.USER, *_LICENCE_FIELDS, Field.SKU_ID, Field.PRODUCT, Field.PRICE))

Candidates = dict[Field, list[tuple[int, int]]]


class Body:
    """The records below the headings of one sheet."""

    def __init__(self, raw: Raw, header: Header) -> None:
        self.headings = header.headings
        self._columns, self._first = raw.columns, header.first
        self._samples: dict[int, list[str]] = {}

    @property
    def columns(self) -> list[list[str]]:
        """Every column's cells."""
        return [self.cells(column) for column in range(len(self._columns))]

    def cells(self, column: int) -> list[str]:
        """Every cell of the column; the very list that was read when nothing stands above it."""
        return self._columns[column][self._first :] if self._first else self._columns[column]

    def record(self, index: int) -> tuple[str, ...]:
        """Every cell of one record, across all columns."""
        return tuple(column[self._first + index] for column in self._columns)

    def sample(self, column: int) -> list[str]:
        """Up to 200 filled cells from the top of the column."""
        if column not in self._samples:
            top = islice(self._columns[column], self._first, self._first + _SAMPLED)
            self._samples[column] = list(islice(filter(None, top), _SAMPLE))
        return self._samples[column]

    def filled(self, column: int) -> bool:
        """True when at least one cell has anything in it."""
        return bool(self.sample(column)) or any(islice(self._columns[column], self._first, None))

    def mostly(self, column: int, pattern: re.Pattern[str]) -> bool:
        """True when at least half of the filled cells look so."""
        sample = self.sample(column)
        return bool(sample) and 2 * sum(1 for cell in sample if pattern.fullmatch(cell)) >= len(sample)


@dataclass(slots=True, kw_only=True)
class Columns:
    """What the columns of a sheet mean."""

    kind: Kind = Kind.UNKNOWN
    of: dict[Field, int] = field(default_factory=dict)
    #: Columns whose heading means nothing known.
    unknown: tuple[int, ...] = ()
    assumed: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def understand(body: Body, place: Place, named: Mapping[int, Field]) -> Columns:
    """Find the kind of the sheet and its columns. ``named`` are the columns that the user named (``--map``).

    ``place`` is the row of the headings, for problems.
    """
    people, bought = _candidates(body, PEOPLE, named), _candidates(body, BOUGHT, named)
    found = Columns(unknown=tuple(_unknown(body.headings, named)))
    choose = _Choice(body, place, found)
    _keep_counts(body, bought)
    if _is_bought(bought, people):
        found.kind = Kind.LICENSES
        _keep_monthly(choose, bought)
        for meant in _BOUGHT_FIELDS:
            choose.column(meant, bought.get(meant, []))
        return found
    _choose_user(choose, people)
    if Field.USER in found.of:
        _choose_licences(choose, people)
        for meant in _PERSON_FIELDS:
            choose.column(meant, people.get(meant, []))
        moving = (found.of[meant] for meant in ASKING if meant in found.of)
        found.kind = Kind.MOVES if any(map(body.filled, moving)) else Kind.USERS
    return found


def _candidates(body: Body, synonyms: Mapping[str, Meaning], named: Mapping[int, Field]) -> Candidates:
    """Meaning → (tier, column) of every column that may have it, best first."""
    found: Candidates = {}
    for column, heading in enumerate(body.headings):
        meant = Meaning(named[column], -1) if column in named else meaning(heading, synonyms)
        if meant:
            found.setdefault(meant.field, []).append((meant.tier, column))
    return {meant: sorted(columns) for meant, columns in found.items()}


def _unknown(headings: Sequence[str], named: Mapping[int, Field]) -> list[int]:
    return [c for c, text in enumerate(headings) if text and c not in named and meaning(text, PEOPLE) is None]


def _keep_counts(body: Body, bought: Candidates) -> None:
    """Counts must have numbers under them; "Licenses" with words under it is the name of the product."""
    for counted in (Field.TOTAL, Field.ASSIGNED, Field.EXPIRED, Field.SUSPENDED):
        believed = []
        for tier, column in bought.get(counted, []):
            if tier < 0 or not body.sample(column) or body.mostly(column, NUMBER):
                believed.append((tier, column))
            elif tier == EITHER:
                bought.setdefault(Field.PRODUCT, []).append((tier, column))
        bought[counted] = believed


def _is_bought(bought: Candidates, people: Candidates) -> bool:
    """Products with counts and nobody who could be their user: an e-mail beside them is at most an owner."""
    counted = bought.get(Field.TOTAL) or bought.get(Field.ASSIGNED)
    surest_user = min(people.get(Field.USER, []), default=(9, 0))[0]
    return bool(counted and (bought.get(Field.PRODUCT) or bought.get(Field.SKU_ID)) and surest_user >= 2)


class _Choice:
    """Chooses one column for a meaning, and says what it took for granted."""

    def __init__(self, body: Body, place: Place, found: Columns) -> None:
        self.body, self.place, self.found = body, place, found

    def column(self, meant: Field, candidates: Sequence[tuple[int, int]]) -> None:
        """Take the surest column that has anything in it; two that are equally sure must not differ."""
        free = [c for c in sorted(candidates) if c[1] not in self.found.of.values()]
        if not free:
            return
        useful = [c for c in free if self.body.filled(c[1]) and not self.body.mostly(c[1], LOST)] or free
        tier, column = useful[0]
        rivals = [c for t, c in useful[1:] if t == tier and self.body.cells(c) != self.body.cells(column)]
        if rivals and meant in _NEVER_GUESSED:
            self._ambiguous(meant, [column, *rivals])
            return
        if rivals:
            self.say(f"{self._names([column, *rivals])} may all be {_READ_AS[meant]}; the first is read.")
        self.take(meant, column, quiet=bool(rivals) or tier == -1 or (tier == 0 and meant not in _LICENCE_FIELDS))

    def take(self, meant: Field, column: int, *, quiet: bool) -> None:
        """Let the column have this meaning, and say so unless it goes without saying."""
        self.found.of[meant] = column
        if not quiet:
            self.say(f"Column “{self.body.headings[column]}” read as {_READ_AS[meant]}.")

    def say(self, sentence: str) -> None:
        """Note an assumption."""
        self.found.assumed.append(sentence)

    def _ambiguous(self, meant: Field, columns: Sequence[int]) -> None:
        headings = [self.body.headings[column] for column in columns]
        # A plan takes mappings for its sheets of people alone.
        alike = len(set(map(key, headings))) < len(headings) or meant is Field.PRICE
        todo = "Rename the ones that are not." if alike else f'Say which with --map "{headings[0]}={meant}".'
        text = f"{self._names(columns)} may all be {_READ_AS[meant]}, and they differ, so none is read. {todo}"
        place = Place(file=self.place.file, sheet=self.place.sheet, row=self.place.row)
        self.found.problems.append(Problem(place=place, code="ambiguous_column", text=text))

    def _names(self, columns: Sequence[int]) -> str:
        return "Columns " + " and ".join(f"“{self.body.headings[c]}”" for c in columns)


def _keep_monthly(choose: _Choice, bought: Candidates) -> None:
    """Only a price of one seat for one month counts; a twelfth of a yearly one would be a guess at the contract."""
    headings, believed = choose.body.headings, []
    for tier, column in bought.get(Field.PRICE, []):
        if not_monthly(headings[column]) and tier >= 0:
            told = "it must be the price of one seat for one month"
            choose.say(f"Column “{headings[column]}” is not read as a price: {told}.")
        elif tier < BEGINS or currency_of(headings[column]):
            believed.append((tier, column))
    bought[Field.PRICE] = believed


def _choose_user(choose: _Choice, people: Candidates) -> None:
    """The column of user principal names: by its heading, and for the vaguer headings by the @ under it."""
    body, candidates, names = choose.body, [], people.setdefault(Field.DISPLAY_NAME, [])
    for tier, column in people.get(Field.USER, []):
        if tier < 1 or body.mostly(column, ADDRESS):
            candidates.append((tier, column))
        elif tier < 3:
            candidates.append((tier + 5, column))
        elif body.mostly(column, _GUID):
            people.setdefault(Field.OBJECT_ID, []).append((tier, column))
        else:
            names.append((tier, column))
    if not candidates:
        others = (*choose.found.unknown, *(column for _, column in names))
        candidates = [(3, column) for column in sorted(others) if body.mostly(column, ADDRESS)]
    choose.column(Field.USER, candidates)


def _choose_licences(choose: _Choice, people: Candidates) -> None:
    """What is held, what goes and what comes; "from" and "current" go only where something comes."""
    going, coming = people.get(Field.REMOVE, []), people.get(Field.ADD, [])
    if not coming:
        people[Field.HOLDS] = people.get(Field.HOLDS, []) + [c for c in going if c[0] == CURRENT]
        people[Field.REMOVE] = [c for c in going if c[0] not in (CURRENT, PAIRED)]
    if not going:
        people[Field.ADD] = [c for c in coming if c[0] != PAIRED]
    for meant in _LICENCE_FIELDS:
        choose.column(meant, people.get(meant, []))
    _name_products(choose, people)


def _name_products(choose: _Choice, people: Candidates) -> None:
    """A column of products beside the user: held, unless it stands with what is prepared for somebody new."""
    body = choose.body
    generic = people.get(Field.SKU_ID, []) + people.get(Field.PRODUCT, [])
    if not generic:
        return
    taken = choose.found.of
    asked = any(body.filled(taken[meant]) for meant in ASKING if meant in taken)
    if asked or Field.HOLDS in taken or Field.HOLDS_DIRECT in taken:
        choose.say(f"Column “{body.headings[generic[0][1]]}” is not read: other columns name the licences.")
    else:
        # "Name" beside a product is as likely the product's.
        people[Field.DISPLAY_NAME] = [c for c in people.get(Field.DISPLAY_NAME, []) if c[0] != NAME]
        prepared = (people.get(Field.LOCATION) or Field.DISABLED in taken) and not people.get(Field.DISPLAY_NAME)
        choose.column(Field.ADD if prepared else Field.HOLDS, [(tier + 1, column) for tier, column in generic])
