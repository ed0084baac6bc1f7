"""How long to wait before the next try: arithmetic in one place. The service's own hint wins; every wait is capped."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from batch.core.quota import Quota

_KNUTH = 2654435761


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Bounds of a run (law 8). Times in seconds."""

    group_size: int = 20
    #: Groups on the wire at the same moment.
    in_flight: int = 4
    #: How often one change is sent at most.
    tries: int = 10
    #: How often one user in doubt is read at most.
    looks: int = 12
    #: First wait without a hint; doubles each time.
    backoff: float = 1.0
    #: No wait is longer, whatever the service says.
    longest_wait: float = 300.0
    #: The service takes ``writes`` calls in ``window`` seconds (``quota.Quota``); 0: as many as there are.
    writes: int = 0
    window: float = 0.0
    #: Reads may lag so long behind a write; a "not yet there" is believed only after it.
    settle: float = 0.0
    #: Share of finished changes that may fail before the run stops, looked at from ``stop_after`` finished on.
    stop_at: float = 0.25
    stop_after: int = 20
    #: How many changes go first, in a wave of their own (``waves``); 0: everything is one wave.
    pilot: int = 0
    #: From when on nothing more is sent, UTC seconds since 1970; 0: no such time.
    until: float = 0.0
    #: At most so many people are sent for the first time before the run stops; carrying on counts anew. 0: no bound.
    most: int = 0

    @property
    def quota(self) -> Quota | None:
        """What the service takes; None for no limit."""
        return Quota(self.writes, self.window) if self.writes else None

    def to_json(self) -> str:
        """The policy as it stands in the journal, so that the ledger needs nothing else."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Policy:
        """The policy of an OPENED entry."""
        return cls(**json.loads(text)) if text else cls()


def jitter(change: int, tries: int) -> float:
    """A number in [0, 1) that spreads changes apart; the same for the same change and try (core rolls no dice)."""
    return ((change + 1) * _KNUTH + tries * 40503) % 65536 / 65536


def wait_for(policy: Policy, change: int, tries: int, hint: float) -> float:
    """Seconds until the next try after ``tries`` tries; ``hint`` is ``Retry-After`` in seconds, below zero for none.

    A hint is kept to the second (early retries count against the quota, graph.md 3.4) plus a little spread; without
    one it is exponential with jitter between half and the whole.
    """
    spread = jitter(change, tries)
    if hint >= 0:
        return min(hint + spread * min(1.0, hint * 0.1), policy.longest_wait)
    return min(policy.backoff * 2.0 ** min(tries - 1, 16), policy.longest_wait) * (0.5 + 0.5 * spread)
