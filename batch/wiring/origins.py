"""What a plan was made from, as it is kept with the run: the job, copies of the sheets, what their columns mean."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from batch.core.errors import SheetChanged
from batch.core.report import SourceFile
from batch.core.table import Table
from batch.runs.folder import SHEETS
from batch.runs.jobfile import Job
from batch.wiring.rejects import column_meanings

_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_NO_TERMS = ("nightly", "newest")
_SAID_ONLY = ("rules", "allow_short")


def origins_of(job: Job, tables: Sequence[Table], stage: Path) -> dict[str, Any]:
    """What the plan was made from, as it is kept with the run."""
    return {
        "job": job_value(job),
        "sheets": _copy_sheets(job, tables, stage),
        "columns": column_meanings(tables),
        "job_file": _job_file(job),
    }


def _job_file(job: Job) -> list[dict[str, str]]:
    """The job file with its digest, where there is one that can still be read."""
    if job.file is None or not job.file.is_file():
        return []
    return [{"file": str(job.file), "digest": hashlib.sha256(job.file.read_bytes()).hexdigest()}]


def source_of(table: Table) -> SourceFile:
    """What a report says about a sheet."""
    form = table.format
    parts = [form.container, form.encoding, f"delimiter {form.delimiter!r}" if form.delimiter else ""]
    parts.append(f"headings in row {form.header_row}" if form.header_row else "no headings")
    return SourceFile(
        file=table.file,
        sheet=table.sheet,
        kind=table.kind.value,
        digest=table.digest,
        rows=len(table.rows),
        read_as=", ".join(p for p in parts if p),
        assumed=(*table.assumed, *_columns(table)),
    )


def _columns(table: Table) -> tuple[str, ...]:
    """Which heading was taken for what, where there are headings."""
    named = [f"{heading} = {meant.value}" for meant, heading in table.mapping.items() if heading]
    return (f"Columns: {', '.join(named)}.",) if named else ()


def job_value(job: Job) -> dict[str, Any]:
    """The job as it is kept with the run.

    What it declares for the nights is no term of a plan: who is told, or what is kept, may change while a run waits.
    Which sheets a pattern stood for is said by the sheets themselves.
    """
    value = {name: found for name, found in asdict(replace(job, nightly=None)).items() if name not in _NO_TERMS}
    value |= {name: [str(p) for p in getattr(job, name)] for name in ("users", "licenses", "protect")}
    value["file"] = str(job.file or "")
    value["out"], value["mapping"] = str(job.out or ""), dict(job.mapping)
    # A job that does not say them is kept as earlier versions kept it.
    return {name: found for name, found in value.items() if found or name not in _SAID_ONLY}


def _copy_sheets(job: Job, tables: Sequence[Table], stage: Path) -> list[dict[str, str]]:
    """Keep the sheets with the run; rejects are written in their own columns."""
    (stage / SHEETS).mkdir()
    digests = {t.file: t.digest for t in tables}
    copies = []
    for n, path in enumerate(dict.fromkeys((*job.users, *job.licenses))):
        copy = f"{n}-{_ODD.sub('_', path.name)[-80:]}"
        shutil.copyfile(path, stage / SHEETS / copy)
        with (stage / SHEETS / copy).open("rb") as file:
            kept = hashlib.file_digest(file, "sha256").hexdigest()
        if digests.get(str(path), kept) != kept:
            what = f"{path} was changed while it was read."
            raise SheetChanged(what, "Plan again once nobody writes to it any more.")
        copies.append(
            {"file": str(path), "at": str(path.resolve()), "copy": copy, "digest": digests.get(str(path), "")}
        )
    return copies
