"""What `reassign handover` says: what was made or taken back, and what to do now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batch.wiring.handing import HandedOver
    from batch.wiring.handing_back import TakenBack


def handed_value(made: HandedOver, run: Path) -> dict[str, Any]:
    """What was handed over, as JSON."""
    return {
        "run": str(run),
        "handover": made.handover,
        "to": made.hand.value,
        "folder": str(made.folder),
        "files": list(made.files),
        "people": made.people,
        "packs": [{"number": p.number, "people": len(p.changes), "digest": p.digest, **p.more} for p in made.parcels],
        "left": {why.value: count for why, count in made.left.items()},
    }


def handed_lines(made: HandedOver, run: Path) -> Iterator[str]:
    """What was handed over, what was not, and what to do now, step by step."""
    from batch.core.handed import Hand
    from batch.wiring.handing import told_left

    packs = made.hand is Hand.ADMIN_CENTER
    into = _count(len(made.parcels), "pack" if packs else "job")
    yield f"Handed over: {_count(made.people, 'person', 'people')} in {into} for {_WHO[made.hand.value]}."
    yield f"{made.folder}"
    yield from told_left(made.left, str(run))
    yield ""
    yield "What to do now:"
    steps = _pack_steps(made, run) if packs else _job_steps(made, run)
    for number, step in enumerate(steps, start=1):
        yield f"  {number}. {step}"
    yield ""
    yield f"Nobody else gets the seats of these people meanwhile. To take it back: reassign handover {run} --revoke"


_WHO = {"admin-center": "the admin center", "powershell": "PowerShell"}


def _pack_steps(made: HandedOver, run: Path) -> Iterator[str]:
    pages, books = ([f for f in made.files if f.endswith(end)] for end in (".html", ".xlsx"))
    yield f"Print {_listed(pages)}: a page a pack. Do them in their order, so that the seats suffice."
    yield f"Tick people off on the page or in {_listed(books)}, one by one."
    yield f"Take back what was done: reassign collect {run} {made.folder / books[0]}"
    yield _proof(made, run)


def _job_steps(made: HandedOver, run: Path) -> Iterator[str]:
    jobs = [p.more["folder"] for p in made.parcels if p.more["folder"]]
    each = f" -InputFolder {jobs[0]}, then the others in their order" if jobs else ""
    yield "Copy the folder to a computer with the Microsoft Graph modules for PowerShell; README.txt says which."
    yield f"Look what it would do: .\\Move-Licenses.ps1 -WhatIf{each}"
    yield f"Do it: .\\Move-Licenses.ps1{each}. Stopped, it goes on where it was when it is run again."
    results = made.folder / (f"{jobs[0]}/results.csv (and of each other job)" if jobs else "results.csv")
    yield f"Take back what was done: reassign collect {run} {results}"
    yield _proof(made, run)


def _proof(made: HandedOver, run: Path) -> str:
    if made.modelled:
        return f"Show it with a fresh export of the users: reassign collect {run} EXPORT"
    return f"Show it by a look at the tenant: reassign collect {run}. A fresh export does as well."


def revoked_value(taken: TakenBack, run: Path) -> dict[str, Any]:
    """What was taken back, as JSON."""
    return {
        "run": str(run),
        "taken_back": {str(number): count for number, count in taken.handovers.items()},
        "claimed": taken.claimed,
        "marked": list(map(str, taken.marked)),
        "missing": list(map(str, taken.missing)),
    }


def revoked_lines(taken: TakenBack, run: Path) -> Iterator[str]:
    """What was taken back, and whom to tell."""
    for number, people in taken.handovers.items():
        yield f"Taken back from handover {number}: {_count(people, 'person', 'people')}."
    yield (
        "Tell whoever has the pages to stop. A script that runs in that folder stops before its next group; "
        "one that runs from a copy has to be ended there (Ctrl-C)."
    )
    for path in taken.missing:
        yield f"{path} is not there, so nothing in it can keep a script from running; look for copies of it."
    if taken.claimed:
        yield (
            f"{taken.claimed:,} more are said to be done and stay there until somebody looks: "
            f"reassign collect {run} EXPORT"
        )
    if taken.modelled:
        yield "Whoever was moved there and not taken in before is not known here: plan again from a fresh export."
    else:
        yield f"Whoever was moved there and not taken in before is found by looking. Carry on: reassign apply {run}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _listed(names: list[str]) -> str:
    """The files, or the first and the last of many."""
    return " and ".join(names) if len(names) <= 2 else f"{names[0]} to {names[-1]}"
