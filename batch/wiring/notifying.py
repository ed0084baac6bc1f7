"""The ways on which a job's messages go, and one message on one way, with patience."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from batch.core.errors import UsageError
from batch.core.nights import Message, Outcome
from batch.notices.undelivered import LATER, NotSent, TooLarge
from batch.runs.nightjob import NightJob

if TYPE_CHECKING:
    from email.headerregistry import Address

    from tenacity import RetryCallState

    from batch.notices.mail import MailServer

#: Seconds before each further try.
PAUSES = (5.0, 15.0, 30.0)
#: Who asks for a longer wait is tried again by the next pass of the night.
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One receiver of a job's messages: one address, or the webhook. Nothing in it is a secret that shows."""

    #: ``mail`` or ``webhook``.
    kind: str
    #: For people: the address, or the webhook's shape and host.
    to: str
    #: Stays the same from night to night: what the book remembers.
    key: str
    #: The server that it goes through; empty for none that is known.
    host: str
    #: Why it cannot be used as the environment is now, for people; empty when it can.
    unusable: str = ""
    #: Sends a message once; raises ``NotSent``.
    deliver: Callable[[Message], None] = field(repr=False, compare=False)


def ways_of(job: NightJob, env: Mapping[str, str]) -> tuple[tuple[Way, ...], tuple[str, ...]]:
    """The ways that the job declares; and a sentence about each thing that stands in the way of using them.

    Each address is a way of its own, so that one that is refused is neither lost among others nor a reason to send to
    the others twice. A way that lacks a variable is among them: what is due on it is sent once that is mended.
    """
    complaints: list[str] = []
    ways = _mail_ways(job, env, complaints) if job.mail else []
    if job.webhook:
        ways.append(_webhook_way(job, env, complaints))
    return tuple(ways), tuple(complaints)


def deliver(way: Way, message: Message, pause: Callable[[float], None] = time.sleep, *, patient: bool = True) -> None:
    """Send the message on this way, trying again within about a minute; raises ``NotSent`` and nothing else.

    ``patient=False`` is one try: for a person who waits, or where this server was out of reach a moment ago.
    """
    from tenacity import Retrying, retry_if_exception, stop_after_attempt

    again = Retrying(
        retry=retry_if_exception(_soon),
        stop=stop_after_attempt(len(PAUSES) + 1 if patient else 1),
        wait=_wait,
        sleep=pause,
        reraise=True,
    )
    again(partial(_once, way, message))


def message_to_test(job: str, title: str) -> Message:
    """A message that says that it is a test; its id begins with ``test-``."""
    now = datetime.now().astimezone()
    return Message(
        id=f"test-{uuid4().hex}",
        outcome=Outcome.DONE,
        job=job,
        title=title or job,
        night=now.date().isoformat(),
        made_at=now.timestamp(),
        subject=f"{title or job}: this is a test, nothing was moved",
        lines=("Messages about the nights of this job arrive here.", "Sent by reassign notify --test."),
    )


def _once(way: Way, message: Message) -> None:
    trouble = ""
    try:
        way.deliver(message)
    except NotSent:
        raise
    except Exception as error:  # a message is never the reason for a night to fail
        trouble = type(error).__name__
    if trouble:
        what = f"The {way.kind} to {way.to} could not be sent: something unexpected happened ({trouble})."
        raise NotSent(what, "This is a fault of the program.", again=True)


def _soon(error: BaseException) -> bool:
    return isinstance(error, NotSent) and error.again and error.after <= _LONGEST_PAUSE


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    hint = error.after if isinstance(error, NotSent) else -1.0
    return hint if hint >= 0 else PAUSES[min(state.attempt_number, len(PAUSES)) - 1]


def _mail_ways(job: NightJob, env: Mapping[str, str], complaints: list[str]) -> list[Way]:
    from batch.notices.letters import address
    from batch.notices.mail import MailServer

    server, why, ways = None, "", {}
    try:
        server = MailServer.from_environment(env)
    except UsageError as error:
        why = _complain(error, complaints)
    for text in job.mail:
        try:
            to = address(text)
        except UsageError as error:
            _complain(error, complaints)
            continue
        key = f"mail:{to.addr_spec.casefold()}"
        send = partial(_mail, server=server, to=to, attach_up_to=job.attach) if server else partial(_refuse, why)
        host = server.host if server else ""
        ways[key] = Way(kind="mail", to=to.addr_spec, key=key, host=host, unusable=why, deliver=send)
    return list(ways.values())


def _complain(error: UsageError, complaints: list[str]) -> str:
    complaints.append(f"{error.what} {error.todo}".strip())
    return complaints[-1]


def _refuse(why: str, message: Message) -> None:
    raise NotSent(why, "See whether it arrives then: reassign notify --test", again=True, after=LATER)


def _mail(message: Message, *, server: MailServer, to: Address, attach_up_to: int) -> None:
    from batch.notices.letters import compose
    from batch.notices.mail import send

    try:
        send(compose(message, server.sender, to, attach_up_to), server)
    except TooLarge:
        if not attach_up_to:
            raise
        # The news without its attachments is better than none.
        send(compose(message, server.sender, to, 0), server)


def _webhook_way(job: NightJob, env: Mapping[str, str], complaints: list[str]) -> Way:
    from batch.notices.webhook import Hook, send

    key = f"webhook:{job.webhook}" + f":{job.webhook_name}" * bool(job.webhook_name)
    try:
        hook = Hook.from_environment(job.webhook, job.webhook_name, env)
    except UsageError as error:
        why = _complain(error, complaints)
        return Way(kind="webhook", to=job.webhook, key=key, host="", unusable=why, deliver=partial(_refuse, why))
    to = f"{hook.shape} at {hook.host}"
    return Way(kind="webhook", to=to, key=key, host=hook.host, deliver=partial(send, hook=hook))
