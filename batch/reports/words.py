"""What a report says in words: one wording for page, workbook and terminal. No locale and no clock."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

from batch.core.outcomes import Bucket, Outcome, RunStatus
from batch.core.report import Reason, Report

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Tone(StrEnum):
    """How a fact feels; page, workbook and terminal each have a colour for it."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    CALM = "calm"


#: For each bucket or outcome word: its label, what it means, and its tone.
WORDS: dict[str, tuple[str, str, Tone]] = {
    Outcome.APPLIED: ("Moved", "The tenant confirmed it, or a fresh look shows it.", Tone.GOOD),
    Outcome.REFUSED: ("Refused", "The tenant said no; nothing was changed for this person.", Tone.BAD),
    Outcome.EXHAUSTED: ("Given up", "Throttled or failing until the tries were used up.", Tone.BAD),
    Outcome.HELD: ("Left alone", "Somebody else changed this person meanwhile.", Tone.WARN),
    Outcome.IN_DOUBT: ("In doubt", "No answer is known yet; it may have happened or not.", Tone.WARN),
    Outcome.NOT_SENT: ("Not sent", "Planned, and still to be done.", Tone.CALM),
    Bucket.PROBLEM: ("Problem rows", "The row asks nothing that can be done.", Tone.BAD),
    Bucket.BLOCKED: ("Blocked", "Cannot or must not move as things are.", Tone.WARN),
    Bucket.SHORT: ("No free seat", "No seat would be free when its turn comes.", Tone.WARN),
    Bucket.UNCHANGED: ("Nothing to do", "Already so, or not asked to move.", Tone.CALM),
    Bucket.REPEAT: ("Repeated rows", "Says again what an earlier row said.", Tone.CALM),
}

#: How the title of a run begins that takes another one back; the name of that one follows.
UNDO = "Undo of "

STATUS_WORDS: dict[RunStatus, str] = {
    RunStatus.DONE: "Done",
    RunStatus.PARTIAL: "Done in part",
    RunStatus.BLOCKED: "Held back",
    RunStatus.STOPPED: "Stopped",
    RunStatus.NOTHING: "Nothing to do",
}


@lru_cache(maxsize=4096)  # a group of 20 ends in the same second
def _iso(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso(at: float) -> str:
    """ISO 8601 in UTC to the second, or empty for 0 (not happened)."""
    return _iso(int(at)) if at else ""


def moment(at: float) -> str:
    """ "23 Nov 2026, 04:24 UTC", or "not yet" for 0."""
    if not at:
        return "not yet"
    t = datetime.fromtimestamp(at, UTC)
    return f"{t.day} {MONTHS[t.month - 1]} {t.year}, {t:%H:%M} UTC"


def lasting(seconds: float) -> str:
    """A length of time for people, in its two largest units: "48 s", "3 min 20 s", "2 h 5 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(whole / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def count_of(number: int, one: str, many: str = "") -> str:
    """ "1 row", "1,204 rows"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def people(number: int) -> str:
    """ "1 person", "148 people"."""
    return count_of(number, "person", "people")


def label(word: str) -> str:
    """The name of a bucket or outcome for people."""
    return WORDS[word][0] if word in WORDS else word.replace("_", " ")


def tone_of(report: Report) -> Tone:
    """How the run as a whole feels: a reconciliation that differs is bad whatever else went well."""
    differs = report.difference_count or not all(ok for _, ok in report.checks)
    if report.status is RunStatus.BLOCKED or (differs and not report.reconciled):
        return Tone.BAD
    if report.status is RunStatus.DONE:
        return Tone.GOOD
    return Tone.CALM if report.status is RunStatus.NOTHING or is_plan(report) else Tone.WARN


def is_plan(report: Report) -> bool:
    """Whether nothing was begun yet, and nothing is in the way of it."""
    return report.status is RunStatus.STOPPED and not report.started_at


def status_word(report: Report) -> str:
    """How the run stands, in a word."""
    return "Planned" if is_plan(report) else STATUS_WORDS[report.status]


def attention(report: Report) -> tuple[Reason, ...]:
    """What somebody has to look at; before the start, "not sent" is as it should be."""
    return tuple(r for r in report.attention if report.started_at or r.where != Outcome.NOT_SENT)


def to_attend(report: Report) -> int:
    """How many rows somebody has to look at."""
    return sum(reason.count for reason in attention(report))


def headline(report: Report) -> str:
    """What happened, in one plain sentence."""
    applied, planned = _people_in(report)
    if report.status is RunStatus.NOTHING:
        return _nothing(report)
    if report.status is RunStatus.BLOCKED:
        done = f"{people(applied)} moved, then no more" if applied else "Nothing was changed"
        told = f" It would move {people(planned)}{way(report)}." if planned else " Nobody in it can move as things are."
        return f"{done}: the plan is held back.{told}"
    if not report.started_at:
        return f"Planned, not yet carried out: {people(planned)}{way(report)}."
    if report.status is RunStatus.STOPPED:
        return f"Stopped before the end: {applied:,} of {people(planned)} moved{way(report)}."
    told, left = _done(report, applied), to_attend(report)
    return f"{told}; {_need(count_of(left, 'row'), left)}." if left else f"{told}."


def _done(report: Report, applied: int) -> str:
    """What a run that came to its end did; of whoever was blocked and needs no attention, that they shall stay."""
    spared = _spared(report)
    stay = f"; {count_of(spared, 'row')} left alone, as asked (--protect)" if spared else ""
    if report.status is not RunStatus.DONE:
        return f"{people(applied)} moved{way(report)}{stay}"
    if report.title.startswith(UNDO):
        return f"{people(applied)} {'is' if applied == 1 else 'are'}{way(report)}{stay}"
    return f"{'All others' if spared else 'Everybody'} moved: {people(applied)}{way(report)}{stay}"


def _spared(report: Report) -> int:
    """How many rows are blocked because somebody wants them to stay as they are."""
    return report.counts.get(Bucket.BLOCKED, 0) - sum(r.count for r in report.attention if r.where == Bucket.BLOCKED)


def _people_in(report: Report) -> tuple[int, int]:
    """How many people moved, and how many should: several rows can be one person's. Rows where that is not known."""
    moved, movers = report.counts.get(Outcome.APPLIED, 0), report.counts.get(Bucket.PLANNED, 0)
    return (report.moved if report.moved >= 0 else moved), (report.movers if report.movers >= 0 else movers)


def _need(what: str, number: int) -> str:
    return f"{what} {'needs' if number == 1 else 'need'} attention"


def _nothing(report: Report) -> str:
    left = to_attend(report)
    if left:
        rows = count_of(report.counts.get("rows", 0), "row")
        return f"Nothing was done: no row could be carried out; {_need(f'{left:,} of {rows}', left)}."
    if spared := _spared(report):
        return f"Nothing to do: {count_of(spared, 'row')} left alone, as asked (--protect); no other asks for a change."
    return "Nothing to do: everybody already has what was asked."


def way(report: Report) -> str:
    """ " from A to B" where the title is "A → B", what an undo leads back to, or ", as asked row by row"."""
    if report.title.startswith(UNDO):
        return f" back to what they held before {report.title.removeprefix(UNDO)}"
    source, arrow, target = report.title.partition(" → ")
    if arrow:
        return f" from {source} to {target}"
    return f", {report.title}" if report.title else ""


#: Why nothing is sent for a while, in a few words; the reason words are those of ``core.reasons``.
WAITS = {
    "throttled": "the service asked for time",
    "busy": "others are changing the same",
    "server_error": "the service is in trouble",
    "no_answer": "answers were lost, looking again soon",
    "not_held": "looking again soon",
    "unreachable": "the service cannot be reached",
    "not_this_person": "trying somebody again who was refused",
    "verifying": "looking at the people moved so far before the next ones go; reads may lag a little",
    "settling": "until the service's seat counts show what was just done; nothing is wrong",
}


def waiting(why: str) -> str:
    """The reasons for a wait (reason words, a comma between them) for people."""
    return ", ".join(WAITS.get(word, word.replace("_", " ")) for word in why.split(", "))


def reconciliation(report: Report) -> str:
    """Whether the fresh read agrees, in one plain sentence; "the tenant" or the sheet that was read is named."""
    where = "the tenant" if report.read_from in {"", report.tenant} else report.read_from
    if not report.started_at and not report.read_at:
        return "There is nothing to reconcile yet."
    if not report.read_at:
        return "Not reconciled yet: nobody has looked at the tenant since."
    seats = [d.about for d in report.differences if d.code == "seats"]
    if report.reconciled and seats:
        done = "asked" if report.status is RunStatus.DONE else "this run left them"
        return f"Reconciled: everybody is as {done}; seats of {', '.join(seats)} changed hands outside this run."
    if report.difference_count:
        verb = "differs" if report.difference_count == 1 else "differ"
        found = count_of(report.difference_count, "thing")
        return f"Not reconciled: {found} in {where} {verb} from what was done."
    if not report.reconciled:
        return f"Not reconciled: {where} could not be compared in full."
    return f"Reconciled: {where} shows exactly what was {'asked' if report.status is RunStatus.DONE else 'done'}."


def facts(report: Report) -> list[tuple[str, str]]:
    """Who, what and when, as label and value."""
    found = [
        ("Move", report.title),
        ("Tenant", report.tenant),
        ("Planned", moment(report.planned_at)),
        ("Started", moment(report.started_at)),
        ("Ended", moment(report.ended_at)),
    ]
    if report.started_at and report.ended_at:
        found.append(("Took", lasting(report.ended_at - report.started_at)))
    if report.approval:
        found.append(("Second person", report.approval))
    read = f"{moment(report.read_at)}, from {report.read_from}" if report.read_at else "not yet"
    return [
        *found,
        ("Read again", read),
        ("Run", report.run),
        ("Plan", report.plan_id),
        ("Made by", f"license-reassign {report.version}"),
    ]


def tally(report: Report) -> list[tuple[str, int]]:
    """The counts that are not zero as bucket or outcome word and number, moved first; they add up to the rows."""
    return [(word, report.counts[word]) for word in WORDS if report.counts.get(word, 0)]
