"""The days that count once a subscription is cancelled, and once a licence is gone.

Microsoft's articles "What happens to my data and access when my Microsoft 365 subscription ends" (cancelled before its
term ends, a subscription goes straight to Disabled: users are out at once, administrators keep access for 90 days and
can reactivate it; data are surely gone after 180) and "Remove licenses from users" (a mailbox is held for 30 days).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

#: For how many days a mailbox is held once its licence is gone.
MAILBOX_DAYS = 30
#: For how many days a cancelled subscription can be reactivated.
REACTIVATION_DAYS = 90
#: After how many days all data are surely gone.
GONE_DAYS = 180


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day to look again, and what for."""

    day: date
    #: Days after the cancellation.
    after: int
    what: str


def day_of(at: float) -> date:
    """The day in UTC of a moment in UTC seconds since 1970."""
    return datetime.fromtimestamp(at, UTC).date()


def mailbox_until(lost: date) -> date:
    """The last day on which the mailbox of somebody who lost the licence on this day can be had back."""
    return lost + timedelta(days=MAILBOX_DAYS)


def deadlines(cancelled: date) -> tuple[Deadline, ...]:
    """The days that follow a cancellation on this day."""
    told = (
        (1, "Look at the subscription (Disabled is as it should be) and at a few people: mail, Teams and files work."),
        (
            MAILBOX_DAYS,
            "From here on the mailbox of anybody who was left without a licence is gone for good. The credit or last "
            "invoice for the cancelled subscription should have come.",
        ),
        (
            REACTIVATION_DAYS,
            "The last day on which the subscription can be reactivated and its administrators can reach its data.",
        ),
        (GONE_DAYS, "Whatever data belonged to the old subscription alone are gone for good."),
    )
    return tuple(Deadline(cancelled + timedelta(days=after), after, what) for after, what in told)
