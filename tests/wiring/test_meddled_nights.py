"""Nights in which people meddle: with the job file, a run, the files, or by saying nothing."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace

import pytest

from batch.core.errors import UsageError
from batch.core.nights import Fate, Outcome, Standing
from batch.runs import locks
from batch.runs.folder import RunFolder
from batch.runs.night_store import NightStore
from batch.tenants.faults import Faults
from batch.wiring import night_files, night_walk, nightly
from batch.wiring.accepting import accept
from batch.wiring.night_parts import LOCKS
from batch.wiring.running import carry_on
from tests.wiring.long_nights import Killed, sheet
from tests.wiring.nights_seen import DAY, MAIL, job_of, moved, night, outcomes

# -- jobs --------------------------------------------------------------------------------------------------------------


def test_a_job_file_edited_broken_and_removed_while_a_run_is_under_way(world):
    world.job("drop", replace(MAIL, daily_cap=2))
    world.drop("drop", "users.csv", tuple(range(6)))
    night(world)
    world.jobs["drop"] = replace(world.jobs["drop"], nightly=replace(world.jobs["drop"].nightly, daily_cap=1))
    edited = [replace(d, digest="another") for d in world.declared()]
    whole, world.declared = world.declared, lambda: edited
    assert "edited" in " ".join(job_of(night(world)).notes)
    assert moved(world) == 3
    broken = UsageError("drop.toml, line 3: nonsense.", "Mend it.")
    world.declared = lambda: [replace(edited[0], job=None, error=broken)]
    assert (night(world).exit_code, world.mail.got[-1].needs[0].what) == (2, "drop.toml, line 3: nonsense.")
    world.declared = list
    told = night(world)
    assert "is no more" in job_of(told).error
    assert world.mail.got[-1].outcome is Outcome.FAILED, "told as the file said when it could be read last"
    assert moved(world) == 3
    world.declared = whole
    for _ in range(3):
        night(world)
    assert (moved(world), world.places("drop")) == (6, {"users.csv": ["done"]})


def test_something_nobody_thought_of_stops_one_job_and_tells_no_secrets(world, monkeypatch):
    world.job("drop")
    world.job("other")
    world.drop("drop", "users.csv", (0,))
    world.drop("other", "users.csv", (1,))
    real = night_files.judge

    def judge(turn, delivery):
        if turn.key == "drop":
            raise RuntimeError("p0@c.example password")
        real(turn, delivery)

    with monkeypatch.context() as patch:
        patch.setattr(night_files, "judge", judge)
        told = night(world)
    assert (job_of(told).outcome, job_of(told, "other").outcome) == (Outcome.FAILED, Outcome.DONE)
    assert "RuntimeError" in job_of(told).error
    assert "password" not in job_of(told).error
    night(world)
    assert moved(world) == 2


def test_an_error_that_was_mended_in_the_same_night_is_over(world):
    world.job("drop")
    world.drop("drop", "users.csv", (0,))
    inbox = world.inbox("drop")
    inbox.rename(world.folder / "away")
    assert job_of(night(world, 0)).outcome is Outcome.FAILED
    (world.folder / "away").rename(inbox)
    told = night(world)
    assert (told.exit_code, job_of(told).error, job_of(told).outcome) == (0, "", Outcome.DONE)
    assert outcomes(world) == [Outcome.FAILED, Outcome.DONE]


def test_the_cap_is_one_for_all_jobs_of_a_tenant(world):
    for key, people in (("a", (0, 1, 2, 3)), ("b", (4, 5, 6, 7))):
        world.job(key, replace(MAIL, daily_cap=5))
        world.drop(key, "users.csv", people)
    told = night(world, 0)
    assert moved(world) == 5
    assert [run.tonight for job in told.jobs for run in job.runs] == [4, 1]
    night(world)
    assert moved(world) == 5, "a second pass is the same night"
    night(world)
    assert moved(world) == 8


def test_a_tenant_that_another_process_has_in_hand_is_left_to_it(world, monkeypatch):
    monkeypatch.setattr(night_walk, "_PATIENCE", 2)
    world.job("drop")
    world.drop("drop", "users.csv", (0,))
    with locks.held(world.nights / LOCKS, f"tenant-{world.tenant_at}", "somebody", 0.0):
        told = night(world, 0)
    assert (told.exit_code, [run.standing for run in job_of(told).runs]) == (3, [Standing.GOES_ON])
    assert moved(world) == 0
    assert night(world).exit_code == 0
    assert moved(world) == 1


def test_hundreds_of_old_runs_cost_no_look_into_a_folder(world, monkeypatch):
    world.job("drop")
    opened = []
    real = RunFolder.open.__func__
    monkeypatch.setattr(RunFolder, "open", classmethod(lambda cls, path: opened.append(path) or real(cls, path)))
    looks = []
    for n in range(2):
        world.drop("drop", f"users-{n}.csv", (n,))
        opened.clear()
        night(world)
        looks.append(len(opened))
        if n:
            break
        with NightStore.open(world.nights) as store:
            rows = store._db.execute("SELECT at, night, kind, job, about, data FROM event ORDER BY number").fetchall()
            many = [(*r[:4], f"{r[4]}-{k}", r[5]) for k in range(400) for r in rows if r[4].startswith("drop-")]
            store._db.execute("BEGIN")
            store._db.executemany("INSERT INTO event (at, night, kind, job, about, data) VALUES (?,?,?,?,?,?)", many)
            store._db.execute("COMMIT")
    assert looks[0] == looks[1]


# -- people ------------------------------------------------------------------------------------------------------------


def test_approval_that_is_given_the_next_day_and_one_that_never_comes(world):
    world.job("drop", replace(MAIL, give_up=3 * DAY), approval=True)
    world.drop("drop", "users-1.csv", (0, 1))
    assert night(world).exit_code == 4
    world.approve()
    night(world)
    assert moved(world) == 2
    world.drop("drop", "users-2.csv", (2, 3))
    for _ in range(4):
        told = night(world)
    assert [run.standing for run in job_of(told).runs] == [Standing.APPROVAL]
    told = night(world)
    assert [run.standing for run in job_of(told).runs] == [Standing.GIVEN_UP]
    assert world.places("drop") == {"users-1.csv": ["done"], "users-2.csv": ["rejected"]}
    (why,) = world.inbox("drop").rglob("*.why.txt")
    assert "given up" in why.read_text("utf-8")
    told_of = [message.needs[0].what.partition(": ")[2][:20] for message in world.mail.got if message.needs]
    assert told_of == ["The plan waits for t", "The plan waits for t", "Nobody let it throug"]
    world.drop("drop", "users-3.csv", (2, 3))
    assert job_of(night(world)).files[0].fate is Fate.TAKEN, "what was given up may be dropped again"


def test_files_that_could_not_be_planned_for_weeks_are_put_aside_and_may_come_again(world):
    world.job("drop", replace(MAIL, give_up=2 * DAY))
    world.drop("drop", "users.csv", (0, 1))
    world.down = True
    for _ in range(4):
        told = night(world)
    assert [f.fate for f in job_of(told).files] == [Fate.REJECTED]
    assert world.places("drop") == {"users.csv": ["rejected"]}
    world.down = False
    world.drop("drop", "again.csv", (0, 1))
    assert night(world).exit_code == 0
    assert moved(world) == 2


def test_a_long_run_under_a_small_cap_is_not_given_up_while_it_goes_on(world):
    world.job("drop", replace(MAIL, daily_cap=1, give_up=DAY))
    world.drop("drop", "users.csv", tuple(range(4)))
    for n in range(4):
        night(world)
        assert moved(world) == n + 1
    assert world.places("drop") == {"users.csv": ["done"]}


def test_a_run_that_stopped_itself_waits_for_a_person_who_carries_it_on_by_day(world):
    world.job("drop", MAIL, stop_at=0.1, pilot=1)
    world.drop("drop", "users.csv", tuple(range(6)))
    refused = {(f"{1000:08x}-2222-4222-8333-{1000:012x}", n): "error-409" for n in range(1, 30)}
    world.faults = Faults(latency=20, at=refused)
    for _ in range(2):
        (run,) = job_of(night(world)).runs
        assert (run.standing, run.what) == (Standing.HELD, "The run stopped itself: too many could not be moved.")
    assert moved(world) == 0
    assert outcomes(world) == [Outcome.NEEDS_YOU]
    world.faults = Faults(latency=20)
    run_folder = world.nights / "runs" / run.run
    carry_on(run_folder, (), {}, fresh=False, clock=world.clock.steady())
    (run,) = job_of(night(world)).runs
    assert (run.standing, run.moved, run.tonight) == (Standing.DONE, 6, 0)
    assert (moved(world), outcomes(world)) == (6, [Outcome.NEEDS_YOU, Outcome.DONE])


def test_a_file_that_shrank_is_held_until_a_person_lets_it_through(world):
    world.job("drop")
    world.drop("drop", "users-1.csv", tuple(range(6)))
    night(world)
    world.drop("drop", "users-2.csv", (6, 7))
    assert (night(world).exit_code, night(world).exit_code) == (4, 4)
    assert world.places("drop")["users-2.csv"] == ["held"]
    accept(world.declared()[0], world.nights, "users-2.csv", world.clock)
    assert night(world).exit_code == 0
    assert (moved(world), world.places("drop")["users-2.csv"]) == (8, ["done"])
    assert outcomes(world) == [Outcome.DONE, Outcome.NEEDS_YOU, Outcome.DONE]


@pytest.mark.parametrize("begun", [False, True])
def test_a_run_whose_folder_somebody_removed_is_given_up(world, begun):
    world.job("drop", replace(MAIL, daily_cap=1), approval=not begun)
    world.drop("drop", "users.csv", (0, 1))
    night(world)
    shutil.rmtree(next((world.nights / "runs").glob("drop-*")))
    told = night(world)
    assert [(run.standing, run.moved) for run in job_of(told).runs] == [(Standing.GIVEN_UP, int(begun))]
    assert world.places("drop") == {"users.csv": ["rejected"]}
    assert night(world).exit_code == 0
    assert outcomes(world)[-1] is Outcome.NEEDS_YOU


def test_a_file_that_is_taken_away_after_it_was_judged_is_gone_and_the_others_go_on(world):
    world.job("drop")
    world.drop("drop", "users-1.csv", (0, 1))
    world.drop("drop", "users-2.csv", (2, 3))
    world.down = True
    night(world)
    next(world.inbox("drop").rglob("users-1.csv")).unlink()
    world.down = False
    told = night(world)
    assert {f.name: f.fate for f in job_of(told).files} == {"users-1.csv": Fate.GONE, "users-2.csv": Fate.DONE}
    assert moved(world) == 2


def test_somebody_at_the_run_by_day_has_it_to_themselves(world, monkeypatch):
    monkeypatch.setattr(night_walk, "_PATIENCE", 2)
    world.job("drop", replace(MAIL, daily_cap=1))
    world.drop("drop", "users.csv", (0, 1, 2))
    night(world)
    run = next((world.nights / "runs").glob("drop-*"))
    with RunFolder.open(run) as folder, folder.locked():
        assert [r.standing for r in job_of(night(world)).runs] == [Standing.GOES_ON]
    assert moved(world) == 1
    night(world)
    night(world)
    assert moved(world) == 3


@pytest.mark.parametrize("missing", ["a.csv", "b.csv"])
def test_sheets_at_a_fixed_place_are_planned_together_or_not_at_all(world, missing):
    paths = [world.folder / name for name in ("a.csv", "b.csv")]
    for n, path in enumerate(paths):
        path.write_text(sheet((2 * n, 2 * n + 1)))
        world.touch(path)
    world.job("drop", users=tuple(paths))
    kept = (world.folder / missing).read_bytes()
    (world.folder / missing).unlink()
    told = night(world)
    assert (job_of(told).outcome, moved(world)) == (Outcome.FAILED, 0)
    assert missing in job_of(told).error
    (world.folder / missing).write_bytes(kept)
    world.touch(world.folder / missing)
    told = night(world)
    assert (told.exit_code, moved(world)) == (0, 4)
    assert "nothing new" not in " ".join(job_of(told).notes)
    assert not list((world.nights / "sheets").iterdir()), "the run has its own copies"
    assert "nothing new" in " ".join(job_of(night(world)).notes)


def test_a_sheet_at_a_fixed_place_that_is_unfit_is_looked_at_once_a_night(world):
    path = world.folder / "a.csv"
    path.write_bytes(b"\x00\xff nothing")
    world.touch(path)
    world.job("drop", users=(path,))
    for _ in range(2):
        night(world, 0)
    assert [f.fate for f in job_of(night(world)).files] == [Fate.REJECTED]
    assert [f.fate for f in job_of(night(world)).files] == [Fate.REJECTED]
    assert outcomes(world) == [Outcome.NEEDS_YOU] * 2


def test_odd_names_are_names(world):
    names = ['it\'s 100% "so".csv', "$(touch x).csv", "-rf.csv", "ü€.csv", "=1+1.csv", f"{'a' * 200}.csv"]
    key = "it's 100% & so"
    world.job(key)
    for n, name in enumerate(names):
        world.drop(key, name, (n,))
    world.drop(key, f"b{names[0]}", (), "bad")
    told = night(world)
    assert Counter(f.fate for f in told.jobs[0].files) == {Fate.DONE: 6, Fate.REJECTED: 1}
    assert [world.places(key)[name] for name in names] == [["done"]] * 6
    assert moved(world) == 6


def test_retention_removes_what_is_over_and_old_and_of_this_job_alone(world):
    keeps = replace(MAIL, keep_runs=3 * DAY, keep_files=3 * DAY)
    world.job("drop", keeps, approval=False)
    world.job("asked", keeps, approval=True)
    world.job("beside", MAIL)
    inbox = world.inbox("drop")
    world.jobs["beside"] = replace(
        world.jobs["beside"], nightly=replace(world.jobs["beside"].nightly, inbox=inbox, files=("beside*",))
    )
    world.jobs["drop"] = replace(world.jobs["drop"], nightly=replace(keeps, inbox=inbox, files=("users*",)))
    world.drop("drop", "users.csv", (0,))
    world.drop("drop", "beside.csv", (1,))
    world.drop("asked", "users.csv", (2,))
    night(world)
    for folder in (inbox / "done").iterdir():
        for path in (folder, *folder.iterdir()):
            world.touch(path)
    for _ in range(5):
        told = night(world)
    left = {path.name.rpartition("-2026")[0] for path in (world.nights / "runs").iterdir()}
    assert left == {"asked", "beside"}
    assert world.places("drop") == {"beside.csv": ["done"]}
    assert [run.standing for run in job_of(told, "asked").runs] == [Standing.APPROVAL], "what is open stays"
    world.drop("drop", "users-again.csv", (0,))
    assert job_of(night(world)).files[0].fate is Fate.SAME


def test_a_night_that_was_killed_hours_ago_leaves_a_plan_that_is_looked_at_again(world):
    """The plan is there, the book does not know of it: people may have changed since."""
    world.job("drop")
    world.drop("drop", "users.csv", (0, 1))
    planned = []

    def die_before_it_is_written_down():
        runs = world.nights / "runs"
        if not planned and runs.is_dir() and any(p.name.startswith("drop-") for p in runs.iterdir()):
            planned.append(True)
            raise Killed

    world.fuse.watch = die_before_it_is_written_down
    with pytest.raises(Killed):
        nightly.hold_night(world.declared(), world.nights, clock=world.clock, stop=world.stop, env={})
    world.fuse.watch = None
    world.clock.true += DAY
    (folder,) = (world.nights / "runs").glob("drop-*")
    with RunFolder.open(folder) as run:
        assert not list(run.journal().entries())
    night(world)
    assert moved(world) == 2
