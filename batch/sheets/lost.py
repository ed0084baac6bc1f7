"""Cells in which an export wrote the type of a list instead of the list: what stood there is unknown, not none."""

from __future__ import annotations

import re

#: What PowerShell's ``Export-Csv`` and JavaScript write for a list.
LOST = re.compile(
    r"\s*(?:System\.(?:Collections|Object|Linq|String\[)|Microsoft\.(?:Online|Graph|Open)[\w.]*\.|\[object Object\]).*",
    re.IGNORECASE | re.DOTALL,
)

HOW_TO_KEEP = (
    "Export it with the list joined, like Select-Object UserPrincipalName, "
    "@{n='Licenses';e={$_.AssignedLicenses.SkuId -join '+'}} | Export-Csv, or as JSON."
)


def without_lost(cells: list[str]) -> tuple[list[str], list[int]]:
    """The cells with every lost list empty, and the indices of those; the same list when none was lost."""
    lost = {cell for cell in set(cells) if LOST.fullmatch(cell)}
    if not lost:
        return cells, []
    return ["" if cell in lost else cell for cell in cells], [i for i, cell in enumerate(cells) if cell in lost]
