"""Tables and a catalog for tests, in as few words as possible."""

from __future__ import annotations

from batch.core.catalog import Catalog
from batch.core.table import Field, Format, Kind, Table
from batch.core.terms import Candidate, Place, Problem, ServicePlan

E1 = "11111111-0000-4000-8000-000000000001"
E3 = "33333333-0000-4000-8000-000000000003"
E4 = "44444444-0000-4000-8000-000000000004"
E5 = "55555555-0000-4000-8000-000000000005"
V1 = "aaaaaaaa-0000-4000-8000-000000000001"
V2 = "bbbbbbbb-0000-4000-8000-000000000002"
MAIL = "eeeeeeee-0000-4000-8000-00000000000a"
CHAT = "eeeeeeee-0000-4000-8000-00000000000b"

CATALOG = Catalog.of(
    (),
    [
        Candidate(sku_id=E1, part_number="STANDARDPACK", name="Office 365 E1"),
        Candidate(
            sku_id=E3,
            part_number="ENTERPRISEPACK",
            name="Office 365 E3",
            plans=(ServicePlan(plan_id=MAIL, name="EXCHANGE"), ServicePlan(plan_id=CHAT, name="TEAMS1")),
        ),
        Candidate(sku_id=E4, part_number="ENTERPRISEWITHSCAL", name="Office 365 E4"),
        Candidate(sku_id=E5, part_number="ENTERPRISEPREMIUM", name="Office 365 E5"),
        Candidate(sku_id=V1, part_number="VISIO_A", name="Visio Plan 2"),
        Candidate(sku_id=V2, part_number="VISIO_B", name="Visio Plan 2"),
    ],
)


def table(
    kind: Kind, *rows: tuple[str, ...], fields: str, file: str = "a.csv", first: int = 2, **more: object
) -> Table:
    """A table whose columns are these fields (words with blanks between); rows count from ``first``."""
    meanings = [Field(word) for word in fields.split()]
    cells = {meaning: [row[i] for row in rows] for i, meaning in enumerate(meanings)}
    settings: dict[str, object] = {
        "sheet": "",
        "digest": "",
        "format": Format(container="csv", encoding="utf-8", delimiter=",", header_row=1),
        "mapping": {meaning: meaning.value.title() for meaning in meanings},
        "rows": list(range(first, first + len(rows))),
    }
    return Table(file=file, kind=kind, cells=cells, **(settings | more))  # type: ignore[arg-type]


def moves(*rows: tuple[str, ...], fields: str = "user remove add", **more: object) -> Table:
    """Who shall move."""
    return table(Kind.MOVES, *rows, fields=fields, **more)  # type: ignore[arg-type]


def people(*rows: tuple[str, ...], fields: str = "user holds", **more: object) -> Table:
    """Who holds what."""
    return table(Kind.USERS, *rows, fields=fields, **more)  # type: ignore[arg-type]


def trouble(row: int, code: str, *, column: str = "", file: str = "a.csv") -> Problem:
    """A problem that reading the sheet found."""
    return Problem(place=Place(file=file, row=row, column=column), code=code, text=f"{code}.")
