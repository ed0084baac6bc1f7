"""One person's holdings and one ask: every combination, against the rules written out a second time."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings

from batch.core.changes import ChangeKind
from batch.core.decide import Decision, decide
from batch.core.hazards import HAZARDS
from batch.core.outcomes import Bucket
from batch.core.reasons import REASONS
from batch.core.requests import Ask
from batch.core.rules import NewServices, Rules
from batch.core.successors import TIERS
from batch.core.terms import Add, Assignment, Holding, ServicePlan, Sku, SkuStatus
from tests.core.worlds import PLAN_NAMES, PLANS, A, B, C, D, direct, grouped, sku, worlds

P0, P1, P2, P3 = PLANS
OWNED = {s.sku_id: s for s in (sku(A), sku(B), sku(C))}

#: How somebody holds the old licence (A, with P0 off) and the new one (B, with P1 off).
OLD = {
    "not": (),
    "direct": (direct(A, P0),),
    "group": (grouped(A, P0),),
    "both": (direct(A, P0), grouped(A)),
    "failed": (grouped(A, state="Error"),),
}
NEW = {
    "not": (),
    "direct": (direct(B, P1),),
    "group": (grouped(B, P1),),
    "both": (direct(B, P1), grouped(B, P1)),
    "failed": (grouped(B, state="Error"),),
}
ASKS = {
    "move": Ask((A,), (B,)),
    "add": Ask((), (B,)),
    "remove": Ask((A,), ()),
    "move with a list": Ask((A,), (B,), (P2,)),
    "move with an empty list": Ask((A,), (B,), ()),
    "add with the list that is so": Ask((), (B,), (P1,)),
}
TARGETS = {
    "active": sku(B),
    "in its grace period": sku(B, status=SkuStatus.WARNING),
    "suspended": sku(B, status=SkuStatus.SUSPENDED),
    "deleted": sku(B, status=SkuStatus.DELETED),
    "locked out": sku(B, status=SkuStatus.LOCKED_OUT),
    "company": sku(B, applies_to="Company"),
    "poor": sku(B, plans=(P3,)),
    "not owned": None,
}


def expected(old: str, new: str, ask: Ask, target: str, *, located: bool) -> str:
    """The reason word, or "planned", from the rules in words."""
    if ask.add and (word := of_the_target(new, ask, target)):
        return word
    if ask.remove and old in ("group", "both", "failed"):
        return "inherited"
    given = bool(ask.add) and new in ("not", "failed")
    off = None if ask.disabled is None else set(ask.disabled)
    taken = bool(ask.remove) and old == "direct"
    # Everything but P0 is on in the old licence, and P1 is off in the new one.
    lost = taken and new in ("direct", "group", "both") and bool(ask.add) and target != "poor"
    if lost and new == "group":
        return "target_lacks_service"
    changed = bool(ask.add) and new in ("direct", "both") and (lost or not {P1}.issuperset(off or ()))
    if not (given or changed or taken):
        return "already_done"
    if ask.remove and not taken and given:
        return "source_not_held"
    if (given or changed) and not located:
        return "no_location"
    return "would_be_bare" if taken and not given and new in ("not", "failed") else "planned"


def of_the_target(new: str, ask: Ask, target: str) -> str:
    """Why the new licence cannot be given to anybody, or not to somebody who lacks it."""
    if target == "not owned":
        return "sku_not_owned"
    if target == "poor" and ask.disabled:
        return "plan_not_in_sku"
    if new in ("not", "failed") and target == "company":
        return "sku_company"
    dead = target in ("suspended", "deleted", "locked out")
    return "sku_not_active" if new in ("not", "failed") and dead else ""


EVERY = list(product(OLD, NEW, ASKS, TARGETS, (True, False)))


def test_every_combination():
    assert len(EVERY) == 5 * 5 * 6 * 8 * 2
    found = set()
    for old, new, ask, target, located in EVERY:
        owned = {A: sku(A)} | ({B: TARGETS[target]} if TARGETS[target] else {})
        holding = Holding.of((*OLD[old], *NEW[new]))
        decision = decide(holding, ASKS[ask], owned, located=located)
        word = expected(old, new, ASKS[ask], target, located=located)
        assert (decision.code or "planned") == word, (old, new, ask, target, located)
        assert (decision.kind is not None) == (word == "planned") == (decision.bucket is Bucket.PLANNED)
        assert (decision.bucket is Bucket.UNCHANGED) == (word == "already_done")
        if decision.kind:
            _check(decision.kind, holding, ASKS[ask], old, new)
            kept = _kept_off(decision.kind, old, new) & owned[B].plan_ids if decision.kind.add else set()
            assert all(set(a.disabled) == kept.union(ASKS[ask].disabled or ()) for a in decision.kind.add)
        found.add(word)
    assert found == {
        *("sku_not_owned", "plan_not_in_sku", "sku_company", "sku_not_active", "inherited", "already_done"),
        *("source_not_held", "no_location", "would_be_bare", "planned", "target_lacks_service"),
    }


def _check(kind: ChangeKind, holding: Holding, ask: Ask, old: str, new: str) -> None:
    assert kind.before == holding
    assert kind.remove == ((A,) if ask.remove and old == "direct" else ())
    assert {a.sku_id for a in kind.add} <= {B}
    assert kind.takes == ((B,) if ask.add and new in ("not", "failed") else ())
    assert kind.frees == kind.remove


def _kept_off(kind: ChangeKind, old: str, new: str) -> set[str]:
    """What is off besides the sheet's list: P0 with the old licence, P1 in the new one unless the old one had it on."""
    if new in ("direct", "both"):
        return set() if kind.remove else {P1}
    return {P0} if old in ("direct", "group") else set()


# --- several products in one row -----------------------------------------------------------------------------------


def planned(remove=(), add=()) -> tuple[tuple[str, ...], tuple[Add, ...]]:
    return (remove, add)


def what(*held, ask: Ask, owned=OWNED, located=True) -> tuple[object, object] | str:
    decision = decide(Holding.of(held), ask, owned, located=located)
    return decision.code or (decision.kind.remove, decision.kind.add)


def test_some_of_several_are_held():
    assert what(direct(A), ask=Ask((A, C), (B,))) == planned((A,), (Add(B),))


def test_one_of_several_is_inherited():
    assert what(direct(A), grouped(C), ask=Ask((A, C), (B,))) == "inherited"


def test_one_of_several_new_ones_is_there_already():
    assert what(direct(A, P3), direct(B, P3), ask=Ask((A,), (B, C))) == planned((A,), (Add(C, (P3,)),))


def test_one_of_several_new_ones_comes_through_a_group():
    assert what(direct(A), grouped(B), ask=Ask((A,), (B, C))) == planned((A,), (Add(C),))


def test_one_of_several_new_ones_is_not_owned():
    assert what(direct(A), ask=Ask((A,), (B, D))) == "sku_not_owned"


def test_the_old_one_is_gone_and_one_new_one_is_missing():
    assert what(direct(B), ask=Ask((A,), (B, C))) == "source_not_held"


def test_a_list_of_services_goes_to_the_products_that_have_them():
    """One row gives an office suite and a drawing program, and names a service of the suite."""
    owned = {A: sku(A), B: sku(B, plans=(P0, P1)), C: sku(C, plans=(P2,))}
    assert what(direct(A), ask=Ask((A,), (B, C), (P0,)), owned=owned) == planned((A,), (Add(B, (P0,)), Add(C)))
    assert what(direct(A), ask=Ask((A,), (B, C), (P0, P2)), owned=owned) == planned(
        (A,), (Add(B, (P0,)), Add(C, (P2,)))
    )
    assert what(direct(A), ask=Ask((A,), (B, C), (P0, P3)), owned=owned) == "plan_not_in_sku"


def test_a_list_of_services_leaves_alone_a_product_of_which_it_does_not_speak():
    owned = {A: sku(A, plans=(P2,)), B: sku(B, plans=(P0, P1)), C: sku(C, plans=(P2,))}
    ask = Ask((A,), (B, C), (P0,))
    # Held with a service off: that stays off, unless the old one had it on.
    assert what(direct(A, P2), direct(C, P2), ask=ask, owned=owned) == planned((A,), (Add(B, (P0,)),))
    assert what(direct(A), direct(C, P2), ask=ask, owned=owned) == planned((A,), (Add(B, (P0,)), Add(C)))
    # New: what was off in the old one stays off.
    assert what(direct(A, P2), ask=ask, owned=owned) == planned((A,), (Add(B, (P0,)), Add(C, (P2,))))


def test_a_new_list_for_a_product_that_only_a_group_gives_is_not_forced_upon_the_person():
    assert what(grouped(B, P1), ask=Ask((), (B,), (P2,))) == "already_done"


def test_setting_services_anew_takes_no_seat_and_needs_no_source():
    holding = Holding.of([direct(B, P1)])
    decision = decide(holding, Ask((A,), (B,), (P2,)), OWNED, located=True)
    assert decision == Decision(Bucket.PLANNED, "", ChangeKind(holding, (), (Add(B, (P1, P2)),)))
    assert (decision.kind.takes, decision.kind.frees) == ((), ())


def test_services_are_set_anew_even_where_the_subscription_has_ended():
    owned = {B: sku(B, status=SkuStatus.SUSPENDED)}
    assert what(direct(B), ask=Ask((), (B,), (P2,)), owned=owned) == planned((), (Add(B, (P2,)),))


def test_the_last_licence_is_not_taken_away():
    assert what(direct(A), ask=Ask((A,), ())) == "would_be_bare"
    assert what(direct(A), direct(C), ask=Ask((A,), ())) == planned((A,))
    assert what(direct(A), direct(C), ask=Ask((A, C), ())) == "would_be_bare"


def test_taking_away_needs_no_location():
    assert what(direct(A), direct(C), ask=Ask((A,), ()), located=False) == planned((A,))


def test_somebody_without_any_licence():
    assert what(ask=Ask((A,), (B,))) == "source_not_held"
    assert what(ask=Ask((A,), ())) == "already_done"
    assert what(ask=Ask((), (B,))) == planned((), (Add(B),))


@pytest.mark.parametrize("listed", [(P2, P0), (P0, P2)])
def test_lists_of_services_are_sorted(listed):
    assert what(direct(A), ask=Ask((A,), (B,), listed)) == planned((A,), (Add(B, (P0, P2)),))


# --- no service changes silently -----------------------------------------------------------------------------------


def test_a_service_that_is_off_in_the_new_one_held_already_is_switched_on_when_the_old_one_goes():
    """The new licence was given beforehand without mail, which the old one provides: nobody may lose mail by it."""
    holding = Holding.of([direct(A), direct(B, P1, P2)])
    decision = decide(holding, Ask((A,), (B,)), OWNED, located=True)
    assert decision == Decision(Bucket.PLANNED, "", ChangeKind(holding, (A,), (Add(B),)))
    assert (decision.kind.takes, decision.kind.frees) == ((), (A,))


def test_only_what_would_be_lost_is_switched_on():
    assert what(direct(A, P2), direct(B, P1, P2), ask=Ask((A,), (B,))) == planned((A,), (Add(B, (P2,)),))
    assert what(direct(A, P1), direct(B, P1), ask=Ask((A,), (B,))) == planned((A,))


def test_a_service_that_something_else_still_gives_is_left_as_it_is():
    assert what(direct(A), direct(B, P1), direct(C), ask=Ask((A,), (B,))) == planned((A,))
    assert what(direct(A), direct(B, P1), grouped(C), ask=Ask((A,), (B,))) == planned((A,))
    assert what(direct(A), direct(B, P1), grouped(B), ask=Ask((A,), (B,))) == planned((A,))
    assert what(direct(A), direct(B, P1), ask=Ask((A,), (B, C))) == planned((A,), (Add(C),))


def test_what_failed_gives_no_service():
    failed = grouped(C, state="Error")
    assert what(direct(A), direct(B, P1), failed, ask=Ask((A,), (B,))) == planned((A,), (Add(B),))
    gone = Assignment(sku_id=A, state="Error")
    assert what(gone, direct(B, P1), ask=Ask((A,), (B,))) == planned((A,))


def test_a_service_of_the_old_one_that_the_new_one_does_not_have_is_not_asked_of_it():
    owned = OWNED | {B: sku(B, plans=(P0, P2))}
    assert what(direct(A), direct(B, P2), ask=Ask((A,), (B,)), owned=owned) == planned((A,), (Add(B),))
    assert what(direct(A, P2), direct(B, P2), ask=Ask((A,), (B,)), owned=owned) == planned((A,))
    # A choice about a service that the tenant's edition has no longer is no reason to send it, and cannot be sent.
    assert what(direct(A), direct(B, P3), ask=Ask((A,), (B,)), owned=owned) == planned((A,))
    assert what(direct(A), direct(B, P2, P3), ask=Ask((A,), (B,)), owned=owned) == planned((A,), (Add(B),))


def test_a_service_that_only_a_group_could_switch_on_blocks_the_row():
    assert what(direct(A), grouped(B, P1), ask=Ask((A,), (B,))) == "target_lacks_service"
    assert what(direct(A), grouped(B, P1), grouped(B, P2, group="group-2"), ask=Ask((A,), (B,))) == planned((A,))
    assert what(direct(A, P1), grouped(B, P1), ask=Ask((A,), (B,))) == planned((A,))
    failed = Assignment(sku_id=B, disabled=(P1,), state="Error")
    assert what(direct(A), grouped(B, P1), failed, ask=Ask((A,), (B,))) == "target_lacks_service"


def test_a_new_one_held_directly_gives_what_one_from_a_group_lacks():
    assert what(direct(A), grouped(B, P1), direct(C, P1), ask=Ask((A,), (B, C))) == planned((A,), (Add(C),))
    assert what(direct(A), direct(B, P1), direct(C, P1), ask=Ask((A,), (B, C))) == planned((A,), (Add(B),))


def test_what_is_given_and_what_is_set_anew_stand_in_one_order():
    owned = OWNED | {C: sku(C, plans=(P0,))}
    assert what(direct(A), direct(B, P1), ask=Ask((A,), (B, C)), owned=owned) == planned((A,), (Add(B), Add(C)))


def test_what_the_sheet_wants_off_may_be_lost():
    assert what(direct(A), direct(B, P1), ask=Ask((A,), (B,), (P1,))) == planned((A,))
    assert what(direct(A), direct(B, P1, P2), ask=Ask((A,), (B,), (P1,))) == planned((A,), (Add(B, (P1,)),))
    assert what(direct(A), grouped(B, P1), ask=Ask((A,), (B,), (P1,))) == planned((A,))


def test_an_inherited_old_licence_is_told_first():
    assert what(direct(A), grouped(A, P1), grouped(B, P1), ask=Ask((A,), (B,))) == "inherited"


def test_giving_more_switches_nothing_on_that_is_off_everywhere():
    """Whoever has no chat in what they keep does not get chat with a licence on top."""
    assert what(direct(A, P1), ask=Ask((), (B,))) == planned((), (Add(B, (P1,)),))
    assert what(grouped(A, P1), ask=Ask((), (B,))) == planned((), (Add(B, (P1,)),))
    assert what(direct(A, P1), direct(C), ask=Ask((), (B,))) == planned((), (Add(B),))
    assert what(direct(A, P1), grouped(A), ask=Ask((), (B,))) == planned((), (Add(B),))
    assert what(direct(C, P1), grouped(A, P2, state="Error"), ask=Ask((), (B,))) == planned((), (Add(B, (P1,)),))


def test_a_list_of_services_is_added_to_what_is_off():
    """The sheet names one service; another that was off before does not come on by that."""
    assert what(direct(A, P1), ask=Ask((A,), (B,), (P2,))) == planned((A,), (Add(B, (P1, P2)),))
    assert what(direct(A, P1), ask=Ask((A,), (B,), ())) == planned((A,), (Add(B, (P1,)),))
    assert what(direct(C, P1), ask=Ask((), (B,), (P2,))) == planned((), (Add(B, (P1, P2)),))


def test_a_list_of_services_switches_nothing_on_in_what_is_held():
    assert what(direct(B, P1), ask=Ask((), (B,), (P2,))) == planned((), (Add(B, (P1, P2)),))
    assert what(direct(B, P1, P2), ask=Ask((), (B,), (P2,))) == "already_done"
    assert what(direct(B, P1), ask=Ask((), (B,), ())) == "already_done"


def test_a_list_of_services_switches_off_nothing_else_in_what_is_held():
    """What is off in the old licence and on in the new one is on now, and the list does not speak of it."""
    assert what(direct(A, P1), direct(B), ask=Ask((A,), (B,), (P2,))) == planned((A,), (Add(B, (P2,)),))


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_no_service_changes_silently(world):
    """What was off by choice stays off; what the old licence gave and the new one has stays on, but for the list."""
    requests, plan = world.plan()
    owned = {s.sku_id: s for s in world.snapshot.skus}
    for i, change in enumerate(plan.change):
        if change < 0:
            continue
        ask, kind = requests.asks[requests.ask[i]], plan.changes.kinds[plan.changes.kind[change]]
        before, after = _held(kind.before), _held(kind.after)
        off = {p for a in before for p in a.disabled}
        assert _on(after, owned).isdisjoint(off - _on(before, owned)), "a service was switched on"
        given = _on([a for a in before if a.sku_id in kind.remove], owned)
        kept = given & {p for s in ask.add for p in owned[s].plan_ids}
        assert kept - _on(after, owned) <= set(ask.disabled or ()), "a service was lost"
        assert all(owned[a.sku_id].plan_ids.issuperset(a.disabled) for a in kind.add)


def _held(holding: Holding) -> list[Assignment]:
    return [a for a in holding.assignments if a.state != "Error"]


def _on(held: list[Assignment], owned: dict[str, Sku]) -> set[str]:
    return {p for a in held if a.sku_id in owned for p in owned[a.sku_id].plan_ids.difference(a.disabled)}


# --- what the rules of a plan say ----------------------------------------------------------------------------------

VOICE, PHONE = TIERS["Voice"].values()
MAIL_1, MAIL_2 = list(TIERS["Exchange Online"].values())[1:]
FILES_1, FILES_2 = list(TIERS["SharePoint"].values())[1:]


def pack(sku_id: str, *plans: str) -> Sku:
    listed = tuple(ServicePlan(plan_id=p, name=PLAN_NAMES.get(p, p)) for p in plans)
    return Sku(sku_id=sku_id, part_number=sku_id, name=sku_id, plans=listed, enabled=9)


def made(*held, ask: Ask, skus: tuple[Sku, ...], **rules: object) -> Decision:
    return decide(Holding.of(held), ask, {s.sku_id: s for s in skus}, Rules(**rules), located=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rules", "off"),
    [
        ({}, (P1, P2)),
        ({"new_services": NewServices.INHERIT}, (P1, P2)),
        ({"new_services": NewServices.ALL_ON}, ()),
        ({"new_services": NewServices.TEMPLATE, "template": frozenset({"plan_2"})}, (P1,)),
    ],
)
def test_what_is_new_with_the_licence_that_takes_the_old_ones_place(rules, off):
    skus = (pack(A, P0), pack(B, P0, P1, P2))
    assert made(direct(A), ask=Ask((A,), (B,)), skus=skus, **rules).kind.add == (Add(B, off),)
    # The sheet's own list, and what was off, come on top of it.
    listed = made(direct(A), ask=Ask((A,), (B,), (P0,)), skus=skus, **rules)
    assert listed.kind.add == (Add(B, tuple(sorted({P0, *off}))),)
    chosen = made(direct(A, P0), ask=Ask((A,), (B,)), skus=skus, **rules)
    assert chosen.kind.add == (Add(B, tuple(sorted({P0, *off}))),)


def test_a_licence_on_top_comes_with_everything():
    skus = (pack(A, P0, P1), pack(B, P0, P1, P2), pack(C, P0, P3))
    assert made(direct(A), ask=Ask((), (C,)), skus=skus).kind.add == (Add(C),)
    assert made(direct(A), ask=Ask((A,), (B, C)), skus=skus).kind.add == (Add(B, (P2,)), Add(C))
    # The heir is held already: the other one is on top of it all the same.
    assert made(direct(A), direct(B), ask=Ask((A,), (B, C)), skus=skus).kind.add == (Add(C),)
    assert made(direct(A), ask=Ask((A,), (C,)), skus=(pack(A, P0), pack(C, P3))).kind.add == (Add(C),)


def test_a_higher_tier_off_in_the_new_one_is_switched_on_when_the_old_one_goes():
    low, high = TIERS["Forms"]["FORMS_PLAN_E3"], TIERS["Forms"]["FORMS_PLAN_E5"]
    for old, new in ((low, high), (high, low)):
        skus = (pack(A, old), pack(B, new, P0))
        assert made(direct(A), direct(B, new), ask=Ask((A,), (B,)), skus=skus).kind.add == (Add(B),)
        assert made(direct(A), direct(B), ask=Ask((A,), (B,)), skus=skus).kind.add == ()
        assert made(direct(A), grouped(B, new), ask=Ask((A,), (B,)), skus=skus).code == "target_lacks_service"
        assert made(direct(A), grouped(B), ask=Ask((A,), (B,)), skus=skus).kind.add == ()
        assert made(direct(A), direct(B, new), ask=Ask((A,), (B,), (new,)), skus=skus).kind.add == ()


def test_what_is_company_wide_is_refused_in_a_list_and_never_named():
    wide = ServicePlan(plan_id=P1, name="PLAN_1", applies_to="Company")
    skus = (pack(A, P0, P1), replace(pack(B, P0), plans=(*pack(B, P0).plans, wide)))
    assert made(direct(A), ask=Ask((A,), (B,), (P1,)), skus=skus).code == "plan_company"
    assert made(direct(A, P1), ask=Ask((A,), (B,)), skus=skus).kind.add == (Add(B),)
    assert made(direct(B, P1), ask=Ask((), (B,), (P0,)), skus=skus).kind.add == (Add(B, (P0,)),)


def test_a_hazard_blocks_until_it_is_accepted_and_the_change_is_kept_to_be_shown():
    skus = (pack(A, P0, VOICE, MAIL_2), pack(B, P0, MAIL_1))
    move = Ask((A,), (B,))
    change = ChangeKind(Holding.of([direct(A)]), (A,), (Add(B),))
    assert made(direct(A), ask=move, skus=skus) == Decision(Bucket.BLOCKED, "hazard_mailbox", None, change)
    assert made(direct(A), ask=move, skus=skus, accepted=frozenset({"mailbox"})).code == "hazard_voice"
    accepted = frozenset({"mailbox", "voice", "archive"})
    assert made(direct(A), ask=move, skus=skus, accepted=accepted) == Decision(Bucket.PLANNED, "", change)
    assert made(direct(A), ask=move, skus=skus, lenient=True) == Decision(Bucket.PLANNED, "", change)
    # Nothing is lost that was off, or that failed.
    assert made(direct(A, VOICE, MAIL_2), ask=move, skus=skus).kind
    failed = Assignment(sku_id=A, state="Error")
    assert made(failed, ask=move, skus=skus).kind


def test_the_successor_of_a_voice_plan_is_no_hazard():
    skus = (pack(A, P0, VOICE), pack(B, P0, PHONE))
    decision = made(direct(A), ask=Ask((A,), (B,)), skus=skus)
    assert decision.kind.add == (Add(B),)


def test_services_that_do_not_go_together_block_only_where_the_rules_are_strict():
    skus = (pack(A, P0), pack(B, P0, MAIL_1, FILES_1), pack(C, MAIL_2))
    move = Ask((A,), (B,))
    everything = {"new_services": NewServices.ALL_ON}
    assert made(direct(A), direct(C), ask=move, skus=skus, **everything).kind
    strict = made(direct(A), direct(C), ask=move, skus=skus, strict=True, **everything)
    assert (strict.code, strict.kind, strict.would.add) == ("plans_conflict", None, (Add(B),))
    # What is new stays off unless it is asked for, so nothing clashes.
    assert made(direct(A), direct(C), ask=move, skus=skus, strict=True).kind.add == (Add(B, (MAIL_1, FILES_1)),)
    project = "fe71d6c3-a2ea-4499-9778-da042bf08063"
    skus = (pack(A, P0, FILES_2), pack(B, P0, FILES_1), pack(C, project))
    assert made(direct(A), direct(C), ask=move, skus=skus, strict=True).code == "plan_dependency"
    assert made(direct(A), direct(C), ask=move, skus=skus).kind


def test_all_hazards_have_their_words():
    assert {f"hazard_{name}" for name in HAZARDS} == {code for code in REASONS if code.startswith("hazard_")}
    for name in HAZARDS:
        assert f"--accept {name}." in REASONS[f"hazard_{name}"].todo
