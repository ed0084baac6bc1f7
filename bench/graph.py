"""One piece of work against a served tenant, measured from inside, one JSON line out.

python bench/graph.py apply RUN ROOT [QUOTA]    the engine as it stands: ledger, journal, Graph tenant
python bench/graph.py post RUN ROOT             the least that could do it: the bodies of the same groups, made
                                                beforehand, posted with as many in flight, read whole, not parsed
python bench/graph.py snapshot ROOT             everybody, as a plan reads them
python bench/graph.py pages ROOT                the same pages one after the other, parsed and thrown away
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientTimeout, TCPConnector
from applying import Silence
from yarl import URL

from batch.core.entries import Entry, EntryKind
from batch.core.pace import Policy
from batch.core.plan import Changes
from batch.core.quota import Quota
from batch.core.states import State
from batch.core.terms import People
from batch.engine.apply import apply
from batch.runs.folder import RunFolder
from batch.runs.store import load_changes
from batch.tenants.graph.batches import assignments, item_ids
from batch.tenants.graph.objects import USER_FIELDS
from batch.tenants.graph.tenant import GraphTenant
from batch.wiring.parts import SteadyClock, waited

GROUP = 20
TOKEN = "practice"


class ReadyToken:
    """What a signed-in token is from the second call on."""

    async def close(self) -> None:
        """Nothing to let go of."""

    async def bearer(self, *, renew: bool = False) -> str:
        """The token."""
        return TOKEN


def applied(run: Path, root: str, in_flight: int, quota: str = "none") -> dict[str, float]:
    """Carry the plan out; besides the seconds, what the journal knows of pace."""
    writes, seconds = Quota.parse(quota) or (0, 0.0)
    policy = Policy(in_flight=in_flight, writes=writes, window=seconds)
    with RunFolder.open(run) as folder:
        changes = load_changes(folder.db)

        async def work() -> int:
            tenant = GraphTenant(root, ReadyToken(), settle=0.0)
            ledger = await apply(changes, tenant, folder.journal(), SteadyClock(), Silence(), policy)
            await tenant.close()
            return ledger.tally[State.APPLIED]

        found = measured(work)
        done = found.pop("result")
        entries = folder.journal().entries()
        found |= {"whole": found["seconds"], **paced(entries)}
    if done != len(changes):
        sys.exit(f"only {done} of {len(changes)} changes took effect")
    return found | {"changes": done}


def paced(entries: Iterable[Entry]) -> dict[str, float]:
    """Seconds from the first write to the last one and to the last answer; how many writes, how many answered 429."""
    sent, answered, throttled = [], [], 0
    for entry in entries:
        if entry.kind is EntryKind.SENT:
            sent.append(entry.at)
        elif entry.kind is EntryKind.ANSWERED:
            answered.append(entry.at)
            throttled += entry.status == 429
    began = min(sent)
    return {
        "writing": max(sent) - began,
        "seconds": max(answered) - began,
        "sent": len(sent),
        "throttled": throttled,
    }


def posted(run: Path, root: str, in_flight: int) -> dict[str, float]:
    """Post the same groups bare."""
    with RunFolder.open(run) as folder:
        changes = load_changes(folder.db)
    waiting = list(prepared(changes))
    answers: list[bytes] = []

    async def work() -> None:
        bodies = iter(waiting)
        async with session(f"{root}/$batch") as http:
            await asyncio.gather(*(worker(http, bodies) for _ in range(in_flight)))

    async def worker(http: ClientSession, bodies: Iterator[bytes]) -> None:
        url = URL(f"{root}/$batch", encoded=True)
        for body in bodies:
            async with http.post(url, data=body) as answer:
                answers.append(await answer.read())

    found = measured(work)
    done = sum(answer.count(b'"status": 200') for answer in answers)
    if done != len(changes):
        sys.exit(f"only {done} of {len(changes)} changes took effect")
    return found | {"changes": done}


def prepared(changes: Changes) -> Iterator[bytes]:
    """The body of every group."""
    for at in range(0, len(changes), GROUP):
        group = range(at, min(at + GROUP, len(changes)))
        calls = [changes.kinds[changes.kind[c]].call(changes.user_id[c]) for c in group]
        yield assignments(calls, item_ids(at, [call.user_id for call in calls]))


def session(url: str) -> ClientSession:
    """A client with the headers that it takes."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json", "Content-Type": "application/json"}
    return ClientSession(connector=TCPConnector(limit=0), headers=headers, timeout=ClientTimeout(total=None))


def snapshot(root: str) -> dict[str, float]:
    """Read everybody as the plan does, and weigh what was kept."""

    async def work() -> People:
        tenant = GraphTenant(root, ReadyToken(), settle=0.0)
        people = await tenant.people(None)
        await tenant.close()
        return people

    found = measured(work)
    people = found.pop("result")
    return found | {"users": len(people.ids), "columns": weight(people)}


def weight(people: People) -> int:
    """Bytes of the columns and of everything in them, each once."""
    columns = (people.ids, people.upns, people.names, people.locations, people.holding)
    things = {id(thing): thing for column in columns for thing in column}
    return sum(map(sys.getsizeof, columns)) + sum(map(sys.getsizeof, things.values()))


def pages(root: str) -> dict[str, float]:
    """Follow the links, parse each page, keep nothing."""

    async def work() -> int:
        users, link = 0, f"{root}/users?$top=999&$select={USER_FIELDS}"
        async with session(link) as http:
            while link:
                async with http.get(URL(link, encoded=True)) as answer:
                    page = json.loads(await answer.read())
                users += len(page["value"])
                link = page.get("@odata.nextLink", "")
        return users

    found = measured(work)
    return found | {"users": found.pop("result")}


def measured(work: Any) -> dict[str, Any]:
    """Seconds on the clock and of computing, memory at most, and what came out."""
    computing, began = time.process_time(), time.perf_counter()
    result = waited(work())
    seconds, computed = time.perf_counter() - began, time.process_time() - computing
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": seconds, "cpu": computed, "peak": peak, "result": result}


def main() -> None:
    """Do one of them."""
    mode, *given = sys.argv[1:]
    match mode:
        case "apply":
            found = applied(Path(given[0]), given[1], int(given[2]), *given[3:])
        case "post":
            found = posted(Path(given[0]), given[1], int(given[2]))
        case "snapshot":
            found = snapshot(given[0])
        case _:
            found = pages(given[0])
    found.pop("result", None)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
