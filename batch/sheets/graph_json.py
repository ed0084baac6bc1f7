"""Answers of Microsoft Graph saved to a file: pages of ``/users`` or ``/subscribedSkus``.

One page, several after each other, a list of pages, a bare list, or one object a line. They become a sheet whose
first record names the properties; PowerShell's capitals (``SkuId``) mean the same. Property names are those of the
Graph resources user, assignedLicense, licenseAssignmentState and subscribedSku.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from batch.core.errors import SheetError
from batch.core.table import Format
from batch.core.terms import Place, Problem
from batch.sheets.cells import clean_column
from batch.sheets.graph_objects import SKU_COLUMNS, USER_COLUMNS, Malformed, sku_cells, user_cells
from batch.sheets.raw import Raw

#: Objects in memory take many times the size of their text.
MAX_BYTES = 512_000_000
_BLANK = re.compile(r"[\s,\ufeff]*")
_BEGINS = re.compile(rb'\s*(?:\{\s*["}]|\[\s*[\[{\]])')
_SAVE_AGAIN = "Save the answer of Graph again, unchanged, or export the list as CSV UTF-8."


def is_json(head: bytes) -> bool:
    """Whether a text begins as JSON objects or a list of them do; ``[object Object]`` does not."""
    return _BEGINS.match(head) is not None


def read_graph_json(payload: bytes, file: str, encoding: str = "utf-8") -> Raw:
    """The users or SKUs in a JSON text (UTF-8). ``rows`` count the objects from 1; the record of names has row 0.

    A column that no object has is absent: not having asked for licences is not the same as having none. An object
    that cannot be understood is an ``unreadable`` problem. Raises ``SheetError``: ``empty``, ``unreadable``,
    ``too_large``.
    """
    if len(payload) > MAX_BYTES:
        raise SheetError(
            f"{file} has {len(payload):,} bytes of JSON; at most {MAX_BYTES:,} are read.",
            "Save it as several files, or as CSV UTF-8.",
            code="too_large",
        )
    objects = list(_objects(payload.decode("utf-8"), file))
    if not objects:
        raise SheetError(f"{file} holds no users and no licences.", _SAVE_AGAIN, code="empty")
    return _table(objects, file, encoding)


def _objects(text: str, file: str) -> Iterator[object]:
    """Every object of every page, in order."""
    decoder = json.JSONDecoder(object_pairs_hook=_folded)
    at = _skip(text, 0)
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise SheetError(
                f"{file} is not complete JSON: {error.msg} in line {error.lineno}.", f"It may be cut off. {_SAVE_AGAIN}"
            ) from error
        except RecursionError as error:
            raise SheetError(
                f"{file} is nested too deeply for an answer of Graph.", _SAVE_AGAIN, code="hostile"
            ) from error
        except ValueError as error:
            raise SheetError(f"{file} cannot be read: {error}.", _SAVE_AGAIN) from error
        yield from _members(value, file)
        at = _skip(text, at)


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _folded(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object with its names in lower case; the same name twice leaves nobody sure which one counts."""
    folded = {name.lower(): value for name, value in pairs}
    if len(folded) != len(pairs):
        names = [name.lower() for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"an object has the property {twice[:60]!r} twice")
    return folded


def _members(value: object, file: str) -> Iterator[object]:
    """What a page holds: the objects of its ``value``; a list holds pages or objects."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict) and "value" in item:
                yield from _members(item, file)
            else:
                yield item
    elif isinstance(value, dict) and "error" in value and "value" not in value:
        raise SheetError(f"{file} is an error that Graph answered, not a list.", "Ask again, and save the answer.")
    elif isinstance(value, dict) and "value" in value:
        if not isinstance(value["value"], list):
            raise SheetError(f"{file}: the property 'value' is not a list.", _SAVE_AGAIN)
        yield from value["value"]
    else:
        yield value


def _table(objects: list[object], file: str, encoding: str) -> Raw:
    known: set[str] = set().union(*(item.keys() for item in objects if isinstance(item, dict)))
    skus, users = "skupartnumber" in known or "prepaidunits" in known, "userprincipalname" in known
    if skus == users:
        what = "both users and licences" if skus else "neither users (userPrincipalName) nor licences (skuPartNumber)"
        raise SheetError(f"{file} is JSON with {what}.", "Save /users and /subscribedSkus as a file each.")
    columns = SKU_COLUMNS if skus else USER_COLUMNS
    names = [name for name, source in columns.items() if source in known]
    needed = {source for source in columns.values() if source in known and source in _LICENCES}
    records, rows, problems = [names], [0], []
    for number, item in enumerate(objects, 1):
        try:
            cells = sku_cells(item) if skus else user_cells(item, needed)
        except Malformed as error:
            place = Place(file=file, row=number)
            problems.append(Problem(place=place, code="unreadable", text=f"Object {number}: {error}. {_SAVE_AGAIN}"))
            continue
        records.append([cells[name] for name in names])
        rows.append(number)
    return Raw(
        sheet="",
        format=Format(container="json", encoding=encoding),
        columns=[clean_column(list(column)) for column in zip(*records, strict=True)],
        rows=rows,
        problems=tuple(problems),
    )


_LICENCES = frozenset({"assignedlicenses", "licenseassignmentstates"})
