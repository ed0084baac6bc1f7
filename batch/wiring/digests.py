"""Digests (SHA-256) of what was read, over one canonical way to write it: the same facts have the same digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from batch.core.terms import People

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def of_value(value: Any) -> str:
    """The digest of a value that JSON can hold."""
    return hashlib.sha256(_line(value)).hexdigest()


def of_records(records: Iterable[Any]) -> str:
    """The digest of dataclass values, in any order."""
    return of_value(sorted(_line(asdict(record)).decode("ascii") for record in records))


def of_people(people: People) -> str:
    """The digest of users and what they hold, in any order; names and places of people are no part of it."""
    held = [_line([asdict(a) for a in holding.assignments]).decode("ascii") for holding in people.holdings]
    digest = hashlib.sha256()
    for user, upn, number in sorted(zip(people.ids, people.upns, people.holding, strict=True)):
        digest.update(_line([user, upn, held[number]]))
    return digest.hexdigest()


def of_file(path: Path) -> str:
    """The digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _line(value: Any) -> bytes:
    return _CANONICAL.encode(value).encode("ascii")
