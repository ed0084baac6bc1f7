from __future__ import annotations

import re
from dataclasses import replace

import pytest

from batch.core.outcomes import Bucket, Outcome, RunStatus
from batch.core.report import Difference, Reason
from batch.reports.terminal import summary_lines
from batch.reports.words import WORDS, headline, lasting, moment, reconciliation, tone_of
from tests.reports.examples import EXAMPLES, blocked, done, partial, report, row


def said(made: object, **options: object) -> str:
    return "\n".join(summary_lines(made, **{"color": False, "width": 100, **options}))  # type: ignore[arg-type]


def test_a_clean_run_says_so_and_nothing_else() -> None:
    text = said(done(), folder="runs/7")
    assert text.startswith("Done. Everybody moved: 240 people from Office 365 E4")
    assert "Reconciled: the tenant shows exactly what was asked." in text
    assert "Report: runs/7 (report.html" in text
    assert "Needs attention" not in text
    assert "Refused" not in text


def test_every_reason_comes_with_what_to_do() -> None:
    made = partial()
    text = said(made, width=200)
    assert all(f"→ {reason.todo}" in text and reason.code in text for reason in made.attention)
    assert "Expected 221 seats in use, the tenant shows 222." in text


def test_commands_name_the_run_so_that_they_can_be_pasted() -> None:
    reason = replace(partial().attention[0], todo="Or: reassign handover RUN --revoke. RUNS stay.")
    text = said(replace(partial(), attention=(reason,)), folder=r"my runs\1", width=200)
    assert 'reassign handover "my runs\\1" --revoke. RUNS stay.' in text
    assert "handover RUN --revoke" in said(replace(partial(), attention=(reason,)), width=200)


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("width", [1, 40, 63, 80, 200])
@pytest.mark.parametrize("color", [True, False])
def test_no_line_is_wider_than_the_terminal(name: str, width: int, color: bool) -> None:
    for line in summary_lines(EXAMPLES[name](), color=color, width=width, folder="runs/x"):
        bare = re.sub(r"\x1b\[\d+m", "", line)
        assert len(bare) <= max(width, 40)
        assert color or bare == line


def test_hostile_text_cannot_command_the_terminal() -> None:
    evil = "a\x1b]0;owned\x07\r\nb"
    made = replace(
        partial(),
        title=evil,
        skus=(replace(done().skus[0], name=evil),),
        attention=(Reason(where="refused", code=evil, count=9, meaning=evil, todo=evil, examples=(evil,)),),
        differences=(Difference(code="x", about=evil, text=evil),),
    )
    lines = summary_lines(made, color=False, width=80, folder=evil)
    assert not any("\x1b" in line or "\n" in line or "\r" in line or "\x07" in line for line in lines)


def test_many_reasons_and_differences_are_counted_not_listed() -> None:
    reason = Reason(where="refused", code="x", count=1, meaning="m", todo="", examples=())
    made = replace(partial(), attention=(reason,) * 40, differences=partial().differences * 9, difference_count=500)
    text = said(made)
    assert "and 28 more reasons" in text
    assert "and 495 more, in report.html" in text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"status": RunStatus.NOTHING}, "Nothing to do: everybody already has what was asked."),
        ({"status": RunStatus.STOPPED, "started_at": 0.0}, "Planned, not yet carried out: 2 people from"),
        ({"status": RunStatus.STOPPED}, "Stopped before the end: 1 of 2 people moved from"),
        ({"status": RunStatus.PARTIAL}, "1 person moved from Office 365 E4 to Office 365 E3"),
        (
            {"status": RunStatus.PARTIAL, "title": "as asked row by row"},
            "1 person moved, as asked row by row; 1 row needs attention.",
        ),
        ({"status": RunStatus.DONE}, "Everybody moved: 1 person from Office 365 E4 to Office 365 E3"),
        ({"status": RunStatus.BLOCKED}, "1 person moved, then no more: the plan is held back."),
    ],
)
def test_headlines(changes: dict[str, object], says: str) -> None:
    rows = [row(0, Outcome.APPLIED), row(1, Outcome.NOT_SENT)]
    if changes["status"] is RunStatus.NOTHING:
        rows = [row(0, Bucket.UNCHANGED)]
    reasons = attended(Outcome.NOT_SENT, 1) if changes["status"] is RunStatus.PARTIAL else ()
    assert headline(report(rows, attention=reasons, **changes)).startswith(says)


def attended(word: str, count: int) -> tuple[Reason, ...]:
    return (Reason(where=word, code="x", count=count, meaning="m", todo="t", examples=()),)


def test_everybody_moved_does_not_hide_rows_that_asked_nothing_possible() -> None:
    rows = [row(0, Outcome.APPLIED), row(1, Bucket.PROBLEM), row(2, Bucket.PROBLEM)]
    made = report(rows, title="", attention=attended(Bucket.PROBLEM, 2))
    assert headline(made) == "Everybody moved: 1 person; 2 rows need attention."


def test_what_was_not_sent_needs_no_attention_before_the_start() -> None:
    made = report([row(0, Outcome.NOT_SENT)], started_at=0.0, attention=attended(Outcome.NOT_SENT, 1))
    assert "Needs attention" not in said(made)
    assert "Needs attention: 1 row" in said(replace(made, started_at=1.0))


def test_a_plan_in_which_nobody_can_move_says_so() -> None:
    made = report([row(0, Bucket.SHORT)], status=RunStatus.BLOCKED)
    assert headline(made) == "Nothing was changed: the plan is held back. Nobody in it can move as things are."
    rows = [row(0, Bucket.PROBLEM), row(1, Bucket.UNCHANGED)]
    made = report(rows, status=RunStatus.NOTHING, attention=attended(Bucket.PROBLEM, 1))
    assert headline(made) == "Nothing was done: no row could be carried out; 1 of 2 rows needs attention."


def test_reconciliation_names_the_sheet_it_was_read_from() -> None:
    made = replace(done(), read_from="after.csv")
    assert reconciliation(replace(made, read_at=0.0)).startswith("Not reconciled yet")
    assert reconciliation(made) == "Reconciled: after.csv shows exactly what was asked."
    assert reconciliation(replace(made, status=RunStatus.PARTIAL)).endswith("what was done.")
    assert reconciliation(replace(made, reconciled=False)) == "Not reconciled: after.csv could not be compared in full."
    assert "1 thing in after.csv differs" in reconciliation(replace(made, difference_count=1))


def test_tones() -> None:
    assert [tone_of(make()) for make in (done, partial, blocked)] == ["good", "bad", "bad"]
    assert tone_of(replace(partial(), difference_count=0)) == "warn"
    assert tone_of(replace(done(), reconciled=False, checks=(("x", False),))) == "bad"
    # Seats that somebody else took: everybody is as asked all the same.
    assert tone_of(replace(done(), checks=(("x", False),), difference_count=1)) == "good"
    assert tone_of(replace(partial(), status=RunStatus.STOPPED, started_at=0.0, difference_count=0)) == "calm"
    assert tone_of(replace(done(), status=RunStatus.NOTHING)) == "calm"


def test_times_for_people() -> None:
    assert moment(0) == "not yet"
    assert moment(1_795_408_200) == "23 Nov 2026, 04:30 UTC"
    assert [lasting(s) for s in (-1, 48.4, 60, 200, 3600, 7500)] == [
        "0 s",
        "48 s",
        "1 min",
        "3 min 20 s",
        "1 h",
        "2 h 5 min",
    ]


def test_people_are_counted_once_however_many_rows_they_have() -> None:
    rows = [row(0, Outcome.APPLIED), row(1, Outcome.APPLIED), row(2, Outcome.NOT_SENT)]
    made = report(rows, moved=1, movers=2, title="")
    assert headline(made) == "Everybody moved: 1 person."
    assert headline(replace(made, status=RunStatus.PARTIAL)) == "1 person moved."
    assert headline(replace(made, status=RunStatus.STOPPED)) == "Stopped before the end: 1 of 2 people moved."
    waiting = replace(made, started_at=0.0, moved=0)
    assert headline(replace(waiting, status=RunStatus.STOPPED)) == "Planned, not yet carried out: 2 people."
    held = "Nothing was changed: the plan is held back. It would move 2 people."
    assert headline(replace(waiting, status=RunStatus.BLOCKED)) == held
    assert "2  Moved" in said(made), "the table counts rows, and says so"


@pytest.mark.parametrize(
    ("changes", "begins"),
    [
        ({"status": RunStatus.STOPPED}, "Stopped before the end: 1 of 1"),
        ({"status": RunStatus.STOPPED, "started_at": 0.0}, "Planned, not yet carried out: "),
        ({"status": RunStatus.NOTHING}, "Nothing to do: everybody "),
        ({"status": RunStatus.PARTIAL}, "Done in part. 1 person moved"),
    ],
)
def test_a_state_is_said_once(changes: dict[str, object], begins: str) -> None:
    assert said(report([row(0, Outcome.APPLIED)], **changes)).startswith(begins)


def test_nobody_is_said_to_have_read_a_person_in_doubt() -> None:
    label, meaning, _ = WORDS[Outcome.IN_DOUBT]
    assert meaning in said(report([row(0, Outcome.IN_DOUBT)]), width=80), f"{label} is cut"
    assert "reading" not in meaning
