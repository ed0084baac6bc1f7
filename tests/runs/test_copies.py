"""Copies of reports in a folder that others may write to."""

from __future__ import annotations

import os

import pytest

from batch.runs.copies import copy_reports


def test_reports_are_copied_once_and_again_when_they_are_newer(tmp_path):
    run, target = tmp_path / "run", tmp_path / "share" / "run"
    run.mkdir()
    (run / "report.html").write_text("one")
    names = ("report.html", "rejects.csv")
    assert copy_reports(run, names, target) == 1
    assert copy_reports(run, names, target) == 0
    (run / "report.html").write_text("two")
    os.utime(run / "report.html", (2e9, 2e9))
    assert copy_reports(run, names, target) == 1
    assert [(p.name, p.read_text()) for p in target.iterdir()] == [("report.html", "two")]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("name", [".report.html.part", "report.html"])
def test_no_link_is_written_through(tmp_path, name):
    run, target, other = tmp_path / "run", tmp_path / "share", tmp_path / "other"
    for folder in (run, target):
        folder.mkdir()
    (run / "report.html").write_text("report")
    other.write_text("precious")
    os.utime(other, (1, 1))
    (target / name).symlink_to(other)
    assert copy_reports(run, ("report.html",), target) == 1
    assert other.read_text() == "precious"
    assert not (target / "report.html").is_symlink()
