from __future__ import annotations

import subprocess
import sys
import types

import click
import pytest

from batch import __version__
from batch.cli import main
from batch.core.errors import PlanStale, UsageError


@pytest.fixture
def told(monkeypatch):
    """Make ``reassign check`` do as the test says."""

    def command(what):
        @click.command()
        def check():
            return what()

        monkeypatch.setitem(main.COMMANDS, "check", main.Told("stand_in", "check", "."))
        monkeypatch.setitem(sys.modules, "stand_in", types.SimpleNamespace(check=check))
        return main.run(["check"])

    return command


def raising(error):
    def fail():
        raise error

    return fail


def test_help_and_version_import_nothing_heavy():
    code = (
        "import sys; from batch.cli.main import run; assert run(['--help']) == 0 and run(['--version']) == 0;"
        "print(sorted({'pandas', 'sqlite3', 'jinja2', 'xlsxwriter', 'asyncio', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *_, version, heavy = done.stdout.splitlines()
    assert (version, heavy) == (f"reassign {__version__}", "[]")
    for name in main.COMMANDS:
        assert f"  {name} " in done.stdout


def test_python_m_batch_is_the_same_command():
    done = subprocess.run([sys.executable, "-m", "batch", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"reassign {__version__}\n"


@pytest.mark.parametrize("arguments", [["-h"], ["check", "-h"], ["check", "--help"], ["catalog", "show", "-h"]])
def test_every_command_has_help_with_an_example(arguments, capsys):
    assert main.run(arguments) == 0
    assert "Example" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chek"], "Did you mean check?"),
        (["zzz"], "zzz"),
        (["check"], "SHEET"),
        (["check", "--nope", "x"], "--nope"),
        (["completion", "tcsh"], "tcsh"),
    ],
)
def test_a_wrong_command_line_is_exit_2(arguments, words, capsys):
    assert main.run(arguments) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (UsageError("It is wrong.", "Do this."), 2, "reassign: It is wrong.\nDo this.\n"),
        (PlanStale("It is stale."), 5, "reassign: It is stale.\n"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (click.Abort(), 130, "interrupted"),
        (MemoryError(), 1, "out of memory"),
        (OSError(28, "No space left on device", "runs/x"), 1, "No space left on device (runs/x)"),
        (ValueError("odd"), 1, "ValueError: odd"),
    ],
)
def test_every_end_is_a_sentence_and_a_code(error, code, words, told, capsys, monkeypatch):
    monkeypatch.delenv("REASSIGN_DEBUG", raising=False)
    assert told(raising(error)) == code
    captured = capsys.readouterr()
    assert words in captured.err
    assert "Traceback" not in captured.err


def test_the_traceback_comes_when_asked_for(told, capsys, monkeypatch):
    monkeypatch.setenv("REASSIGN_DEBUG", "1")
    assert told(raising(ValueError("odd"))) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(("answer", "code"), [(None, 0), (0, 0), (9, 9)])
def test_a_command_returns_its_exit_code(answer, code, told):
    assert told(lambda: answer) == code


def test_a_reader_that_goes_away_is_no_error(told, capsys):
    assert told(raising(BrokenPipeError())) == 1
    assert capsys.readouterr().err == ""


def test_a_command_that_is_not_installed_is_told_plainly(monkeypatch, capsys):
    monkeypatch.setitem(main.COMMANDS, "plan", main.Told("batch.cli.nowhere", "plan", "."))
    assert main.run(["plan"]) == 2
    assert "no command plan" in capsys.readouterr().err


def test_a_console_without_our_characters_shows_something_else(tmp_path):
    sheet = tmp_path / "a.csv"
    sheet.write_text("UserPrincipalName\n漢字@x.nl\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "utf8=0", "-m", "batch", "check", str(sheet)],
        capture_output=True,
        check=False,
        env={"PYTHONIOENCODING": "cp1252", "PATH": ""},
    )
    assert b"??@x.nl" in done.stdout
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(shell, capsys):
    assert main.run(["completion", shell]) == 0
    assert "_REASSIGN_COMPLETE" in capsys.readouterr().out
