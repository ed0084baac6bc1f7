"""The practice tenant: how Microsoft 365 licensing behaves, in one SQLite file, faults included."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from pathlib import Path

from batch.core.errors import UsageError
from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.exclusions import DOCUMENTED, Conflicts
from batch.core.terms import Answer, Call, People, Sight, Sku, group_key, group_of
from batch.tenants.fates import Fates, trouble
from batch.tenants.faults import Faults
from batch.tenants.practice_directory import Directory
from batch.tenants.practice_estate import Estate, estate_rows, invented, one_each
from batch.tenants.practice_file import PracticeFile
from batch.tenants.practice_group import Group, Seats
from batch.tenants.practice_past import Past
from batch.tenants.practice_people import read_people
from batch.tenants.practice_store import build, connect, read_skus
from batch.tenants.practice_ways import of_the_group, read_groups

#: Calls or ids that go together at most, as in a Graph batch.
GROUP_SIZE = 20


class PracticeTenant(PracticeFile):
    """A ``Tenant`` in a file. Several processes may use one file at a time; a call that cannot get in is answered 503.

    Bulk reads (``skus``, ``people``) lag like single ones but are never throttled or lost.
    """

    def __init__(self, path: Path, db: sqlite3.Connection, faults: Faults) -> None:
        super().__init__(path, db)
        self.read_lag = faults.lag
        self.so_far: Callable[[int], None] = lambda users: None
        self._faults = faults
        self._fates = Fates(faults)
        self._past = Past(faults.lag)
        self._thieves = [(_named(read_skus(db), thief.sku), thief.after) for thief in faults.thieves]
        self._successes = 0

    @classmethod
    def create(  # noqa: PLR0913
        cls,
        path: str | Path,
        skus: Iterable[Sku],
        people: People,
        *,
        conflicts: Conflicts = DOCUMENTED,
        warning_seats: bool = False,
        faults: Faults | None = None,
        organisation: Organisation | None = None,
        subscriptions: Sequence[Subscription] = (),
        groups: Sequence[LicensingGroup] = (),
    ) -> PracticeTenant:
        """Make the file and open it. Each SKU consumes what these people hold, or what it says if that is more.

        ``warning_seats``: units in the grace period can be given out. ``organisation``, ``subscriptions``, ``groups``:
        those of the tenant that is copied; otherwise an organisation of its own, one subscription a SKU, and the groups
        through which somebody inherits. ``UsageError`` when the file exists, a person comes twice, or somebody holds a
        SKU that the tenant does not own.
        """
        estate = Estate(organisation or invented(people.upns), tuple(subscriptions), tuple(groups))
        build(Path(path), skus, people, conflicts, warning_seats=warning_seats, more=estate_rows(estate))
        return cls.open(path, faults)

    @classmethod
    def open(cls, path: str | Path, faults: Faults | None = None) -> PracticeTenant:
        """Open a file made by ``create``; ``UsageError`` for anything else. No faults: a calm day."""
        db = connect(Path(path))
        try:
            return cls(Path(path), db, faults or Faults())
        except (UsageError, sqlite3.Error, ValueError, KeyError) as error:
            db.close()
            if isinstance(error, UsageError):
                raise
            todo = "Make it anew with `reassign tenant create`."
            raise UsageError(f"{path} is a damaged practice tenant: {error}.", todo) from error

    async def organisation(self) -> Organisation:
        """Whose tenant this is; the tenant id of a file made before it had one is empty."""
        await self._travel()
        await self._come_back()
        return self._estate.organisation

    async def skus(self) -> tuple[Sku, ...]:
        """Every SKU, ordered by id."""
        await self._travel()
        now, moment = self._moment()
        recent = self._past.seats(now, moment)
        with self._reachable():
            skus = read_skus(self._db).values()
        await self._come_back()
        return tuple(replace(sku, consumed=sku.consumed - recent.get(sku.sku_id, 0)) for sku in skus)

    async def people(self, upns: Collection[str] | None, likely: Collection[str] = ()) -> People:
        """The users with these lower-case UPNs, or everybody, in the order in which they were put in.

        All reads cost the same here, whatever is ``likely``.
        """
        await self._travel()
        with self._reachable():
            people = read_people(self._db, self._holdings, upns, self._past.holdings(*self._moment()))
        await self._come_back()
        return people

    async def licensed(self) -> People:
        """Everybody who holds a licence in any way, in the order in which they were put in."""
        people = await self.people(None)
        return _some(people, {number for number, holding in enumerate(people.holdings) if holding.sku_ids})

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """What was copied, or one subscription a SKU; ordered by id."""
        skus = await self.skus()
        return self._estate.subscriptions or one_each(self._estate.organisation.tenant_id, skus)

    async def licensing_groups(self) -> tuple[LicensingGroup, ...]:
        """What was copied, or the groups through which somebody inherits; ordered by id."""
        await self._travel()
        with self._reachable():
            groups = read_groups(self._db, self._holdings)
        await self._come_back()
        return groups

    async def members(self, group_id: str) -> People:
        """Those with an assignment through the group, given or failed."""
        people = await self.people(None)
        within = {n for n, h in enumerate(people.holdings) if any(a.group == group_id for a in h.assignments)}
        return _some(people, within)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Directory]:
        """Users as one read shows them, which may be as they were up to ``read_lag`` seconds ago; no other fault."""
        with self._reachable():
            yield Directory(self._db, self._holdings, self._past.holdings(*self._moment()))

    async def look(self, user_ids: Sequence[str]) -> list[Sight]:
        """Each user as the service shows it now, which may be as it was up to ``read_lag`` seconds ago."""
        _check_group(user_ids)
        await self._travel()
        try:
            sights = self._sights(user_ids)
        except sqlite3.OperationalError:
            sights = [Sight(user_id, 503) for user_id in user_ids]
        await self._come_back()
        return sights

    async def assign(self, calls: Sequence[Call]) -> list[Answer]:
        """Carry the calls out in a random order and one transaction; a kill on the way back leaves them done."""
        _check_group([call.user_id for call in calls])
        await self._travel()
        try:
            answers = self._carry_out(calls)
        except sqlite3.OperationalError:
            answers = [trouble(503)] * len(calls)
        await self._come_back()
        return answers

    async def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _carry_out(self, calls: Sequence[Call]) -> list[Answer]:
        fates, order = self._fates.of_group(calls), self._fates.order(len(calls))
        seats = Seats(self._db, warning_seats=self._warning_seats)
        with self._writing():
            group = Group(self._db, calls, self._rulebook, seats)
            answers = group.answers(fates, order)
            self._successes += group.successes
            group.counts["thefts"] += self._steal(seats)
            group.save()
        self._past.note(asyncio.get_running_loop().time(), group.before, seats.taken)
        return answers

    def _steal(self, seats: Seats) -> int:
        """Let each thief whose time has come take a seat, if one is free; how many did."""
        due = [sku_id for sku_id, after in self._thieves if after <= self._successes]
        self._thieves = [thief for thief in self._thieves if thief[1] > self._successes]
        stolen = 0
        for sku_id in due:
            if seats[sku_id] > 0:
                seats.take(sku_id)
                stolen += 1
        return stolen

    def _sights(self, user_ids: Sequence[str]) -> list[Sight]:
        shown = self._past.holdings(*self._moment())
        marks = ",".join("?" * len(user_ids))
        # Only question marks are put into the text.
        query = f"SELECT id, location, holding FROM users WHERE id IN ({marks})"  # noqa: S608
        users = {user_id: (place, number) for user_id, place, number in self._db.execute(query, list(user_ids))}
        sights = []
        groups = self._of_groups(shown) if any(map(group_of, user_ids)) else {}
        for user_id in user_ids:
            sight = self._fates.of_read(user_id) or groups.get(group_of(user_id))
            if sight is None and user_id in users:
                location, number = users[user_id]
                sight = Sight(user_id, 200, self._holdings.of(shown.get(user_id, number)), location)
            sights.append(sight or Sight(user_id, 404))
        return sights

    def _of_groups(self, shown: Mapping[str, int]) -> dict[str, Sight]:
        """What each group with licences gives, by its id."""
        people = read_people(self._db, self._holdings, None, shown)
        groups = read_groups(self._db, self._holdings)
        held = [people.holdings[number] for number in set(people.holding)]
        return {g.group_id: Sight(group_key(g.group_id), 200, of_the_group(g, held)) for g in groups}

    def _moment(self) -> tuple[float, float]:
        """Now, and the moment that a read shows, by the event loop's clock."""
        now = asyncio.get_running_loop().time()
        return now, now - self._fates.age()

    async def _travel(self) -> None:
        await asyncio.sleep(self._faults.latency / 2)

    async def _come_back(self) -> None:
        if self._faults.latency:
            await asyncio.sleep(self._faults.latency / 2)


def _some(people: People, holdings: Collection[int]) -> People:
    """Those who hold one of these, by its number."""
    keep = [number in holdings for number in people.holding]
    columns = (people.ids, people.upns, people.names, people.locations)
    ids, upns, names, locations = (list(compress(column, keep)) for column in columns)
    return People(ids, upns, names, locations, list(compress(people.holding, keep)), people.holdings)


def _check_group(user_ids: Sequence[str]) -> None:
    if len(user_ids) > GROUP_SIZE:
        raise ValueError(f"{len(user_ids)} at a time; {GROUP_SIZE} is the most")
    if len(set(user_ids)) != len(user_ids):
        raise ValueError("the same user twice in one group")


def _named(skus: dict[str, Sku], name: str) -> str:
    """The id of the SKU with this id or part number."""
    ids = {key.casefold(): sku.sku_id for sku in skus.values() for key in (sku.part_number, sku.sku_id)}
    if name.casefold() not in ids:
        near = difflib.get_close_matches(name, [sku.part_number for sku in skus.values()], n=1)
        todo = f"Did you mean {near[0]}?" if near else "See `reassign tenant show`."
        raise UsageError(f"The thief wants {name}, which this tenant does not own.", todo)
    return ids[name.casefold()]
