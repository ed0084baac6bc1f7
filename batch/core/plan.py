"""The plan: every row in exactly one bucket, every change in order, and an id that stands for all of it.

Pure, and done on columns: people who hold the same and are asked the same are decided once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import repeat

import numpy as np

from batch.core.changes import ChangeKind
from batch.core.decide import Decider, Decision, decide
from batch.core.estate import NO_GROUPS, Groups
from batch.core.group_moves import GroupMove, asked_of_groups, why_not, with_groups
from batch.core.outcomes import Bucket
from batch.core.purchase import Purchase
from batch.core.requests import Requests
from batch.core.rules import Rules
from batch.core.seats import Shortage, seat
from batch.core.terms import People, Sku, Snapshot, group_of
from batch.core.token_graph import SeatClass

_LOCATION = re.compile(r"[A-Za-z]{2}")
_USUAL = Rules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Every change in the order in which it goes: columns of equal length."""

    user_id: list[str]
    upn: list[str]
    #: Index into ``kinds``.
    kind: list[int]
    kinds: tuple[ChangeKind, ...]

    def __len__(self) -> int:
        return len(self.user_id)

    def people(self) -> int:
        """How many people they move: the change of a group moves all its members."""
        return sum(self.kinds[number].people * count for number, count in Counter(self.kind).items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will happen, to the last service plan; applying does nothing else (law 9)."""

    plan_id: str
    tenant: str
    taken_at: float
    #: The tenant's SKUs when the plan was made.
    skus: tuple[Sku, ...]
    changes: Changes
    #: For each row of the requests: its bucket, its reason word, its change (-1 for none).
    bucket: list[Bucket]
    code: list[str]
    change: list[int]
    shortages: tuple[Shortage, ...]
    #: The person (lower-case UPN) for whom each shortage begins.
    short_first: tuple[str, ...]
    #: The least to buy so that all of them can go.
    purchase: Purchase = field(default_factory=Purchase)
    #: The groups whose own licences change, for every member.
    groups: tuple[GroupMove, ...] = ()
    #: Names of the groups that changes are about, by id.
    group_names: dict[str, str] = field(default_factory=dict)
    #: Changes that are blocked for what they lose or bring together, and of how many rows: to be shown.
    would: tuple[tuple[ChangeKind, int], ...] = ()
    #: Row → what only that row has to say beside its reason word, for people.
    detail: dict[int, str] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Rows per bucket, and ``rows`` for all (law 1)."""
        by = Counter(self.bucket)
        return {"rows": len(self.bucket), **{b.value: by.get(b, 0) for b in Bucket}}


def make_plan(
    requests: Requests,
    snapshot: Snapshot,
    rules: Rules = _USUAL,
    decider: Decider | None = None,
    groups: Groups = NO_GROUPS,
) -> Plan:
    """The plan for these requests against this snapshot. The order of the rows does not matter (law 4).

    Who goes first is said by the priority column (1 before 2, none last), then by name. ``groups`` are looked at where
    a licence comes, or shall come, through one.
    """
    snapshot = replace(snapshot, people=with_groups(snapshot.people, groups)) if groups.members else snapshot
    rows = _Rows(requests, snapshot, rules, decider or partial(decide, groups=groups), groups)
    movers = sorted(rows.movers(), key=snapshot.people.upns.__getitem__)
    rank = rows.priorities() if requests.priority else {}
    if rank:
        movers.sort(key=rank.__getitem__)
    classes, which = rows.seat_classes(movers)
    free = {s.sku_id: s.free for s in snapshot.skus}
    seating = seat(classes, which, free, [rank[m] for m in movers] if rank else ())
    order = [movers[i] for i in seating.order]
    changes = _changes(order, rows, snapshot.people)
    bucket, code, change = rows.buckets(order)
    return Plan(
        plan_id=plan_digest(snapshot.skus, changes, bucket, code),
        tenant=snapshot.tenant,
        taken_at=snapshot.taken_at,
        skus=snapshot.skus,
        changes=changes,
        bucket=bucket,
        code=code,
        change=change,
        shortages=seating.shortages,
        short_first=tuple(snapshot.people.upns[movers[s.first]] for s in seating.shortages),
        purchase=seating.purchase,
        groups=rows.moved,
        would=rows.would(),
        group_names={g: groups.label(g) for kind in changes.kinds if kind.join for g in (kind.join, *kind.leave)},
        detail=rows.details(),
    )


class _Rows:
    """Rows joined to people: for each asking row its person and its decision, found once per kind of person and ask."""

    def __init__(self, requests: Requests, snapshot: Snapshot, rules: Rules, decider: Decider, groups: Groups) -> None:
        self.requests = requests
        self.rules = rules
        self.decider = decider
        people = snapshot.people
        index = dict(zip(people.upns, range(len(people)), strict=True))
        asking = np.flatnonzero(np.array(requests.ask, dtype=np.int64) >= 0)
        users = requests.user
        found = map(index.get, map(users.__getitem__, asking.tolist()), repeat(-1))
        person = np.fromiter(found, dtype=np.int64, count=len(asking))
        known = person >= 0
        self.unknown: list[int] = asking[~known].tolist()
        self.asking = asking[known]
        self.person = person[known]
        self.decisions, self.decision = self._decide(snapshot)
        self._leave_alone(snapshot)
        self.moved = self._on_groups(people, groups) if groups.members else ()
        self.planned = np.array([d.kind is not None for d in self.decisions], dtype=bool)[self.decision]
        #: For each person the decision of its change, -1 for none.
        self.decision_of = np.full(len(people), -1, dtype=np.int64)
        self.decision_of[self.person[self.planned]] = self.decision[self.planned]

    def _decide(self, snapshot: Snapshot) -> tuple[list[Decision], np.ndarray]:
        people = snapshot.people
        located = {text: bool(_LOCATION.fullmatch(text)) for text in set(people.locations)}
        holding = np.array(people.holding, dtype=np.int64)[self.person]
        has_place = np.array([located[text] for text in people.locations], dtype=np.int64)[self.person]
        ask = np.array(self.requests.ask, dtype=np.int64)[self.asking]
        code = (holding * len(self.requests.asks) + ask) * 2 + has_place
        pairs, inverse = np.unique(code, return_inverse=True)
        owned = {s.sku_id: s for s in snapshot.skus}
        asks = self.requests.asks
        decisions = [
            self.decider(
                people.holdings[p // 2 // len(asks)], asks[p // 2 % len(asks)], owned, self.rules, located=bool(p % 2)
            )
            for p in pairs.tolist()
        ]
        return decisions, inverse

    def _leave_alone(self, snapshot: Snapshot) -> None:
        """Whoever is protected, by name or by a group that gives them something, is blocked, whatever was decided."""
        rules, people = self.rules, snapshot.people
        if not rules.protected and not rules.protected_groups:
            return
        held = [any(a.group in rules.protected_groups for a in h.assignments) for h in people.holdings]
        safe = [upn in rules.protected or held[h] for upn, h in zip(people.upns, people.holding, strict=True)]
        protected = np.array(safe, dtype=bool)[self.person]
        self.decision[protected] = len(self.decisions)
        self.decisions.append(Decision(Bucket.BLOCKED, "protected"))

    def _on_groups(self, people: People, groups: Groups) -> tuple[GroupMove, ...]:
        """Rows that ask for a change of one group share that change; those of a group that cannot change get none."""
        place = {group_of(user): n for n, user in enumerate(people.ids) if group_of(user)}
        moved = []
        for group, (kinds, numbers) in asked_of_groups([d.kind for d in self.decisions]).items():
            members = groups.members[group]
            if word := "group_conflict" if len(kinds) > 1 else why_not(group, members, self.rules):
                for n in numbers:
                    self.decisions[n] = Decision(Bucket.BLOCKED, word, detail=groups.label(group))
                continue
            theirs = np.isin(self.decision, numbers)
            named = len(np.unique(self.person[theirs]))
            self.person[theirs] = place[group]
            if named:
                moved.append(GroupMove(group, groups.label(group), len(members), named))
        return tuple(moved)

    def would(self) -> tuple[tuple[ChangeKind, int], ...]:
        """The changes that rows would make but for what blocks them."""
        count = np.bincount(self.decision, minlength=len(self.decisions)).tolist()
        return tuple((d.would, n) for d, n in zip(self.decisions, count, strict=True) if d.would and n)

    def details(self) -> dict[int, str]:
        """What single rows have to say, by row."""
        if not any(d.detail for d in self.decisions):
            return {}
        pairs = zip(self.asking.tolist(), self.decision.tolist(), strict=True)
        return {row: self.decisions[n].detail for row, n in pairs if self.decisions[n].detail}

    def priorities(self) -> dict[int, int]:
        """For each person with a change the priority of their rows, the most urgent of several."""
        found: dict[int, int] = {}
        rank = self.requests.priority
        for row, person in zip(self.asking.tolist(), self.person.tolist(), strict=True):
            found[person] = min(rank[row], found.get(person, rank[row]))
        return found

    def movers(self) -> list[int]:
        """The people with a change, each once."""
        movers: list[int] = np.flatnonzero(self.decision_of >= 0).tolist()
        return movers

    def seat_classes(self, movers: list[int]) -> tuple[list[SeatClass], list[int]]:
        """The distinct seat needs, and which of them each mover has."""
        known: dict[SeatClass, int] = {}
        of = [
            -1 if d.kind is None else known.setdefault((d.kind.takes, d.kind.frees), len(known)) for d in self.decisions
        ]
        return list(known), self.by_decision(of, movers)

    def by_decision(self, values: list[int], movers: list[int]) -> list[int]:
        """For each mover the value of its decision."""
        found: list[int] = np.array(values, dtype=np.int64)[self.decision_of[movers]].tolist()
        return found

    def buckets(self, order: list[int]) -> tuple[list[Bucket], list[str], list[int]]:
        """Bucket, reason and change of every row, once it is known who fits."""
        bucket, code = list(self.requests.bucket), list(self.requests.code)
        for i in self.unknown:
            bucket[i], code[i] = Bucket.BLOCKED, "unknown_user"
        idle = ~self.planned
        for i, n in zip(self.asking[idle].tolist(), self.decision[idle].tolist(), strict=True):
            bucket[i], code[i] = self.decisions[n].bucket, self.decisions[n].code
        position = np.full(len(self.decision_of), -1, dtype=np.int64)
        position[order] = np.arange(len(order))
        change = np.full(len(bucket), -1, dtype=np.int64)
        planned = self.asking[self.planned]
        change[planned] = position[self.person[self.planned]]
        for i in planned[change[planned] < 0].tolist():
            bucket[i], code[i] = Bucket.SHORT, "no_seats"
        return bucket, code, change.tolist()


def _changes(order: list[int], rows: _Rows, people: People) -> Changes:
    kinds: dict[ChangeKind, int] = {}
    number = [-1 if d.kind is None else kinds.setdefault(d.kind, len(kinds)) for d in rows.decisions]
    return Changes(
        user_id=list(map(people.ids.__getitem__, order)),
        upn=list(map(people.upns.__getitem__, order)),
        kind=rows.by_decision(number, order),
        kinds=tuple(kinds),
    )


def plan_digest(skus: tuple[Sku, ...], changes: Changes, bucket: list[Bucket], code: list[str]) -> str:
    """The plan's own id: SHA-256 over what it will do, to whom, in which order, from which state, and what it leaves.

    Row numbers and file names are left out, so the same rows in any order make the same plan (law 4).
    """
    digest = hashlib.sha256()
    for sku in skus:
        digest.update(f"{sku!r}\n".encode())
    names = [hashlib.sha256(repr(kind).encode()).hexdigest() for kind in changes.kinds]
    # Column by column: joining is quick where a million small texts are not.
    for column in (changes.user_id, changes.upn, map(names.__getitem__, changes.kind)):
        digest.update("\n".join(column).encode())
        digest.update(f"\n\n{len(changes)}\n".encode())
    left = Counter(zip(bucket, code, strict=True))
    for (where, why), count in sorted(left.items()):
        digest.update(f"{where} {why} {count}\n".encode())
    return digest.hexdigest()


def terms_digest(plan_id: str, *terms: object) -> str:
    """SHA-256 over the plan's id and what it may be carried out under: what holds it back, and the bounds of a run."""
    return hashlib.sha256(json.dumps([plan_id, *terms], sort_keys=True).encode()).hexdigest()
