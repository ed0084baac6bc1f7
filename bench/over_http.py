"""Moving and reading people through Microsoft Graph's interface: `reassign tenant serve` and what talks to it are
processes of their own, which share this machine's cores."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from figures import Figure, at_least, at_most
from ground import HERE, OUT, PYTHON, planned, sheets, tenant
from measure import cost, median
from serving import served

from batch.core.pace import Policy

#: The interpreter that has the official SDK.
SDK = HERE.parent / ".venv/compat/bin/python"
PEOPLE = 20_000
#: What the served tenant takes at once, and in a second from then on.
BURST, RATE = 400, 200
QUOTA = f"{BURST}/{BURST / RATE:g}s"
#: Groups in flight.
AT_ONCE = "16"
SECOND = "users a second, on this machine"


def quota(rows: int) -> Iterator[Figure]:
    """How near a run comes to what the service allows, with the defaults of the command."""
    people = min(rows, PEOPLE)
    said = moved(
        planned(people), "apply", str(Policy().in_flight), QUOTA, serve=("--quota", QUOTA, "--faults", "latency=150ms")
    )
    ideal = (people - BURST) / RATE
    what = f"{people:,} users at {QUOTA} and 150 ms: share of the quota sustained, from the first write to the last"
    yield at_least("quota", what, ideal / said["writing"], 0.98)
    refused = 100 * said["throttled"] / said["sent"]
    yield at_most("quota", f"writes answered 429, of {said['sent']:,.0f}", refused, 0.5, "%")


def wire(rows: int) -> Iterator[Figure]:
    """Engine, journal and Graph tenant against a bare client with the same bodies and as many in flight.

    Ours from the first write to the last answer: reading the free seats beforehand is no posting. The best of five
    of each counts: server and client want a core each, so whatever else this machine does only takes away from both.
    """
    people = min(rows, PEOPLE)
    folder = planned(people)
    for latency, least in ((0, 0.7), (50, 0.95)):
        found: dict[str, list[dict[str, float]]] = {"apply": [], "post": []}
        for _ in range(5):
            for mode, runs in found.items():
                runs.append(moved(folder, mode, AT_ONCE, serve=("--faults", f"latency={latency}ms")))
        ours, bare = (min(run["seconds"] for run in runs) for runs in found.values())
        what = f"{people:,} users over HTTP at {latency} ms, {AT_ONCE} in flight: speed against posting prepared bodies"
        yield at_least("wire", what, bare / ours, least)
        computing = [1e6 * min(run["cpu"] for run in runs) / people for runs in found.values()]
        what = f"{SECOND}: ours, bare; computing for a user: ours, bare"
        yield Figure(
            "wire", what, f"{people / ours:,.0f}, {people / bare:,.0f}; {computing[0]:.0f} µs, {computing[1]:.0f} µs"
        )


def clients(rows: int) -> Iterator[Figure]:
    """Side by side with Microsoft's own SDK for Python."""
    folder = planned(min(rows, PEOPLE))
    ours = rate(moved(folder, "apply", AT_ONCE))
    yield Figure("clients", f"license-reassign: {SECOND}, without latency", f"{ours:,.0f}")
    for mode, count, name in (
        ("one", 500, "one call a user, one after the other"),
        ("many", 500, "one call a user, 16 at a time"),
        ("batch", 4_000, "its own batches, 16 at a time"),
    ):
        theirs = rate(moved(folder, mode, str(min(rows - 1, count))))
        yield at_least("clients", f"times as fast as msgraph-sdk, {name} ({theirs:,.0f} a second)", ours / theirs, 1)


def snapshot(rows: int) -> Iterator[Figure]:
    """Reading everybody against following the links and parsing alone."""
    folder = sheets("mixed", rows)
    file = folder / "served.db"
    if not file.exists():
        tenant(folder).rename(file)
    found: dict[str, list[dict[str, float]]] = {"snapshot": [], "pages": []}
    with served(file) as root:
        for _ in range(3 if rows <= 200_000 else 1):
            for mode, runs in found.items():
                runs.append(worked(folder, PYTHON, "graph.py", mode, root))
    ours, bare = (median([run["seconds"] for run in runs]) for runs in found.values())
    yield at_least("snapshot", f"{rows:,} users read by pages: speed against parsing the pages alone", bare / ours, 0.8)
    yield Figure("snapshot", SECOND, f"{rows / ours:,.0f}")
    peak, least = (max(run["peak"] for run in runs) for runs in found.values())
    columns = found["snapshot"][0]["columns"]
    what = f"memory above that of the bare loop, times the columns that are kept ({columns / 1e6:,.0f} MB)"
    yield at_most("snapshot", what, (peak - least) / columns, 1.5)


def rate(said: dict[str, float]) -> float:
    """Changes a second."""
    return said["changes"] / said["seconds"]


def moved(folder: Path, mode: str, *more: str, serve: tuple[str, ...] = ()) -> dict[str, float]:
    """Move the people of this folder's plan, or so many of them, on copies of its run and its tenant."""
    work = OUT / "work"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(folder / "run", work / "run")
    shutil.copyfile(folder / "tenant.db", work / "tenant.db")
    with served(work / "tenant.db", *serve) as root:
        if mode in ("apply", "post"):
            return worked(work, PYTHON, "graph.py", mode, "run", root, *more)
        return worked(work, SDK, "sdk.py", mode, root, *more)


def worked(folder: Path, python: Path, script: str, *given: str) -> Any:
    """What a script says of itself."""
    return json.loads(cost([python, HERE / script, *given], folder).out)
