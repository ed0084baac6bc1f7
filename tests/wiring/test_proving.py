"""What saved answers of Graph, and exports, show of a change: never more than is there."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.catalog import Catalog
from batch.core.changes import ChangeKind, compare_whole
from batch.core.entries import Seen
from batch.core.terms import Add, Assignment, Holding
from batch.sheets.graph_json import read_graph_json
from batch.sheets.reading import tables_of
from batch.wiring.proving import seen_in, shows_services

OLD, NEW, KEPT, GROUP, A, B = (f"{n:08d}-0000-0000-0000-000000000000" for n in range(6))
UPN = "ada@c.example"


def of_graph(holding, *, states=True, services=True, upn=UPN):
    """The tables of an answer about one person who holds this."""
    held = sorted({a.sku_id for a in holding.assignments})
    off = {a.sku_id: list(a.disabled) for a in reversed(holding.assignments)}
    user = {"id": "x", "userPrincipalName": upn}
    if services:
        user["assignedLicenses"] = [{"skuId": s, "disabledPlans": off[s]} for s in held]
    if states:
        user["licenseAssignmentStates"] = [
            {"skuId": a.sku_id, "assignedByGroup": a.group or None, "state": a.state} for a in holding.assignments
        ]
    raw = read_graph_json(json.dumps({"value": [user]}).encode(), "u.json")
    return tables_of([raw], file="u.json", digest="")


def seen(kind, tables):
    (found,) = seen_in(
        tables, SimpleNamespace(user_id=["x"], upn=[UPN], kind=[0], kinds=[kind]), CATALOG, by_id=True
    ).seen
    return found


CATALOG = Catalog.of((), ())


@st.composite
def holdings(draw):
    """Each product in one way at most: of one's own with services off, or through a group."""
    found = []
    for sku in (OLD, NEW, KEPT):
        way = draw(st.sampled_from(["", "own", "own", "group"]))
        if way:
            off = tuple(sorted(draw(st.sets(st.sampled_from([A, B])))))
            found.append(Assignment(sku_id=sku, group=GROUP if way == "group" else "", disabled=off))
    return Holding.of(found)


@settings(max_examples=40, deadline=None)
@given(holdings(), holdings(), st.sampled_from([(), (A,), (A, B)]))
def test_an_answer_of_graph_shows_what_a_look_shows(before, now, off):
    kind = ChangeKind(before, tuple(s for s in (OLD,) if before.direct(s)), (Add(NEW, off),))
    looked = compare_whole(kind, now)
    found = seen(kind, of_graph(now))
    inherited = any(a.group for a in before.assignments)
    # Services of what comes through groups are not held against anybody; all else is as a look at the user has it.
    assert found is looked or (inherited and looked is Seen.OTHER)
    if not inherited and not any(a.group for a in now.assignments):
        assert seen(kind, of_graph(now, states=False)) is looked


MOVE = ChangeKind(Holding.of([Assignment(sku_id=OLD)]), (OLD,), (Add(NEW, (A,)),))


@pytest.mark.parametrize(
    ("now", "services", "what"),
    [
        (Holding.of([Assignment(sku_id=NEW, disabled=(A,))]), True, Seen.AFTER),
        (Holding.of([Assignment(sku_id=NEW)]), True, Seen.OTHER),
        # without the services only the products count
        (Holding.of([Assignment(sku_id=NEW)]), False, Seen.AFTER),
        (Holding.of([Assignment(sku_id=OLD), Assignment(sku_id=NEW)]), False, Seen.OTHER),
        (Holding(), True, Seen.OTHER),
        # of one's own and through a group: Graph lists the services of both together
        (Holding.of([Assignment(sku_id=NEW), Assignment(sku_id=NEW, group=GROUP)]), True, Seen.AFTER),
    ],
)
def test_how_much_an_answer_shows(now, services, what):
    tables = of_graph(now, services=services)
    assert seen(MOVE, tables) is what
    assert shows_services(tables) is services


def test_two_pages_about_one_person_are_read_together():
    one, other = (of_graph(Holding.of([Assignment(sku_id=s)])) for s in (OLD, NEW))
    assert seen(MOVE, [*one, *other]) is Seen.OTHER
    assert seen(MOVE, of_graph(Holding(), upn="eve@c.example")) is Seen.OTHER  # renamed: the id is hers
