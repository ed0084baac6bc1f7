"""A tenant without names: the same shape, and nobody to be recognised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.pseudonyms import Pseudonyms
from batch.core.terms import Assignment, Holding, People, SkuStatus

KEY = b"0123456789abcdef"
GROUP = "00000000-0000-4000-8000-00000000aaaa"
WORDS = st.text(min_size=1, max_size=20)


def crowd(names: list[str]) -> People:
    holdings = (Holding(), Holding.of([Assignment(sku_id="a", group=GROUP), Assignment(sku_id="a")]))
    return People(
        [f"id-{n}" for n in names],
        [f"{n}@contoso.com" for n in names],
        [f"Name of {n}" for n in names],
        ["NL"] * len(names),
        [k % 2 for k in range(len(names))],
        holdings,
    )


@given(st.lists(WORDS, max_size=20, unique_by=str.casefold))
def test_everybody_is_still_one_person_and_holds_the_same(names: list[str]) -> None:
    before, after = crowd(names), Pseudonyms(KEY).people(crowd(names))
    assert len(set(after.ids)) == len(set(after.upns)) == len(names)
    assert (after.holding, after.locations) == (before.holding, before.locations)
    assert [h.sku_ids for h in after.holdings] == [h.sku_ids for h in before.holdings]
    assert all(upn == upn.lower() and upn.endswith("@pseudonym.example") for upn in after.upns)


def test_nothing_of_a_name_is_left_and_the_key_decides() -> None:
    people = crowd(["zoe", "adam"])
    one, other = Pseudonyms(KEY).people(people), Pseudonyms(KEY[::-1]).people(people)
    text = f"{one}"
    assert not [word for word in ("zoe", "adam", "contoso", GROUP) if word in text]
    assert not {*one.upns, *one.ids} & {*other.upns, *other.ids}


def test_groups_and_holdings_go_by_the_same_new_id() -> None:
    names = Pseudonyms(KEY)
    (group,) = names.groups([LicensingGroup(group_id=GROUP, name="Staff of Contoso", licences=())])
    inherited = [a.group for h in names.people(crowd(["a", "b"])).holdings for a in h.assignments if a.group]
    assert inherited == [group.group_id]
    assert "Contoso" not in group.name


def test_the_organisation_is_nobodys() -> None:
    real = Organisation(tenant_id=GROUP, name="Contoso", domains=("contoso.com",), copied_at=5.0)
    made = Pseudonyms(KEY).organisation(real)
    assert made.tenant_id != GROUP
    assert (made.name, made.domains, made.copied_at) == ("Pseudonymised organisation", ("pseudonym.example",), 5.0)


def test_purchases_name_nobody_but_say_whether_a_partner_made_them() -> None:
    names, partner = Pseudonyms(KEY), GROUP[::-1]
    values = {"sku_id": "E3", "part_number": "X", "status": SkuStatus.ENABLED, "total": 7}
    ours, theirs, old = (
        Subscription(subscription_id=f"s-{n}", commerce_id=commerce, owner_tenant=owner, **values)  # type: ignore[arg-type]
        for n, (commerce, owner) in enumerate((("c-0", GROUP), ("c-1", partner), ("", "")))
    )
    made = names.subscriptions((ours, theirs, old))
    own = names.organisation(Organisation(tenant_id=GROUP, name="Contoso")).tenant_id
    assert [s.owner_tenant == own for s in made] == [True, False, False]
    assert [bool(s.owner_tenant) for s in made] == [True, True, False]
    assert not [word for word in (GROUP, partner, "s-0", "s-1", "c-0", "c-1") if word in f"{made}"]
    assert {(s.sku_id, s.total, s.status) for s in made} == {("E3", 7, SkuStatus.ENABLED)}


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Pseudonyms(b"short")
