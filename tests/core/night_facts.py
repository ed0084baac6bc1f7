"""Events of nights, short to write."""

from __future__ import annotations

from batch.core.night_events import Event, EventKind
from batch.core.night_values import plain
from batch.core.nights import Fate, FileNight, Message, Outcome, RunNight, Standing

NIGHT = "2026-11-23"


def event(kind, at=1.0, night=NIGHT, job="e4", about="", **data):
    return Event(kind=kind, at=at, night=night, job=job, about=about, data=data)


def opened(at=1.0, night=NIGHT, about="pass", **more):
    return event(EventKind.OPENED, at, night, "", about, host="h", version="1", missed=[], **more)


def closed(at=9.0, night=NIGHT, about="pass"):
    return event(EventKind.CLOSED, at, night, "", about)


def began(at=1.0, night=NIGHT, job="e4", **more):
    return event(EventKind.JOB_BEGAN, at, night, job, title=job.upper(), digest="d", ways={}, **more)


def job_ended(at=8.0, night=NIGHT, job="e4", error="", todo="", code=0, notes=(), writing=()):
    data = {"error": error, "todo": todo, "exit_code": code, "notes": list(notes), "writing": list(writing)}
    return event(EventKind.JOB_ENDED, at, night, job, **data)


def file(name="users.csv", fate=Fate.TAKEN, digest="aa", rows=5, **more):
    return FileNight(name=name, fate=fate, digest=digest, rows=rows, **more)


def run(standing=Standing.WAITS, moved=0, planned=5, name="r1", code=0, **more):
    return RunNight(
        run=name,
        path=f"nights/runs/{name}",
        title="A → B",
        standing=standing,
        exit_code=code,
        planned=planned,
        moved=moved,
        waiting=planned - moved,
        **more,
    )


def taken(*files, at=2.0, night=NIGHT, about="r1", job="e4", fixed=False):
    """A delivery, claimed and judged: these files."""
    files = files or (file(),)
    names = [f.name for f in files]
    took = event(EventKind.TOOK, at, night, job, about, files=names, inbox="" if fixed else "/inbox")
    claimed = [plain(FileNight(name=name, fate=Fate.TAKEN)) for name in names]
    return (
        took,
        event(EventKind.CLAIMED, at, night, job, about, files=claimed),
        event(EventKind.JUDGED, at, night, job, about, files=[plain(f) for f in files]),
    )


def planned(at=3.0, night=NIGHT, about="r1", tenant="t", **more):
    return event(EventKind.PLANNED, at, night, "e4", about, run=plain(run(name=about, **more)), tenant=tenant)


def going(at=4.0, night=NIGHT, about="r1", sent=0, moved=0):
    return event(EventKind.GOING, at, night, "e4", about, sent=sent, moved=moved)


def went(standing, at=5.0, night=NIGHT, about="r1", sent=0, over=False, **more):
    return event(
        EventKind.WENT, at, night, "e4", about, run=plain(run(standing, name=about, **more)), over=over, sent=sent
    )


def filed(at=6.0, night=NIGHT, about="r1"):
    return event(EventKind.FILED, at, night, "e4", about)


def news(items, at=7.0, night=NIGHT, about="m1", ways=("mail:a",), outcome=Outcome.DONE):
    message = Message(
        id=about, outcome=outcome, job="e4", title="E4", night=night, made_at=at, subject="s", counts=(("moved", 1),)
    )
    listed = [{"key": key, "kind": "mail", "to": "a@b.example"} for key in ways]
    return event(EventKind.NEWS, at, night, "e4", about, message=plain(message), items=list(items), ways=listed)


def whole_night(night=NIGHT, at=0.0, about="r1", digest="aa"):
    """A night in which one file was taken and everybody moved."""
    mark = f"pass-{night}"
    return [
        opened(at + 1, night, mark),
        began(at + 1, night),
        *taken(file(digest=digest), at=at + 2, night=night, about=about),
        planned(at + 3, night, about),
        going(at + 4, night, about),
        went(Standing.DONE, at + 5, night, about, sent=5, over=True, moved=5),
        filed(at + 6, night, about),
        job_ended(at + 8, night),
        closed(at + 9, night, mark),
    ]
