"""The morning page as people read it. GOLDEN=write writes the golden page anew; then look at the diff."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from itertools import pairwise
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.errors import ReassignError
from batch.core.nights import Fate, Need, Outcome, SeatsLeft, Standing, Told
from batch.reports import whole as room
from batch.reports.morning import MOST_FILES, MOST_NEEDS, NIGHTS, render, write_morning
from batch.reports.night_words import headline, missed, pieces
from tests.reports.nights import BEFORE, START, earlier, empty, file, good, huge, job, killed, mixed, night, run
from tests.reports.nights import NIGHTS as EXAMPLES
from tests.reports.test_golden import GOLDEN
from tests.reports.test_page import Page

HOSTILE = "<script>alert(1)</script>\u202e\x1b[31m\ud800 {{ 7 * 7 }} \"'&amp;"


@pytest.mark.golden
def test_the_page_is_as_it_was(tmp_path):
    if os.environ.get("GOLDEN") == "write":
        write_morning(mixed(), GOLDEN / "morning.html", before=BEFORE)
    write_morning(mixed(), tmp_path / "morning.html", before=BEFORE)
    assert (tmp_path / "morning.html").read_bytes() == (GOLDEN / "morning.html").read_bytes()


@pytest.mark.parametrize("name", EXAMPLES)
def test_one_file_without_network_or_script_that_everybody_can_read(name):
    html = render(EXAMPLES[name](), before=BEFORE)
    page = Page(html)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "form", "object", "base", "style2"}
    assert not any(key.startswith("on") or key in {"src", "style"} for _, a in page.tags for key in a)
    assert "url(" not in html
    assert "@import" not in html
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    assert ("html", {"lang": "en"}) in page.tags
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(a.get("scope") for tag, a in page.tags if tag == "th")
    ids = {a["id"] for _, a in page.tags if "id" in a}
    for link in (a["href"] for tag, a in page.tags if tag == "a"):
        assert link[1:] in ids if link.startswith("#") else link.startswith("runs/")


def test_what_needs_you_comes_before_the_numbers_with_commands_to_copy():
    html = render(mixed(), before=BEFORE)
    page = Page(html)
    order = (
        "400 people moved, 3 could not, 457 are still to go. 1 job failed. 3 things need you.",
        "There was no night",
        "What needs you",
        "The tenant refused the sign-in",
        "waits for the word",
        "Moved tonight",
        "Messages",
        "The last nights",
    )
    places = [page.words.index(words) for words in order]
    assert places == sorted(places)
    for command in ("reassign tenant doctor", "reassign approve nights/runs/sales-f3-20261124-020114 --by NAME"):
        assert f'<pre class="command">{command}</pre>' in html
    assert "It is given up on 8 Dec." in page.words
    assert "Microsoft 365 F3: −2 (more in use than bought)" in page.words
    assert "no night on Sun 22 Nov 2026 and Mon 23 Nov 2026" in page.words


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (good(), "148 people moved."),
        (empty(), "Nothing was in the inboxes."),
        (night(), "No job was due."),
        (replace(night(), exit_code=2), "No job was carried out."),
        (killed(), "The night of Tue 24 Nov 2026 did not end."),
        (night(job(outcome=Outcome.NOTHING, files=(file(fate=Fate.WRITING),))), "Nobody moved."),
        (night(job(outcome=Outcome.FAILED)), "Nobody moved. 1 job failed. 1 thing needs you."),
        (night(job(runs=(run(tonight=1, waiting=1),))), "1 person moved, 1 is still to go."),
        (replace(good(), date="<b>"), "148 people moved."),
    ],
)  # fmt: skip
def test_how_the_night_went_in_a_sentence(made, words):
    assert headline(made) == words
    assert words in Page(render(made)).words


def test_a_night_that_was_killed_says_so_and_by_a_word():
    words = Page(render(killed(), before=BEFORE)).words
    assert "It was killed, or it is still under way" in words
    assert (
        words.count("Did not end") == 6
    )  # title, banner, its second job twice, this night and one before in the table
    assert "Nothing that is known." in words


def test_each_colour_has_a_word():
    for made in (mixed(), killed(), huge()):
        for tones, told in re.findall(r'<span class="pill ([^"]+)">([^<]*)</span>', render(made, before=BEFORE)):
            assert tones in {"good", "warn", "bad", "calm"}
            assert told.strip()


def test_five_hundred_files_and_forty_jobs_stay_readable():
    html = render(huge(), before=BEFORE)
    words = Page(html).words
    assert len(html) < 150_000
    assert "and 480 more: 480 done" in words
    assert words.count("Rejected") == 10, "those that somebody has to look at come first"
    assert len(re.findall(r"part-\d{3}\.csv", words)) == MOST_FILES
    assert words.index("Bulk") < words.index("Department 00") < words.index("Quiet 00")
    assert 'id="job-26"' in html
    assert 'id="job-27"' not in html, "a job with nothing to say has a line, and no section"


def test_whatever_is_too_much_is_counted():
    needs = tuple(Need(what=f"need {n}", todo="") for n in range(200))
    told = tuple(
        Told(message=str(n), job="j", way="mail", to="t", outcome=Outcome.DONE, state="sent") for n in range(90)
    )
    runs = tuple(run(f"run-{n}") for n in range(50))
    notes = tuple(f"note {n}" for n in range(50))
    words = Page(render(night(job(needs=needs, runs=runs, notes=notes), told=told))).words
    assert f"and {200 - MOST_NEEDS} more; all of them: reassign show --nights" in words
    assert "and 30 more runs" in words
    assert "and 38 more" in words
    assert "and 50 more" in words


def test_the_last_nights_are_fourteen_with_those_that_were_not():
    words = Page(render(mixed(), before=[mixed(), *BEFORE])).words
    table = words[words.index("The last nights") :]
    days = re.findall(r"\w{3} \d+ Nov 2026", table[: table.index("The night\n")])
    assert len(days) == NIGHTS
    assert days[:4] == ["Tue 24 Nov 2026", "Mon 23 Nov 2026", "Sun 22 Nov 2026", "Sat 21 Nov 2026"]
    assert table.count("No night") == 2
    assert missed(earlier(1)) == ""


def test_links_stay_beside_the_page():
    names = [
        "a",
        "..",
        ".",
        "",
        "../../etc/passwd",
        "javascript:alert(1)",
        "//evil.example",
        "a b#c?d&e\"'<",
        "%2e%2e",
        "ü",
    ]
    html = render(night(job(runs=tuple(run(name, refused=1) for name in names))))
    links = [a["href"] for tag, a in Page(html).tags if tag == "a" and not a["href"].startswith("#")]
    assert len(links) == 3 * (len(names) - 3)
    for link in links:
        parts = link.split("/")
        assert parts[0] == "runs"
        assert len(parts) == 3
        assert unquote(parts[1]) in names
        assert parts[1] not in {"", ".", "..", "%2e%2e"}
        assert re.fullmatch(r"[\w./%~-]+", link)
    assert "rejects.csv" not in render(good())


@settings(deadline=None, max_examples=25)
@given(st.text(st.characters() | st.sampled_from("<>&\"'{}% :\n"), min_size=1))
def test_no_text_gets_out_of_its_place(text):
    def made(text):
        one = job(
            text, Outcome.NEEDS_YOU, title=text, error=text, notes=(text,), needs=(Need(what=text, todo="a"),),
            files=(file(text, Fate.HELD, why=text, todo=text, run=text),),
            runs=(run("r", Standing.HELD, what=text, todo=text, seats=(SeatsLeft(sku_id=text, name=text, free=1),)),),
        )  # fmt: skip
        told = Told(message=text, job=text, way=text, to=text, outcome=Outcome.DONE, state=text, why=text)
        return replace(night(one, told=(told,)), date=text, host=text, version=text, missed=(text,))

    shapes = [[tag for tag, _ in Page(render(made(t), before=[made(t)])).tags] for t in (f"x{text}", "x")]
    assert shapes[0] == shapes[1]


def test_ten_thousand_characters_are_cut_and_marks_are_taken_out():
    long = HOSTILE * 400
    one = job(long[:255], Outcome.NEEDS_YOU, title=long, error=long, notes=(long,) * 40,
              needs=(Need(what=long, todo=long),) * 90, files=(file(long, why=long, todo=long),) * 400)  # fmt: skip
    html = render(
        night(one, told=(Told(message="m", job=long, way="mail", to=long, outcome=Outcome.DONE, state="due"),) * 90)
    )
    assert len(html) < 700_000
    assert "<script>alert" not in html
    assert not re.search("[\x1b\u202a-\u202e\ud800-\udfff]", html)
    assert "{{ 7 * 7 }}" in html


@pytest.mark.parametrize(
    ("todo", "wanted"),
    [
        ("", []),
        ("Look at it.", [("Look at it.", False)]),
        ("Carry on: reassign apply RUN.", [("Carry on:", False), ("reassign apply RUN", True)]),
        ("reassign nightly", [("reassign nightly", True)]),
        ("Look: reassign show a.b. Then: reassign approve a.b --by NAME. Done.",
         [("Look:", False), ("reassign show a.b", True), ("Then:", False), ("reassign approve a.b --by NAME", True),
          ("Done.", False)]),
        ('Say: reassign apply "C:\\my runs\\a; b", or wait.',
         [("Say:", False), ('reassign apply "C:\\my runs\\a; b"', True), ("or wait.", False)]),
        ("Say: reassign apply x; rm -rf y", [("Say:", False), ("reassign apply x", True), ("rm -rf y", False)]),
        ("The file reassign apply", [("The file reassign apply", False)]),
    ],
)  # fmt: skip
def test_commands_are_told_apart_from_words(todo, wanted):
    assert pieces(todo) == wanted


def test_the_same_nights_are_the_same_bytes_and_a_full_disk_leaves_the_old_page(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    write_morning(mixed(), path, before=BEFORE)
    before = path.read_bytes()
    write_morning(mixed(), path, before=list(BEFORE))
    assert path.read_bytes() == before

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(room.os, "fsync", full)
    with pytest.raises(ReassignError, match=r"report\.html could not be written: No space left") as caught:
        write_morning(good(), path)
    assert "next night" in caught.value.todo
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_times_are_in_utc_and_a_clock_that_went_back_is_no_negative_time():
    words = Page(render(replace(good(), ended_at=START - 5))).words
    assert "24 Nov 2026, 01:00 UTC" in words
    assert "-5 s" not in words
