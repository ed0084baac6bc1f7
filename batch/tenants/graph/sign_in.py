"""Bearer tokens for Graph: fetched once for all who wait, renewed before they end and after a refusal, never shown."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from batch.core.errors import ReassignError, TenantRefused, TenantUnavailable
from batch.tenants.graph.credentials import (
    FEDERATED_VARIABLE,
    LABELS,
    SECRET_VARIABLES,
    Credential,
    Tell,
    credential,
    way_of,
)
from batch.tenants.graph.refusals import in_short, is_network, of_network
from batch.tenants.graph.settings import TOKEN_VARIABLE, Settings, SignIn, is_token, ready_token

T = TypeVar("T")
Make = Callable[[SignIn, Settings, Mapping[str, str], Tell], Credential]

#: A token is renewed so many seconds before its end, or after half of a short life.
_EARLY = 300.0
#: While a token still lives, a renewal that failed or changed nothing is tried again after so many seconds.
_PAUSE = 30.0
#: Calls that were on their way when a token was renewed may be refused so much later still; they get the new one.
_STRAGGLING = 60.0


class Tokens:
    """The bearer token of one run.

    ``way`` and ``why`` say how we sign in, for people. ``tell`` shows a person the prompt of a device code (called in
    another thread). ``UsageError`` when a variable that the chosen way needs is missing or cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str] = os.environ,
        *,
        tell: Tell,
        make: Make = credential,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._environ, self._tell, self._make = settings, environ, tell, make
        # The wall clock: it goes on while a laptop sleeps, and the token dies by it.
        self._now = now
        self._ready = ready_token(environ)
        if self._ready:
            self.way, self.why = "a ready token", f"{TOKEN_VARIABLE} is set"
        else:
            self._sign_in, self.why = way_of(settings.sign_in, environ)
            self.way = LABELS[self._sign_in]
        self._credential: Credential | None = None
        self._token = ""
        self._fetched = self._ends = self._next = self._renewed = float("-inf")
        self._fetch: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        return f"<Tokens by {self.way}>"

    async def bearer(self, *, renew: bool = False) -> str:
        """A token that is good for some minutes. ``renew``: the service has just refused the last one (401).

        Callers that come together share one fetch, and its failure. ``TenantRefused`` when there is no token to be
        had, ``TenantUnavailable`` when whoever gives them cannot be reached.
        """
        if self._ready:
            return self._ready_one(renew=renew)
        refused = self._token if renew and not 0 <= self._now() - self._renewed < _STRAGGLING else ""
        if refused or not self._good():
            await self._shared(refused)
        if refused and self._token == refused:  # What was under way was an ordinary renewal, and it changed nothing.
            await self._shared(refused)
        return self._token

    async def close(self) -> None:
        """Let go of connections; a token that is asked for later is fetched anew."""
        self._forget()

    def _ready_one(self, *, renew: bool) -> str:
        if renew:
            raise TenantRefused(
                f"The service does not accept the token in {TOKEN_VARIABLE}: it has ended, or is for something else.",
                f"Put a new one there, or unset {TOKEN_VARIABLE} to sign in.",
            )
        return self._ready

    def _good(self) -> bool:
        now = self._now()
        early = min(_EARLY, (self._ends - self._fetched) / 2) if self._token else 0.0
        return bool(self._token) and now < self._ends and (now < self._ends - early or now < self._next)

    async def _shared(self, refused: str) -> None:
        loop = asyncio.get_running_loop()
        if self._fetch is None or self._fetch.done() or self._fetch.get_loop() is not loop:
            self._fetch = loop.create_task(self._renew(refused))
            self._fetch.add_done_callback(lambda task: task.cancelled() or task.exception())
        # Whoever began it may be cancelled; the others still want the token.
        await asyncio.shield(self._fetch)

    async def _renew(self, refused: str) -> None:
        """Fetch a token other than ``refused``; raise unless the one that we have is still good."""
        if refused:
            self._forget()
        problem: ReassignError | None = None
        try:
            token, ends = await _in_thread(self._ask)
        except Exception as error:
            problem = self._problem(error)
        now = self._now()
        self._next = now + _PAUSE
        if problem is None and token == refused:
            problem = TenantRefused(
                f"The service refuses our token, and signing in with {self.way} gives the same one again.",
                "Check that --cloud and REASSIGN_GRAPH_URL belong together; sign in anew.",
            )
        # Raised out here, so that it does not carry the original, which may quote a secret, along with it.
        if problem is not None:
            if refused or now >= self._ends:
                raise problem
            return  # What we have is good for some minutes more; another try follows.
        self._token, self._fetched, self._ends = token, now, ends
        if refused:
            self._renewed = now

    def _ask(self) -> tuple[str, float]:
        """Fetch a token, in a thread: azure-identity waits for the network, or for a person."""
        if self._credential is None:
            self._credential = self._make(self._sign_in, self._settings, self._environ, self._tell)
        got = self._credential.get_token(self._settings.scope)
        if not is_token(got.token):
            raise ValueError("What came back is no token")
        return got.token, float(got.expires_on)

    def _problem(self, error: Exception) -> ReassignError:
        # A managed identity is asked for on this very computer: no answer means that there is none.
        network = str(_network(error) or (error if is_network(str(error)) else ""))
        if network and self._sign_in is not SignIn.MANAGED_IDENTITY:
            said, todo = of_network(network)
            # azure-identity has tried several times.
            return TenantUnavailable(f"Signing in with {self.way} did not work: {said}.", todo, again=False)
        said, todo = in_short(str(error), self._secrets())
        return TenantRefused(f"Signing in with {self.way} did not work: {said}.", todo)

    def _secrets(self) -> list[str]:
        known = [self._environ.get(name, "") for name in SECRET_VARIABLES] + [self._token]
        where = self._environ.get(FEDERATED_VARIABLE)
        if where:
            with contextlib.suppress(OSError, ValueError):
                known.append(Path(where).read_text("utf-8"))
        return known

    def _forget(self) -> None:
        """The next token comes from a new credential, so that no cache gives the old one."""
        if self._credential is not None:
            self._credential.close()
        self._credential = None


def _network(error: BaseException | None) -> BaseException | None:
    """The failure of the network underneath, if that is what it was: azure-identity wraps what azure-core raised."""
    from azure.core.exceptions import ServiceRequestError, ServiceResponseError

    while error is not None and not isinstance(error, (ServiceRequestError, ServiceResponseError)):
        error = error.__cause__
    return error


async def _in_thread(work: Callable[[], T]) -> T:
    """The result of ``work`` in a thread that nobody waits for once we are stopped.

    ``asyncio.to_thread`` would keep Ctrl-C waiting for a person who is not going to enter a device code any more.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: Exception | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: T | None = None
        error: Exception | None = None
        try:
            result = work()
        except Exception as raised:
            error = raised
        # The loop may be closed by now: nobody is interested any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name="sign-in", daemon=True).start()
    return await future
