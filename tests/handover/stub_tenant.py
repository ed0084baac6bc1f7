"""The tenant that the stub modules keep in a file, and a job for it: made, changed by faults, and read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batch.core.changes import ChangeKind
from batch.core.handed import Cover, Hand, InHand, Returned
from batch.core.terms import Add, Assignment, Holding
from batch.handover.results import read_results
from batch.handover.script import Address, JobChange, JobData, job_files, write_jobs

TENANT = "aaaaaaaa-0000-4000-8000-000000000001"
OLD, NEW, KEPT = (f"00000000-0000-4000-8000-0000000000{end}" for end in ("e4", "e3", "c0"))
GROUP = "bbbbbbbb-0000-4000-8000-000000000001"
SWAY, TASKS = (f"00000000-0000-4000-8000-0000000001{end}" for end in ("01", "02"))
#: Who holds what before: the old one with a service off, another one that stays, one through a group.
BEFORE = Holding.of(
    [Assignment(sku_id=OLD, disabled=(SWAY,)), Assignment(sku_id=KEPT), Assignment(sku_id=TASKS, group=GROUP)]
)
MOVE = ChangeKind(before=BEFORE, remove=(OLD,), add=(Add(NEW, (SWAY, TASKS)),))

Licence = dict[str, Any]


def licence(sku: str, off: Sequence[str] = (), group: str | None = None) -> Licence:
    """One licence of a user, as the stub keeps it."""
    return {"skuId": sku, "disabledPlans": list(off), "assignedByGroup": group, "state": "Active", "error": "None"}


def before() -> list[Licence]:
    """What everybody holds at first. The service answers in either case."""
    return [licence(OLD.upper(), [SWAY.upper()]), licence(KEPT), licence(TASKS, group=GROUP)]


def user_id(number: int) -> str:
    """The id of a person of the job."""
    return f"cccccccc-0000-4000-8000-{number:012}"


@dataclass(frozen=True)
class Stage:
    """A folder with a job, and the tenant that it is for."""

    #: What was handed over: the script and its data.
    job: Path
    #: Where the stub keeps its tenant, its log and its faults.
    stub: Path
    digest: str
    people: int

    def state(self) -> dict[str, Any]:
        """The tenant as it is now."""
        value: dict[str, Any] = json.loads((self.stub / "state.json").read_text("utf-8"))
        return value

    def keep(self, state: Mapping[str, Any]) -> None:
        """Make this the tenant."""
        (self.stub / "state.json").write_text(json.dumps(state), "utf-8")

    def change(self, number: int, **facts: Any) -> None:
        """Change one user of the tenant."""
        state = self.state()
        state["users"][number].update(facts)
        self.keep(state)

    def fault(self, *faults: Mapping[str, Any]) -> None:
        """What goes wrong from now on (see the stub)."""
        (self.stub / "faults.json").write_text(json.dumps(faults), "utf-8")
        state = self.state()
        state["met"] = {}
        self.keep(state)

    def log(self) -> list[dict[str, Any]]:
        """Every call so far."""
        path = self.stub / "log.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    def writes(self) -> list[str]:
        """Whose licences were changed by the script, in order, as often as they were."""
        return [entry["user"] for entry in self.log() if entry.get("wrote") == "licenses" and entry["effective"]]

    def held(self, number: int) -> list[str]:
        """The direct licences of one person now."""
        licences = self.state()["users"][number]["licenses"]
        return sorted(one["skuId"].lower() for one in licences if one["assignedByGroup"] is None)

    def results(self) -> Returned:
        """results.csv, as it is read when it comes back."""
        hands = {n: InHand(1, 1, Hand.POWERSHELL, self.digest) for n in range(self.people)}
        said = read_results((self.job / "results.csv").read_bytes(), hands, user_id)
        assert said is not None
        return said

    def outcomes(self) -> list[str]:
        """What results.csv says of each person in the end, in the order of the plan."""
        return [str(report.said) for report in sorted(self.results().reports)]


def staged(
    folder: Path,
    people: int,
    kinds: Sequence[ChangeKind] = (MOVE,),
    names: Iterable[tuple[str, str]] | None = None,
    address: Address = Address.ID,
) -> Stage:
    """A job for this many people in groups of 20, each kind in turn, and a tenant in which they are as planned.

    ``names`` are user names and display names.
    """
    called = list(names or ((f"person.{n}@contoso.example", f"Person {n}") for n in range(people)))
    changes = [JobChange(n, n // 20 + 1, n % len(kinds), user_id(n), called[n][0], called[n][1]) for n in range(people)]
    title = "Office 365 E4 -> Office 365 E3"
    cover = Cover(
        run="r1", title=title, tenant="Contoso", handover=1, digest="", made_at=1795442700.0, folder="r1", size=20
    )
    job = JobData(
        job=1,
        jobs=1,
        changes=changes,
        kinds=kinds,
        names={OLD: "Office 365 E4", NEW: "Office 365 E3"},
        cover=cover,
        plan_id="p" * 64,
        tenant_id=TENANT,
        address=address,
    )
    for name in ("job", "stub"):
        (folder / name).mkdir()
    files = job_files(job)
    write_jobs(folder / "job", job.cover, [files])
    stage = Stage(folder / "job", folder / "stub", files.digest, people)
    users = [
        {"id": user_id(n), "userPrincipalName": upn, "displayName": name, "usageLocation": "NL", "licenses": before()}
        for n, (upn, name) in enumerate(called)
    ]
    skus = [{"skuId": sku, "enabled": 2 * people, "plans": [SWAY, TASKS]} for sku in (OLD, NEW, KEPT, TASKS)]
    stage.keep({"tenant": TENANT, "skus": skus, "users": users, "met": {}})
    return stage
