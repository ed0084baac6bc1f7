"""Writes the sample files of a college that does not exist, the same bytes each time; or users in any number.

python sample_data/generate.py                                  writes the files in this folder anew
python sample_data/generate.py --rows 100000 --out DIR          DIR/users.csv and DIR/licenses.csv of that size
python sample_data/generate.py --rows 100000 --out DIR --xlsx   and DIR/users.xlsx
"""

from __future__ import annotations

import argparse
import csv
import itertools
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

DOMAIN = "waterlandcollege.example"
E1, E3, E4, E5, F3 = (f"Office 365 {edition}" for edition in ("E1", "E3", "E4", "E5", "F3"))
EMS, PROJECT = "Enterprise Mobility + Security E3", "Planner and Project Plan 3"
POWER_BI, VISIO = "Power BI Pro", "Visio Plan 2"
UNLICENSED = "Unlicensed"

#: How many people of a staff of 240 hold what.
HOLDINGS = {
    E4: 72,
    f"{E4}+{POWER_BI}": 22,
    f"{EMS}+{E4}": 20,
    f"{E4}+{VISIO}": 18,
    f"{E4}+{PROJECT}": 8,
    f"{EMS}+{E4}+{POWER_BI}": 6,
    f"{EMS}+{E4}+{VISIO}": 4,
    f"{E3}+{E4}": 2,
    E3: 28,
    f"{E3}+{POWER_BI}": 6,
    f"{EMS}+{E3}": 4,
    E5: 3,
    E1: 18,
    F3: 22,
    UNLICENSED: 7,
}
CYCLE = tuple(itertools.chain.from_iterable(itertools.repeat(*pair) for pair in HOLDINGS.items()))
STAFF = len(CYCLE)

#: The columns of the admin center's "Active users" export since 2022, in its order.
_COLUMNS = (
    "Display name,DirSyncEnabled,User principal name,Object Id,First name,Last name,When created,"
    "Soft deletion time stamp,Title,Department,Preferred data location,City,CountryOrRegion,Office,StateOrProvince,"
    "Usage location,Last dirsync time,Block credential,Licenses,Password never expires,"
    "Last password change time stamp,Mobile Phone,Phone number,Postal code,Preferred language,Street address,Fax,"
    "Proxy addresses"
)
USER_COLUMNS = _COLUMNS.split(",")
LICENSE_COLUMNS = ("Product Title", "Total Licenses", "Expired Licenses", "Assigned licenses")

_FIRST = (
    "Zoë Daan Renée Sem Daniël Fleur Loïs Bram Anaïs Joris André Sanne Chloé Noël Femke Joëlle Lars Jérôme Lotte "
    "François Mees Françoise Thijs Björn Eva Jörg Sören Ilse Çağla Hugo Maaike Ruben Céline Koen Désirée Wouter "
    "Anouk Raphaël Marloes Gijs Michèle Stijn Aïsha Pieter Geneviève Sjoerd Tineke"
)
_LAST = (
    "de Vries,Jansen,van der Veen,Bakker,Daniëls,Visser,van 't Hoff,Smit,Özdemir,Mulder,de Bruijn,Koç,Dekker,"
    "in 't Veld,Peeters,Müller,van den Berg,Noë,Brouwer,Çelik,Hermans,d'Hondt,Kuipers,Groeneveld,Janßen,Postma,"
    "van Dijk,Roelofs,Citroën,Schröder,Verhoeven,Willems,Zijlstra"
)
FIRST_NAMES, LAST_NAMES = _FIRST.split(), _LAST.split(",")
DEPARTMENTS = (
    ("Techniek", "Docent"),
    ("Zorg en Welzijn", "Docent"),
    ("Economie", "Docent"),
    ("ICT", "Systeembeheerder"),
    ("Financiën", "Medewerker"),
    ("Facilitair", "Coördinator"),
    ("Examenbureau", "Medewerker"),
)
#: Usage location, country, city and postal code.
PLACES = (
    *(("NL", "Nederland", "Purmerend", "1441 AB"),) * 6,
    *(("NL", "Nederland", "Edam", "1135 CD"),) * 3,
    ("BE", "België", "Antwerpen", "2000"),
    ("DE", "Duitsland", "Köln", "50667"),
)


class Person(NamedTuple):
    """One line of the users export, as far as it differs from line to line."""

    upn: str
    first: str
    last: str
    licences: str
    number: int
    location: str = "NL"


def plain(name: str) -> str:
    """A name as it stands in an address: lower case, without accents, blanks and apostrophes."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())


FIRST_PLAIN = [plain(name) for name in FIRST_NAMES]
LAST_PLAIN = [plain(name) for name in LAST_NAMES]


def people(count: int) -> Iterator[Person]:
    """So many people, no two with the same address; each 240 of them hold what ``HOLDINGS`` says."""
    firsts, lasts = len(FIRST_NAMES), len(LAST_NAMES)
    for number in range(count):
        again, spot = divmod(number, firsts * lasts)
        # 620 has no divisor in common with 47 * 33, nor 77 with 240: each pair and each holding comes round once.
        last, first = divmod(spot * 620 % (firsts * lasts), firsts)
        upn = f"{FIRST_PLAIN[first]}.{LAST_PLAIN[last]}{again or ''}@{DOMAIN}"
        place = PLACES[number % len(PLACES)][0]
        licences = CYCLE[number * 77 % STAFF]
        yield Person(upn, FIRST_NAMES[first], LAST_NAMES[last], licences, number, place)


def staff() -> list[Person]:
    """The 240 of the committed files: two guests and a shared mailbox stand in the place of three without a licence."""
    everybody = list(people(STAFF))
    idle = [p.number for p in everybody if p.licences == UNLICENSED]
    for number, upn, first, last in zip(
        idle,
        (f"m.okafor_partner.example#EXT#@{DOMAIN}", f"l.garcia_bureau.example#EXT#@{DOMAIN}", f"receptie@{DOMAIN}"),
        ("Maya", "Lucía", "Receptie"),
        ("Okafor", "García", ""),
        strict=False,
    ):
        everybody[number] = Person(upn, first, last, UNLICENSED, number, "")
    return everybody


@cache
def stamp(number: int) -> str:
    """A moment at which somebody was hired."""
    day = f"{2016 + number % 8}-{1 + number % 12:02}-{1 + number % 28:02}"
    return f"{day} {7 + number % 11:02}:{number % 60:02}:00Z"


def user_row(person: Person) -> list[str]:
    """A person as a line of the export. Guests and shared mailboxes are not synchronised and have no job."""
    upn, first, last, licences, number, location = person
    digits = f"{(number + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128):032x}"
    object_id = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
    hired = stamp(number % 9240)  # the least common multiple of all that it is made of
    department, title = DEPARTMENTS[number % len(DEPARTMENTS)]
    _, country, city, postal_code = PLACES[number % len(PLACES)]
    synchronised, read = "True", "2026-03-02 05:30:00Z"
    office, language, proxy = "Hoofdgebouw", "nl-NL", f"SMTP:{upn}"
    blocked = "False"
    if not location:
        department = title = country = city = postal_code = office = language = read = ""
        synchronised, blocked = "False", "False" if last else "True"
        proxy = "" if last else proxy
    # fmt: off
    return [
        f"{first} {last}" if last else first, synchronised, upn, object_id, first, last, hired, "", title, department,
        "", city, country, office, "", location, read, blocked, licences, "False", hired, "", "", postal_code,
        language, "", "", proxy,
    ]
    # fmt: on


def write_csv(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write rows as the admin center does: UTF-8 with a byte order mark, CRLF, quotes where needed."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\ufeff")  # by hand, since the codec utf-8-sig encodes in Python and not in C
        quoting = csv.writer(file)
        for row in rows:
            line = ",".join(row)
            if '"' in line or "\n" in line or line.count(",") != len(row) - 1:
                quoting.writerow(row)
            else:  # five times faster, and nearly always right
                file.write(line + "\r\n")


def write_local_csv(path: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write rows as a Dutch Excel does: Windows-1252, semicolons."""
    with path.open("w", encoding="cp1252", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)


def counted(everybody: Iterable[Person], tally: Counter[str]) -> Iterator[Person]:
    """The same people, their ``Licenses`` cells counted in passing."""
    for person in everybody:
        tally[person.licences] += 1
        yield person


def license_rows(tally: Counter[str], spare_e3: int) -> list[tuple[str, ...]]:
    """What was bought: a few seats more than are assigned, and Office 365 E3 for everybody who has E4 and not E3."""
    assigned: Counter[str] = Counter()
    movers = 0
    for cell, count in tally.items():
        # None of these products but one has a + in its name, and there it has blanks around it.
        products = cell.replace(" + ", " & ").split("+")
        for product in products:
            assigned[product.replace(" & ", " + ")] += count
        movers += count if E4 in products and E3 not in products else 0
    del assigned[UNLICENSED]
    spare = {E3: movers + spare_e3, E5: 12, POWER_BI: 10}
    rows = [(name, str(held + spare.get(name, 5)), "0", str(held)) for name, held in sorted(assigned.items())]
    return [LICENSE_COLUMNS, *rows]


def swaps(everybody: list[Person]) -> list[tuple[str, str, str]]:
    """Forty people, nobody twice, who move in seven ways: who, from what, to what."""
    kinds = (
        (E4, E4, E3, 22),
        (E4, "ENTERPRISEWITHSCAL", "ENTERPRISEPACK", 2),
        (f"{E4}+{VISIO}", f"{E4}+{VISIO}", E3, 3),
        (f"{E4}+{POWER_BI}", E4, E5, 4),
        (f"{EMS}+{E4}", E4, f"{E3}+{VISIO}", 2),
        (E3, E3, E5, 3),
        (E1, E1, E3, 4),
    )
    waiting = {cell: [p for p in everybody if p.licences == cell] for cell in HOLDINGS}
    rows = [(waiting[cell].pop(0).upn, old, new) for cell, old, new, count in kinds for _ in range(count)]
    return sorted(rows)


def write_swaps(path: Path, rows: list[tuple[str, str, str]]) -> None:
    """The workbook with two title rows above Dutch headings."""
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": datetime(2026, 3, 2), "author": "ICT Waterland College"})
        sheet = book.add_worksheet("Wissels")
        bold = book.add_format({"bold": True})
        sheet.merge_range(0, 0, 0, 2, "Stichting Waterland College: licentiewissels maart 2026", bold)
        sheet.write_string(1, 0, "Vastgesteld door ICT op 2 maart 2026")
        sheet.write_row(2, 0, ("E-mail", "Van licentie", "Naar licentie"), bold)
        for number, row in enumerate(rows, start=3):
            sheet.write_row(number, 0, row)
        sheet.set_column(0, 2, 42)


def dirty_rows(everybody: list[Person]) -> list[tuple[str, ...]]:
    """Everything that goes wrong in a list that went round by mail."""
    one, two, three, four, five, six, seven, eight = (p for p in [p for p in everybody if p.licences == E4][30:38])
    guest = next(p for p in everybody if "#EXT#" in p.upn)
    header = ("Gebruikersnaam", "Weergavenaam", "Van licentie", "Naar licentie", "Opmerking")
    moves = (
        (one.upn, E4, E3, "goed"),
        (one.upn, E4, E3, "nog eens dezelfde"),
        (one.upn.upper(), E4, E3, "en nog eens, in hoofdletters"),
        (two.upn, E4, E3, "eerst E3 …"),
        (two.upn, E4, E5, "… en dan toch E5"),
        (f"\xa0{three.upn}\xa0", "Office\xa0365\xa0E4", "Office 365  E3", "vaste spaties"),
        (f"{four.first} {four.last} <{four.upn}>", E4, E3, "uit Outlook geplakt"),
        (five.upn.replace("@", ""), E4, E3, "zonder @"),
        (five.upn.replace("@", "@@"), E4, E3, "twee keer @"),
        (five.upn.replace(".example", ",example"), E4, E3, "komma in het domein"),
        (f"bestaat.niet@{DOMAIN}", E4, E3, "kent de tenant niet"),
        ("", E4, E3, "geen gebruikersnaam"),
        ("3F2504E04F8911D39A0C0305E82C3301", E4, E3, "verborgen naam uit een gebruiksrapport"),
        (guest.upn, E4, E3, "gast"),
        (six.upn, "Office 365 E9", E3, "bestaat niet"),
        (six.upn, E4, "Microsoft 365 F1", "twee producten heten zo"),
        ("Gebruikersnaam", "Van licentie", "Naar licentie", "Opmerking"),
        ('=HYPERLINK("http://kwaad.example";"klik")', E4, E3, "formule"),
        ("@SUM(1+1)*cmd|' /C calc'!A0", E4, E3, "formule"),
        (seven.upn, "=1+1", E3, "formule"),
        (seven.upn, E4, E4, "van en naar hetzelfde"),
        (eight.upn, E4, "", "geen nieuwe licentie"),
        (eight.upn, E4, E3, "opmerking\nover twee regels; met puntkomma"),
    )
    names = {p.upn: f"{p.first} {p.last}" for p in everybody}
    filler = ("", "", "", "")
    return [
        ("Licentiewissels voorjaar 2026 – concept", *filler),
        ("Vragen? servicedesk@waterlandcollege.example", *filler),
        ("", *filler),
        header,
        *((who, "Weergavenaam" if who == header[0] else names.get(who, ""), *rest) for who, *rest in moves),
        ("Totaal", "", str(len(moves)), "", "± € 0 extra"),
    ]


def write_samples(out: Path) -> None:
    """Every committed file but README.md."""
    everybody = staff()
    tally = Counter(person.licences for person in everybody)
    write_csv(out / "users.csv", [USER_COLUMNS, *map(user_row, everybody)])
    write_csv(out / "licenses.csv", license_rows(tally, spare_e3=10))
    write_csv(out / "licenses-too-few.csv", license_rows(tally, spare_e3=-25))
    write_swaps(out / "swaps.xlsx", swaps(everybody))
    write_local_csv(out / "dirty.csv", dirty_rows(everybody))


def write_users_workbook(path: Path, rows: Iterable[list[str]]) -> None:
    """Users as one sheet, streamed row by row."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("users")
        for number, row in enumerate(itertools.chain([USER_COLUMNS], rows)):
            sheet.write_row(number, 0, row)


def write_many(out: Path, count: int, *, xlsx: bool) -> None:
    """So many users and what was bought for them, without holding them in memory."""
    out.mkdir(parents=True, exist_ok=True)
    tally: Counter[str] = Counter()
    rows = map(user_row, counted(people(count), tally))
    write_csv(out / "users.csv", itertools.chain([USER_COLUMNS], rows))
    write_csv(out / "licenses.csv", license_rows(tally, spare_e3=10))
    if xlsx:
        write_users_workbook(out / "users.xlsx", map(user_row, people(count)))


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, help="how many users (without it: the files of this folder)")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="the folder to write to")
    parser.add_argument("--xlsx", action="store_true", help="with --rows: users.xlsx as well")
    given = parser.parse_args()
    if given.rows is None:
        given.out.mkdir(parents=True, exist_ok=True)
        write_samples(given.out)
        return 0
    if given.rows < 1 or (given.xlsx and given.rows >= 1_048_576):
        parser.error("--rows must be at least 1, and with --xlsx at most 1,048,575 (a sheet holds no more)")
    if given.out.resolve() == Path(__file__).parent.resolve():
        parser.error("--rows needs --out, another folder than the samples'")
    write_many(given.out, given.rows, xlsx=given.xlsx)
    return 0


if __name__ == "__main__":
    sys.exit(main())
