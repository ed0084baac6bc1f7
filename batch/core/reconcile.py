"""Asked × done × what the tenant shows now: one exhaustive table, and the identities that must close."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from batch.core.changes import ChangeKind
from batch.core.entries import Seen
from batch.core.outcomes import Bucket, Outcome
from batch.core.report import SkuLine
from batch.core.terms import Sku


class Finding(StrEnum):
    """What the fresh read says about one change, given how it ended."""

    #: As the ledger says.
    AGREES = "agrees"
    #: Answered, or seen, as done, yet the tenant does not show it.
    MISSING = "missing"
    #: Answered, or seen, as done, and somebody changed it since (or it is half there).
    CHANGED = "changed"
    #: Not done as far as we know, yet the tenant shows it.
    UNEXPECTED = "unexpected"
    #: The user is gone.
    GONE = "gone"
    #: The fresh read does not tell about this user.
    UNSEEN = "unseen"


_A, _M, _C, _U = Finding.AGREES, Finding.MISSING, Finding.CHANGED, Finding.UNEXPECTED
_AFTER, _BEFORE, _OTHER = Seen.AFTER, Seen.BEFORE, Seen.OTHER

#: Every outcome with every sight. GONE and UNSEEN mean the same whatever the outcome; MAYBE_BEFORE is never final.
TABLE: Mapping[tuple[Outcome, Seen], Finding] = {
    (Outcome.APPLIED, _AFTER): _A,
    (Outcome.APPLIED, _BEFORE): _M,
    (Outcome.APPLIED, _OTHER): _C,
    (Outcome.REFUSED, _AFTER): _U,
    (Outcome.REFUSED, _BEFORE): _A,
    (Outcome.REFUSED, _OTHER): _C,
    (Outcome.EXHAUSTED, _AFTER): _U,
    (Outcome.EXHAUSTED, _BEFORE): _A,
    (Outcome.EXHAUSTED, _OTHER): _C,
    # Held means: somebody else changed this user; whatever is seen now, it is told again but is no difference of ours.
    (Outcome.HELD, _AFTER): _A,
    (Outcome.HELD, _BEFORE): _A,
    (Outcome.HELD, _OTHER): _A,
    # In doubt: the fresh read is what settles it for a person; it is named either way.
    (Outcome.IN_DOUBT, _AFTER): _U,
    (Outcome.IN_DOUBT, _BEFORE): _A,
    (Outcome.IN_DOUBT, _OTHER): _C,
    (Outcome.NOT_SENT, _AFTER): _U,
    (Outcome.NOT_SENT, _BEFORE): _A,
    (Outcome.NOT_SENT, _OTHER): _C,
    **{(o, Seen.GONE): Finding.GONE for o in Outcome},
    **{(o, Seen.UNSEEN): Finding.UNSEEN for o in Outcome},
    **{(o, Seen.MAYBE_BEFORE): Finding.UNSEEN for o in Outcome},
}

#: A sentence for each finding that is a difference.
SENTENCES: Mapping[Finding, str] = {
    Finding.MISSING: "It was answered, or seen, as done, but the fresh read shows what was there before.",
    Finding.CHANGED: "The fresh read shows neither what was before nor what was asked; somebody changed it meanwhile.",
    Finding.UNEXPECTED: "The fresh read shows the move as done, although this run does not know that it was.",
    Finding.GONE: "The fresh read has no such user.",
    Finding.UNSEEN: "The fresh read does not tell about this user.",
}


def unsure(outcome: Outcome, seen: Seen) -> bool:
    """Whether a read that may lag leaves something open: it differs, or would settle a doubt with what was before."""
    finding = TABLE[(outcome, seen)]
    # Who is gone does not come back by waiting.
    return finding not in (Finding.AGREES, Finding.GONE) or (outcome is Outcome.IN_DOUBT and seen is Seen.BEFORE)


def units_moved(kinds: Sequence[ChangeKind], applied: Iterable[int]) -> dict[str, int]:
    """SKU id → by how many units consumption grows with so many applied changes of each kind (below zero: shrinks)."""
    moved: dict[str, int] = {}
    for kind, count in zip(kinds, applied, strict=True):
        for sku_id in kind.takes:
            moved[sku_id] = moved.get(sku_id, 0) + count
        for sku_id in kind.frees:
            moved[sku_id] = moved.get(sku_id, 0) - count
    return moved


def sku_lines(
    skus: Sequence[Sku],
    after: Mapping[str, int],
    kinds: Sequence[ChangeKind],
    planned: Sequence[int],
    applied: Sequence[int],
) -> tuple[SkuLine, ...]:
    """The seat ledger of every SKU that the plan touches (law 3).

    ``planned[k]`` and ``applied[k]`` count changes of kind ``k``; ``after`` are consumed units as read, where known.
    """
    taken: dict[str, list[int]] = {}
    for kind, asked, done in zip(kinds, planned, applied, strict=True):
        for sku_id in kind.takes:
            row = taken.setdefault(sku_id, [0, 0, 0])
            row[0] += done
            row[2] += asked
        for sku_id in kind.frees:
            row = taken.setdefault(sku_id, [0, 0, 0])
            row[1] += done
            row[2] -= asked
    return tuple(
        SkuLine(
            sku_id=s.sku_id,
            part_number=s.part_number,
            name=s.name,
            seats=s.enabled,
            before=s.consumed,
            assigned=taken[s.sku_id][0],
            removed=taken[s.sku_id][1],
            expected=s.consumed + taken[s.sku_id][0] - taken[s.sku_id][1],
            after=after.get(s.sku_id),
            planned=s.consumed + taken[s.sku_id][2],
        )
        for s in skus
        if s.sku_id in taken
    )


def identities(counts: Mapping[str, int], lines: Sequence[SkuLine]) -> tuple[tuple[str, bool], ...]:
    """The checks that must close: laws 1, 2 and 3 as sentences with their numbers."""
    buckets = [b.value for b in Bucket]
    outcomes = [o.value for o in Outcome]
    checks = [
        (_sum("rows", buckets, counts), counts["rows"] == sum(counts[b] for b in buckets)),
        (_sum("planned", outcomes, counts), counts["planned"] == sum(counts[o] for o in outcomes)),
    ]
    for line in lines:
        if line.after is not None:
            text = f"{line.name}: {line.before} before + {line.assigned} assigned - {line.removed} removed"
            checks.append((f"{text} = {line.expected}; read {line.after}", line.expected == line.after))
    return tuple(checks)


def _sum(whole: str, parts: Sequence[str], counts: Mapping[str, int]) -> str:
    return f"{counts[whole]} {whole} = " + " + ".join(f"{counts[p]} {p.replace('_', ' ')}" for p in parts)
