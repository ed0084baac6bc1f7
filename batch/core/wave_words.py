"""The waves of a run in words: what is to come, and what was seen after each."""

from __future__ import annotations

from collections.abc import Sequence

from batch.core.waves import Wave, ends

_TOLD = 8


def waves_told(count: int, pilot: int, waves: Sequence[Wave], *, over: bool) -> tuple[str, ...]:
    """A sentence about the waves of so many changes, and one for each wave that was looked at; () without a pilot.

    ``over``: the run went to its end and was reconciled. No other look follows the last wave.
    """
    if not pilot or not count:
        return ()
    steps = ends(count, pilot)
    sizes = [end - start for start, end in zip((0, *steps), steps, strict=False)]
    listed = ", ".join(f"{size:,}" for size in sizes[:_TOLD]) + (" …" if len(sizes) > _TOLD else "")
    first = f"In waves of {listed}: after each one everybody moved is looked at, before the next one goes."
    seen = [_seen(n, wave) for n, wave in enumerate(waves, 1)]
    if over and (not waves or waves[-1].up_to < count):
        seen.append(f"Wave {len(waves) + 1}: looked at by the reconciliation.")
    return (first, *seen)


def _seen(number: int, wave: Wave) -> str:
    differing = f"{wave.differing:,} of them not as answered" if wave.differing else "all as answered"
    failed = f", {wave.failed:,} of {wave.finished:,} failed" if wave.failed else ""
    return f"Wave {number}: {wave.looked:,} people looked at, {differing}{failed}."
