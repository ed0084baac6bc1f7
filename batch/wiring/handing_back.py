"""Taking back what was handed over and is still open there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from batch.core.entries import Entry, EntryKind
from batch.core.errors import UsageError
from batch.core.harmless import in_shell
from batch.core.ledger import Ledger
from batch.core.plan import Changes
from batch.core.states import State
from batch.engine.apply import replay
from batch.reports.whole import whole
from batch.reports.words import moment
from batch.runs.folder import RunFolder
from batch.wiring.applying import load_verified
from batch.wiring.handing import HANDOVERS, NOTED
from batch.wiring.opening import is_modelled
from batch.wiring.parts import SteadyClock, account

#: Beside a script (or in the folder above it): it refuses to run.
REVOKED = "revoked.txt"
#: What a job of PowerShell is known by.
_JOB = "changes.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What is in our own hand again, and what is not."""

    #: Numbers of the handovers of which something was taken back, each with how many people.
    handovers: Mapping[int, int]
    #: Said to be done, and not seen yet: these stay there.
    claimed: int
    #: The folders that say so now; and those that are not where they were put.
    marked: tuple[Path, ...]
    missing: tuple[Path, ...]
    #: Nobody can look at the tenant: it is known from sheets alone.
    modelled: bool
    changes: Changes
    ledger: Ledger


def take_back(folder: RunFolder, number: int = 0) -> TakenBack:
    """Take back what is open of this handover, or of all of them for 0.

    First each folder gets a file that keeps its script from running, then the journal says so. Raises ``UsageError``
    when there is nothing to take back, ``ReassignError`` when a folder cannot be marked: then nothing was taken back.
    """
    changes, journal = load_verified(folder), folder.journal()
    ledger = replay(changes, journal.entries())
    mine = {n: at.handover for n, at in sorted(ledger.hands.items()) if number in (0, at.handover)}
    found = {n: handover for n, handover in mine.items() if ledger.state[n] == State.HANDED}
    claimed = sum(1 for n in mine if ledger.state[n] == State.CLAIMED)
    if not found:
        raise _nothing(folder.path, number, ledger, claimed)
    now = SteadyClock().now()
    handovers = sorted(set(found.values()))
    folders = [_where(folder, n) for n in handovers]
    missing = tuple(path for path in folders if not path.is_dir())
    said = (
        f"Run {folder.meta()['run']}. Taken back {moment(now)} by {account() or 'somebody'}: nothing of this folder "
        "may be done any more, and results of it are not believed any more.\r\n"
    )
    for path in folders:
        _mark(path, said)
    entries = [Entry(EntryKind.TAKEN_BACK, n, now, text="revoked") for n in found]
    journal.append(entries)
    ledger.record(*entries)
    return TakenBack(
        handovers={n: sum(1 for at in found.values() if at == n) for n in handovers},
        claimed=claimed,
        marked=tuple(path for path in folders if path not in missing),
        missing=missing,
        modelled=is_modelled(folder.meta()),
        changes=changes,
        ledger=ledger,
    )


def _nothing(path: Path, number: int, ledger: Ledger, claimed: int) -> UsageError:
    if not ledger.handovers:
        return UsageError(f"Nothing of {path} was handed over.", f"See it: reassign show {in_shell(path)}")
    if number > ledger.handovers:
        return UsageError(f"There is no handover {number} of {path}.", f"The last one is {ledger.handovers}.")
    what = f"handover {number}" if number else "what was handed over"
    if claimed:
        return UsageError(
            f"Nothing of {what} is open: {claimed:,} are said to be done, and nobody has looked yet.",
            f"Show it with a fresh export, or by a look at the tenant: reassign collect {in_shell(path)} FILE",
        )
    return UsageError(f"Nothing of {what} is open any more.", f"See it: reassign show {in_shell(path)}")


def _where(folder: RunFolder, number: int) -> Path:
    """The folder of this handover, as it was noted before the journal said anything of it."""
    return folder.path / str(folder.meta().get(NOTED, {}).get(str(number), f"{HANDOVERS}/{number}"))


def _mark(path: Path, said: str) -> None:
    """Say it in the folder, if it is there, and beside the data of each of its jobs."""
    if path.is_dir():
        for where in (path, *sorted(job.parent for job in path.glob(f"*/{_JOB}"))):
            with whole(where / REVOKED) as file:
                file.write(said.encode())
