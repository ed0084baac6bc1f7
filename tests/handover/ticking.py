"""A handover of five packs, its workbook, and people who tick it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from batch.core.handed import Cover, Hand, Hands, InHand, Licence, Member, PackSheet, Steps
from batch.handover.workbook import write_workbooks
from batch.sheets.files import read_raw

DIGEST = "3f" * 32
OTHER = "a4" * 32
COVER = Cover(
    run="2026-11-23-e4-to-e3",
    title="Office 365 E4 → Office 365 E3",
    tenant="Contoso",
    handover=1,
    digest=DIGEST,
    made_at=1_795_442_400.0,
    folder="runs/2026-11-23-e4-to-e3",
    size=20,
)
SIZES = (20, 20, 7, 2, 1)
COUNT = sum(SIZES)
_E3, _VISIO = Licence("Office 365 E3", ("Sway",)), Licence("Visio Plan 2")


def user_id(change: int) -> str:
    if change >= COUNT:
        raise IndexError(change)
    return f"00000000-0000-0000-0000-{change:012x}"


def user_name(change: int) -> str:
    user_id(change)
    return f"person{change}@contoso.example"


def members(first: int, count: int) -> tuple[Member, ...]:
    return tuple(Member(n, user_id(n), user_name(n), f"Person {n}") for n in range(first, first + count))


def packs(sizes: Sequence[int] = SIZES) -> list[PackSheet]:
    first, made = 0, []
    for number, size in enumerate(sizes, 1):
        keep = number == 2
        made.append(
            PackSheet(
                number=number,
                of=len(sizes),
                steps=Steps.KEEP_AND_UNASSIGN if keep else Steps.REPLACE,
                people=members(first, size) if first + size <= COUNT else (),
                ticked=(_E3, _VISIO) if keep else (_E3,),
                inherited=("Power BI",) if keep else (),
                given=(_E3,) if keep else (),
                gone=("Office 365 E4",),
                location="NL" if number == 3 else "",
            )
        )
        first += size
    return made


def hands(digest: str = DIGEST, hand: Hand = Hand.ADMIN_CENTER) -> Hands:
    return {n: InHand(1, 1, hand, digest) for n in range(COUNT)}


@dataclass
class Sheet:
    """A grid that a test writes into."""

    sheet: str
    rows: list[int]
    columns: list[list[str]]

    @property
    def head(self) -> int:
        """The index of the row of headings, whose Ref is the third."""
        return self.columns[2].index("Ref")

    def lines(self) -> list[list[str]]:
        return [list(line) for line in zip(*self.columns, strict=True)]

    def with_lines(self, lines: Sequence[Sequence[str]]) -> Sheet:
        """The same sheet with other rows."""
        columns = [list(column) for column in zip(*lines, strict=True)]
        return replace(self, columns=columns, rows=list(range(1, len(lines) + 1)))

    def people(self) -> list[int]:
        """The indices of the rows in which people stand."""
        return [i for i, cell in enumerate(self.columns[2]) if i > self.head and cell]

    def change(self, index: int) -> int:
        return int(self.columns[2][index].partition("-")[0])


def grids(path: Path) -> list[Sheet]:
    """Every sheet of a file as the program reads it."""
    return [Sheet(raw.sheet, list(raw.rows), [list(c) for c in raw.columns]) for raw in read_raw(path)[0]]


def written(folder: Path, lang: str = "en") -> Path:
    (path,) = write_workbooks(packs(), COVER, lang, folder)
    return path


def pack_sheets(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Those that have a table of people."""
    return [sheet for sheet in sheets if len(sheet.columns) > 2 and "Ref" in sheet.columns[2]]


def ticked(sheets: Sequence[Sheet], mark: Callable[[int], str]) -> None:
    """Write into everybody's box what ``mark`` says of their change."""
    for sheet in pack_sheets(sheets):
        for index in sheet.people():
            sheet.columns[0][index] = mark(sheet.change(index))
