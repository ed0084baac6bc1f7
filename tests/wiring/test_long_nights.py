"""Nights simulated on end, with faults, kills and changes of the clock; and one night killed at every step."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

from batch.core.night_news import news_of
from batch.runs.nightjob import NightJob
from batch.tenants.faults import Faults
from tests.wiring.fortnight import Fortnight
from tests.wiring.long_nights import World, moment


@pytest.fixture
def patch(monkeypatch):
    """Patches that end with the test; workbooks stay empty, since nobody looks at them."""
    monkeypatch.setattr("batch.reports.workbook.write_workbook", lambda report, path: path.write_bytes(b""))
    return monkeypatch.setattr


@pytest.mark.parametrize("seed", range(2))
def test_a_few_nights(seed, tmp_path, patch):
    Fortnight(seed, tmp_path, patch, nights=4).live()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 103))
def test_two_weeks(seed, tmp_path, patch):
    Fortnight(seed, tmp_path, patch).live()


class Cut:
    """One plain night, and the disk as it was at every step of it: what a power cut or ``kill -9`` there leaves."""

    def __init__(self, folder, patch):
        self.folder, self.images = folder, folder / "images"
        (folder / "world").mkdir(parents=True)
        self.world = world = World(folder / "world", 12, moment("2026-10-19", "02:05"), patch)
        world.faults = Faults(latency=30)
        world.job("drop", NightJob(mail=("night@c.example",), daily_cap=20))
        world.drop("drop", "users-1.csv", (0, 1, 2, 3, 4))
        world.drop("drop", "users-2.csv", (), "bad")
        world.drop("drop", "users-3.csv", (0, 1, 2, 3, 4), "same")
        world.drop("drop", "who-moves.csv", (5,), "moves")
        self.at = []
        world.fuse.watch = self.keep

    def keep(self):
        """Keep the disk, the clock and the mailbox as they are."""
        shutil.copytree(self.world.folder, self.images / str(len(self.at)))
        self.at.append((self.world.clock.true, list(self.world.mail.got)))

    def back_to(self, number):
        """The world as it was at this step, in another process."""
        shutil.rmtree(self.world.folder)
        (self.images / str(number)).rename(self.world.folder)
        self.world.clock.true, self.world.mail.got = self.at[number][0] + 60, self.at[number][1]

    def check(self):
        """Everybody moved once, every file where it belongs, everything told, at most one message twice."""
        world, book = self.world, self.world.book
        assert Counter(world.writes().values()) == {1: 6, 0: 6}
        counters = world.counters()
        assert (counters["redundant"], counters["gaps"]) == (0, 0)
        lies = {"users-1.csv": "done", "users-2.csv": "rejected", "users-3.csv": "done", "who-moves.csv": "done"}
        assert world.places("drop") == {name: [where] for name, where in lies.items()}
        assert not book.open("drop")
        assert not news_of(book, list(book.turns.values())[-1])
        got = Counter(message.id for message in world.mail.got)
        assert set(got) == set(book.messages)
        assert sum(got.values()) <= len(got) + 1
        assert {state for due in book.messages.values() for state, _ in due.state.values()} == {"sent"}
        assert not list((world.nights / "runs").glob("*-plan*"))


def cut_everywhere(tmp_path, patch, every):
    cut = Cut(tmp_path, patch)
    cut.world.night()
    cut.world.fuse.watch = None
    assert len(cut.at) > 60
    for number in range(0, len(cut.at), every):
        cut.back_to(number)
        cut.world.night()
        cut.check()
    return len(cut.at)


def test_a_night_cut_off_here_and_there(tmp_path, patch):
    cut_everywhere(tmp_path, patch, 31)


@pytest.mark.slow
def test_a_night_cut_off_at_every_step(tmp_path, patch):
    cut_everywhere(tmp_path, patch, 1)
