"""Jobs for PowerShell: a static script, and beside it data that the script only reads.

Nothing of a plan ever stands in the script's text: its bytes are the same whatever is handed over. What the script is
told stands in ``changes.csv`` and ``changes.json``, and it carries nothing out that was edited afterwards.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from batch.core.changes import ChangeKind
from batch.core.handed import Cover, flat
from batch.core.harmless import neutral
from batch.core.terms import Add, Way
from batch.handover.script_readme import readme

SCRIPT = "Move-Licenses.ps1"
README = "README.txt"
CHANGES_CSV = "changes.csv"
CHANGES_JSON = "changes.json"
SHA256 = "changes.json.sha256"
#: Changes that one group may have: what one ``$batch`` takes ("JSON batching").
GROUP_SIZE = 20

_SCHEMA = 1
_COLUMNS = ("Change", "Group", "Kind", "UserId", "UserPrincipalName", "DisplayName", "Remove", "Add")
# Windows PowerShell 5.1 takes a file without this mark for one in the code page of the machine.
_BOM = b"\xef\xbb\xbf"


class Address(StrEnum):
    """By what the script calls people."""

    #: Their object ids, which are Graph's own.
    ID = "id"
    #: Their user names: the plan comes from spreadsheets alone, and its ids are its own.
    UPN = "upn"


class JobChange(NamedTuple):
    """One person of a job."""

    #: Position in the plan.
    change: int
    #: From 1. What is in one group may be sent together; groups are done in order, so the seats suffice.
    group: int
    #: Index into the ``kinds`` of the job.
    kind: int
    user_id: str
    upn: str
    #: For people; empty where no sheet has one.
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobData:
    """Everything that one run of the script is told."""

    #: From 1, of how many.
    job: int
    jobs: int
    #: In the order in which they go.
    changes: Sequence[JobChange]
    #: Those of the plan; the files name only those that the job has.
    kinds: Sequence[ChangeKind]
    #: SKU id → product, for people.
    names: Mapping[str, str]
    #: ``digest`` and ``size`` are not looked at.
    cover: Cover
    plan_id: str
    #: The organisation's id; empty when unknown. The script works in no other tenant.
    tenant_id: str = ""
    address: Address = Address.ID


class JobFiles(NamedTuple):
    """What one run of the script is told, as it is written."""

    #: Where its data is, relative to the script: empty for beside it.
    folder: str
    changes_csv: bytes
    changes_json: bytes
    #: What names the job in the journal and in what comes back: SHA-256 of its ``changes.json``, 64 hex digits.
    digest: str


def job_files(job: JobData) -> JobFiles:
    """The files of this job; ``ValueError`` for changes that a script cannot make: of groups and memberships, in no
    order, too many in a group.
    """
    _check(job)
    rows = _changes_csv(job)
    told = _changes_json(job, _digest(rows))
    return JobFiles("" if job.jobs == 1 else f"job-{job.job:03}", rows, told, _digest(told))


def write_jobs(folder: Path, cover: Cover, jobs: Sequence[JobFiles]) -> None:
    """Write the script, ``README.txt`` and the data of every job into the empty folder; ``OSError`` if it can't."""
    (folder / SCRIPT).write_bytes(script())
    told = readme(cover, [job.folder for job in jobs], _digest(script()))
    (folder / README).write_bytes(_BOM + told.encode("utf-8", "replace"))
    for job in jobs:
        _write_job(folder / job.folder, job)


@cache
def script() -> bytes:
    """The script as it is handed over: its text never changes. ASCII, with a mark and line ends as 5.1 wants them."""
    text = files("batch.handover").joinpath(SCRIPT).read_text("ascii")
    return _BOM + text.replace("\r\n", "\n").replace("\n", "\r\n").encode("ascii")


def _changes_csv(job: JobData) -> bytes:
    """``changes.csv``: UTF-8 with a byte order mark, CRLF, every cell quoted.

    What only people read is made flat, and harmless for a spreadsheet; ids and user names stand as they are.
    """
    number = {kind: n for n, kind in enumerate(_used(job))}
    words = {kind: (_named(job, job.kinds[kind].remove), _added(job, job.kinds[kind].add)) for kind in number}
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for change, group, kind, user_id, upn, name in job.changes:
        writer.writerow((change, group, number[kind], user_id, upn, neutral(flat(name)), *words[kind]))
    return _BOM + text.getvalue().encode("utf-8", "replace")


def _changes_json(job: JobData, rows_digest: str) -> bytes:
    """``changes.json``: what there is to do to each kind of person, and the digest of its rows. ASCII."""
    kinds = [job.kinds[kind] for kind in _used(job)]
    shown = {sku for kind in kinds for sku in (*kind.before.sku_ids, *kind.after.sku_ids, *kind.remove)}
    value = {
        "schema": _SCHEMA,
        "run": job.cover.run,
        "handover": job.cover.handover,
        "job": job.job,
        "jobs": job.jobs,
        "plan_id": job.plan_id,
        "made_at": datetime.fromtimestamp(job.cover.made_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "title": job.cover.title,
        "tenant_id": job.tenant_id,
        "tenant_name": job.cover.tenant,
        "address": job.address.value,
        "count": len(job.changes),
        "changes_sha256": rows_digest,
        "names": {sku: job.names.get(sku, sku) for sku in sorted(shown)},
        "kinds": [_kind(kind) for kind in kinds],
    }
    return (json.dumps(value, indent=1) + "\n").encode("ascii")


def _write_job(folder: Path, job: JobFiles) -> None:
    folder.mkdir(exist_ok=True)
    (folder / CHANGES_CSV).write_bytes(job.changes_csv)
    (folder / CHANGES_JSON).write_bytes(job.changes_json)
    (folder / SHA256).write_bytes(f"{job.digest} *{CHANGES_JSON}\n".encode("ascii"))


def _check(job: JobData) -> None:
    if not job.changes:
        raise ValueError(f"job {job.job} has nobody in it")
    if any(job.kinds[kind].way is not Way.DIRECT for kind in _used(job)):
        raise ValueError("a script makes no changes of groups and memberships")
    inside = last = 0
    for row in job.changes:
        inside = inside + 1 if row.group == last else 1
        if row.group < max(last, 1) or inside > GROUP_SIZE:
            raise ValueError(f"group {row.group} is out of its order, or larger than {GROUP_SIZE}")
        last = row.group


def _used(job: JobData) -> list[int]:
    """The kinds that the job has, by first appearance: their places are their numbers in its files."""
    return list(dict.fromkeys(row.kind for row in job.changes))


def _kind(kind: ChangeKind) -> dict[str, Any]:
    """A kind as the script compares people with it and sends it.

    What failed (state ``Error``) gives nothing, so nobody has to have it still; of what the change touches the script
    looks at every assignment.
    """
    touched = {*kind.remove, *(a.sku_id for a in kind.add)}
    held = kind.before.assignments
    direct = (a for a in held if not a.group and (a.sku_id in touched or a.state != "Error"))
    return {
        "before": [_licence(a.sku_id, a.disabled) for a in direct],
        "inherited": sorted({a.sku_id for a in held if a.group and a.state != "Error"}),
        "remove": list(kind.remove),
        "add": [_licence(*add) for add in kind.add],
        "location": kind.location,
    }


def _licence(sku_id: str, disabled: Iterable[str]) -> dict[str, Any]:
    return {"skuId": sku_id, "disabledPlans": list(disabled)}


def _named(job: JobData, skus: Iterable[str]) -> str:
    return neutral(flat("; ".join(job.names.get(sku, sku) for sku in skus)))


def _added(job: JobData, adds: Iterable[Add]) -> str:
    return neutral(flat("; ".join(_with_services(job.names.get(sku, sku), len(off)) for sku, off in adds)))


def _with_services(name: str, off: int) -> str:
    return f"{name} ({off} {'service' if off == 1 else 'services'} off)" if off else name


def _digest(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()
