"""Rules of a job: who holds this product (and is in that department, in that country) gets that one.

A person may stand in several rows, of several sheets; whichever way the sheet is laid out, the first rule that fits any
row of theirs counts, and no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from batch.core.asks import No, problem
from batch.core.catalog import Ambiguous
from batch.core.cells import HOLDINGS, Once, Products, columns, not_a_product, together
from batch.core.errors import UsageError
from batch.core.outcomes import Bucket
from batch.core.table import Field, Kind, Table
from batch.core.users import read_users

#: Rules and products that a line for people names.
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRule:
    """Who it is for and what they get. Products are as a job file names them, and SKU ids once they are resolved."""

    holds: str
    to: tuple[str, ...]
    #: Of these departments, as written; empty for any.
    departments: tuple[str, ...] = ()
    #: With these usage locations (two letters); empty for any.
    locations: tuple[str, ...] = ()


NO_RULE = No(Bucket.UNCHANGED, "no_rule")
EARLIER_RULE = No(Bucket.UNCHANGED, "earlier_rule")

#: What a rule asks for beside a product: its field of ``MoveRule``, the column, and what it is called.
_CONDITIONS = (("departments", Field.DEPARTMENT, "department"), ("locations", Field.LOCATION, "usage location"))


class Matching:
    """Which rule fits each row: its number (0 first), or why none does."""

    def __init__(self, rules: Sequence[MoveRule], products: Once[str, Products]) -> None:
        self._rules = rules
        self._products = products
        self._departments = [frozenset(map(one_form, rule.departments)) for rule in rules]
        self._locations = [frozenset(map(one_form, rule.locations)) for rule in rules]
        #: Each distinct combination of cells is worked out once.
        self._fit = Once[tuple[str, str, tuple[str, ...]], int | No](lambda cells: self._first(*cells))

    def of(self, table: Table) -> list[int | No]:
        """The first rule that fits each row of the table by itself."""
        asked = [
            table.cells[column] if any(getattr(rule, name) for rule in self._rules) else [""] * len(table.rows)
            for name, column, _ in _CONDITIONS
        ]
        held = columns(table, tuple(field for field in HOLDINGS if field in table.cells))
        cells = zip(*asked, zip(*held, strict=True), strict=True)
        return [self._fit[department, location, products] for department, location, products in cells]

    def of_people(self, tables: Iterable[Table]) -> dict[str, int]:
        """The first rule that fits any row of each person, by canonical user name."""
        first: dict[str, int] = {}
        for table in tables:
            users = read_users(table.cells.get(Field.USER, [""] * len(table.rows)))[0]
            for user, fit in zip(users, self.of(table), strict=True):
                if isinstance(fit, int) and fit < first.get(user, len(self._rules)):
                    first[user] = fit
        return first

    def _first(self, department: str, location: str, cells: tuple[str, ...]) -> int | No:
        """The first that fits. A name that may stand for products of different rules has to be made clear first."""
        held = together([self._products[cell] for cell in cells])
        doubtful = {c.sku_id: u for u in held.unresolved if isinstance(u, Ambiguous) for c in u.candidates}
        at, inside = one_form(department), one_form(location)
        fitting = [
            number
            for number, rule in enumerate(self._rules)
            if (rule.holds in held.ids or rule.holds in doubtful)
            and (not rule.departments or at in self._departments[number])
            and (not rule.locations or inside in self._locations[number])
        ]
        if not fitting:
            return NO_RULE
        product = self._rules[fitting[0]].holds
        if product in held.ids or all(self._rules[number].holds == product for number in fitting):
            return fitting[0]
        code, text = not_a_product(doubtful[product])
        return problem(code, text, Field.HOLDS)


def one_form(cell: str) -> str:
    """A department or a country as it is compared: in one case, each blank once."""
    return " ".join(cell.split()).casefold()


def resolved(rules: Sequence[MoveRule], sku_id: Callable[[str, str], str]) -> tuple[MoveRule, ...]:
    """The rules with SKU ids in place of names; ``sku_id`` finds one by its name and by what to call it in a message.

    Raises ``UsageError`` for a rule that asks nothing, and for one that can never count.
    """
    found: list[MoveRule] = []
    for number, rule in enumerate(rules, 1):
        holds = sku_id(rule.holds, f"holds in rule {number}")
        to = tuple(dict.fromkeys(sku_id(name, f"to in rule {number}") for name in rule.to))
        if holds in to:
            raise UsageError(f"Rule {number} takes away and gives the same product, {rule.holds}.", "Name two.")
        found.append(replace(rule, holds=holds, to=to))
    for number, rule in enumerate(found):
        if (wider := next((n for n, one in enumerate(found[:number]) if _covers(one, rule)), None)) is not None:
            raise UsageError(
                f"Rule {number + 1} can never count: whoever fits it fits rule {wider + 1}, which comes first.",
                "Put the rule for the fewer people first, or leave one of the two out.",
            )
    return tuple(found)


def _covers(wide: MoveRule, narrow: MoveRule) -> bool:
    """True when everybody whom the second fits is fitted by the first as well."""
    pairs = ((getattr(wide, name), getattr(narrow, name)) for name, _, _ in _CONDITIONS)
    return wide.holds == narrow.holds and all(
        not w or (n and {*map(one_form, n)} <= {*map(one_form, w)}) for w, n in pairs
    )


def check_sheets(rules: Sequence[MoveRule], tables: Sequence[Table]) -> None:
    """``UsageError`` when these sheets do not say what the rules ask for."""
    for table in tables if rules else ():
        if table.kind is Kind.MOVES:
            raise UsageError(
                f"{table.file} says who shall move to what; the job has rules for that.",
                "Give only sheets that say who holds what, or leave the rules ([[rule]]) out of the job.",
            )
        if table.kind is not Kind.USERS:
            continue
        if not any(field in table.cells for field in HOLDINGS):
            raise UsageError(*_missing(table, "licences", "holds", "The rules of the job ask what people hold"))
        for name, column, told in _CONDITIONS:
            asking = next((n for n, rule in enumerate(rules, 1) if getattr(rule, name)), 0)
            if asking and column not in table.cells:
                asks = f"Rule {asking} of the job asks for a {told}"
                raise UsageError(*_missing(table, told, column.value, asks))


def _missing(table: Table, told: str, word: str, asks: str) -> tuple[str, str]:
    return (
        f"{asks}, and {table.file} has no column for it.",
        f"Export it again with a column of {told}; where there is one under another name, say so: "
        f'--map "COLUMN={word}", or map in [sheets] of the job.',
    )


def title_of(rules: Sequence[MoveRule], label: Callable[[str], str]) -> str:
    """What the rules do, in a few words: "Office 365 E4 → Office 365 E3, Office 365 E1 → Office 365 E3 by rules"."""
    pairs = list(dict.fromkeys(f"{label(rule.holds)} → {' + '.join(map(label, rule.to))}" for rule in rules))
    more = f" and {len(pairs) - _SHOWN} more" if len(pairs) > _SHOWN else ""
    return f"{', '.join(pairs[:_SHOWN])}{more} by rules"


def lines_of(rules: Sequence[MoveRule], label: Callable[[str], str]) -> tuple[str, ...]:
    """Each rule in a sentence, for those who read the plan."""
    lines = []
    for number, rule in enumerate(rules, 1):
        conditions = [
            f" and has the {told} {' or '.join(said)}" for name, _, told in _CONDITIONS if (said := getattr(rule, name))
        ]
        gets = " and ".join(map(label, rule.to))
        lines.append(f"Rule {number}: who holds {label(rule.holds)}{''.join(conditions)} gets {gets} instead.")
    return (*lines, "The first rule that fits a person counts.") if len(lines) > 1 else tuple(lines)
