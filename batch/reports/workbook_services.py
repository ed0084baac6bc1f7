"""The sheet Services of report.xlsx: what people gain, keep and lose, for each kind of change."""

from __future__ import annotations

from batch.reports.workbook_pen import Pen

_LAST = 2


def add_services(pen: Pen) -> None:
    """Write the sheet; none for a plan that changes nobody."""
    services = pen.report.services
    if not services:
        return
    pen.begin("Services", [46, 10, 110])
    pen.title("What people gain, keep and lose", _LAST)
    pen.heads(["Change", "People", "Services"], right=lambda column: column == 1)
    for kind in services:
        # One cell a line: a cell of forty services would be higher than a screen.
        looks = [pen.listed(indent=1, bold=True), pen.listed(num_format="#,##0"), pen.listed(indent=1)]
        first, *others = kind.lines or ("nothing changes",)
        pen.fitted(
            [f"{kind.title}{f', beside {kind.beside}' if kind.beside else ''}", kind.people, first.strip()], looks
        )
        for line in others:
            pen.fitted(["", None, line.strip()], looks)
