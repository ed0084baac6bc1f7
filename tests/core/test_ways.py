"""Licences through groups: what each way makes of a row, and how rows share the change of a group."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from batch.core.asks import Ask, No, join, on_way
from batch.core.changes import ChangeKind, compare
from batch.core.decide import decide
from batch.core.demand import demand
from batch.core.effects_words import kind_words
from batch.core.entries import Entry, EntryKind, Seen
from batch.core.estate import Groups, LicensingGroup
from batch.core.exclusions import FAMILIES
from batch.core.group_moves import failed, with_groups
from batch.core.group_words import detailed, group_lines, rights_lines
from batch.core.guard import Limits, guards
from batch.core.ledger import Ledger
from batch.core.outcomes import Bucket
from batch.core.pace import Policy
from batch.core.plan import Plan, make_plan
from batch.core.rights import needed_for
from batch.core.rules import Rules
from batch.core.seats import seat
from batch.core.step import Queue, Send, step
from batch.core.terms import Add, Assignment, Call, Holding, ServicePlan, Sku, Way, group_key
from batch.core.undo import ask_back, decide_back
from tests.core.tables import moves
from tests.core.worlds import PLANS, A, B, C, D, World, direct, grouped, people_of, sku, snapshot_of

P0, P1, *_ = PLANS
OWNED = {s: sku(s) for s in (A, B, C)}


def group(group_id: str, *licences: Add, **more: bool) -> LicensingGroup:
    return LicensingGroup(group_id=group_id, name=f"Name of {group_id}", licences=licences, **more)


OLD, NEW, PLAIN = group("old", Add(A, (P1,))), group("new", Add(B)), group("plain", Add(C))
ODD = (group("rule", Add(A), dynamic=True), group("synced", Add(A), synced=True), group("both", Add(A), Add(B)))
GROUPS = Groups({g.group_id: g for g in (OLD, NEW, PLAIN, *ODD)})


def by(group_id: str, sku_id: str = A, *off: str) -> Assignment:
    return grouped(sku_id, *off, group=group_id)


def into(group_id: str, remove: tuple[str, ...] = (A,), add: tuple[str, ...] = (B,), off=None) -> Ask:
    return Ask(remove, add, off, Way.MEMBERSHIP, group_id)


def decided(*held: Assignment, ask: Ask, groups: Groups = GROUPS, rules: Rules = Rules()) -> ChangeKind | str:  # noqa: B008
    decision = decide(Holding.of(held), ask, OWNED, rules, groups, located=True)
    assert (decision.kind is None) == bool(decision.code)
    return decision.kind or decision.code


class TestIntoAnotherGroup:
    def test_the_old_groups_are_left_for_the_new_one(self) -> None:
        kind = decided(by("old", A, P1), by("both", A), by("both", B), direct(C), ask=into("name of new"))
        assert isinstance(kind, ChangeKind)
        assert (kind.way, kind.join, kind.leave, kind.remove, kind.add) == (
            *(Way.MEMBERSHIP, "new", ("both", "old")),
            *((A,), (Add(B),)),
        )
        assert (kind.takes, kind.frees) == ((), (A,))
        assert kind.after == Holding.of([by("new", B), direct(C)])
        assert kind.call("u") == Call("u", (), (Add(B),), "", Way.MEMBERSHIP, "new", ("both", "old"))

    def test_a_direct_licence_goes_as_well_and_may_be_the_only_one(self) -> None:
        for held in ((direct(A),), (direct(A), by("old", A, P1))):
            kind = decided(*held, ask=into("new"))
            assert isinstance(kind, ChangeKind)
            assert kind.call("u").remove == (A,)
            assert kind.after == Holding.of([by("new", B)])
            assert (kind.takes, kind.frees) == ((B,), (A,))

    @pytest.mark.parametrize(
        ("held", "ask", "word"),
        [
            ([by("old")], into("nowhere"), "group_unknown"),
            ([by("old")], into("plain"), "group_lacks_product"),
            ([by("old")], into("both"), "group_gives_old"),
            ([by("rule")], into("new"), "group_dynamic"),
            ([by("synced"), by("old")], into("new"), "group_synced"),
            ([by("hidden")], into("new"), "group_unknown"),
            ([by("old"), by("old", C)], into("new"), "group_gives_more"),
            ([by("old"), by("old", C), direct(C)], into("new"), ""),
            ([by("old"), by("old", C)], into("new", (A, C)), ""),
            ([by("old")], into("new", off=(P0,)), "group_services"),
            ([by("new", B)], into("new"), "already_done"),
            ([by("new", B, P0)], into("new", off=(P0,)), "already_done"),
            ([direct(B)], into("new"), "source_not_held"),
            ([], into("new", ()), ""),
        ],
    )
    def test_what_cannot_be_is_said(self, held: list[Assignment], ask: Ask, word: str) -> None:
        found = decided(*held, ask=ask)
        assert (found if isinstance(found, str) else "") == word

    def test_a_group_that_has_a_service_off_which_would_be_lost(self) -> None:
        withheld = replace(GROUPS, known={**GROUPS.known, "new": group("new", Add(B, (P0,)))})
        assert decided(by("old"), ask=into("new"), groups=withheld) == "target_lacks_service"
        assert isinstance(decided(by("old"), ask=into("new", off=(P0,)), groups=withheld), ChangeKind)

    @pytest.mark.parametrize(
        ("seen", "word"),
        [
            ([by("old")], Seen.BEFORE),
            ([by("old"), by("new", B)], Seen.BEFORE),
            ([by("old"), replace(by("new", B), state="Error")], Seen.BEFORE),
            ([by("new", B)], Seen.AFTER),
            ([by("new", B), direct(C)], Seen.AFTER),
            ([replace(by("new", B), state="Error")], Seen.OTHER),
            ([], Seen.OTHER),
            ([by("new", B), direct(A)], Seen.BEFORE),
        ],
    )
    def test_a_read_tells_how_far_it_got(self, seen: list[Assignment], word: Seen) -> None:
        kind = decided(by("old"), ask=into("new"))
        assert isinstance(kind, ChangeKind)
        assert compare(kind, Holding.of(seen)) is word


ON_GROUP = Ask((A,), (B,), None, Way.GROUP)


def crowd(**held: Holding) -> Groups:
    return replace(GROUPS, members={"old": people_of({f"{name}@x.nl": h for name, h in held.items()})})


class TestTheGroupItself:
    def test_its_licences_change_as_a_persons_would_and_seats_are_counted_for_all(self) -> None:
        given = by("old", A, P1)
        members = crowd(a=Holding.of([given]), b=Holding.of([given, direct(B)]), c=Holding.of([given, direct(A)]))
        kind = decided(given, ask=ON_GROUP, groups=members)
        assert isinstance(kind, ChangeKind)
        assert (kind.before, kind.remove, kind.add) == (Holding.of([given]), (A,), (Add(B, (P1,)),))
        assert (kind.takes, kind.frees, kind.people) == ((B, B), (A, A), 3)
        assert kind.after == Holding.of([by("old", B, P1)])
        assert kind.call("k") == Call("k", (A,), (Add(B, (P1,)),), "", Way.GROUP)

    @pytest.mark.parametrize(
        ("held", "word"),
        [
            ([by("old"), by("both")], "several_groups"),
            ([by("old"), direct(A)], "held_both_ways"),
            ([direct(A)], "not_by_group"),
            ([direct(B)], "already_done"),
            ([], "source_not_held"),
            ([by("hidden")], "group_unknown"),
        ],
    )
    def test_what_cannot_be_is_said(self, held: list[Assignment], word: str) -> None:
        assert decided(*held, ask=ON_GROUP) == word

    @pytest.mark.parametrize(
        ("seen", "word"),
        [
            ([by("old")], Seen.BEFORE),
            ([by("old", B)], Seen.AFTER),
            ([by("old", B), by("old", C)], Seen.AFTER),
            ([replace(by("old", B), state="Error")], Seen.OTHER),
            ([by("old", B, P0)], Seen.OTHER),
            ([by("old"), by("old", B)], Seen.OTHER),
        ],
    )
    def test_a_read_tells_how_it_stands(self, seen: list[Assignment], word: Seen) -> None:
        kind = ChangeKind(Holding.of([by("old")]), (A,), (Add(B),), way=Way.GROUP, join="old")
        assert compare(kind, Holding.of(seen)) is word

    def test_who_could_not_be_given_it_is_named(self) -> None:
        odd = replace(by("old", B), state="Error")
        members = people_of({"b@x.nl": Holding.of([odd]), "a@x.nl": Holding.of([by("old", B)])})
        assert failed(members, "old") == (("b@x.nl", "Error"),)


def planned(ways: dict[str, tuple[str, ...]], rules: Rules = Rules()) -> Plan:  # noqa: B008
    """A plan for rows of person, way and target group; a and b are in the group, c inherits elsewhere, d not at all."""
    held = {
        **{f"{name}@x.nl": Holding.of([by("old", A, P1)]) for name in "abe"},
        "c@x.nl": Holding.of([by("both", A)]),
        "d@x.nl": Holding.of([direct(A)]),
    }
    people = people_of(held)
    inside = people_of({upn: h for upn, h in held.items() if upn[0] in "abe"})
    rows = [(f"{who}@x.nl", *cells, *("",) * (3 - len(cells))) for who, cells in ways.items()]
    sheet = moves(*rows, fields="user way to_group add")
    world = World(snapshot_of((sku(A, enabled=9, consumed=5), sku(B), sku(C)), people), (sheet,), A, B)
    return make_plan(world.requests(), world.snapshot, rules, groups=replace(GROUPS, members={"old": inside}))


class TestPlans:
    def test_rows_of_one_group_share_one_change_and_the_others_have_their_own(self) -> None:
        plan = planned({"a": ("group",), "b": ("groep",), "c": ("", "New"), "d": ("direct",)})
        plan_of = dict(zip("abcd", plan.change, strict=True))
        assert plan_of["a"] == plan_of["b"]
        assert len({*plan_of.values()}) == 3 == len(plan.changes)
        assert plan.changes.user_id[plan_of["a"]] == group_key("old")
        assert [(g.group_id, g.members, g.named) for g in plan.groups] == [("old", 3, 2)]
        (guard,) = guards(plan, Limits(), {})
        assert (guard.code, guard.word) == ("group", "--allow-group")
        assert "all its 3 members" in guard.what
        assert "2 of them" in guard.what
        (held,) = guards(plan, Limits(max_changes=4), {})[:1]
        assert held.what.startswith("The plan moves 5 people")

    def test_with_every_member_named_no_word_is_needed(self) -> None:
        assert guards(planned(dict.fromkeys("abe", ("group",))), Limits(), {}) == ()

    def test_the_order_of_the_rows_does_not_matter(self) -> None:
        rows = {"a": ("group",), "c": ("", "New"), "b": ("group",), "e": ("", "", "Gamma")}
        assert planned(rows).plan_id == planned(dict(reversed(rows.items()))).plan_id

    def test_a_group_cannot_change_in_two_ways_nor_while_somebody_leaves_it(self) -> None:
        for other in (("group", "", "Gamma"), ("", "New")):
            plan = planned({"a": ("group",), "b": other})
            assert (plan.bucket, plan.code) == ([Bucket.BLOCKED] * 2, ["group_conflict"] * 2)
            assert (len(plan.changes), plan.groups) == (0, ())

    def test_a_protected_member_keeps_the_group_as_it_is(self) -> None:
        for rules in (Rules(protected=frozenset({"e@x.nl"})), Rules(protected_groups=frozenset({"old"}))):
            assert planned({"a": ("group",)}, rules).code == ["protected"]

    def test_groups_are_named_for_each_row_and_in_the_page(self) -> None:
        plan = planned({"a": ("",), "c": ("",), "b": ("group",)})
        assert plan.detail == {0: "Name of old", 1: "Name of both"}
        assert group_lines(plan) == (
            "The licences of the group Name of old change for all its 3 members; the sheets name 1.",
            "Old licences that come from groups, by group and rows: Name of both (1), Name of old (1).",
        )
        held = {"a@x.nl": Holding.of([by("old")])}
        world = World(snapshot_of((sku(A), sku(B)), people_of(held)), (moves(("a@x.nl", ""), fields="user add"),), A, B)
        requests = world.requests()
        (problem,) = detailed(make_plan(requests, world.snapshot, groups=GROUPS), requests)
        assert "(Name of old)" in problem.text
        assert (problem.code, problem.place.row) == ("inherited", requests.row[0])

    def test_a_group_without_seats_for_all_is_short(self) -> None:
        plan = planned({"a": ("group",)})
        few = replace(plan, skus=())
        assert few.changes.kinds[0].takes == (B, B, B)
        people = people_of({"a@x.nl": Holding.of([by("old", A, P1)]), "b@x.nl": Holding.of([by("old", A, P1)])})
        sheet = moves(("a@x.nl", "group"), fields="user way")
        world = World(snapshot_of((sku(A, enabled=2, consumed=2), sku(B, enabled=1)), people), (sheet,), A, B)
        short = make_plan(world.requests(), world.snapshot, groups=replace(GROUPS, members={"old": people}))
        assert short.code == ["no_seats"]


def test_what_is_to_be_bought_counts_every_member() -> None:
    held = {f"{who}@x.nl": Holding.of([by("old", A, P1)]) for who in "abc"}
    people, row = people_of(held), ("a@x.nl", "group")
    world = World(
        snapshot_of((sku(A, enabled=3, consumed=3), sku(B, enabled=1)), people), (moves(row, fields="user way"),), A, B
    )
    found = demand(world.requests(), world.snapshot, Rules(), (), replace(GROUPS, members={"old": people}))
    assert (found.movers, found.leaves[A], found.purchase.seats, found.held_back) == (3, 3, {B: 2}, 0)


class TestCells:
    @pytest.mark.parametrize(
        ("way", "to_group", "found"),
        [
            ("", "", (Way.DIRECT, "")),
            ("Direct", "", (Way.DIRECT, "")),
            ("GRUPPE", "", (Way.GROUP, "")),
            ("", " New Group ", (Way.MEMBERSHIP, "new group")),
            ("somehow", "", "bad_way"),
            ("group", "New", "bad_way"),
            ("direct", "New", "bad_way"),
        ],
    )
    def test_what_they_say(self, way: str, to_group: str, found: object) -> None:
        asked = on_way(Ask((A,), (B,)), way, to_group)
        assert (asked.code if isinstance(asked, No) else (asked.way, asked.to_group)) == found

    def test_rows_of_one_person_have_to_say_the_same_way(self) -> None:
        assert join([Ask((A,), (B,)), Ask((C,), (D,), None, Way.GROUP)]) is None
        both = join([Ask((A,), (B,), None, Way.GROUP), Ask((C,), (), None, Way.GROUP)])
        assert both == Ask((A, C), (B,), None, Way.GROUP)


def test_a_missing_place_is_given_with_the_licence_where_the_rules_say_one() -> None:
    rules = Rules(location="NL")
    for located, place in ((True, ""), (False, "NL")):
        kind = decide(Holding.of([direct(A)]), Ask((A,), (B,)), OWNED, rules, located=located).kind
        assert kind is not None
        assert kind.location == place
    gone = decide(Holding.of([direct(A), direct(C)]), Ask((A,), ()), OWNED, rules, located=False).kind
    assert gone is not None
    assert gone.location == ""


def test_groups_stand_behind_the_people() -> None:
    people = with_groups(people_of({"a@x.nl": Holding()}), crowd())
    assert (people.ids[-1], people.upns[-1]) == (group_key("old"), "Name of old (group old)")
    assert {len(c) for c in (people.ids, people.upns, people.names, people.locations, people.holding)} == {2}


def test_the_page_says_places_moves_and_rights() -> None:
    plan = planned({"c": ("", "New"), "a": ("", "new")})
    assert "2 people move into the group Name of new, then out of their old ones." in group_lines(plan)
    (sentence,) = rights_lines(plan)
    assert "GroupMember.ReadWrite.All" in sentence
    placed = replace(plan.changes.kinds[0], way=Way.DIRECT, location="NL")
    changes = replace(plan.changes, kinds=(placed,) * len(plan.changes.kinds))
    assert "Usage location NL is set for 2 people who have none." in group_lines(replace(plan, changes=changes))
    assert [right.name for right in needed_for((placed,))] == ["User.ReadWrite.All"]
    assert rights_lines(planned({"d": ("",)})) == ()


def test_a_kind_says_its_way_and_its_place() -> None:
    kinds = planned({"a": ("group",), "c": ("", "New"), "d": ("",)}).changes.kinds
    words = {kind.way: kind_words(replace(kind, location="NL"), {}) for kind in kinds}
    assert words[Way.GROUP].endswith(f"{B}, on a group, for all its members, usage location NL set")
    assert words[Way.MEMBERSHIP].endswith(f"{B}, through another group, usage location NL set")
    assert words[Way.DIRECT].endswith(f"{B}, usage location NL set")


class TestUndo:
    @pytest.mark.parametrize(
        ("held", "word"),
        [
            ([by("old", A, P1)], ""),
            ([by("old", A, P1), by("both", A)], "undo_group"),
            ([by("old", A, P1), direct(A)], "undo_group"),
        ],
    )
    def test_there_is_a_way_back_into_one_group(self, held: list[Assignment], word: str) -> None:
        kind = decided(*held, ask=into("new"))
        assert isinstance(kind, ChangeKind)
        found = decide_back(kind.after, ask_back(kind), OWNED, Rules(), located=True)
        assert found.code == word
        if found.kind:
            assert found.kind.after == kind.before
            assert found.kind.call("u") == Call("u", (), (Add(A, (P1,)),), "", Way.MEMBERSHIP, "old", ("new",))
            assert (found.kind.takes, found.kind.frees) == ((A,), (B,))
            assert compare(found.kind, kind.after) is Seen.BEFORE


class TestServicesThatExcludeEachOther:
    EXCHANGE = FAMILIES["Exchange Online"]
    SMALL, LARGE = EXCHANGE["EXCHANGE_S_STANDARD"], EXCHANGE["EXCHANGE_S_ENTERPRISE"]

    def owned(self) -> dict[str, Sku]:
        plans = {A: self.SMALL, B: self.LARGE, C: self.SMALL}
        made = {s: (ServicePlan(plan_id=p, name="mail"),) for s, p in plans.items()}
        return {s: replace(sku(s), plans=p) for s, p in made.items()}

    @pytest.mark.parametrize(
        ("held", "ask", "word"),
        [
            # In between both are held; changed on the group, the old one goes as the new one comes.
            ([grouped(A, group="old")], into("new"), "group_clash"),
            ([grouped(A, group="old")], ON_GROUP, ""),
            ([grouped(A, group="old"), direct(C)], ON_GROUP, "group_clash"),
        ],
    )
    def test_they_are_foreseen(self, held: list[Assignment], ask: Ask, word: str) -> None:
        holding = Holding.of(held)
        plain = {**GROUPS.known, "old": group("old", Add(A))}
        groups = Groups(plain, {"old": people_of({"a@x.nl": holding})})
        found = decide(holding, ask, self.owned(), Rules(), groups, located=True)
        assert (found.code, found.kind is None, found.would is None) == (word, bool(word), not word)


class TestSeatsOfAGroup:
    """One change that takes several seats of one SKU."""

    GROUP = ChangeKind(
        Holding.of([by("old")]), (A,), (Add(B),), way=Way.GROUP, join="old", people=3, seats=((A, -3), (B, 3))
    )
    ONE = ChangeKind(Holding.of([direct(B)]), (B,), (Add(C),))
    IN = ChangeKind(Holding.of([direct(C)]), (C,), (Add(B),))

    def test_it_is_sent_once_there_are_seats_for_all(self) -> None:
        ledger = Ledger([0, 1, 2], (self.GROUP, self.ONE, self.IN))
        entries = [
            Entry(EntryKind.OPENED, -1, 1.0, text=Policy().to_json()),
            Entry(EntryKind.COUNTED, -1, 2.0, text=json.dumps({A: 0, B: 2, C: 5})),
        ]
        ledger.record(*entries)
        queue = Queue(ledger)
        # Two seats are not enough for three members, and nobody overtakes them.
        assert step(ledger, queue, 3.0, 0, stop_asked=False) == Send((1,))
        ledger.record(Entry(EntryKind.SENT, 1, 3.0, group=1), Entry(EntryKind.ANSWERED, 1, 4.0, 1, 200))
        assert ledger.free[B] == 3
        assert step(ledger, queue, 5.0, 0, stop_asked=False) == Send((0,))
        ledger.record(Entry(EntryKind.SENT, 0, 5.0, group=2))
        assert (ledger.promised[B], queue.fresh(20, {})) == (3, [])
        ledger.record(Entry(EntryKind.ANSWERED, 0, 6.0, 2, 200))
        assert (ledger.free[A], ledger.free[B], ledger.promised[B]) == (3, 0, 0)

    @pytest.mark.parametrize(("free", "short"), [(3, False), (2, True), (0, True)])
    def test_a_plan_counts_them_all(self, free: int, short: bool) -> None:
        seating = seat([(self.GROUP.takes, self.GROUP.frees), ((A,), (C,))], [0, 1], {A: 0, B: free, C: 0})
        assert bool(seating.shortages) == short
        assert list(seating.order) == ([] if short else [0, 1])
        if short:
            assert seating.purchase.seats[B] == 3 - free
