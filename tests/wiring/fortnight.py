"""Fourteen nights of ``World``, from one number, and what must be true after them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

from batch.core.night_dates import night_of
from batch.core.night_news import news_of
from batch.core.nights import Fate
from batch.core.window import parse_window
from batch.tenants.faults import Faults
from batch.wiring.accepting import accept
from tests.wiring.long_nights import WINDOW, ZONE, Place, World, moment, sheet

#: Both changes of the clock, and no change.
BEGINNINGS = ("2026-10-17", "2027-03-20", "2027-01-11")
CAP = 6
_YEAR = 365 * 86_400.0
_SERVICES = (
    Faults(latency=60),
    Faults(latency=60),
    Faults(latency=600, throttle=0.2, retry_after=20),
    Faults(latency=2000),
    Faults(latency=30, lost_after=0.3, lag=40),
    Faults(latency=30, lost_before=0.3, missing=0.2, lag=5),
    Faults(latency=30, error_503=0.5),
    Faults(latency=30, forbidden_after=2),
    Faults(latency=30, forbidden_after=0),
)


class Fortnight:
    """One world, lived through."""

    def __init__(self, seed: int, folder: Path, patch: Callable[..., None], nights: int = 14) -> None:
        self.dice = random.Random(seed)
        self.nights = nights
        self.first = date.fromisoformat(self.dice.choice(BEGINNINGS))
        self.world = world = World(folder, 160, moment(self.first.isoformat(), "12:30"), patch)
        self.free = iter(range(world.number))
        for key in ("drop", "asked"):
            world.job(key, approval=key == "asked")
        self.fixed = folder / "fixed.csv"
        world.job("fixed", users=(self.fixed,))
        self.standing: list[tuple[int, ...]] = []
        self.kills = 0
        self.replace_fixed()

    def live(self) -> None:
        """Days and nights, then quiet ones until all is done."""
        jump = self.dice.randrange(self.nights)
        for n in range(self.nights):
            self.day(n)
            self.night(n, jumped=n == jump)
        self.quiet()
        self.check()

    # -- what happens ------------------------------------------------------------------------------------------

    def take(self, number: int) -> tuple[int, ...]:
        return tuple(islice(self.free, number))

    def replace_fixed(self) -> None:
        self.standing.append(self.take(self.dice.randint(2, 4)))
        self.fixed.write_text(sheet(self.standing[-1]))
        self.world.touch(self.fixed)

    def day(self, n: int) -> None:
        dice, world = self.dice, self.world
        day = self.first + timedelta(days=n)
        world.clock.true = moment(day.isoformat(), "13:00")
        for key in ("drop", "asked"):
            for number in range(dice.choice((0, 0, 1, 2))):
                self.drop(key, f"users-{day}-{number}.csv")
        if dice.random() < 0.1:
            self.replace_fixed()
        if dice.random() < 0.5:
            world.approve()
        if dice.random() < 0.3:
            self.accept()

    def drop(self, key: str, name: str) -> None:
        dice, world = self.dice, self.world
        used = list(world.book.used(key))
        kind = dice.choice(("good", "good", "good", "same", "shrunk", "bad", "young", "gone"))
        before = [p for p in world.dropped if p.job == key and p.kind == "good"]
        if (kind == "same" and not (before and used)) or (kind == "shrunk" and not (used and used[-1].rows > 3)):
            kind = "good"
        if kind == "same":
            world.drop(key, name, dice.choice(before).people, "same")
        elif kind == "shrunk":
            world.drop(key, name, self.take(1), "shrunk")
        elif kind == "bad":
            world.drop(key, name, (), "bad")
        elif kind == "gone":
            path = world.drop(key, name, self.take(4), "gone")
            world.fuse.meanwhile[dice.randint(1, 40)] = lambda: self.remove(key, path.name)
        else:
            world.drop(key, name, self.take(dice.randint(4, 5)), "good", age=-30.0 if kind == "young" else 3600.0)

    def remove(self, key: str, name: str) -> None:
        """Somebody takes their file away, wherever it is."""
        inbox = self.world.inbox(key)
        for path in (inbox / name, *(inbox / "taken").glob(f"*/{name}")):
            path.unlink(missing_ok=True)

    def accept(self) -> None:
        """A person lets a held file through."""
        world = self.world
        for key in ("drop", "asked"):
            for _, file in list(world.book.held(key))[:1]:
                declared = next(d for d in world.declared() if d.key == key)
                accept(declared, world.nights, file.name, world.clock)
                place = next(p for p in world.dropped if (p.job, p.name) == (key, file.name))
                place.kind = "good"

    def night(self, n: int, *, jumped: bool) -> None:
        dice, world = self.dice, self.world
        after = (self.first + timedelta(days=n + 1)).isoformat()
        off = _YEAR if jumped else dice.choice((0.0, 0.0, 0.0, -3600.0))
        world.faults, world.down = dice.choice(_SERVICES), dice.random() < 0.1
        world.mail.down = dice.random() < 0.25
        for clock in dice.choice((("02:05",), ("02:05",), ("02:30", "03:30"), ("01:30", "02:10"), ("00:30",))):
            world.clock.true = max(world.clock.true, moment(after, clock, fold=dice.randint(0, 1)))
            world.clock.off = off
            self.kills += world.night(self.moments())
            self.told()
        world.clock.off = 0.0

    def moments(self) -> Iterator[int]:
        """The steps at which the process is killed, one life after the other."""
        for _ in range(self.dice.choice((0, 0, 1, 1, 2, 4))):
            yield self.dice.randint(1, self.dice.choice((12, 60, 150)))

    def told(self) -> None:
        """After each night that was not killed: everything is told, or is due because nobody takes it."""
        book = self.world.book
        for key in self.world.jobs:
            turn = next(t for (job, _), t in reversed(book.turns.items()) if job == key)
            assert not news_of(book, turn), (key, news_of(book, turn))
        unsent = [d.state for d in book.messages.values() if set(dict(d.state.values())) - {"sent"}]
        assert self.world.mail.down or not unsent, unsent

    def quiet(self) -> None:
        world = self.world
        world.faults, world.down, world.mail.down = Faults(latency=30), False, False
        world.fuse.meanwhile.clear()
        for n in range(self.nights, self.nights + 40):
            world.clock.true = moment((self.first + timedelta(days=n)).isoformat(), "15:00")
            world.approve()
            self.accept()
            world.clock.true = moment((self.first + timedelta(days=n + 1)).isoformat(), "02:05")
            world.night()
            if n > self.nights and not any(world.book.open(key) for key in world.jobs):
                return
        raise AssertionError([d for key in world.jobs for d in world.book.open(key)])

    # -- what must be true -------------------------------------------------------------------------------------

    def check(self) -> None:
        self.told()
        self.check_people()
        self.check_files()
        self.check_messages()
        self.check_sends()
        self.check_figures()

    def check_people(self) -> None:
        world = self.world
        asked = {n for p in world.dropped if p.kind in ("good", "same") for n in p.people} | set(self.standing[-1])
        perhaps = {n for p in world.dropped if p.kind == "gone" for n in p.people} | {
            n for people in self.standing for n in people
        }
        for person, writes in world.writes().items():
            if person in asked:
                assert writes == 1, (person, writes)
            else:
                assert writes <= (person in perhaps), (person, writes)
        counters = world.counters()
        assert (counters["redundant"], counters["gaps"], counters["over_full"]) == (0, 0, 0), counters

    def check_files(self) -> None:
        world = self.world
        for key in ("drop", "asked"):
            lies = world.places(key)
            fates = {}
            for delivery in world.book.deliveries.values():
                fates |= {f.name: f.fate for f in delivery.files if delivery.job == key}
            for place in (p for p in world.dropped if p.job == key):
                self.check_file(place, lies.pop(place.name, []), fates.get(place.name))
            assert not lies, lies

    def check_file(self, place: Place, lies: list[str], fate: Fate | None) -> None:
        want = {"good": "done", "same": "done", "shrunk": "held", "bad": "rejected"}
        if place.kind == "gone" and lies != ["done"]:
            assert not lies, (place, lies)
            return
        assert lies == [want.get(place.kind, "done")], (place, lies, fate)
        agreed = {"done": {Fate.DONE, Fate.SAME}, "held": {Fate.HELD}, "rejected": {Fate.REJECTED}}
        assert fate in agreed[lies[0]], (place, lies, fate)

    def check_messages(self) -> None:
        mail, book = self.world.mail, self.world.book
        got = Counter(message.id for message in mail.got)
        assert set(got) == set(book.messages)
        for message, times in got.items():
            assert times <= 1 + mail.torn[message], message

    def check_figures(self) -> None:
        for delivery in self.world.book.deliveries.values():
            for run in delivery.nights.values():
                assert run.planned == run.moved + run.refused + run.waiting, run
            if delivery.run and delivery.plans == 1:
                assert sum(run.tonight for run in delivery.nights.values()) == delivery.run.moved, delivery.nights

    def check_sends(self) -> None:
        window, by_night = parse_window(WINDOW), Counter[str]()
        for run, at, _ in self.world.sends():
            here = datetime.fromtimestamp(at, UTC).astimezone(ZONE)
            assert window.contains(here), (run, here)
            by_night[night_of(at, ZONE)] += 1
        assert max(by_night.values(), default=0) <= CAP, by_night
