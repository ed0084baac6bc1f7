"""What is still open of each pack and job, for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batch.core.open_packs import OpenPack

#: Packs that are listed one by one; closed ones, and the rest, are counted.
_LISTED = 20
_OPEN = {
    "in_admin_center": "to do",
    "in_powershell": "to do",
    "not_shown": "said, not shown",
    "half_done": "half done",
    "gave_up": "given up for now",
    "not_done": "not done",
}


def pack_lines(packs: Sequence[OpenPack]) -> list[str]:
    """A short table: one line for each pack in which something is open, and a sum."""
    if not packs:
        return []
    left = [pack for pack in packs if not pack.is_closed]
    closed = f"{len(packs) - len(left):,} of {len(packs):,} packs and jobs are closed"
    if not left:
        return [f"Handed over: {closed}."]
    lines = [f"Handed over: {closed}. Still open:"]
    lines.append(f"  {'Handover':<10}{'Pack':<22}{'People':>7}{'Done':>7}{'Said':>7}{'Refused':>9}  Open")
    for pack in left[:_LISTED]:
        name = f"{'job' if pack.hand.value == 'powershell' else 'pack'} {pack.pack} ({pack.hand.value})"
        numbers = f"{pack.people:>7,}{pack.done:>7,}{pack.said:>7,}{pack.refused:>9,}"
        reasons = ", ".join(f"{count:,} {_OPEN.get(why, why)}" for why, count in pack.open.items())
        who = f"{', '.join(pack.first)}{' …' if pack.said + sum(pack.open.values()) > len(pack.first) else ''}"
        lines.append(f"  {pack.handover:<10}{name:<22}{numbers}  {reasons or 'to be shown'}: {who}")
    if len(left) > _LISTED:
        lines.append(f"  And {len(left) - _LISTED:,} more.")
    return lines


def packs_value(packs: Sequence[OpenPack]) -> list[dict[str, Any]]:
    """The same for programs, every pack."""
    return [asdict(pack) for pack in packs]
