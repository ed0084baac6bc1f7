"""Known products: the common ones that come with us, and Microsoft's whole published table once it is imported.

Microsoft publishes the table as a CSV in the article "Product names and service plan identifiers for licensing".
The imported table lies in the user's data folder (or in the folder that ``REASSIGN_DATA`` names) as ``products.json``.
"""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from batch.core.errors import SheetError, UsageError
from batch.core.names import fold, guid, tidy
from batch.core.terms import Candidate, ServicePlan

#: The command that imports the table, as a person types it; told wherever importing (again) is the way on.
IMPORT_COMMAND = "reassign catalog import FILE.csv"
SOURCE = 'Microsoft, "Product names and service plan identifiers for licensing"'

_HEADINGS = ("Product_Display_Name", "String_Id", "GUID", "Service_Plan_Name", "Service_Plan_Id")
#: What the admin center calls a service; tables that went round may lack it.
_SHOWN = "Service_Plans_Included_Friendly_Names"
_SCHEMA = 1
#: Microsoft's file is about 1 MB.
_MOST_BYTES = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """What an import brought. ``doubtful`` are the names that stand for more than one product."""

    path: Path
    products: int
    plans: int
    doubtful: tuple[str, ...]


def imported_path() -> Path:
    """Where the imported table is kept, whether or not there is one."""
    if folder := os.environ.get("REASSIGN_DATA"):
        return Path(folder) / "products.json"
    from platformdirs import user_data_path

    return user_data_path("license-reassign") / "products.json"


def known_products() -> tuple[Candidate, ...]:
    """Every product known without a tenant, the most usual first.

    A SKU with several names comes once for each; its first entry has the newest name. Raises ``UsageError`` when the
    imported table is damaged.
    """
    known: dict[str, list[Candidate]] = {}
    builtin = _candidates(json.loads(files("batch.sheets").joinpath("products.json").read_text("utf-8")))
    for product in builtin:
        known.setdefault(product.sku_id, [])
    for product in (*_imported(), *builtin):
        entries = known.setdefault(product.sku_id, [])
        if all(fold(product.name) != fold(entry.name) for entry in entries):
            entries.append(product)
    return tuple(product for entries in known.values() for product in entries)


def import_products(path: Path) -> ImportSummary:
    """Read Microsoft's published CSV and keep it for every later command; replaces what was imported before.

    Raises ``SheetError`` when the file is anything else, and ``UsageError`` when it cannot be kept.
    """
    products: dict[str, _Listed] = {}
    shown: dict[str, str] = {}
    for sku_id, part_number, name, plan_id, plan_name, plan_shown in _rows(path):
        shown.setdefault(plan_id, plan_shown)
        product = products.setdefault(sku_id, _Listed(part_number))
        product.names.setdefault(fold(name), name)
        product.plans.setdefault(plan_id, plan_name)
    if not products:
        raise _wrong(path, "has headings but no products")
    target = imported_path()
    _write(target, _document(products, shown))
    plan_ids = {plan_id for product in products.values() for plan_id in product.plans}
    return ImportSummary(path=target, products=len(products), plans=len(plan_ids), doubtful=_doubtful(products))


def service_names() -> dict[str, str]:
    """Service plan id → the name that the admin center shows, where Microsoft's table was imported; errors as above."""
    return {plan_id: more[0] for plan_id, _, *more in _document_at(imported_path())["plans"] if more}


@dataclass(slots=True)
class _Listed:
    """One product while the table is read: its names by folded name, its service plans' names by id."""

    part_number: str
    names: dict[str, str] = field(default_factory=dict)
    plans: dict[str, str] = field(default_factory=dict)


def _imported() -> tuple[Candidate, ...]:
    return _candidates(_document_at(imported_path()))


def _document_at(path: Path) -> Any:
    """The imported table, of which every part was looked at; an empty one where there is none."""
    try:
        document = json.loads(path.read_text("utf-8"))
        _candidates(document)
        for _, _, *more in document["plans"]:
            list(map(_text, more))
    except FileNotFoundError:
        return {"schema": _SCHEMA, "plans": [], "products": []}
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"The imported product table {path} cannot be read ({type(error).__name__}).",
            f"Import it again with: {IMPORT_COMMAND}\nOr delete the file to go on with the built-in products.",
        ) from error
    return document


def _candidates(document: Any) -> tuple[Candidate, ...]:
    """The products of a stored table. Raises ``ValueError`` and its like when it is not one."""
    if document["schema"] != _SCHEMA:
        raise ValueError(f"schema {document['schema']}")
    plans = [ServicePlan(plan_id=_id(plan_id), name=_text(name)) for plan_id, name, *_ in document["plans"]]
    return tuple(
        Candidate(
            sku_id=_id(product["id"]),
            part_number=_text(product["part_number"]),
            name=_text(name),
            plans=tuple(plans[position] for position in product["plans"]),
        )
        for product in document["products"]
        for name in product["names"]
    )


def _id(value: str) -> str:
    if guid(value) != value:
        raise ValueError("not a GUID")
    return value


def _text(value: str) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


def _document(products: dict[str, _Listed], shown: Mapping[str, str]) -> str:
    """The stored form: every service plan once, one line a product, which points at its plans by position."""
    plans = {plan_id: name for product in products.values() for plan_id, name in product.plans.items()}
    position = {plan_id: index for index, plan_id in enumerate(plans)}
    lines = (
        {
            "id": sku_id,
            "part_number": product.part_number,
            "names": list(product.names.values()),
            "plans": [position[plan_id] for plan_id in product.plans],
        }
        for sku_id, product in products.items()
    )
    return (
        f'{{"schema": {_SCHEMA}, "source": {json.dumps(SOURCE)},\n"plans": [\n'
        + ",\n".join(json.dumps([*pair, *filter(None, [shown[pair[0]]])], ensure_ascii=False) for pair in plans.items())
        + '\n],\n"products": [\n'
        + ",\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        + "\n]}\n"
    )


def _doubtful(products: dict[str, _Listed]) -> tuple[str, ...]:
    """Names that stand for more than one product, in alphabetical order."""
    spelled = {key: name for product in products.values() for key, name in product.names.items()}
    counts = Counter(key for product in products.values() for key in product.names)
    return tuple(sorted(spelled[key] for key, count in counts.items() if count > 1))


def _rows(path: Path) -> Iterator[tuple[str, str, str, str, str, str]]:
    """SKU id, part number, name, service plan id, its name and its name for people, cleaned of odd blanks."""
    text = _decoded(path)
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        columns = _columns(path, next(reader, []))
        for row in reader:
            cells = [tidy(cell) for cell in row]
            if any(cells):
                yield _row(path, reader.line_num, cells, columns)
    except csv.Error as error:
        raise _wrong(path, f"is not a CSV file (line {reader.line_num}: {error})") from error


def _row(path: Path, line: int, cells: list[str], columns: list[int]) -> tuple[str, str, str, str, str, str]:
    if len(cells) <= max(columns):
        raise _wrong(path, f"has too few columns in line {line}")
    name, part_number, sku, plan_name, plan, *shown = (cells[column] for column in columns)
    sku_id, plan_id = guid(sku), guid(plan)
    if sku_id is None or plan_id is None:
        column, value = ("Service_Plan_Id", plan) if sku_id else ("GUID", sku)
        raise _wrong(path, f'has "{value[:60]}" in column {column}, line {line}, which is not an id')
    if not name or not part_number or not plan_name:
        raise _wrong(path, f"has a product without a name in line {line}")
    return sku_id, part_number, name, plan_id, plan_name, "".join(shown)


def _columns(path: Path, header: list[str]) -> list[int]:
    """Where the headings stand. What a byte order mark was turned into may precede the first."""
    seen = [tidy(cell).strip("?ï»¿\ufeff").casefold() for cell in header]
    missing = [heading for heading in _HEADINGS if heading.casefold() not in seen]
    if missing:
        raise _wrong(path, f"has no column {', '.join(missing)} in its first line")
    there = [*_HEADINGS, *([_SHOWN] if _SHOWN.casefold() in seen else [])]
    return [seen.index(heading.casefold()) for heading in there]


def _decoded(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _wrong(path, "is far too large")
        data = path.read_bytes()
    except OSError as error:
        raise SheetError(f"{path} cannot be read: {error.strerror or error}.", "Check the name of the file.") from error
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _wrong(path, "is not a text file")


def _wrong(path: Path, why: str) -> SheetError:
    return SheetError(
        f"{path} {why}, so it is not Microsoft's product table.",
        f"Download the CSV from the article {SOURCE.partition(', ')[2]} and import it as it came.",
    )


def _write(target: Path, text: str) -> None:
    """Write the file whole or not at all."""
    temporary = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", dir=target.parent, prefix=".products-", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        if temporary:
            temporary.unlink(missing_ok=True)
        raise UsageError(
            f"The product table cannot be kept in {target.parent}: {error.strerror or error}.",
            "Make that folder writable, or name another folder in the environment variable REASSIGN_DATA.",
        ) from error
