"""The files of a handover, and the command that takes them back, for people who hold nothing but such a file."""

from __future__ import annotations

from batch.core.handed import Cover
from batch.core.harmless import in_shell

#: Packs in one workbook: with more sheets, they are slow to open and nobody finds anything in them.
PACKS_IN_A_WORKBOOK = 200


def collect_command(cover: Cover, file: str = "FILE") -> str:
    """``reassign collect FOLDER FILE`` for any shell: the folder of the run as whoever made the handover names it.

    ``file`` is the word for a file whose place nobody knows yet.
    """
    return f"reassign collect {in_shell(cover.folder)} {file}"
