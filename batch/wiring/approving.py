"""A second person's word for exactly one plan, kept in the run's sealed journal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from batch.core.entries import Entry, EntryKind
from batch.core.errors import PlanGuarded, UsageError
from batch.engine.apply import replay
from batch.runs.folder import RunFolder
from batch.wiring.applying import load_verified
from batch.wiring.keeping import account
from batch.wiring.parts import SteadyClock


class Approval(NamedTuple):
    """Who approved which plan, and when."""

    #: As they gave it, and as the computer knows whoever was signed in there.
    by: str
    account: str
    plan_id: str
    terms: str
    #: UTC seconds since 1970.
    at: float


def approve(folder: RunFolder, by: str) -> Approval:
    """Write down that ``by`` approves the plan in this folder as it is.

    ``UsageError`` when the one who planned it would approve it alone, or when it was begun; ``PlanStale`` when it was
    changed since it was made.
    """
    name = " ".join(by.split())
    changes = load_verified(folder)
    meta = folder.meta()
    if not name:
        raise UsageError("Nobody approves.", "Say who: --by NAME")
    if name.casefold() == str(meta.get("planned_by", "")).casefold():
        raise UsageError(f"{name} made this plan.", "Somebody else has to approve it; say who: --by NAME")
    journal = folder.journal()
    if replay(changes, journal.entries()).started_at:
        raise UsageError("This plan is being carried out already.", "See how it stands: reassign show RUN")
    given = Approval(name, account(), meta["plan_id"], meta["terms"], SteadyClock().now())
    text = json.dumps(given._asdict(), sort_keys=True)
    journal.append([Entry(EntryKind.APPROVED, -1, given.at, text=text)])
    return given


def approvals(folder: RunFolder) -> Iterator[Approval]:
    """Every approval in the run's journal, oldest first."""
    for entry in folder.journal().entries():
        if entry.kind is EntryKind.APPROVED:
            yield Approval(**json.loads(entry.text))


def check_approved(folder: RunFolder, meta: Mapping[str, Any]) -> None:
    """``PlanGuarded`` when the plan asks for a second person and nobody has approved exactly this one."""
    if not meta["job"].get("approval"):
        return
    if not any((a.plan_id, a.terms) == (meta["plan_id"], meta["terms"]) for a in approvals(folder)):
        raise PlanGuarded(
            "The plan waits for the word of a second person.",
            f"They look at it (reassign show {folder.path}) and say: reassign approve {folder.path} --by NAME",
        )
