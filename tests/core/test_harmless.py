from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from batch.core.harmless import in_encoding, legible, neutral, one_line

hostile = st.text(st.sampled_from("=+-@＝＋－＠\t\r\n '\"\ufeff\u200b\u00a0a1é(") | st.characters(), max_size=12)


def starts_a_formula(text: str) -> bool:
    """As the most careless spreadsheet would see it: trimmed, unquoted, full width made narrow."""
    bare = unicodedata.normalize("NFKC", text).strip("\ufeff\u200b\"' \u00a0")
    return text[:1] in {"\t", "\r"} or bare[:1] in set("=+-@\t\r")


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =1", '"=1', "'=1", "＝1", "－1", "\ufeff=1"],
)
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    assert neutral(text) == "'" + text


@pytest.mark.parametrize("text", ["", "a", "a=1", "O'Neill", "'quoted'", "user@contoso.example", "3-4", "(=", "Å"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert neutral(text) == text


@given(hostile)
@example("''=1")
@example('"\t')
def test_no_cell_comes_out_as_a_formula(text: str) -> None:
    made = neutral(text)
    assert not starts_a_formula(made) or made == "'" + text
    assert made[:1] not in set("=+-@＝＋－＠\t\r\n")


@given(hostile)
@example("'=1")
@example("'abc")
def test_dropping_the_apostrophe_gives_the_text_back(text: str) -> None:
    made = neutral(text)
    back = made[1:] if made[:1] == "'" and neutral(made[1:]) == made else made
    assert back == text


@given(st.text())
def test_legible_text_is_legal_in_xml_and_can_be_written(text: str) -> None:
    made = legible(text)
    made.encode("utf-8")
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\t\n" for c in made)
    assert "\n" not in one_line(text)


def test_a_name_cannot_command_the_terminal_or_turn_text_round() -> None:
    assert one_line("a\x1b[31mb\u202ec\r\nd\x00\x9b") == "a[31mbc d"


def test_a_console_that_cannot_show_it_gets_ascii() -> None:
    assert in_encoding("E4 → E3 · 3 %…", "cp1252") == "E4 -> E3 - 3 %..."
    assert in_encoding("Åsa", "cp1252") == "Åsa"
    assert in_encoding("Åsa", None) == "?sa"
