"""The manifest of a run, and the check that its folder is what it says it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from batch.core.checklist import Line, Mark
from batch.core.entries import EntryKind
from batch.core.errors import JournalDamaged, PlanStale, ReassignError
from batch.reports.whole import whole
from batch.reports.words import iso
from batch.runs.folder import DATABASE, SHEETS, RunFolder
from batch.wiring.applying import load_verified
from batch.wiring.approving import approvals

MANIFEST = "manifest.json"
#: What the manifest vouches for; the log is written while the run lasts and promises nothing.
_REPORTS = ("report.html", "report.xlsx", "results.csv", "rejects.csv", "result.json")
_LIBRARIES = ("aiohttp", "azure-identity", "click", "jinja2", "numpy", "pandas", "python-calamine", "xlsxwriter")
#: What grows while a run goes on, what has lines of its own, and what is of this computer.
_GROWING = frozenset({"approvals", "carried_out", "allowed", "journal", "reports", "libraries"})
_AGAIN = "Write them again from the run folder: reassign report RUN"


def write_manifest(folder: RunFolder) -> None:
    """Write who planned what when, from which inputs, with which versions, and how far the journal goes."""
    value = _manifest(folder)
    with whole(folder.path / MANIFEST) as file:
        file.write(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n")


def _manifest(folder: RunFolder) -> dict[str, Any]:
    meta = folder.meta()
    rows, seal = folder.journal().tip()
    return {
        "schema": 1,
        "run": meta["run"],
        "title": meta["title"],
        "plan_id": meta["plan_id"],
        "terms": meta["terms"],
        "planned_at": iso(meta["planned_at"]),
        "planned_by": meta.get("planned_by", ""),
        "planned_on": meta.get("planned_on", {}),
        "version": meta["version"],
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "tenant": meta["tenant"],
        "organisation": meta.get("organisation", {}),
        "inputs": _inputs_of(meta),
        "job": meta["job"],
        "allowed": meta.get("allowed", []),
        "approvals": [{**a._asdict(), "at": iso(a.at)} for a in approvals(folder)],
        "carried_out": _carried_out(folder),
        "journal": {"rows": rows, "seal": seal},
        "reports": {name: _digest(folder.path / name) for name in _REPORTS if (folder.path / name).is_file()},
    }


def _inputs_of(meta: Mapping[str, Any]) -> list[dict[str, str]]:
    """Everything that a person gave: the sheets, the lists of whom to leave alone, the job file."""
    files = [*meta["sheets"], *meta.get("protect", ()), *meta.get("job_file", ())]
    return [{"file": str(file["file"]), "sha256": str(file["digest"])} for file in files]


def _carried_out(folder: RunFolder) -> list[dict[str, str]]:
    """Who carried it out, and went on with it, and when."""
    entries = (e for e in folder.journal().entries() if e.kind is EntryKind.CARRIED_OUT)
    return [{"by": entry.code, "at": iso(entry.at)} for entry in entries]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(folder: RunFolder) -> tuple[Line, ...]:
    """What can be shown about a run folder, line by line; nothing in it is changed."""
    manifest = _read(folder.path / MANIFEST)
    of_the_journal = tuple(_journal(folder, manifest))
    found = (_plan(folder), *of_the_journal)
    if of_the_journal[0].mark is Mark.FAIL:
        # What else there is to say rests on the journal.
        return (*found, *_inputs(folder))
    return (*found, _says(folder, manifest), *_inputs(folder), *_approved(folder), *_reports(folder, manifest))


def _says(folder: RunFolder, manifest: Mapping[str, Any] | None) -> Line:
    """Whether the manifest says what the run's own database does, as far as it went when it was written."""
    asks = "The manifest says what the run does."
    if manifest is None:
        return _no_manifest("manifest", asks)
    now = json.loads(json.dumps(_manifest(folder)))
    odd = [name for name in now if name not in _GROWING and manifest.get(name) != now[name]]
    odd += [n for n in ("approvals", "carried_out") if manifest.get(n, []) != now[n][: len(manifest.get(n, []))]]
    if odd:
        found = f"It differs in: {', '.join(sorted(odd))}."
        return Line(rule="manifest", asks=asks, mark=Mark.FAIL, found=found, source=MANIFEST, todo=_AGAIN)
    found = f"Planned {now['planned_at']} by {now['planned_by'] or 'an account without a name'}."
    return Line(rule="manifest", asks=asks, mark=Mark.PASS, found=found, source=MANIFEST)


def _plan(folder: RunFolder) -> Line:
    asks, meta = "The plan is the one that its id stands for.", folder.meta()
    try:
        changes = load_verified(folder)
    except PlanStale as error:
        return Line(rule="plan", asks=asks, mark=Mark.FAIL, found=error.what, source=DATABASE, todo=error.todo)
    found = f"{len(changes):,} changes, id {meta['plan_id'][:12]}."
    return Line(rule="plan", asks=asks, mark=Mark.PASS, found=found, source=DATABASE)


def _journal(folder: RunFolder, manifest: Mapping[str, Any] | None) -> Iterator[Line]:
    asks, kept = "Every entry of the journal follows from the one before.", "The journal reaches as far as it was seen."
    journal = folder.journal()
    try:
        rows, seal = journal.tip()
    except JournalDamaged as error:
        yield Line(rule="journal", asks=asks, mark=Mark.FAIL, found=error.what, source=DATABASE, todo=error.todo)
        return
    found = f"{rows:,} rows, seal {seal[:12] if rows else 'of an empty journal'}."
    yield Line(rule="journal", asks=asks, mark=Mark.PASS, found=found, source=DATABASE)
    if manifest is None:
        yield _no_manifest("tip", kept)
        return
    seen = manifest["journal"]
    if journal.holds(int(seen["rows"]), str(seen["seal"])):
        found = f"The manifest saw {seen['rows']:,} rows; they are there."
        yield Line(rule="tip", asks=kept, mark=Mark.PASS, found=found, source=MANIFEST)
    else:
        yield Line(
            rule="tip",
            asks=kept,
            mark=Mark.FAIL,
            found=f"The manifest saw {seen['rows']:,} rows with another seal: newer entries were cut off or replaced.",
            source=MANIFEST,
            todo="Keep the folder as it is; look at the tenant: reassign reconcile RUN",
        )


def _inputs(folder: RunFolder) -> Iterator[Line]:
    meta = folder.meta()
    for sheet in (*meta["sheets"], *meta.get("protect", ())):
        asks = f"The copy of {sheet['file']} is the file that was planned from."
        copy = folder.path / SHEETS / sheet["copy"]
        if not sheet["digest"] or not copy.is_file():
            found = "Its digest was not kept." if copy.is_file() else "The copy is gone."
            yield Line(rule="input", asks=asks, mark=Mark.UNKNOWN, found=found, source=f"{SHEETS}/{sheet['copy']}")
            continue
        same = _digest(copy) == sheet["digest"]
        found = f"SHA-256 {sheet['digest'][:12]}." if same else "It was changed since."
        mark = Mark.PASS if same else Mark.FAIL
        yield Line(rule="input", asks=asks, mark=mark, found=found, source=f"{SHEETS}/{sheet['copy']}")


def _approved(folder: RunFolder) -> Iterator[Line]:
    meta = folder.meta()
    if not meta["job"].get("approval"):
        return
    asks = "A second person approved exactly this plan."
    try:
        given = [a for a in approvals(folder) if (a.plan_id, a.terms) == (meta["plan_id"], meta["terms"])]
    except ReassignError as error:
        yield Line(rule="approval", asks=asks, mark=Mark.UNKNOWN, found=error.what, source=DATABASE)
        return
    if given:
        found = f"{given[-1].by}, {iso(given[-1].at)}."
        if given[-1].account and given[-1].account == meta.get("planned_by"):
            found += f" From the account that made the plan, {given[-1].account}."
            todo = "Ask whoever it was; another account would show it."
            yield Line(rule="approval", asks=asks, mark=Mark.WARN, found=found, source=DATABASE, todo=todo)
            return
        yield Line(rule="approval", asks=asks, mark=Mark.PASS, found=found, source=DATABASE)
    else:
        todo = "reassign approve RUN --by NAME"
        yield Line(rule="approval", asks=asks, mark=Mark.WARN, found="Nobody did yet.", source=DATABASE, todo=todo)


def _reports(folder: RunFolder, manifest: Mapping[str, Any] | None) -> Iterator[Line]:
    asks = "The reports are the ones that were written."
    if manifest is None:
        yield _no_manifest("reports", asks)
        return
    odd = [
        n for n, d in manifest["reports"].items() if not (folder.path / n).is_file() or _digest(folder.path / n) != d
    ]
    if odd:
        found = f"Changed or gone since: {', '.join(sorted(odd))}."
        yield Line(rule="reports", asks=asks, mark=Mark.FAIL, found=found, source=MANIFEST, todo=_AGAIN)
    else:
        found = f"{len(manifest['reports'])} files."
        yield Line(rule="reports", asks=asks, mark=Mark.PASS, found=found, source=MANIFEST)


def _no_manifest(rule: str, asks: str) -> Line:
    found = f"There is no {MANIFEST} that can be read."
    return Line(rule=rule, asks=asks, mark=Mark.UNKNOWN, found=found, todo=_AGAIN)


def _read(path: Path) -> Mapping[str, Any] | None:
    """The manifest, or None when there is none or it is none."""
    try:
        value = json.loads(path.read_bytes())
        int(value["journal"]["rows"]), str(value["journal"]["seal"]), dict(value["reports"])
    except (OSError, ValueError, TypeError, LookupError):
        return None
    return value if isinstance(value, dict) else None
