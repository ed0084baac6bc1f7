from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.outcomes import Bucket, Outcome, RunStatus
from batch.core.report import Difference, Reason
from batch.reports.charts import outcome_bars, pace_chart, seat_charts
from batch.reports.page import MOST_ATTENDED, render
from batch.reports.words import headline
from tests.reports.examples import EXAMPLES, blocked, done, partial, report, row

_VOID = {"meta", "br", "wbr", "rect", "line"}


class Page(HTMLParser):
    """Checks nesting while it gathers tags and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words += data


@pytest.mark.parametrize("name", EXAMPLES)
def test_one_file_without_network_or_script(name: str) -> None:
    html = render(EXAMPLES[name]())
    page = Page(html)
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "link", "img", "iframe", "form", "a", "object", "base"}
    assert not any(key.startswith("on") or key in {"src", "href", "style"} for _, a in page.tags for key in a)
    assert "url(" not in html
    assert "@import" not in html
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@pytest.mark.parametrize("name", EXAMPLES)
def test_everybody_can_read_it(name: str) -> None:
    page = Page(render(EXAMPLES[name]()))
    assert ("html", {"lang": "en"}) in page.tags
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(a.get("scope") for tag, a in page.tags if tag == "th")
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.tags:
        if tag == "svg":
            assert attributes["role"] == "img"
            assert set((attributes["aria-labelledby"] or "").split()) <= set(ids)


def test_the_plain_words_come_first() -> None:
    words = Page(render(done())).words
    assert "Everybody moved: 240 people from Office 365 E4 to Office 365 E3" in words
    assert "Reconciled: the tenant shows exactly what was asked." in words
    assert "What needs attention" not in words


def test_what_needs_attention_says_what_to_do() -> None:
    made = partial()
    words = Page(render(made)).words
    for reason in made.attention:
        assert reason.meaning in words
        assert reason.todo in words
    assert "Not reconciled: 2 things in the tenant differ from what was done." in words
    assert "somebody gave it back" in words


def test_nobody_is_told_that_something_changed_when_nothing_did() -> None:
    words = Page(render(blocked())).words
    assert "Nothing was changed: the plan is held back." in words
    assert "There is nothing to reconcile yet." in words
    assert "People who would move" in words
    assert "28 rows" in words


@settings(deadline=None, max_examples=25)
@given(st.text(st.characters() | st.sampled_from("<>&\"'{}%"), min_size=1))
def test_no_text_gets_out_of_its_place(text: str) -> None:
    bad = row(1, Outcome.REFUSED, text, text, user=text, display_name=text, file=text)
    made = report(
        [bad],
        status=RunStatus.PARTIAL,
        run=text,
        title=text,
        tenant=text,
        read_from=text,
        attention=(Reason(where=Outcome.REFUSED, code=text, count=1, meaning=text, todo=text, examples=(text,)),),
        differences=(Difference(code=text, about=text, text=text),),
        difference_count=1,
        checks=((text, False),),
    )
    plain = replace(
        made,
        run="a",
        title="a",
        tenant="a",
        read_from="a",
        attention=(Reason(where=Outcome.REFUSED, code="a", count=1, meaning="a", todo="a", examples=("a",)),),
        differences=(Difference(code="a", about="a", text="a"),),
        checks=(("a", False),),
        rows=lambda: iter([row(1, Outcome.REFUSED, "a", "a", user="a", display_name="a", file="a")]),
    )
    tags = [[tag for tag, _ in Page(render(one)).tags if tag != "wbr"] for one in (made, plain)]
    assert tags[0] == tags[1]


def test_the_page_stays_small_and_reads_no_further_than_it_must() -> None:
    read = []

    def rows():  # type: ignore[no-untyped-def]
        for n in range(100_000):
            read.append(n)
            yield row(n, Outcome.REFUSED if n % 2 else Outcome.APPLIED, "x", "y")

    counts = {"rows": 100_000, Bucket.PLANNED: 100_000, Outcome.APPLIED: 50_000, Outcome.REFUSED: 50_000}
    reason = Reason(where=Outcome.REFUSED, code="x", count=50_000, meaning="m", todo="t", examples=())
    made = replace(report([]), status=RunStatus.PARTIAL, counts=counts, rows=rows, attention=(reason,))
    html = render(made)
    assert len(html) < 150_000
    assert f"The first {MOST_ATTENDED} of 50,000 rows; all of them in results.csv" in html
    assert len(read) < 500


def test_what_is_in_other_hands_is_told_where_it_is_looked_for() -> None:
    assert "In other hands" not in render(partial())
    page = render(replace(partial(), handed=("Handover 1, for the admin center: 0 of 1 pack closed.",)))
    assert page.index("What needs attention") < page.index("0 of 1 pack closed.") < page.index("Seats in use")


def test_harmless_rows_need_no_attention() -> None:
    """A repeated header is a problem row, but no reason is given to look at it."""
    rows = [row(0, Outcome.APPLIED), row(1, Bucket.PROBLEM, "repeated_header", "A heading once more.")]
    words = Page(render(report(rows))).words
    assert "attention" not in words
    assert "Everybody moved: 1 person" in words


def test_whoever_shall_stay_is_named_and_needs_no_attention() -> None:
    rows = [row(0, Outcome.APPLIED), row(1, Bucket.BLOCKED, "protected", "On the list.")]
    assert headline(replace(report(rows), attention=(), status=RunStatus.DONE)) == (
        "All others moved: 1 person from Office 365 E4 to Office 365 E3 + Microsoft Teams Enterprise; "
        "1 row left alone, as asked (--protect)."
    )
    nothing = replace(report(rows[1:]), attention=(), status=RunStatus.NOTHING)
    assert headline(nothing).startswith("Nothing to do: 1 row left alone, as asked")


def test_an_undo_says_where_it_leads_back_to() -> None:
    made = replace(report([row(n, Outcome.APPLIED) for n in range(3)]), title="Undo of z6b", status=RunStatus.DONE)
    assert headline(made) == "3 people are back to what they held before z6b."
    made = replace(made, status=RunStatus.STOPPED, started_at=0)
    assert headline(made) == "Planned, not yet carried out: 3 people back to what they held before z6b."


def test_outcome_bars_fill_the_width_and_add_up() -> None:
    made = partial()
    bars = outcome_bars(made)
    assert sum(bar.number for bar in bars) == made.counts["rows"]
    assert abs(sum(bar.size for bar in bars) - 100) < 0.5
    assert outcome_bars(replace(made, counts={"rows": 0})) == []


def test_seat_charts_stay_inside_whatever_the_numbers() -> None:
    line = done().skus[0]
    odd = replace(line, seats=0, before=5, expected=9, after=-1, planned=9)
    for chart in seat_charts(replace(done(), skus=(odd, line))):
        assert all(0 <= bar.size <= 80 for bar in chart.bars)
        assert 0 <= chart.end <= 80
    assert seat_charts(replace(done(), skus=(replace(line, before=1, planned=1, expected=1),))) == []


def test_a_long_run_has_few_columns_and_loses_nobody() -> None:
    chart = pace_chart(replace(done(), pace=tuple(range(601))))
    assert chart is not None
    assert len(chart.columns) <= 60
    assert sum(bar.number for bar in chart.columns) == sum(range(601))
    assert pace_chart(replace(done(), pace=(0, 0, 0))) is None
