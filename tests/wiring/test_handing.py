"""Giving changes into another hand: what goes, what stays, what is on disk and in the journal, and the way back."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from batch.core.entries import EntryKind
from batch.core.errors import PlanGuarded, PlanStale, ReassignError, RunLocked, UsageError
from batch.core.giving import Stays, choose, seats_for
from batch.core.handed import Hand, packs_digest
from batch.core.outcomes import Outcome
from batch.core.states import State
from batch.engine.apply import replay
from batch.runs.folder import RunFolder
from batch.runs.journal import SqliteJournal
from batch.wiring.applying import load_verified
from batch.wiring.handing import NOTED, hand_over
from batch.wiring.handing_back import REVOKED, take_back
from batch.wiring.handing_parcels import Asked
from batch.wiring.planning import plan_run
from tests.core.small_ledger import DONE, LOST, THROTTLED, A, B, Story
from tests.wiring.conftest import USERS

PACKS = Asked(hand=Hand.ADMIN_CENTER)
JOBS = Asked(hand=Hand.POWERSHELL, job_size=60)
EXTRA = ("", "+Visio Plan 2", "+Power BI Pro", "+Audio Conferencing", "+Visio Plan 2+Power BI Pro")


class Killed(BaseException):
    """The process ends here."""


def handed(asked=PACKS, words=(), run="r", **given):
    with RunFolder.open(Path(run)) as folder, folder.locked():
        return hand_over(folder, asked, list(words), given)


def taken(number=0, run="r"):
    with RunFolder.open(Path(run)) as folder, folder.locked():
        return take_back(folder, number)


def entries(run="r"):
    with RunFolder.open(Path(run)) as folder:
        return list(folder.journal().entries())


def ledger_of(run="r"):
    with RunFolder.open(Path(run)) as folder:
        return replay(load_verified(folder), folder.journal().entries())


@pytest.fixture
def crowd(again, job):
    """A plan for 137 people in five end states."""
    return again("crowd", lambda: _crowd(job))


def _crowd(job):
    lines = [f"p{n:03}@c.example,Person {n},NL,Office 365 E4{EXTRA[n % 7 % 5]}\n" for n in range(137)]
    made = job(1)
    Path("users.csv").write_text(USERS + "".join(lines), "utf-8")
    products = ("Office 365 E4", "Office 365 E3", "Visio Plan 2", "Power BI Pro", "Audio Conferencing")
    seats = "".join(f"{name},150,0\n" for name in products)
    Path("licenses.csv").write_text("Product Title,Total Licenses,Assigned licenses\n" + seats, "utf-8")
    return plan_run(made).plan.changes


def test_everybody_is_in_one_pack_and_the_files_agree_with_the_journal(crowd):
    made = handed()
    assert made.people == 137
    assert sorted(c for p in made.parcels for c in p.changes) == list(range(137))
    assert all(len(p.changes) <= 20 for p in made.parcels)
    ends = [{crowd.kinds[crowd.kind[c]].after for c in p.changes} for p in made.parcels]
    assert all(len(end) == 1 for end in ends)
    assert len(set().union(*ends)) == 5
    members = [[(c, crowd.user_id[c]) for c in p.changes] for p in made.parcels]
    with RunFolder.open(Path("r")) as folder:
        meta = folder.meta()
    (digest,) = {p.digest for p in made.parcels}
    assert digest == packs_digest(meta["run"], meta["plan_id"], 1, members)
    ledger = ledger_of()
    assert {(at.handover, at.hand, at.digest) for at in ledger.hands.values()} == {(1, Hand.ADMIN_CENTER, digest)}
    assert {c: at.pack for c, at in ledger.hands.items()} == {c: p.number for p in made.parcels for c in p.changes}
    assert (ledger.handed, ledger.stop) == (137, "handed_over")
    page = (made.folder / "packs.html").read_text("utf-8")
    assert digest[:12] in page
    assert all(upn in page for upn in crowd.upn)
    assert (made.folder, meta[NOTED]) == (Path("r/handover/1-admin-center"), {"1": "handover/1-admin-center"})


def test_one_append_says_all_of_it(crowd):
    handed()
    with RunFolder.open(Path("r")) as folder:
        assert folder.db.execute("SELECT count(*) FROM seals").fetchone() == (1,)
    kinds = Counter(e.kind for e in entries())
    assert kinds == {
        EntryKind.OPENED: 1,
        EntryKind.CARRIED_OUT: 1,
        EntryKind.COUNTED: 1,
        EntryKind.HANDED_OVER: 137,
        EntryKind.STOPPED: 1,
    }


def test_jobs_for_powershell_are_known_by_their_own_digests(crowd):
    made = handed(JOBS)
    folders = sorted(p.parent for p in made.folder.glob("*/changes.json"))
    assert len(folders) == len(made.parcels) == 3
    for parcel, folder in zip(made.parcels, folders, strict=True):
        assert parcel.digest in (folder / "changes.json.sha256").read_text("ascii")
        value = json.loads((folder / "changes.json").read_text("utf-8"))
        assert (value["handover"], value["job"], value["jobs"]) == (1, parcel.number, 3)
        assert (value["count"], value["address"], value["tenant_id"]) == (len(parcel.changes), "upn", "")
    assert {at.digest for at in ledger_of().hands.values()} == {p.digest for p in made.parcels}
    assert sorted(c for p in made.parcels for c in p.changes) == list(range(137))


def test_killed_before_the_folder_appears_and_taken_back(crowd, monkeypatch):
    append = SqliteJournal.append

    def killed(self, entries):
        append(self, entries)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(SqliteJournal, "append", killed)
        with pytest.raises(Killed):
            handed()
    assert not list(Path("r/handover").glob("[!.]*"))
    assert ledger_of().handed == 137
    found = taken()
    assert (found.handovers, found.missing, found.marked) == ({1: 137}, (Path("r/handover/1-admin-center"),), ())
    assert ledger_of().handed == 0
    assert handed().handover == 2


def test_killed_before_the_journal_nothing_happened(crowd, monkeypatch):
    def full(self, entries):
        raise ReassignError("The journal could not be written.")

    with monkeypatch.context() as patch:
        patch.setattr(SqliteJournal, "append", full)
        with pytest.raises(ReassignError):
            handed()
    assert not entries()
    assert not list(Path("r").glob("handover/*"))
    assert handed().handover == 1


def test_a_folder_that_cannot_appear_gives_everybody_back(crowd, monkeypatch):
    def refused(self, target):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refused)
        with pytest.raises(ReassignError, match="could not be written"):
            handed()
    ledger = ledger_of()
    assert (ledger.handed, ledger.tally[State.PENDING]) == (0, 137)
    assert handed().handover == 2


def test_stopped_before_the_folder_appears_gives_everybody_back(crowd, monkeypatch):
    def stopped(self, target):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", stopped)
        with pytest.raises(KeyboardInterrupt):
            handed()
    assert ledger_of().handed == 0


def test_taken_back_is_said_in_the_folders_first(crowd):
    handed(JOBS)
    handed_first = taken(1)
    assert handed_first.handovers == {1: 137}
    for where in ("", "job-001/", "job-002/", "job-003/"):
        assert "may be done any more" in Path(f"r/handover/1-powershell/{where}{REVOKED}").read_text("utf-8")
    with pytest.raises(UsageError, match="is open any more"):
        taken()
    with pytest.raises(UsageError, match="no handover 2"):
        taken(2)


def test_only_the_one_that_is_meant_is_taken_back(crowd):
    handed(Asked(hand=Hand.ADMIN_CENTER, first=30))
    handed(Asked(hand=Hand.POWERSHELL, first=10, out=Path("elsewhere")))
    assert taken(2).handovers == {2: 10}
    assert Path("elsewhere", REVOKED).is_file()
    assert not Path("r/handover/1-admin-center", REVOKED).exists()
    assert (ledger_of().handed, ledger_of().tally[State.PENDING]) == (30, 107)


def test_nothing_was_handed_over_and_everything_was(crowd):
    with pytest.raises(UsageError, match="Nothing of r was handed over"):
        taken()
    handed()
    with pytest.raises(UsageError, match=r"Not handed over, 137: in other hands already"):
        handed()


def test_a_later_wave_waits(planned):
    planned(9, pilot=2)
    made = handed()
    assert [p.changes for p in made.parcels] == [(0, 1)]
    assert made.left == {Stays.LATER_WAVE: 7}


def test_who_finds_no_seat_stays(planned):
    planned(3)
    with RunFolder.open(Path("r")) as folder:
        (changes, meta) = load_verified(folder), folder.meta()
    assert len(changes) == 3
    from batch.tenants.practice import PracticeTenant

    tenant = PracticeTenant.open(Path("r") / meta["tenant_at"].partition(":")[2])
    tenant._db.execute("UPDATE skus SET enabled = consumed + 2 WHERE sku_id = ?", (changes.kinds[0].add[0].sku_id,))
    tenant._db.close()
    made = handed()
    assert (made.people, made.left) == (2, {Stays.NO_SEATS: 1})


@pytest.mark.parametrize(
    ("given", "spoil", "error", "said"),
    [
        ({"approval": True}, None, PlanGuarded, "waits for the word of a second person"),
        ({"max_changes": 1}, None, PlanGuarded, "--allow-large"),
        ({"max_age": 0.0}, None, PlanStale, "may be"),
        ({}, "users.csv", PlanStale, "users.csv was changed"),
    ],
    ids=["approval", "large", "old", "sheet"],
)
def test_the_same_holds_as_before_the_first_move(planned, given, spoil, error, said):
    planned(2, **given)
    if spoil:
        Path(spoil).write_text("other")
    with pytest.raises(error) as caught:
        handed()
    assert said in str(caught.value)
    assert not entries()
    assert not Path("r/handover").exists()


def test_the_second_word_lets_it_through_and_carrying_on_needs_it_no_more(planned):
    planned(3, max_changes=1)
    handed(Asked(hand=Hand.ADMIN_CENTER, first=1), words=["--allow-large"])
    assert handed().people == 2


def test_a_rehearsal_is_not_handed_over(planned):
    from batch.core.pace import Policy
    from batch.wiring.applying import carry_out, tenant_of
    from batch.wiring.parts import SteadyClock

    planned(3)
    with RunFolder.open(Path("r")) as folder:
        changes, meta = load_verified(folder), folder.meta()
        with tenant_of(folder, meta) as tenant:
            carry_out(folder, tenant, changes, [], Policy(**meta["policy"]), SteadyClock(), fresh=True)
    with pytest.raises(UsageError, match="rehearsal"):
        handed()


def test_one_at_a_time(planned):
    planned(2)
    with RunFolder.open(Path("r")) as folder, folder.locked(), pytest.raises(RunLocked):
        handed()


# What goes and what stays, by what the journal says


def test_what_is_given_up_or_waits_goes_and_doubt_stays():
    story = (
        Story([0, 0, 0, 0], {B: 4}, tries=1).sent(0, 1, 2).answered(0, THROTTLED).answered(1, LOST).answered(2, DONE)
    )
    chosen = choose(story.opened().ledger)
    assert chosen == ((0, 3), {Stays.IN_DOUBT: 1})
    assert choose(story.ledger, 1) == ((0,), {Stays.IN_DOUBT: 1, Stays.BEYOND_FIRST: 1})


def test_seats_are_those_nobody_else_is_promised():
    story = (
        Story([0, 0, 0, 0], {B: 4}).sent(0, 1).answered(0, THROTTLED).answered(1, LOST).opened().counted({A: 1, B: 4})
    )
    ledger = story.ledger
    assert ledger.outcomes()[Outcome.IN_DOUBT] == 1
    assert seats_for(ledger, (0, 2, 3))[B] == 3, "one is promised; the one that waits keeps its own"
    assert seats_for(ledger, (2, 3))[B] == 2
