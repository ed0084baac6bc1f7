"""Reports for machines and spreadsheets: results.csv, rejects.csv and result.json.

CSV: UTF-8 with a byte order mark, CRLF, comma, so that Excel opens it as it is. Every cell of text is ``neutral``.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from batch.core.harmless import legible, neutral
from batch.core.money_words import exact
from batch.core.report import Money, Monthly, ProductCost, Report, ResultRow, SkuLine
from batch.reports.whole import whole
from batch.reports.words import iso

RESULT_COLUMNS = (
    "file",
    "sheet",
    "row",
    "user",
    "display_name",
    "remove",
    "add",
    "kept_off",
    "outcome",
    "code",
    "reason",
    "group",
    "tries",
    "at",
)
REJECT_COLUMNS = ("Reason code", "Reason")

_QUOTED = re.compile(r'[",\r\n]')


def write_results_csv(report: Report, path: Path) -> None:
    """One line a row of the input, in its order: what was asked, the outcome, why, and when (ISO 8601, UTC)."""
    with whole(path) as file, _text(file) as text:
        text.write(",".join(RESULT_COLUMNS) + "\r\n")
        text.writelines(_result_lines(report.rows()))


def write_rejects_csv(headings: Sequence[str], rows: Iterable[tuple[Sequence[str], str, str]], path: Path) -> None:
    """Rows that did not happen, in the input's own columns plus ``Reason code`` and ``Reason``.

    ``rows`` are (cells as they came, code, sentence). Short rows are filled up; cells beyond the headings stand after
    the reason, so nothing is lost. Headings that end in the two reason columns (rejects fed in again) keep one pair.
    A sheet that had no headings needs names for its columns here, or it could not be read again.

    A cell that could be taken for a formula has one apostrophe in front (see ``neutral``), which reading takes off.
    """
    own = [heading.removeprefix("\ufeff") for heading in headings]
    again = len(own) > 2 and tuple(heading.strip().casefold() for heading in own[-2:]) == ("reason code", "reason")
    width = len(own) - 2 if again else len(own)
    with whole(path) as file, _text(file) as text:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([neutral(h) for h in own[:width]] + [*REJECT_COLUMNS])
        writer.writerows(_reject_cells(rows, width, len(own)))


def write_result_json(report: Report, path: Path) -> None:
    """How the run ended, for programs. ASCII only, since PowerShell 5 takes UTF-8 without a mark for something else."""
    with whole(path) as file:
        file.write(json.dumps(result(report), indent=2).encode("ascii") + b"\n")


def result(report: Report) -> dict[str, Any]:
    """result.json as a value (schema 1). Times are ISO 8601 in UTC, or null while they have not happened."""
    return {
        "schema": 1,
        "run": report.run,
        "status": report.status.value,
        "exit_code": report.exit_code,
        "plan_id": report.plan_id,
        "version": report.version,
        "tenant": report.tenant,
        "title": report.title,
        "planned_at": iso(report.planned_at) or None,
        "started_at": iso(report.started_at) or None,
        "ended_at": iso(report.ended_at) or None,
        "read_at": iso(report.read_at) or None,
        "read_from": report.read_from,
        "counts": {str(bucket): count for bucket, count in report.counts.items()},
        "skus": [_sku(line) for line in report.skus],
        "reconciled": report.reconciled,
        "difference_count": report.difference_count,
        "differences": [{"code": d.code, "about": d.about, "text": d.text} for d in report.differences],
        "attention": [
            {"where": r.where, "code": r.code, "count": r.count, "meaning": r.meaning, "todo": r.todo}
            for r in report.attention
        ],
        "checks": [{"text": text, "closes": closes} for text, closes in report.checks],
        **({"rehearsal": list(report.rehearsal)} if report.rehearsal else {}),
        **({"money": _money(report.money)} if report.money else {}),
        "sources": [
            {"file": s.file, "sheet": s.sheet, "kind": s.kind, "digest": s.digest, "rows": s.rows}
            for s in report.sources
        ],
    }


def _sku(line: SkuLine) -> dict[str, Any]:
    return {
        "sku_id": line.sku_id,
        "part_number": line.part_number,
        "name": line.name,
        "seats": line.seats,
        "before": line.before,
        "assigned": line.assigned,
        "removed": line.removed,
        "expected": line.expected,
        "after": line.after,
    }


def _money(money: Money) -> dict[str, Any]:
    """Amounts are texts, exact to their last digit: a number of JSON would be read as a binary fraction."""
    return {
        "bills": [
            {
                "currency": bill.currency,
                "people": bill.people,
                **_monthly(bill.cost),
                "departments": [{"name": d.name, "people": d.people, **_monthly(d.cost)} for d in bill.departments],
                "products": [_product(product) for product in bill.products],
                "total": exact(bill.total),
                "given_back": exact(bill.given_back),
            }
            for bill in money.bills
        ],
        "left_out": [{"name": name, "why": why} for name, why in money.left_out],
    }


def _monthly(cost: Monthly) -> dict[str, str]:
    return {"before": exact(cost.before), "planned": exact(cost.planned), "now": exact(cost.now)}


def _product(product: ProductCost) -> dict[str, Any]:
    return {
        "sku_id": product.sku_id,
        "name": product.name,
        "price": exact(product.price),
        "seats": product.seats,
        "bill": exact(product.bill),
        "freed": product.freed,
        "freed_now": product.freed_now,
        "idle": exact(product.idle),
    }


def _result_lines(rows: Iterable[ResultRow]) -> Iterator[str]:
    # Lines made by hand take half the csv module's time, which counts with a million rows: files, products and reasons
    # recur in nearly every row, so they are made into cells once. People do not, and would only push those out.
    often = lru_cache(maxsize=4096)(_cell)
    for file, sheet, row, user, name, remove, add, kept_off, outcome, code, reason, group, tries, at in rows:
        yield (
            f"{often(file)},{often(sheet)},{row},{_cell(user)},{_cell(name)},{often(remove)},{often(add)},"
            f"{often(kept_off)},{often(outcome)},{often(code)},{often(reason)},{group},{tries},{iso(at)}\r\n"
        )


def _cell(text: str) -> str:
    """The text as a cell of results.csv: legible (a stray NUL makes a table binary for some), neutral and quoted."""
    text = neutral(legible(text))
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _reject_cells(rows: Iterable[tuple[Sequence[str], str, str]], width: int, taken: int) -> Iterator[list[str]]:
    for cells, code, reason in rows:
        own = [neutral(cell) for cell in cells]
        blanks = [""] * (width - len(own))
        yield [*own[:width], *blanks, neutral(code), neutral(reason), *own[taken:]]


@contextmanager
def _text(file: BinaryIO) -> Iterator[TextIO]:
    # Half a surrogate pair (possible in JSON input) has no UTF-8; it is told, not fatal.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="backslashreplace", newline="")
    try:
        yield text
        text.flush()
    finally:
        text.detach()
