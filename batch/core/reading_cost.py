"""What reading costs, and which way of reading some users costs less.

The service meters reads in resource units ("Throttling limits: identity and access service limits").
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from batch.core.quota import Quota

#: Resource units for one app in one tenant of more than 500 users; smaller ones cannot be asked for so many.
READ_QUOTA = Quota(8000, 10.0)

#: Users on one page at most; the service refuses 1000.
PAGE_SIZE = 999

#: Resource units of a plain request. What the article does not name costs 1.
UNITS = {
    "GET users": 2,
    "GET users/{id}": 1,
    "GET users/{id}/licenseDetails": 2,
    "GET users/{id}/memberOf": 2,
    "GET subscribedSkus": 3,
    "GET groups/{id}/members": 3,
}
_SMALL_PAGE = 20


class Way(Enum):
    """How to read some users out of many."""

    #: Each by a read of their own.
    SINGLE = auto()
    #: Everybody who holds one of the SKUs that they are likely to hold, by pages.
    PAGES = auto()


def units(request: str, *, select: bool = False, expand: bool = False, top: int | None = None) -> int:
    """Resource units of one request: ``$select`` and a small ``$top`` are cheaper, ``$expand`` dearer; 1 at least."""
    small = top is not None and top < _SMALL_PAGE
    return max(1, UNITS.get(request, 1) - select + expand - small)


def cheaper(wanted: int, holders: Sequence[int]) -> Way:
    """The way that costs fewer units for ``wanted`` users; at a tie each by themselves, which brings no strangers.

    ``holders``: for each SKU that they are likely to hold, how many hold it. An empty page costs like a full one.
    """
    singly = wanted * units("GET users/{id}", select=True)
    pages = sum(max(1, -(-held // PAGE_SIZE)) for held in holders)
    return Way.PAGES if holders and pages * units("GET users", select=True) < singly else Way.SINGLE
