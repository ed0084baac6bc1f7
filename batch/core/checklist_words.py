"""A check list in lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from batch.core.checklist import Line, Mark

#: Said in front of each line; what is not known never looks like what is well.
_WORDS = {Mark.PASS: "ok", Mark.WARN: "mind", Mark.UNKNOWN: "not known", Mark.FAIL: "NOT OK"}


def told(lines: Iterable[Line]) -> Iterator[str]:
    """Each line with what was found, from where, and below it what to do."""
    for line in lines:
        source = f" ({line.source})" if line.source else ""
        yield f"  {_WORDS[line.mark]:<10} {line.rule:<9} {line.asks}"
        yield f"  {'':<10} {'':<9} {line.found}{source}"
        if line.todo:
            yield f"  {'':<10} {'':<9} → {line.todo}"
