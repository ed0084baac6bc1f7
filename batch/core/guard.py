"""Limits and shortage: when a plan needs a second word before it may be carried out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from batch.core.changes import ChangeKind
from batch.core.hazards import HAZARDS, hazards
from batch.core.plan import Plan
from batch.core.purchase import Purchase, amount, proof, purchase_sentences
from batch.core.services import switched_on
from batch.core.terms import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a plan may do without a second word. None means no limit."""

    #: How many people may be moved.
    max_changes: int | None = None
    #: Which share (0 to 1) of the people who hold one of the licences that go may be moved.
    max_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One reason to stop before applying, and the option that lets it through."""

    code: str
    what: str
    word: str
    #: The same with no person of a sheet in it, for whoever is told from afar; empty where ``what`` names none.
    unnamed: str = ""


def guards(plan: Plan, limits: Limits, names: dict[str, str]) -> tuple[Guard, ...]:
    """Every limit that the plan is over and every shortage it has; ``names`` are labels of SKUs for people."""
    found: list[Guard] = []
    count = sum(_people(plan))
    if limits.max_changes is not None and count > limits.max_changes:
        what = f"The plan moves {count} people; the limit is {limits.max_changes} (--max-changes)."
        found.append(Guard(code="max_changes", what=what, word="--allow-large"))
    share = moved_share(plan)
    if limits.max_share is not None and share > limits.max_share:
        much, limit = _percents(share, limits.max_share)
        what = f"The plan moves {much} of the people who hold what it takes away; the limit is {limit} (--max-share)."
        found.append(Guard(code="max_share", what=what, word="--allow-large"))
    for what, unnamed in _short(plan, names):
        found.append(Guard(code="short", what=what, word="--allow-short", unnamed=unnamed))
    for group in plan.groups:
        if group.named < group.members:
            what = (
                f"Changing the licences of the group {group.name} moves all its {group.members:,} members; "
                f"the sheets name {group.named:,} of them."
            )
            found.append(Guard(code="group", what=what, word="--allow-group"))
    return tuple(found)


def _short(plan: Plan, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """For each SKU of which seats are to be bought who finds none, how many to buy, and who finds one then.

    Each as a sentence that names the first of them, and without them (empty where nobody is named).
    """
    sources = _sources(plan)
    then, blocked = _then(plan, sources, names), _blocked(plan)
    said = set(sources)
    for shortage, upn in zip(plan.shortages, plan.short_first, strict=True):
        if shortage.sku_id in sources:
            continue
        need = plan.purchase.of(shortage.sku_id)
        label = names.get(shortage.sku_id, shortage.sku_id)
        buy = "None need be bought: seats come free once those of other products are there."
        if need:
            more = f"{blocked.get(need.sku_id, '')}{then.get(need.sku_id, '')}"
            buy = f"{amount(need).capitalize()}: {proof(need, names)}{more}"
        who, move = f"{_who(shortage.lacking)} no seat of {label}", f"{buy} Or move those who fit."
        yield f"{who}; the first is {upn}. {move}", f"{who}. {move}"
        said.add(shortage.sku_id)
    for need in plan.purchase.needs:
        if need.sku_id not in said:
            (told,) = purchase_sentences(Purchase((need,)), names)
            yield f"{told}{blocked.get(need.sku_id, '')}{then.get(need.sku_id, '')}", ""


def _who(count: int) -> str:
    return f"{count} people find" if count > 1 else "1 person finds"


def _sources(plan: Plan) -> dict[str, str]:
    """SKU that is short, though none need be bought → the SKU to be bought whose seats set it free."""
    frees: dict[str, set[str]] = {}
    for kind in plan.changes.kinds:
        for sku_id in kind.takes:
            frees.setdefault(sku_id, set()).update(kind.frees)
    reach = {sku_id: _reach(sku_id, frees) for sku_id in plan.purchase.seats}
    short = (s.sku_id for s in plan.shortages if s.sku_id not in reach)
    pairs = ((sku_id, next((n for n in reach if sku_id in reach[n]), "")) for sku_id in short)
    return {sku_id: source for sku_id, source in pairs if source}


def _then(plan: Plan, sources: dict[str, str], names: dict[str, str]) -> dict[str, str]:
    """SKU to be bought → a sentence about those who find a seat of another SKU then."""
    found: dict[str, list[str]] = {}
    for shortage in plan.shortages:
        if source := sources.get(shortage.sku_id):
            label = names.get(shortage.sku_id, shortage.sku_id)
            found.setdefault(source, []).append(f"{_who(shortage.lacking)} a seat of {label}")
    return {sku_id: f" Then {' and '.join(told)} as well." for sku_id, told in found.items()}


def _reach(sku_id: str, frees: dict[str, set[str]]) -> set[str]:
    """Every SKU of which a seat comes free in the end where one of this SKU does: those who take it leave others."""
    found, agenda = {sku_id}, [sku_id]
    while agenda:
        new = frees.get(agenda.pop(), set()) - found
        found |= new
        agenda += new
    return found


def _blocked(plan: Plan) -> dict[str, str]:
    """SKU to be bought → a sentence about seats of it that rows blocked for a hazard would give back."""
    if not plan.would or not plan.purchase.needs:
        return {}
    codes, owned = set(plan.code), {s.sku_id: s for s in plan.skus}
    sizes: Counter[ChangeKind] = Counter()
    for kind, rows in plan.would:
        sizes[kind] = 1 if kind.way is Way.GROUP else sizes[kind] + rows
    back: Counter[str] = Counter()
    words: dict[str, set[str]] = {}
    for kind, count in sizes.items():
        found = hazards(*(switched_on(h.assignments, owned) for h in (kind.before, kind.after)))
        # Of several, those before the one that blocks were accepted; those after it may block next.
        open_ = found[next((n for n, name in enumerate(found) if f"hazard_{name}" in codes), len(found)) :]
        for sku_id in kind.frees if open_ else ():
            back[sku_id] += count
            words.setdefault(sku_id, set()).update(open_)
        for sku_id in kind.takes if open_ else ():
            back[sku_id] -= count
    return {
        n.sku_id: _come_free(min(back[n.sku_id], n.seats), n.seats, [w for w in HAZARDS if w in words[n.sku_id]])
        for n in plan.purchase.needs
        if back[n.sku_id] > 0
    }


def _come_free(count: int, seats: int, accept: list[str]) -> str:
    which = "It comes" if seats == 1 else f"{count} of them {'comes' if count == 1 else 'come'}"
    return f" {which} free once the rows that are blocked for a hazard move (--accept {','.join(accept)})."


def _percents(share: float, limit: float) -> tuple[str, str]:
    """Both in per cent, with as many decimals as it takes to tell them apart."""
    both = ((f"{share:.{digits}%}", f"{limit:.{digits}%}") for digits in range(7))
    return next((pair for pair in both if pair[0] != pair[1]), (f"{share:.6%}", f"{limit:.6%}"))


def _people(plan: Plan) -> list[int]:
    """How many people each kind of change moves, those of a group all."""
    sizes = Counter(plan.changes.kind)
    return [sizes[number] * kind.people for number, kind in enumerate(plan.changes.kinds)]


def moved_share(plan: Plan) -> float:
    """The share of the holders of any SKU that loses people in this plan, the largest over the SKUs: 0 to 1."""
    leaving: dict[str, int] = {}
    for change, size in zip(plan.changes.kinds, _people(plan), strict=True):
        for sku_id in change.remove:
            leaving[sku_id] = leaving.get(sku_id, 0) + size
    holders = {s.sku_id: s.consumed for s in plan.skus}
    return max((n / max(holders.get(s, n), n, 1) for s, n in leaving.items()), default=0.0)
