"""Cutting changes into packs for a person, and into groups for a script, in an order in which the seats suffice.

Whoever is in a pack needs the identical complete end state: Replace in the admin center takes away whatever is not
ticked ("Assign or unassign licenses for users"). Where something stays beside what is given, it is safer to add and
then to unassign; Replace takes its place only where that cannot be done, with the complete list to tick.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from batch.core.changes import ChangeKind
from batch.core.exclusions import FORESEEN
from batch.core.handed import EndState, Pack, Steps
from batch.core.pack_cutting import Cutter
from batch.core.plan import Changes
from batch.core.seats import seat
from batch.core.services import switched_on
from batch.core.terms import Add, Assignment, Sku, Way
from batch.core.token_graph import SeatClass


class Cut(NamedTuple):
    """Packs in the order in which they are to be done, and who is in none."""

    packs: tuple[Pack, ...]
    #: Changes that find no seat in any order we find, in plan order.
    without_seats: tuple[int, ...]


class _Flow(NamedTuple):
    """What the people of one pack share."""

    end: EndState
    steps: Steps
    add: tuple[Add, ...]
    remove: tuple[str, ...]


def giveable(kind: ChangeKind) -> bool:
    """Whether this can be given into another hand: changes of groups and of memberships stay here."""
    return kind.way is Way.DIRECT


def end_state(kind: ChangeKind) -> EndState:
    """Everything that people of this kind hold once it is done, also what failed (state ``Error``): it is listed."""
    after = kind.after.assignments
    return EndState(
        direct=tuple(sorted(Add(a.sku_id, a.disabled) for a in after if not a.group)),
        inherited=tuple(sorted({a.sku_id for a in after if a.group})),
        location=kind.location,
    )


def cut(changes: Changes, which: Sequence[int], owned: Mapping[str, Sku], free: Mapping[str, int], size: int) -> Cut:
    """Packs of up to ``size`` people out of the changes ``which`` (positions in the plan); see the module.

    ``free``: free seats by SKU id, none where it is missing; at the beginning of each pack every seat that it takes is
    free. Nobody of a plan whose own order these seats serve is left out. Raises ``ValueError`` for a change that is
    not ``giveable`` and for a size below one.
    """
    _check(changes, which, size)
    order, without = _order(changes, which, free)
    flows: dict[_Flow, int] = {}
    line_of: dict[int, int] = {}
    for number in dict.fromkeys(changes.kind[c] for c in order):
        line_of[number] = flows.setdefault(_flow(changes.kinds[number], owned), len(flows))
    found = Cutter(changes, line_of, free, size).cut(order)
    known = list(flows)
    packs = (_pack(n, members, known[line_of[changes.kind[members[0]]]], changes) for n, members in enumerate(found, 1))
    return Cut(tuple(packs), without)


def groups(
    changes: Changes, which: Sequence[int], free: Mapping[str, int], size: int
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """Groups of up to ``size`` changes that may be sent together, one group after another; and who finds no seat.

    In plan order, but for those who find a seat only once a group before theirs is done: others, who need none of the
    same product, go meanwhile. Seats and errors as in ``cut``.
    """
    _check(changes, which, size)
    order, without = _order(changes, which, free)
    takes = [tuple(Counter(k.takes).items()) for k in changes.kinds]
    frees = [k.frees for k in changes.kinds]
    lines: dict[tuple[tuple[str, int], ...], deque[int]] = {}
    for place, change in enumerate(order):
        lines.setdefault(takes[changes.kind[change]], deque()).append(place)
    left, found = dict(free), []
    while any(lines.values()):
        group = [order[place] for place in _next_group(lines, left, size)]
        assert group, "an order in which the seats suffice has somebody who can go"
        for change in group:
            for sku in frees[changes.kind[change]]:
                left[sku] = left.get(sku, 0) + 1
        found.append(tuple(group))
    return tuple(found), without


def _next_group(lines: Mapping[tuple[tuple[str, int], ...], deque[int]], left: dict[str, int], size: int) -> list[int]:
    """The next places in order whose seats are free, taken out of their lines and their seats out of ``left``.

    Who finds none is not overtaken by others who need the same product: so it is there for them in the end.
    """
    heads = [(line[0], needs) for needs, line in lines.items() if line]
    heapify(heads)
    chosen: list[int] = []
    short: set[str] = set()
    while heads and len(chosen) < size:
        place, needs = heappop(heads)
        if any(sku in short or left.get(sku, 0) < n for sku, n in needs):
            short.update(sku for sku, _ in needs)
            continue
        chosen.append(place)
        for sku, n in needs:
            left[sku] -= n
        line = lines[needs]
        line.popleft()
        if line:
            heappush(heads, (line[0], needs))
    return chosen


def _check(changes: Changes, which: Sequence[int], size: int) -> None:
    if size < 1:
        raise ValueError("a pack or a group has room for one at least")
    if not all(giveable(changes.kinds[n]) for n in {changes.kind[c] for c in which}):
        raise ValueError("changes of groups and of memberships cannot be handed over")


def _order(changes: Changes, which: Sequence[int], free: Mapping[str, int]) -> tuple[list[int], tuple[int, ...]]:
    """These changes in an order in which the seats suffice one by one, and those for whom they do not.

    The plan's own order where that serves: seats may have come and gone since it was made.
    """
    which = sorted(which)
    if _suffices(changes, which, free):
        return which, ()
    known: dict[SeatClass, int] = {}
    of = [known.setdefault((k.takes, k.frees), len(known)) for k in changes.kinds]
    places = seat(list(known), [of[changes.kind[c]] for c in which], free).order
    order = [which[place] for place in places]
    return order, tuple(sorted(set(which).difference(order)))


def _suffices(changes: Changes, order: Sequence[int], free: Mapping[str, int]) -> bool:
    """Whether everybody finds a seat, one after another."""
    left = dict(free)
    moves = [(k.takes, k.frees) for k in changes.kinds]
    for change in order:
        takes, frees = moves[changes.kind[change]]
        for sku in takes:
            left[sku] = rest = left.get(sku, 0) - 1
            if rest < 0:
                return False
        for sku in frees:
            left[sku] = left.get(sku, 0) + 1
    return True


def _flow(kind: ChangeKind, owned: Mapping[str, Sku]) -> _Flow:
    end = end_state(kind)
    if _alone(kind, end) or _sets_anew(kind) or _exclude_for_a_moment(kind, owned):
        return _Flow(end, Steps.REPLACE, end.direct, ())
    return _Flow(end, Steps.KEEP_AND_UNASSIGN, tuple(sorted(kind.add)), tuple(sorted(kind.remove)))


def _alone(kind: ChangeKind, end: EndState) -> bool:
    """Whether nothing stays beside what is given, so that Replace can take nothing away that shall stay."""
    given = {add.sku_id for add in kind.add}
    return bool(given) and not end.inherited and given.issuperset(a.sku_id for a in end.direct)


def _sets_anew(kind: ChangeKind) -> bool:
    """Whether a licence that people hold gets other services, or failed and is given again.

    Adding to what people hold leaves alone whatever is ticked already; only Replace sets its services.
    """
    held = [(kind.before.direct(add.sku_id), add) for add in kind.add]
    return any(now is not None and (now.disabled != add.disabled or now.state == "Error") for now, add in held)


def _exclude_for_a_moment(kind: ChangeKind, owned: Mapping[str, Sku]) -> bool:
    """Whether the new cannot be given while the old is there, although they exclude nothing in the end."""
    given = [Assignment(sku_id=add.sku_id, disabled=add.disabled) for add in kind.add]
    before, after = kind.before.assignments, kind.after.assignments
    both = FORESEEN.clashes(switched_on((*before, *given), owned))
    return bool(both - FORESEEN.clashes(switched_on(before, owned)) - FORESEEN.clashes(switched_on(after, owned)))


def _pack(number: int, members: Sequence[int], flow: _Flow, changes: Changes) -> Pack:
    gone = {sku for n in {changes.kind[c] for c in members} for sku in changes.kinds[n].remove}
    remove = flow.remove if flow.steps is Steps.KEEP_AND_UNASSIGN else tuple(sorted(gone))
    members = tuple(sorted(members))
    return Pack(number=number, changes=members, end=flow.end, steps=flow.steps, add=flow.add, remove=remove)
