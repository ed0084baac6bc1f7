"""Nights as the book would give them: a good one, one with everything in it, an empty, a killed and a huge one."""

from __future__ import annotations

from dataclasses import replace

from batch.core.nights import (
    Fate,
    FileNight,
    JobNight,
    Need,
    Night,
    Outcome,
    RunNight,
    SeatsLeft,
    Standing,
    Told,
)

#: 24 Nov 2026, 01:00 UTC.
START = 1_795_482_000.0
DAY = 86_400.0
E3 = SeatsLeft(sku_id="6fd2c87f-b296-42f0-b197-1e91e994b900", name="Office 365 E3", free=12)
TEAMS = SeatsLeft(sku_id="7e31c0d9-9551-471d-836f-32ee72be4a01", name="Microsoft Teams Enterprise", free=140)
RUN = "e4-to-e3-20261124-020013"


def run(name: str = RUN, standing: Standing = Standing.DONE, **more: object) -> RunNight:
    values = {"planned": 148, "moved": 148, "tonight": 148, "seats": (E3, TEAMS), "exit_code": 0, **more}
    return RunNight(
        run=name, path=f"nights/runs/{name}", title="Office 365 E4 → Office 365 E3", standing=standing, **values
    )  # type: ignore[arg-type]


def job(key: str = "e4-to-e3", outcome: Outcome = Outcome.DONE, **more: object) -> JobNight:
    values = {"title": "Office 365 E4 to E3", "exit_code": 0, "began_at": START, "ended_at": START + 260, **more}
    return JobNight(job=key, outcome=outcome, **values)  # type: ignore[arg-type]


def night(*jobs: JobNight, **more: object) -> Night:
    values = {"date": "2026-11-24", "began_at": START, "ended_at": START + 905, "exit_code": 0, **more}
    return Night(host="lic01", version="1.2.3", jobs=jobs, **values)  # type: ignore[arg-type]


def earlier(days: int, **more: object) -> Night:
    """A good night so many days before."""
    date = f"2026-11-{24 - days:02}"
    jobs = (job(runs=(run(f"e4-to-e3-{date}", planned=7, moved=7, tonight=7),), files=(file(),)),)
    return replace(
        night(*jobs), date=date, began_at=START - days * DAY, ended_at=START - days * DAY + 600, **more  # type: ignore[arg-type]
    )  # fmt: skip


def file(name: str = "users-2026-11-23.csv", fate: Fate = Fate.DONE, **more: object) -> FileNight:
    return FileNight(name=name, fate=fate, **{"rows": 148, "digest": "a" * 64, "run": RUN, **more})  # type: ignore[arg-type]


def good() -> Night:
    """Everybody moved, and the message was sent."""
    mail = Told(message="m1", job="e4-to-e3", way="mail", to="licences@contoso.com", outcome=Outcome.DONE, state="sent")
    return night(job(files=(file(),), runs=(run(),)), told=(mail,))


def mixed() -> Night:
    """A night with one of everything."""
    goes_on = run(
        standing=Standing.GOES_ON, planned=1520, moved=1100, tonight=400, refused=3, waiting=417, left_out=12,
        exit_code=3, carried_on=True, what="The window closed at 05:00.",
        todo="Nothing: the next night carries on with it.",
    )  # fmt: skip
    waits = run(
        "sales-f3-20261124-020114", Standing.APPROVAL, planned=40, moved=0, tonight=0, waiting=40, exit_code=4,
        seats=(SeatsLeft(sku_id="f3", name="Microsoft 365 F3", free=-2),),
        what="It waits for the word of a second person.",
    )  # fmt: skip
    shrank = file(
        "sales_20261124.xlsx", Fate.HELD, rows=12, run="",
        why="It has 12 rows about people; the one before it had 148.",
        todo="Look at it; if it is right: reassign nightly --release sales_20261124.xlsx",
    )  # fmt: skip
    bad = file("Notes from Monday.docx.csv", Fate.REJECTED, rows=0, run="", why="It holds nothing about people.")
    return night(
        job(
            outcome=Outcome.PART, exit_code=3, ended_at=START + 10_860, runs=(goes_on,),
            files=(file(), file("again.csv", Fate.SAME), file("now.csv", Fate.WRITING, rows=0, run="")),
            notes=("The job file was edited since the night before: max_changes.", "now.csv was still being written."),
        ),
        job(
            "sales-f3", Outcome.NEEDS_YOU, title="Sales: F3 for the shops", exit_code=4, ended_at=START + 42,
            runs=(waits,), files=(shrank, bad),
            needs=(
                Need(what="A plan that moves 40 people waits for the word of a second person.",
                     todo="They look at it: reassign show nights/runs/sales-f3-20261124-020114. Then they say: "
                          "reassign approve nights/runs/sales-f3-20261124-020114 --by NAME. It is given up on 8 Dec."),
                Need(what="sales_20261124.xlsx shrank from 148 rows to 12 and is held.",
                     todo="Look at it; if it is right: reassign nightly --release sales_20261124.xlsx"),
            ),
        ),
        job(
            "kiosk", Outcome.FAILED, title="Kiosk staff", exit_code=8, ended_at=START + 3,
            error="The tenant refused us: the application's secret has expired.",
            needs=(Need(what="The tenant refused the sign-in of Kiosk staff.",
                        todo="Give the service a new secret, then try it: reassign tenant doctor"),),
        ),
        job("retired", Outcome.NOTHING, title="Leavers", ended_at=START + 1),
        exit_code=8, ended_at=START + 10_905, missed=("2026-11-22", "2026-11-23"),
        told=(
            Told(message="m1", job="e4-to-e3", way="mail", to="it@contoso.com", outcome=Outcome.PART, state="sent"),
            Told(message="m2", job="sales-f3", way="webhook", to="teams at contoso.webhook.office.com",
                 outcome=Outcome.NEEDS_YOU, state="due", why="The server did not answer in 30 s."),
            Told(message="m3", job="kiosk", way="mail", to="kiosk@contoso.com", outcome=Outcome.FAILED,
                 state="given_up", why="No such mailbox (550)."),
        ),
    )  # fmt: skip


def empty() -> Night:
    """Nothing was in the inboxes."""
    return night(job(outcome=Outcome.NOTHING, ended_at=START + 1), ended_at=START + 2)


def killed() -> Night:
    """The power went while the second job was at work."""
    first = job(runs=(run(),), files=(file(),))
    second = job("sales-f3", Outcome.PART, title="Sales", ended_at=0, files=(file(fate=Fate.TAKEN),))
    return night(first, second, ended_at=0)


def huge() -> Night:
    """40 jobs; one of them found 500 files."""
    files = tuple(file(f"part-{n:03}.csv", Fate.REJECTED if n % 50 == 7 else Fate.DONE) for n in range(500))
    jobs = [job("bulk", Outcome.NEEDS_YOU, title="Bulk", exit_code=4, files=files, runs=(run(),))]
    jobs += [
        job(f"job-{n:02}", title=f"Department {n:02}", files=(file(),), runs=(run(f"job-{n:02}-1"),)) for n in range(25)
    ]
    jobs += [job(f"quiet-{n:02}", Outcome.NOTHING, title=f"Quiet {n:02}") for n in range(14)]
    return night(*jobs, exit_code=4)


BEFORE = (*(earlier(n) for n in (3, 4, 5)), replace(earlier(6), ended_at=0.0), *(earlier(n) for n in range(7, 20)))
NIGHTS = {"good": good, "mixed": mixed, "empty": empty, "killed": killed}
