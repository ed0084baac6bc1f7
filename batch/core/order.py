"""The order sheet: what to buy, how many, and why. Somebody with billing rights buys; this program never does."""

from __future__ import annotations

from dataclasses import dataclass

from batch.core.demand import Wanted
from batch.core.purchase import Need, proof
from batch.core.readiness import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One product that somebody shall get."""

    sku_id: str
    part_number: str
    name: str
    #: Seats to buy so that everybody can go. ``least``: fewer than that never do; below ``quantity`` it is a bound.
    quantity: int
    least: int
    #: The figures: who shall have it, who has it, who takes and gives back a seat, and what is free.
    asked: int
    holding: int
    takes: int
    gives: int
    free: int
    #: Seats to buy to have as many as the product that people leave; None where that is not one product.
    mirror: int | None
    why: tuple[str, ...]


def order_sheet(e: Evidence) -> tuple[OrderLine, ...]:
    """A line for every product that somebody shall get, those to buy first; quantity 0: enough is there.

    Never fewer than those who move need (Microsoft's "Change plans manually": one licence for each user to be moved).
    """
    wanted = {w.sku_id: w for w in e.demand.wanted}
    lines = [_line(e, w.sku_id, w) for w in e.demand.wanted]
    # A seat of a product that nobody is asked to get can set a ring of moves going.
    lines += [_line(e, n.sku_id, None) for n in e.demand.purchase.needs if n.sku_id not in wanted]
    return tuple(sorted(lines, key=lambda line: (-line.quantity, line.name, line.sku_id)))


def _line(e: Evidence, sku_id: str, wanted: Wanted | None) -> OrderLine:
    need = e.demand.purchase.of(sku_id)
    sku = e.skus.get(sku_id)
    return OrderLine(
        sku_id=sku_id,
        part_number=e.part_numbers.get(sku_id, ""),
        name=e.label(sku_id),
        quantity=need.seats if need else 0,
        least=need.least if need else 0,
        asked=wanted.asked if wanted else 0,
        holding=wanted.holding if wanted else 0,
        takes=wanted.takes if wanted else 0,
        gives=wanted.gives if wanted else 0,
        free=sku.free if sku else 0,
        mirror=_mirror(e, sku_id),
        why=_why(e, sku_id, wanted, need),
    )


def _mirror(e: Evidence, sku_id: str) -> int | None:
    if len(e.demand.leaves) != 1 or len(e.demand.wanted) != 1:
        return None
    (old,) = e.demand.leaves
    had = e.skus[old].enabled if old in e.skus else 0
    has = e.skus[sku_id].enabled if sku_id in e.skus else 0
    return max(0, had - has)


def _why(e: Evidence, sku_id: str, wanted: Wanted | None, need: Need | None) -> tuple[str, ...]:
    told = []
    if wanted:
        told.append(f"{wanted.asked:,} people shall have it; {wanted.holding:,} of them have it already.")
    if need:
        told.append(proof(need, e.labels))
    else:
        free = e.skus[sku_id].free if sku_id in e.skus else 0
        takes = wanted.takes if wanted else 0
        back = f", {wanted.gives:,} are given back by others" if wanted and takes > free else ""
        told.append(f"{takes:,} seats are taken by those who move; {free:,} are free{back}. Nothing is to be bought.")
    mirror = _mirror(e, sku_id)
    if mirror is not None and mirror > (need.seats if need else 0):
        (old,) = e.demand.leaves
        told.append(f"To have as many as {e.label(old)} has now, buy {mirror:,}; those who move do not need them.")
    return tuple(told)


#: The columns of the sheet as a list; ``mirror`` is empty where people leave several products, or get several.
COLUMNS = (
    "product",
    "part_number",
    "sku_id",
    "buy",
    "at_least",
    "shall_have_it",
    "have_it",
    "seats_taken",
    "seats_given_back",
    "free",
    "mirror",
    "why",
)


def cells(line: OrderLine) -> tuple[str | int, ...]:
    """The line under ``COLUMNS``."""
    numbers = (line.quantity, line.least, line.asked, line.holding, line.takes, line.gives, line.free)
    mirror = "" if line.mirror is None else line.mirror
    return (line.name, line.part_number, line.sku_id, *numbers, mirror, " ".join(line.why))


#: What to mind when buying, in the order in which the admin center asks.
ADVICE = (
    "Buy it signed in to {name} ({tenant}): a subscription cannot be moved to another organisation.",
    "Say No when asked whether to assign the licences to all users without one: it would eat the seats of those who "
    "move.",
    "An order by invoice may wait for a credit check, up to two working days; ordered today it is there on {by}.",
    "Then look whether it is set up: reassign ready.",
)
