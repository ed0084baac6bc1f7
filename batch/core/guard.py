"""Limits and shortage: when a plan needs a second word before it may be carried out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from batch.core.plan import Plan
from batch.core.purchase import Purchase, amount, proof, purchase_sentences


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
    found += (Guard(code="short", what=what, word="--allow-short") for what in _short(plan, names))
    for group in plan.groups:
        if group.named < group.members:
            what = (
                f"Changing the licences of the group {group.name} moves all its {group.members:,} members; "
                f"the sheets name {group.named:,} of them."
            )
            found.append(Guard(code="group", what=what, word="--allow-group"))
    return tuple(found)


def _short(plan: Plan, names: dict[str, str]) -> Iterator[str]:
    """For each SKU that is short who finds no seat, and how many to buy; then what else is to be bought."""
    said = set()
    for shortage, upn in zip(plan.shortages, plan.short_first, strict=True):
        label = names.get(shortage.sku_id, shortage.sku_id)
        who = f"{shortage.lacking} people find" if shortage.lacking > 1 else "1 person finds"
        need = plan.purchase.of(shortage.sku_id)
        buy = "None need be bought: seats come free once those of other products are there."
        if need:
            buy = f"{amount(need).capitalize()}: {proof(need, names)}"
        yield f"{who} no seat of {label}; the first is {upn}. {buy} Or move those who fit."
        said.add(shortage.sku_id)
    others = Purchase(tuple(n for n in plan.purchase.needs if n.sku_id not in said))
    yield from purchase_sentences(others, names)


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
