"""A second person's word for exactly one plan, kept in the run's sealed journal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from batch.core.entries import Entry, EntryKind
from batch.core.errors import PlanGuarded, UsageError
from batch.core.harmless import in_shell
from batch.core.plan_words import WAITS
from batch.engine.apply import replay
from batch.reports.words import moment
from batch.runs.folder import RunFolder
from batch.wiring.applying import load_verified
from batch.wiring.parts import SteadyClock, account


class Approval(NamedTuple):
    """Who approved which plan, and when."""

    #: As they gave it, and as the computer knows whoever was signed in there.
    by: str
    account: str
    plan_id: str
    terms: str
    #: UTC seconds since 1970.
    at: float
    #: What the plan was let through with when it was approved: options such as ``--allow-short``.
    allowed: tuple[str, ...] = ()


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
    allowed = tuple(meta.get("allowed", ()))
    given = Approval(name, account(), meta["plan_id"], meta["terms"], SteadyClock().now(), allowed)
    text = json.dumps(given._asdict(), sort_keys=True)
    journal.append([Entry(EntryKind.APPROVED, -1, given.at, text=text)])
    return given


def approvals(folder: RunFolder) -> Iterator[Approval]:
    """Every approval in the run's journal, oldest first."""
    for entry in folder.journal().entries():
        if entry.kind is EntryKind.APPROVED:
            said = json.loads(entry.text)
            yield Approval(**{**said, "allowed": tuple(said.get("allowed", ()))})


def approval_of(folder: RunFolder, meta: Mapping[str, Any]) -> Approval | None:
    """The newest approval of exactly this plan under its terms; None when nobody gave one."""
    found = [a for a in approvals(folder) if (a.plan_id, a.terms) == (meta["plan_id"], meta["terms"])]
    return found[-1] if found else None


def check_approved(folder: RunFolder, meta: Mapping[str, Any], words: Sequence[str], given: Mapping[str, Any]) -> None:
    """``PlanGuarded`` when the plan asks for a second person and nobody has approved exactly this, or less than this.

    ``words`` let the plan through where something holds it back, ``given`` are the options of a run: what goes beyond
    the approved plan was not approved.
    """
    if not meta["job"].get("approval"):
        return
    found = approval_of(folder, meta)
    if found is None:
        raise PlanGuarded(
            "The plan waits for the word of a second person.",
            f"They look at it (reassign show {in_shell(folder.path)}) and say: reassign approve "
            f"{in_shell(folder.path)} --by NAME",
        )
    more = sorted({*words, *meta.get("allowed", ())}.difference(found.allowed))
    looser = given.get("stop_at")
    if looser is not None and looser > meta["policy"]["stop_at"]:
        more.append(f"--stop-at {looser:.0%}")
    more += [
        f"--{name.replace('_', '-')} {given[name]}"
        for name in ("window", "timezone", "max_age")
        if given.get(name) is not None and meta["job"].get(name) not in (None, "", given[name])
    ]
    if more:
        raise PlanGuarded(
            f"{found.by} approved the plan without {' '.join(more)}.",
            "Leave that out, or plan again with it and have it approved.",
        )


def approval_told(folder: RunFolder, meta: Mapping[str, Any]) -> str:
    """A sentence on the second person's word; empty for a plan that asks for none."""
    if not meta["job"].get("approval"):
        return ""
    found = approval_of(folder, meta)
    if found is None:
        return f"{WAITS} for the word of a second person: reassign approve RUN --by NAME"
    same = " from the account that made the plan" if found.account == meta.get("planned_by") else ""
    return f"Approved by {found.by} (signed in as {found.account or 'nobody known'}), {moment(found.at)}{same}."
