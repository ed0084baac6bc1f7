"""The laws of planning, on small worlds made at random and on the odd cases by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batch.core.changes import ChangeKind, compare
from batch.core.entries import Seen
from batch.core.outcomes import Bucket
from batch.core.plan import Changes, make_plan, plan_digest
from batch.core.requests import Ask
from batch.core.table import Field, Kind
from batch.core.terms import Add, Holding, SkuStatus
from tests.core.worlds import (
    PLANS,
    A,
    B,
    C,
    World,
    carried_out,
    direct,
    grouped,
    holding_of,
    people_of,
    permuted,
    sku,
    snapshot_of,
    table,
    worlds,
)

LAWS = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_DEAD = (SkuStatus.SUSPENDED, SkuStatus.LOCKED_OUT)
EMPTY = World(snapshot_of((), people_of({})), ())


def moves(*rows: tuple[str, ...], file: str = "moves.csv", fields: str = "user remove add disabled_plans"):
    names = [Field(f) for f in fields.split()]
    return table(Kind.MOVES, {f: [r[n] if n < len(r) else "" for r in rows] for n, f in enumerate(names)}, file=file)


def small(held: dict[str, Holding], *rows: tuple[str, ...], seats: int = 100, **more: object) -> World:
    skus = tuple(sku(i, enabled=seats, consumed=sum(i in h.sku_ids for h in held.values())) for i in (A, B, C))
    return World(snapshot_of(skus, people_of(held)), (moves(*rows),), **more)


# --- laws ----------------------------------------------------------------------------------------------------------


@LAWS
@given(worlds())
def test_law_1_every_row_is_in_exactly_one_bucket(world):
    requests, plan = world.plan()
    counts = plan.counts()
    assert counts["rows"] == len(requests.row) == sum(counts[b.value] for b in Bucket)
    assert len(plan.bucket) == len(plan.code) == len(plan.change) == len(requests.row)
    for i, bucket in enumerate(plan.bucket):
        assert (plan.change[i] >= 0) == (bucket is Bucket.PLANNED)
        assert (plan.code[i] == "") == (bucket is Bucket.PLANNED)
        if bucket in (Bucket.PROBLEM, Bucket.REPEAT, Bucket.UNCHANGED) and requests.ask[i] < 0:
            assert (bucket, plan.code[i]) == (requests.bucket[i], requests.code[i])
        if bucket is Bucket.PLANNED:
            assert plan.changes.upn[plan.change[i]] == requests.user[i]


@LAWS
@given(worlds())
def test_no_person_has_two_changes_and_every_change_has_a_row(world):
    _, plan = world.plan()
    assert len(set(plan.changes.user_id)) == len(plan.changes)
    assert {c for c in plan.change if c >= 0} == set(range(len(plan.changes)))
    assert len(set(plan.changes.kinds)) == len(plan.changes.kinds)


@LAWS
@given(worlds())
def test_law_3_and_7_the_service_takes_every_change_in_the_order_of_the_plan(world):
    """``carried_out`` raises when a change is refused or finds no seat; then seats add up, SKU by SKU."""
    _, plan = world.plan()
    after = {s.sku_id: s for s in carried_out(world.snapshot, plan).skus}
    moved = Counter(plan.changes.kind)
    for s in world.snapshot.skus:
        assigned = sum(n for k, n in moved.items() if s.sku_id in plan.changes.kinds[k].takes)
        removed = sum(n for k, n in moved.items() if s.sku_id in plan.changes.kinds[k].frees)
        assert s.consumed + assigned - removed == after[s.sku_id].consumed


@LAWS
@given(worlds())
def test_law_7_nobody_is_left_out_who_could_have_gone(world):
    requests, plan = world.plan()
    end = {s.sku_id: s.free for s in carried_out(world.snapshot, plan).skus}
    short = {requests.user[i]: requests.ask[i] for i, b in enumerate(plan.bucket) if b is Bucket.SHORT}
    people = world.snapshot.people
    for upn, ask in short.items():
        held = holding_of(world.snapshot, people.ids[people.upns.index(upn)]).sku_ids
        needed = [s for s in requests.asks[ask].add if s not in held]
        assert any(end[s] <= 0 for s in needed), "there was a seat of everything this person needs"
    assert bool(plan.shortages) == bool(short)
    assert set(plan.short_first) <= set(short)
    assert {s.sku_id for s in plan.shortages} <= {s for a in short.values() for s in requests.asks[a].add}


@LAWS
@given(worlds(), st.integers())
def test_law_4_the_order_of_rows_and_sheets_makes_no_difference(world, seed):
    _, one = world.plan()
    other_requests, other = permuted(world, seed).plan()
    assert (one.plan_id, one.changes, one.counts()) == (other.plan_id, other.changes, other.counts())
    assert (one.shortages, one.short_first) == (other.shortages, other.short_first)
    assert Counter(zip(one.bucket, one.code, strict=True)) == Counter(zip(other.bucket, other.code, strict=True))
    assert len(other_requests.row) == len(other.bucket)


@LAWS
@given(worlds())
def test_law_4_planning_again_after_a_clean_run_finds_nothing_to_do(world):
    if any(Field.TEMPLATE in t.cells for t in world.tables):
        return  # what a template user holds is read from the sheet, which a run makes out of date
    requests, plan = world.plan()
    _, again = replace(world, snapshot=carried_out(world.snapshot, plan)).plan()
    assert len(again.changes) == 0
    for i, (was, now) in enumerate(zip(plan.bucket, again.bucket, strict=True)):
        if was is Bucket.PLANNED:
            assert (now, again.code[i]) == (Bucket.UNCHANGED, "already_done")
        else:
            assert (now, again.code[i]) == (was, plan.code[i]), requests.user[i]


@LAWS
@given(worlds())
def test_law_9_a_change_touches_only_what_its_rows_ask_about(world):
    requests, plan = world.plan()
    for i, change in enumerate(plan.change):
        if change < 0:
            continue
        ask, kind = requests.asks[requests.ask[i]], plan.changes.kinds[plan.changes.kind[change]]
        assert kind.before == holding_of(world.snapshot, plan.changes.user_id[change])
        assert set(kind.remove) <= set(ask.remove)
        assert {a.sku_id for a in kind.add} <= set(ask.add)
        assert kind.after.sku_ids, "nobody is left with nothing"
        named = {*ask.remove, *ask.add}
        others = [a for a in kind.before.assignments if a.sku_id not in named]
        assert [a for a in kind.after.assignments if a.sku_id not in named] == others
        inherited = [a for a in kind.before.assignments if a.group]
        assert [a for a in kind.after.assignments if a.group] == inherited
        assert compare(kind, kind.after) is Seen.AFTER
        assert compare(kind, kind.before) is Seen.BEFORE


@LAWS
@given(worlds())
def test_the_person_ends_with_what_was_asked(world):
    requests, plan = world.plan()
    after = carried_out(world.snapshot, plan)
    for i, change in enumerate(plan.change):
        if change >= 0:
            ask, held = requests.asks[requests.ask[i]], holding_of(after, plan.changes.user_id[change]).sku_ids
            assert held.issuperset(ask.add)
            assert held.isdisjoint(ask.remove)


@LAWS
@given(worlds())
def test_blocked_rows_have_a_cause_that_can_be_seen(world):
    requests, plan = world.plan()
    people = world.snapshot.people
    owned = {s.sku_id: s for s in world.snapshot.skus}
    for i, code in enumerate(plan.code):
        if plan.bucket[i] is not Bucket.BLOCKED:
            continue
        assert (code == "unknown_user") == (requests.user[i] not in people.upns)
        if code == "unknown_user":
            continue
        at = people.upns.index(requests.user[i])
        ask, held = requests.asks[requests.ask[i]], people.holdings[people.holding[at]]
        causes = {
            "inherited": any(held.groups(s) for s in ask.remove),
            "sku_not_owned": any(s not in owned for s in ask.add),
            "sku_company": any(owned[s].applies_to != "User" for s in ask.add if s in owned),
            "sku_not_active": any(owned[s].status in _DEAD for s in ask.add if s in owned),
            "plan_not_in_sku": bool(ask.disabled),
            "source_not_held": not any(held.direct(s) for s in ask.remove),
            "target_lacks_service": any(a.group and a.disabled for a in held.assignments if a.sku_id in ask.add),
            "no_location": people.locations[at] not in ("NL", "us"),
            "would_be_bare": not ask.add,
        }
        assert causes[code], code


# --- the id --------------------------------------------------------------------------------------------------------


def digest_of(plan, **changed):
    parts = {"skus": plan.skus, "changes": plan.changes, "bucket": plan.bucket, "code": plan.code}
    return plan_digest(**(parts | changed))


@LAWS
@given(worlds())
def test_the_id_changes_with_anything_that_is_edited(world):
    _, plan = world.plan()
    assert digest_of(plan) == plan.plan_id
    edits = _edits_of_rows(plan) + _edits_of_skus(plan) + _edits_of_changes(plan.changes)
    for edit in edits:
        assert digest_of(plan, **edit) != plan.plan_id, edit


def _edits_of_rows(plan):
    if not plan.bucket:
        return []
    other = Bucket.UNCHANGED if plan.bucket[0] is not Bucket.UNCHANGED else Bucket.PROBLEM
    return [
        {"bucket": [other, *plan.bucket[1:]]},
        {"code": [plan.code[0] + "x", *plan.code[1:]]},
        {"bucket": plan.bucket[1:], "code": plan.code[1:]},
        {"bucket": [*plan.bucket, plan.bucket[0]], "code": [*plan.code, plan.code[0]]},
    ]


def _edits_of_skus(plan):
    first, *rest = plan.skus
    return [
        {"skus": (replace(first, enabled=first.enabled + 1), *rest)},
        {"skus": (replace(first, consumed=first.consumed + 1), *rest)},
        {"skus": (replace(first, sku_id=PLANS[0]), *rest)},
        {"skus": tuple(rest)},
    ]


def _edits_of_changes(changes):
    if not len(changes):
        return []
    kind = changes.kinds[changes.kind[0]]
    new = len(changes.kinds)

    def with_kind(edited):
        kinds = (*changes.kinds, edited)
        return {"changes": replace(changes, kind=[new, *changes.kind[1:]], kinds=kinds)}

    adds = tuple(Add(a.sku_id, tuple(sorted({*a.disabled} ^ {PLANS[0]}))) for a in kind.add)
    edits = [
        {"changes": replace(changes, user_id=["id-other", *changes.user_id[1:]])},
        {"changes": replace(changes, upn=["other@x.nl", *changes.upn[1:]])},
        {"changes": replace(changes, user_id=changes.user_id[1:], upn=changes.upn[1:], kind=changes.kind[1:])},
        with_kind(ChangeKind(kind.before, (*kind.remove, PLANS[0]), kind.add)),
        with_kind(ChangeKind(kind.before, kind.remove, (*kind.add, Add(PLANS[0])))),
        with_kind(ChangeKind(Holding.of([*kind.before.assignments, direct(PLANS[0])]), kind.remove, kind.add)),
    ]
    if kind.add:
        edits.append(with_kind(ChangeKind(kind.before, kind.remove, adds)))
    if len(changes) > 1:
        swap = {n: [c[1], c[0], *c[2:]] for n in ("user_id", "upn", "kind") for c in [getattr(changes, n)]}
        edits.append({"changes": replace(changes, **swap)})
    return edits


# --- by hand -------------------------------------------------------------------------------------------------------


def test_no_rows_at_all():
    requests, plan = EMPTY.plan()
    assert plan.counts() == {"rows": 0, **dict.fromkeys((b.value for b in Bucket), 0)}
    assert len(plan.changes) == len(requests.row) == 0
    assert plan.plan_id == make_plan(requests, EMPTY.snapshot).plan_id


def test_a_sheet_without_rows_and_a_tenant_with_people():
    _, plan = small({"a@x.nl": Holding.of([direct(A)])}).plan()
    assert len(plan.changes) == 0
    assert plan.counts()["rows"] == 0


def test_one_row_for_one_person():
    _, plan = small({"a@x.nl": Holding.of([direct(A)])}, ("A@X.nl", "Alpha", "Beta")).plan()
    assert plan.changes == Changes(
        user_id=["id-a@x.nl"],
        upn=["a@x.nl"],
        kind=[0],
        kinds=(ChangeKind(Holding.of([direct(A)]), (A,), (Add(B),)),),
    )
    assert (plan.bucket, plan.code, plan.change) == ([Bucket.PLANNED], [""], [0])
    assert plan.tenant == "practice:small.db"
    assert plan.taken_at == 1_700_000_000.0


def test_rows_for_a_tenant_without_people():
    _, plan = small({}, ("a@x.nl", "Alpha", "Beta"), ("b@x.nl", "Alpha", "Beta")).plan()
    assert plan.code == ["unknown_user"] * 2
    assert plan.bucket == [Bucket.BLOCKED] * 2


def test_two_rows_of_one_person_that_go_together_are_one_change():
    world = small({"a@x.nl": Holding.of([direct(A), direct(C)])}, ("a@x.nl", "Alpha", ""), ("A@x.nl", "", "Beta"))
    requests, plan = world.plan()
    assert requests.joined == 1
    assert plan.changes.kinds == (ChangeKind(Holding.of([direct(A), direct(C)]), (A,), (Add(B),)),)
    assert plan.change == [0, 0]
    assert plan.counts()["planned"] == 2


def test_rows_that_contradict_each_other_change_nothing():
    world = small({"a@x.nl": Holding.of([direct(A)])}, ("a@x.nl", "Alpha", "Beta"), ("a@x.nl", "Alpha", "Gamma"))
    _, plan = world.plan()
    assert plan.code == ["duplicate_conflict"] * 2
    assert len(plan.changes) == 0


def test_a_template_user_gives_what_the_person_lacks():
    held = {"a@x.nl": Holding.of([direct(A)]), "model@x.nl": Holding.of([direct(A), direct(B)])}
    world = small(held)
    users = table(
        Kind.USERS,
        {Field.USER: ["a@x.nl", "model@x.nl"], Field.HOLDS: ["Alpha", "Alpha + Beta"]},
        file="users.csv",
    )
    sheet = moves(("a@x.nl", "", "", "MODEL@x.nl"), fields="user remove add template_user")
    _, plan = replace(world, tables=(sheet, users)).plan()
    assert plan.changes.kinds == (ChangeKind(held["a@x.nl"], (), (Add(B),)),)


def test_one_of_several_licences_to_take_away_is_inherited():
    held = Holding.of([direct(A), grouped(C)])
    _, plan = small({"a@x.nl": held}, ("a@x.nl", "Alpha + Gamma", "Beta")).plan()
    assert (plan.bucket, plan.code) == ([Bucket.BLOCKED], ["inherited"])


def test_the_person_has_the_new_licence_through_a_group():
    _, plan = small({"a@x.nl": Holding.of([direct(A), grouped(B)])}, ("a@x.nl", "Alpha", "Beta")).plan()
    (kind,) = plan.changes.kinds
    assert (kind.remove, kind.add, kind.takes, kind.frees) == ((A,), (), (), (A,))


def test_a_group_licence_that_failed_is_no_licence():
    """The group's assignment is in state Error (no seats, say), so the person holds nothing but the old licence."""
    held = Holding.of([direct(A), grouped(B, state="Error")])
    _, plan = small({"a@x.nl": held}, ("a@x.nl", "Alpha", "Beta")).plan()
    (kind,) = plan.changes.kinds
    assert (kind.remove, kind.add, kind.takes) == ((A,), (Add(B),), (B,))


def test_only_a_failed_group_licence_would_stay():
    held = Holding.of([direct(A), grouped(B, state="Error")])
    _, plan = small({"a@x.nl": held}, ("a@x.nl", "Alpha", "")).plan()
    assert plan.code == ["would_be_bare"]


def test_shortage_names_the_first_by_user_name_and_how_many():
    held = {f"{n}@x.nl": Holding.of([direct(A)]) for n in ("d", "b", "c", "a")}
    rows = [(u, "Alpha", "Beta") for u in held]
    _, plan = small(held, *rows, seats=2).plan()
    assert plan.changes.upn == ["a@x.nl", "b@x.nl"]
    assert plan.short_first == ("c@x.nl",)
    (shortage,) = plan.shortages
    assert (shortage.sku_id, shortage.lacking, shortage.seats) == (B, 2, 2)
    assert plan.code == ["no_seats", "", "no_seats", ""]


@pytest.mark.parametrize("place", ["NL", "nl", "Us"])
def test_two_letters_are_a_location(place):
    world = small({"a@x.nl": Holding.of([direct(A)])}, ("a@x.nl", "Alpha", "Beta"))
    people = replace(world.snapshot.people, locations=[place])
    _, plan = replace(world, snapshot=replace(world.snapshot, people=people)).plan()
    assert plan.code == [""]


@pytest.mark.parametrize("place", ["", "N", "NLD", "N1", "ſK", "NL\n", "é1", "ÉÉ", " NL"])
def test_anything_else_is_not(place):
    world = small({"a@x.nl": Holding.of([direct(A)])}, ("a@x.nl", "Alpha", "Beta"))
    people = replace(world.snapshot.people, locations=[place])
    _, plan = replace(world, snapshot=replace(world.snapshot, people=people)).plan()
    assert plan.code == ["no_location"]


def test_an_ask_of_nobody_is_not_in_the_plan_of_another():
    """Asks are numbered in one order, whatever the order of the rows."""
    world = small({"a@x.nl": Holding.of([direct(A)])}, ("a@x.nl", "Alpha", "Beta"), ("b@x.nl", "Alpha", "Gamma"))
    requests, _ = world.plan()
    assert requests.asks == (Ask((A,), (B,)), Ask((A,), (C,)))
