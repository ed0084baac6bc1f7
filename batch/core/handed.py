"""Changes that are in other hands: a person with the admin center, or PowerShell. Words and values.

A change is in exactly one hand at a time. What others say they did counts as done once it was seen: in a fresh export,
in a saved answer of Graph, or by a look at the tenant.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from batch.core.terms import Add

#: Characters that end a record or a line somewhere; results and ticks come back without them.
_CONTROL = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")


class Hand(StrEnum):
    """Whose hand a change can be given into."""

    ADMIN_CENTER = "admin-center"
    POWERSHELL = "powershell"


class Said(StrEnum):
    """What comes back about one change. Kept in ``code`` of a REPORTED entry."""

    #: Done, or found as it was asked for. Counts once it was seen.
    DONE = "done"
    #: The service refused it; ``status`` and ``text`` hold its own words.
    REFUSED = "refused"
    #: Somebody else changed this user, so they were left alone.
    CHANGED = "changed"
    #: There is no such user.
    GONE = "gone"
    #: Tried until the tries were used up, or nobody knows: it stays where it is, to be tried again.
    GAVE_UP = "gave_up"
    #: Not done, with a remark: it stays where it is.
    NOT_DONE = "not_done"


class Steps(StrEnum):
    """How a pack is done in the admin center."""

    #: One go: the ticked licences take the place of all that people hold.
    REPLACE = "replace"
    #: Two goes: give the new licences beside the others, then take the old ones away.
    KEEP_AND_UNASSIGN = "keep-and-unassign"


class InHand(NamedTuple):
    """Where one change is."""

    #: Handovers of a run count from 1, packs (for PowerShell: jobs) of a handover as well.
    handover: int
    pack: int
    hand: Hand
    #: Of the pages and the workbook as a whole; of PowerShell's job. Stands in what comes back.
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndState:
    """Everything a person holds in the end. People of one pack have the same, since Replace leaves nothing else."""

    #: Licences of their own, each with the service plans that are off, sorted.
    direct: tuple[Add, ...]
    #: SKU ids that come from groups, sorted.
    inherited: tuple[str, ...]
    #: The usage location that has to be set first; empty where none has.
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Changes that one person does in the admin center in one go."""

    #: From 1, in the order in which packs are to be done: so the seats suffice.
    number: int
    #: Positions in the plan, in plan order.
    changes: tuple[int, ...]
    end: EndState
    steps: Steps
    #: SKU ids to give and to take away; for ``REPLACE`` those to take away are whatever anybody of the pack loses.
    add: tuple[Add, ...]
    remove: tuple[str, ...]


class Member(NamedTuple):
    """One person of a pack."""

    change: int
    user_id: str
    upn: str
    #: Empty where no sheet has one.
    name: str


class Licence(NamedTuple):
    """One licence as a page names it, and the services of it that are switched off."""

    name: str
    off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackSheet:
    """One pack as a person reads it: on paper, or as a sheet of a workbook."""

    number: int
    #: How many packs the handover has.
    of: int
    steps: Steps
    #: In the order in which the portal lists them: by display name, then by user name.
    people: tuple[Member, ...]
    #: What is ticked in the end: with ``REPLACE`` all of it at once.
    ticked: tuple[Licence, ...]
    #: Licences through groups: they are there before and after, greyed, and nobody touches them.
    inherited: tuple[str, ...]
    #: ``KEEP_AND_UNASSIGN``: what is given beside the rest (a part of ``ticked``).
    given: tuple[Licence, ...]
    #: What must not be ticked in the end: everything that goes.
    gone: tuple[str, ...]
    #: Two capital letters to set as usage location before anything else; empty where nothing has to be set.
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What stands on everything that is handed over."""

    #: The run's name, and its move in words ("Office 365 E4 → Office 365 E3").
    run: str
    title: str
    #: The organisation or tenant, for people.
    tenant: str
    handover: int
    digest: str
    #: UTC seconds.
    made_at: float
    #: How the folder of the run is called, for the commands on the pages.
    folder: str
    #: People at most in a pack.
    size: int


def handover_text(handover: int, digest: str) -> str:
    """What a HANDED_OVER entry says in ``text``."""
    return json.dumps({"digest": digest, "handover": handover}, sort_keys=True)


def read_handover(pack: int, code: str, text: str) -> InHand:
    """From a HANDED_OVER entry; raises ``ValueError``, ``LookupError``, ``TypeError`` for what says nothing."""
    value = json.loads(text)
    return InHand(int(value["handover"]), pack, Hand(code), str(value["digest"]))


def packs_digest(run: str, plan_id: str, handover: int, packs: Iterable[Iterable[tuple[int, str]]]) -> str:
    """SHA-256 over whose packs they are and who is in which (position in the plan, user id), as 64 hex digits.

    The run counts as well: the same sheets planned twice make the same plan, and each has its own packs.
    """
    value = [run, plan_id, handover, [[list(member) for member in pack] for pack in packs]]
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def ref(digest: str, change: int, user_id: str) -> str:
    """What stands beside a person of a pack so that a tick is known by it, wherever its row was moved to."""
    return f"{change}-{check(digest, (str(change), user_id))[:12]}"


def flat(text: str) -> str:
    """The text as a script writes it into its results: each control character a blank."""
    return _CONTROL.sub(" ", text)


def check(before: str, fields: Iterable[str]) -> str:
    """The check of one row of results.csv: 32 hex digits over the check of the row before and the row's own fields.

    ``before`` is the job's digest for the first row.
    """
    return hashlib.sha256("\x1f".join([before, *fields]).encode()).hexdigest()[:32]


class Report(NamedTuple):
    """What a result file or a ticked workbook says about one change."""

    change: int
    said: Said
    #: The digest under which it was handed over, as the file has it.
    digest: str
    status: int = 0
    code: str = ""
    text: str = ""
    #: The row in its file, for people.
    row: int = 0
    sheet: str = ""


class Odd(NamedTuple):
    """A row that is not believed, and why."""

    row: int
    sheet: str
    #: ``edited``, ``missing_before``, ``torn``, ``foreign``, ``unknown_person``, ``unclear``, ``old_handover``.
    code: str
    text: str


class Returned(NamedTuple):
    """What one file that came back says."""

    reports: tuple[Report, ...]
    odd: tuple[Odd, ...]


#: Change → where it is; what a collection checks reports against.
Hands = Mapping[int, InHand]
