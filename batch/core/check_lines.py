"""The value of ``reassign check`` in lines for people: what each sheet is, how it was read and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from batch.core.catalog import Catalog
from batch.core.money_words import of_currency
from batch.core.table import Kind

#: As many places of one problem are named; the rest is counted.
_PLACES = 3
_KINDS = {
    Kind.USERS: "who holds what",
    Kind.MOVES: "who shall move",
    Kind.LICENSES: "what was bought",
    Kind.UNKNOWN: "cannot be used",
}
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def lines(value: dict[str, Any], catalog: Catalog) -> Iterator[str]:
    """A block of lines for each sheet, with an empty line between."""
    for number, entry in enumerate(value["files"]):
        if number:
            yield ""
        yield from _sheet(entry, catalog)


def _sheet(entry: dict[str, Any], catalog: Catalog) -> Iterator[str]:
    sheet = f", sheet {entry['format']['sheet']}" if entry["format"]["sheet"] else ""
    yield f"{entry['file']}{sheet}: {_KINDS[Kind(entry['kind'])]}"
    if entry["container"]:
        yield f"  Read as   {read_as(entry)}"
    yield from (f"  Assumed   {sentence}" for sentence in entry["assumed"])
    if entry["seats"]:
        yield f"  Products  {len(entry['seats']):,}"
        yield from (f"            {_seat(seat)}" for seat in entry["seats"][:20])
    elif entry["container"]:
        people = len({row["user"] for row in entry["rows"]})
        yield f"  Rows      {len(entry['rows']):,} of {people:,} {'person' if people == 1 else 'people'}"
        yield from _products(entry, catalog)
    yield from _problems(entry)


def read_as(entry: dict[str, Any]) -> str:
    """How the bytes were read, in words: "CSV, utf-8, semicolon, headings in row 1"."""
    how = entry["format"]
    parts = [
        entry["container"].upper(),
        how["encoding"],
        _DELIMITERS.get(how["delimiter"], how["delimiter"]),
        f"headings in row {how['header_row']}" if how["header_row"] else "no headings",
    ]
    return ", ".join(filter(None, parts))


def _seat(seat: dict[str, Any]) -> str:
    total, assigned = ("?" if seat[key] is None else f"{seat[key]:,}" for key in ("total", "assigned"))
    price = f", {of_currency(seat['currency'], seat['price'])} a seat and month" if seat.get("price") else ""
    return f"{seat['name']}: {total} bought, {assigned} assigned{price}"


def _products(entry: dict[str, Any], catalog: Catalog) -> Iterator[str]:
    """How many rows name each product, the most frequent first."""
    for key, word in (("holds", "Held"), ("remove", "Goes"), ("add", "Comes")):
        counts: dict[str, int] = {}
        for row in entry["rows"]:
            for sku_id in row[key]:
                counts[sku_id] = counts.get(sku_id, 0) + 1
        for sku_id, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:10]:
            yield f"  {word:<9} {catalog.label(sku_id)}: {count:,}"


def _problems(entry: dict[str, Any]) -> Iterator[str]:
    """Problems grouped by code, the most frequent first, each with its first places and what to do."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for problem in entry["problems"]:
        groups.setdefault(problem["code"], []).append(problem)
    if not groups:
        yield "  Problems  none"
        return
    yield f"  Problems  {len(entry['problems']):,}"
    for code, found in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        rows = [f"{problem['row']}" for problem in found if problem["row"]]
        more = f" and {len(rows) - _PLACES:,} more" if len(rows) > _PLACES else ""
        where = f", row{'s' * (len(rows) > 1)} {', '.join(rows[:_PLACES])}{more}" if rows else ""
        yield f"    {code}: {len(found):,}{where}"
        yield f"      {found[0]['text']}"
