"""The adapter and the engine with one mistake each: every mistake is noticed, or the checks here prove nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import aiohttp
import pytest

from batch.core.verdict import Verdict, VerdictKind, verdict
from batch.engine import apply as engine
from batch.tenants.graph import tenant as adapter
from batch.tenants.graph import wire
from batch.tenants.graph.batches import sort_out
from batch.tenants.graph.wire import Reply, Wire
from tests.graph.mishaps import EVERYWHERE, HANGING, MIXED
from tests.graph.passage import Kind, Spoilt
from tests.graph.quarry import FAULTS, PLAN, Quarry
from tests.graph.rig import HASTY, Rig, judge

Mutate = Callable[[pytest.MonkeyPatch], None]


def sends_again_after_a_failure(patch: pytest.MonkeyPatch) -> None:
    def hopeful(status: int, code: str = "", message: str = "") -> Verdict:
        found = verdict(status, code, message)
        return Verdict(VerdictKind.RETRY, found.code) if found.kind is VerdictKind.DOUBT else found

    patch.setattr("batch.core.ledger.verdict", hopeful)


def takes_a_lost_answer_for_none_sent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(wire, "NEVER_CONNECTED", (*wire.NEVER_CONNECTED, aiohttp.ClientError))


def believes_a_read_at_once(patch: pytest.MonkeyPatch) -> None:
    observe = engine.observe
    patch.setattr(engine, "observe", lambda kind, sight, *, settled: observe(kind, sight, settled=True))


def sends_before_it_is_written_down(patch: pytest.MonkeyPatch) -> None:
    def save(run: Any) -> None:
        for group in run.leaving:
            run.flights[run._depart(group)] = group
        run.leaving = []
        if run.unsaved and not run.flights:
            saving, run.unsaved = run.unsaved, []
            run.journal.append(saving)

    patch.setattr(engine._Run, "_save", save)


def matches_by_position(patch: pytest.MonkeyPatch) -> None:
    def in_order(outer: Reply, ids: Sequence[str]) -> list[Reply]:
        if outer.body and isinstance(outer.body.get("responses"), list) and len(outer.body["responses"]) == len(ids):
            for one, item_id in zip(outer.body["responses"], ids, strict=True):
                if isinstance(one, dict):
                    one["id"] = item_id
        return sort_out(outer, ids)

    patch.setattr(adapter, "sort_out", in_order)


def takes_the_first_of_two_answers(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("batch.tenants.graph.batches._by_id", lambda responses: {one["id"].lower(): one for one in responses})


def takes_a_missing_answer_for_a_success(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("batch.tenants.graph.batches._SILENCE", Reply(200))


def follows_redirects(patch: pytest.MonkeyPatch) -> None:
    request = aiohttp.ClientSession.request

    def follow(self: Any, *args: Any, **more: Any) -> Any:
        return request(self, *args, **{**more, "allow_redirects": True})

    patch.setattr(aiohttp.ClientSession, "request", follow)


def posts_again_when_cut_off(patch: pytest.MonkeyPatch) -> None:
    exchange = Wire._exchange

    async def twice(self: Wire, request: Any, token: str) -> Reply:
        reply = await exchange(self, request, token)
        return reply if reply.status else await exchange(self, request, token)

    patch.setattr(Wire, "_exchange", twice)


MUTANTS: dict[Mutate, tuple[str, ...]] = {
    sends_again_after_a_failure: ("503 after",),
    takes_a_lost_answer_for_none_sent: ("reset after",),
    believes_a_read_at_once: ("503 after", "closed after"),
    sends_before_it_is_written_down: ("in reverse",),
    matches_by_position: ("in reverse", "ids of others"),
    takes_the_first_of_two_answers: ("each twice, once as refused",),
    takes_a_missing_answer_for_a_success: ("ids of others", "some missing"),
    follows_redirects: ("elsewhere",),
    posts_again_when_cut_off: ("closed after",),
}


@pytest.mark.slow
@pytest.mark.parametrize("mutate", MUTANTS, ids=lambda mutate: mutate.__name__)
def test_a_mistake_is_noticed(quarry: Quarry, monkeypatch: pytest.MonkeyPatch, mutate: Mutate) -> None:
    mutate(monkeypatch)
    with pytest.raises(AssertionError):  # noqa: PT012
        for name in MUTANTS[mutate]:
            tenant = quarry.fresh(FAULTS)
            mishap = (EVERYWHERE | MIXED | HANGING)[name]
            rig = Rig(PLAN, tenant, FAULTS, [Spoilt(Kind.WRITES, mishap, 1, 6)], patience=HASTY, most_lives=2)
            job = rig.go()
            judge(job)
            tenant._db.close()
