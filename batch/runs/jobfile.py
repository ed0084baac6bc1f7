"""A job file (TOML): a declared piece of work. Everything in it is checked before anything is done.

Nothing is taken that is not known: a misspelt key would otherwise be a limit that does not hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from batch.core.errors import UsageError
from batch.core.move_rules import MoveRule
from batch.runs.job_secrets import may_be_secret, variable_for
from batch.runs.job_tables import NIGHTS, RULE, RULE_KEYS, TABLES
from batch.runs.job_values import Read, Wrong
from batch.runs.nightjob import NightJob
from batch.runs.written import Written, shown

_NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a job file declares; what it leaves out is None (or empty), and the command's own default holds."""

    name: str = ""
    #: The file it was read from; None for one that the command line alone makes.
    file: Path | None = field(default=None, compare=False)
    #: Sheets of people and of products; names in the file are looked for from its own folder. The name of a file may
    #: be a pattern (``users-*.csv``), and stands for all that fit it, or for the newest of them.
    users: tuple[Path, ...] = ()
    licenses: tuple[Path, ...] = ()
    newest: bool | None = None
    #: Products as written: a name, a part number or an id.
    source: str = ""
    target: str = ""
    #: Instead of the two: who holds what gets what. The first rule that fits a person counts.
    rules: tuple[MoveRule, ...] = ()
    #: ``graph``, ``practice:FILE`` or ``copy:FILE`` (a duplicate of it); empty for one made from the sheets.
    tenant: str = ""
    #: For Microsoft 365: the national cloud, the way of signing in, and the writes it takes (``3000/150s``, ``none``);
    #: empty for the global cloud, for whatever the environment offers, and for what Microsoft documents.
    cloud: str = ""
    sign_in: str = ""
    write_quota: str = ""
    #: The folder for the run.
    out: Path | None = None
    #: Changes sent together, 1 to 20.
    group_size: int | None = None
    #: Groups on the wire at the same time, at least 1.
    in_flight: int | None = None
    #: The most people a plan may move, and the largest share (0 to 1) of those who hold what it takes away.
    max_changes: int | None = None
    max_share: float | None = None
    #: Whether those who fit are moved when seats run out (``--allow-short``).
    allow_short: bool | None = None
    #: The share (0 to 1) of failed changes at which the run stops itself.
    stop_at: float | None = None
    #: How often one change is tried, at least 1.
    tries: int | None = None
    #: Seconds for which the tenant may show what was before a change that took effect.
    settle: float | None = None
    #: Heading → field word, where the guess is wrong.
    mapping: Mapping[str, str] = field(default_factory=lambda: _NONE)
    encoding: str | None = None
    #: The one sheet that is read of a workbook of people.
    sheet: str | None = None
    #: ``inherit``, ``all-on`` or ``template``; empty for the first. The service plans that a template switches on.
    new_services: str = ""
    template: tuple[str, ...] = ()
    #: Hazards accepted by name.
    accept: tuple[str, ...] = ()
    #: Whether services that exclude or need each other block a row.
    strict: bool | None = None
    #: The usage location for people who have none, two letters.
    location: str = ""
    #: Lists of people and groups to be left alone.
    protect: tuple[Path, ...] = ()
    #: How many people go first, in a wave of their own.
    pilot: int | None = None
    #: The time of day in which changes are sent (``22:00-05:00``), and the time zone it is meant in.
    window: str = ""
    timezone: str = ""
    #: Seconds after which a plan that was not begun is too old.
    max_age: float | None = None
    #: Whether a second person has to approve the plan.
    approval: bool | None = None
    #: The faults of a practice tenant, as ``reassign tenant`` writes them; empty for none.
    faults: str = ""
    #: What it declares for the nights; None for a job that is run by hand alone.
    nightly: NightJob | None = None


def read_job(path: Path) -> Job:
    """The job in this file. Raises ``UsageError`` that names the key, and its line where it can be found."""
    job, complaints = look_into(path)
    if complaints:
        raise complaints[0]
    assert job is not None
    return job


def look_into(path: Path) -> tuple[Job | None, tuple[UsageError, ...]]:
    """The job in this file, or everything that is wrong with the file, in its order."""
    try:
        written = Written.read(
            path,
            "job file",
            missing="Check the name of the job file. To have one written: reassign job init FILE",
            broken="Correct it there; to see how one is written: reassign job init FILE",
        )
    except UsageError as error:
        return None, (error,)
    reading = _Reading(written)
    reading.all()
    if reading.complaints:
        return None, tuple(reading.complaints)
    is_nightly = any(name in written.document for name in NIGHTS)
    nightly = NightJob(**reading.nights) if is_nightly else None
    return Job(**reading.found, rules=tuple(reading.rules), nightly=nightly, file=path), ()


class _Noting:
    """A block that a complaint ends; the complaint is kept, and what follows the block is done."""

    def __init__(self, complaints: list[UsageError]) -> None:
        self._complaints = complaints

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if isinstance(error, UsageError):
            self._complaints.append(error)
            return True
        return False


class _Reading:
    """What was found in a job file, and what is wrong with it."""

    def __init__(self, written: Written) -> None:
        self.written = written
        self.folder = written.path.parent
        self.found: dict[str, Any] = {}
        self.nights: dict[str, Any] = {}
        self.rules: list[MoveRule] = []
        self.complaints: list[UsageError] = []

    def all(self) -> None:
        """Read every table, then look whether they go together."""
        for name, table in self.written.document.items():
            if name == RULE:
                self._rules(table)
                continue
            with self._noting():
                if name not in TABLES:
                    self._refuse(name, "", table, {**TABLES, RULE: {}})
                if not isinstance(table, dict):
                    self.written.stop(name, f"{name} should be a table, written [{name}]")
                self._table(table, TABLES[name], self.nights if name in NIGHTS else self.found, name)
        for key, table, what, todo in self._at_odds():
            with self._noting():
                self.written.stop(key, what, todo, table=table)

    def _noting(self) -> _Noting:
        return _Noting(self.complaints)

    def _table(
        self,
        table: Mapping[str, Any],
        keys: Mapping[str, tuple[str, Read]],
        into: dict[str, Any],
        name: str,
        nth: int = 1,
    ) -> None:
        """Read the keys of one table; ``nth`` of its name."""
        told = _bracketed(name)
        for key, value in table.items():
            with self._noting():
                if key not in keys:
                    self._refuse(key, name, value, keys, nth)
                attribute, read = keys[key]
                try:
                    into[attribute] = read(value, self.folder)
                except Wrong as wrong:
                    quoted = "" if may_be_secret(name, value) else f", not {shown(value)}"
                    self.written.stop(key, f"{key} in {told} should be {wrong}{quoted}", table=name, nth=nth)

    def _refuse(self, key: str, table: str, value: Any, known: Mapping[str, object], nth: int = 1) -> NoReturn:
        """Refuse a key that is not known; of one that looks like a secret, say where secrets belong."""
        told = f"{key} in {_bracketed(table)}" if table else f"[{key}]" if isinstance(value, dict) else key
        if variable := variable_for(table, key):
            self.written.stop(
                key,
                f"{told} does not belong in a job file: servers, their addresses and secrets are said by the "
                "environment alone",
                f"Take it out, and set {variable} in the environment of whoever runs the job. "
                "A secret that stood in a file is best replaced.",
                table=table,
                nth=nth,
            )
        self.written.unknown(told, key, known, table=table, nth=nth)

    def _rules(self, tables: Any) -> None:
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            with self._noting():
                self.written.stop(RULE, f"{RULE} should be a table that may stand more than once, written [[{RULE}]]")
            return
        for nth, table in enumerate(tables, 1):
            before, found = len(self.complaints), dict[str, Any]()
            self._table(table, RULE_KEYS, found, RULE, nth)
            for key in ("holds", "to"):
                if key not in table:
                    with self._noting():
                        what = f"rule {nth} does not say {key}: what people hold, and what they get"
                        self.written.stop(RULE, what, table=RULE, nth=nth)
            if len(self.complaints) == before:
                self.rules.append(MoveRule(**found))

    def _at_odds(self) -> Iterator[tuple[str, str, str, str]]:
        """What does not go together: key, table, what, and what to do."""
        for key, attribute in (("from", "source"), ("to", "target")):
            if RULE in self.written.document and attribute in self.found:
                yield key, "move", f"{key} in [move] stands beside [[{RULE}]]", "Say the products in one of the two."
        inbox = self.written.document.get("inbox")
        if isinstance(inbox, dict) and "folder" not in inbox:
            yield "inbox", "", "[inbox] does not say its folder", 'Write: folder = "../inbox"'
        if "inbox" in self.nights and self.found.get("users"):
            yield (
                *("users", "sheets", "users in [sheets] stands beside an [inbox]"),
                "Sheets of people are dropped into the inbox, or stand at a fixed place: leave one of the two out.",
            )
        if "webhook_name" in self.nights and "webhook" not in self.nights:
            yield "webhook_name", "notify", "webhook_name in [notify] stands without webhook", 'Write: webhook = "json"'


def _bracketed(table: str) -> str:
    return f"[[{table}]]" if table == RULE else f"[{table}]"
