"""The committed samples are what their generator writes, and every name in them is a product we know."""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest

from batch.core.catalog import Catalog, Found
from batch.core.terms import Sku
from batch.sheets.products import known_products

SAMPLES = Path(__file__).parents[2] / "sample_data"
E3 = "Office 365 E3"
E4 = "Office 365 E4"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", SAMPLES / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def _no_imported_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REASSIGN_DATA", str(tmp_path / "none"))


def cells(path: Path) -> list[tuple[object, ...]]:
    book = openpyxl.load_workbook(path)
    try:
        return [tuple(cell.value for cell in row) for sheet in book for row in sheet.iter_rows()]
    finally:
        book.close()


def records(name: str) -> Iterator[dict[str, str]]:
    with (SAMPLES / name).open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def owner() -> Catalog:
    """A tenant that owns what licenses.csv lists."""
    known = known_products()
    first = {
        name: next(c for c in known if c.name == name) for name in (r["Product Title"] for r in records("licenses.csv"))
    }
    return Catalog.of([Sku(sku_id=c.sku_id, part_number=c.part_number, name=c.name) for c in first.values()], known)


def test_the_committed_files_are_what_the_generator_writes(generate: ModuleType, tmp_path: Path) -> None:
    generate.write_samples(tmp_path)
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == ["dirty.csv", "licenses-too-few.csv", "licenses.csv", "swaps.xlsx", "users.csv"]
    for name in written:
        if name.endswith(".csv"):
            assert (SAMPLES / name).read_bytes() == (tmp_path / name).read_bytes(), name
    # A workbook is compressed, and not every zlib packs alike.
    assert cells(SAMPLES / "swaps.xlsx") == cells(tmp_path / "swaps.xlsx")


def test_the_readme_names_every_file() -> None:
    text = (SAMPLES / "README.md").read_text("utf-8")
    assert all(f"`{p.name}`" in text for p in SAMPLES.iterdir() if p.suffix in {".csv", ".xlsx", ".py"})


def test_every_name_is_a_product_of_the_tenant() -> None:
    catalog = owner()
    sheets = cells(SAMPLES / "swaps.xlsx")[3:]
    texts = {row["Licenses"] for row in records("users.csv")} | {str(text) for row in sheets for text in row[1:]}
    assert all(isinstance(part, Found) for text in texts for part in catalog.split(text))


def test_the_seats_agree_with_the_users() -> None:
    catalog = owner()
    held = [catalog.split(row["Licenses"]) for row in records("users.csv")]
    for name in ("licenses.csv", "licenses-too-few.csv"):
        for row in records(name):
            product = catalog.resolve(row["Product Title"])
            assert (
                sum(product in holding for holding in held)
                == int(row["Assigned licenses"])
                <= int(row["Total Licenses"])
            )


@pytest.mark.parametrize(("name", "spare"), [("licenses.csv", 10), ("licenses-too-few.csv", -25)])
def test_the_seats_are_enough_or_are_not(name: str, spare: int) -> None:
    e3 = next(row for row in records(name) if row["Product Title"] == E3)
    movers = [r for r in records("users.csv") if E4 in r["Licenses"] and E3 not in r["Licenses"].split("+")]
    assert int(e3["Total Licenses"]) - int(e3["Assigned licenses"]) - len(movers) == spare


def test_people_are_believable() -> None:
    users = list(records("users.csv"))
    assert len(users) == len({row["User principal name"].casefold() for row in users}) == 240
    assert len({row["Object Id"] for row in users}) == 240
    assert all(row["Usage location"] in {"NL", "BE", "DE"} for row in users if E4 in row["Licenses"])
    assert sum("#EXT#" in row["User principal name"] for row in users) == 2
    names = " ".join(row["Display name"] for row in users)
    assert all(letter in names for letter in "ëéïöç")


def test_swaps_are_of_people_who_hold_what_they_give_up() -> None:
    held = {row["User principal name"]: row["Licenses"] for row in records("users.csv")}
    catalog = owner()
    rows = cells(SAMPLES / "swaps.xlsx")
    assert rows[2] == ("E-mail", "Van licentie", "Naar licentie")
    assert len({row[0] for row in rows[3:]}) == len(rows[3:]) == 40
    for who, old, new in rows[3:]:
        holding = catalog.split(held[str(who)])
        assert set(catalog.split(str(old))) <= set(holding)
        assert not set(catalog.split(str(new))) & set(holding)


def test_any_number_of_people_differ(generate: ModuleType, tmp_path: Path) -> None:
    generate.write_many(tmp_path, 1600, xlsx=True)
    with (tmp_path / "users.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == generate.USER_COLUMNS
    assert len({row[2] for row in rows[1:]}) == len({row[3] for row in rows[1:]}) == 1600
    assert len(cells(tmp_path / "users.xlsx")) == 1601
