"""The safe-to-cancel certificate as a page to print and hand over, and as JSON. Both say the same."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

from batch.core.certificate import ANSWERED_FOR, ARTICLE, NEVER_DELETE, NOTICE, Certificate, Verdict
from batch.core.checklist import Line, Mark
from batch.core.deadlines import MAILBOX_DAYS
from batch.core.retiring import people
from batch.reports.page import environment
from batch.reports.whole import whole
from batch.reports.words import MONTHS, Tone, iso, moment

#: People who are named in the JSON, of each kind.
_LISTED = 1000
_TONES = {
    Verdict.SAFE: Tone.GOOD,
    Verdict.EXCEPTIONS: Tone.WARN,
    Verdict.NOT_SAFE: Tone.BAD,
    Verdict.UNKNOWN: Tone.CALM,
}
#: For each mark: what the page says, and its tone.
_MARKS = {
    Mark.PASS: ("✓ passes", Tone.GOOD),
    Mark.WARN: ("! mind", Tone.WARN),
    Mark.UNKNOWN: ("? not known", Tone.CALM),
    Mark.FAIL: ("✗ fails", Tone.BAD),
}


def write_certificate(certificate: Certificate, folder: Path) -> tuple[Path, Path]:
    """Write certificate.html and certificate.json, each whole or not at all; ``ReassignError`` when that fails."""
    paths = folder / "certificate.html", folder / "certificate.json"
    texts = render(certificate), json.dumps(document(certificate), indent=2) + "\n"
    for path, text in zip(paths, texts, strict=True):
        with whole(path) as file:
            # Half a surrogate pair in a name has no UTF-8; it is told, not fatal.
            file.write(text.encode("utf-8", "backslashreplace"))
    return paths


def document(certificate: Certificate) -> dict[str, Any]:
    """The certificate as a JSON value (schema 1). ``digest`` is over all the rest, and stands on the page as well."""
    value = _value(certificate)
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return {**value, "digest": hashlib.sha256(canonical.encode("ascii")).hexdigest()}


def _value(c: Certificate) -> dict[str, Any]:
    e = c.evidence
    return {
        "schema": 1,
        "verdict": c.verdict.value,
        "exit_code": c.verdict.exit_code,
        "made_at": iso(e.now),
        "version": c.version,
        "operator": e.by or None,
        "approved_by": e.facts.approved_by,
        "tenant": {
            "reached": c.tenant,
            "name": e.organisation.name,
            "tenant_id": e.organisation.tenant_id,
            "copied_at": iso(e.organisation.copied_at) or None,
        },
        "product": _product(e.sku),
        "targets": [_product(sku) for sku in e.targets],
        "seats": _seats(c),
        "people": _people(c),
        "names": _names(c),
        "lines": [_line(line, c) for line in c.lines],
        "remarks": list(c.remarks),
        "runs": [
            {"run": r.run, "plan_id": r.plan_id, "planned_at": iso(r.planned_at), "reconciled": r.reconciled,
             "planned": r.planned, "applied": r.applied, "failed": r.failed, "open": len(r.open)}
            for r in e.runs
        ],
        "sources": [{"name": s.name, "what": s.what, "at": iso(s.at) or None, "digest": s.digest} for s in c.sources],
        "cancelled": e.day.isoformat(),
        "deadlines": [{"day": d.day.isoformat(), "after": d.after, "what": d.what} for d in c.deadlines],
        "steps": list(c.steps),
        "steps_from": ARTICLE,
        "never": NEVER_DELETE,
        "notice": NOTICE,
    }  # fmt: skip


def _product(sku: Any) -> dict[str, Any]:
    return {
        "sku_id": sku.sku_id,
        "part_number": sku.part_number,
        "name": sku.name,
        "status": sku.status.value,
        "seats": sku.enabled,
        "used": sku.consumed,
    }


def _seats(c: Certificate) -> dict[str, Any] | None:
    found = c.evidence.census
    if found is None:
        return None
    return {
        "consumed": found.consumed,
        "direct_only": len(found.direct),
        "group_only": len(found.inherited),
        "both": len(found.both),
        "unexplained": found.unexplained,
        "closes": not found.unexplained,
    }


def _people(c: Certificate) -> dict[str, Any] | None:
    found, baseline = c.evidence.fates, c.evidence.baseline
    if found is None or baseline is None:
        return None
    return {
        "baseline": baseline.source,
        "baseline_at": iso(baseline.taken_at) or None,
        "baseline_whole": baseline.whole,
        "holders": found.holders,
        "moved": len(found.moved),
        "excepted": len(found.excepted),
        "removed": len(found.removed),
        "still": len(found.still),
        "vanished": len(found.vanished),
        "closes": found.closes,
    }


def _names(c: Certificate) -> dict[str, list[str]]:
    """Those of whom somebody has to know by name, the first thousand of each kind."""
    now, went = c.evidence.census, c.evidence.fates
    found = {} if now is None else {"direct": now.direct, "inherited": now.inherited, "both": now.both}
    found |= {} if now is None else {"failed": (*now.failed_direct, *now.failed_inherited)}
    found |= {} if went is None else {"removed": went.removed, "vanished": went.vanished, "excepted": went.excepted}
    return {kind: list(those[:_LISTED]) for kind, those in found.items()}


def _line(line: Line, c: Certificate) -> dict[str, Any]:
    accepted = c.accepted.get(line.rule)
    return {
        "rule": line.rule,
        "asks": line.asks,
        "mark": line.mark.value,
        "found": line.found,
        "source": line.source,
        "todo": line.todo,
        "accepted": {"why": accepted.why, "by": accepted.by} if accepted else None,
    }


def headline(certificate: Certificate) -> str:
    """The verdict in one plain sentence."""
    name = certificate.evidence.sku.name
    match certificate.verdict:
        case Verdict.SAFE:
            return f"{name} can be cancelled."
        case Verdict.EXCEPTIONS:
            return f"{name} can be cancelled, with the exceptions that are named below."
        case Verdict.NOT_SAFE:
            return f"Do not cancel {name} yet."
        case Verdict.UNKNOWN:
            return f"It is not known yet whether {name} can be cancelled."


def reasons(certificate: Certificate) -> str:
    """How many lines stand in the way, by their names."""
    every = len(certificate.lines)
    failed, warns, unknown = (
        [line.rule for line in certificate.open if line.mark is mark] for mark in (Mark.FAIL, Mark.WARN, Mark.UNKNOWN)
    )
    by_name = [n.rule for n in certificate.lines if n.mark is Mark.WARN and n.rule in ANSWERED_FOR]
    answered = [rule for rule in by_name if rule not in certificate.accepted]
    told = [
        f"{len(rules)} of {every} lines {one if len(rules) == 1 else many}: {', '.join(rules)}."
        for rules, one, many in (
            (failed, "fails", "fail"),
            (warns, "warns and has to be accepted by name", "warn and have to be accepted by name"),
            (unknown, "is not known", "are not known"),
            (list(certificate.accepted), "does not pass and is accepted", "do not pass and are accepted"),
            (answered, "is answered for by name", "are answered for by name"),
        )
        if rules
    ]
    return " ".join(told) or f"All {every} lines pass."


def render(certificate: Certificate) -> str:
    """The page as text. Every value from outside is escaped."""
    c, e = certificate, certificate.evidence
    return (
        environment()
        .get_template("certificate.html.j2")
        .render(
            verdict=c.verdict.value,
            tone=_TONES[c.verdict].value,
            headline=headline(c),
            reasons=reasons(c),
            product=e.sku,
            facts=_facts(c),
            seats=_seats(c),
            people=_people(c),
            lines=[(line, *_MARKS[line.mark], c.accepted.get(line.rule)) for line in c.lines],
            remarks=c.remarks,
            steps=c.steps,
            article=ARTICLE,
            never=NEVER_DELETE,
            notice=NOTICE,
            cancelled=day(e.day),
            # Where it must not be cancelled there is no day on which to look whether it went well.
            deadlines=[
                (day(d.day), f"day {d.after}", d.what) for d in c.deadlines if c.steps or d.after >= MAILBOX_DAYS
            ],
            sources=[(s.name, s.what, moment(s.at) if s.at else "–", s.digest) for s in c.sources],
            runs=[(r.run, moment(r.planned_at), people(r.planned), r.applied, r.failed, len(r.open)) for r in e.runs],
            signed=e.by,
            approved=e.facts.approved_by or "",
            digest=document(c)["digest"],
        )
    )


def day(when: date) -> str:
    """ "23 Nov 2026", whatever the locale."""
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def _facts(c: Certificate) -> list[tuple[str, str]]:
    e = c.evidence
    copied = f"a copy, made {moment(e.organisation.copied_at)}" if e.organisation.copied_at else ""
    return [
        ("Product", f"{e.sku.name} ({e.sku.part_number}, {e.sku.sku_id})"),
        ("People moved to", ", ".join(f"{s.name} ({s.part_number})" for s in e.targets) or "not said"),
        ("Organisation", f"{e.organisation.name} ({e.organisation.tenant_id})"),
        ("Looked at", ", ".join(filter(None, (c.tenant, copied)))),
        ("Read", moment(e.now)),
        ("Signs", e.by or "nobody yet"),
        ("Approves", e.facts.approved_by or "nobody yet"),
        ("Program", f"license-reassign {c.version}"),
    ]
