"""Small worlds for properties: a tenant, sheets that ask things of its people, and a service that carries a plan out.

The service is the practice tenant's own rule, which knows nothing of how plans are made; seats are counted here.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from batch.core.catalog import Catalog
from batch.core.exclusions import Conflicts
from batch.core.plan import Plan, make_plan
from batch.core.requests import Requests, make_requests
from batch.core.table import Field, Format, Kind, Table
from batch.core.terms import (
    Answer,
    Assignment,
    Candidate,
    Holding,
    People,
    Place,
    Problem,
    ServicePlan,
    Sku,
    SkuStatus,
    Snapshot,
)
from batch.tenants.practice_rules import rule


def guid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


#: Products by name; the tenant owns all but D, which everybody knows of and nobody bought.
A, B, C, D = (guid(n) for n in range(0xA, 0xE))
NAMES = {A: "Alpha", B: "Beta", C: "Gamma", D: "Delta"}
PLANS = tuple(guid(n) for n in range(0x100, 0x104))
PLAN_NAMES = {plan: f"PLAN_{n}" for n, plan in enumerate(PLANS)}
KNOWN = tuple(
    Candidate(
        sku_id=i,
        part_number=name.upper() + "_PACK",
        name=name,
        plans=tuple(ServicePlan(plan_id=p, name=PLAN_NAMES[p]) for p in PLANS),
    )
    for i, name in NAMES.items()
)
GROUPS = ("group-1", "group-2")


def sku(sku_id: str, *, plans: tuple[str, ...] = PLANS, enabled: int = 100, consumed: int = 0, **more: object) -> Sku:
    """A SKU with its usual name, and these plans."""
    listed = tuple(ServicePlan(plan_id=p, name=PLAN_NAMES[p]) for p in plans)
    name = NAMES.get(sku_id, sku_id)
    part = name.upper() + "_PACK"
    return Sku(
        sku_id=sku_id,
        part_number=part,
        name=name,
        plans=listed,
        enabled=enabled,
        consumed=consumed,
        **more,  # type: ignore[arg-type]
    )


def direct(sku_id: str, *off: str) -> Assignment:
    return Assignment(sku_id=sku_id, disabled=tuple(sorted(off)))


def grouped(sku_id: str, *off: str, group: str = "group-1", state: str = "Active") -> Assignment:
    return Assignment(sku_id=sku_id, group=group, disabled=tuple(sorted(off)), state=state)


def people_of(holdings: dict[str, Holding], locations: dict[str, str] | None = None) -> People:
    """People by UPN with what they hold; everybody is in the Netherlands unless said otherwise."""
    kinds = list(dict.fromkeys([Holding(), *holdings.values()]))
    places = dict.fromkeys(holdings, "NL") | (locations or {})
    return People(
        ids=[f"id-{u}" for u in holdings],
        upns=list(holdings),
        names=[u.partition("@")[0].title() for u in holdings],
        locations=[places[u] for u in holdings],
        holding=[kinds.index(h) for h in holdings.values()],
        holdings=tuple(kinds),
    )


def snapshot_of(skus: tuple[Sku, ...], people: People) -> Snapshot:
    return Snapshot(tenant="practice:small.db", taken_at=1_700_000_000.0, skus=skus, people=people)


@dataclass(frozen=True)
class World:
    """A tenant, the sheets, and what the command line says."""

    snapshot: Snapshot
    tables: tuple[Table, ...]
    source: str = ""
    target: str = ""

    def requests(self) -> Requests:
        catalog = Catalog.of(self.snapshot.skus, KNOWN)
        return make_requests(self.tables, catalog, source=self.source, target=self.target)

    def plan(self) -> tuple[Requests, Plan]:
        requests = self.requests()
        return requests, make_plan(requests, self.snapshot)


def holding_of(snapshot: Snapshot, user_id: str) -> Holding:
    people = snapshot.people
    return people.holdings[people.holding[people.ids.index(user_id)]]


class Refused(AssertionError):
    """The service refused a change of the plan, or a seat was missing."""


def carried_out(snapshot: Snapshot, plan: Plan) -> Snapshot:
    """The tenant after the whole plan in its order; ``Refused`` when a change cannot be made in its turn."""
    skus = {s.sku_id: s for s in snapshot.skus}
    held = dict(zip(snapshot.people.ids, (snapshot.people.holdings[h] for h in snapshot.people.holding), strict=True))
    where = dict(zip(snapshot.people.ids, snapshot.people.locations, strict=True))
    for user, kind in zip(plan.changes.user_id, plan.changes.kind, strict=True):
        change = plan.changes.kinds[kind]
        ruling = rule(change.call(user), held[user], where[user], skus, Conflicts())
        if isinstance(ruling, Answer):
            raise Refused(f"{user}: {ruling.message}")
        if ruling.holding != change.after:
            raise Refused(f"{user}: {ruling.holding} is not {change.after}")
        for gained in ruling.gained:
            if skus[gained].free <= 0:
                raise Refused(f"{user}: no seat of {gained}")
            skus[gained] = replace(skus[gained], consumed=skus[gained].consumed + 1)
        for freed in ruling.freed:
            skus[freed] = replace(skus[freed], consumed=skus[freed].consumed - 1)
        held[user] = ruling.holding
    kinds = list(dict.fromkeys(held.values()))
    people = replace(
        snapshot.people, holding=[kinds.index(held[i]) for i in snapshot.people.ids], holdings=tuple(kinds)
    )
    return replace(snapshot, skus=tuple(skus.values()), people=people)


# --- worlds at random ----------------------------------------------------------------------------------------------


def a_world(people: int, seed: int) -> World:
    """The world of this seed: mostly things as they should be, with everything odd now and then."""
    return _Dice(seed).world(people)


def worlds(*, most: int = 24) -> st.SearchStrategy[World]:
    """Worlds of up to ``most`` people. Drawn by seed, which is many times quicker than piece by piece."""
    return st.builds(a_world, st.integers(0, most), st.integers(0, 2**32))


def permuted(world: World, seed: int) -> World:
    """The same sheets with their rows, and themselves, in another order. Row numbers stay where they are."""
    dice = random.Random(seed)
    tables = []
    for t in dice.sample(world.tables, len(world.tables)):
        order = dice.sample(range(len(t.rows)), len(t.rows))
        tables.append(replace(t, cells={f: [column[i] for i in order] for f, column in t.cells.items()}))
    return replace(world, tables=tuple(tables))


class _Dice(random.Random):
    def often(self, *usual: str, odd: tuple[str, ...], share: float = 0.12) -> str:
        """One of the usual values, or now and then an odd one."""
        return self.choice(odd if self.random() < share else usual)

    def some(self, of: Iterable[str], share: float) -> tuple[str, ...]:
        return tuple(x for x in of if self.random() < share)

    def world(self, people: int) -> World:
        snapshot = self.snapshot(people)
        upns = list(snapshot.people.upns)
        users = self.holders(snapshot)
        source, target = self.choice(((A, B), (A, C), (B, A)))
        if self.random() < 0.25:
            return World(snapshot, (users,), source, target)
        moves = [self.movers(upns, file=f"moves{n}.csv") for n in range(self.choice((1, 1, 2)))]
        said = (source, target) if self.random() < 0.4 else ("", self.choice(("", B)))
        return World(snapshot, (*moves, users) if self.random() < 0.5 else tuple(moves), *said)

    def snapshot(self, count: int) -> Snapshot:
        """People and three SKUs, some of them without free seats, over-allocated, dead or company-wide."""
        skus = []
        for sku_id in (A, B, C):
            status = self.often("Enabled", odd=("Warning", "Suspended", "LockedOut"), share=0.1)
            applies = self.often("User", odd=("Company",), share=0.05)
            plans = self.some(PLANS, 0.75)
            skus.append(sku(sku_id, plans=plans, status=SkuStatus(status), applies_to=applies))
        order = self.sample(range(count), count)
        held = {f"u{n:02}@x.nl": self.holding(skus) for n in order}
        places = {u: self.often("NL", "us", odd=("", "Holland", "1A"), share=0.08) for u in held}
        for n, s in enumerate(skus):
            used = sum(s.sku_id in h.sku_ids for h in held.values()) + self.choice((0, 0, 2))
            skus[n] = replace(s, consumed=used, enabled=max(0, used + self.choice((-2, 0, 0, 1, 2, 4, 8, 20))))
        return snapshot_of(tuple(skus), people_of(held, places))

    def holding(self, skus: list[Sku]) -> Holding:
        """Each user SKU not at all, directly, through groups, or both; groups may have failed."""
        assignments = []
        for s in skus:
            usual = ("d", "d", "d", "") if s.sku_id == A else ("", "", "d")
            ways = self.often(*usual, odd=("g", "dg", "gg", "e", "de"), share=0.15) if s.applies_to == "User" else ""
            off = self.some([p.plan_id for p in s.plans], 0.3)
            if "d" in ways:
                assignments.append(direct(s.sku_id, *off))
            assignments += [grouped(s.sku_id, *off, group=g) for g in GROUPS[: ways.count("g")]]
            if "e" in ways:
                assignments.append(grouped(s.sku_id, state="Error"))
        return Holding.of(assignments)

    def movers(self, upns: list[str], *, file: str) -> Table:
        """Who shall move: people of the tenant, strangers and slips; now and then a template user."""
        rows = []
        asking = self.sample([*upns, *upns[:2], "nobody@x.nl", ""], self.randint(len(upns) // 2, len(upns) + 2))
        for user in (self.often(u, odd=(u.upper(), "no name", " U00@X.nl ")) for u in asking):
            remove = self.often("Alpha", "Alpha", "Alpha", "", "Gamma", odd=("Alpha + Gamma", "Nobody knows", "Delta"))
            add = self.often(
                "Beta", "Beta", "Beta", "Gamma", "", odd=("BETA_PACK; Gamma", "Nobody knows", "Delta", "Alpha")
            )
            off = self.often(*[""] * 12, *_SERVICES, odd=("NO_PLAN",), share=0.02)
            rows.append((user, remove, add, off, f"Name of {user}"))
        fields = [Field.USER, Field.REMOVE, Field.ADD, Field.DISABLED, Field.DISPLAY_NAME]
        columns = {f: [row[n] for row in rows] for n, f in enumerate(fields)}
        if self.random() < 0.25:
            columns[Field.TEMPLATE] = [self.often("", "", "", *upns, odd=("nobody@x.nl",)) for _ in rows]
        place = Place(file=file, row=len(rows) + 2)
        total = Problem(place=place, code="total_row", text="A row of totals.")
        return table(Kind.MOVES, columns, file=file, problems=(total,) if self.random() < 0.2 else ())

    def holders(self, snapshot: Snapshot) -> Table:
        """Who holds what, as an export has it: mostly right, sometimes out of date."""
        users, cells = [], []
        for upn, number in zip(snapshot.people.upns, snapshot.people.holding, strict=True):
            held = sorted(NAMES[i] for i in snapshot.people.holdings[number].sku_ids)
            for _ in range(self.choice((1, 1, 1, 1, 2))):
                users.append(upn)
                cells.append(self.often(" + ".join(held), odd=("Alpha", "Beta; Gamma", "")))
        return table(Kind.USERS, {Field.USER: users, Field.HOLDS: cells}, file="users.csv")


_SERVICES = ("PLAN_0", PLANS[1].upper(), "plan_2; PLAN_0", f"{B}:{PLANS[0]}")


def table(kind: Kind, columns: dict[Field, list[str]], *, file: str, problems: tuple[Problem, ...] = ()) -> Table:
    """A sheet of these columns; its rows count from 2."""
    size = max(map(len, columns.values()), default=0)
    return Table(
        file=file,
        sheet="",
        digest="",
        kind=kind,
        format=Format(container="csv", encoding="utf-8", delimiter=",", header_row=1),
        mapping={f: f.value for f in columns},
        rows=list(range(2, 2 + size)),
        cells=columns,
        problems=problems,
    )
