"""Busy days, each from one number: one plan in many hands at once, and what must be true in the end.

The program applies (through faults and deaths), hands over, takes back and collects; people and scripts do what they
were given, in order or not, truly or not; strangers move people too; old exports turn up late.
"""

from __future__ import annotations

import json
import random
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from batch.core.changes import compare_whole
from batch.core.entries import Entry, EntryKind, Seen
from batch.core.errors import PlanStale, TenantRefused, TenantUnavailable
from batch.core.giving import choose, seats_for
from batch.core.handed import Hand, Report, Said
from batch.core.ledger import Ledger
from batch.core.outcomes import Outcome
from batch.core.packs import cut, groups
from batch.core.states import OUTCOMES, State
from batch.core.terms import Add, Call
from batch.engine.apply import apply, replay
from batch.tenants.faults import Faults
from batch.wiring.drifting import leave_who_changed
from batch.wiring.handing import _giving
from batch.wiring.handing_parcels import Parcel
from batch.wiring.looking import seen_now
from batch.wiring.news import CERTAIN, News, Source
from batch.wiring.proving import shown
from batch.wiring.verifying import looks_again
from tests.engine.memory_journal import Crash, MemoryJournal, Notes
from tests.engine.rough import RoughDay, rough_day
from tests.engine.runs import facts
from tests.engine.small_plans import C, beside
from tests.engine.virtual_time import VirtualClock, VirtualLoop
from tests.engine.wire import Wire, holdings, truth

T = TypeVar("T")
_TROUBLE = (PlanStale, TenantRefused, TenantUnavailable)


@dataclass
class Paper:
    """A pack or a job as whoever has it knows it."""

    digest: str
    hand: Hand
    changes: tuple[int, ...]
    #: What they would say of each so far.
    said: dict[int, Said] = field(default_factory=dict)


class BusyDay:
    """One day; ``orderly``: packs are done in their order and as told, and nobody else is at work."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.dice = dice = random.Random(seed)
        self.day: RoughDay = rough_day(seed)
        self.orderly = dice.random() < 0.5
        if self.orderly:
            self.day = replace(self.day, faults=replace(self.day.faults, thieves=()))
        self.policy = replace(self.day.policy, pilot=dice.choice((0, 0, 1, 3)))
        self.changes = self.day.plan.changes
        self.tenant = self.day.plan.create(folder / f"{seed}.db", self.day.faults)
        self.calm = beside(self.tenant, Faults(lag=self.day.faults.lag))
        # One past for all: what others do lags as well.
        self.calm._past = self.tenant._past
        self.journal = MemoryJournal()
        self.wire = Wire(self.tenant, self.journal, self.changes, latency=self.day.latency)
        self.wire.seats_certain = False
        self.papers: list[Paper] = []
        self.exports: list[list[Seen]] = []
        #: Whom somebody moved who was not asked to.
        self.strange: set[int] = set()
        self.log: list[str] = []

    def live(self, actions: int = 14) -> None:
        """The day, its evening, and what must be true then."""
        with VirtualLoop() as self.loop:
            self.clock = VirtualClock(self.loop)
            todo = [self.apply, self.hand_over, self.hand_over, self.work, self.work, self.work, self.say, self.show]
            todo += [self.look, self.take_back, self.wait] + ([] if self.orderly else [self.stranger, self.export])
            for _ in range(actions):
                action = self.dice.choice(todo)
                self.log.append(action.__name__)
                self.once(action)
            self.evening()
        self.check()
        self.tenant._db.close()

    def once(self, action: Any) -> None:
        """One life of the process, with a death in it or not."""
        dice = self.dice
        dies = dice.random() < 0.3
        self.journal.revive(dice.randint(1, 4) if dies else 0, after=dice.random() < 0.5)
        crash_at = dice.randint(1, 8) if dice.random() < 0.2 else 0
        self.wire.revive(crash_at, after=dice.random() < 0.5, cut=dice.random() < 0.5)
        try:
            action()
        except (Crash, *_TROUBLE) as ended:
            assert not self.wire.broken, self.wire.broken
            self.log.append(f"  {type(ended).__name__}")
        self.journal.revive()
        self.wire.revive()
        assert sum(self.ledger.outcomes().values()) == len(self.changes), "law 2"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(work)

    @property
    def ledger(self) -> Ledger:
        return replay(self.changes, self.journal.durable)

    # -- what the program does ---------------------------------------------------------------------------------

    def apply(self) -> None:
        if not self.ledger.open:
            return

        async def go() -> None:
            policy = replace(self.policy, settle=max(self.policy.settle, self.wire.read_lag))
            await leave_who_changed(self.changes, self.wire, self.ledger, self.journal, self.clock.now())
            look = looks_again(self.changes, self.wire, self.clock)
            await apply(self.changes, self.wire, self.journal, self.clock, Notes(), policy, look)

        self.run(go())

    def hand_over(self, *, everything: bool = False) -> None:
        """As ``handing.hand_over`` does."""
        dice, now = self.dice, self.clock.now()
        self.run(leave_who_changed(self.changes, self.wire, self.ledger, self.journal, now))
        ledger = self.ledger
        skus = self.run(self.wire.skus())
        opening = [
            Entry(EntryKind.OPENED, -1, now, text=self.policy.to_json()),
            Entry(EntryKind.COUNTED, -1, now, text=json.dumps({s.sku_id: s.free for s in skus})),
        ]
        ledger.record(*opening)
        chosen = choose(ledger, 0 if everything else dice.choice((0, 1, 3, 6))).which
        free, size = seats_for(ledger, chosen), dice.choice((1, 2, 5, 20))
        number, hand = ledger.handovers + 1, dice.choice(tuple(Hand))
        if hand is Hand.ADMIN_CENTER:
            parts = [p.changes for p in cut(self.changes, chosen, {s.sku_id: s for s in skus}, free, size).packs]
        else:
            parts = list(groups(self.changes, chosen, free, size)[0])
        if not parts:
            return
        parcels = [Parcel(n, part, f"{number}", {}) for n, part in enumerate(parts, 1)]
        self.journal.append([*opening, *_giving(parcels, hand, number, now)])
        self.papers += [Paper(p.digest, hand, p.changes) for p in parcels]
        self.log.append(f"  {hand.value} {parts}")

    def take_back(self) -> None:
        """Whoever has it was told to stop, and what they did last can be seen by now."""
        self.loop.pass_by(self.day.faults.lag)
        ledger = self.ledger
        mine = [c for c in sorted(ledger.hands) if ledger.state[c] == State.HANDED]
        if mine:
            number = self.dice.choice([ledger.hands[c].handover for c in mine])
            mine = [c for c in mine if ledger.hands[c].handover == number]
            self.journal.append([Entry(EntryKind.TAKEN_BACK, c, self.clock.now(), text="revoked") for c in mine])

    def say(self) -> None:
        """Somebody brings what they say they did; also again, and also what was taken back since."""
        ledger, news = self.ledger, self.news()
        for paper in self.dice.sample(self.papers, min(3, len(self.papers))):
            hands = ledger.hands
            reports = [
                Report(c, said, paper.digest)
                for c, said in paper.said.items()
                if c in hands and hands[c].digest == paper.digest
            ]
            news.take(Source.RESULTS, {"name": "x"}, lambda: news.reports(reports))  # noqa: B023  # at once
        news.conclude()
        news.write(self.journal)

    def show(self) -> None:
        """A fresh export, of all or of some."""
        seen = self.listed()
        share = self.dice.choice((0.5, 1.0, 1.0))
        self.prove([s if self.dice.random() < share else Seen.UNSEEN for s in seen])

    def export(self) -> None:
        """An export that was made some time ago, and one that will be brought later."""
        self.exports.append(self.listed())
        self.prove(self.dice.choice(self.exports))

    def look(self) -> None:
        """As ``collecting.look`` does: what is certain first, the rest once no read can lag."""
        ledger, news = self.ledger, self.news()

        async def go() -> None:
            seen = await seen_now(self.changes, self.wire, under_way=True)
            news.take(Source.TENANT, {}, lambda: news.prove(seen, CERTAIN, range(len(seen))))

        self.run(go())
        self.loop.pass_by(self.day.faults.lag)
        seen = self.run(seen_now(self.changes, self.calm))
        news.take(Source.TENANT, {}, lambda: news.prove(seen, services=range(len(seen))))
        news.conclude(seen)
        news.write(self.journal)
        assert sum(ledger.outcomes().values()) == len(self.changes)

    def prove(self, seen: Sequence[Seen]) -> None:
        news = self.news()
        news.take(Source.EXPORT, {}, lambda: news.prove(seen))
        news.conclude(seen)
        news.write(self.journal)

    def news(self) -> News:
        ledger = self.ledger
        now = max(self.clock.now(), ledger.started_at, max(ledger.at, default=0.0))
        return News(ledger, lambda: now)

    # -- what others do ----------------------------------------------------------------------------------------

    def work(self) -> None:
        """Somebody does a pack, or some of it: the next one where all goes in order."""
        ledger = self.ledger
        valid = [p for p in self.papers if any(self.is_open(ledger, p, c) for c in p.changes)]
        if not valid:
            return
        paper = valid[0] if self.orderly else self.dice.choice(valid)
        most = len(paper.changes) if self.dice.random() < 0.7 else self.dice.randint(1, len(paper.changes))
        for change in paper.changes[:most]:
            if self.is_open(ledger, paper, change):
                paper.said[change] = self.done_by_hand(change)
        self.log.append(f"  {paper.changes[:most]} {list(paper.said.values())}")

    def is_open(self, ledger: Ledger, paper: Paper, change: int) -> bool:
        """Whether it is still in this hand, as far as whoever has it can know."""
        mine = change in ledger.hands and ledger.hands[change].digest == paper.digest
        return mine and paper.said.get(change) not in (Said.DONE, Said.CHANGED)

    def done_by_hand(self, change: int) -> Said:
        """Done as a script does it, which reads first; on other days people also err, or only say that they did it."""
        user_id, kind = self.changes.user_id[change], self.changes.kinds[self.changes.kind[change]]
        found = compare_whole(kind, holdings(self.tenant)[user_id])
        if found is not Seen.BEFORE:
            return Said.DONE if found is Seen.AFTER else Said.CHANGED
        whim = "" if self.orderly else self.dice.choice(("", "", "", "lie", "half", "not"))
        if whim == "lie":
            return Said.DONE
        if whim == "not":
            return Said.NOT_DONE
        if whim == "half" and kind.add and kind.remove:
            self.strange.add(change)
            self.by_hand(Call(user_id, (), kind.add))
            return Said.DONE
        done = self.by_hand(kind.call(user_id))
        assert done or not self.orderly, f"no seat for change {change}, which was handed over with one: {self.log}"
        return Said.DONE if done else self.dice.choice((Said.REFUSED, Said.GAVE_UP))

    def stranger(self) -> None:
        """Somebody who knows nothing of all this moves somebody, or gives them something."""
        if not len(self.changes):
            return
        change = self.dice.randrange(len(self.changes))
        user_id, kind = self.changes.user_id[change], self.changes.kinds[self.changes.kind[change]]
        held = holdings(self.tenant)[user_id]
        self.strange.add(change)
        if self.dice.random() < 0.5 and compare_whole(kind, held) is Seen.BEFORE:
            self.by_hand(kind.call(user_id))
        elif held.direct(C) is None:
            self.by_hand(Call(user_id, (), (Add(C),)))

    def by_hand(self, call: Call) -> bool:
        (answer,) = self.run(self.calm.assign([call]))
        return answer.status == 200

    def wait(self) -> None:
        self.loop.pass_by(self.dice.choice((1.0, 20.0, 400.0)))

    def listed(self) -> list[Seen]:
        """What an export shows: products alone."""
        held = holdings(self.tenant)
        kinds = self.changes.kinds
        return [
            shown(kinds[kind], frozenset(held[user_id].sku_ids))
            for user_id, kind in zip(self.changes.user_id, self.changes.kind, strict=True)
        ]

    # -- the end -----------------------------------------------------------------------------------------------

    def evening(self) -> None:
        """All calm: everybody finishes, and what is left is handed over, taken back and carried out."""
        self.wire.tenant = self.calm
        self.wire.read_lag = self.calm.read_lag
        for turn in range(12):
            self.log.append(f"evening {turn}")
            self.loop.pass_by(1000.0)
            for action in (self.look, self.take_back if turn % 2 else self.work_all, self.look, self.apply, self.look):
                try:
                    action()
                except PlanStale:
                    return
            if not self.ledger.open:
                return

    def work_all(self) -> None:
        for _ in self.papers:
            self.work()

    def check(self) -> None:
        """Nobody is moved twice, nobody is bare, no SKU is over-full, and the ledger tells the truth."""
        ledger, counters = self.ledger, self.tenant.counters()
        told = "\n".join(self.log)
        assert counters["redundant"] == 0, f"somebody was moved twice\n{told}"
        assert counters["gaps"] == 0, f"somebody was left with nothing\n{told}"
        assert counters["over_full"] == 0, told
        seen = truth(self.tenant, self.changes)
        written = dict(self.tenant._db.execute("SELECT id, writes FROM users"))
        for change, (what, state) in enumerate(zip(seen, ledger.state, strict=True)):
            if change in self.strange:
                continue
            outcome = OUTCOMES[State(state)]
            assert written[self.changes.user_id[change]] == (what is Seen.AFTER), f"{change}\n{told}"
            if outcome is not Outcome.IN_DOUBT and outcome is not Outcome.HELD:
                assert (outcome is Outcome.APPLIED) == (what is Seen.AFTER), f"{change}: {outcome}, {what}\n{told}"
        self.check_waves()
        again = Ledger(self.changes.kind, self.changes.kinds)
        at = self.dice.randint(0, len(self.journal.durable))
        again.record(*self.journal.durable[:at])
        again.record(*self.journal.durable[at:])
        assert facts(again) == facts(ledger), "law 5"
        if self.orderly:
            assert counters["refused"] == 0, f"a seat was asked for that was not free (law 7)\n{told}"
            # Done by somebody from whom it was taken back before anybody looked: that is how it is then told.
            late = sum(why == "already_moved" for why, _ in ledger.why.values())
            assert ledger.outcomes()[Outcome.APPLIED] + late == len(self.changes), f"{ledger.outcomes()}\n{told}"

    def check_waves(self) -> None:
        """Nobody of a later wave is sent, or handed over, before the one under way was looked at and found over."""
        ledger = Ledger(self.changes.kind, self.changes.kinds)
        for entry in self.journal.durable:
            if entry.kind in (EntryKind.SENT, EntryKind.HANDED_OVER):
                assert entry.change < ledger.wave_end
            if entry.kind is EntryKind.VERIFIED:
                under_way = (State.FLYING, State.WAITING, State.DOUBT, State.HANDED, State.CLAIMED)
                assert set(under_way).isdisjoint(ledger.state[: ledger.wave_end])
            ledger.record(entry)
