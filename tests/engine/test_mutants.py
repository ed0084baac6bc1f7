"""Engines with one mistake each. The checks of the rough days must catch every one, or they prove nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from batch.core import ledger as ledger_room
from batch.core import step as step_room
from batch.core.entries import Entry, EntryKind, Seen
from batch.core.errors import JournalDamaged
from batch.core.ledger import Ledger
from batch.core.settle import observe
from batch.core.standings import Due
from batch.core.states import State
from batch.core.step import Ask, Needs, Send
from batch.core.terms import NO_ANSWER, Answer, Call, Sight
from batch.core.verdict import APPLIED, Verdict, VerdictKind, verdict
from batch.engine import apply as apply_room
from batch.engine.apply import _Run
from batch.tenants.practice import PracticeTenant
from tests.engine import memory_journal
from tests.engine.memory_journal import MemoryJournal
from tests.engine.rough import hurried_day, rough_day, survive

Patch = pytest.MonkeyPatch

#: Days on which the engine as it is passes (``test_rough_days``), and no mutant may pass all of them.
DAYS = range(100)


def journals_after_the_call(patch: Patch) -> None:
    def save(self: _Run) -> None:
        for group in self.leaving:
            self.flights[self._depart(group)] = group
        self.leaving = []
        saving, self.unsaved = self.unsaved, []
        if saving:
            self.journal.append(saving)

    patch.setattr(_Run, "_save", save)


def never_journals_what_it_sends(patch: Patch) -> None:
    keep = MemoryJournal._keep

    def forgetful(self: MemoryJournal, entries: Sequence[Entry]) -> None:
        keep(self, [e for e in entries if e.kind is not EntryKind.SENT])

    patch.setattr(MemoryJournal, "_keep", forgetful)


def resends_in_doubt_without_reading(patch: Patch) -> None:
    def hasty(status: int, code: str = "", message: str = "") -> Verdict:
        kind, word = verdict(status, code, message)
        return Verdict(VerdictKind.RETRY if kind is VerdictKind.DOUBT else kind, word)

    patch.setattr(ledger_room, "verdict", hasty)


def takes_what_was_on_the_wire_for_not_sent(patch: Patch) -> None:
    opened = Ledger._opened

    def careless(self: Ledger, entry: Entry) -> None:
        for change in sorted(self.flying):
            self._release(change)
            self._move(change, State.PENDING)
        self.flying.clear()
        opened(self, entry)

    patch.setattr(Ledger, "_opened", careless)


def drops_the_tail_of_a_journal(patch: Patch) -> None:
    def entries(self: MemoryJournal) -> Iterator[Entry]:
        if self.durable and self.durable[-1].kind is EntryKind.SENT:
            self.durable.pop()
        yield from list(self.durable)

    patch.setattr(memory_journal.MemoryJournal, "entries", entries)


def drops_an_entry_in_the_middle(patch: Patch) -> None:
    def entries(self: MemoryJournal) -> Iterator[Entry]:
        yield from (e for n, e in enumerate(list(self.durable)) if n != len(self.durable) // 2)

    patch.setattr(memory_journal.MemoryJournal, "entries", entries)


def sends_one_user_twice(patch: Patch) -> None:
    save = _Run._save

    def twice(self: _Run) -> None:
        self.leaving += [group for group in self.leaving if isinstance(group, Send)]
        save(self)

    patch.setattr(_Run, "_save", twice)


def asks_about_one_user_twice(patch: Patch) -> None:
    def in_order(heap: list[Due], now: float) -> Iterator[Due]:
        yield from (item for item in sorted(heap) if item.at <= now)

    patch.setattr(step_room, "_in_order", in_order)


def forgets_what_is_promised(patch: Patch) -> None:
    def seats_left(ledger: Ledger, needs: Needs, spent: dict[str, int]) -> int:
        return min((ledger.free.get(sku, 0) for sku, _ in needs), default=len(ledger.state))

    patch.setattr(step_room, "seats_left", seats_left)


def gives_a_promise_back_while_in_doubt(patch: Patch) -> None:
    doubt, release = Ledger._doubt, Ledger._release

    def eager(self: Ledger, change: int, since: float) -> None:
        release(self, change)
        doubt(self, change, since)

    def once(self: Ledger, change: int) -> None:
        if self.state[change] != State.DOUBT:
            release(self, change)

    patch.setattr(Ledger, "_doubt", eager)
    patch.setattr(Ledger, "_release", once)


def counts_seats_that_are_not_there(patch: Patch) -> None:
    applied = Ledger._applied

    def wishful(self: Ledger, change: int) -> None:
        applied(self, change)
        for sku in self.takes[self.kind[change]]:
            self.free[sku] += 1

    patch.setattr(Ledger, "_applied", wishful)


def believes_old_seats(patch: Patch) -> None:
    counted = Ledger._counted

    def hasty(self: Ledger, entry: Entry) -> None:
        counted(self, entry)
        self.free = json.loads(entry.text)

    patch.setattr(Ledger, "_counted", hasty)


def believes_before_without_waiting_for_the_lag(patch: Patch) -> None:
    patch.setattr(apply_room, "observe", lambda kind, sight, *, settled: observe(kind, sight, settled=True))


def never_believes_what_it_reads(patch: Patch) -> None:
    patch.setattr(apply_room, "observe", lambda kind, sight, *, settled: Seen.BEFORE)


def retries_the_whole_group(patch: Patch) -> None:
    take_in = _Run._take_in

    def all_or_none(self: _Run, group: Send | Ask, result: Sequence[Answer | Sight]) -> None:
        throttled = next((a for a in result if isinstance(a, Answer) and a.status == 429), None)
        take_in(self, group, [throttled] * len(result) if throttled else result)

    patch.setattr(_Run, "_take_in", all_or_none)


def takes_a_missing_answer_for_applied(patch: Patch) -> None:
    patch.setattr(
        ledger_room, "verdict", lambda status, code="", text="": verdict(status, code, text) if status else APPLIED
    )


def takes_any_error_for_refused(patch: Patch) -> None:
    def blunt(status: int, code: str = "", text: str = "") -> Verdict:
        return verdict(status, code, text) if status < 500 else Verdict(VerdictKind.REFUSED, "bad_request")

    patch.setattr(ledger_room, "verdict", blunt)


def mixes_up_the_answers(patch: Patch) -> None:
    take_in = _Run._take_in
    patch.setattr(_Run, "_take_in", lambda self, group, result: take_in(self, group, list(reversed(result))))


def removes_first_and_adds_later(patch: Patch) -> None:
    assign = PracticeTenant.assign

    async def in_two_calls(self: PracticeTenant, calls: Sequence[Call]) -> list[Answer]:
        await assign(self, [Call(c.user_id, c.remove, ()) for c in calls])
        return await assign(self, [Call(c.user_id, (), c.add) for c in calls])

    patch.setattr(PracticeTenant, "assign", in_two_calls)


def sends_another_call_than_planned(patch: Patch) -> None:
    def depart(self: _Run, group: Send | Ask) -> object:
        ids, kind, kinds = self.changes.user_id, self.changes.kind, self.changes.kinds
        if isinstance(group, Ask):
            return asyncio.ensure_future(self.tenant.look([ids[c] for c in group.changes]))
        calls = [kinds[kind[c]].call(ids[c]) for c in group.changes]
        return asyncio.ensure_future(self.tenant.assign([c._replace(remove=()) for c in calls]))

    patch.setattr(_Run, "_depart", depart)


def forgets_a_change_that_waits(patch: Patch) -> None:
    again = Ledger._again

    def lossy(self: Ledger, change: int, at: float) -> None:
        again(self, change, at)
        if self.state[change] == State.WAITING:
            self._move(change, State.REFUSED)

    patch.setattr(Ledger, "_again", lossy)


def writes_answers_down_as_lost(patch: Patch) -> None:
    take_in = _Run._take_in

    def deaf(self: _Run, group: Send | Ask, result: Sequence[Answer | Sight]) -> None:
        take_in(self, group, [NO_ANSWER if isinstance(a, Answer) and a.status == 200 else a for a in result])
        for change in group.changes:
            if self.ledger.state[change] == State.DOUBT:
                self._note(Entry(EntryKind.OBSERVED, change, self.clock.now(), status=Seen.BEFORE))

    patch.setattr(_Run, "_take_in", deaf)


MUTANTS = (
    journals_after_the_call,
    never_journals_what_it_sends,
    resends_in_doubt_without_reading,
    takes_what_was_on_the_wire_for_not_sent,
    drops_the_tail_of_a_journal,
    drops_an_entry_in_the_middle,
    sends_one_user_twice,
    asks_about_one_user_twice,
    forgets_what_is_promised,
    gives_a_promise_back_while_in_doubt,
    counts_seats_that_are_not_there,
    believes_old_seats,
    believes_before_without_waiting_for_the_lag,
    never_believes_what_it_reads,
    retries_the_whole_group,
    takes_a_missing_answer_for_applied,
    takes_any_error_for_refused,
    mixes_up_the_answers,
    removes_first_and_adds_later,
    sends_another_call_than_planned,
    forgets_a_change_that_waits,
    writes_answers_down_as_lost,
)


def survive_all(folder: Path) -> None:
    for seed in DAYS:
        survive((rough_day, hurried_day)[seed % 5 == 4](seed), folder / f"{seed}.db")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.__name__)
def test_the_checks_catch(mutant: Callable[[Patch], None], monkeypatch: Patch, tmp_path: Path) -> None:
    mutant(monkeypatch)
    # A broken law, a journal that does not add up, or a port that turns the call down.
    with pytest.raises((AssertionError, JournalDamaged, ValueError)):
        survive_all(tmp_path)
