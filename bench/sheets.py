"""Makes what the measurements read: `python bench/sheets.py KIND ROWS FOLDER`.

``mixed`` is a staff as in sample_data, of whom some 63 % hold Office 365 E4; ``movers`` all hold it and nothing else;
``workbook`` is the first as users.xlsx. A process of its own, so that the one that measures stays small.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "sample_data"))
import generate

COLUMNS = (
    *("User principal name", "Display name", "Department", "Title"),
    *("Usage location", "Licenses", "Object Id"),
)
_PICKED = [generate.USER_COLUMNS.index(name) for name in COLUMNS]


def rows(count: int, tally: Counter[str], licences: str = "") -> Iterator[list[str]]:
    """The heading and so many people; all with these licences, where they are given."""
    yield list(COLUMNS)
    everybody = (p._replace(licences=licences or p.licences) for p in generate.people(count))
    for row in map(generate.user_row, generate.counted(everybody, tally)):
        yield [row[n] for n in _PICKED]


def main() -> None:
    """Write users.csv and licenses.csv, or users.xlsx, into the folder."""
    kind, count, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    tally: Counter[str] = Counter()
    if kind == "workbook":
        import xlsxwriter

        with xlsxwriter.Workbook(folder / "users.xlsx", {"constant_memory": True}) as book:
            sheet = book.add_worksheet("users")
            for number, row in enumerate(rows(count, tally)):
                sheet.write_row(number, 0, row)
        return
    people = rows(count, tally, generate.E4 if kind == "movers" else "")
    generate.write_csv(folder / "users.csv", people)
    bought = generate.license_rows(tally, spare_e3=10)
    if kind == "movers":
        bought.append((generate.E3, str(count + 10), "0", "0"))
    generate.write_csv(folder / "licenses.csv", bought)


if __name__ == "__main__":
    main()
