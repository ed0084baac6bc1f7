"""The files of a handover, and the command that takes them back, as people have to write it."""

from __future__ import annotations

import re

from batch.core.handed import Cover

#: Packs in one workbook: with more sheets, they are slow to open and nobody finds anything in them.
PACKS_IN_A_WORKBOOK = 200


def collect_command(cover: Cover, *files: str) -> str:
    """``reassign collect FOLDER FILE…`` for any shell: a folder with a blank or the like stands in quotes."""
    folder = f'"{cover.folder}"' if re.search(r"[^\w./\\:-]", cover.folder) else cover.folder
    return " ".join(["reassign", "collect", folder, *files])
