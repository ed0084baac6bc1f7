"""What ``assignLicense`` does to one user, and in which words it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batch.core.exclusions import DOCUMENTED, Conflicts
from batch.core.terms import Add, Answer, Assignment, Call, Holding, SkuStatus
from batch.core.verdict import verdict
from batch.tenants.practice_rules import Ruling, capacity, no_seat, no_such_user, rule, valid_location
from tests.tenants.small_tenant import (
    E1,
    E3,
    E4,
    EXCHANGE,
    GROUP,
    PROJECT,
    ROOM,
    SHAREPOINT,
    SHAREPOINT_PROJECT,
    SKUS_BY_ID,
    SWAY,
    TEAMS,
    VISIO,
    direct,
    guid,
    inherited,
)


def judge(
    before: Holding,
    *,
    remove: tuple[str, ...] = (),
    add: tuple[Add, ...] = (),
    location: str = "FR",
    conflicts: Conflicts = DOCUMENTED,
) -> Ruling | Answer:
    return rule(Call("somebody", remove, add), before, location, SKUS_BY_ID, conflicts)


def message(ruling: Ruling | Answer) -> str:
    assert isinstance(ruling, Answer)
    assert (ruling.status, ruling.code) == (400, "Request_BadRequest")
    return ruling.message


def after(ruling: Ruling | Answer) -> Holding:
    assert isinstance(ruling, Ruling), ruling
    return ruling.holding


class TestTakesEffect:
    def test_a_swap_needs_one_seat_and_frees_one_and_leaves_the_rest_alone(self) -> None:
        assert judge(direct(E4, VISIO), remove=(E4,), add=(Add(E3, (SWAY,)),)) == Ruling(
            Holding.of([Assignment(sku_id=E3, disabled=(SWAY,)), Assignment(sku_id=VISIO)]), (E3,), (E4,)
        )

    def test_adding_a_held_sku_replaces_its_disabled_plans_and_needs_no_seat(self) -> None:
        assert judge(direct(E3, off=(SWAY,)), add=(Add(E3, (TEAMS,)),)) == Ruling(direct(E3, off=(TEAMS,)), (), ())
        assert judge(direct(E3, off=(SWAY,)), add=(Add(E3),)) == Ruling(direct(E3), (), ())

    def test_disabled_plans_are_kept_sorted_and_once(self) -> None:
        assert after(judge(Holding(), add=(Add(E3, (SWAY, TEAMS, SWAY)),))) == direct(
            E3, off=tuple(sorted((SWAY, TEAMS)))
        )

    def test_a_direct_licence_beside_an_inherited_one_costs_no_seat(self) -> None:
        only_group = Holding.of([inherited(E3)])
        both = Holding.of([inherited(E3), Assignment(sku_id=E3)])
        assert judge(only_group, add=(Add(E3),)) == Ruling(both, (), ())
        assert judge(both, remove=(E3,)) == Ruling(only_group, (), ())

    def test_taking_away_needs_no_usage_location(self) -> None:
        assert after(judge(direct(E3), remove=(E3,), location="")) == Holding()

    def test_one_sku_removed_twice_is_removed_once(self) -> None:
        assert after(judge(direct(E3), remove=(E3, E3))) == Holding()


class TestRefused:
    @pytest.mark.parametrize(
        ("before", "remove", "add", "words"),
        [
            ((E4,), (guid(404),), (), f"License {guid(404)} does not correspond to a valid company License."),
            ((E4,), (E4,), (Add(guid(404)),), f"License {guid(404)} does not correspond to a valid company License."),
            ((E4,), (E4,), (Add(ROOM),), f"License {ROOM} cannot be assigned to a user."),
            ((E4,), (E1,), (Add(E3),), "User does not have a corresponding license."),
            ((), (), (Add(E3, (guid(73),)),), f"Service plan {guid(73)} does not belong to license {E3}."),
            ((E4,), (), (), "Either addLicenses or removeLicenses must name a license."),
            ((E4,), (E4,), (Add(E4),), f"License {E4} is named more than once in the request."),
            ((), (), (Add(E4), Add(E4)), f"License {E4} is named more than once in the request."),
        ],
    )
    def test_in_the_services_own_words(
        self, before: tuple[str, ...], remove: tuple[str, ...], add: tuple[Add, ...], words: str
    ) -> None:
        assert message(judge(direct(*before), remove=remove, add=add)) == words

    def test_an_inherited_licence_cannot_be_taken_from_the_user(self) -> None:
        assert message(judge(Holding.of([inherited(E3)]), remove=(E3,))) == (
            "User license is inherited from a group membership and it cannot be removed directly from the user."
        )

    @pytest.mark.parametrize("location", ["", "F", "FRA", "F1", "éé", "  "])
    def test_without_a_usage_location_nothing_is_added(self, location: str) -> None:
        assert message(judge(direct(E4), remove=(E4,), add=(Add(E3),), location=location)) == (
            "License assignment cannot be done for user with invalid usage location."
        )
        assert not valid_location(location)

    @pytest.mark.parametrize("location", ["FR", "NA", "de"])
    def test_two_letters_are_a_usage_location(self, location: str) -> None:
        assert valid_location(location)

    def test_the_words_for_an_unknown_user_and_for_no_seat(self) -> None:
        assert no_such_user("ann") == Answer(
            404,
            "Request_ResourceNotFound",
            "Resource 'ann' does not exist or one of its queried reference-property objects are not present.",
        )
        assert no_seat(E3).message == f"Subscription with SKU {E3} does not have any available licenses."

    def test_the_first_failed_check_is_the_one_that_is_told(self) -> None:
        nowhere = judge(direct(E4), remove=(E1,), add=(Add(E3),), location="")
        assert "usage location" in message(nowhere)
        strange = judge(direct(E4), remove=(E1,), add=(Add(guid(404)),), location="")
        assert "valid company License" in message(strange)
        held = judge(direct(E4), remove=(VISIO,), add=(Add(E1),))
        assert "corresponding license" in message(held)


class TestPlansThatExcludeOrNeedEachOther:
    def test_two_plans_of_a_family(self) -> None:
        # Exchange clashes too; the pair that sorts first is told.
        pair = ",".join(sorted([SHAREPOINT["SHAREPOINTSTANDARD"], SHAREPOINT["SHAREPOINTENTERPRISE"]]))
        assert message(judge(direct(E1), add=(Add(E3),))) == (
            f"License assignment failed because service plans {pair} are mutually exclusive"
        )

    def test_the_end_is_judged_not_the_way(self) -> None:
        assert after(judge(direct(E1), remove=(E1,), add=(Add(E3),))) == direct(E3)

    def test_the_same_plan_twice_is_no_conflict(self) -> None:
        assert after(judge(direct(E4), add=(Add(E3),))) == direct(E3, E4)

    def test_disabled_plans_do_not_count(self) -> None:
        off = tuple(sorted([EXCHANGE["EXCHANGE_S_STANDARD"], SHAREPOINT["SHAREPOINTSTANDARD"]]))
        assert after(judge(direct(E3), add=(Add(E1, off),))) == Holding.of(
            [*direct(E3).assignments, Assignment(sku_id=E1, disabled=off)]
        )

    def test_an_inherited_plan_counts_unless_its_assignment_failed(self) -> None:
        active = Holding.of([inherited(E1)])
        failed = Holding.of([replace(inherited(E1), state="Error")])
        assert "mutually exclusive" in message(judge(active, add=(Add(E3),)))
        assert after(judge(failed, add=(Add(E3),))).groups(E1) == (GROUP,)

    def test_it_can_be_switched_off_as_a_whole_or_by_pairs(self) -> None:
        assert after(judge(direct(E1), add=(Add(E3),), conflicts=Conflicts())) == direct(E1, E3)
        exchange = frozenset([EXCHANGE["EXCHANGE_S_STANDARD"], EXCHANGE["EXCHANGE_S_ENTERPRISE"]])
        sharepoint = frozenset([SHAREPOINT["SHAREPOINTSTANDARD"], SHAREPOINT["SHAREPOINTENTERPRISE"]])
        one, both = (replace(DOCUMENTED, allowed=frozenset(pairs)) for pairs in ([exchange], [exchange, sharepoint]))
        assert ",".join(sorted(sharepoint)) in message(judge(direct(E1), add=(Add(E3),), conflicts=one))
        assert after(judge(direct(E1), add=(Add(E3),), conflicts=both)) == direct(E1, E3)

    def test_what_the_user_has_already_is_left_alone(self) -> None:
        assert after(judge(direct(E1, E4), remove=(E4,), add=(Add(E3),))) == direct(E1, E3)
        assert after(judge(direct(PROJECT, VISIO), remove=(VISIO,))) == direct(PROJECT)

    def test_a_plan_needs_its_base_when_added_and_when_the_base_goes(self) -> None:
        words = (
            f"License assignment failed because service plan {SHAREPOINT_PROJECT} depends on the service plan(s) "
            f"{SHAREPOINT['SHAREPOINTENTERPRISE']}"
        )
        assert message(judge(direct(E1), add=(Add(PROJECT),))) == words
        assert message(judge(direct(E3, PROJECT), remove=(E3,))) == words
        off = (SHAREPOINT["SHAREPOINTENTERPRISE"],)
        assert message(judge(direct(E3, PROJECT), add=(Add(E3, off),))) == words
        assert after(judge(direct(E3, PROJECT), remove=(E3,), add=(Add(E4),))) == direct(E4, PROJECT)


class TestCoreUnderstandsTheRefusals:
    @pytest.mark.parametrize(
        ("before", "call", "code"),
        [
            (direct(E4), {"remove": (E1,)}, "not_held"),
            (Holding.of([inherited(E3)]), {"remove": (E3,)}, "inherited"),
            (direct(E4), {"add": (Add(E3),), "location": ""}, "no_location"),
            (direct(E4), {"add": (Add(guid(404)),)}, "sku_not_owned"),
            (direct(E4), {"add": (Add(ROOM),)}, "sku_company"),
            (direct(E1), {"add": (Add(E3),)}, "plans_conflict"),
            (direct(E1), {"add": (Add(PROJECT),)}, "plan_dependency"),
            (direct(E4), {}, "bad_request"),
        ],
    )
    def test_by_their_words(self, before: Holding, call: dict[str, Any], code: str) -> None:
        refusal = judge(before, **call)
        assert isinstance(refusal, Answer)
        assert verdict(refusal.status, refusal.code, refusal.message).code == code

    def test_no_user_and_no_seat(self) -> None:
        assert [verdict(*answer[:3]).code for answer in (no_such_user("ann"), no_seat(E3))] == [
            "no_such_user",
            "no_seats",
        ]


class TestCapacity:
    @pytest.mark.parametrize(
        ("status", "warning_seats", "units"),
        [
            (SkuStatus.ENABLED, False, 5),
            (SkuStatus.ENABLED, True, 8),
            (SkuStatus.WARNING, True, 8),
            (SkuStatus.SUSPENDED, True, 0),
            (SkuStatus.LOCKED_OUT, True, 0),
            (SkuStatus.DELETED, False, 0),
        ],
    )
    def test_units_that_can_be_given_out(self, status: SkuStatus, units: int, *, warning_seats: bool) -> None:
        assert capacity(status.value, 5, 3, warning_seats=warning_seats) == units
