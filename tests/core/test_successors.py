"""The tiers of services: the table itself, and that it fits the products that come with us."""

from __future__ import annotations

from itertools import permutations

import pytest

from batch.core.names import guid
from batch.core.successors import TIERS, levels, tier
from tests.core.products import products

PRODUCTS = products()


def test_every_plan_stands_once_with_a_lower_case_id():
    plans = [plan for tiers in TIERS.values() for plan in tiers.values()]
    assert len(set(plans)) == len(plans)
    assert all(guid(plan) == plan for plan in plans)
    assert all(len(tiers) > 1 for tiers in TIERS.values())


def test_names_and_ids_are_those_of_the_product_table():
    names = {p.plan_id: p.name for c in PRODUCTS.values() for p in c.plans}
    ours = {plan: name for tiers in TIERS.values() for name, plan in tiers.items()}
    assert {plan: names[plan] for plan in ours.keys() & names.keys()} == {
        plan: ours[plan] for plan in ours.keys() & names
    }
    assert len(ours.keys() & names.keys()) >= 70


def test_no_product_has_two_tiers_of_one_service():
    for product in PRODUCTS.values():
        services = [tier(p.plan_id)[0] for p in product.plans]
        assert len(set(services)) == len(services), product.name


@pytest.mark.parametrize(
    ("old", "new", "steps"),
    [
        ("ENTERPRISEWITHSCAL", "ENTERPRISEPACK", {}),
        # The documented successors of E4's plans in E5.
        (
            "ENTERPRISEWITHSCAL",
            "ENTERPRISEPREMIUM",
            {
                "FLOW_O365_P2": "FLOW_O365_P3",
                "FORMS_PLAN_E3": "FORMS_PLAN_E5",
                "POWERAPPS_O365_P2": "POWERAPPS_O365_P3",
                "STREAM_O365_E3": "STREAM_O365_E5",
                "BPOS_S_TODO_2": "BPOS_S_TODO_3",
                "MCOVOICECONF": "MCOEV",
            },
        ),
        (
            "ENTERPRISEPACK",
            "ENTERPRISEPREMIUM",
            {
                "FLOW_O365_P2": "FLOW_O365_P3",
                "FORMS_PLAN_E3": "FORMS_PLAN_E5",
                "POWERAPPS_O365_P2": "POWERAPPS_O365_P3",
                "STREAM_O365_E3": "STREAM_O365_E5",
                "BPOS_S_TODO_2": "BPOS_S_TODO_3",
                "CDS_O365_P2": "CDS_O365_P3",
                "DYN365_CDS_O365_P2": "DYN365_CDS_O365_P3",
                "KAIZALA_O365_P3": "KAIZALA_STANDALONE",
                "POWER_VIRTUAL_AGENTS_O365_P2": "POWER_VIRTUAL_AGENTS_O365_P3",
                "PROJECT_O365_P2": "PROJECT_O365_P3",
                "WHITEBOARD_PLAN2": "WHITEBOARD_PLAN3",
            },
        ),
    ],
)
def test_steps_between_products(old, new, steps):
    theirs = {tier(p.plan_id): p.name for p in PRODUCTS[new].plans}
    services = {service: name for (service, _), name in theirs.items()}
    found = {
        p.name: services[tier(p.plan_id)[0]]
        for p in PRODUCTS[old].plans
        if tier(p.plan_id) not in theirs and tier(p.plan_id)[0] in services
    }
    assert found == steps


def test_the_highest_tier_counts_in_any_order_and_what_is_within_it():
    kiosk, plan_1, plan_2 = TIERS["Exchange Online"].values()
    archive, loss = "176a09a6-7ec5-4039-ac02-b2791c6ba793", "9bec7e34-c9fa-40b7-a9d1-bd6d1165c7ed"
    for plans in permutations((kiosk, plan_2, archive, plan_1)):
        assert levels(plans) == {"Exchange Online": (2, plan_2), archive: (0, plan_2), loss: (0, plan_2)}
    assert levels((plan_1, archive, "x")) == {"Exchange Online": (1, plan_1), archive: (0, archive), "x": (0, "x")}
