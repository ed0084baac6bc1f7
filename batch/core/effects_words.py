"""The gains-and-losses page: for every kind of change what its people gain, keep and lose, in lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from textwrap import wrap

from batch.core.changes import ChangeKind
from batch.core.effects import Pairs, effects, hazards_of, plan_names, warnings_of
from batch.core.hazards import HAZARDS
from batch.core.rules import Rules
from batch.core.terms import Sku, Way

_WIDTH = 110
_NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class KindEffects:
    """One kind of change: its products, its people, and what it does to their services."""

    title: str
    people: int
    lines: tuple[str, ...]
    #: The same without what stays as it was.
    brief: tuple[str, ...] = ()
    #: The other products that these people hold.
    beside: str = ""


def effects_page(
    kinds: Iterable[tuple[ChangeKind, int]], owned: Mapping[str, Sku], names: Mapping[str, str], rules: Rules
) -> list[KindEffects]:
    """Every kind of change with its number of people, those that read the same as one; the most people first.

    ``kinds`` are those planned, and those that a hazard blocks (``Decision.would``); ``names`` are the products' by id.
    """
    found: Counter[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = Counter()
    for kind, people in kinds:
        lines = tuple(tuple(effect_lines(kind, owned, rules, brief=brief)) for brief in (False, True))
        found[kind_words(kind, names), _beside(kind, names), lines[0], lines[1]] += people
    page = [KindEffects(title, n, lines, brief, beside) for (title, beside, lines, brief), n in found.items()]
    return sorted(page, key=lambda one: (-one.people, one.title, one.beside, one.lines))


def _beside(kind: ChangeKind, names: Mapping[str, str]) -> str:
    others = kind.before.sku_ids.difference(kind.remove, (a.sku_id for a in kind.add))
    return " + ".join(sorted(names.get(sku_id, sku_id) for sku_id in others))


def page_lines(page: Iterable[KindEffects]) -> Iterator[str]:
    """The page as text: a heading for every kind, its lines below it."""
    for one in page:
        beside = f" (beside {one.beside})" if one.beside else ""
        yield f"{one.title}{beside}: {one.people:,} {'person' if one.people == 1 else 'people'}"
        yield from (f"  {line}" for text in one.lines for line in wrapped(text))
        yield ""


_WAYS = {Way.DIRECT: "", Way.GROUP: "on a group, for all its members", Way.MEMBERSHIP: "through another group"}


def kind_words(kind: ChangeKind, names: Mapping[str, str]) -> str:
    """ "A → B", "B added", "A goes, nothing new is needed"; a licence that stays only has its services changed."""
    stays = {a.sku_id for a in kind.add if kind.before.direct(a.sku_id)}
    gone = " + ".join(names.get(s, s) for s in kind.remove)
    come = " + ".join(names.get(a.sku_id, a.sku_id) for a in kind.add if a.sku_id not in stays)
    changed = " + ".join(names.get(a.sku_id, a.sku_id) for a in kind.add if a.sku_id in stays)
    if gone and come:
        move = f"{gone} → {come}"
    elif come:
        move = f"{come} added"
    elif gone:
        move = f"{gone} goes" if changed else f"{gone} goes, nothing new is needed"
    else:
        move = ""
    services = f"services of {changed} changed" if changed else ""
    place = f"usage location {kind.location} set" if kind.location else ""
    return ", ".join(filter(None, (move, services, _WAYS[kind.way], place)))


def effect_lines(kind: ChangeKind, owned: Mapping[str, Sku], rules: Rules, *, brief: bool = False) -> Iterator[str]:
    """What this change does to services, its hazards and what they wait for, and what the service may refuse.

    ``brief``: without what stays as it was, and of what is new and left off only how many.
    """
    found = effects(kind, owned)
    services = (
        ("gains", plan_names(found.gained, owned), True),
        ("keeps", plan_names(found.kept, owned), False),
        ("carries on", _pairs(found.renamed, owned), False),
        ("lower tier", _pairs(found.lowered, owned), True),
        ("loses", plan_names(found.lost, owned), True),
        ("stays off", plan_names(found.stays_off, owned), True),
        ("new, left off", plan_names(found.left_off, owned), False),
    )
    for word, plans, telling in services:
        if plans and (telling or not brief):
            yield f"{word} ({len(plans)}): {', '.join(plans)}"
    if brief and found.left_off:
        yield f"new, left off: {len(found.left_off)}"
    for name in hazards_of(kind, owned):
        yield from _hazard(name, rules, brief=brief)
    for warning in warnings_of(kind, owned):
        word = "Blocked by --strict" if rules.strict else "The service may refuse this"
        yield f"{word}: {warning.sentence} ({warning.code})"


def _hazard(name: str, rules: Rules, *, brief: bool) -> Iterator[str]:
    hazard = HAZARDS[name]
    if name in rules.accepted:
        state = "Accepted."
    elif rules.lenient:
        state = "Only named."
    else:
        state = f"Blocked until it is accepted: --accept {name}"
    yield f"Hazard {name}: {hazard.lost}"
    if brief:
        yield f"    {state}"
        return
    yield from (f"    {text}" for text in (f"When: {hazard.by}.", f"First: {hazard.remedy}"))
    yield from (f"    {text}" for text in (f"Source: {hazard.source}.", state))


def _pairs(pairs: Pairs, owned: Mapping[str, Sku]) -> list[str]:
    words = (
        f"{_NO_BREAK}→{_NO_BREAK}".join(name for plan in pair for name in plan_names((plan,), owned)) for pair in pairs
    )
    return sorted(words, key=str.casefold)


def wrapped(text: str) -> Iterator[str]:
    """The line in lines of a terminal, each as far in as it is."""
    indent = " " * (len(text) - len(text.lstrip()))
    lines = wrap(text.strip(), _WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    yield from (f"{indent}{line}".replace(_NO_BREAK, " ") for line in lines)
