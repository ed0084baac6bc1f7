"""The difference between two looks at a tenant, in lines for a terminal, and how long an upgrade may take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from batch.core.estate import LicensingGroup, Subscription
from batch.core.estate_changes import Difference, Turn

#: As many are named of those who were left with nothing, and of each other list.
_SHOWN = 10
#: Seconds after which an upgrade that has not ended takes longer than usual, and longer than the article says.
_USUAL, _LONG = 10 * 60.0, 60 * 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Labels for people, by SKU id and by plan id."""

    skus: Mapping[str, str]
    plans: Mapping[str, str]

    def of(self, ids: tuple[str, ...]) -> str:
        """The products of these ids, joined."""
        return " + ".join(self.skus.get(i, i) for i in ids)


def difference_lines(found: Difference, names: Names) -> Iterator[str]:
    """Everything that changed, the most important first."""
    if found.is_empty:
        yield f"Nothing changed: {found.looked_at:,} people looked at."
        return
    yield f"{len(found.people):,} of {found.looked_at:,} people changed."
    if found.bare:
        more = f" and {len(found.bare) - _SHOWN:,} more" if len(found.bare) > _SHOWN else ""
        yield f"LOST A LICENCE AND GOT NONE: {len(found.bare):,} people: {', '.join(found.bare[:_SHOWN])}{more}"
        yield "  A mailbox is kept for 30 days without a licence. Give them one: reassign plan."
    yield from (f"  {count:>9,}  {turn_words(turn, names)}" for turn, count in found.turns)
    yield from _seats(found)
    yield from _told("Subscriptions", [_subscription(pair, names) for pair in found.subscriptions])
    yield from _told("Groups", [_group(pair, names) for pair in found.groups])


def turn_words(turn: Turn, names: Names) -> str:
    """ "Office 365 E4 → Office 365 E3", with the services that came on."""
    if turn.lost and turn.gained:
        text = f"{names.of(turn.lost)} → {names.of(turn.gained)}"
    elif turn.lost:
        text = f"{names.of(turn.lost)} gone, nothing came"
    elif turn.gained:
        text = f"{names.of(turn.gained)} came, nothing went"
    else:
        text = "the same licences"
    if turn.came_on:
        text += f"; was off and is on: {', '.join(sorted(names.plans.get(p, p) for p in turn.came_on))}"
    return text


def _seats(found: Difference) -> Iterator[str]:
    if not found.seats:
        return
    yield "Seats (before → after)"
    for s in found.seats:
        yield f"  {s.name}: {s.seats_before:,} → {s.seats_after:,} seats, {s.used_before:,} → {s.used_after:,} used"


def _subscription(pair: tuple[Subscription | None, Subscription | None], names: Names) -> str:
    was, now = pair
    one = now or was
    assert one is not None
    label = f"{names.skus.get(one.sku_id, one.part_number)} ({one.subscription_id})"
    if was is None:
        return f"{label} is new: {one.total:,} licences, {one.status}"
    if now is None:
        return f"{label} is gone: it had {one.total:,} licences, {one.status}"
    return f"{label}: {was.total:,} licences, {was.status} → {now.total:,} licences, {now.status}"


def _group(pair: tuple[LicensingGroup | None, LicensingGroup | None], names: Names) -> str:
    gives = [names.of(tuple(sorted(a.sku_id for a in g.licences))) or "nothing" if g else "nothing" for g in pair]
    one = pair[1] or pair[0]
    assert one is not None
    same = gives[0] == gives[1]
    return f"{one.name} ({one.group_id}): {'the same licences, otherwise set' if same else ' → '.join(gives)}"


def _told(heading: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield heading
        yield from (f"  {line}" for line in lines[:_SHOWN])
        if len(lines) > _SHOWN:
            yield f"  … and {len(lines) - _SHOWN:,} more"


def taking_long(seconds: float, found: Difference) -> str:
    """What to say of an upgrade that seems not to have ended so many seconds after the snapshot; else empty.

    It has not when nothing changed, or when somebody holds old and new. Microsoft says usually under ten minutes, up to
    an hour, and minutes to hours by the number of people.
    """
    under_way = found.is_empty or any(turn.gained and not turn.lost for turn, _ in found.turns)
    if not under_way or seconds < _USUAL:
        return ""
    minutes = int(seconds // 60)
    if seconds < _LONG:
        return (
            f"For information: {minutes} minutes since the snapshot, and the upgrade does not look finished. "
            "Usually it takes less than 10; with many people hours."
        )
    return (
        f"Warning: {minutes} minutes since the snapshot, and the upgrade does not look finished. Select Check upgrade "
        "status on the subscription's page; if it shows nothing, call support. Change no licences meanwhile."
    )
