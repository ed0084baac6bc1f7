"""Looks at the way to a Graph tenant step by step, and says of each step how it stands and what to do. Never writes."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from batch.core.errors import ReassignError, TenantRefused, UsageError
from batch.core.estate import Organisation, Subscription
from batch.core.pace import Policy
from batch.core.rights import (
    GRAPH_APP,
    NEEDED,
    READ_GROUPS,
    READ_PEOPLE,
    READ_PRODUCTS,
    WRITE,
    Claims,
    Judged,
    Standing,
    claims_of,
    how_to_grant,
    judge,
)
from batch.core.terms import Sku
from batch.tenants.graph.clouds import ENDPOINTS
from batch.tenants.graph.credentials import Tell, credential
from batch.tenants.graph.settings import URL_VARIABLE, Settings, cloud_of, sign_in_of
from batch.tenants.graph.sign_in import Make, Tokens
from batch.wiring.diagnosis import Check, Diagnosis, State, broken, failed, not_tried, ok

T = TypeVar("T")

_RIGHTS = (*NEEDED, READ_GROUPS)
_READS = ("people", "organisation", "products", "subscriptions")
_BEHIND_ROOT = ("sign-in", "token", *(f"right {right.name}" for right in _RIGHTS), *_READS)
#: The reads that show whether a right is there, whatever the token says.
_PROOF = {READ_PRODUCTS: {"organisation", "products", "subscriptions"}, READ_PEOPLE: {"people"}}
_FOR_GROUPS = "only reassign tenant copy, and plans for licences that come from groups, need it"
#: A doctor's patience is shorter than a run's.
_PATIENCE = Policy(tries=2, backoff=0.5, longest_wait=10.0)


async def examine(
    cloud: str = "",
    sign_in: str = "",
    environ: Mapping[str, str] = os.environ,
    *,
    tell: Tell,
    make: Make = credential,
    now: Callable[[], float] = time.time,
) -> Diagnosis:
    """Look at everything that a run on Graph needs. ``tell`` shows a person the prompt of a device code.

    ``UsageError`` for a cloud or a way of signing in that does not exist; all else is found in the diagnosis.
    """
    cloud_of(cloud)
    sign_in_of(sign_in)
    try:
        settings = Settings.of(cloud, sign_in, environ=environ)
    except UsageError as error:
        return Diagnosis(checks=(broken("settings", error), *not_tried("root", *_BEHIND_ROOT)))
    root = await _reached(settings.root)
    try:
        tokens = Tokens(settings, environ, tell=tell, make=make, now=now)
    except UsageError as error:
        lacking = Check(name="sign-in", state=State.MISSING, text=error.what, todo=(error.todo,))
        return Diagnosis(checks=(_settings(settings), root, lacking, *not_tried(*_BEHIND_ROOT[1:])))
    try:
        checks, whose = await _signed_in(settings, tokens, root.state is State.OK, now())
    finally:
        await tokens.close()
    return Diagnosis(checks=(_settings(settings), root, *checks), organisation=whose)


async def _signed_in(
    settings: Settings, tokens: Tokens, reached: bool, now: float
) -> tuple[tuple[Check, ...], Organisation | None]:
    """Every step from signing in on, and whose tenant it is."""
    portal = ENDPOINTS[settings.cloud].portal
    by = f"with {tokens.way} ({tokens.why})"
    try:
        token = await tokens.bearer()
    except ReassignError as error:
        return (failed("sign-in", f"{error.what} Chosen: {by}.", error.todo), *not_tried(*_BEHIND_ROOT[1:])), None
    claims = claims_of(token)
    checks = (ok("sign-in", by), _token(claims, settings, now))
    if not reached:
        return (*checks, *_rights(claims, (), portal), *not_tried(*_READS)), None
    try:
        reads, whose = await _read(settings, tokens)
    except ReassignError as error:
        return (checks[0], broken("token", error), *_rights(claims, (), portal), *not_tried(*_READS)), None
    return (*checks, *_rights(claims, reads, portal), *reads), whose


def _settings(settings: Settings) -> Check:
    usual = settings.root == ENDPOINTS[settings.cloud].root
    root = settings.root if usual else f"{settings.root} (from {URL_VARIABLE})"
    return ok("settings", f"cloud {settings.cloud}, root {root}, sign-in {settings.sign_in}")


async def _reached(root: str) -> Check:
    from batch.tenants.graph.probes import reach

    try:
        reached = await reach(root)
    except UsageError as error:
        return broken("root", error)
    return ok("root", reached.text) if reached.answered else failed("root", reached.text, reached.todo)


def _token(claims: Claims | None, settings: Settings, now: float) -> Check:
    """Whose the token is, until when it is good, and whether it is meant for this service at all."""
    if claims is None:
        return Check(name="token", state=State.UNKNOWN, text="does not say whose it is, nor until when it is good")
    kind = "person" if claims.delegated else "managed identity" if claims.managed else "application"
    text = f"{kind} {claims.who or '?'}, app id {claims.app_id or '?'}, tenant {claims.tenant_id or '?'}"
    if claims.ends:
        text += f", until {datetime.fromtimestamp(claims.ends, UTC):%Y-%m-%d %H:%M} UTC"
        if claims.ends <= now:
            return failed(
                "token", f"{text}: it has ended", "Get a new token (or set the clock of this computer right)."
            )
    graph = ENDPOINTS[settings.cloud].graph
    if claims.audience.rstrip("/") not in {graph, GRAPH_APP, ""}:
        todo = f"Get one for {graph} (in Azure CLI: az account get-access-token --resource {graph}), or say --cloud."
        return failed("token", f"{text}: it is for {claims.audience}", todo)
    return ok("token", text)


async def _read(settings: Settings, tokens: Tokens) -> tuple[tuple[Check, ...], Organisation | None]:
    """Real reads, one of each kind that a plan does. ``TenantRefused`` when the token is not accepted at all."""
    from batch.tenants.graph.probes import read_one_person
    from batch.tenants.graph.tenant import GraphTenant

    seen = await read_one_person(settings.root, tokens)
    people = ok("people", seen.text) if seen.answered else failed("people", seen.text, seen.todo)
    tenant = GraphTenant(settings.root, tokens, settle=settings.settle, reading=_PATIENCE)
    try:
        found = await _tried("organisation", tenant.organisation(), _organisation)
        _, products = await _tried("products", tenant.skus(), _products)
        _, subscriptions = await _tried("subscriptions", tenant.subscriptions(), _subscriptions)
    finally:
        await tenant.close()
    return (people, found[1], products, subscriptions), found[0]


async def _tried(name: str, reading: Awaitable[T], words: Callable[[T], str]) -> tuple[T | None, Check]:
    try:
        found = await reading
    except TenantRefused as error:
        return None, failed(name, error.what)  # What to do stands beside the right.
    except ReassignError as error:
        return None, broken(name, error)
    return found, ok(name, words(found))


def _organisation(found: Organisation) -> str:
    return f"{found.name or 'without a name'} ({', '.join(found.domains[:3]) or 'no domains'}), {found.tenant_id}"


def _products(found: Sequence[Sku]) -> str:
    enabled, consumed = sum(sku.enabled for sku in found), sum(sku.consumed for sku in found)
    return f"{len(found):,} products, {consumed:,} of {enabled:,} seats used"


def _subscriptions(found: Sequence[Subscription]) -> str:
    return f"{len(found):,} purchases"


def _rights(claims: Claims | None, reads: Sequence[Check], portal: str) -> tuple[Check, ...]:
    """How we stand with each right: by the token, and by what could be read."""
    judged = [_proved(judgement, reads) for judgement in judge(claims, _RIGHTS)]
    steps = how_to_grant(claims or Claims(), [one for one in judged if one.right is not READ_GROUPS], portal)
    return tuple(_right(one, steps) for one in judged)


def _proved(judged: Judged, reads: Sequence[Check]) -> Judged:
    """What could be read counts for more than what the token says."""
    proof = [check for check in reads if check.name in _PROOF.get(judged.right, ())]
    if proof and judged.standing is not Standing.GRANTED and all(check.state is State.OK for check in proof):
        return judged._replace(standing=Standing.GRANTED, why=f"{judged.why}, yet what needs it could be read")
    # A refusal has nothing to do of its own.
    if judged.standing is Standing.UNKNOWN and any(check.state is State.FAILED and not check.todo for check in proof):
        return judged._replace(standing=Standing.MISSING, why="what needs it was refused")
    return judged


def _right(judged: Judged, steps: tuple[str, ...]) -> Check:
    name, text = f"right {judged.right.name}", f"{judged.right.purpose}: {judged.why}"
    if judged.right is WRITE:
        text += "; judged from the token alone, since nothing is written here"
    if judged.standing is Standing.GRANTED:
        return ok(name, text)
    if judged.right is READ_GROUPS:
        return Check(name=name, state=State.UNKNOWN, text=f"{text}; {_FOR_GROUPS}")
    if judged.standing is Standing.UNKNOWN:
        return Check(name=name, state=State.UNKNOWN, text=text)
    return Check(name=name, state=State.MISSING, text=text, todo=steps)
