"""What a person should know about files that were brought as proof, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from batch.core.entries import Seen
from batch.core.ledger import Ledger
from batch.core.plan import Changes
from batch.reports.words import moment
from batch.sheets.products import IMPORT_COMMAND
from batch.wiring.proving import Unclear, shows_services
from batch.wiring.reconciling import Fresh
from batch.wiring.returning import Came

#: Names that are told one by one.
_FIRST = 3


def named(came: Sequence[Came]) -> str:
    """The files by their paths."""
    return ", ".join(str(one.path) for one in came)


def last_words(came: Sequence[Came], ledger: Ledger) -> dict[int, float]:
    """When each change in other hands was handed over, or last said to be done: as far as was known, and by the files
    that came together.
    """
    last = {n: max(ledger.at[n], ledger.handed_at[hand.handover]) for n, hand in ledger.hands.items()}
    for one in came:
        for report in one.returned.reports if one.returned else ():
            last[report.change] = max(last.get(report.change, 0.0), one.written)
    return last


def older(
    proofs: Sequence[Came], fresh: Fresh, last: Mapping[int, float], seen_in: Callable[[Came], Sequence[Seen]]
) -> list[str]:
    """A sentence on each file that is older than what was said of people whom it shows as before.

    ``last``: see ``last_words``; ``seen_in``: what one of several files shows by itself.
    """
    sentences = []
    newest = max(last.values(), default=0.0)
    for one in proofs:
        if one.written < newest:
            seen = fresh.seen if len(proofs) == 1 else seen_in(one)
            people = sum(seen[change] is Seen.BEFORE and one.written < at for change, at in last.items())
            if people:
                sentences.append(
                    f"{one.path} was last written {moment(one.written)}. Of those whom it shows as before, {people:,} "
                    "were handed over, or said to be done, later than that. Is it fresh?"
                )
    return sentences


def believed(fresh: Fresh, ledger: Ledger, source: str) -> tuple[Fresh, list[str]]:
    """What is seen without those who were seen half done with their services, and now as asked by a look that shows
    none; and a sentence on them.
    """
    held = [
        change
        for change in ledger.half_with_services
        if fresh.seen[change] is Seen.AFTER and change not in fresh.services
    ]
    if not held:
        return fresh, []
    seen = list(fresh.seen)
    for change in held:
        seen[change] = Seen.UNSEEN
    return replace(fresh, seen=seen), [
        f"Still open, {len(held):,}: a look that shows services found them half done, and {source} lists no services. "
        "Show with an answer of Graph saved as JSON, or by a look at the tenant, that they are as asked now."
    ]


def unclear(fresh: Fresh, ledger: Ledger) -> list[str]:
    """A sentence on products whose names are not known."""
    found = [fresh.unclear[change] for change in sorted(ledger.hands) if change in fresh.unclear]
    if not found:
        return []
    first: dict[str, Unclear] = {}
    for part in (part for parts in found for part in parts):
        first.setdefault(part.name, part)
    told = [f"“{part.name[:80]}” ({part.file}, row {part.row})" for part in first.values()]
    who = "1 person holds" if len(found) == 1 else f"{len(found):,} people hold"
    return [
        f"{who} something under a name that is not known, or is that of several products: {', '.join(told[:_FIRST])}"
        f"{' …' if len(told) > _FIRST else ''}. Import Microsoft's table of products ({IMPORT_COMMAND}), or write its "
        "part number or its id there."
    ]


def services(proofs: Sequence[Came], changes: Changes, ledger: Ledger) -> list[str]:
    """A sentence on what exports cannot show."""
    kinds = [any(add.disabled for add in kind.add) for kind in changes.kinds]
    people = sum(kinds[changes.kind[change]] for change in ledger.hands)
    blind = [one for one in proofs if not shows_services(one.tables)]
    if not people or not blind:
        return []
    return [
        f"{people:,} people get a licence with services switched off. {named(blind)} lists licences and no "
        "services, so that these are off was not seen; an answer of Graph saved as JSON shows it."
    ]
