"""Giving changes of a plan into another hand: people with the admin center, or PowerShell.

That is beginning (or going on) to carry the plan out, so everything is looked at as before the first move of ``apply``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from batch.core.entries import Entry, EntryKind
from batch.core.errors import ReassignError, UsageError
from batch.core.giving import SENTENCES, Choice, Stays, choose, seats_for
from batch.core.handed import Hand, handover_text
from batch.core.harmless import in_shell
from batch.core.ledger import Ledger
from batch.core.pace import Policy
from batch.core.plan import Changes
from batch.core.terms import Sku
from batch.engine.apply import replay
from batch.engine.ports import Tenant
from batch.engine.reading import patiently
from batch.runs.folder import RunFolder, readable, staged
from batch.runs.journal import SqliteJournal
from batch.runs.store import load_rows, load_skus
from batch.sheets.products import service_names
from batch.wiring import applying, approving, timing
from batch.wiring.handing_parcels import Asked, Load, Parcel, Parcels, parcels_of
from batch.wiring.modelling import carry_over
from batch.wiring.opening import Tell, is_modelled
from batch.wiring.parts import SteadyClock, account, waited

#: In the run folder: the folder of each handover, by its number and hand.
HANDOVERS = "handover"
#: In ``meta``: the number of each handover → its folder, from the run folder.
NOTED = "handed_to"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What was handed over, and what was not."""

    handover: int
    hand: Hand
    folder: Path
    #: Names of the files for people, from ``folder``.
    files: tuple[str, ...]
    parcels: tuple[Parcel, ...]
    left: Mapping[Stays, int]
    #: Who changed since the plan was made and is left alone, in sentences.
    left_alone: str
    #: Nobody can look at the tenant: it is known from sheets alone.
    modelled: bool
    #: The plan comes from spreadsheets, which do not list services.
    services_unknown: bool
    #: Microsoft's table of products was imported: packs call services as the admin center does.
    services_named: bool
    changes: Changes
    ledger: Ledger

    @property
    def people(self) -> int:
        """How many changes were handed over."""
        return sum(len(parcel.changes) for parcel in self.parcels)


class _Run(NamedTuple):
    """The run of which something is handed over, and how it is looked at."""

    folder: RunFolder
    meta: dict[str, Any]
    changes: Changes
    #: One for all of it: it has been read, and knows its end.
    journal: SqliteJournal
    now: float
    given: Mapping[str, Any]
    stage_is: Callable[[str], None]
    tell: Tell


def hand_over(
    folder: RunFolder,
    asked: Asked,
    words: Sequence[str],
    given: Mapping[str, Any],
    stage_is: Callable[[str], None] = lambda text: None,
    tell: Tell = lambda text: None,
) -> HandedOver:
    """Hand changes over: the files are written, the journal says so, then the folder appears, in this order.

    Killed in between it leaves a journal that says handed over and no folder; taking it back (``handing_back``) mends
    that. ``words`` let the plan through where something holds it back, ``given`` are options of the run. The run's
    window of time does not count here: it says when this program may send, and people work when they work.
    Raises ``UsageError`` where nothing can be handed over, and whatever beginning to apply raises.
    """
    stage_is("Checking the plan")
    changes = applying.load_verified(folder)
    run = _Run(folder, folder.meta(), changes, folder.journal(), SteadyClock().now(), given, stage_is, tell)
    ledger = replay(changes, run.journal.entries())
    _check(run, ledger, words)
    ledger, opening, said = _begin(run, ledger)
    chosen = choose(ledger, asked.first)
    stage_is(f"Cutting {len(chosen.which):,} changes")
    number = ledger.handovers + 1
    load = _load(run, ledger, chosen, number)
    parcels = parcels_of(load, asked)
    left = _left(folder, chosen, parcels)
    target = asked.out or folder.path / HANDOVERS / f"{number}-{asked.hand.value}"
    giving = _giving(parcels.parcels, asked.hand, number, run.now)
    files = _write(run, target, number, parcels, [*opening, *giving])
    ledger.record(*giving)
    return HandedOver(
        handover=number,
        hand=asked.hand,
        folder=target,
        files=files,
        parcels=parcels.parcels,
        left=left,
        left_alone=said,
        modelled=load.modelled,
        services_unknown=load.modelled and _from_spreadsheets(run),
        services_named=bool(service_names()),
        changes=changes,
        ledger=ledger,
    )


def _check(run: _Run, ledger: Ledger, words: Sequence[str]) -> None:
    """What has to be so before anything is begun, or gone on with."""
    approving.check_approved(run.folder, run.meta, words, run.given)
    if not ledger.started_at:
        applying.check_guards(run.folder, run.meta, words)
        timing.check_age(run.meta, run.given, run.now)
        applying.check_sheets(run.meta)
    if is_modelled(run.meta) and ledger.groups:
        raise UsageError(
            f"{run.folder.path} was carried out in its practice tenant, a rehearsal that touched nobody; what is left "
            "of it is not what is left for people.",
            "Plan again and hand that plan over: reassign plan, with the same options.",
        )


def _begin(run: _Run, ledger: Ledger) -> tuple[Ledger, list[Entry], str]:
    """Look as before the first move of ``apply``, and begin or go on: the ledger as it is then, the entries that made
    it so and are still to be written, and who is left alone, in sentences.

    Nobody can look at people whose tenant is modelled; its seats are those of the sheets and of what came back since.
    """
    # Should the last collection have been cut short: else the seats of those who were moved would be counted as free.
    carry_over(run.folder, run.meta, run.changes, ledger)
    tip = run.journal.tip()

    async def look(tenant: Tenant) -> tuple[tuple[Sku, ...], str]:
        said = ""
        if not is_modelled(run.meta):
            said = await applying.look_first(run.folder, run.changes, tenant, ledger, run.journal, run.now)
        return await patiently(tenant.skus, Policy()), said

    run.stage_is("Looking at everybody")
    with applying.tenant_of(run.folder, run.meta, run.given, run.tell) as tenant:
        tenant.so_far = lambda users: run.stage_is(f"Looking at everybody: {users:,} people")
        policy = Policy(**run.meta["policy"])
        policy = replace(policy, settle=max(policy.settle, tenant.read_lag))
        skus, said = waited(look(tenant))
    if run.journal.tip() != tip:
        ledger = replay(run.changes, run.journal.entries())
    opening = [
        Entry(EntryKind.OPENED, -1, run.now, text=policy.to_json()),
        Entry(EntryKind.CARRIED_OUT, -1, run.now, code=account()),
        Entry(EntryKind.COUNTED, -1, run.now, text=json.dumps({s.sku_id: s.free for s in skus}, sort_keys=True)),
    ]
    ledger.record(*opening)
    return ledger, opening, said


def _from_spreadsheets(run: _Run) -> bool:
    """Whether nothing that the plan was made from lists services, as a copy of the tenant and answers of Graph do."""
    known = any(one.disabled for kind in run.changes.kinds for one in kind.before.assignments)
    answers = any(str(sheet["file"]).casefold().endswith(".json") for sheet in run.meta["sheets"])
    copied = run.meta.get("organisation", {}).get("copied_at")
    return not (known or answers or copied or "undoes" in run.meta)


def _load(run: _Run, ledger: Ledger, chosen: Choice, number: int) -> Load:
    """Everything that the files of a handover are made from."""
    with readable(run.folder.path):
        skus = load_skus(run.folder.db)
        people = {user: name for _, _, user, name, *_ in load_rows(run.folder.db) if name}
    modelled = is_modelled(run.meta)
    return Load(
        meta=run.meta,
        folder=str(run.folder.path),
        handover=number,
        made_at=run.now,
        changes=run.changes,
        which=chosen.which,
        free=seats_for(ledger, chosen.which),
        skus=skus,
        people=people,
        modelled=modelled,
    )


def _left(folder: RunFolder, chosen: Choice, parcels: Parcels) -> dict[Stays, int]:
    """How many open changes stay, by reason; ``UsageError`` when all do."""
    left = dict(chosen.left)
    if parcels.without_seats:
        left[Stays.NO_SEATS] = len(parcels.without_seats)
    if not parcels.parcels:
        said = " ".join(told_left(left, in_shell(folder.path))) or "Nothing of it is open."
        raise UsageError(
            f"Nothing of {folder.path} can be handed over. {said}", f"See it: reassign show {in_shell(folder.path)}"
        )
    return left


def told_left(left: Mapping[Stays, int], run: str) -> list[str]:
    """A sentence for each reason for which open changes stay. ``run`` is the run folder as a person would name it."""
    return [f"Not handed over, {left[why]:,}: {SENTENCES[why].replace('RUN', run)}" for why in Stays if left.get(why)]


def _giving(parcels: Sequence[Parcel], hand: Hand, number: int, now: float) -> list[Entry]:
    giving = []
    for parcel in parcels:
        same = Entry(
            EntryKind.HANDED_OVER, -1, now, parcel.number, code=hand.value, text=handover_text(number, parcel.digest)
        )
        giving += [same._replace(change=n) for n in parcel.changes]
    return [*giving, Entry(EntryKind.STOPPED, -1, now, code="handed_over")]


def _write(run: _Run, target: Path, number: int, parcels: Parcels, giving: Sequence[Entry]) -> tuple[str, ...]:
    """The files, the journal, then the folder; the names of the files for people."""
    folder, in_journal = run.folder, False
    files: tuple[str, ...] = ()
    own = target.parent == folder.path / HANDOVERS
    where = f"{HANDOVERS}/{target.name}" if own else str(target.resolve())
    try:
        with staged(target) as stage:
            files = parcels.write(stage, run.stage_is)
            folder.note({NOTED: {**run.meta.get(NOTED, {}), str(number): where}})
            run.stage_is("Writing the journal")
            run.journal.append(giving)
            in_journal = True
    except (ReassignError, KeyboardInterrupt):
        if in_journal and not (target / files[0]).exists():
            # Nobody can have the files: everybody is in our own hand again.
            mine = [e.change for e in giving if e.kind is EntryKind.HANDED_OVER]
            run.journal.append([Entry(EntryKind.TAKEN_BACK, n, run.now, text="not written") for n in mine])
        raise
    return files
