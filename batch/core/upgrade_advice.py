"""Which way to take: the Upgrade tab, by hand, the partner, or volume licensing; with the reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from batch.core.checklist import Line, Mark
from batch.core.facts import Facts


class Route(StrEnum):
    """A way from the old product to the new one."""

    #: The Upgrade tab buys, reassigns everybody and cancels.
    TAB = "tab"
    #: The tab, once what is named is out of the way; until then nothing is lost by waiting.
    TAB_LATER = "tab later"
    #: Buy, verify, reassign, cancel: what `reassign` does and checks.
    MANUAL = "manual"
    PARTNER = "partner"
    VOLUME = "volume licence"
    #: Nothing that is known is in the way of the tab, but nobody has said what it shows.
    OPEN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The way to take, why, and whether what is not known could still change it."""

    route: Route
    certain: bool
    #: Rules that speak for it, or whose answer is needed before it is certain.
    because: tuple[str, ...]
    open: tuple[str, ...]
    text: str


#: Lines that a wait or an errand clears, after which the tab can be used.
_CURABLE = frozenset({"U2", "U3", "U4", "U10", "U12", "U13", "U16", "U19"})
#: What the tab cannot know of: whether it lists plans says nothing of these.
_OURS = frozenset({"U1", "U11", "U15", "U16", "U17"})

_TEXTS = {
    Route.TAB: "Use the Upgrade tab: it buys, reassigns everybody and cancels the old subscription. Take a snapshot "
    "before it and look at the difference after it: reassign watch.",
    Route.TAB_LATER: "The Upgrade tab can be used once this is out of the way. Moving by hand is possible at once.",
    Route.MANUAL: "Move the people by hand: buy (reassign order), verify (reassign ready), reassign (reassign run), "
    "cancel (reassign retire).",
    Route.PARTNER: "Ask the partner who sold the subscription: the tab is for what was bought directly.",
    Route.OPEN: "Look at the Upgrade tab and answer what is open: nothing that is known is in its way. Moving by hand "
    "is possible in any case (reassign order, ready, run, retire).",
    Route.VOLUME: "Ask the Microsoft account representative: the tab is for what was bought directly.",
}


def advise(lines: Iterable[Line], facts: Facts, *, by_partner: bool = False) -> Advice:
    """The way to take, from the check list and what a person said. ``by_partner``: the service names a partner."""
    by = {line.rule: line for line in lines}
    failed = [rule for rule, line in by.items() if line.mark is Mark.FAIL]
    unknown = [rule for rule, line in by.items() if line.mark is Mark.UNKNOWN]
    if by_partner or facts.purchase_channel == "partner":
        return _advice(Route.PARTNER, ["U1"], [])
    if facts.purchase_channel == "volume" or facts.account_type == "EA":
        return _advice(Route.VOLUME, ["U1"], [])
    if facts.tab_state == "plans":
        # The tab lists plans, so whatever it looks at itself is settled, whatever is concluded here.
        failed = [rule for rule in failed if rule in _CURABLE | _OURS]
        unknown = [rule for rule in unknown if rule in _OURS]
    if for_good := [rule for rule in failed if rule not in _CURABLE]:
        return _advice(Route.MANUAL, for_good, [rule for rule in unknown if rule == "U1"])
    if failed:
        return _advice(Route.TAB_LATER, failed, unknown)
    if facts.tab_state != "plans":
        return _advice(Route.OPEN, [], unknown or ["U5"])
    return _advice(Route.TAB, [rule for rule, line in by.items() if line.mark is Mark.WARN], unknown)


def _advice(route: Route, because: list[str], still_open: list[str]) -> Advice:
    return Advice(
        route=route,
        certain=not still_open,
        because=tuple(because),
        open=tuple(still_open),
        text=_TEXTS[route],
    )
