"""Results of the script, row by row, as the contract has them; with whatever a test wants to be wrong in them."""

from __future__ import annotations

import csv
import io

from batch.core.handed import check, flat
from batch.handover.results import HEADINGS


def rows_of(said, job, user_id, before=""):
    """Each of ``said`` is a change and an outcome, and perhaps a dict of fields that differ from the usual."""
    rows, last = [], before or job
    for change, outcome, *more in said:
        user = flat(user_id(change))
        fields = {
            "Time": "2026-11-23T14:00:00Z",
            "Change": str(change),
            "Group": "1",
            "UserId": f"'{user}" if user[0] in "=+-@" else user,
            "UserPrincipalName": f"p{change}@c.example",
            "Outcome": outcome,
            "Status": "200",
            "Code": "",
            "Message": "",
            "Tries": "1",
            "Job": job,
            **dict(*more),
        }
        last = check(last, fields.values())
        rows.append([*fields.values(), last])
    return rows


def payload(rows, delimiter=",", quoting=csv.QUOTE_ALL, encoding="utf-8-sig"):
    """The file with these rows."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\r\n").writerows([HEADINGS, *rows])
    return text.getvalue().encode(encoding)
