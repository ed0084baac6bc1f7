"""What `reassign handover` says: what was made or taken back, and what to do now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batch.core.harmless import in_shell

if TYPE_CHECKING:
    from batch.core.changes import ChangeKind
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
    from batch.core.open_words import WHOSE
    from batch.wiring.handing import told_left

    packs = made.hand is Hand.ADMIN_CENTER
    named = in_shell(run)
    into = _count(len(made.parcels), "pack" if packs else "job")
    yield f"Handed over: {_count(made.people, 'person', 'people')} in {into} for {WHOSE[made.hand]}."
    yield f"{made.folder}"
    yield from told_left(made.left, named)
    yield from _services(made, packs=packs)
    yield ""
    yield "What to do now:"
    steps = _pack_steps(made, named) if packs else _job_steps(made, named)
    for number, (step, *commands) in enumerate(steps, start=1):
        yield f"  {number}. {step}"
        yield from (f"     {command}" for command in commands)
    yield ""
    yield "Until then these people are left alone here, and their seats are kept. To take them back:"
    yield f"  reassign handover {named} --revoke --handover {made.handover}"


def _services(made: HandedOver, *, packs: bool) -> Iterator[str]:
    """What is to be known of services: what is switched off by hand, how they are called, what nobody knows."""
    if packs and (people := _only_new_off(made)):
        yield (
            f"For {_count(people, 'person', 'people')} new services have to be switched off by hand, as the pages say. "
            "If they may come on, plan again with --new-services all-on: then nobody has to."
        )
    if packs and not made.services_named and _with_any_off(made):
        yield (
            "Services are called by Microsoft's short names there. To have them called as in the portal, import "
            "Microsoft's table of products before handing over: reassign catalog import FILE.csv"
        )
    if made.services_unknown:
        becomes = "gets the services of the plan by a pack" if packs else "is left alone by the script (changed)"
        yield (
            f"Spreadsheets do not list services: whoever has some switched off now {becomes}. "
            "Where that matters, plan from Graph JSON."
        )


#: A sentence, and the commands below it.
_Step = tuple[str, ...]


def _only_new_off(made: HandedOver) -> int:
    """How many people have nothing switched off before, and something in the end."""
    new = [_off(kind) and not any(one.disabled for one in kind.before.assignments) for kind in made.changes.kinds]
    return sum(new[made.changes.kind[change]] for parcel in made.parcels for change in parcel.changes)


def _with_any_off(made: HandedOver) -> bool:
    off = [_off(kind) for kind in made.changes.kinds]
    return any(off[made.changes.kind[change]] for parcel in made.parcels for change in parcel.changes)


def _off(kind: ChangeKind) -> bool:
    """Whether something has to be switched off of what is given."""
    return any(add.disabled for add in kind.add)


def _pack_steps(made: HandedOver, run: str) -> Iterator[_Step]:
    pages, books = ([f for f in made.files if f.endswith(end)] for end in (".html", ".xlsx"))
    yield (
        f"Open {_listed(pages)} in a browser and print: a page a pack. Do them in their order, so the seats suffice.",
    )
    yield (f"Tick people off in {_listed(books)}, also from what was ticked on paper.",)
    others = ", and the others in the same way" if len(books) > 1 else ""
    yield f"Take in what was done, as often as you like{others}:", _collect(run, made.folder / books[0])
    yield _proof(made, run)


def _job_steps(made: HandedOver, run: str) -> Iterator[_Step]:
    jobs = [p.more["folder"] for p in made.parcels if p.more["folder"]]
    each = f" -InputFolder {jobs[0]}" if jobs else ""
    others = ", then the other jobs in their order" if jobs else ""
    yield ("Copy the folder to a computer with PowerShell. README.txt in it says what else is needed.",)
    yield f"There, look what it would do{others}:", f".\\Move-Licenses.ps1{each} -WhatIf"
    yield "Do it. When it was stopped, the same command goes on where it was:", f".\\Move-Licenses.ps1{each}"
    file = made.folder / (f"{jobs[0]}/results.csv" if jobs else "results.csv")
    where = " of each job back into its" if jobs else " back into this"
    yield f"Bring results.csv{where} folder, and take it in:", _collect(run, file)
    yield _proof(made, run)


def _proof(made: HandedOver, run: str) -> _Step:
    export = "in the admin center: Users > Active users > Export users"
    if made.modelled:
        return f"Show it with a fresh export of the users ({export}):", f"reassign collect {run} EXPORT"
    return f"Show it by a look at the tenant. A fresh export does as well ({export}):", f"reassign collect {run}"


def _collect(run: str, file: Path) -> str:
    return f"reassign collect {run} {in_shell(file)}"


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
    named = in_shell(run)
    for number, people in taken.handovers.items():
        yield f"Taken back from handover {number}: {_count(people, 'person', 'people')}."
    yield (
        "Tell whoever has the pages to stop. A script that runs in that folder stops before its next group; "
        "one that runs from a copy has to be ended there (Ctrl-C)."
    )
    for path in taken.missing:
        yield f"{path} is not there, so nothing in it can keep a script from running; look for copies of it."
    if taken.claimed:
        yield f"{taken.claimed:,} more are said to be done and stay there until somebody looks:"
        yield f"  reassign collect {named} EXPORT"
    if taken.modelled:
        yield "Whoever was moved there and not taken in before is not known here. Hand over anew what is left:"
        yield f"  reassign handover {named} --to …"
        yield "or plan again from a fresh export."
    else:
        yield "Whoever was moved there and not taken in before is found by looking. Carry on, or hand over anew:"
        yield f"  reassign apply {named}"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _listed(names: list[str]) -> str:
    """The files, or the first and the last of many."""
    return " and ".join(names) if len(names) <= 2 else f"{names[0]} to {names[-1]}"
