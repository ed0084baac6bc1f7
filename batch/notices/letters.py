"""A message as an e-mail: text and HTML with the same words, reports attached up to a size."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from batch.core.errors import UsageError
from batch.core.nights import Message, Outcome
from batch.notices.wording import counted, digest, harmless

if TYPE_CHECKING:
    from jinja2 import Template

#: Ink and ground of the subject at the top, which says the same in words.
_COLOURS = {
    Outcome.NOTHING: ("#3c4650", "#eaedf1"),
    Outcome.DONE: ("#0f5a2e", "#e4f5ea"),
    Outcome.PART: ("#704600", "#fdf3dc"),
    Outcome.NEEDS_YOU: ("#704600", "#fdf3dc"),
    Outcome.FAILED: ("#8f1d1c", "#fdeaea"),
}
_TYPES = {".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".csv": "text/csv"}
_ADDRESS = re.compile(
    r"\s*(?:(?P<name>[^<>\"]*?)\s*(?P<open><)\s*)?(?P<user>[^\s<>\"@,;:()\\]+)@(?P<domain>[^\s<>\"@,;:()\\]+)\s*(?(open)>)\s*"
)
#: RFC 5321, 4.5.3.1: no path is longer.
_LONGEST_ADDRESS = 254


@dataclass(frozen=True, slots=True)
class Report:
    """A report of a message: its bytes when it goes with it, or why it does not."""

    path: str
    name: str
    data: bytes | None
    why: str


def address(text: str) -> Address:
    """The address, with or without a name: ``a@b.example`` or ``Licences <a@b.example>``. ``UsageError`` for none."""
    match = _ADDRESS.fullmatch(text)
    if match and text.isprintable() and len(match["user"] + match["domain"]) < _LONGEST_ADDRESS:
        return Address(match["name"] or "", match["user"], match["domain"])
    raise UsageError(f"“{text[:80]}” is not an e-mail address.", "Write it like licences@example.com.")


def compose(message: Message, sender: Address, to: Address, attach_up_to: int) -> EmailMessage:
    """The e-mail about this message. Reports go with it while they are ``attach_up_to`` bytes together at most.

    A report that is larger, or cannot be read, is named by its path. The Message-ID is the same however often the
    same message is sent, so that a second copy can be told; mails of one job stand in one thread.
    """
    said = harmless(message)
    reports = _gathered(message.reports, said.reports, attach_up_to)
    mail = EmailMessage()
    # The library decodes encoded words that stand in a value, and older ones write their line breaks as they are.
    mail["Subject"] = said.subject.replace("=?", "= ?")
    mail["From"], mail["To"] = sender, to
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.made_at, UTC))
    mail["Message-ID"] = f"<{said.id}@{sender.domain}>"
    mail["References"] = f"<job-{digest(message.job)}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(_text(said, reports))
    mail.add_alternative(_html(said, reports), subtype="html")
    for report in reports:
        if report.data is not None:
            kind, _, subtype = _TYPES.get(Path(report.name).suffix, "application/octet-stream").partition("/")
            mail.add_attachment(report.data, maintype=kind, subtype=subtype, filename=report.name)
    return mail


def _gathered(paths: Sequence[str], shown: Sequence[str], room: int) -> list[Report]:
    reports: list[Report] = []
    for path, text in zip(paths, shown, strict=True):
        # All reports have the same name; the folder says which run it is.
        name = re.sub(r"[^\w.-]+", "_", f"{Path(text).parent.name}-{Path(text).name}".lstrip("-."))
        data, why = _read(path, room)
        room -= len(data or b"")
        reports.append(Report(text, name, data, why))
    return reports


def _read(path: str, room: int) -> tuple[bytes | None, str]:
    """The bytes of a file of at most ``room`` bytes; None for any other, and why."""
    try:
        with open(path, "rb", opener=_at_once) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None, "it is no file"
            data = file.read(room + 1)
    except (OSError, ValueError) as error:
        return None, getattr(error, "strerror", None) or "it cannot be read"
    return (data, "") if len(data) <= room else (None, "too large to attach")


def _at_once(path: str, flags: int) -> int:
    """Open without waiting for somebody at the other end, should it be a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _text(said: Message, reports: Sequence[Report]) -> str:
    parts = [said.subject, f"Job {said.title} ({said.job}), night of {said.night}"]
    if said.needs:
        needs = (f"{n}. {need.what}" + f"\n   {need.todo}" * bool(need.todo) for n, need in enumerate(said.needs, 1))
        parts.append("\n".join(["What needs you:", *needs]))
    parts.append("\n".join(said.lines))
    parts.append("\n".join(f"{label}: {number:,}" for label, number in counted(said)))
    attached = [f"Attached: {report.name}" for report in reports if report.data is not None]
    left = [f"Not attached ({report.why}): {report.path}" for report in reports if report.data is None]
    parts.append("\n".join([*attached, *left, *[f"The whole night: {said.page}"] * bool(said.page)]))
    return "\n\n".join(part for part in parts if part) + "\n"


def _html(said: Message, reports: Sequence[Report]) -> str:
    ink, ground = _COLOURS[said.outcome]
    return _template().render(
        said=said,
        ink=ink,
        ground=ground,
        counts=[(label, f"{number:,}") for label, number in counted(said)],
        attached=[report.name for report in reports if report.data is not None],
        left=[report for report in reports if report.data is None],
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("batch.notices", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("mail.html.j2")
