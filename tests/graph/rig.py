"""The real engine and the real adapter against a practice tenant served over HTTP, in one event loop, in real time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from batch.core.entries import Seen
from batch.core.errors import ReassignError, TenantRefused, TenantUnavailable
from batch.core.ledger import Ledger
from batch.core.pace import Policy
from batch.core.quota import Quota
from batch.core.terms import Sku
from batch.engine.apply import apply
from batch.engine.reading import patiently
from batch.tenants.faults import Faults
from batch.tenants.graph.tenant import GraphTenant
from batch.tenants.graph.wire import Patience
from batch.tenants.practice import PracticeTenant
from batch.tenants.served.app import make_app
from batch.wiring.looking import settled_now
from batch.wiring.parts import SteadyClock
from tests.engine.memory_journal import Crash, MemoryJournal
from tests.engine.runs import NO_DEATH, Death, Told, check
from tests.engine.small_plans import SmallPlan
from tests.graph.mortal import Mortal
from tests.graph.passage import Passage, Spoilt
from tests.graph.quarry import LAG
from tests.graph.servers import listening, overheard, trap

#: Reads are believed later than they can lag: the call of a process that died may still be on its way.
SETTLE = LAG + 0.05
POLICY = Policy(
    group_size=5, in_flight=3, tries=40, looks=60, backoff=0.01, longest_wait=0.06, settle=SETTLE, stop_at=1.0
)
READING = Policy(tries=12, backoff=0.01, longest_wait=0.04)
CALM = Patience(connect=5.0, quiet=5.0, whole=10.0)
HASTY = Patience(connect=1.0, quiet=0.1, whole=0.2)


class Purse:
    """Bearer tokens, each good until it is refused."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._token = ""

    async def close(self) -> None:
        """Nothing to let go of."""

    async def bearer(self, *, renew: bool = False) -> str:
        if renew or not self._token:
            self._token = f"secret-token-{len(self._passage.given | self._passage.ended) + 1}"
            self._passage.given.add(self._token)
        return self._token


@dataclass
class Job(Told):
    """How it ended, and what was told on the way."""

    #: What ended a life early, in words.
    troubles: list[ReassignError] = field(default_factory=list)
    #: Why each life stopped; empty for one that did not.
    stops: list[str] = field(default_factory=list)
    passage: Passage | None = None


async def _as_it_was(life: int, rig: Rig) -> None:
    """The next life begins as the last one ended."""


@dataclass
class Rig:
    """One plan, its tenant behind HTTP, and what is in the way."""

    plan: SmallPlan
    tenant: PracticeTenant
    faults: Faults = field(default_factory=Faults)
    spoilt: Sequence[Spoilt] = ()
    policy: Policy = POLICY
    patience: Patience = CALM
    settle: float = SETTLE
    deaths: Iterable[Death] = ()
    #: Seconds between a death and the next life.
    gap: float = 0.0
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    most_lives: int = 30
    #: Called before each life with its number: somebody may mend something.
    before_life: Callable[[int, Rig], Awaitable[None]] = _as_it_was
    #: Whether the plan's people and seats are read first, and everything once more at the end, as the command does.
    whole: bool = True
    #: Whether every request is looked at on its way.
    watched: bool = True
    #: By how much the clock is wrong, in seconds.
    clock_off: float = 0.0
    #: What the service takes; None for no limit.
    quota: Quota | None = None
    #: What goes on beside the work.
    errands: list[asyncio.Future[None]] = field(default_factory=list)

    def go(self) -> Job:
        """The whole job in an event loop of its own; nothing may be left on it."""
        job = Job(self.plan.changes, self.tenant, self.journal, _nothing_yet(self.plan))
        asyncio.run(self._served(lambda: self._live(job)))
        job.passage, job.counters = self.passage, self.tenant.counters()
        return job

    def read(self) -> Passage:
        """Only what planning reads."""

        async def read() -> None:
            tenant = self.connect()
            try:
                await self._read_for_the_plan(tenant)
            finally:
                await tenant.close()

        asyncio.run(self._served(read))
        return self.passage

    async def _served(self, work: Callable[[], Awaitable[None]]) -> None:
        self.errands.clear()
        self.passage = Passage(self.plan.changes, self.journal, self.spoilt)
        with overheard(self.passage):
            await self._serve_for(work)

    async def _serve_for(self, work: Callable[[], Awaitable[None]]) -> None:
        elsewhere = await listening(trap(self.passage))
        await self.start()
        self.passage.elsewhere = f"http://127.0.0.1:{elsewhere.addresses[0][1]}/v1.0"
        try:
            await work()
        finally:
            await asyncio.gather(*self.errands)
            await self.stop()
            await elsewhere.cleanup()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"left on the loop: {left}"

    async def start(self) -> None:
        """Begin to serve, at the same port as before."""
        app = make_app(self.tenant, self.faults, self.quota)
        if self.watched:
            app.middlewares.append(self.passage.watch)
        port = int(self.passage.host.rpartition(":")[2] or 0)
        self._runner = await listening(app, port)
        self.passage.host = f"127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Serve no more; connections end, and what the service is at work on it does."""
        # A connection that is accepted while asyncio closes the server would leak: none is accepted from here on.
        for site in self._runner.sites:
            for socket in site._server.sockets:
                asyncio.get_running_loop().remove_reader(socket.fileno())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await self._runner.cleanup()
        while self.passage.busy:
            await asyncio.sleep(0.005)

    async def restart(self, faults: Faults) -> None:
        """Serve behind other faults."""
        self.faults = faults
        await self.stop()
        await self.start()

    def connect(self) -> GraphTenant:
        root = f"http://{self.passage.host}/v1.0"
        purse = Purse(self.passage)
        return GraphTenant(root, purse, settle=self.settle, reading=READING, exchange=self.patience)

    async def _live(self, job: Job) -> None:
        deaths = iter(self.deaths)
        stuck: set[str] = set()
        for life in range(1, self.most_lives + 1):
            job.lives = life
            await self.before_life(life, self)
            death = next(deaths, NO_DEATH)
            tenant = self.connect()
            try:
                await self._one_life(job, tenant, death)
            except Crash:
                await asyncio.sleep(self.gap)
                continue
            except (TenantRefused, TenantUnavailable) as trouble:
                job.troubles.append(trouble)
                continue
            finally:
                await tenant.close()
            stop = job.ledger.stop
            job.stops.append(stop)
            if not job.ledger.open or stop in stuck:
                return
            stuck |= {stop} & {"no_seats"}
        left = job.ledger.outcomes()
        raise AssertionError(f"not done after {self.most_lives} lives: {left}, {job.stops}, {job.troubles[-1:]}")

    async def _one_life(self, job: Job, tenant: GraphTenant, death: Death) -> None:
        where, at, after, _ = death
        self.journal.revive()
        if self.whole and not self.journal.durable:
            await self._read_for_the_plan(tenant)
        self.journal.revive(at if where == "journal" else 0, after=after)
        limit = len(job.notes.seen) + at
        job.notes.stop_when = (lambda notes: len(notes.seen) >= limit) if where == "stop" else None
        clock = _Clock(self)
        mortal = Mortal(tenant, self.journal, self.passage, death)
        job.ledger = await apply(self.plan.changes, mortal, self.journal, clock, job.notes, self.policy)
        assert not job.ledger.flying
        if self.whole and not job.ledger.open:
            await self._reconcile(job, tenant)

    async def _read_for_the_plan(self, tenant: GraphTenant) -> None:
        """What planning reads, both ways of reading people; it must be what the plan was made from."""
        organisation = await patiently(tenant.organisation, READING)
        assert organisation.tenant_id == self.tenant.tenant_id
        skus = await patiently(tenant.skus, READING)
        assert {sku.sku_id: sku.enabled for sku in skus} == {sku.sku_id: sku.enabled for sku in self.plan.skus}
        names = set(self.plan.changes.upn)
        for read in (
            lambda: tenant.people(None),
            lambda: tenant.people({*names, "nobody@contoso.com"}),
        ):
            people = await patiently(read, READING)
            found = {upn: people.holdings[n] for upn, n in zip(people.upns, people.holding, strict=True)}
            planned = self.plan.people
            true = {upn: planned.holdings[n] for upn, n in zip(planned.upns, planned.holding, strict=True)}
            assert found == true

    async def _reconcile(self, job: Job, tenant: GraphTenant) -> None:
        """The fresh look at the end shows what the ledger says, and the seats follow."""
        taken = {sku.sku_id: sku.consumed for sku in _counted(self.plan)}
        seen, units = await settled_now(self.plan.changes, job.ledger, taken, tenant, _Clock(self))
        assert units == {sku.sku_id: sku.consumed for sku in self.tenant.describe().skus}
        applied = [state == 4 for state in job.ledger.state]
        assert [what is Seen.AFTER for what in seen] == applied


def judge(job: Job, *, all_applied: bool = True, alone: bool = True) -> None:
    """Every law, by the journal, by the tenant's own counters, and by what passed over the wire."""
    assert job.passage is not None
    assert not job.passage.broken, job.passage.broken
    check(job, all_applied=all_applied)
    assert not alone or job.counters["refused"] == 0, "a seat was asked for that was not free"


def _nothing_yet(plan: SmallPlan) -> Ledger:
    return Ledger(plan.changes.kind, plan.changes.kinds)


def _counted(plan: SmallPlan) -> list[Sku]:
    held: Counter[str] = Counter()
    for n in plan.people.holding:
        held.update(plan.people.holdings[n].sku_ids)
    return [replace(sku, consumed=held[sku.sku_id]) for sku in plan.skus]


class _Clock(SteadyClock):
    """A steady clock that is wrong by as much as the rig says."""

    def __init__(self, rig: Rig) -> None:
        super().__init__()
        self._rig = rig

    def now(self) -> float:
        return super().now() + self._rig.clock_off
