"""The bad nights, one by one: a disk that is full, a clock that is wrong, a service that is away."""

from __future__ import annotations

import errno
import os
from collections import Counter
from dataclasses import replace

import pytest

from batch.core.errors import ReassignError
from batch.core.nights import Fate, Outcome, Standing
from batch.runs.night_store import NightStore, nights_of
from batch.tenants.faults import Faults
from batch.wiring import night_messages, nightly, notifying
from tests.wiring.long_nights import Killed, moment
from tests.wiring.nights_seen import DAY, MAIL, job_of, moved, night, outcomes

# -- disks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "call"), [(errno.ENOSPC, "rename"), (errno.EROFS, "mkdir"), (errno.ENOSPC, "write")]
)
def test_an_inbox_on_a_disk_that_takes_nothing(world, monkeypatch, number, call):
    world.job("drop")
    world.job("other")
    world.drop("drop", "users.csv", (0, 1))
    world.drop("other", "users.csv", (2, 3))
    real = getattr(os, call)

    def refusing(first, *more, **named):
        if call == "write" or "drop-inbox" in os.fspath(first):
            raise OSError(number, os.strerror(number))
        return real(first, *more, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refusing)
        told = night(world)
    assert job_of(told).outcome is Outcome.FAILED
    assert os.strerror(number) in job_of(told).error
    assert call == "write" or job_of(told, "other").outcome is Outcome.DONE, "the other job has its own disk"
    assert Outcome.FAILED in outcomes(world)
    night(world)
    assert moved(world) == 4
    assert world.places("drop") == {"users.csv": ["done"]}


@pytest.mark.parametrize("after", [3, 7])
def test_a_book_that_cannot_be_written_ends_the_night_and_the_next_goes_on(world, monkeypatch, after):
    world.job("drop")
    world.drop("drop", "users.csv", (0, 1))
    real, count = NightStore.append, [0]

    def full(store, *events):
        count[0] += 1
        if count[0] > after:
            raise ReassignError("The disk is full.", "Free some.")
        real(store, *events)

    with monkeypatch.context() as patch:
        patch.setattr(NightStore, "append", full)
        with pytest.raises(ReassignError, match="full"):
            world.night()
    night(world)
    assert moved(world) == 2
    assert world.places("drop") == {"users.csv": ["done"]}


def test_two_machines_with_one_inbox_take_each_file_once(world):
    world.job("drop")
    for n in range(3):
        world.drop("drop", f"users-{n}.csv", (2 * n, 2 * n + 1))
    mine, theirs = world.nights, world.folder / "theirs"
    renames = [0]

    def die_in_the_claim():
        renames[0] += bool(world.fuse.steps) and world.fuse.steps[-1] == "before rename"
        if renames[0]:  # the first file is taken, the second is not
            world.fuse.watch = None
            raise Killed

    world.fuse.watch = die_in_the_claim
    with pytest.raises(Killed):
        nightly.hold_night(world.declared(), mine, clock=world.clock, stop=world.stop, env={})
    world.fuse.set()
    world.nights = theirs
    told = night(world, 0)
    assert [(f.name, f.fate) for f in job_of(told).files] == [("users-1.csv", Fate.DONE), ("users-2.csv", Fate.DONE)]
    assert "the machine that claimed them" in " ".join(job_of(told).notes)
    world.nights = mine
    told = night(world)
    fates = {f.name: f.fate for f in job_of(told).files}
    assert fates == {"users-0.csv": Fate.DONE, "users-1.csv": Fate.GONE, "users-2.csv": Fate.GONE}
    assert moved(world) == 6
    assert set(map(tuple, world.places("drop").values())) == {("done",)}


# -- clocks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("off", [-3 * DAY, 365 * DAY])
def test_a_clock_that_was_set_gives_nothing_up_and_removes_nothing(world, off):
    world.job("drop", replace(MAIL, keep_runs=30 * DAY, keep_files=30 * DAY))
    world.job("asked", approval=True)
    world.drop("drop", "users-1.csv", (0, 1))
    world.drop("asked", "users.csv", (4, 5))
    first = night(world)
    assert job_of(first, "asked").outcome is Outcome.NEEDS_YOU
    world.clock.off = off
    for n in range(2):  # also in the second night after the jump
        world.drop("drop", f"users-later-{n}.csv", (2 + n,) * (n + 1))
        told = night(world)
        assert "The clock jumped" in " ".join(job_of(told).notes)
    world.clock.off = 0.0
    assert [run.standing for run in job_of(night(world), "asked").runs] == [Standing.APPROVAL]
    world.approve()
    night(world)
    assert moved(world) == 6
    assert len(list((world.nights / "runs").glob("drop-*"))) == 3
    assert world.places("asked") == {"users.csv": ["done"]}


def test_nights_that_were_missed_are_said_also_after_a_clock_that_was_ahead(world):
    world.job("drop")
    night(world)
    world.clock.off = 365 * DAY
    assert len(night(world).missed) == 60, "as many as are listed"
    world.clock.off = 0.0
    assert night(world, 3).missed == ("2026-11-02",)
    assert night(world).missed == ("2026-11-04", "2026-11-05")


def test_a_window_of_no_length_refuses_its_job_and_no_other(world):
    world.job("drop", window="02:00-02:00")
    world.job("other")
    world.drop("drop", "users.csv", (0, 1))
    world.drop("other", "users.csv", (2, 3))
    told = night(world)
    assert (job_of(told).outcome, told.exit_code) == (Outcome.FAILED, 2)
    assert "no length" in job_of(told).error
    assert world.places("drop") == {"users.csv": ["inbox"]}
    assert moved(world) == 2


def test_outside_of_the_window_the_plan_waits_and_the_exit_code_says_so(world):
    world.job("drop", window="04:00-05:00")
    world.drop("drop", "users.csv", (0, 1))
    told = night(world, 0)
    assert ([run.standing for run in job_of(told).runs], told.exit_code) == ([Standing.WAITS], 3)
    world.clock.true = moment("2026-11-02", "04:10")
    assert night(world).exit_code == 0
    assert moved(world) == 2


def test_a_plan_that_grew_too_old_while_it_waited_is_made_again_from_the_same_files(world):
    world.job("drop", window="02:00-03:00", max_age=3600.0)
    world.drop("drop", "users.csv", (0, 1))
    world.clock.true -= 6 * 3600
    world.touch(world.inbox("drop") / "users.csv")
    assert [run.standing for run in job_of(night(world, 0)).runs] == [Standing.WAITS]
    world.clock.true = moment("2026-11-02", "02:05")
    told = night(world)
    assert [run.standing for run in job_of(told).runs] == [Standing.DONE]
    assert len(list((world.nights / "runs").glob("drop-*-plan2"))) == 1
    assert moved(world) == 2
    assert outcomes(world) == [Outcome.DONE]


# -- services ----------------------------------------------------------------------------------------------------------


def test_a_tenant_that_is_down_is_told_once_a_night(world):
    world.job("drop")
    world.drop("drop", "users.csv", (0, 1))
    world.down = True
    assert night(world, 0).exit_code == 1
    assert night(world).exit_code == 1
    night(world)
    assert outcomes(world) == [Outcome.FAILED] * 2
    world.drop("drop", "more.csv", (2,))
    assert job_of(night(world)).files[0].fate is Fate.TAKEN, "new files are taken all the same"
    world.down = False
    assert night(world).exit_code == 0
    assert moved(world) == 3
    assert outcomes(world) == [Outcome.FAILED] * 3 + [Outcome.DONE]


def test_rights_that_are_lost_are_told_once_a_night_and_the_run_is_carried_on(world):
    world.job("drop", replace(MAIL, daily_cap=3, give_up=2 * DAY))
    world.drop("drop", "users.csv", tuple(range(8)))
    night(world)
    before = moved(world)
    assert before == 3
    world.mail.got.clear()
    world.jobs["drop"] = replace(world.jobs["drop"], nightly=replace(world.jobs["drop"].nightly, daily_cap=None))
    world.faults = Faults(latency=20, forbidden_after=0)
    assert night(world, 0).exit_code == 8
    for _ in range(4):  # longer than anything waits for a person
        assert night(world).exit_code == 8
    assert outcomes(world) == [Outcome.FAILED] * 4
    world.faults = Faults(latency=20)
    assert [(run.standing, run.moved, run.tonight) for run in job_of(night(world)).runs] == [
        (Standing.DONE, 8, 8 - before)
    ]
    assert moved(world) == 8


def test_mail_that_cannot_be_sent_costs_little_time_and_arrives_later_once(world):
    for key in ("drop", "other", "third"):
        world.job(key)
        world.drop(key, "users.csv", ("drop", "other", "third").index(key) * 2 + 1 and (len(key),))
    world.mail.down = True
    world.faults = Faults()
    began = world.clock.true
    world.night()
    assert world.clock.true - began < 120, "one server is waited for once, not for every message"
    assert world.mail.got == []
    told = nights_of(world.nights, newest=1)[0]
    assert {t.state for t in told.told} == {"due"}
    assert (told.exit_code, moved(world)) == (0, 2), "never the reason for a run to fail"
    world.mail.down = False
    night(world)
    assert Counter(m.job for m in world.mail.got) == {"drop": 1, "other": 1, "third": 1}
    night(world)
    assert len(world.mail.got) == 3


def test_mail_that_nobody_takes_for_weeks_is_given_up_and_says_so(world):
    world.job("drop", replace(MAIL, give_up=2 * DAY))
    world.drop("drop", "users.csv", (0,))
    world.mail.down = True
    for _ in range(4):
        night(world)
    assert [(t.state, t.why) for t in nights_of(world.nights)[-1].told] == [("given_up", "Nobody answers at mx.")]


def test_a_variable_that_is_missing_loses_no_message(world, monkeypatch):
    world.job("drop", replace(MAIL, mail=("night@c.example",)))
    world.drop("drop", "users.csv", (0,))
    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(night_messages, "ways_of", notifying.ways_of)
            told = night(world)
        assert any("REASSIGN_SMTP_HOST" in note for note in job_of(told).notes)
    night(world)
    assert outcomes(world) == [Outcome.DONE]


def test_a_message_on_a_way_that_is_declared_no_more_is_not_sent(world):
    world.job("drop")
    world.drop("drop", "users.csv", (0,))
    world.mail.down = True
    night(world)
    world.mail.down = False
    world.jobs["drop"] = replace(world.jobs["drop"], nightly=replace(world.jobs["drop"].nightly, mail=()))
    told = night(world)
    assert (world.mail.got, [t.state for t in told.told]) == ([], [])
    assert [t.state for t in nights_of(world.nights)[-1].told] == ["given_up"]
