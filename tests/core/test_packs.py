"""Packs and groups: who goes together, in which order the seats suffice, and what a person is told to do."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.changes import ChangeKind
from batch.core.exclusions import FAMILIES
from batch.core.handed import EndState, Licence, Pack, Steps
from batch.core.pack_sheets import pack_sheets
from batch.core.packs import cut, end_state, giveable, groups
from batch.core.plan import Changes
from batch.core.terms import Add, Assignment, Holding, ServicePlan, Sku, Way

EXCHANGE = FAMILIES["Exchange Online"]
P1, P2 = EXCHANGE["EXCHANGE_S_STANDARD"], EXCHANGE["EXCHANGE_S_ENTERPRISE"]
TEAMS, FORMS = "teams", "forms"


def sku(sku_id: str, *plans: tuple[str, str]) -> Sku:
    return Sku(
        sku_id=sku_id,
        part_number=sku_id.upper(),
        name=f"Office {sku_id.upper()}",
        plans=tuple(ServicePlan(plan_id=plan, name=name) for plan, name in plans),
    )


#: E1 has another Exchange plan than E3 and E4, which exclude it; Visio goes with everything.
OWNED = {
    s.sku_id: s
    for s in (
        sku("e1", (P1, "EXCHANGE_S_STANDARD"), (TEAMS, "TEAMS1")),
        sku("e3", (P2, "EXCHANGE_S_ENTERPRISE"), (TEAMS, "TEAMS1"), (FORMS, "FORMS_PLAN_E3")),
        sku("e4", (P2, "EXCHANGE_S_ENTERPRISE"), (TEAMS, "TEAMS1"), (FORMS, "FORMS_PLAN_E3")),
        sku("visio", ("visio-1", "VISIO_CLIENT")),
    )
}
REPLACE, KEEP = Steps.REPLACE, Steps.KEEP_AND_UNASSIGN


def held(sku_id: str, *off: str, group: str = "", state: str = "Active") -> Assignment:
    return Assignment(sku_id=sku_id, group=group, disabled=tuple(sorted(off)), state=state)


def kind(
    before: Sequence[Assignment | str], remove: Sequence[str], add: Sequence[Add | str], **more: str
) -> ChangeKind:
    """A kind of change; a bare name is a licence with all its services on."""
    return ChangeKind(
        Holding.of(held(b) if isinstance(b, str) else b for b in before),
        tuple(remove),
        tuple(Add(a) if isinstance(a, str) else a for a in add),
        **more,
    )


def changes_of(which: Sequence[int], kinds: Sequence[ChangeKind]) -> Changes:
    people = range(len(which))
    return Changes(
        user_id=[f"id-{n}" for n in people],
        upn=[f"user{n:04}@contoso.com" for n in people],
        kind=list(which),
        kinds=tuple(kinds),
    )


def cut_all(changes: Changes, free: Mapping[str, int], size: int = 20) -> tuple[tuple[Pack, ...], tuple[int, ...]]:
    return cut(changes, range(len(changes)), OWNED, free, size)


def walk(changes: Changes, parts: Sequence[Sequence[int]], free: Mapping[str, int]) -> bool:
    """Whether each of these parts finds all its seats before it gives any back: counted from what people hold."""
    left = Counter(free)
    for part in parts:
        taken: Counter[str] = Counter()
        back: Counter[str] = Counter()
        for change in part:
            move = changes.kinds[changes.kind[change]]
            before, after = move.before.sku_ids, move.after.sku_ids
            taken.update(after - before)
            back.update(before - after)
        if any(left[s] < n for s, n in taken.items()):
            return False
        left.subtract(taken)
        left.update(back)
    return True


def whole(move: ChangeKind) -> tuple[object, ...]:
    """All that a person holds in the end, read off what they hold."""
    after = move.after.assignments
    direct = {(a.sku_id, a.disabled) for a in after if not a.group}
    return frozenset(direct), frozenset(a.sku_id for a in after if a.group), move.location


# -- how a pack is done ----------------------------------------------------------------------------------------

ON_GROUP = held("visio", group="group-1")


@pytest.mark.parametrize(
    ("move", "steps", "add", "remove"),
    [
        pytest.param(kind(["e4"], ["e4"], ["e3"]), REPLACE, [Add("e3")], ["e4"], id="one for one"),
        pytest.param(kind(["e4", "visio"], ["e4"], ["e3"]), KEEP, [Add("e3")], ["e4"], id="another stays"),
        pytest.param(kind(["e4", ON_GROUP], ["e4"], ["e3"]), KEEP, [Add("e3")], ["e4"], id="a group gives another"),
        pytest.param(
            kind(["e4", "visio"], ["e4", "visio"], ["e3"]), REPLACE, [Add("e3")], ["e4", "visio"], id="all of it goes"
        ),
        pytest.param(kind([], [], ["e3"]), REPLACE, [Add("e3")], [], id="the first licence"),
        pytest.param(kind(["e4"], [], ["visio"]), KEEP, [Add("visio")], [], id="one on top"),
        pytest.param(kind(["e3", "e4"], ["e4"], []), KEEP, [], ["e4"], id="one only goes"),
        pytest.param(kind(["e4"], ["e4"], []), KEEP, [], ["e4"], id="nothing is left to tick"),
        pytest.param(
            kind(["e1", "visio"], ["e1"], ["e3"]),
            REPLACE,
            [Add("e3"), Add("visio")],
            ["e1"],
            id="old and new exclude each other",
        ),
        pytest.param(
            kind([held("e1", P1), "visio"], ["e1"], ["e3"]), KEEP, [Add("e3")], ["e1"], id="what excludes it is off"
        ),
        pytest.param(
            kind(["e1", "visio"], ["e1"], [Add("e3", (P2,))]), KEEP, [Add("e3", (P2,))], ["e1"], id="comes off"
        ),
        pytest.param(
            kind(["e1", ON_GROUP], ["e1"], ["e3"]), REPLACE, [Add("e3")], ["e1"], id="exclude, and a group besides"
        ),
        pytest.param(
            kind(["e1", "visio"], ["visio"], ["e3"]), KEEP, [Add("e3")], ["visio"], id="they exclude in the end as well"
        ),
        pytest.param(
            kind(["e4", held("e3", TEAMS)], ["e4"], ["e3"]), REPLACE, [Add("e3")], ["e4"], id="services anew, alone"
        ),
        pytest.param(
            kind(["e4", held("e3", TEAMS), held("visio", "visio-1")], ["e4"], ["e3"]),
            REPLACE,
            [Add("e3"), Add("visio", ("visio-1",))],
            ["e4"],
            id="services anew, beside another",
        ),
        pytest.param(
            kind(["e4", "e3", "visio"], ["e4"], ["e3"]), KEEP, [Add("e3")], ["e4"], id="held as it shall be already"
        ),
        pytest.param(
            kind(["e4", held("e3", state="Error"), "visio"], ["e4"], ["e3"]),
            REPLACE,
            [Add("e3"), Add("visio")],
            ["e4"],
            id="ticked already, and failed",
        ),
    ],
)
def test_replace_or_keep(move: ChangeKind, steps: Steps, add: list[Add], remove: list[str]) -> None:
    (pack,), without = cut_all(changes_of([0], [move]), dict.fromkeys(OWNED, 1))
    assert (pack.steps, list(pack.add), list(pack.remove)) == (steps, add, remove)
    assert pack.end == end_state(move)
    assert without == ()


def test_the_end_state_is_everything() -> None:
    move = kind(["e4", held("visio", "visio-1"), held("e1", group="g2"), held("e1", group="g1")], ["e4"], ["e3"])
    assert end_state(move) == EndState(direct=(Add("e3"), Add("visio", ("visio-1",))), inherited=("e1",), location="")
    assert end_state(kind([], [], ["e3"], location="NL")).location == "NL"


def test_people_who_replace_need_the_same_end_only() -> None:
    kinds = [kind(["e4"], ["e4"], ["e3"]), kind(["e1"], ["e1"], ["e3"]), kind(["e4", "visio"], ["e4", "visio"], ["e3"])]
    (pack,), _ = cut_all(changes_of([0, 1, 2, 1], kinds), {"e3": 4})
    assert (pack.changes, pack.remove) == ((0, 1, 2, 3), ("e1", "e4", "visio"))


def test_people_who_keep_and_unassign_also_share_what_goes() -> None:
    kinds = [kind(["e4", "visio"], ["e4"], ["e3"]), kind(["visio"], [], ["e3"])]
    packs, _ = cut_all(changes_of([0, 1, 0], kinds), {"e3": 3})
    assert [(p.changes, p.remove) for p in packs] == [((0, 2), ("e4",)), ((1,), ())]


@pytest.mark.parametrize(
    "other",
    [
        kind(["e4"], ["e4"], [Add("e3", (TEAMS,))]),
        kind(["e4"], ["e4"], ["e3"], location="NL"),
        kind(["e4", ON_GROUP], ["e4"], ["e3"]),
        kind(["e4", "visio"], ["e4"], ["e3"]),
    ],
)
def test_a_different_end_is_another_pack(other: ChangeKind) -> None:
    packs, _ = cut_all(changes_of([0, 1, 0, 1], [kind(["e4"], ["e4"], ["e3"]), other]), {"e3": 4})
    assert [p.changes for p in packs] == [(0, 2), (1, 3)]


# -- sizes and seats -------------------------------------------------------------------------------------------

FIVE = (
    kind(["e4"], ["e4"], ["e3"]),
    kind(["e4", "visio"], ["e4"], ["e3"]),
    kind([held("e4", FORMS)], ["e4"], [Add("e3", (FORMS,))]),
    kind(["e1"], ["e1"], ["e4"]),
    kind(["e4"], ["e4"], ["e3"], location="NL"),
)


def test_137_people_in_five_end_states() -> None:
    which = random.Random(137).choices(range(5), weights=[40, 20, 10, 20, 10], k=137)
    changes, free = changes_of(which, FIVE), {"e3": 137, "e4": 0}
    packs, without = cut_all(changes, free)
    assert without == ()
    assert sorted(c for p in packs for c in p.changes) == list(range(137)), "everybody once"
    assert all(0 < len(p.changes) <= 20 for p in packs)
    assert all(len({whole(FIVE[which[c]]) for c in p.changes}) == 1 for p in packs), "identical end state"
    assert walk(changes, [p.changes for p in packs], free), "an order in which the seats suffice"
    assert [p.number for p in packs] == list(range(1, len(packs) + 1))
    assert len(packs) == sum(-(-count // 20) for count in Counter(which).values()), "no more than there have to be"
    assert len({whole(FIVE[n]) for n in which}) == 5
    again = cut_all(changes_of(which, FIVE), free)
    assert again == (packs, without), "the same every time"


@pytest.mark.parametrize(("size", "sizes"), [(1, [1] * 45), (20, [20, 20, 5]), (40, [40, 5])])
def test_sizes(size: int, sizes: list[int]) -> None:
    changes = changes_of([0] * 45, FIVE)
    assert [len(p.changes) for p in cut_all(changes, {"e3": 45}, size)[0]] == sizes
    found, _ = groups(changes, range(45), {"e3": 45}, size)
    assert [len(g) for g in found] == sizes
    assert [c for g in found for c in g] == list(range(45)), "in plan order"


def test_a_whole_pack_takes_its_seats_before_it_gives_any_back() -> None:
    rotation = [kind(["e4"], ["e4"], ["e3"]), kind(["e3"], ["e3"], ["e4"])]
    changes, free = changes_of([0, 1] * 15, rotation), {"e3": 1, "e4": 0}
    packs, without = cut_all(changes, free)
    assert [p.changes for p in packs] == [(n,) for n in range(30)]
    assert walk(changes, [p.changes for p in packs], free)
    assert without == ()
    assert groups(changes, range(30), free, 20) == (tuple((n,) for n in range(30)), ())


def test_who_waits_for_a_seat_is_passed_by_a_full_pack() -> None:
    chain = [kind(["e1"], ["e1"], ["e4"]), kind(["e4"], ["e4"], ["e3"])]
    changes, free = changes_of([1, 0] * 20, chain), {"e3": 20, "e4": 0}
    packs, _ = cut_all(changes, free)
    assert [p.changes for p in packs] == [tuple(range(0, 40, 2)), tuple(range(1, 40, 2))]
    found, _ = groups(changes, range(40), free, 20)
    assert found == tuple(p.changes for p in packs)


def test_who_waits_for_one_seat_keeps_the_other_one_that_they_need() -> None:
    # The second waits for E4 that the first gives back, and the last for E3 that the third gives back after that.
    kinds = [
        kind(["e4"], ["e4"], ["visio"]),
        kind(["e1"], ["e1"], ["e3", "e4"]),
        kind(["e3"], ["e3"], ["e1"]),
        kind([], [], ["e3"]),
    ]
    changes, free = changes_of(range(4), kinds), {"e3": 1, "visio": 1}
    assert groups(changes, range(4), free, 20) == (((0,), (1,), (2,), (3,)), ())
    packs, without = cut_all(changes, free)
    assert walk(changes, [p.changes for p in packs], free)
    assert without == ()


def test_a_pack_is_as_full_as_the_seats_allow() -> None:
    rotation = [kind(["e4"], ["e4"], ["e3"]), kind(["e3"], ["e3"], ["e4"])]
    changes, free = changes_of([0] * 7 + [1] * 7 + [0] * 7, rotation), {"e3": 7, "e4": 0}
    packs, without = cut_all(changes, free)
    assert [len(p.changes) for p in packs] == [7, 7, 7]
    assert without == ()


def test_a_full_pack_that_would_leave_others_stuck_is_not_taken() -> None:
    # The twenty newcomers fill a pack where the first 25 do not, but then no seat of E3 is left to go round.
    kinds = [kind(["e4"], ["e4"], ["e3"]), kind(["e3"], ["e3"], ["e4"]), kind([], [], ["e3", "visio"])]
    changes, free = changes_of([0, 1] * 25 + [2] * 20, kinds), {"e3": 20, "e4": 0, "visio": 20}
    packs, without = cut_all(changes, free, 40)
    parts = [p.changes for p in packs]
    assert without == ()
    assert walk(changes, parts, free)
    assert [len(part) for part in parts] == [18, 17, 7, 8, 20], "each half by itself"


def test_who_finds_no_seat_in_any_order() -> None:
    changes = changes_of([0] * 7, FIVE)
    for found in (
        [[p.changes for p in cut_all(changes, {"e3": 5}, 3)[0]], cut_all(changes, {"e3": 5}, 3)[1]],
        [list(part) for part in groups(changes, range(7), {"e3": 5}, 3)],
    ):
        assert found == [[(0, 1, 2), (3, 4)], found[1]]
        assert list(found[1]) == [5, 6]
    assert cut_all(changes, {}) == ((), tuple(range(7)))
    assert cut_all(changes, {"e3": -3}) == ((), tuple(range(7)))
    assert cut(changes, [], OWNED, {"e3": 5}, 20) == ((), ())
    assert groups(changes, [], {"e3": 5}, 20) == ((), ())


def test_an_order_is_found_when_that_of_the_plan_no_longer_serves() -> None:
    chain = [kind(["e1"], ["e1"], ["e4"]), kind(["e4"], ["e4"], ["e3"])]
    changes, free = changes_of([0, 1, 0, 1], chain), {"e3": 2, "e4": 0}
    packs, without = cut_all(changes, free)
    assert ([p.changes for p in packs], without) == ([(1, 3), (0, 2)], ())
    assert groups(changes, range(4), free, 20) == (((1, 3), (0, 2)), ())


def test_only_those_asked_for() -> None:
    changes = changes_of([0] * 10, FIVE)
    packs, _ = cut(changes, [7, 2, 5], OWNED, {"e3": 10}, 2)
    assert [p.changes for p in packs] == [(2, 5), (7,)]
    assert groups(changes, [7, 2, 5], {"e3": 10}, 2) == (((2, 5), (7,)), ())


@pytest.mark.parametrize("way", [Way.GROUP, Way.MEMBERSHIP])
def test_changes_of_groups_are_not_handed_over(way: Way) -> None:
    move = ChangeKind(Holding.of([held("e4", group="g")]), ("e4",), (Add("e3"),), way=way, join="g")
    assert not giveable(move)
    assert giveable(FIVE[0])
    changes = changes_of([0], [move])
    with pytest.raises(ValueError, match="groups"):
        cut_all(changes, {"e3": 9})
    with pytest.raises(ValueError, match="groups"):
        groups(changes, [0], {"e3": 9}, 20)


def test_a_pack_of_nobody() -> None:
    for size in (0, -1):
        with pytest.raises(ValueError, match="one at least"):
            cut_all(changes_of([0], FIVE), {"e3": 1}, size)


# -- laws ------------------------------------------------------------------------------------------------------

SKUS = st.sampled_from(sorted(OWNED))
OFF = st.sampled_from([(), (TEAMS,), (FORMS,)])


@st.composite
def moves(draw: st.DrawFn) -> ChangeKind:
    direct = draw(st.dictionaries(SKUS, OFF, max_size=3))
    inherited = draw(st.lists(SKUS, max_size=1))
    states = st.sampled_from(["Active", "Active", "Error"])
    before = [held(s, *off, state=draw(states)) for s, off in direct.items()]
    remove = draw(st.lists(st.sampled_from(sorted(direct)), unique=True)) if direct else []
    add = draw(st.dictionaries(SKUS, OFF, max_size=2))
    adds = [Add(s, off) for s, off in add.items() if s not in remove]
    return kind([*before, *(held(s, group="g") for s in inherited)], remove, adds)


@st.composite
def plans(draw: st.DrawFn) -> tuple[Changes, dict[str, int], int]:
    kinds = draw(st.lists(moves(), min_size=1, max_size=6))
    which = draw(st.lists(st.integers(0, len(kinds) - 1), max_size=30))
    free = {s: draw(st.integers(-1, 6)) for s in OWNED}
    return changes_of(which, kinds), free, draw(st.sampled_from([1, 2, 5, 20]))


@settings(max_examples=40, deadline=None)
@given(plans())
def test_everybody_is_in_one_pack_or_without_a_seat(plan: tuple[Changes, dict[str, int], int]) -> None:
    changes, free, size = plan
    packs, without = cut_all(changes, free, size)
    parts = [p.changes for p in packs]
    assert sorted([c for part in parts for c in part] + list(without)) == list(range(len(changes)))
    for pack in packs:
        kinds = [changes.kinds[changes.kind[c]] for c in pack.changes]
        assert 0 < len(kinds) <= size
        assert len({whole(k) for k in kinds}) == 1
        assert list(pack.changes) == sorted(pack.changes)
        if pack.steps is KEEP:
            assert {(frozenset(k.add), frozenset(k.remove)) for k in kinds} == {
                (frozenset(pack.add), frozenset(pack.remove))
            }
            # Giving beside the rest, then taking away, comes to the end state.
            assert all(
                k.before.direct(a.sku_id) in (None, held(a.sku_id, *a.disabled)) for k in kinds for a in pack.add
            )
        else:
            assert pack.add == pack.end.direct
            assert pack.add, "replacing by nothing is taking everything away"
    assert walk(changes, parts, free)


@settings(max_examples=40, deadline=None)
@given(plans())
def test_groups_have_their_seats_and_pass_nobody_who_needs_the_same(
    plan: tuple[Changes, dict[str, int], int],
) -> None:
    changes, free, size = plan
    found, without = groups(changes, range(len(changes)), free, size)
    assert sorted([c for part in found for c in part] + list(without)) == list(range(len(changes)))
    assert all(0 < len(part) <= size for part in found)
    assert walk(changes, found, free)
    assert set(without) == set(cut_all(changes, free, size)[1])
    if walk(changes, [[n] for n in range(len(changes))], free):
        assert not without
        order = [c for part in found for c in part]
        assert size > 1 or order == sorted(order), "the plan's own order"
        for s in OWNED:
            line = [c for c in order if s in changes.kinds[changes.kind[c]].takes]
            assert line == sorted(line)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=40), st.integers(1, 3), st.sampled_from([2, 20]))
def test_whom_the_plans_own_order_serves_is_in_a_pack(wanted: list[int], free: int, size: int) -> None:
    kinds = [kind(["e4"], ["e4"], ["e3"]), kind(["e3"], ["e3"], ["e4"]), kind([], [], ["visio"])]
    seats, which = {"e3": free, "e4": 0, "visio": 40}, []
    left = dict(seats)
    for n in wanted:
        takes, frees = kinds[n].takes, kinds[n].frees
        if all(left[s] > 0 for s in takes):
            which.append(n)
            left = {s: left[s] - (s in takes) + (s in frees) for s in left}
    changes = changes_of(which, kinds)
    packs, without = cut_all(changes, seats, size)
    assert without == ()
    assert walk(changes, [p.changes for p in packs], seats)


def test_a_large_plan_is_cut_in_no_time() -> None:
    kinds = [kind(["e4", "visio", held("e1", group=f"g{n}")], ["e4"], [Add("e3", (f"plan{n}",))]) for n in range(50)]
    which = random.Random(1).choices(range(50), k=20_000)
    changes = changes_of(which, kinds)
    packs, without = cut_all(changes, {"e3": 20_000})
    assert without == ()
    assert len(packs) == sum(-(-n // 20) for n in Counter(which).values())


# -- as people read it -----------------------------------------------------------------------------------------

LABELS = {"e1": "Office 365 E1", "e3": "Office 365 E3", "e4": "Office 365 E4"}


def test_a_sheet_has_names_in_the_place_of_ids() -> None:
    move = kind(
        ["e4", held("visio", "visio-1"), held("e1", group="g")], ["e4"], [Add("e3", (TEAMS, FORMS))], location="NL"
    )
    changes = changes_of([0], [move])
    packs, _ = cut_all(changes, {"e3": 1})
    (sheet,) = pack_sheets(packs, changes, tuple(OWNED.values()), LABELS, {})
    given = Licence("Office 365 E3", ("FORMS_PLAN_E3", "TEAMS1"))
    assert (sheet.steps, sheet.location) == (KEEP, "NL")
    assert sheet.ticked == (given, Licence("Office VISIO", ("VISIO_CLIENT",)))
    assert sheet.given == (given,)
    assert (sheet.gone, sheet.inherited) == (("Office 365 E4",), ("Office 365 E1",))
    (shown,) = pack_sheets(packs, changes, tuple(OWNED.values()), LABELS, {}, {TEAMS: "Microsoft Teams"})
    assert shown.given == (Licence("Office 365 E3", ("FORMS_PLAN_E3", "Microsoft Teams")),)
    assert sheet.people == ((0, "id-0", "user0000@contoso.com", ""),)


def test_with_replace_nothing_is_given_beside_the_rest() -> None:
    changes = changes_of([0, 0], FIVE)
    packs, _ = cut_all(changes, {"e3": 2}, 1)
    sheets = pack_sheets(packs, changes, (), {}, {})
    assert [(s.number, s.of, s.steps, s.given, s.ticked) for s in sheets] == [
        (n, 2, REPLACE, (), (Licence("e3"),)) for n in (1, 2)
    ]


def test_people_stand_in_the_order_of_the_portal() -> None:
    names = ["zoë", "Émile", "", "adam", "Eve", "ernst", "Zoe", "Adam"]
    changes = changes_of([0] * 8, FIVE)
    packs, _ = cut_all(changes, {"e3": 8})
    people = dict(zip(changes.upn, names, strict=True))
    (sheet,) = pack_sheets(packs, changes, tuple(OWNED.values()), LABELS, people)
    assert [m.change for m in sheet.people] == [3, 7, 1, 5, 4, 0, 6, 2], "who has no name here is last"
    assert [m.name for m in sheet.people][2:5] == ["Émile", "ernst", "Eve"]
