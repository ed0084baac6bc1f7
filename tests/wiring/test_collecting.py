"""What others did comes back: it is said, it is shown, and only what is shown counts."""

from __future__ import annotations

import itertools
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from batch.core.entries import Entry, EntryKind, Seen
from batch.core.errors import ReassignError, UsageError
from batch.core.handed import Hand, handover_text
from batch.core.open_packs import open_packs
from batch.core.outcomes import Outcome
from batch.core.pace import Policy
from batch.core.states import State
from batch.core.terms import Call
from batch.engine.apply import replay
from batch.runs.folder import RunFolder
from batch.runs.jobfile import Job
from batch.runs.journal import SqliteJournal
from batch.tenants.practice import PracticeTenant
from batch.wiring import applying, handing, reconciling, reporting, undoing
from batch.wiring.applying import load_verified, tenant_of
from batch.wiring.collecting import check_ours, check_tenant, collect, look
from batch.wiring.handing_back import take_back
from batch.wiring.handing_parcels import Asked
from batch.wiring.looking import seen_now
from batch.wiring.parts import SteadyClock, waited
from tests.handover.written_results import payload, rows_of

DIGEST = "a" * 64
POWERSHELL, PACKS = Hand.POWERSHELL, Hand.ADMIN_CENTER
HANDED, CLAIMED, APPLIED, REFUSED, HELD = State.HANDED, State.CLAIMED, State.APPLIED, State.REFUSED, State.HELD


class Run:
    """An open run folder with its changes and its ledger."""

    def __init__(self, path="r"):
        self.folder = RunFolder.open(Path(path))
        self.changes = load_verified(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.db.close()

    @property
    def ledger(self):
        return replay(self.changes, self.folder.journal().entries())

    @property
    def states(self):
        return [State(s) for s in self.ledger.state]

    @property
    def entries(self):
        return list(self.folder.journal().entries())

    def give(self, *numbers, hand=POWERSHELL, pack=1, handover=1, **policy):
        """Hand these over, as `reassign handover` does."""
        now, text = SteadyClock().now(), handover_text(handover, DIGEST)
        self.folder.journal().append(
            [
                Entry(EntryKind.OPENED, -1, now, text=Policy(**policy).to_json()),
                *(Entry(EntryKind.HANDED_OVER, n, now, pack, code=hand.value, text=text) for n in numbers),
                Entry(EntryKind.STOPPED, -1, now, code="handed_over"),
            ]
        )

    def results(self, *said, name="results.csv"):
        Path(name).write_bytes(payload(rows_of(said, DIGEST, self.changes.user_id.__getitem__)))
        return Path(name)

    def export(self, *moved, name="fresh.csv", among=None):
        """An export in which these have moved, of all or of some."""
        lines = ["UPN,Licenses"]
        for n, upn in enumerate(self.changes.upn):
            if among is None or n in among:
                lines.append(f"{upn},Office 365 E{3 if n in moved else 4}")
        Path(name).write_text("\n".join(lines), "utf-8")
        return Path(name)

    def answer(self, *moved, name="users.json", off=True, other_id=()):
        """An answer of Graph in which these have moved, with services off as asked or all on."""
        value = []
        for n, (user, upn, kind) in enumerate(
            zip(self.changes.user_id, self.changes.upn, self.changes.kind, strict=True)
        ):
            change = self.changes.kinds[kind]
            held = (change.after if n in moved else change.before).assignments
            value.append(
                {
                    "id": user if n not in other_id else "0" * 8 + user[8:],
                    "userPrincipalName": upn,
                    "assignedLicenses": [
                        {"skuId": a.sku_id, "disabledPlans": list(a.disabled) if off else []} for a in held
                    ],
                    "licenseAssignmentStates": [
                        {"skuId": a.sku_id, "assignedByGroup": None, "state": "Active"} for a in held
                    ],
                }
            )
        Path(name).write_text(json.dumps({"value": value}), "utf-8")
        return Path(name)

    def collect(self, *paths):
        self.collected = collect(self.folder, self.changes, self.ledger, paths)
        counts = self.ledger.outcomes()
        assert sum(counts.values()) == len(self.changes)  # law 2
        return self.collected

    def report(self):
        return reporting.report_of(self.folder)


@pytest.fixture
def run(again, planned):
    again("run", lambda: planned(6))
    with Run() as opened:
        yield opened


def test_what_is_said_is_in_doubt_until_it_is_shown(run):
    run.give(0, 1, 2, 3)
    results = run.results((0, "applied"), (1, "refused", {"Status": "400", "Code": "x", "Message": "m"}), (2, "doubt"))
    (told,) = run.collect(results).told
    assert (told.new, dict(told.counts)) == (3, {"done": 1, "refused": 1, "gave_up": 1})
    assert run.states[:4] == [CLAIMED, REFUSED, HANDED, HANDED]
    report = run.report()
    assert (report.counts["applied"], report.counts["in_doubt"], report.exit_code) == (0, 1, 3)
    run.collect(run.export(0, 2))
    assert run.states[:4] == [APPLIED, REFUSED, APPLIED, HANDED]
    report = run.report()
    assert report.reconciled
    assert (report.read_from, report.counts["applied"], report.exit_code) == ("fresh.csv", 2, 3)
    assert sum(line.expected for line in report.skus) == sum(line.before for line in report.skus)


def test_proof_beats_words_and_says_where_it_is_open(run):
    run.give(0, 1, pack=1, hand=PACKS)
    run.give(2, pack=2, hand=PACKS)
    run.collect(run.answer(1))
    with pytest.raises(UsageError, match=r"Nothing in results\.csv can be believed\. Row 2: "):
        run.collect(run.results((0, "applied")))
    run.give(3, 4)
    run.collect(run.results((3, "applied"), (4, "applied")), run.answer(1, 3, name="later.json"))
    assert run.states[:5] == [HANDED, APPLIED, HANDED, APPLIED, HANDED]
    packs = {(p.hand, p.pack): p for p in open_packs(run.ledger, run.changes)}
    assert dict(packs[(POWERSHELL, 1)].open) == {"not_shown": 1}
    assert packs[(POWERSHELL, 1)].first == (run.changes.upn[4],)
    assert (packs[(PACKS, 1)].done, dict(packs[(PACKS, 1)].open)) == (1, {"in_admin_center": 1})
    assert not packs[(PACKS, 2)].is_closed


def test_the_same_file_twice_says_nothing_new(run):
    run.give(0, 1, 2)
    files = run.results((0, "applied"), (1, "gave_up")), run.export(0)
    run.collect(*files)
    before = run.entries
    assert [told.again for told in run.collect(*files).told] == [True, True]
    again = Path("copy.csv")
    again.write_bytes(files[0].read_bytes())
    assert run.collect(again, again).told[0].new == 0
    assert run.entries == before
    # more of the same job: only what is new goes in
    run.collect(run.results((0, "applied"), (1, "gave_up"), (2, "applied")))
    assert Counter(e.kind for e in run.entries[len(before) :]) == {EntryKind.COLLECTED: 1, EntryKind.REPORTED: 1}
    assert [json.loads(text)["number"] for _, text in run.ledger.collected] == [1, 2, 3]


def orders(files, original):
    """Each order of these files, of many every third, with the run as it was at the start."""
    for order in itertools.islice(itertools.permutations(files), None, None, 3 if len(files) > 3 else 1):
        for old in Path("r").glob("run.db*"):
            old.unlink()
        Path("r/run.db").write_bytes(original)
        with Run() as again:
            yield again, order


def test_files_end_the_same_in_any_order(run):
    run.give(*range(6))
    files = (
        run.results((0, "applied"), (1, "applied"), (2, "refused"), name="a.csv"),
        run.results((2, "changed"), (3, "applied"), (1, "gave_up"), name="b.csv"),
        run.export(0, 3, name="c.csv", among=(0, 1, 3)),
        run.answer(0, 3, 5),
    )
    true = run.results((1, "applied"), (4, "doubt"), name="d.csv")
    shown = run.export(0, 3, name="e.csv", among=(0, 3))
    run.folder.db.close()
    original = Path("r/run.db").read_bytes()

    at_once = []
    for again, order in orders(files, original):
        again.collect(*order)
        at_once.append((again.states, again.ledger.why))
    assert all(end == at_once[0] for end in at_once)
    assert [at_once[0][0][n] for n in (0, 1, 3, 4, 5)] == [APPLIED, HANDED, APPLIED, HANDED, APPLIED]
    # one by one as well, as long as no look is older than what is said
    one_by_one = []
    for again, order in orders((files[0], true, shown), original):
        for file in order:
            again.collect(file)
        one_by_one.append((again.states, again.ledger.why))
    assert all(end == one_by_one[0] for end in one_by_one)
    assert one_by_one[0][0] == [APPLIED, CLAIMED, REFUSED, APPLIED, HANDED, HANDED]


def test_it_is_all_or_nothing(run, monkeypatch):
    run.give(0, 1)
    before = run.entries

    def full(journal, entries):
        raise ReassignError("The journal could not be written (disk full).")

    with monkeypatch.context() as patched:
        patched.setattr(SqliteJournal, "append", full)
        with pytest.raises(ReassignError, match="disk full"):
            run.collect(run.results((0, "applied")), run.export(0))
    Path("x.pdf").write_bytes(b"%PDF-1.7")
    with pytest.raises(UsageError, match="a PDF document"):
        run.collect(Path("results.csv"), Path("x.pdf"))
    assert run.entries == before
    assert "read_at" not in run.folder.meta()


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("users.csv", None, "older than anything"),
        ("m.csv", "UPN,Remove licenses,Add licenses\np0@c.example,E4,E3\n", "says who shall move"),
        ("l.csv", "Product Title,Total Licenses\nOffice 365 E3,9\n", "says what was bought"),
        ("n.csv", "UPN,Department\np0@c.example,Sales\n", "does not say what they hold"),
        ("o.csv", "a,b\n1,2\n", "no column of users"),
        ("p.json", '{"error": {}}', "an error that Graph answered"),
        ("gone.csv", None, "There is no file"),
        (".", None, "is a folder"),
    ],
)
def test_other_files_are_refused_with_what_they_are(run, name, text, why):
    run.give(0)
    if text:
        Path(name).write_text(text, "utf-8")
    with pytest.raises(UsageError, match=why):
        run.collect(Path(name))


def test_nothing_was_handed_over(run):
    with pytest.raises(UsageError, match="was handed over"):
        run.collect(run.export(0))


def test_rows_that_are_not_believed_are_kept_apart(run):
    run.give(0, 1)
    rows = rows_of([(0, "applied"), (1, "applied")], DIGEST, run.changes.user_id.__getitem__)
    rows[1][5] = "already"
    Path("r.csv").write_bytes(payload(rows))
    (told,) = run.collect(Path("r.csv")).told
    assert [(odd.row, odd.code) for odd in told.odd] == [(3, "edited")]
    assert run.states[:2] == [CLAIMED, HANDED]


def test_services_show_in_an_answer_of_graph_and_not_in_an_export(run):
    assert any(add.disabled for kind in run.changes.kinds for add in kind.add)
    run.give(0, 1)
    run.collect(run.answer(0, off=False), run.export(0, name="beside.csv"))
    assert run.states[:2] == [HANDED, HANDED]
    assert run.ledger.why[0][0] == "half_done"
    notes = " ".join(run.collect(run.export(0, 1)).said)
    assert run.states[:2] == [HANDED, APPLIED]  # what was seen wrong is not mended by what cannot show it
    assert "2 people get a licence with services switched off" in notes
    assert "Still open, 1: a look that shows services found them half done" in notes
    assert {d.code for d in run.report().differences} == {"changed"}  # as it was seen
    run.collect(run.answer(0, 1, name="later.json"))
    assert run.states[:2] == [APPLIED, APPLIED]
    assert run.report().reconciled


def test_who_has_only_the_name_is_not_that_person(planned):
    planned(2)
    with Run() as run:
        run.folder.note({"job": {**run.folder.meta()["job"], "tenant": "graph"}})
        run.folder.note({"tenant_at": "graph"})
        tables = reconciling.read_tables(run.answer(0, 1, other_id=(1,)))
        fresh = reconciling.from_tables(tables, "x", run.changes, run.folder, 0.0)
    assert fresh.seen == [Seen.AFTER, Seen.UNSEEN]


def test_all_seen_is_the_end_and_the_model_follows(run):
    run.give(*range(6))
    assert not run.collect(run.results(*((n, "applied") for n in range(6)))).proven
    assert run.report().exit_code == 3
    run.collect(run.answer(*range(6)))
    report = run.report()
    assert (report.status.value, report.exit_code, report.reconciled) == ("done", 0, True)
    assert run.entries[-1].kind is EntryKind.FINISHED
    assert run.ledger.stop == ""
    with tenant_of(run.folder, run.folder.meta()) as tenant:
        assert waited(seen_now(run.changes, tenant)) == [Seen.AFTER] * 6
    back = undoing.undo_run(Path("r"), Job(out=Path("u")))
    assert len(back.plan.changes) == 6
    with Run("u") as undo:
        assert undo.folder.meta()["modelled"] is True
        undo.give(0)
        undo.collect(undo.answer(0))
        assert undo.states[0] is APPLIED
        with tenant_of(run.folder, run.folder.meta()) as tenant:
            assert Counter(waited(seen_now(run.changes, tenant))) == {Seen.AFTER: 5, Seen.BEFORE: 1}


def test_nobody_looks_at_a_model_of_the_tenant_or_applies_to_it(run):
    meta = run.folder.meta()
    check_tenant(run.folder, meta, run.ledger)
    check_ours(run.folder, meta, run.ledger)
    run.give(0)
    with pytest.raises(UsageError, match="nobody can look at the real tenant"):
        check_tenant(run.folder, meta, run.ledger)
    with pytest.raises(UsageError, match="in other hands"):
        check_ours(run.folder, meta, run.ledger)


@pytest.fixture
def live(again, planned):
    """A run on a tenant of its own name, and the tenant."""
    practice = Path("tenant.db")

    def make():
        planned(6, out=Path("first"))
        practice.write_bytes(Path("first/practice.db").read_bytes())
        planned(6, tenant=f"practice:{practice}", out=Path("r"))

    again("live", make)
    tenant = PracticeTenant.open(practice)
    with Run() as opened:
        opened.tenant = tenant
        yield opened
    waited(tenant.close())


def move(run, *numbers):
    """Somebody does it in the tenant."""
    calls = [run.changes.kinds[run.changes.kind[n]].call(run.changes.user_id[n]) for n in numbers]
    assert all(answer.status == 200 for answer in waited(run.tenant.assign(calls)))


def looked(run):
    ledger = run.ledger
    fresh = look(run.folder, run.tenant, run.changes, ledger, SteadyClock())
    reconciling.keep(run.folder, run.changes, ledger, fresh)
    return fresh


def test_the_tenant_itself_is_a_proof(live):
    live.give(*range(4))
    live.collect(live.results((1, "applied"), (2, "applied")))
    move(live, 0, 1)
    user = live.changes.user_id[3]
    waited(live.tenant.assign([Call(user, live.changes.kinds[live.changes.kind[3]].remove, ())]))
    looked(live)
    assert live.states == [APPLIED, APPLIED, HANDED, HANDED, State.PENDING, State.PENDING]
    assert (live.ledger.why[2][0], live.ledger.why[3][0]) == ("not_shown", "half_done")
    before = live.entries
    looked(live)
    assert live.entries == before
    move(live, 2)
    looked(live)
    report = live.report()
    assert (report.counts["applied"], report.difference_count) == (3, 2)  # the half done, and the seat of it


def test_the_new_state_is_believed_although_reads_may_lag(live):
    live.give(0, 1, settle=3600)
    live.collect(live.results((0, "applied"), (1, "applied")))
    move(live, 0, 1)
    looked(live)  # and does not wait for an hour
    assert live.states[:2] == [APPLIED, APPLIED]


def test_the_way_back_says_what_is_in_other_hands(run):
    run.give(0, 1)
    run.collect(run.export(0))
    back = undoing.undo_run(Path("r"), Job(out=Path("u")))
    assert len(back.plan.changes) == 1
    with Run("u") as undo:
        assert any(said.startswith("1 more are in other hands") for said in undo.folder.meta()["assumed"])


def test_before_anything_is_sent_what_others_did_is_closed(live):
    live.give(0, 1)
    move(live, 0)
    ledger = live.ledger
    said = waited(
        applying.look_first(live.folder, live.changes, live.tenant, ledger, live.folder.journal(), SteadyClock().now())
    )
    assert said == ""
    assert live.states[:2] == [APPLIED, HANDED]
    check_ours(live.folder, live.folder.meta(), live.ledger)


def test_a_wave_in_other_hands_is_looked_at_before_the_next(live):
    live.give(0, 1, pilot=2)
    assert live.ledger.wave_end == 2
    live.collect(live.export(0))
    assert live.ledger.wave_end == 2
    live.collect(live.export(0, 1, name="later.csv"))
    (wave,) = live.ledger.waves
    assert (wave.up_to, wave.looked, wave.differing, wave.passed) == (2, 2, 0, True)
    assert live.ledger.wave_end == 6
    live.give(2, 3, 4, 5, handover=2, pilot=2)
    refused = {"Status": "400", "Code": "CountViolation"}
    live.collect(live.results(*((n, "refused", refused) for n in (2, 3, 4))), live.export(0, 1, 5, name="last.csv"))
    assert live.ledger.outcomes()[Outcome.REFUSED] == 3
    assert live.entries[-1].kind is EntryKind.FINISHED


def test_a_wave_that_failed_stops_the_next(live):
    live.give(0, 1, pilot=2)
    live.collect(live.results((0, "refused", {"Status": "400", "Code": "x"}), (1, "applied")))
    live.collect(live.export(1))
    assert (live.ledger.stop, live.ledger.waves[-1].passed) == ("wave_failed", False)


def test_an_older_export_opens_again_what_was_claimed_and_nothing_that_was_seen(run):
    run.give(0, 1)
    old = run.export(name="old.csv", among=(0, 1))
    run.collect(run.results((0, "applied"), (1, "applied")))
    run.collect(run.export(0, among=(0,)))
    run.collect(old)
    assert run.states[:2] == [APPLIED, HANDED]
    assert run.ledger.why[1][0] == "not_shown"
    report = run.report()
    assert (report.exit_code, report.reconciled) == (9, False)
    assert {d.code for d in report.differences} == {"missing"}


def test_a_file_that_was_compared_before_replaces_no_later_comparison(run):
    run.give(*range(6))
    half = run.export(0, 1, name="half.csv")
    run.collect(half)
    run.collect(run.export(*range(6)))
    assert run.report().exit_code == 0
    assert run.collect(half).told[0].again
    assert (run.report().exit_code, run.report().read_from) == (0, "fresh.csv")


def test_a_department_at_a_time_closes_the_run(run):
    run.give(*range(6))
    run.collect(run.results(*((n, "applied") for n in range(6))))
    for first, code in ((0, 3), (2, 3), (4, 0)):
        run.collect(run.export(first, first + 1, name=f"{first}.csv", among=(first, first + 1)))
        assert (run.report().reconciled, run.report().exit_code) == (True, code)
    # and who was seen to be otherwise stays so until somebody shows them again
    run.collect(run.export(name="back.csv", among=(0,)))
    assert run.report().exit_code == 9
    run.collect(run.export(2, name="other.csv", among=(2, 5)))
    assert [(d.code, d.about) for d in run.report().differences] == [
        ("missing", run.changes.upn[0]),
        ("missing", run.changes.upn[5]),
    ]
    run.collect(run.export(*range(6), name="all.csv"))
    assert run.report().exit_code == 0


def test_whom_we_moved_has_to_be_in_the_export(live):
    live.give(1)
    now = SteadyClock().now()
    live.folder.journal().append(
        [
            Entry(EntryKind.COUNTED, -1, now, text=json.dumps({s: 9 for k in live.changes.kinds for s in k.takes})),
            Entry(EntryKind.SENT, 0, now, 1),
            Entry(EntryKind.ANSWERED, 0, now, 1, 200),
        ]
    )
    live.collect(live.export(1, among=(1,)))
    assert [(d.code, d.about) for d in live.report().differences] == [("unseen", live.changes.upn[0])]


def test_an_old_file_that_opens_again_is_named_with_its_time(run):
    run.give(0, 1)
    old = run.export(1, name="old.csv")
    run.collect(run.results((0, "applied")))
    os.utime(old, (1e9, 1e9))
    (told,) = (said for said in run.collect(old).said if said.startswith("old.csv"))
    assert "last written 9 Sep 2001, 01:46 UTC. Of those whom it shows as before, 1 were" in told
    fresh = run.export(1, name="new.csv", among=(0, 1))
    os.utime(fresh, (4e9, 4e9))
    assert not any(said.startswith("new.csv") for said in run.collect(fresh).said)


def test_products_under_unknown_names_are_named(run):
    run.give(*range(6))
    path = run.export(0, 1, 5)
    path.write_text(path.read_text("utf-8").replace("365 E3", "365 Drie"), "utf-8")
    (told,) = (said for said in run.collect(path).said if "not known" in said)
    assert told.startswith("3 people hold something under a name that is not known")
    assert "“Office 365 Drie” (fresh.csv, row 2). Import" in told
    path = run.export(name="all.csv")
    path.write_text(path.read_text("utf-8").replace("365 E4", "365 Drie"), "utf-8")
    with pytest.raises(UsageError, match=r"nothing about anybody.*“Office 365 Drie”"):
        run.collect(path)


def test_results_without_a_heading_are_no_export(run):
    run.give(0)
    path = run.results((0, "applied"))
    path.write_bytes(path.read_bytes().replace(b'"Check"', b'"Chek"', 1).replace(b",Check", b",Chek", 1))
    with pytest.raises(UsageError, match="has not just one column Check"):
        run.collect(path)


def test_what_was_revoked_is_handed_over_anew_and_not_rehearsed(run):
    with run.folder.locked():
        handing.hand_over(run.folder, Asked(hand=PACKS), [], {})
        take_back(run.folder)
    meta = run.folder.meta()
    with pytest.raises(UsageError, match="were handed over") as refused:
        check_ours(run.folder, meta, run.ledger)
    assert "reassign handover r --to" in refused.value.todo
    with pytest.raises(UsageError, match="nobody can look") as refused:
        check_tenant(run.folder, meta, run.ledger)
    assert "reassign reconcile r --users" in refused.value.todo
    with pytest.raises(UsageError, match="was revoked") as refused:
        run.collect(run.export(0))
    assert "apply" not in refused.value.todo
    with run.folder.locked():
        assert handing.hand_over(run.folder, Asked(hand=PACKS), [], {}).people == 6


def test_of_very_many_exports_the_entry_can_be_read_again(run):
    run.give(0, 1)
    many = [run.export(0, name=f"{n:02}{'é' * 50}.csv", among=(0, n % 6)) for n in range(60)]
    for n, path in enumerate(many):  # no two alike
        path.write_text(path.read_text("utf-8") + f"\nx{n}@c.example,", "utf-8")
    run.collect(*many)
    ((_, text),) = run.ledger.collected
    assert json.loads(text)["number"] == 1
    (told,) = run.collect(*reversed(many)).told
    assert told.again
    (told,) = run.collect(run.export(0, 1)).told
    assert (told.again, told.new) == (False, 1)


def test_a_wave_is_not_over_while_some_of_it_could_still_be_handed_over(live):
    live.give(0, 1, pilot=4)
    free = {"text": json.dumps({sku: 9 for kind in live.changes.kinds for sku in kind.takes})}
    live.folder.journal().append([Entry(EntryKind.COUNTED, -1, SteadyClock().now(), **free)])
    live.collect(live.export(0, 1))
    assert (live.ledger.waves, live.ledger.wave_end) == ([], 4)
    live.give(2, 3, handover=2, pilot=4)
    live.collect(live.export(0, 1, 2, 3, name="later.csv"))
    assert (len(live.ledger.waves), live.ledger.wave_end) == (1, 6)


def test_a_wave_is_not_judged_by_an_export_that_leaves_out_whom_we_moved(live):
    live.give(1, pilot=2)
    now = SteadyClock().now()
    live.folder.journal().append(
        [
            Entry(EntryKind.COUNTED, -1, now, text=json.dumps({s: 9 for k in live.changes.kinds for s in k.takes})),
            Entry(EntryKind.SENT, 0, now, 1),
            Entry(EntryKind.ANSWERED, 0, now, 1, 200),
        ]
    )
    live.collect(live.export(1, among=(1, 2)))
    assert (live.states[:2], live.ledger.waves, live.ledger.stop) == ([APPLIED, APPLIED], [], "handed_over")
    live.collect(live.export(0, 1, name="all.csv"))
    assert [wave.passed for wave in live.ledger.waves] == [True]


def test_a_collection_cut_short_is_made_up_for_in_the_model(run, monkeypatch):
    run.give(0, 1)
    with monkeypatch.context() as patch:
        patch.setattr("batch.wiring.collecting.carry_over", lambda *_: [])  # killed before it
        run.collect(run.export(0, 1))
    with tenant_of(run.folder, run.folder.meta()) as tenant:
        assert Seen.AFTER not in waited(seen_now(run.changes, tenant))
    with run.folder.locked():
        handing.hand_over(run.folder, Asked(hand=PACKS), [], {})
    with tenant_of(run.folder, run.folder.meta()) as tenant:
        assert Counter(waited(seen_now(run.changes, tenant))) == {Seen.AFTER: 2, Seen.BEFORE: 4}


def test_what_others_did_is_taken_back_by_others(run):
    run.give(0)
    run.collect(run.export(0))
    undoing.undo_run(Path("r"), Job(out=Path("u")))
    with Run("u") as undo, pytest.raises(UsageError, match="was done by others"):
        check_ours(undo.folder, undo.folder.meta(), undo.ledger)


def test_what_was_taken_back_in_the_model_stays_so(run):
    run.give(0)
    run.collect(run.export(0))
    undoing.undo_run(Path("r"), Job(out=Path("u")))
    with Run("u") as undo:
        undo.give(0)
        undo.collect(undo.answer(0))
    run.give(1, handover=2)
    run.collect(run.export(0, 1, name="later.csv"))
    with tenant_of(run.folder, run.folder.meta()) as tenant:
        assert waited(seen_now(run.changes, tenant))[:2] == [Seen.BEFORE, Seen.AFTER]


def test_a_proof_about_nobody_of_the_plan_is_of_somebody_else(run):
    run.give(0, 1)
    before = run.entries
    foreign = Path("foreign.json")
    foreign.write_text(run.answer(0, 1).read_text("utf-8").replace("c.example", "other.example"), "utf-8")
    with pytest.raises(UsageError, match="nothing about anybody of this plan"):
        run.collect(run.results((0, "applied")), foreign)
    assert run.entries == before
    assert not run.report().read_at
