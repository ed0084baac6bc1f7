"""What a fresh read says about a change in doubt: the product of all cases."""

from __future__ import annotations

from itertools import product

import pytest

from batch.core.changes import ChangeKind, compare
from batch.core.entries import Seen
from batch.core.settle import observe
from batch.core.terms import Add, Assignment, Holding, Sight

A, B, C = "a", "b", "c"


def holds(*sku_ids: str, off: dict[str, tuple[str, ...]] | None = None, inherited: tuple[str, ...] = ()) -> Holding:
    direct = [Assignment(sku_id=s, disabled=(off or {}).get(s, ())) for s in sku_ids]
    return Holding.of([*direct, *(Assignment(sku_id=s, group="g") for s in inherited)])


SWAP = ChangeKind(holds(A), (A,), (Add(B),))
SWAP_OFF = ChangeKind(holds(A), (A,), (Add(B, ("x",)),))
ADD = ChangeKind(holds(A), (), (Add(B),))
REMOVE = ChangeKind(holds(A, B), (A,), ())
SWITCH = ChangeKind(holds(A), (), (Add(A, ("x",)),))
BOTH_WAYS = ChangeKind(holds(A, inherited=(A,)), (A,), (Add(B),))

STATES = {
    "A": holds(A),
    "B": holds(B),
    "AB": holds(A, B),
    "nothing": holds(),
    "A+C": holds(A, C),
    "B+C": holds(B, C),
    "B off": holds(B, off={B: ("x",)}),
    "A off": holds(A, off={A: ("x",)}),
    "A by group": holds(inherited=(A,)),
    "A and A by group": holds(A, inherited=(A,)),
    "B, A by group": holds(B, inherited=(A,)),
    "B by group": holds(A, inherited=(B,)),
}
_A, _B, _O = Seen.AFTER, Seen.BEFORE, Seen.OTHER
#: For each kind of change what each state means, in the order of ``STATES``.
TABLE = {
    "swap": (SWAP, [_B, _A, _O, _O, _B, _A, _O, _O, _O, _B, _A, _B]),
    "swap, one plan off": (SWAP_OFF, [_B, _O, _O, _O, _B, _O, _A, _O, _O, _B, _O, _B]),
    "add": (ADD, [_B, _A, _A, _O, _B, _A, _O, _O, _O, _B, _A, _B]),
    # B was to stay and is gone: taking A away might leave nothing, so it is not "as before".
    "remove": (REMOVE, [_O, _A, _B, _A, _O, _A, _A, _O, _A, _O, _A, _O]),
    "switch off": (SWITCH, [_B, _O, _B, _O, _B, _O, _O, _A, _O, _B, _O, _B]),
    "swap, held twice": (BOTH_WAYS, [_O, _A, _O, _O, _O, _A, _O, _O, _O, _B, _A, _O]),
}
CASES = [
    (name, state, kind, held, word)
    for name, (kind, words) in TABLE.items()
    for (state, held), word in zip(STATES.items(), words, strict=True)
]


@pytest.mark.parametrize(("kind", "held", "word"), [c[2:] for c in CASES], ids=[f"{c[0]}: {c[1]}" for c in CASES])
def test_compare(kind: ChangeKind, held: Holding, word: Seen) -> None:
    assert compare(kind, held) is word


@pytest.mark.parametrize(("kind", "_words"), TABLE.values(), ids=TABLE)
def test_before_is_before_and_after_is_after(kind: ChangeKind, _words: list[Seen]) -> None:
    assert compare(kind, kind.before) is Seen.BEFORE
    assert compare(kind, kind.after) is Seen.AFTER


@pytest.mark.parametrize(
    ("status", "held", "settled"),
    list(product((0, 200, 404, 401, 403, 429, 500, 503), (None, holds(A), holds(B), holds(A, B)), (False, True))),
)
def test_every_sight(status: int, held: Holding | None, settled: bool) -> None:
    seen = observe(SWAP, Sight("u", status, held), settled=settled)
    if status == 404:
        assert seen is Seen.GONE
    elif status != 200 or held is None:
        assert seen is Seen.UNSEEN
    elif held == holds(B):
        assert seen is Seen.AFTER, "the new state proves itself"
    elif held == holds(A, B):
        assert seen is (Seen.OTHER if settled else Seen.MAYBE_BEFORE)
    else:
        assert seen is (Seen.BEFORE if settled else Seen.MAYBE_BEFORE)


def test_seats_of_a_change() -> None:
    assert (SWAP.takes, SWAP.frees) == ((B,), (A,))
    assert (SWITCH.takes, SWITCH.frees) == ((), ())
    assert (BOTH_WAYS.takes, BOTH_WAYS.frees) == ((B,), ())
    held_by_group = ChangeKind(holds(A, inherited=(B,)), (A,), (Add(B),))
    assert (held_by_group.takes, held_by_group.frees) == ((), (A,))
    assert BOTH_WAYS.after == holds(B, inherited=(A,))
    assert SWAP.call("u")[:3] == ("u", (A,), (Add(B),))
