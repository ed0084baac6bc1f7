"""The groups that a plan has to know: read only where a licence comes, or shall come, through one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from batch.core.asks import Ask
from batch.core.entries import Seen
from batch.core.errors import TenantRefused
from batch.core.estate import NO_GROUPS, Groups
from batch.core.group_moves import failed, on_group
from batch.core.pace import Policy
from batch.core.plan import Changes
from batch.core.requests import Requests
from batch.core.terms import Holding, Snapshot, Way, group_of
from batch.engine.ports import Tenant
from batch.engine.reading import patiently

#: Members that a sentence names.
_NAMED = 10


async def groups_for(requests: Requests, snapshot: Snapshot, tenant: Tenant) -> Groups:
    """The tenant's licensing groups, and the members of those whose own licences are to change.

    Raises what reading a tenant raises; ``TenantRefused`` (no right to read groups) only where a row names a way.
    """
    going = {sku for ask in requests.asks for sku in ask.remove}
    named = any(ask.way is not Way.DIRECT for ask in requests.asks)
    if not named and not any(h.groups(s) for h in snapshot.people.holdings for s in going & h.sku_ids):
        return NO_GROUPS
    policy = Policy()
    try:
        groups = await patiently(tenant.licensing_groups, policy)
    except TenantRefused:
        if named:
            raise
        # Rows that are left alone anyhow do without the names of their groups.
        return NO_GROUPS
    known = {group.group_id: group for group in groups}
    changing = {
        a.group
        for holding, ask in _on_groups(requests, snapshot)
        for a in holding.assignments
        if a.group in known and a.sku_id in ask.remove
    }
    members = {}
    for group_id in sorted(changing):
        members[group_id] = await patiently(partial(tenant.members, group_id), policy)
    return Groups(known, members)


def _on_groups(requests: Requests, snapshot: Snapshot) -> Iterator[tuple[Holding, Ask]]:
    """What people hold who ask for a change of a group, with the ask; each pair once."""
    people, asks = snapshot.people, requests.asks
    wanted = {number for number, ask in enumerate(asks) if ask.way is Way.GROUP}
    if not wanted:
        return
    holds = dict(zip(people.upns, people.holding, strict=True))
    pairs = {
        (holds[u], ask) for u, ask in zip(requests.user, requests.ask, strict=True) if ask in wanted and u in holds
    }
    yield from ((people.holdings[held], asks[asked]) for held, asked in sorted(pairs))


async def check_groups(changes: Changes, seen: list[Seen], tenant: Tenant) -> None:
    """Before the first move: what rests on a group that is not as the plan knew it is OTHER in ``seen``.

    A group to move into has to give what it gave; a group that changes has to have the members that were counted.
    """
    if all(kind.way is Way.DIRECT for kind in changes.kinds):
        return
    policy = Policy()
    gives = {g.group_id: set(g.licences) for g in await patiently(tenant.licensing_groups, policy)}
    for change, number in enumerate(changes.kind):
        kind = changes.kinds[number]
        if kind.way is Way.DIRECT or seen[change] is not Seen.BEFORE:
            continue
        if kind.way is Way.GROUP:
            same = on_group(kind, await patiently(partial(tenant.members, kind.join), policy)) == kind
        else:
            same = gives.get(kind.join) == set(kind.add)
        if not same:
            seen[change] = Seen.OTHER


async def in_error(changes: Changes, seen: Sequence[Seen], tenant: Tenant) -> dict[int, str]:
    """Change of a group → a sentence that names the members whom the group could not give everything."""
    found = {}
    for change, user in enumerate(changes.user_id if any(k.way is Way.GROUP for k in changes.kinds) else ()):
        group = group_of(user)
        if not group or seen[change] is not Seen.OTHER:
            continue
        members = await patiently(partial(tenant.members, group), Policy(), under_way=True)
        if odd := failed(members, group):
            named = ", ".join(f"{upn} ({state})" for upn, state in odd[:_NAMED])
            more = f" and {len(odd) - _NAMED:,} more" if len(odd) > _NAMED else ""
            found[change] = (
                f"{len(odd):,} of the {len(members):,} members could not be given everything that the group gives: "
                f"{named}{more}. Solve it (seats, or services that conflict), then reprocess them."
            )
    return found
