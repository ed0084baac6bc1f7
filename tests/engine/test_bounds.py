"""Law 8: whatever the tenant does, a run ends by itself, within its tries, looks and waits."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import pytest

from batch.core.errors import TenantRefused, TenantUnavailable
from batch.core.ledger import Ledger
from batch.core.outcomes import Outcome
from batch.core.pace import Policy
from batch.core.terms import NO_ANSWER, Answer, Call, Sight
from batch.engine.apply import apply, replay
from tests.engine.grim import Grim, shows
from tests.engine.memory_journal import MemoryJournal, Notes
from tests.engine.runs import facts
from tests.engine.small_plans import A, B, holds, plan_of
from tests.engine.virtual_time import VirtualClock, VirtualLoop

PLAN = plan_of([0] * 7, slack=7)
POLICY = Policy(group_size=3, in_flight=2, tries=4, looks=5, longest_wait=100.0, stop_at=1.0)


def run(tenant: Grim, policy: Policy = POLICY, journal: MemoryJournal | None = None) -> tuple[Ledger, float, Notes]:
    journal, notes = journal or MemoryJournal(), Notes()
    with VirtualLoop() as loop:
        ledger = loop.run(apply(PLAN.changes, tenant, journal, VirtualClock(loop), notes, policy))
        assert facts(replay(PLAN.changes, journal.durable)) == facts(ledger)
        return ledger, loop.time(), notes


def always(answer: Answer, **more: object) -> Grim:
    return Grim(PLAN.skus, lambda call: answer, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("hint", [-1.0, 0.0, 0.5, 30.0, 1e6, math.inf, math.nan, -math.inf])
def test_throttled_for_ever(hint: float) -> None:
    tenant = always(Answer(429, "TooManyRequests", "", hint))
    ledger, seconds, notes = run(tenant)
    assert ledger.outcomes()[Outcome.EXHAUSTED] == 7
    assert set(Counter(u for _, u in tenant.calls).values()) == {POLICY.tries}
    assert not tenant.looks
    # A whole group turned away keeps the others back, too: three groups, two at a time.
    assert seconds <= 2 * POLICY.tries * POLICY.longest_wait + 1
    assert all(wait <= POLICY.longest_wait for wait, _ in notes.waited)
    if hint == 1e6:
        assert seconds >= (POLICY.tries - 1) * POLICY.longest_wait


def test_a_wait_that_was_asked_for_is_kept() -> None:
    tenant = always(Answer(429, "TooManyRequests", "", 30.0))
    run(tenant)
    for user in PLAN.changes.user_id:
        times = [t for t, u in tenant.calls if u == user]
        assert all(30.0 <= later - sooner <= 62.0 for sooner, later in pairwise(times))


@pytest.mark.parametrize("answer", [Answer(503, "serviceNotAvailable", "", 30.0), Answer(500), NO_ANSWER])
def test_failing_for_ever_while_reads_show_that_nothing_happened(answer: Answer) -> None:
    tenant = always(answer, sight=shows(holds(A)))
    ledger, seconds, _ = run(tenant)
    assert ledger.outcomes()[Outcome.EXHAUSTED] == 7
    assert set(Counter(u for _, u in tenant.calls).values()) == {POLICY.tries}
    assert set(Counter(u for _, u in tenant.looks).values()) == {POLICY.tries}
    assert seconds <= POLICY.tries * POLICY.longest_wait
    # The service is in trouble: it is given the time that it asked for, or some.
    wait = 30.0 if answer.retry_after > 0 else 0.5
    for user in PLAN.changes.user_id:
        times = [t for t, u in tenant.calls if u == user]
        assert all(later - sooner >= wait for sooner, later in pairwise(times))


@pytest.mark.parametrize("hint", [-1.0, 1e6])
def test_never_an_answer_and_never_a_sight(hint: float) -> None:
    tenant = always(NO_ANSWER, sight=lambda user_id: shows(holds(A))(user_id)._replace(status=429, retry_after=hint))
    ledger, seconds, _ = run(tenant)
    assert ledger.outcomes()[Outcome.IN_DOUBT] == 7
    assert set(Counter(u for _, u in tenant.calls).values()) == {1}
    assert set(Counter(u for _, u in tenant.looks).values()) == {POLICY.looks}
    assert seconds <= POLICY.looks * POLICY.longest_wait
    assert {ledger.why[c][0] for c in range(7)} == {"unsettled"}


def test_each_carrying_on_tries_anew_and_never_sends_what_is_in_doubt() -> None:
    journal = MemoryJournal()
    tenant = always(NO_ANSWER)
    for times in range(1, 4):
        ledger, _, _ = run(tenant, journal=journal)
        assert ledger.open
        assert len(tenant.calls) == 7
        assert len(tenant.looks) == 7 * POLICY.looks * times


def test_what_was_tried_in_vain_has_its_tries_again_when_somebody_carries_on() -> None:
    journal = MemoryJournal()
    for times in range(1, 4):
        tenant = always(Answer(500), sight=shows(holds(A)))
        ledger, _, _ = run(tenant, journal=journal)
        assert ledger.outcomes()[Outcome.EXHAUSTED] == 7
        assert set(ledger.tries) == {POLICY.tries * times}
        assert len(tenant.calls) == 7 * POLICY.tries


def test_lag_is_waited_out_and_no_longer() -> None:
    tenant = always(NO_ANSWER, sight=shows(holds(A)))
    _, seconds, _ = run(tenant, Policy(group_size=20, settle=60.0, tries=1))
    assert 60.0 <= seconds <= 61.0
    last: dict[str, float] = {}
    for at, user in tenant.looks:
        last[user] = at
    assert min(last.values()) >= 60.0, "a read that was asked for before the lag was over was believed"


def test_seats_that_cannot_be_read_are_asked_for_within_bounds() -> None:
    def gone() -> None:
        raise TenantUnavailable("The tenant is away.")

    tenant = always(Answer(200), count=gone)
    with pytest.raises(TenantUnavailable):
        run(tenant)
    assert tenant.counts == POLICY.tries
    assert not tenant.calls


def test_seats_that_can_be_read_the_third_time() -> None:
    def gone_twice() -> None:
        if tenant.counts < 3:
            raise TenantUnavailable("The tenant is away.")

    tenant = always(Answer(200), count=gone_twice)
    ledger, _, _ = run(tenant)
    assert ledger.outcomes()[Outcome.APPLIED] == 7


def test_seats_that_must_not_be_read_are_not_asked_for_again() -> None:
    def forbidden() -> None:
        raise TenantRefused("No.")

    tenant = always(Answer(200), count=forbidden)
    with pytest.raises(TenantRefused):
        run(tenant)
    assert tenant.counts == 1


def test_a_tenant_without_seats_is_counted_and_left_alone() -> None:
    tenant = Grim([], lambda call: Answer(200))
    ledger, seconds, _ = run(tenant)
    assert (ledger.stop, tenant.counts, tenant.calls) == ("no_seats", 1, [])
    assert ledger.outcomes()[Outcome.NOT_SENT] == 7
    assert seconds < 1


def test_seats_that_the_service_says_are_gone_are_not_asked_for_again() -> None:
    full = Answer(400, "Request_BadRequest", "Subscription with SKU x does not have any available licenses.")
    tenant = always(full)
    ledger, _, _ = run(tenant)
    # Two groups of three were on the wire when the first answer came; nobody else was sent.
    assert len(tenant.calls) == 6
    assert ledger.outcomes() == dict.fromkeys(Outcome, 0) | {Outcome.REFUSED: 6, Outcome.NOT_SENT: 1}
    assert ledger.stop == "no_seats"


def test_too_large_a_share_of_failures_stops_the_run() -> None:
    bad = {PLAN.changes.user_id[n] for n in (0, 2)}

    def answer(call: Call) -> Answer:
        return Answer(400, "Request_BadRequest", "New words.") if call.user_id in bad else Answer(200)

    policy = Policy(group_size=1, in_flight=1, stop_at=0.5, stop_after=3)
    ledger, _, _ = run(Grim(PLAN.skus, answer), policy)
    assert ledger.stop == "too_many_failures"
    found = ledger.outcomes()
    assert (found[Outcome.REFUSED], found[Outcome.APPLIED], found[Outcome.NOT_SENT]) == (2, 1, 4)
    assert ledger.why[0] == ("bad_request", "New words.")


def test_words_without_end_are_the_same_to_the_ledger_and_to_the_journal() -> None:
    """What decides must be in the part that is kept, or a replay would decide otherwise."""
    journal = MemoryJournal()
    hidden = "x" * 5000 + " does not have a corresponding license \ud800"
    ledger, _, _ = run(always(Answer(400, "\udfff" * 300, hidden), sight=shows(holds(B))), journal=journal)
    for entry in journal.durable:
        entry.text.encode()
        entry.code.encode()
        assert len(entry.text) <= 4000
        assert len(entry.code) <= 200
    assert ledger.outcomes()[Outcome.REFUSED] == 7


def test_a_read_that_was_long_on_its_way_is_as_old_as_when_it_was_asked_for() -> None:
    class Slow(Grim):
        async def look(self, user_ids: Sequence[str]) -> list[Sight]:
            sights = await super().look(user_ids)
            await asyncio.sleep(10)
            return sights

    def lagging(user_id: str) -> Sight:
        return shows(holds(A) if asyncio.get_running_loop().time() < 4 else holds(B))(user_id)

    tenant = Slow(PLAN.skus, lambda call: NO_ANSWER, sight=lagging)
    ledger, _, _ = run(tenant, Policy(settle=5.0))
    assert ledger.outcomes()[Outcome.APPLIED] == 7
    assert len(tenant.calls) == 7, "believed to be undone, and sent again"
    assert len(tenant.looks) == 14
