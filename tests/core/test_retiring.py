"""Whether a product can be cancelled: every rule passes, fails and is unknown, and nothing unknown is ever safe."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.certificate import ANSWERED_FOR, NEVER, RULES, Acceptance, Verdict, certify, judge
from batch.core.checklist import Line, Mark
from batch.core.deadlines import deadlines
from batch.core.estate import LicensingGroup, Organisation
from batch.core.facts import QUESTIONS, Facts
from batch.core.identities import Was, census, fates, without_licence
from batch.core.successors import TIERS
from batch.core.terms import Add, Sku, SkuStatus
from tests.core.retired import (
    BASELINE,
    CONF,
    E3,
    E4,
    EXCHANGE,
    GROUP,
    HOUR,
    MEETING,
    MEETINGS,
    MOVED,
    MOVES,
    NEW,
    NOW,
    OLD,
    SUBSCRIPTIONS,
    SWAY,
    TEAMS,
    VOICE,
    evidence,
    had,
    has,
    held,
    people,
    plans,
    subscription,
    upn,
)

BY_NAME = {rule.name: rule for rule in RULES}
NEITHER = people(held(E3), held(E3), held(MEETING.sku_id))
STILL = people(held(E3), held(E3), held(E4))
CARRYING = LicensingGroup(group_id="g2", name="Old staff", licences=(Add(E4),), processing="ProcessingComplete")
COPY = Organisation(tenant_id="t1", name="Contoso", domains=("contoso.com",), copied_at=NOW - 30 * HOUR)
DEPENDS = people(held(E3), held(E3), held(has(E3, off=(TEAMS,)), CONF))
STRANGER = people(*[held(E3)] * 3, held(E4))
NOT_WHOLE = replace(BASELINE, whole=False, doubt="Rows are missing.")
NOBODY = replace(BASELINE, holders=())
BARE = replace(BASELINE, holders=tuple(was._replace(had=None) for was in BASELINE.holders))
#: The last one holds the new product, and no service of it is on.
IDLE = people(held(E3), held(E3), held(has(E3, off=(EXCHANGE, TEAMS, SWAY))))
OPEN = replace(MOVES, open=(upn(2),), applied=2)
UNKNOWN_TARGET = {"targets": ()}
MCA = {"account_type": "MCA"}

FILES = tuple(TIERS["SharePoint"].values())
FILES_GO = {"old": {"plans": plans(EXCHANGE, TEAMS, FILES[2])}, "baseline": had(TEAMS, EXCHANGE)}
ADD_ON = "00000009-1111-4222-8333-444444444444"
#: MCOIMP, SHAREPOINT_PROJECT, THREAT_INTELLIGENCE.
IMP, PROJECT, DEFENDER = (
    "afc06cb0-b4f4-4473-8286-d644f70d8faf",
    "fe71d6c3-a2ea-4499-9778-da042bf08063",
    "8e0c0a52-6a6c-4d40-8370-dd62790dcd70",
)


def sold(*plan_ids):
    """One more product of the tenant, with these service plans."""
    more = Sku(sku_id=ADD_ON, part_number="ADDON", name="Add-on", plans=plans(*plan_ids), enabled=5)
    return {"owned": {s.sku_id: s for s in (OLD, NEW, more)}}


#: Rule, what differs from a product that can be cancelled, and the mark that this has to give.
CASES = [
    ("C1", {}, Mark.PASS),
    ("C1", {"organisation": replace(COPY, copied_at=NOW - 5 * HOUR)}, Mark.UNKNOWN),
    ("C1", {"organisation": replace(COPY, copied_at=NOW)}, Mark.UNKNOWN),
    ("C1", {"organisation": COPY}, Mark.FAIL),
    ("C1", {"facts": {"answered_on": date(2026, 11, 1)}}, Mark.FAIL),
    ("C1", {"facts": {"answered_on": date(2026, 12, 24)}}, Mark.FAIL),
    ("C1", {"facts": {"answered_on": None}}, Mark.UNKNOWN),
    ("C1", {"lacking": ("The groups could not be read.",), "groups": None}, Mark.UNKNOWN),
    ("C2", {}, Mark.PASS),
    ("C2", {"them": STILL}, Mark.FAIL),
    ("C2", {"them": people(held(E3), held(E3), held(E3, has(E4, state="Error")))}, Mark.FAIL),
    ("C2", {"them": None}, Mark.UNKNOWN),
    ("C3", {}, Mark.PASS),
    ("C3", {"groups": (GROUP, CARRYING)}, Mark.FAIL),
    ("C3", {"them": people(held(E3), held(E3), held(has(E4, "g2"))), "groups": None}, Mark.FAIL),
    ("C3", {"them": None, "groups": (CARRYING,)}, Mark.FAIL),
    ("C3", {"groups": None}, Mark.UNKNOWN),
    ("C3", {"them": None}, Mark.UNKNOWN),
    ("C4", {}, Mark.PASS),
    ("C4", {"them": people(held(E3), held(E3), held(E3, E4))}, Mark.FAIL),
    ("C4", UNKNOWN_TARGET, Mark.UNKNOWN),
    ("C4", {"them": None}, Mark.UNKNOWN),
    ("C5", {}, Mark.PASS),
    ("C5", {"them": NEITHER}, Mark.FAIL),
    ("C5", {"them": NEITHER, "baseline": NOT_WHOLE}, Mark.FAIL),
    ("C5", {"them": NEITHER, "facts": {"exceptions": (upn(2),)}}, Mark.WARN),
    ("C5", {"baseline": NOT_WHOLE}, Mark.UNKNOWN),
    ("C5", {"baseline": NOBODY}, Mark.UNKNOWN),
    ("C5", {"them": IDLE}, Mark.FAIL),
    ("C5", {"them": IDLE, "facts": {"exceptions": (upn(2),)}}, Mark.WARN),
    ("C5", {"them": IDLE, "baseline": had(EXCHANGE, TEAMS, VOICE)}, Mark.PASS),  # everything was off before as well
    ("C5", {"baseline": None}, Mark.UNKNOWN),
    ("C5", {"them": NEITHER, **UNKNOWN_TARGET}, Mark.UNKNOWN),
    ("C6", {}, Mark.PASS),
    ("C6", {"them": people(held(has(E3, state="ActiveWithError")))}, Mark.FAIL),
    ("C6", {"them": people(held(E3, has(E3, "g1", state="Error")))}, Mark.FAIL),
    ("C6", {"groups": (replace(GROUP, processing="ProcessingInProgress"),)}, Mark.FAIL),
    ("C6", {"groups": (replace(GROUP, processing=""),)}, Mark.UNKNOWN),
    ("C6", {"groups": None}, Mark.UNKNOWN),
    ("C6", UNKNOWN_TARGET, Mark.UNKNOWN),
    ("C7", {}, Mark.PASS),
    ("C7", {"facts": {"shared_mailboxes_decided": None}}, Mark.PASS),  # everybody moved: nobody is left to decide about
    ("C7", {"facts": {"shared_mailboxes_decided": False}}, Mark.FAIL),
    ("C7", {"facts": {"shared_mailboxes_decided": None}, "them": NEITHER}, Mark.UNKNOWN),
    ("C7", {"facts": {"shared_mailboxes_decided": None}, "baseline": NOT_WHOLE}, Mark.UNKNOWN),
    ("C8", {}, Mark.PASS),
    ("C8", {"facts": {"leavers_decided": False}}, Mark.FAIL),
    ("C7", {"facts": {"shared_mailboxes_decided": None}, "baseline": NOBODY}, Mark.UNKNOWN),
    ("C8", {"facts": {"leavers_decided": None}, "baseline": None}, Mark.UNKNOWN),
    ("C8", {"facts": {"leavers_decided": None}, "baseline": NOBODY}, Mark.UNKNOWN),
    ("C9", {}, Mark.PASS),
    ("C9", {"facts": {"deleted_users_decided": False}}, Mark.FAIL),
    ("C9", {"facts": {"deleted_users_decided": None}}, Mark.UNKNOWN),
    ("C10", {}, Mark.PASS),
    ("C10", {"them": STILL}, Mark.FAIL),
    ("C10", {"them": None, "consumed": 1}, Mark.FAIL),
    ("C10", {"them": STILL, "consumed": 0}, Mark.FAIL),
    ("C10", {"consumed": 2}, Mark.FAIL),
    ("C10", {"consumed": 2, "facts": {"unexplained_seats": 2, "unexplained_by": "Bo"}}, Mark.FAIL),
    (
        "C10",
        {"consumed": 2, "facts": {"unexplained_seats": 1, "unexplained_by": "Bo", "unexplained_why": "deleted"}},
        Mark.FAIL,
    ),
    (
        "C10",
        {"consumed": 2, "facts": {"unexplained_seats": 2, "unexplained_by": "Bo", "unexplained_why": "deleted"}},
        Mark.WARN,
    ),
    ("C10", {"them": None}, Mark.UNKNOWN),
    ("C11", {}, Mark.PASS),
    ("C11", {"targets": (replace(NEW, consumed=21),)}, Mark.FAIL),
    ("C11", {"targets": (replace(NEW, status=SkuStatus.WARNING),)}, Mark.FAIL),
    ("C11", {"subscriptions": (subscription(1), subscription(2, NEW, trial=True))}, Mark.FAIL),
    ("C11", {"subscriptions": (subscription(1),)}, Mark.FAIL),
    ("C11", {"facts": {"balance_due": True}}, Mark.FAIL),
    ("C11", {"facts": {"recurring_billing": False}}, Mark.FAIL),
    ("C11", {"facts": {"balance_due": None}}, Mark.UNKNOWN),
    ("C11", {"subscriptions": None}, Mark.UNKNOWN),
    ("C11", UNKNOWN_TARGET, Mark.UNKNOWN),
    ("C12", {}, Mark.PASS),
    ("C12", {"facts": {"addons": ("Extra File Storage",), "addons_settled": True}}, Mark.PASS),
    ("C12", {"facts": {"addons": ("Extra File Storage",), "addons_settled": False}}, Mark.FAIL),
    ("C12", {"facts": {"addons": None}}, Mark.UNKNOWN),
    ("C13", {}, Mark.PASS),
    ("C13", {"them": people(held(E3, CONF), held(E3), held(E3))}, Mark.PASS),
    ("C13", {"them": DEPENDS}, Mark.FAIL),
    ("C13", {"them": people(held(E4, CONF), held(E3), held(E3))}, Mark.FAIL),
    ("C13", {"them": people(*[held(E3)] * 3, held(CONF))}, Mark.PASS),  # who never held the old product
    *(("C13", {"them": people(*[held(E3)] * 3, held(CONF)), "baseline": b}, Mark.FAIL) for b in (NOBODY, None)),
    ("C13", {"targets": (replace(NEW, plans=()),)}, Mark.UNKNOWN),
    *(
        ("C13", {"them": people(held(E3), held(E3), held(ADD_ON)), **sold(plan, *beside)}, mark)
        for plan, beside, mark in (
            (MEETINGS, (IMP,), Mark.PASS),
            (PROJECT, (), Mark.FAIL),
            (PROJECT, ("5dbe027f-2339-4123-9542-606e4d348a72",), Mark.PASS),
            (DEFENDER, (), Mark.FAIL),
            (DEFENDER, (EXCHANGE,), Mark.PASS),
        )
    ),
    ("C13", {"them": None}, Mark.UNKNOWN),
    ("C14", {}, Mark.PASS),
    ("C14", {"facts": {"voice_checked": None}, "old": {"plans": plans(EXCHANGE)}}, Mark.PASS),
    ("C14", {"facts": {"voice_checked": False}}, Mark.FAIL),
    ("C14", {"facts": {"voice_checked": None}}, Mark.UNKNOWN),
    ("C15", {}, Mark.PASS),
    ("C15", {"baseline": had()}, Mark.FAIL),
    ("C15", {"baseline": BARE}, Mark.FAIL),  # who says that nobody had the voice plan on?
    ("C15", {"them": people(held(E3), held(E3), held(has(E3, off=(TEAMS,))))}, Mark.FAIL),
    ("C15", {"them": people(*[held(has(E3, off=(TEAMS,)))] * 3), "baseline": had(VOICE, TEAMS)}, Mark.PASS),
    ("C15", {"them": people(held(E3), held(E3), held(has(E3, off=(TEAMS,)), ADD_ON)), **sold(TEAMS)}, Mark.PASS),
    ("C15", {"them": None}, Mark.UNKNOWN),
    ("C15", {"baseline": NOBODY}, Mark.FAIL),
    *(("C15", {"baseline": b, "old": {"plans": plans(TEAMS)}}, Mark.UNKNOWN) for b in (NOBODY, NOT_WHOLE, None)),
    *(
        ("C15", {"targets": (replace(NEW, plans=plans(TEAMS)),), "facts": {"backups_confirmed": answer}}, mark)
        for answer, mark in ((None, Mark.UNKNOWN), (False, Mark.FAIL), (True, Mark.FAIL))
    ),
    ("C15", {"targets": (replace(NEW, plans=()),)}, Mark.UNKNOWN),
    ("C15", {**FILES_GO, "targets": (replace(NEW, plans=plans(EXCHANGE, TEAMS, FILES[1])),)}, Mark.FAIL),
    ("C15", {**FILES_GO, "targets": (replace(NEW, plans=plans(EXCHANGE, TEAMS, FILES[2])),)}, Mark.PASS),
    ("C15", UNKNOWN_TARGET, Mark.UNKNOWN),
    ("C16", {}, Mark.PASS),
    ("C16", {"facts": {"holds_checked": False}}, Mark.FAIL),
    ("C16", {"facts": {"holds_checked": None}}, Mark.UNKNOWN),
    ("C17", {}, Mark.PASS),
    ("C17", {"them": STRANGER}, Mark.FAIL),
    ("C17", {"facts": {"nothing_assigns_it": False}}, Mark.FAIL),
    ("C17", {"facts": {"nothing_assigns_it": None}}, Mark.UNKNOWN),
    ("C18", {}, Mark.PASS),
    ("C18", {"subscriptions": (*SUBSCRIPTIONS, subscription(3)), "them": STILL}, Mark.PASS),
    ("C18", {"subscriptions": (*SUBSCRIPTIONS, subscription(3)), "consumed": 21}, Mark.FAIL),
    ("C18", {"subscriptions": (*SUBSCRIPTIONS, subscription(3, status=SkuStatus.SUSPENDED)), "them": STILL}, Mark.FAIL),
    ("C18", {"them": STILL}, Mark.FAIL),
    ("C18", {"subscriptions": (subscription(2, NEW),)}, Mark.UNKNOWN),
    ("C18", {"subscriptions": None}, Mark.UNKNOWN),
    ("C19", {}, Mark.PASS),
    ("C19", {"subscriptions": (subscription(1, total=26),)}, Mark.WARN),
    ("C19", {"facts": {"account_type": "EA"}}, Mark.WARN),
    ("C19", {"subscriptions": (subscription(1, owner_tenant="t1"), SUBSCRIPTIONS[1])}, Mark.PASS),
    ("C19", {"subscriptions": (subscription(1, owner_tenant="t2"), SUBSCRIPTIONS[1])}, Mark.WARN),
    ("C19", {"facts": {"purchase_channel": "prepaid"}}, Mark.WARN),
    ("C19", {"facts": {**MCA, "old_billing_ends": True}}, Mark.PASS),
    ("C19", {"facts": MCA, "subscriptions": (subscription(1, created="2026-11-16T09:00:00Z"),)}, Mark.PASS),
    ("C19", {"facts": MCA, "subscriptions": (subscription(1, created="2026-11-15T09:00:00Z"),)}, Mark.UNKNOWN),
    ("C19", {"facts": MCA, "subscriptions": (subscription(1, created="some day"),)}, Mark.UNKNOWN),
    ("C19", {"facts": {**MCA, "old_billing_ends": False}}, Mark.WARN),
    ("C19", {"them": STILL}, Mark.FAIL),
    ("C19", {"facts": {"account_type": None}}, Mark.UNKNOWN),
    ("C19", {"subscriptions": None}, Mark.UNKNOWN),
    ("C20", {}, Mark.PASS),
    ("C20", {"facts": {"domain_stays": False}}, Mark.FAIL),
    ("C20", {"organisation": replace(COPY, domains=())}, Mark.UNKNOWN),
    ("C20", {"them": None}, Mark.UNKNOWN),
    ("C21", {}, Mark.PASS),
    ("C21", {"runs": (OPEN,)}, Mark.PASS),  # another run, or somebody, moved that person meanwhile
    ("C21", {"runs": (OPEN,), "them": STILL}, Mark.FAIL),
    ("C21", {"facts": {"credit_check": True}}, Mark.FAIL),
    ("C21", {"facts": {"upgrade_in_progress": True}}, Mark.FAIL),
    ("C21", {"facts": {"upgrade_in_progress": None}}, Mark.UNKNOWN),
    ("C21", {"them": None}, Mark.UNKNOWN),
    ("C22", {}, Mark.PASS),
    ("C22", {"runs": (), "baseline": replace(BASELINE, restorable=False)}, Mark.FAIL),
    ("C22", {"facts": {"never_delete": False}}, Mark.FAIL),
    ("C22", {"facts": {"never_delete": None}}, Mark.UNKNOWN),
    ("C22", {"runs": (), "baseline": None}, Mark.UNKNOWN),
    ("C23", {}, Mark.PASS),
    ("C23", {"by": "bo  BILLING"}, Mark.FAIL),
    ("C23", {"facts": {"approver_may_bill": False}}, Mark.FAIL),
    ("C23", {"by": ""}, Mark.UNKNOWN),
    ("C23", {"facts": {"approved_by": None}}, Mark.UNKNOWN),
    ("C23", {"facts": {"approver_may_bill": None}}, Mark.UNKNOWN),
]


@pytest.mark.parametrize(("rule", "differs", "mark"), CASES)
def test_every_rule(rule, differs, mark):
    line = BY_NAME[rule](evidence(**differs))
    assert (line.rule, line.mark) == (rule, mark)
    assert line.asks
    assert line.found
    if mark in (Mark.FAIL, Mark.UNKNOWN):
        assert line.todo


def test_every_rule_has_a_case_of_each_kind():
    assert list(BY_NAME) == [f"C{n}" for n in range(1, 24)]
    for name in BY_NAME:
        assert {Mark.PASS, Mark.FAIL, Mark.UNKNOWN} <= {mark for rule, _, mark in CASES if rule == name}


def verdict(accept=(), **differs):
    acceptances = {rule: Acceptance(why="it is so", by="Ann Admin") for rule in accept}
    return certify(evidence(**differs), acceptances, (), version="1", tenant="graph")


def test_safe_is_only_what_passes_everywhere():
    made = verdict()
    assert (made.verdict, made.verdict.exit_code) == (Verdict.SAFE, 0)
    assert made.steps
    assert not made.open


@pytest.mark.parametrize(("rule", "differs", "mark"), [c for c in CASES if c[2] in (Mark.FAIL, Mark.UNKNOWN)])
def test_one_line_that_fails_or_is_unknown_is_never_safe(rule, differs, mark):
    made = verdict(**differs)
    failed = any(line.mark is Mark.FAIL for line in made.lines)
    assert made.verdict is (Verdict.NOT_SAFE if failed else Verdict.UNKNOWN)
    assert made.verdict.exit_code == (4 if failed else 3)
    assert not made.steps
    assert rule in {line.rule for line in made.open}


def test_nobody_said_anything():
    made = verdict(them=None, baseline=None, targets=(), subscriptions=None, groups=None, runs=(), by="",
                   facts={f.name: None for f in fields(Facts) if f.name != "source"} | {"source": ""})  # fmt: skip
    assert made.verdict is Verdict.UNKNOWN
    assert {line.mark for line in made.lines} == {Mark.PASS, Mark.UNKNOWN}
    assert [line.rule for line in made.lines if line.mark is Mark.PASS] == ["C1"]


def test_a_failed_line_can_be_accepted_by_name():
    made = verdict(accept=["C7"], facts={"shared_mailboxes_decided": False})
    assert (made.verdict, made.verdict.exit_code) == (Verdict.EXCEPTIONS, 0)
    assert made.accepted["C7"].by == "Ann Admin"


@pytest.mark.parametrize("rule", NEVER)
def test_what_would_take_service_from_people_cannot_be_accepted(rule):
    differs = next(d for r, d, m in CASES if (r, m) == (rule, Mark.FAIL))
    made = verdict(accept=BY_NAME, **differs)
    assert made.verdict is Verdict.NOT_SAFE
    assert any(remark.startswith(f"{rule} can never be accepted") for remark in made.remarks)


def test_what_is_unknown_cannot_be_accepted():
    made = verdict(accept=["C14"], facts={"voice_checked": None})
    assert made.verdict is Verdict.UNKNOWN
    assert "cannot be accepted" in made.remarks[0]


def test_what_passes_needs_no_acceptance():
    made = verdict(accept=["C16"])
    assert made.verdict is Verdict.SAFE
    assert made.remarks == ("C16 was accepted, and there is nothing to accept.",)


def test_seats_that_nobody_holds_are_not_safe_until_somebody_explains_them():
    assert verdict(consumed=1).verdict is Verdict.NOT_SAFE
    explained = {"unexplained_seats": 1, "unexplained_by": "Bo", "unexplained_why": "a deleted user"}
    assert verdict(consumed=1, facts=explained).verdict is Verdict.EXCEPTIONS
    # Nobody explains away a seat that somebody has.
    assert verdict(them=STILL, consumed=2, facts=explained).verdict is Verdict.NOT_SAFE


@pytest.mark.parametrize(("rule", "differs", "mark"), [c for c in CASES if c[2] is Mark.WARN])
def test_a_line_that_warns_is_signed_off_or_not_safe(rule, differs, mark):
    line = BY_NAME[rule](evidence(**differs))
    # Some warn because somebody answered for them by name, in the facts file.
    assert judge([line], {}) is (Verdict.EXCEPTIONS if rule in ANSWERED_FOR else Verdict.NOT_SAFE)
    assert judge([line], {rule: Acceptance(why="it is so", by="Ann Admin")}) is Verdict.EXCEPTIONS


@pytest.mark.parametrize(
    ("new", "backup"), [((EXCHANGE, TEAMS, FILES[1]), False), ((EXCHANGE, TEAMS), True), ((TEAMS, FILES[2]), True)]
)
def test_a_backup_is_asked_for_where_data_go_and_not_for_a_lower_tier(new, backup):
    line = BY_NAME["C15"](evidence(**FILES_GO | {"baseline": had(TEAMS)}, targets=(replace(NEW, plans=plans(*new)),)))
    assert line.mark is (Mark.UNKNOWN if backup else Mark.FAIL)
    assert ("no backup is confirmed" in line.found) is backup


def test_what_each_person_lost_is_counted_by_service():
    off = has(E3, off=(TEAMS,))
    them = people(held(E3), held(off), held(has(E3, off=(EXCHANGE, TEAMS))))
    (calls, *others) = MOVES.before
    baseline = replace(BASELINE, holders=(calls._replace(had=held(E4)), *others))
    line = BY_NAME["C15"](evidence(them, baseline=baseline))
    assert "TEAMS1 (2 people), EXCHANGE_S_ENTERPRISE (1 person), MCOVOICECONF (1 person)." in line.found
    assert "no backup is confirmed" in line.found


def test_who_holds_the_new_one_without_a_service_is_named_as_such():
    line = BY_NAME["C5"](evidence(IDLE))
    assert f"1 person ({upn(2)}). Of them with the new one, and no service of it on: 1 person." in line.found


def test_recurring_billing_that_goes_on_has_to_be_accepted():
    differs = {"facts": {**MCA, "old_billing_ends": False}}
    made = verdict(**differs)
    assert (made.verdict, [line.rule for line in made.open], made.steps) == (Verdict.NOT_SAFE, ["C19"], ())
    made = verdict(accept=["C19"], **differs)
    assert (made.verdict, made.open) == (Verdict.EXCEPTIONS, ())
    assert any("turn it off" in step for step in made.steps)


def test_what_only_warns_can_be_accepted_and_what_fails_not():
    made = verdict(accept=["C19"], them=STILL)
    assert made.verdict is Verdict.NOT_SAFE
    assert not made.accepted
    assert made.remarks[0].startswith("C19 can never be accepted")


def test_people_left_without_by_decision_are_an_exception():
    differs = {"them": people(held(E3), held(E3)), "unlicensed": frozenset({"id2"})}
    assert verdict(**differs).verdict is Verdict.NOT_SAFE
    assert verdict(**differs, facts={"exceptions": (upn(2),)}).verdict is Verdict.EXCEPTIONS


def test_inherited_holders_and_their_group_are_named():
    line = BY_NAME["C3"](evidence(people(held(E3), held(E3), held(has(E4, "g2"))), groups=(GROUP, CARRYING)))
    assert "Old staff" in line.found
    assert upn(2) in line.found


def test_two_subscriptions_are_cancelled_each_by_itself():
    made = verdict(subscriptions=(*SUBSCRIPTIONS, subscription(3)))
    assert made.verdict is Verdict.NOT_SAFE
    # 40 seats are more than 25: reduce first, and somebody has to sign that.
    made = verdict(accept=["C19"], subscriptions=(*SUBSCRIPTIONS, subscription(3)))
    assert made.verdict is Verdict.EXCEPTIONS
    assert any("2 subscriptions" in step for step in made.steps)
    assert any("25 or fewer" in step for step in made.steps)


def test_an_mca_subscription_is_let_expire():
    made = verdict(facts={**MCA, "old_billing_ends": True})
    assert any("7 days" in step for step in made.steps)
    assert not any("25" in step for step in made.steps)


@pytest.mark.parametrize(
    ("facts", "step"),
    [({"purchase_channel": "partner"}, "Ask the partner"), ({"purchase_channel": "prepaid"}, "expire")],
)
def test_what_was_not_bought_directly_is_not_cancelled_in_the_admin_center(facts, step):
    made = verdict(accept=["C19"], facts=facts)
    assert made.verdict is Verdict.EXCEPTIONS
    assert step in made.steps[0]
    assert len(made.steps) == 3
    assert not any("Cancel subscription" in text for text in made.steps)


def test_who_lost_the_licence_has_thirty_days_from_the_first_day_possible():
    line = BY_NAME["C5"](evidence(NEITHER))
    assert "2026-12-20" in line.found  # the baseline is of 20 November


def test_the_days_that_follow():
    day = date(2026, 11, 23)
    assert [d.day - day for d in deadlines(day)] == [timedelta(days=n) for n in (1, 30, 90, 180)]
    assert verdict().deadlines == deadlines(day)
    made = verdict(cancelled=date(2026, 12, 1))
    assert made.deadlines == deadlines(date(2026, 12, 1))
    assert "2027-03-01" in next(line.found for line in made.lines if line.rule == "C22")


def test_a_list_without_lines_is_unknown_and_failing_weighs_most():
    assert judge((), {}) is Verdict.UNKNOWN
    lines = [Line(rule=f"C{n}", asks="?", mark=mark, found="!") for n, mark in enumerate(Mark)]
    assert judge(lines, {}) is Verdict.NOT_SAFE
    assert judge(lines[:3], {}) is Verdict.NOT_SAFE
    assert judge([line for line in lines if line.mark in (Mark.PASS, Mark.UNKNOWN)], {}) is Verdict.UNKNOWN


def test_every_fact_is_a_question_once():
    assert sorted(q.name for q in QUESTIONS) == sorted(f.name for f in fields(Facts) if f.name != "source")


# -- The two sums --------------------------------------------------------------------------------------------------

ASSIGNMENTS = st.builds(
    has, st.sampled_from([E3, E4, CONF]), st.sampled_from(["", "g1", "g2"]), st.sampled_from(["Active", "Error"])
)
HOLDINGS = st.builds(lambda those: held(*those), st.lists(ASSIGNMENTS, max_size=4))
PEOPLE = st.builds(lambda those: people(*those), st.lists(HOLDINGS, max_size=12))


@given(PEOPLE, st.integers(0, 12))
def test_seats_in_use_are_explained_or_said_not_to_be(them, consumed):
    found = census(them, E4, consumed)
    assert consumed == len(found.direct) + len(found.inherited) + len(found.both) + found.unexplained
    holders = [u for u, n in zip(them.upns, them.holding, strict=True) if E4 in them.holdings[n].sku_ids]
    assert sorted([*found.direct, *found.inherited, *found.both]) == sorted(holders)
    line = BY_NAME["C10"](evidence(them, consumed=consumed))
    if consumed or holders:
        assert line.mark is Mark.FAIL
    if line.mark is Mark.PASS:
        assert all(a.sku_id != E4 for n in them.holding for a in them.holdings[n].assignments)


@given(PEOPLE, st.sets(st.integers(0, 20)), st.sets(st.integers(0, 20)), st.sets(st.integers(0, 20)), st.booleans())
def test_everybody_who_held_it_has_one_fate(them, before, unlicensed, excepted, by_id):
    was = [Was(upn(n), f"id{n}" if by_id else "") for n in sorted(before)]
    licensed_only = people(*(them.holdings[n] for n in them.holding))
    lost = {w.key for w in without_licence(was, licensed_only)}
    there = {f"id{n}" if by_id else upn(n) for n in unlicensed}
    found = fates(was, licensed_only, sku=OLD, targets=(NEW,), unlicensed=there, excepted={upn(n) for n in excepted})
    assert found.closes
    every = [*found.moved, *found.excepted, *found.removed, *found.still, *found.vanished]
    assert sorted(every) == sorted(w.upn for w in was)
    assert {w.upn for w in was if w.key in lost - there} == set(found.vanished)
    assert not {upn(n) for n in excepted}.intersection(found.removed)


def test_somebody_who_was_renamed_is_the_same_person():
    renamed = replace(MOVED, upns=[upn(7), upn(1), upn(2)])
    assert fates(MOVES.before, renamed, sku=OLD, targets=(NEW,), unlicensed=(), excepted=()).moved == (
        upn(0),
        upn(1),
        upn(2),
    )
    # The name has passed to somebody else, who is not the person that held the product.
    taken = replace(MOVED, ids=["other", "id1", "id2"])
    assert fates(MOVES.before, taken, sku=OLD, targets=(NEW,), unlicensed=(), excepted=()).vanished == (upn(0),)
