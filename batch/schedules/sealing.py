"""Files that can be told to be ours, and to be as we left them: one line of each has the digest of all of it."""

from __future__ import annotations

import re
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

#: Stands in the first lines of every file, in whatever its scheduler takes for a comment.
SEAL = f"Written by reassign schedule; sha256:{'0' * 64}"

_DIGEST = re.compile(r"(Written by reassign schedule; sha256:)([0-9a-f]{64})")
_FIRST = 400
_MOST_BYTES = 1_000_000


class Found(StrEnum):
    """What lies at the place of a file of ours."""

    NOTHING = "nothing"
    OURS = "ours"
    #: Ours, and somebody changed it since.
    EDITED = "edited"
    #: Not a file of ours.
    FOREIGN = "foreign"


def sealed(text: str) -> str:
    """The text with its digest in the place that ``SEAL`` keeps free, once, in its first lines."""
    assert text.count(SEAL) == 1
    return _DIGEST.sub(lambda match: match[1] + _digest(text), text, count=1)


def found_at(path: Path, encoding: str = "utf-8") -> Found:
    """What lies at ``path``. Raises ``OSError`` where that cannot be seen."""
    if path.is_symlink():
        return Found.FOREIGN
    try:
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return Found.FOREIGN if path.exists() else Found.NOTHING
        text = path.read_bytes().decode(encoding)
    except FileNotFoundError:
        return Found.NOTHING
    except UnicodeError:
        return Found.FOREIGN
    seal = _DIGEST.search(text[:_FIRST])
    if seal is None:
        return Found.FOREIGN
    unsealed = text[: seal.start(2)] + "0" * 64 + text[seal.end(2) :]
    return Found.OURS if _digest(unsealed) == seal[2] else Found.EDITED


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8")).hexdigest()
