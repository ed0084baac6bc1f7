"""The walk of a night: what is open is carried on, then what is new is taken, from wherever each delivery stands."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from functools import partial

from batch.core.inbox import Quiet
from batch.core.night_events import EventKind
from batch.core.night_records import Delivery
from batch.core.night_values import plain
from batch.core.nights import Fate, Standing
from batch.wiring import night_files, night_runs
from batch.wiring.night_parts import JobTurn
from batch.wiring.night_turns import attempt, each

#: How often a night waits for files that are being written, at most.
ROUNDS = 3
#: Where they have to be quiet for longer than so many seconds, they are left to the next pass.
_LONGEST = 300.0
#: Sheets of users and sheets of moves.
_KINDS = 2
#: And for a tenant that another process is at work on: so often, with so many seconds between.
_PATIENCE, _NAP = 20, 15.0
#: Plans that one delivery may have in a night: one that is stale each time is left to the next.
_PLANS = 3


def go_through(turns: Sequence[JobTurn], quiet: dict[str, Quiet], rounds: int) -> None:
    """What is open in every job, then what is new in every job; files being written are waited for a little.

    So is whoever else has a tenant in hand.
    """
    each(turns, _carry_on)
    for number in range(rounds):
        each(turns, lambda turn: _take_new(turn, quiet))
        waiting = [t for t in turns if t.writing and not t.error and t.night.quiet <= _LONGEST]
        if not waiting or number == rounds - 1 or turns[0].nights.stop.asked:
            break
        nights = waiting[0].nights
        nights.onlooker.stage_is("Waiting for files that are being written")
        nights.clock.pause(max(turn.night.quiet for turn in waiting) + 1, nights.stop)
        nights.onlooker.stage_is("")
    for _ in range(_PATIENCE):
        busy = [turn for turn in turns if turn.busy and not turn.nights.stop.asked]
        if not busy:
            break
        busy[0].nights.onlooker.stage_is("Waiting for another process that is at work on the tenant")
        busy[0].nights.clock.pause(_NAP, busy[0].nights.stop)
        busy[0].nights.onlooker.stage_is("")
        each(busy, _carry_on_busy)


def _carry_on(turn: JobTurn, only: Container[str] | None = None) -> None:
    """Go on with whatever is open of the job; ``only``: with these deliveries."""
    for delivery in turn.nights.book.open(turn.key):
        if only is None or delivery.id in only:
            attempt(turn, partial(_advance, delivery=delivery))


def _carry_on_busy(turn: JobTurn) -> None:
    waiting, turn.busy = turn.busy, set()
    _carry_on(turn, waiting)


def _take_new(turn: JobTurn, quiet: dict[str, Quiet]) -> None:
    """Take what is new as one delivery; what turns out to be of another kind, as the next one."""
    for _ in range(_KINDS):
        paths, quiet[turn.key] = night_files.found(turn, quiet.get(turn.key, Quiet()))
        delivery = night_files.take(turn, paths) if paths else None
        if delivery is None:
            break
        _advance(turn, delivery, again=False)
        if not delivery.accepted:
            break


def _advance(turn: JobTurn, delivery: Delivery, *, again: bool = True) -> None:
    """Go on with a delivery from wherever it is, as far as it may go now; ``again``: it may be half claimed."""
    if turn.nights.stop.asked:
        return
    if not delivery.claimed:
        night_files.claim(turn, delivery, again=again)
    if not delivery.judged:
        night_files.judge(turn, delivery)
    night_files.put_away(turn, delivery)
    if delivery.accepted and not delivery.over:
        _carry_out(turn, delivery)
    if delivery.over or not delivery.accepted:
        night_files.put_away(turn, delivery)
        turn.note(EventKind.FILED, delivery.id)


def _carry_out(turn: JobTurn, delivery: Delivery) -> None:
    """Plan, and go; a plan that is stale before it was begun is made again once, from the same files."""
    if delivery.run is None or (delivery.run.standing is Standing.STALE and delivery.planned_in != turn.nights.date):
        if _given_up(turn, delivery):
            return
        night_runs.plan_and_go(turn, delivery)
    else:
        night_runs.go(turn, delivery)
    again = turn.planned != delivery.id and (delivery.planned_in != turn.nights.date or delivery.planned_there < _PLANS)
    if delivery.run and delivery.run.standing is Standing.STALE and again:
        night_runs.plan_and_go(turn, delivery)


def _given_up(turn: JobTurn, delivery: Delivery) -> bool:
    """Whether these files could not be planned for so long that they are put aside."""
    nights = turn.nights
    if nights.doubtful or nights.clock.now() - delivery.at <= turn.night.give_up or not delivery.accepted:
        return False
    why = "It could not be planned in all the time it was given."
    files = [
        replace(f, fate=Fate.REJECTED, why=why, todo="Drop it again.") if f.fate is Fate.TAKEN else f
        for f in delivery.files
    ]
    turn.note(EventKind.JUDGED, delivery.id, files=[plain(f) for f in files])
    return True
