"""What is written down is true: every command, exit code, option and make target of the docs is there."""

from __future__ import annotations

import re
import shlex
import subprocess
from importlib import import_module
from pathlib import Path

import click
import pytest

from batch.cli import main
from batch.core import errors
from tests.cli.conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")
#: Lines of code: indented by four, without what a screen shows after a "$".
CODE = [line[4:] for line in README.replace("\\\n", " ").splitlines() if line.startswith("    ")]
QUOTED = re.findall(r"`([^`\n]+)`", README)


def every_command():
    """Each command and command of a group: its words, and the command itself."""
    context = click.Context(main.cli, info_name="reassign", **main.cli.context_settings)
    for name in main.COMMANDS:
        command = main.cli.get_command(context, name)
        yield (name,), command
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                yield (name, inner), command.get_command(context, inner)


COMMANDS = dict(every_command())


def parsed(line):
    """Parse a command line as click would, without running it; the words of the command."""
    words = shlex.split(line.partition(" > ")[0], comments=True)
    assert words[0] == "reassign"
    context, command, rest, path = (
        click.Context(main.cli, info_name="reassign", **main.cli.context_settings),
        main.cli,
        words[1:],
        (),
    )
    while isinstance(command, click.Group):
        name, command, rest = command.resolve_command(context, rest)
        path = (*path, name)
        context = (
            click.Context(command, parent=context, info_name=name) if isinstance(command, click.Group) else context
        )
    with command.make_context(path[-1], list(rest), parent=context):
        return path


def examples(command):
    """The command lines that a command shows as examples."""
    lines = re.sub(r"\\\n\s*", "", command.epilog or "").splitlines()
    return [line.strip().partition(" >")[0] for line in lines if line.strip().startswith("reassign ")]


@pytest.mark.parametrize("name", main.COMMANDS)
def test_the_readme_names_every_command(name):
    assert [text for text in QUOTED if re.match(rf"reassign {name}\b", text)]


def test_the_readme_names_no_command_that_is_not():
    named = {text.split()[1] for text in (*QUOTED, *CODE) if re.match(r"reassign [a-z]", text)}
    assert named <= set(main.COMMANDS)


def exit_codes(kind=errors.ReassignError):
    """Every exit code of the tree of errors, and those that no error has."""
    return {kind.exit_code, 0, 3, 9, main.INTERRUPTED}.union(*map(exit_codes, kind.__subclasses__()))


def test_the_readme_names_every_exit_code_and_no_other():
    table = {int(code) for code in re.findall(r"^\| *(\d+) *\|", README, re.MULTILINE)}
    assert table == exit_codes() == {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130}


def test_the_readme_has_command_lines():
    assert len([line for line in CODE if line.startswith("reassign ")]) >= 4


@pytest.mark.parametrize("line", [line for line in CODE if line.startswith("reassign ")])
def test_each_command_line_of_the_readme_can_be_typed(line):
    assert parsed(line)


@pytest.mark.parametrize(
    "text", sorted({option for text in QUOTED for option in re.findall(r"(?<!\S)--[a-z-]+", text)})
)
def test_each_option_of_the_readme_exists(text):
    known = {name for c in (main.cli, *COMMANDS.values()) for p in c.params for name in p.opts}
    assert text in {*known, "--help", "--version"}


@pytest.mark.parametrize("name", ["run.db", "report.xlsx", "report.html", "results.csv", "rejects.csv", "result.json"])
def test_the_readme_names_every_file_of_a_run(name):
    assert f"`{name}`" in README


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_examples_that_can_be_typed(words, reassign):
    shown = reassign(*words, "--help")
    assert shown.code == 0
    assert "Example" in shown.out
    lines = examples(COMMANDS[words])
    assert lines
    for line in lines:
        assert parsed(line)[: len(words)] == words
    for parameter in COMMANDS[words].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_the_help_of_the_whole_has_examples_that_can_be_typed(reassign):
    assert "Example" in reassign("--help").out
    assert len([parsed(line) for line in examples(main.cli)]) >= 3


def test_every_way_on_that_the_program_tells_can_be_typed():
    """``reassign VERB`` in any sentence of the program is a command that exists."""
    texts = [path.read_text("utf-8") for path in (ROOT / "batch").rglob("*.py")]
    named = {words for text in texts for words in re.findall(r"(?<![\w-])reassign ([a-z]{3,})\b", text)}
    assert named <= {*main.COMMANDS, "command"}


def test_make_help_lists_every_target_that_is_mentioned():
    done = subprocess.run(
        ["make", "--no-print-directory", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    listed = set(re.findall(r"^\s*make ([a-z]+)", done.stdout, re.MULTILINE))
    texts = [*QUOTED, *CODE]
    mentioned = {target for text in texts for target in re.findall(r"(?:^|\$ )make ([a-z]+)", text)}
    assert {"reassign", "test"} <= mentioned
    assert mentioned <= listed
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(phony[1].split()) == listed


def test_each_module_of_the_table_of_commands_is_there():
    for told in main.COMMANDS.values():
        assert getattr(import_module(told.module), told.function)


def tracked():
    """Every file of the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode("utf-8").split("\0") if name and (ROOT / name).is_file()]


def test_nothing_names_a_path_of_this_machine():
    places = ("work", "tmp", "root", "home", "Users", "mnt", "srv", "private")
    named = re.compile(rf"(?<![\w.~$)}}])/(?:{'|'.join(places)})/[\w.]".encode())
    found = {}
    for path in tracked():
        data = path.read_bytes()
        if hits := named.findall(data) + ([str(ROOT).encode()] if str(ROOT).encode() in data else []):
            found[str(path.relative_to(ROOT))] = hits
    assert found == {}


def test_nothing_is_tracked_that_is_made():
    made = re.compile(r"^(\.venv|runs|build|dist)/|(^|/)(__pycache__|\.[a-z]+_cache)/|\.(pyc|part|db|db-wal|lock)$")
    assert [str(p.relative_to(ROOT)) for p in tracked() if made.search(str(p.relative_to(ROOT)))] == []
    assert (ROOT / "LICENSE").is_file()
    assert Path(ROOT / "ARCHITECTURE.md").is_file()
