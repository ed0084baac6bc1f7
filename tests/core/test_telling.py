"""From facts to the report: statuses, exit codes, what needs attention, and the rows."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from batch.core.catalog import Catalog
from batch.core.decide import decide
from batch.core.entries import Entry, EntryKind, Seen
from batch.core.ledger import Ledger
from batch.core.outcomes import Bucket, Outcome, RunStatus
from batch.core.pace import Policy
from batch.core.reasons import REASONS, told
from batch.core.report import Difference, SourceFile
from batch.core.requests import make_requests
from batch.core.table import Field, Kind
from batch.core.telling import tell
from batch.core.terms import Candidate, Holding, Place, Problem
from batch.core.told_facts import Facts
from batch.core.told_rows import HARMLESS
from batch.core.users import fault
from batch.core.verdict import RULES, verdict
from tests.core.test_decide import ASKS as ASKED
from tests.core.test_decide import EVERY, NEW, OLD, TARGETS
from tests.core.test_plan import moves, small
from tests.core.worlds import KNOWN, NAMES, PLANS, A, B, direct, grouped, sku
from tests.core.worlds import table as sheet

START = 1_700_000_000.0
LOST = "Carry on when the tenant answers again: reassign apply RUN. It reads first and never sends twice."
HELD = Holding.of([direct(A, PLANS[0])])
MOVERS = {f"u{n}@x.nl": HELD for n in range(4)}
MOVES = [(u, "Alpha", "Beta") for u in MOVERS]
BLOCKED = ("nobody@x.nl", "Alpha", "Beta")


class Run:
    """A plan of these rows, and its ledger as entries come."""

    def __init__(self, *rows: tuple[str, ...], held: dict[str, Holding] = MOVERS, seats: int = 100) -> None:
        self.requests, self.plan = small(held, *rows, seats=seats).plan()
        self.ledger = Ledger(self.plan.changes.kind, self.plan.changes.kinds)
        self.at = START

    def say(self, kind: EntryKind, change: int = -1, **more: object) -> Run:
        self.at += 10.0
        self.ledger.record(Entry(kind, change, self.at, **more))  # type: ignore[arg-type]
        return self

    def begin(self) -> Run:
        free = {s.sku_id: s.free for s in self.plan.skus}
        self.say(EntryKind.OPENED, text=Policy(tries=1, looks=1, stop_after=1000).to_json())
        return self.say(EntryKind.COUNTED, text=json.dumps(free))

    def send(self, *changes: int, group: int = 1) -> Run:
        for change in changes:
            self.say(EntryKind.SENT, change, group=group)
        return self

    def answer(self, change: int, status: int = 200, text: str = "") -> Run:
        return self.say(EntryKind.ANSWERED, change, status=status, code="Request_BadRequest", text=text)

    def end(self) -> Run:
        return self.say(EntryKind.FINISHED)

    def apply(self, *changes: int) -> Run:
        self.send(*changes)
        for change in changes:
            self.answer(change)
        return self

    def facts(self, **more: object) -> Facts:
        plan, requests = self.plan, self.requests
        columns = (requests.table, requests.row, requests.user, [""] * len(requests.row), requests.ask)
        rows = list(zip(*columns, map(str, plan.bucket), plan.code, plan.change, strict=True))
        settings: dict[str, object] = {
            "run": "r1",
            "plan_id": plan.plan_id,
            "version": "1",
            "tenant": plan.tenant,
            "title": "Alpha → Beta",
            "planned_at": START,
            "skus": plan.skus,
            "changes": plan.changes,
            "asks": requests.asks,
            "sources": tuple(
                SourceFile(file=t.file, sheet="", kind="moves", digest="", rows=len(t.rows), read_as="", assumed=())
                for t in requests.tables
            ),
            "problems": requests.problems,
            "ledger": self.ledger,
            "held_back": (),
            "names": NAMES,
            "rows": lambda: iter(rows),
            "standing": lambda: iter([(user, *rest) for _, _, user, _, _, *rest in rows]),
            "idle": Counter((bucket, code) for *_, bucket, code, change in rows if change < 0),
            "moving": [row[-1] for row in rows if row[-1] >= 0],
        }
        return Facts(**(settings | more))  # type: ignore[arg-type]

    def report(self, **more: object):
        return tell(self.facts(**more))

    def read(self) -> dict[str, object]:
        """A fresh read that shows exactly what the ledger says."""
        lines = self.report(after={}).skus
        return {
            "read_at": self.at + 60,
            "read_from": "practice",
            "after": {line.sku_id: line.expected for line in lines},
        }


def stopped(code: str):
    return lambda run: run.begin().apply(0, 1).say(EntryKind.STOPPED, code=code)


def refused(run: Run) -> Run:
    return run.begin().apply(0, 1, 2).send(3).answer(3, 400, "no rule knows this").end()


STATUSES = {
    "planned": (lambda run: run, MOVES, {}, RunStatus.STOPPED, 3),
    "held back": (lambda run: run, MOVES, {"held_back": ("short",)}, RunStatus.BLOCKED, 4),
    "held back with nothing to move": (lambda run: run, [], {"held_back": ("short",)}, RunStatus.BLOCKED, 4),
    "no rows": (lambda run: run, [], {}, RunStatus.NOTHING, 0),
    "nothing to move": (lambda run: run, [("u0@x.nl", "Gamma", "")], {}, RunStatus.NOTHING, 0),
    "nobody can move": (lambda run: run, [BLOCKED], {}, RunStatus.NOTHING, 3),
    "done": (lambda run: run.begin().apply(0, 1, 2, 3).end(), MOVES, {}, RunStatus.DONE, 0),
    "done but for a blocked row": (
        lambda run: run.begin().apply(0, 1, 2, 3).end(),
        [*MOVES, BLOCKED],
        {},
        RunStatus.PARTIAL,
        3,
    ),
    "a refused change": (refused, MOVES, {}, RunStatus.PARTIAL, 3),
    "no rights": (stopped("rights"), MOVES, {}, RunStatus.STOPPED, 8),
    "no sign-in": (stopped("sign_in"), MOVES, {}, RunStatus.STOPPED, 8),
    "shut out": (stopped("throttled_for_good"), MOVES, {}, RunStatus.STOPPED, 8),
    "interrupted": (stopped("interrupted"), MOVES, {}, RunStatus.STOPPED, 130),
    "seats ran out": (stopped("no_seats"), MOVES, {}, RunStatus.PARTIAL, 3),
    "too many failures": (stopped("too_many_failures"), MOVES, {}, RunStatus.PARTIAL, 3),
    "killed": (lambda run: run.begin().apply(0).send(1, 2), MOVES, {}, RunStatus.STOPPED, 3),
    "killed after the last answer": (lambda run: run.begin().apply(0, 1, 2, 3), MOVES, {}, RunStatus.STOPPED, 3),
    "carried on": (
        lambda run: stopped("interrupted")(run).begin().apply(2, 3).end(),
        MOVES,
        {},
        RunStatus.DONE,
        0,
    ),
}


@pytest.mark.parametrize("case", STATUSES)
def test_status_and_exit_code(case):
    steps, rows, more, status, code = STATUSES[case]
    report = steps(Run(*rows)).report(**more)
    assert (report.status, report.exit_code) == (status, code)
    assert all(ok for _, ok in report.checks)
    assert not report.reconciled


@pytest.mark.parametrize("case", ["done", "a refused change", "killed", "interrupted", "no rights"])
def test_a_fresh_read_that_agrees_changes_no_status_and_reconciles(case):
    steps, rows, more, status, code = STATUSES[case]
    run = steps(Run(*rows))
    report = run.report(**more, **run.read())
    assert (report.status, report.exit_code) == (status, code)
    assert report.reconciled


@pytest.mark.parametrize(
    ("case", "status", "code"),
    [
        ("done", RunStatus.DONE, 9),
        ("a refused change", RunStatus.PARTIAL, 9),
        ("too many failures", RunStatus.PARTIAL, 9),
        ("interrupted", RunStatus.STOPPED, 130),
        ("killed", RunStatus.STOPPED, 3),
        ("no rights", RunStatus.STOPPED, 8),
    ],
)
def test_a_fresh_read_of_people_that_differs(case, status, code):
    steps, rows, more, *_ = STATUSES[case]
    run = steps(Run(*rows))
    read = run.read() | {"differences": (Difference(code="gone", about="u0@x.nl", text="x"),), "difference_count": 1}
    report = run.report(**more, **read)
    assert (report.status, report.exit_code) == (status, code)
    assert not report.reconciled
    assert report.difference_count == 1
    assert [d.about for d in report.differences] == ["u0@x.nl"]


@pytest.mark.parametrize(
    "case", ["done", "a refused change", "too many failures", "interrupted", "killed", "no rights"]
)
def test_seats_that_somebody_else_took_are_named_and_change_no_exit_code(case):
    steps, rows, more, status, code = STATUSES[case]
    run = steps(Run(*rows))
    read = run.read()
    report = run.report(**more, **{**read, "after": {**read["after"], B: 99}})
    assert (report.status, report.exit_code) == (status, code)
    assert report.reconciled
    assert [(d.code, d.about) for d in report.differences] == [("seats", "Beta")]
    assert [ok for text, ok in report.checks if text.startswith("Beta")] == [False]


def test_seats_that_differ_are_named_with_their_numbers_before_people():
    run = Run(*MOVES).begin().apply(0, 1, 2, 3).end()
    other = (Difference(code="gone", about="u0@x.nl", text="x"),)
    report = run.report(**{**run.read(), "after": {A: 0, B: 7}}, differences=other, difference_count=2000)
    assert report.differences[0] == Difference(
        code="seats",
        about="Beta",
        text="4 seats should be in use, 7 are: somebody else took or freed some.",
    )
    assert report.difference_count == 2001


def test_a_spreadsheet_tells_no_seats_and_can_still_reconcile():
    run = Run(*MOVES).begin().apply(0, 1, 2, 3).end()
    report = run.report(read_at=START + 500, read_from="fresh.csv", after={})
    assert report.reconciled
    assert [line.after for line in report.skus] == [None, None]


def test_lines_that_are_no_people_need_no_attention():
    run = Run(*MOVES)
    place = Place(file="moves.csv", row=99)
    for code in sorted(HARMLESS):
        table = replace(run.requests.tables[0], problems=(Problem(place=place, code=code, text="x."),))
        requests = make_requests([table], Catalog.of(run.plan.skus, KNOWN))
        assert requests.code[-1] == code
        done = Run(*MOVES)
        done.requests = requests
        done.plan = replace(
            done.plan,
            bucket=[*done.plan.bucket, Bucket.PROBLEM],
            code=[*done.plan.code, code],
            change=[*done.plan.change, -1],
        )
        report = done.begin().apply(0, 1, 2, 3).end().report()
        assert (report.status, report.exit_code, report.attention) == (RunStatus.DONE, 0, ())
        assert report.counts["problems"] == 1


def test_whoever_shall_stay_is_counted_and_nothing_is_left_to_do():
    for ended in (True, False):
        run = Run(*MOVES, BLOCKED)
        if ended:
            run.begin().apply(0, 1, 2, 3).end()
        code = [
            "protected" if bucket is Bucket.BLOCKED else why
            for bucket, why in zip(run.plan.bucket, run.plan.code, strict=True)
        ]
        run.plan = replace(run.plan, code=code)
        report = run.report()
        assert report.counts["blocked"] == 1
        assert not [r for r in report.attention if r.where == Bucket.BLOCKED]
        assert (report.status, report.exit_code) == ((RunStatus.DONE, 0) if ended else (RunStatus.STOPPED, 3))


# --- attention -----------------------------------------------------------------------------------------------------


def test_every_outcome_is_counted_and_told_with_people_and_what_to_do():
    held = {f"u{n}@x.nl": HELD for n in range(7)}
    run = Run(*[(u, "Alpha", "Beta") for u in held], BLOCKED, ("", "Alpha", "Beta"), held=held)
    run.begin().send(*range(6))
    run.answer(0).answer(1, 400, "it will not do").answer(2, 429).answer(3, 0).answer(4, 0)
    run.say(EntryKind.OBSERVED, 3, status=Seen.OTHER).say(EntryKind.OBSERVED, 4, status=Seen.UNSEEN)
    report = run.report()
    counts = {"applied": 1, "refused": 1, "exhausted": 1, "held": 1, "in_doubt": 2, "not_sent": 1}
    assert {o.value: report.counts[o.value] for o in Outcome} == counts
    assert [(r.where, r.code, r.count, r.examples) for r in report.attention] == [
        ("refused", "bad_request", 1, ("u1@x.nl",)),
        ("exhausted", "throttled", 1, ("u2@x.nl",)),
        ("held", "changed_meanwhile", 1, ("u3@x.nl",)),
        ("in_doubt", "unsettled", 2, ("u4@x.nl", "u5@x.nl")),
        ("not_sent", "waiting", 1, ("u6@x.nl",)),
        ("problems", "empty_upn", 1, ()),
        ("blocked", "unknown_user", 1, ("nobody@x.nl",)),
    ]
    assert all((r.meaning, r.todo) == REASONS[r.code] for r in report.attention)


def test_killed_with_a_change_on_the_wire():
    """It is in doubt, whatever was wrong with an earlier try of it."""
    run = Run(*MOVES)
    run.begin().say(EntryKind.OPENED, text=Policy(tries=5).to_json())
    run.say(EntryKind.COUNTED, text=json.dumps({B: 9})).send(0).answer(0, 429).send(0, group=2)
    (doubt, waiting) = run.report().attention
    assert (doubt.where, doubt.code, doubt.todo, waiting.where) == ("in_doubt", "unsettled", LOST, "not_sent")


def test_the_largest_reason_comes_first_and_five_people_stand_for_all():
    held = {f"u{n}@x.nl": HELD for n in range(9)}
    rows = [*[(u, "Alpha", "Delta") for u in held], BLOCKED]
    report = Run(*rows, held=held).report()
    assert [(r.code, r.count) for r in report.attention] == [("sku_not_owned", 9), ("unknown_user", 1)]
    assert report.attention[0].examples == tuple(f"u{n}@x.nl" for n in range(5))


def test_nobody_is_an_example_twice():
    rows = [("u0@x.nl", "Alpha", "Beta"), ("u0@x.nl", "Alpha", "Gamma")]
    (reason,) = Run(*rows).report().attention
    assert (reason.code, reason.count, reason.examples) == ("duplicate_conflict", 2, ("u0@x.nl",))


def test_why_a_change_was_not_sent():
    assert {r.code for r in stopped("interrupted")(Run(*MOVES)).report().attention} == {"interrupted"}
    assert {r.code for r in Run(*MOVES).begin().apply(0).report().attention} == {"waiting"}


# --- rows and the rest ---------------------------------------------------------------------------------------------


def test_rows_in_the_order_of_the_input_with_what_became_of_them():
    run = Run(MOVES[1], BLOCKED, MOVES[0], ("", "Alpha", "Beta"), ("u2@x.nl", "Gamma", ""))
    run.begin().send(0, 1, group=3).answer(0).answer(1, 400, "Own words.").end()
    rows = list(run.report().rows())
    assert [(r.row, r.user, r.outcome, r.code, r.group, r.tries) for r in rows] == [
        (2, "u1@x.nl", "refused", "bad_request", 3, 1),
        (3, "nobody@x.nl", "blocked", "unknown_user", 0, 0),
        (4, "u0@x.nl", "applied", "", 3, 1),
        (5, "", "problems", "empty_upn", 0, 0),
        (6, "u2@x.nl", "unchanged", "already_done", 0, 0),
    ]
    assert [(r.remove, r.add, r.kept_off) for r in rows] == [
        ("Alpha", "Beta", "PLAN_0"),
        ("Alpha", "Beta", ""),
        ("Alpha", "Beta", "PLAN_0"),
        ("", "", ""),
        ("Gamma", "", ""),
    ]
    assert rows[0].reason == " ".join(
        [REASONS["bad_request"].meaning, "The service says: Own words.", REASONS["bad_request"].todo]
    )
    assert rows[1].reason == " ".join(REASONS["unknown_user"])
    assert rows[2].reason == ""
    assert rows[3].reason == run.requests.problems[0].text
    assert rows[2].at > START
    assert {r.file for r in rows} == {"moves.csv"}


def test_a_row_that_was_sent_says_what_the_service_said_and_not_what_the_sheet_lacks():
    run = refused(Run(*MOVES))
    noted = Problem(place=Place(file="moves.csv", row=5), code="lost_list", text="Of the sheet.")
    rows = list(run.report(problems=(noted,)).rows())
    assert "The service says: no rule knows this" in rows[3].reason


def test_a_report_can_be_asked_for_its_rows_again():
    report = Run(*MOVES).report()
    assert list(report.rows()) == list(report.rows())


def test_seats_before_expected_and_planned():
    run = Run(*MOVES).begin().apply(0, 1, 2).end()
    alpha, beta = run.report(**run.read()).skus
    assert (alpha.before, alpha.removed, alpha.expected, alpha.after, alpha.planned) == (4, 3, 1, 1, 0)
    assert (beta.before, beta.assigned, beta.expected, beta.after, beta.planned) == (0, 3, 3, 3, 4)


def test_the_pace_counts_applied_changes_minute_by_minute():
    run = Run(*MOVES).begin()
    for minute, change in ((0, 0), (0, 1), (2, 2)):
        run.at = START + 60 * minute + 10
        run.send(change)
        run.answer(change)
    assert run.report().pace == (2, 0, 1)
    assert Run(*MOVES).report().pace == ()


def test_the_pace_of_a_very_long_run_ends_after_a_day():
    run = Run(*MOVES).begin()
    run.at = START + 3 * 86_400
    assert len(run.apply(0).report().pace) == 24 * 60 + 1


# --- reasons -------------------------------------------------------------------------------------------------------


def test_every_word_of_deciding_has_its_meaning():
    owned = {name: {A: sku(A)} | ({B: target} if target else {}) for name, target in TARGETS.items()}
    codes = {
        decide(Holding.of((*OLD[old], *NEW[new])), ASKED[ask], owned[target], located=located).code
        for old, new, ask, target, located in EVERY
    }
    assert codes - {""} <= REASONS.keys()
    assert len(codes) == 11


def test_every_word_for_an_answer_has_its_meaning():
    codes = {rule.verdict.code for rule in RULES} | {verdict(status).code for status in (0, 302, 418, 500, 599)}
    assert codes <= REASONS.keys()


@pytest.mark.parametrize(
    "code",
    [
        *("unknown_user", "no_seats", "waiting", "interrupted", "too_many_failures"),
        *("changed_meanwhile", "unsettled", "no_answer", "not_asked", "already_done"),
        *("unreadable", "lost_list", *sorted(HARMLESS)),
    ],
)
def test_words_of_planning_and_applying_have_their_meaning(code):
    assert code in REASONS


def test_every_word_about_a_row_has_its_meaning():
    twins = [Candidate(sku_id=i, part_number=f"P{i[:8]}", name="Twin") for i in (A, B)]
    rows = [
        ("a@x.nl", "Nobody knows", "Beta"),
        ("b@x.nl", "Twin", "Gamma"),
        ("c@x.nl", "Alpha", "Alpha"),
        ("d@x.nl", "", ""),
        ("e@x.nl", "Alpha", "Beta", "NO_SUCH"),
        ("f@x.nl", "Alpha", "", "PLAN_0"),
        ("g@x.nl", "", "", "", "stranger@x.nl"),
        ("h@x.nl", "", "", "", "same@x.nl"),
        *[("i@x.nl", "Alpha", "Beta")] * 2,
        *[("j@x.nl", "Alpha", "Beta"), ("j@x.nl", "Alpha", "Gamma")],
    ]
    users = {Field.USER: ["h@x.nl", "same@x.nl"], Field.HOLDS: ["Alpha", "Alpha"]}
    tables = [
        moves(*rows, fields="user remove add disabled_plans template_user"),
        sheet(Kind.USERS, users, file="users.csv"),
    ]
    codes = set(make_requests(tables, Catalog.of((), [*KNOWN, *twins])).code) - {""}
    assert codes == {
        *("unknown_sku", "ambiguous_sku", "same_sku", "nothing_asked", "unknown_plan", "plan_without_add"),
        *("unknown_template", "already_done", "duplicate", "duplicate_conflict"),
    }
    names = {fault(user) for user in ("", "no name", "12345", "0" * 32, "a@b", "a@x.nl")} - {""}
    assert names == {"empty_upn", "invalid_upn", "not_a_user", "concealed_name"}
    assert codes | names <= REASONS.keys()


def test_every_reason_is_two_sentences():
    for code, (meaning, todo) in REASONS.items():
        assert meaning[0].isupper(), code
        assert meaning[-1] == "." == todo[-1], code
        assert REASONS[code] == told(code)


def test_a_word_that_nobody_explains_is_shown_as_it_is():
    assert told("brand_new") == ("brand new", "Correct the row and feed it in again.")


def test_who_holds_the_old_licence_through_a_group_is_told_why():
    held = {"g@x.nl": Holding.of([grouped(A)])}
    (reason,) = Run(("g@x.nl", "Alpha", "Beta"), held=held).report().attention
    assert (reason.where, reason.code) == ("blocked", "inherited")
