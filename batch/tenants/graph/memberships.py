"""Licences through groups: people moved from one group into another, and the licences of a group itself.

The service works on groups by itself, minutes after a call is accepted ("Assign licenses to a group"): it says so in
a group's ``licenseProcessingState``, and in the ``licenseAssignmentStates`` of each member. Nobody leaves a group
before the other one's licences are Active for them. All of it may be sent again from the start at any moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from batch.core.terms import DONE, Answer, Assignment, Call, Holding, Sight, group_key, group_of
from batch.tenants.graph import objects
from batch.tenants.graph.batches import Item, answers, change, sight, unsent, user_paths
from batch.tenants.graph.wire import Reply

#: Sends these requests in batches and raises nothing; the replies stand in their order.
Send = Callable[[Sequence[Item]], Awaitable[list[Reply]]]

#: Seconds until the service is asked again how far it is; doubles each time up to the longest.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_MEMBER_ALREADY, _NOT_HELD = "already exist", "does not have a corresponding license"
_FAILED = ("Error", "ActiveWithError")
_COMPLETE = "ProcessingComplete"
_GROUP_FIELDS = "id,assignedLicenses,licenseProcessingState"
_ERROR_FIELDS = "id,userPrincipalName,licenseAssignmentStates"
#: Members in error that an answer names.
_NAMED = 5


class Mover:
    """Carries out calls on groups. Each is waited for at most ``patience`` seconds; then it is in doubt."""

    def __init__(self, send: Send, root: str, patience: float) -> None:
        self._send = send
        self._root = root
        self._patience = patience

    # Between groups

    async def move(self, calls: Sequence[Call]) -> dict[str, Answer]:
        """What each of these ``Way.MEMBERSHIP`` came to, by user."""
        got: dict[str, Answer] = {}
        left = await self._step(calls, self._joining, got, (_MEMBER_ALREADY,))
        left = await self._until(left, _given, got, "what the new group gives is not there yet")
        left = await self._step(left, _taking, got, (_NOT_HELD,))
        left = await self._step(left, _leaving, got, (), gone=True)
        left = await self._until(left, _left, got, "what the old groups gave is still there")
        return got | {call.user_id: DONE for call in left}

    def _joining(self, call: Call) -> list[Item]:
        if not call.join:
            return []
        member = {"@odata.id": f"{self._root}/directoryObjects/{call.user_id}"}
        return [Item("POST", f"/groups/{call.join}/members/$ref", member)]

    async def _step(
        self,
        calls: Sequence[Call],
        items: Callable[[Call], list[Item]],
        got: dict[str, Answer],
        fine: tuple[str, ...],
        *,
        gone: bool = False,
    ) -> list[Call]:
        """Send what each call needs; those that may go on. The others have their answer in ``got``.

        ``fine`` are words of refusals that say it is done already; ``gone``: not to be found is done as well.
        """
        asked = [(call, item) for call in calls for item in items(call)]
        told = answers(await self._send([item for _, item in asked])) if asked else []
        for (call, _), answer in zip(asked, told, strict=True):
            done = 200 <= answer.status < 300 or (gone and answer.status == 404)
            if not done and not any(word in answer.message for word in fine):
                got.setdefault(call.user_id, answer)
        return [call for call in calls if call.user_id not in got]

    async def _until(
        self, calls: Sequence[Call], done: Callable[[Call, Holding], bool], got: dict[str, Answer], why: str
    ) -> list[Call]:
        """Read the users until each is done, one of their licences failed, or patience ends: then nobody knows."""
        passed: set[str] = set()
        waiting, loop = list(calls), asyncio.get_running_loop()
        deadline, pause = loop.time() + self._patience, _FIRST_PAUSE
        while waiting:
            paths = user_paths([call.user_id for call in waiting])
            replies = await self._send([Item("GET", f"{path}?$select={objects.LOOK_FIELDS}") for path in paths])
            for call, reply in zip(waiting, replies, strict=True):
                seen = sight(reply, call.user_id)
                if seen.holding is not None and done(call, seen.holding):
                    passed.add(call.user_id)
                elif seen.holding is not None and (failure := _failure(call, reply.body or {}, seen.holding)):
                    got[call.user_id] = failure
            waiting = [call for call in waiting if call.user_id not in passed and call.user_id not in got]
            left = deadline - loop.time()
            if waiting and left <= 0:
                got |= {call.user_id: Answer(0, "", why) for call in waiting}
                break
            if waiting:
                await asyncio.sleep(min(pause, left))
                pause = min(pause * 2, _LONGEST_PAUSE)
        return [call for call in calls if call.user_id in passed]

    # Groups themselves

    async def change_of(self, call: Call) -> dict[str, Answer]:
        """What this ``Way.GROUP`` came to, by its key; its message names members in error."""
        return {call.user_id: await self._change(call)}

    async def _change(self, call: Call) -> Answer:
        group = group_of(call.user_id)
        seen, answer = await self._group(group)
        if seen is None:
            return unsent(answer)
        if not _as_asked(call, seen.holding):
            reply = await self._send([Item("POST", f"/groups/{group}/assignLicense", change(call.remove, call.add))])
            (answer,) = answers(reply)
            if not 200 <= answer.status < 300:
                return answer
        return await self._processed(call, group)

    async def _processed(self, call: Call, group: str) -> Answer:
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + self._patience, _FIRST_PAUSE
        while True:
            seen, _ = await self._group(group)
            if seen is not None and seen.status == 200 and _as_asked(call, seen.holding):
                return await self._errors(group)
            left = deadline - loop.time()
            if left <= 0:
                return Answer(0, "", "the members of the group are still being worked on")
            await asyncio.sleep(min(pause, left))
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _group(self, group: str) -> tuple[Sight | None, Answer]:
        """The group's own licences, with status 202 while its members are worked on; None and why, if unreadable."""
        replies = await self._send([Item("GET", f"/groups/{group}?$select={_GROUP_FIELDS}")])
        (answer,) = answers(replies)
        body = replies[0].body or {}
        if answer.status != 200 or str(body.get("id")).lower() != group:
            return None, answer if answer.status != 200 else Answer(0)
        try:
            licences = [objects.licence(one) for one in body.get("assignedLicenses") or ()]
            state = body.get("licenseProcessingState") or {}
            busy = state.get("state", _COMPLETE) != _COMPLETE
        except (objects.Strange, AttributeError, TypeError):
            return None, Answer(0)
        held = Holding.of(Assignment(sku_id=add.sku_id, group=group, disabled=add.disabled) for add in licences)
        return Sight(group_key(group), 202 if busy else 200, held), answer

    async def _errors(self, group: str) -> Answer:
        rows = await self._in_error(group)
        if not rows:
            return DONE
        named = ", ".join(str(row.get("userPrincipalName")) for row in rows[:_NAMED])
        more = " …" if len(rows) > _NAMED else ""
        return Answer(200, "", f"{len(rows)} or more members could not be given everything: {named}{more}")

    async def _in_error(self, group: str) -> list[dict[str, Any]] | None:
        """The first members in error; None when they cannot be read."""
        (reply,) = await self._send([Item("GET", f"/groups/{group}/membersWithLicenseErrors?$select={_ERROR_FIELDS}")])
        rows = (reply.body or {}).get("value")
        known = reply.status == 200 and isinstance(rows, list)
        return [row for row in rows if isinstance(row, dict)] if known and isinstance(rows, list) else None

    async def look(self, keys: Iterable[str]) -> dict[str, Sight]:
        """What each of these groups gives, as the port's ``look`` says."""
        return {key: await self._look(key) for key in keys}

    async def _look(self, key: str) -> Sight:
        seen, answer = await self._group(group_of(key))
        if seen is None or seen.holding is None:
            return Sight(key, max(answer.status, 0), retry_after=answer.retry_after)
        rows = await self._in_error(group_of(key)) if seen.status == 200 else []
        if rows is None:
            return Sight(key, 0)
        return seen._replace(holding=_with_errors(seen.holding, rows, group_of(key)))


def _taking(call: Call) -> list[Item]:
    (path,) = user_paths([call.user_id])
    return [Item("POST", f"{path}/assignLicense", change(call.remove, ()))] if call.remove else []


def _leaving(call: Call) -> list[Item]:
    return [Item("DELETE", f"/groups/{group}/members/{call.user_id}/$ref") for group in call.leave]


def _given(call: Call, seen: Holding) -> bool:
    active = {a.sku_id for a in seen.assignments if a.group == call.join and a.state == "Active"}
    return active.issuperset(add.sku_id for add in call.add)


def _left(call: Call, seen: Holding) -> bool:
    return not any(a.group and a.group in call.leave for a in seen.assignments)


def _failure(call: Call, body: dict[str, Any], seen: Holding) -> Answer | None:
    """The refusal of the new group's licence, in the words of the user's own row; None while none failed."""
    failed = [a for a in seen.assignments if a.group == call.join and a.state in _FAILED]
    if not failed or _given(call, seen):
        return None
    states = body.get("licenseAssignmentStates") or []
    words = sorted(
        f"{row.get('error')} for license {str(row.get('skuId')).lower()}"
        for row in states
        if str(row.get("assignedByGroup")).lower() == call.join and row.get("state") in _FAILED
    )
    text = f"The group {call.join} could not give its licenses ({'; '.join(words)}); the user is now in it as well."
    return Answer(400, "Request_BadRequest", text)


def _as_asked(call: Call, own: Holding | None) -> bool:
    now = {a.sku_id: a.disabled for a in own.assignments} if own else {}
    return now.keys().isdisjoint(call.remove) and all(now.get(add.sku_id) == add.disabled for add in call.add)


def _with_errors(own: Holding, rows: Sequence[dict[str, Any]], group: str) -> Holding:
    """The group's licences; in state ``Error`` those that the rows of its members say failed, all if they do not."""
    if not rows:
        return own
    states = [s for row in rows for s in row.get("licenseAssignmentStates") or () if isinstance(s, dict)]
    mine = [s for s in states if str(s.get("assignedByGroup")).lower() == group and s.get("state") in _FAILED]
    failed = {str(s.get("skuId")).lower() for s in mine} or {a.sku_id for a in own.assignments}
    return Holding.of(
        Assignment(
            sku_id=a.sku_id, group=a.group, disabled=a.disabled, state="Error" if a.sku_id in failed else a.state
        )
        for a in own.assignments
    )
