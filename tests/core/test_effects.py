"""What people gain, keep and lose: the rules, the law that nothing is left out, and the page of the usual moves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.changes import ChangeKind
from batch.core.decide import decide
from batch.core.effects import Effects, effects, hazards_of, warnings_of
from batch.core.effects_words import effect_lines, effects_page, kind_words, page_lines
from batch.core.requests import Ask
from batch.core.rules import NewServices, Rules
from batch.core.services import switched_on
from batch.core.successors import TIERS, tier
from batch.core.terms import Add, Assignment, Holding, ServicePlan, Sku
from tests.core.products import products
from tests.core.worlds import A, B, C, direct

GOLDEN = Path(__file__).parent / "golden" / "effects.txt"

K, E1, E3, E5 = TIERS["Forms"].values()
MAIL_1, MAIL_2 = list(TIERS["Exchange Online"].values())[1:]
ARCHIVE = "176a09a6-7ec5-4039-ac02-b2791c6ba793"
SWAY, TEAMS, YAMMER, SKYPE = (f"plan-{word}" for word in ("sway", "teams", "yammer", "skype"))


def pack(sku_id: str, *plans: str) -> Sku:
    listed = tuple(ServicePlan(plan_id=p, name=p) for p in plans)
    return Sku(sku_id=sku_id, part_number=sku_id, name=sku_id[:8], plans=listed, enabled=9)


def by_id(*packs: Sku) -> dict[str, Sku]:
    return {p.sku_id: p for p in packs}


def swap(*held: Assignment, off: tuple[str, ...] = ()) -> ChangeKind:
    return ChangeKind(Holding.of(held), (A,), (Add(B, off),))


def found(kind: ChangeKind, *packs: Sku) -> dict[str, tuple[object, ...]]:
    """What there is of effects, by name."""
    all_of = effects(kind, by_id(*packs))
    named = {name: getattr(all_of, name) for name in Effects.__slots__}
    return {name: value for name, value in named.items() if value}


def test_gained_kept_and_lost():
    packs = (pack(A, SWAY, TEAMS), pack(B, TEAMS, YAMMER))
    assert found(swap(direct(A)), *packs) == {"gained": (YAMMER,), "kept": (TEAMS,), "lost": (SWAY,)}


def test_what_was_off_is_neither_lost_nor_kept():
    packs = (pack(A, SWAY, TEAMS), pack(B, TEAMS, YAMMER))
    kind = swap(direct(A, SWAY, TEAMS), off=(TEAMS, YAMMER))
    assert found(kind, *packs) == {"stays_off": (TEAMS,), "left_off": (YAMMER,)}


def test_what_else_gives_a_service_counts():
    packs = (pack(A, SWAY), pack(B, TEAMS), pack(C, SWAY, TEAMS))
    assert found(swap(direct(A), direct(C), off=(TEAMS,)), *packs) == {"kept": (SWAY, TEAMS)}
    failed = Assignment(sku_id=C, group="g", state="Error")
    assert found(swap(direct(A), failed), *packs) == {"gained": (TEAMS,), "lost": (SWAY,)}
    assert found(swap(Assignment(sku_id=A, state="Error")), *packs) == {"gained": (TEAMS,)}


def test_tiers():
    assert found(swap(direct(A)), pack(A, E3), pack(B, E5)) == {"renamed": ((E3, E5),)}
    assert found(swap(direct(A)), pack(A, E5), pack(B, E3)) == {"lowered": ((E5, E3),)}
    assert found(swap(direct(A), off=(E3,)), pack(A, E5), pack(B, E3)) == {"lost": (E5,)}
    # Beside a lower tier that stays, the higher one is a gain; what goes falls back on what stays.
    kept = (pack(A, SWAY), pack(B, E5), pack(C, K))
    assert found(swap(direct(A), direct(C)), *kept) == {"gained": (E5,), "kept": (K,), "lost": (SWAY,)}
    back = (pack(A, E5), pack(B, SWAY), pack(C, K))
    assert found(swap(direct(A), direct(C)), *back) == {"gained": (SWAY,), "kept": (K,), "lowered": ((E5, K),)}


def test_a_service_within_another_is_not_lost_or_gained():
    packs = (pack(A, MAIL_2), pack(B, MAIL_1, ARCHIVE))
    assert found(swap(direct(A)), *packs) == {"renamed": ((MAIL_2, ARCHIVE),), "lowered": ((MAIL_2, MAIL_1),)}
    back = (pack(A, MAIL_1, ARCHIVE), pack(B, MAIL_2))
    assert found(swap(direct(A)), *back) == {"renamed": tuple(sorted([(MAIL_1, MAIL_2), (ARCHIVE, MAIL_2)]))}


def test_a_licence_that_the_tenant_does_not_list_says_nothing():
    assert found(swap(direct(A)), pack(B, SWAY)) == {"gained": (SWAY,)}
    assert found(swap(direct(A)), pack(A, SWAY)) == {"lost": (SWAY,)}


_SOME = st.sets(st.sampled_from([K, E1, E3, E5, MAIL_1, MAIL_2, ARCHIVE, SWAY, TEAMS]))


@settings(max_examples=200, deadline=None)
@given(_SOME, _SOME, _SOME, _SOME, _SOME)
def test_every_plan_is_accounted_for(in_a, in_b, in_c, off_a, off_b):
    packs = by_id(pack(A, *in_a), pack(B, *in_b), pack(C, *in_c))
    kind = swap(direct(A, *off_a & in_a), direct(C), off=tuple(sorted(off_b & in_b)))
    before, after = (switched_on(h.assignments, packs) for h in (kind.before, kind.after))
    one = effects(kind, packs)
    went, came = ({p[side] for p in (*one.renamed, *one.lowered)} for side in (0, 1))
    assert before == set(one.kept) | went | set(one.lost)
    assert not set(one.kept) & (went | set(one.lost))
    assert after == set(one.kept) | came | set(one.gained)
    assert not set(one.gained) & (set(one.kept) | came)
    assert not {tier(p)[0] for p in one.lost} & {tier(p)[0] for p in after}
    assert set(one.stays_off) | set(one.left_off) <= set(kind.add[0].disabled) - before - after
    assert not set(one.stays_off) & set(one.left_off)


# --- plans that do not go together ---------------------------------------------------------------------------------

PROJECT = "fe71d6c3-a2ea-4499-9778-da042bf08063"
FILES_1, FILES_2 = list(TIERS["SharePoint"].values())[1:]


def test_what_the_service_may_refuse_is_foreseen():
    packs = by_id(pack(A, FILES_2), pack(B, FILES_1), pack(C, PROJECT, MAIL_1))
    ((code, sentence),) = warnings_of(swap(direct(A), direct(C)), packs)
    assert code == "plan_dependency"
    assert sentence == f"{PROJECT} (0000000c) needs {FILES_2}, which is not on."
    # It was so before: nothing new.
    assert warnings_of(swap(direct(A, FILES_2), direct(C)), packs) == ()
    packs |= by_id(pack(A, SWAY), pack(B, MAIL_2, FILES_2))
    ((code, sentence),) = warnings_of(swap(direct(A), direct(C, PROJECT)), packs)
    assert (code, sentence) == ("plans_conflict", f"{MAIL_1} (0000000c) and {MAIL_2} (0000000b) exclude each other.")


def test_an_add_on_whose_base_goes_is_named_with_its_product():
    owned = {s.sku_id: s for s in products().values()}
    e5, e3, meet = (products()[n].sku_id for n in ("ENTERPRISEPREMIUM", "Office_365_E3_(no_Teams)", "MCOMEETADV"))
    kind = ChangeKind(Holding.of([Assignment(sku_id=e5), Assignment(sku_id=meet)]), (e5,), ())
    (warning,) = warnings_of(kind, owned)
    assert warning.sentence == (
        "MCOMEETADV (Microsoft 365 Audio Conferencing) needs MCOIMP or MCOSTANDARD or TEAMS1, which is not on."
    )
    assert "voice" in hazards_of(kind, owned)
    assert not warnings_of(ChangeKind(kind.before, (e5,), (Add(e3),)), owned)


# --- the page ------------------------------------------------------------------------------------------------------

NAMES = {A: "Alpha", B: "Beta", C: "Gamma"}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (swap(direct(A)), "Alpha → Beta"),
        (swap(direct(A), direct(B)), "Alpha goes, services of Beta changed"),
        (ChangeKind(Holding.of([direct(A), direct(B)]), (A,), ()), "Alpha goes, nothing new is needed"),
        (ChangeKind(Holding.of([direct(A)]), (), (Add(B), Add(C))), "Beta + Gamma added"),
        (ChangeKind(Holding.of([direct(B)]), (), (Add(B),)), "services of Beta changed"),
    ],
)
def test_a_change_in_words(kind, words):
    assert kind_words(kind, NAMES) == words


def test_a_hazard_says_what_it_waits_for():
    kind, packs = swap(direct(A)), by_id(pack(A, SWAY, MAIL_1), pack(B, SWAY))
    said = {
        "Blocked until it is accepted: --accept mailbox": Rules(),
        "Accepted.": Rules(accepted=frozenset({"mailbox"})),
        "Only named.": Rules(lenient=True),
    }
    for words, rules in said.items():
        text = " ".join(" ".join(effect_lines(kind, packs, rules)).split())
        assert "Hazard mailbox: " in text
        assert text.endswith(words)


def test_kinds_that_read_the_same_are_one():
    packs = by_id(pack(A, SWAY), pack(B, SWAY), pack(C, TEAMS))
    kinds = [
        (swap(direct(A)), 2),
        (swap(Assignment(sku_id=A, state="ActiveWithError")), 3),
        (swap(direct(A), direct(C)), 7),
    ]
    page = effects_page(kinds, packs, NAMES, Rules())
    assert [(one.title, one.people) for one in page] == [("Alpha → Beta", 7), ("Alpha → Beta", 5)]
    assert list(page_lines(page))[:2] == ["Alpha → Beta (beside Gamma): 7 people", "  keeps (2): plan-sway, plan-teams"]


def sample_page() -> str:
    """The usual moves of a tenant, decided as a plan would, one after the other."""
    owned = {s.sku_id: s for s in products().values()}
    of = {part: s.sku_id for part, s in products().items()}
    e3, e4, e5, spb = (of[n] for n in ("ENTERPRISEPACK", "ENTERPRISEWITHSCAL", "ENTERPRISEPREMIUM", "SPB"))
    visio, project = of["VISIOCLIENT"], of["PROJECTPROFESSIONAL"]
    forms_e3, sway = TIERS["Forms"]["FORMS_PLAN_E3"], "a23b959c-7ce8-4e57-9140-b90eb88a9e97"
    inherit, every = Rules(), Rules(new_services=NewServices.ALL_ON)
    moves = (
        ("inherit, the default", inherit, (direct(e4, forms_e3, sway),), Ask((e4,), (e3,))),
        ("inherit", inherit, (direct(e4, forms_e3, sway), direct(visio)), Ask((e4,), (e5,))),
        ("all-on", every, (direct(e4),), Ask((e4,), (e5,))),
        ("inherit", inherit, (direct(e5), direct(visio), direct(project)), Ask((e5,), (e3,))),
        ("inherit", inherit, (direct(e3),), Ask((e3,), (spb,))),
        ("inherit", inherit, (direct(e3), direct(visio), direct(project)), Ask((e3,), (spb,))),
        ("all-on", every, (direct(e3), direct(project)), Ask((e3,), (spb,))),
        ("inherit", inherit, (direct(e4),), Ask((e4,), (e3, project))),
        ("inherit", inherit, (direct(e3),), Ask((), (visio,))),
        ("inherit", inherit, (direct(e3), direct(project)), Ask((project,), ())),
    )
    names = {s.sku_id: s.name for s in owned.values()}
    lines = []
    for policy, rules, held, ask in moves:
        decision = decide(Holding.of(held), ask, owned, rules, located=True)
        kind = decision.kind or decision.would
        assert kind
        beside = [names[a.sku_id] for a in kind.before.assignments if a.sku_id not in kind.remove]
        lines += [f"[{policy}{'; also holds ' + ' + '.join(beside) if beside else ''}]"]
        lines += page_lines(effects_page([(kind, 1)], owned, names, rules))
    return "\n".join(lines)


@pytest.mark.golden
def test_the_page_of_the_usual_moves_is_as_it_was():
    made = sample_page()
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(made, "utf-8")
    assert made == GOLDEN.read_text("utf-8"), "GOLDEN=write writes it anew"
