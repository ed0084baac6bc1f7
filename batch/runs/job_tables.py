"""The tables and keys of a job file: which field each fills, and how its value is read."""

from __future__ import annotations

from batch.runs import job_values as values
from batch.runs.job_values import Read

_ADDRESS = " (its address is said by REASSIGN_WEBHOOK_URL alone)"

#: Table → key → the field of ``Job`` (of ``NightJob`` for the tables in ``NIGHTS``) and how its value is read.
TABLES: dict[str, dict[str, tuple[str, Read]]] = {
    "job": {"name": ("name", values.words)},
    "sheets": {
        "users": ("users", values.sheets),
        "licenses": ("licenses", values.sheets),
        "newest": ("newest", values.yes),
        "map": ("mapping", values.headings),
        "encoding": ("encoding", values.words),
        "sheet": ("sheet", values.words),
        "protect": ("protect", values.paths),
    },
    "move": {
        "from": ("source", values.words),
        "to": ("target", values.words),
        "usage_location": ("location", values.words),
    },
    "services": {
        "new": ("new_services", values.one_of("inherit", "all-on", "template")),
        "template": ("template", values.names),
        "accept": ("accept", values.names),
        "strict": ("strict", values.yes),
    },
    "tenant": {
        "at": ("tenant", values.tenant),
        "faults": ("faults", values.words),
        "cloud": ("cloud", values.words),
        "sign_in": ("sign_in", values.words),
    },
    "limits": {
        "max_changes": ("max_changes", values.whole(0)),
        "max_share": ("max_share", values.share),
        "allow_short": ("allow_short", values.yes),
        "group_size": ("group_size", values.whole(1, 20)),
        "in_flight": ("in_flight", values.whole(1, 64)),
        "tries": ("tries", values.whole(1, 100)),
        "stop_at": ("stop_at", values.share),
        "settle": ("settle", values.seconds),
        "write_quota": ("write_quota", values.quota),
        "pilot": ("pilot", values.whole(1)),
        "window": ("window", values.words),
        "timezone": ("timezone", values.words),
        "max_age": ("max_age", values.age),
        "approval": ("approval", values.yes),
    },
    "out": {"folder": ("out", values.path)},
    "inbox": {
        "folder": ("inbox", values.path),
        "files": ("files", values.file_names),
        "quiet": ("quiet", values.lasting("1s", "1d")),
        "shrink": ("shrink", values.share_or_never),
    },
    "nightly": {
        "enabled": ("enabled", values.yes),
        "priority": ("priority", values.whole(0)),
        "every": ("every", values.lasting("1h", "366d")),
        "daily_cap": ("daily_cap", values.whole(1)),
        "give_up": ("give_up", values.lasting("1h", "366d")),
    },
    "notify": {
        "mail": ("mail", values.addresses),
        "on": ("on", values.some_of("done", "part", "needs_you", "failed")),
        "webhook": ("webhook", values.one_of("json", "teams", "slack", remark=_ADDRESS)),
        "webhook_name": ("webhook_name", values.variable_end),
        "attach": ("attach", values.size),
    },
    "reports": {
        "folder": ("reports", values.path),
        "files": (
            "report_files",
            values.some_of("report.html", "report.xlsx", "results.csv", "rejects.csv", "result.json"),
        ),
    },
    # A report that is gone before anybody looked at it would be a loss.
    "keep": {
        "runs": ("keep_runs", values.lasting("1d", "36500d")),
        "files": ("keep_files", values.lasting("1d", "36500d")),
    },
}
#: A job with one of these tables is nightly.
NIGHTS = ("inbox", "nightly", "notify", "reports", "keep")
#: The table that may stand more than once, ``[[rule]]``, and its keys → fields of ``MoveRule``.
RULE = "rule"
RULE_KEYS: dict[str, tuple[str, Read]] = {
    "holds": ("holds", values.words),
    "to": ("to", values.names),
    "department": ("departments", values.names),
    "usage_location": ("locations", values.names),
}
