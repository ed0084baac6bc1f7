"""The files of a handover, and the command that takes them back, as people have to write it."""

from __future__ import annotations

from batch.core.handed import Cover
from batch.core.harmless import in_shell

#: Packs in one workbook: with more sheets, they are slow to open and nobody finds anything in them.
PACKS_IN_A_WORKBOOK = 200


def collect_command(cover: Cover, *files: str) -> str:
    """``reassign collect FOLDER FILE…`` for any shell."""
    return " ".join(["reassign", "collect", in_shell(cover.folder), *files])
