"""Group-based licensing of a practice tenant: what a group gives its members, inside one open transaction.

A member has an assignment through the group for each of its licences. When one of them cannot be given (no seat, or
services that exclude each other), none of the group's is, and each stands in state ``Error`` ("Identify and resolve
license assignment problems for a group"). Groups are done with their members at once here.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace

from batch.core.estate import LicensingGroup
from batch.core.exclusions import Conflicts
from batch.core.terms import Add, Answer, Assignment, Call, Holding, Sku, Way, group_of
from batch.tenants.practice_estate import groups_behind, read_estate
from batch.tenants.practice_people import Holdings
from batch.tenants.practice_rules import APPLIED, BAD_REQUEST, incompatible, no_seat, no_such_user, rule

_DYNAMIC = Answer(400, BAD_REQUEST, "Members of a group with a membership rule cannot be added or removed.")
_SYNCED = Answer(
    400,
    BAD_REQUEST,
    "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently "
    "undergoing migration.",
)
#: The location of a user does not matter to a group: the directory's own counts.
_ANYWHERE = "ZZ"
_IN_USE = "SELECT DISTINCT holding FROM users"


def read_groups(db: sqlite3.Connection, holdings: Holdings) -> tuple[LicensingGroup, ...]:
    """The groups that were stored, or those through which somebody inherits now; ordered by id."""
    stored = read_estate(db).groups
    return stored or groups_behind([holdings.of(number) for (number,) in db.execute(_IN_USE)])


class Ways:
    """The groups of one open transaction. ``room`` says how many seats of a SKU are left."""

    def __init__(
        self,
        db: sqlite3.Connection,
        holdings: Holdings,
        skus: Mapping[str, Sku],
        conflicts: Conflicts,
        room: Callable[[str], int],
    ) -> None:
        self._db = db
        self._holdings = holdings
        self._skus = skus
        self._conflicts = conflicts
        self._room = room
        self._groups = {group.group_id: group for group in read_groups(db, holdings)}

    def moved(self, call: Call, holding: Holding) -> tuple[Holding, Answer]:
        """What this ``Way.MEMBERSHIP`` makes of a user who holds this: never less than before, unless it succeeds."""
        # Who is to leave a group that is gone has left it.
        left = [group_id for group_id in call.leave if group_id in self._groups]
        for group_id in filter(None, (call.join, *left)):
            if refusal := self._fixed(group_id):
                return holding, refusal
        if call.join and not any(a.group == call.join and a.state == "Active" for a in holding.assignments):
            holding, answer = self.given(holding, self._groups[call.join])
            if call.add and answer.status != APPLIED.status:
                return holding, answer
        mine = tuple(sku_id for sku_id in call.remove if holding.direct(sku_id))
        if mine:
            ruling = rule(Call(call.user_id, mine, ()), holding, _ANYWHERE, self._skus, self._conflicts)
            if isinstance(ruling, Answer):
                return holding, ruling
            holding = ruling.holding
        return Holding.of(a for a in holding.assignments if a.group not in call.leave or not a.group), APPLIED

    def _fixed(self, group_id: str) -> Answer | None:
        group = self._groups.get(group_id)
        if group is None:
            return no_such_user(group_id)
        return _DYNAMIC if group.dynamic else _SYNCED if group.synced else None

    def given(self, holding: Holding, group: LicensingGroup) -> tuple[Holding, Answer]:
        """What a member holds once the group has given what it can, and why it could not give it all."""
        rest = [a for a in holding.assignments if a.group != group.group_id]
        given = [Assignment(sku_id=add.sku_id, group=group.group_id, disabled=add.disabled) for add in group.licences]
        after = Holding.of([*rest, *given])
        answer = incompatible(Holding.of(rest), after, self._skus, self._conflicts)
        for sku_id in sorted(after.sku_ids - holding.sku_ids):
            if answer is None and self._room(sku_id) <= 0:
                answer = no_seat(sku_id)
        if answer is None:
            return after, APPLIED
        return Holding.of([*rest, *(replace(a, state="Error") for a in given)]), answer

    def regrouped(self, call: Call) -> LicensingGroup | Answer:
        """The group with the licences that this ``Way.GROUP`` gives it, stored; or the refusal."""
        group = self._groups.get(group_of(call.user_id))
        if group is None:
            return no_such_user(group_of(call.user_id))
        own = Holding.of(Assignment(sku_id=add.sku_id, disabled=add.disabled) for add in group.licences)
        ruling = rule(call._replace(way=Way.DIRECT), own, _ANYWHERE, self._skus, self._conflicts)
        if isinstance(ruling, Answer):
            return ruling
        licences = tuple(Add(a.sku_id, a.disabled) for a in ruling.holding.assignments)
        self._groups[group.group_id] = changed = replace(group, licences=licences)
        if read_estate(self._db).groups:
            rows = json.dumps([asdict(self._groups[group_id]) for group_id in sorted(self._groups)])
            self._db.execute("UPDATE meta SET value = ? WHERE name = 'groups'", (rows,))
        return changed

    def members(self, group_id: str) -> list[str]:
        """Ids of the users who have an assignment through this group, in the order in which they were put in."""
        users = self._db.execute("SELECT id, holding FROM users ORDER BY n").fetchall()
        within = {
            number
            for number in {number for _, number in users}
            if any(a.group == group_id for a in self._holdings.of(number).assignments)
        }
        return [user_id for user_id, number in users if number in within]


def of_the_group(group: LicensingGroup, held: Iterable[Holding]) -> Holding:
    """What the group itself gives; in state ``Error`` what one of its members, who hold this, could not be given."""
    failed = {a.sku_id for h in held for a in h.assignments if a.group == group.group_id and a.state == "Error"}
    return Holding.of(
        Assignment(
            sku_id=add.sku_id,
            group=group.group_id,
            disabled=add.disabled,
            state="Error" if add.sku_id in failed else "Active",
        )
        for add in group.licences
    )
