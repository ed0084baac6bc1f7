"""A plan saved and loaded is the same plan; an edited one is found."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batch.core.errors import JournalDamaged, PlanStale
from batch.core.group_words import detailed
from batch.core.plan import plan_digest
from batch.core.report import SourceFile
from batch.core.requests import Ask
from batch.core.table import Field
from batch.core.terms import Holding, Place, Problem, ServicePlan, SkuStatus, Way
from batch.runs import journal, store
from batch.runs.folder import RunFolder, create_database, finish_database, write_meta
from batch.wiring.applying import FORMAT, load_verified, terms_of
from tests.core.test_plan import moves, small
from tests.core.worlds import PLANS, A, B, C, World, direct, grouped, people_of, sku, snapshot_of, worlds

SOURCES = (
    SourceFile(file="a.csv", sheet="", kind="moves", digest="00", rows=3, read_as="csv, utf-8", assumed=()),
    SourceFile(file="b.xlsx", sheet="Täb", kind="users", digest="ff", rows=0, read_as="xlsx", assumed=("x", "y")),
)


@contextlib.contextmanager
def saved(requests, plan):
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.executescript(store.SCHEMA + journal.SCHEMA)
        store.save_plan(db, plan, requests, SOURCES)
        yield db


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds())
def test_what_is_loaded_is_what_was_saved(world):
    requests, plan = world.plan()
    with saved(requests, plan) as db:
        assert store.load_changes(db) == plan.changes
        assert store.load_skus(db) == plan.skus
        assert store.load_sources(db) == SOURCES
        assert store.load_asks(db) == requests.asks
        assert store.load_problems(db) == (*requests.problems, *detailed(plan, requests))
        assert store.load_outcomes(db) == (plan.bucket, plan.code)
        columns = (requests.table, requests.row, requests.user)
        rows = list(store.load_rows(db))
        assert [r[:3] for r in rows] == list(zip(*columns, strict=True))
        assert [r[4:] for r in rows] == list(zip(requests.ask, plan.bucket, plan.code, plan.change, strict=True))
        assert list(store.load_standing(db)) == [(r[2], *r[5:]) for r in rows]
        idle = ((b, c) for b, c, n in zip(plan.bucket, plan.code, plan.change, strict=True) if n < 0)
        assert store.count_idle(db) == Counter(idle)
        assert store.load_moving(db) == [n for n in plan.change if n >= 0]
        digest = plan_digest(store.load_skus(db), store.load_changes(db), *store.load_outcomes(db))
        assert digest == plan.plan_id


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds())
def test_every_row_keeps_the_name_in_its_own_line(world):
    requests, plan = world.plan()
    with saved(requests, plan) as db:
        for table, row, _, name, *_ in store.load_rows(db):
            sheet = requests.tables[table]
            names = sheet.cells.get(Field.DISPLAY_NAME)
            assert name == (names[sheet.rows.index(row)] if names and row in sheet.rows else "")


def test_every_kind_of_sku_and_assignment_comes_back():
    plans = (ServicePlan(plan_id=PLANS[0], name="Ünï", applies_to="Company", provisioning="PendingInput"),)
    odd = replace(sku(A, enabled=-1, consumed=2**40), plans=plans, status=SkuStatus.LOCKED_OUT, applies_to="Company")
    odd = replace(odd, name="‘Quote’; DROP TABLE\n\x00", warning=1, suspended=2, locked_out=3)
    held = Holding.of([direct(C, *PLANS), grouped(C, PLANS[1], state="ActiveWithError"), grouped(B, state="Error")])
    snapshot = snapshot_of((odd, sku(B), sku(C)), people_of({"a@x.nl": held}))
    requests, plan = World(snapshot, (moves(("a@x.nl", "", "Beta", "PLAN_2"), ("b@x.nl", "", "Beta")),)).plan()
    with saved(requests, plan) as db:
        assert store.load_skus(db) == plan.skus
        assert store.load_changes(db) == plan.changes
        assert store.load_changes(db).kinds[0].before == held
        assert [a.disabled for a in store.load_asks(db)] == [a.disabled for a in requests.asks]
        assert {a.disabled for a in requests.asks} == {None, (PLANS[2],)}


def test_a_line_that_is_no_row_does_not_shift_the_names():
    sheet = moves(("a@x.nl", "Anna"), ("b@x.nl", "Bob"), fields="user display_name")
    place = Place(file=sheet.file, row=3)
    sheet = replace(sheet, rows=[2, 4], problems=(Problem(place=place, code="unreadable", text="x."),))
    requests, plan = World(snapshot_of((sku(A), sku(B)), people_of({})), (sheet,), A, B).plan()
    with saved(requests, plan) as db:
        rows = [(row, user, name, code) for _, row, user, name, _, _, code, _ in store.load_rows(db)]
    assert rows == [
        (2, "a@x.nl", "Anna", "unknown_user"),
        (3, "", "", "unreadable"),
        (4, "b@x.nl", "Bob", "unknown_user"),
    ]


def test_a_list_without_services_is_not_the_same_as_no_list():
    _, plan = World(snapshot_of((), people_of({})), ()).plan()
    requests = replace(small({}).requests(), asks=(Ask((A,), (B,), ()), Ask((A,), (B,))))
    with saved(requests, plan) as db:
        assert store.load_asks(db) == requests.asks


def test_what_a_change_says_besides_comes_back_and_folders_of_before_still_open():
    requests, plan = small({"a@x.nl": Holding.of([direct(A)])}).plan()
    for more in (
        {"location": "NL"},
        {"way": Way.MEMBERSHIP, "join": "g", "leave": ("h", "i")},
        {"way": Way.GROUP, "join": "g", "people": 3, "seats": ((A, -3), (B, 2))},
    ):
        kinds = tuple(replace(kind, **more) for kind in plan.changes.kinds)
        changed = replace(plan, changes=replace(plan.changes, kinds=kinds))
        with saved(requests, changed) as db:
            assert store.load_changes(db) == changed.changes
    asked = replace(requests, asks=(Ask((A,), (B,), None, Way.MEMBERSHIP, "sales"), Ask((), (B,), (), Way.GROUP)))
    with saved(asked, plan) as db:
        assert store.load_asks(db) == asked.asks
    with saved(requests, plan) as db:
        db.execute("ALTER TABLE kinds DROP COLUMN more")
        db.execute("ALTER TABLE asks DROP COLUMN more")
        assert store.load_changes(db) == plan.changes
        assert store.load_asks(db) == requests.asks


def test_an_empty_plan():
    requests, plan = World(snapshot_of((), people_of({})), ()).plan()
    with saved(requests, plan) as db:
        assert len(store.load_changes(db)) == 0
        assert list(store.load_rows(db)) == []


# --- an edited run.db ----------------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path):
    """A run folder of three people who move from Alpha, with a service off, to Beta; a fourth finds no seat."""
    held = {f"u{n}@x.nl": Holding.of([direct(A, PLANS[0])]) for n in range(4)}
    requests, plan = small(held, *((u, "Alpha", "Beta") for u in held), ("x@x.nl", "Alpha", "Beta"), seats=3).plan()
    assert [len(plan.changes), plan.counts()["short"], plan.counts()["blocked"]] == [3, 1, 1]
    db = create_database(tmp_path)
    store.save_plan(db, plan, requests, SOURCES)
    meta = {"schema": 1, "format": FORMAT, "version": "", "plan_id": plan.plan_id, "guards": [], "policy": {"tries": 3}}
    meta |= {"job": {}, "sheets": [], "tenant_at": "practice:practice.db"}
    write_meta(db, {**meta, "terms": terms_of(meta)})
    finish_database(tmp_path, db)
    return tmp_path


def edit(run, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(run / "run.db", isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


def test_an_untouched_plan_is_verified(run):
    with RunFolder.open(run) as folder:
        assert load_verified(folder).upn == ["u0@x.nl", "u1@x.nl", "u2@x.nl"]


EDITS = [
    "UPDATE changes SET user_id = 'id-boss@x.nl' WHERE n = 1",
    "UPDATE changes SET upn = 'boss@x.nl' WHERE n = 1",
    "UPDATE changes SET n = n + 10 WHERE n = 0",
    "DELETE FROM changes WHERE n = 2",
    "INSERT INTO changes VALUES (3, 'id-u3@x.nl', 'u3@x.nl', 0)",
    f"""UPDATE kinds SET adds = '[["{B}", []]]'""",
    f"""UPDATE kinds SET adds = '[["{C}", ["{PLANS[0]}"]]]'""",
    f'UPDATE kinds SET remove = \'["{A}", "{C}"]\'',
    "UPDATE kinds SET remove = '[]'",
    "UPDATE kinds SET before = '[]'",
    "UPDATE rows SET bucket = 'unchanged' WHERE code = 'no_seats'",
    "UPDATE rows SET code = 'unknown_user' WHERE code = 'no_seats'",
    "DELETE FROM rows WHERE code = 'no_seats'",
    "UPDATE skus SET sku = replace(sku, '\"enabled\": 3', '\"enabled\": 30') WHERE n = 1",
    "UPDATE skus SET sku = replace(sku, '\"consumed\": 4', '\"consumed\": 5') WHERE n = 0",
    "DELETE FROM skus WHERE n = 2",
]


@pytest.mark.parametrize("statement", EDITS)
def test_an_edited_plan_is_found(run, statement):
    before = [list(row) for row in _dump(run)]
    edit(run, statement)
    assert _dump(run) != before, "the edit did something"
    with RunFolder.open(run) as folder, pytest.raises(PlanStale, match="was changed since it was made"):
        load_verified(folder)


def _dump(run):
    with contextlib.closing(sqlite3.connect(run / "run.db")) as db:
        return [[*db.execute(f"SELECT * FROM {table} ORDER BY 1")] for table in ("changes", "kinds", "rows", "skus")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE changes SET kind = 99",
        "UPDATE changes SET kind = -1 WHERE n = 0",
        "UPDATE kinds SET adds = 'no JSON'",
        "UPDATE kinds SET adds = '7'",
        "UPDATE kinds SET before = '[[1]]'",
        "UPDATE kinds SET before = '[[[], [], [], []]]'",
        "UPDATE rows SET bucket = 'sideways'",
        "UPDATE skus SET sku = '{}'",
        """UPDATE skus SET sku = '{"plans": [], "status": "Odd"}'""",
        "UPDATE skus SET sku = '[]'",
        "DELETE FROM meta WHERE key = 'plan_id'",
        "DELETE FROM meta WHERE key = 'guards'",
        "UPDATE meta SET value = '\"practice:other.db\"' WHERE key = 'tenant_at'",
        "UPDATE meta SET value = '{' WHERE key = 'plan_id'",
        "DROP TABLE changes",
        "DROP TABLE kinds",
    ],
)
def test_a_plan_that_makes_no_sense_is_damage(run, statement):
    edit(run, statement)
    with RunFolder.open(run) as folder, pytest.raises((JournalDamaged, PlanStale)):
        load_verified(folder)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_cell_of_the_plan_overwritten_with_anything_is_found(run, data):
    """Whatever stands in a cell of what will be sent: it is found, and never a traceback."""
    cells = [("changes", "user_id"), ("changes", "upn"), ("changes", "kind")]
    cells += [("kinds", c) for c in ("before", "remove", "adds")] + [("rows", "bucket"), ("rows", "code")]
    table, column = data.draw(st.sampled_from(cells))
    junk = st.one_of(st.text(max_size=5), st.integers(-3, 9), st.binary(max_size=4), st.sampled_from(['[["a"]]', "[]"]))
    value = data.draw(junk)
    with contextlib.closing(sqlite3.connect(run / "run.db", isolation_level=None)) as db:
        old = db.execute(f"SELECT {column} FROM {table} WHERE n = 0").fetchone()[0]
        db.execute(f"UPDATE {table} SET {column} = ? WHERE n = 0", (value,))
        same = db.execute(f"SELECT {column} FROM {table} WHERE n = 0").fetchone()[0] == old
    try:
        with RunFolder.open(run) as folder:
            if same:
                load_verified(folder)
            else:
                with pytest.raises((JournalDamaged, PlanStale)):
                    load_verified(folder)
    finally:
        with contextlib.closing(sqlite3.connect(run / "run.db", isolation_level=None)) as db:
            db.execute(f"UPDATE {table} SET {column} = ? WHERE n = 0", (old,))


def test_what_a_person_sees_in_the_database(run):
    """Any SQLite tool shows the plan: JSON with names, rows in the order of the input."""
    with contextlib.closing(sqlite3.connect(run / "run.db")) as db:
        (text,) = db.execute("SELECT sku FROM skus WHERE n = 0").fetchone()
        assert json.loads(text)["name"] == "Alpha"
        assert [r[0] for r in db.execute("SELECT row FROM rows ORDER BY n")] == [2, 3, 4, 5, 6]
