"""A file of facts: what is asked can be answered, what is not known is refused, what is open stays unknown."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date

import pytest

from batch.core.errors import UsageError
from batch.core.facts import QUESTIONS, Facts, template
from batch.runs.factsfile import read_facts


def written(tmp_path, text):
    path = tmp_path / "facts.toml"
    path.write_text(text, "utf-8")
    return path


def test_every_question_has_a_field_and_every_field_a_question():
    assert {f.name for f in fields(Facts)} - {"source"} == {q.name for q in QUESTIONS}
    assert all(getattr(Facts(), q.name) is None for q in QUESTIONS)


def test_the_template_is_all_unknown_and_each_example_is_an_answer(tmp_path):
    open_file = read_facts(written(tmp_path, template()))
    assert open_file == Facts(source="facts.toml")
    filled = re.sub(r"(?m)^#(\w+ = )", r"\1", template())
    answered = read_facts(written(tmp_path, filled))
    assert all(getattr(answered, q.name) is not None for q in QUESTIONS)


def test_no_file_is_all_unknown():
    assert read_facts(None) == Facts()


def test_answers_are_kept_in_one_spelling(tmp_path):
    path = written(
        tmp_path, '\ufeffaccount_type = "mosa"\nordered_on = 2026-11-20\naddons = []\nholidays = [2026-12-25]\n'
    )
    found = read_facts(path)
    assert (found.account_type, found.ordered_on, found.addons) == ("MOSA", date(2026, 11, 20), ())
    assert found.holidays == (date(2026, 12, 25),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("balance_du = false", "Did you mean balance_due?"),
        ("[purchase]\nx = 1", "purchase is not known"),
        ('balance_due = "no"', "balance_due should be true or false, not “no”"),
        ("\ncredit_check = 1", "line 2: credit_check should be true or false"),
        ('account_type = "CSP"', "one of MOSA, MCA, EA"),
        ("account_type = true", "one of MOSA, MCA, EA"),
        ("addons = [1]", "addons should be a list of texts"),
        ("addons = [[]]", "addons should be a list of texts"),
        ("ordered_on = 2026-11-20T10:00:00", "ordered_on should be a date"),
        ('ordered_on = "2026-11-20"', "ordered_on should be a date"),
        ('tab_message = ""', "tab_message should be text"),
        ("balance_due = ", "is not valid TOML"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_place(tmp_path, text, told):
    with pytest.raises(UsageError) as error:
        read_facts(written(tmp_path, text))
    assert told in str(error.value)
    assert "facts.toml" in error.value.what


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_windows_powershell_writes_is_read(tmp_path, encoding):
    path = tmp_path / "facts.toml"
    path.write_text(template().replace("\n", "\r\n") + "credit_check = false\r\n", encoding, newline="")
    assert read_facts(path).credit_check is False


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(UsageError, match="no file of facts"):
        read_facts(tmp_path / "none.toml")
    with pytest.raises(UsageError, match="cannot be read"):
        read_facts(tmp_path)
    (tmp_path / "odd.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="UTF-8"):
        read_facts(tmp_path / "odd.toml")
