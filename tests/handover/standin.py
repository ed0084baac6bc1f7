"""Whoever is handed something, for tests: what comes back from PowerShell and from people, by what the files say."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import openpyxl

from batch.core.handed import check, flat
from batch.core.harmless import neutral

COLUMNS = (
    "Time", "Change", "Group", "UserId", "UserPrincipalName", "Outcome", "Status", "Code", "Message", "Tries", "Job",
    "Check",
)  # fmt: skip
#: What became of one change: outcome, status, code, message.
Became = tuple[str, int, str, str]
APPLIED: Became = ("applied", 200, "", "")


def ran(job: Path, became: Callable[[dict[str, str]], Became | None] = lambda row: APPLIED) -> Path:
    """Do what the script does with the data in this folder, but for the calls; None: it was stopped before that row.

    Refuses data that was edited, as the script does.
    """
    told = (job / "changes.json").read_bytes()
    digest = hashlib.sha256(told).hexdigest()
    assert (job / "changes.json.sha256").read_text("ascii") == f"{digest} *changes.json\n"
    data = (job / "changes.csv").read_bytes()
    assert json.loads(told)["changes_sha256"] == hashlib.sha256(data).hexdigest()
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    written = job / "results.csv"
    with written.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        last = digest
        for n, row in enumerate(rows):
            ended = became(row)
            if ended is None:
                break
            person = [neutral(flat(row[name])) for name in ("UserId", "UserPrincipalName")]
            outcome, status, code, message = ended
            fields = [
                f"2026-11-23T10:{n // 60 % 60:02}:{n % 60:02}Z", row["Change"], row["Group"], *person, outcome,
                str(status), neutral(code), neutral(flat(message)[:500]), "1", digest,
            ]  # fmt: skip
            last = check(last, fields)
            writer.writerow([*fields, last])
    return written


def ticked(workbook: Path, upns: Iterable[str] | None = None, tick: str = "x") -> Path:
    """Tick these people off in a workbook of packs, everybody for None, as a person does in Excel."""
    wanted = None if upns is None else set(upns)
    book = openpyxl.load_workbook(workbook)
    for sheet in book:
        done = 0
        for row in sheet.iter_rows():
            texts = [str(cell.value or "") for cell in row]
            done = texts.index("Done?") + 1 if "Done?" in texts else done
            if done and any(_is_ref(text) for text in texts) and (wanted is None or wanted.intersection(texts)):
                sheet.cell(row[0].row, done).value = tick
    book.save(workbook)
    return workbook


def _is_ref(text: str) -> bool:
    number, dash, rest = text.partition("-")
    return bool(dash) and number.isdecimal() and len(rest) == 12
