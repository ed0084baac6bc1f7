"""Ways in which a command can end early: one tree, each with its exit code, what happened and what to do next.

    ReassignError                1   unexpected
    ├── UsageError               2   usage, job file or unreadable sheet
    │   ├── SheetError           2   a file that cannot be read as a sheet
    │   └── SheetChanged         2   a file that was written to after it was looked at
    ├── PlanGuarded              4   limits, hazards, shortage
    ├── PlanStale                5   the plan is stale or was changed
    ├── JournalDamaged           6   the run folder cannot be trusted
    ├── RunLocked                7   somebody else is carrying this run out
    ├── TenantRefused            8   sign-in or rights
    └── TenantUnavailable        1   the tenant could not be read

Problems of single rows are values (``terms.Problem``), never exceptions.
"""

from __future__ import annotations


class ReassignError(Exception):
    """Something a person can understand and act on. ``what`` happened, and ``todo``: what to do next."""

    exit_code = 1
    #: A JSON value that says how things stand was printed already: there is one of them at most.
    told_as_json = False

    def __init__(self, what: str, todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.what}\n{self.todo}" if self.todo else self.what


class UsageError(ReassignError):
    """The command line, the job file or a sheet cannot be used as it is."""

    exit_code = 2


class SheetError(UsageError):
    """A file cannot be read as a sheet. ``code`` is a problem code of ``check --json`` (``empty`` …)."""

    def __init__(self, what: str, todo: str = "", *, code: str = "unreadable") -> None:
        super().__init__(what, todo)
        self.code = code


class SheetChanged(UsageError):
    """A sheet is not the one that was looked at before: somebody writes to it."""


class PlanGuarded(ReassignError):
    """The plan is too large, too risky or short of seats; the sentence names the word that lets it through."""

    exit_code = 4


class PlanStale(ReassignError):
    """The sheets, the tenant or the plan itself changed since the plan was made."""

    exit_code = 5


class JournalDamaged(ReassignError):
    """The database of a run folder does not add up; nothing more was sent."""

    exit_code = 6


class RunLocked(ReassignError):
    """Another process is carrying this run out."""

    exit_code = 7


class TenantRefused(ReassignError):
    """The tenant refused us: sign-in or rights."""

    exit_code = 8


class TenantUnavailable(ReassignError):
    """The tenant could not be read. ``again``: asking once more is worth it; some adapters are patient themselves."""

    def __init__(self, what: str, todo: str = "", *, again: bool = True) -> None:
        super().__init__(what, todo)
        self.again = again
