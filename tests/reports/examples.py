"""Three reports as a run folder would give them: done, partial with every reason, and blocked for want of seats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from batch.core.outcomes import Bucket, Outcome, RunStatus
from batch.core.report import (
    Bill,
    DepartmentCost,
    Difference,
    Money,
    Monthly,
    ProductCost,
    Reason,
    Report,
    ResultRow,
    SkuLine,
    SourceFile,
)

E4, E3, TEAMS = "Office 365 E4", "Office 365 E3", "Microsoft Teams Enterprise"
START = 1_795_408_200.0  # 23 Nov 2026, 04:30 UTC
_FIRST = ("Åsa", "Bjørn", "Chloé", "Daan", "Eva", "Fatima", "Giulia", "Hans", "Ingrid", "Jürgen", "Kees", "Łukasz")
_LAST = ("Jansen", "de Vries", "O'Neill", "Müller", "Nguyễn", "Smith-Jones", "Παπαδάκης", "García", "van den Berg")

#: What each reason says: word, code, meaning, what to do, count in the partial example.
REASONS = (
    (
        Outcome.REFUSED,
        "mutually_exclusive",
        "Two service plans that exclude each other would meet.",
        "Switch one of them off in the sheet (column Disabled plans), or remove the other licence first.",
        3,
    ),
    (
        Outcome.EXHAUSTED,
        "too_many_requests",
        "Microsoft 365 asked us to slow down until the tries were used up.",
        "Run reassign apply again in an hour; nothing is done twice.",
        2,
    ),
    (
        Outcome.HELD,
        "changed_meanwhile",
        "The licences of these people were changed by somebody else after the plan was made.",
        "Look at them, then plan again.",
        1,
    ),
    (
        Outcome.IN_DOUBT,
        "no_answer",
        "No answer came, and reading the person again did not settle it.",
        "Run reassign reconcile when the tenant can be read.",
        1,
    ),
    (
        Outcome.NOT_SENT,
        "stopped",
        "The run was stopped before their turn.",
        "Run reassign apply again; it carries on.",
        2,
    ),
    (
        Bucket.BLOCKED,
        "inherited",
        "The old licence comes from a group and cannot be taken from the person.",
        "Move the licence of the group, or take the person out of it.",
        4,
    ),
    (
        Bucket.SHORT,
        "no_seat",
        "No seat of the new licence is free for them.",
        "Buy 5 more seats of Office 365 E3, then plan again.",
        5,
    ),
    (
        Bucket.PROBLEM,
        "unknown_sku",
        "The sheet names a product that the tenant does not have.",
        "Mend the name in rejects.csv and feed it in again.",
        2,
    ),
    (
        Bucket.PROBLEM,
        "invalid_upn",
        "What stands in the user column is no user principal name.",
        "Mend it in rejects.csv and feed it in again.",
        2,
    ),
)
HOSTILE = '=HYPERLINK("http://evil.example","<script>alert(1)</script>")'


def row(number: int, outcome: str, code: str = "", reason: str = "", **fields: object) -> ResultRow:
    first, last = _FIRST[number % len(_FIRST)], _LAST[number % len(_LAST)]
    sent = outcome in {Outcome.APPLIED, Outcome.REFUSED, Outcome.EXHAUSTED, Outcome.IN_DOUBT}
    made = ResultRow(
        file="users.csv",
        sheet="",
        row=number + 2,
        user=f"user{number:04d}@contoso.example",
        display_name=f"{first} {last}",
        remove=E4,
        add=f"{E3} + {TEAMS}",
        kept_off="Sway, Yammer" if number % 5 == 0 else "",
        outcome=outcome,
        code=code,
        reason=reason,
        group=number // 20 + 1 if sent else 0,
        tries=(8 if outcome == Outcome.EXHAUSTED else 1) if sent else 0,
        at=START + 60 + number // 20 * 17 if sent else 0.0,
    )
    return made._replace(**fields)  # type: ignore[arg-type]


def counts_of(rows: Sequence[ResultRow]) -> dict[str, int]:
    found = {str(word): 0 for word in ("rows", *list(Bucket)[1:], Bucket.PLANNED, *Outcome)}
    for each in rows:
        found[each.outcome] += 1
        found["rows"] += 1
        found[Bucket.PLANNED] += each.outcome in set(Outcome)
    return found


def skus(moved: int, asked: int, *, seats: int, apart: int = 0, read: bool = True) -> tuple[SkuLine, ...]:
    held = {"E4": 251, "E3": 40, "TEAMS": 12}
    return (
        SkuLine(
            sku_id="1392051d-0cb9-4b7a-88d5-621fee5e8711",
            part_number="ENTERPRISEWITHSCAL",
            name=E4,
            seats=260,
            before=held["E4"],
            assigned=0,
            removed=moved,
            expected=held["E4"] - moved,
            after=held["E4"] - moved + apart if read else None,
            planned=held["E4"] - asked,
        ),
        *(
            SkuLine(
                sku_id=sku_id,
                part_number=part,
                name=name,
                seats=seats,
                before=held[key],
                assigned=moved,
                removed=0,
                expected=held[key] + moved,
                after=held[key] + moved if read else None,
                planned=held[key] + asked,
            )
            for key, name, part, sku_id in (
                ("E3", E3, "ENTERPRISEPACK", "6fd2c87f-b296-42f0-b197-1e91e994b900"),
                ("TEAMS", TEAMS, "Microsoft_Teams_Enterprise_New", "7e31c0d9-9551-471d-836f-32ee72be4a01"),
            )
        ),
    )


def report(rows: Sequence[ResultRow], **fields: object) -> Report:
    return replace(
        Report(
            run="2026-11-23-e4-to-e3",
            plan_id="9f2c41d07b3e",
            version="1.0.0",
            tenant="practice:contoso.db",
            title=f"{E4} → {E3} + {TEAMS}",
            planned_at=START,
            started_at=START + 55,
            ended_at=START + 275,
            read_at=START + 281,
            read_from="practice:contoso.db",
            status=RunStatus.DONE,
            exit_code=0,
            counts=counts_of(rows),
            skus=(),
            reconciled=True,
            differences=(),
            difference_count=0,
            attention=(),
            sources=(
                SourceFile(
                    file="users.csv",
                    sheet="",
                    kind="moves",
                    digest="5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
                    rows=len(rows),
                    read_as="CSV, Windows-1252, semicolon, headings in row 1",
                    assumed=("“Nom d’utilisateur principal” is the user column.", "An empty cell in “Add” means E3."),
                ),
                SourceFile(
                    file="licences.xlsx",
                    sheet="Vos produits",
                    kind="licenses",
                    digest="1dc9c7db0ed1d3c4f1eaa7e0e9b1e4b8e9a3ab7c1c51e1e6c46e7d3ae5b7a1ff",
                    rows=3,
                    read_as="Excel workbook, headings in row 3",
                    assumed=(),
                ),
            ),
            checks=(
                (f"Rows: {len(rows)} = problems + repeats + unchanged + blocked + short of seats + planned.", True),
                ("Planned = moved + refused + given up + left alone + in doubt + not sent.", True),
                ("Seats of every product: before + assigned - removed = expected.", True),
            ),
            pace=(),
            rows=lambda: iter(rows),
        ),
        **fields,  # type: ignore[arg-type]
    )


def product(sku_id: str, name: str, price: str, seats: int, freed: int, freed_now: int) -> ProductCost:
    amount = Decimal(price)
    return ProductCost(
        sku_id=sku_id,
        name=name,
        price=amount,
        seats=seats,
        bill=amount * seats,
        freed=freed,
        freed_now=freed_now,
        idle=amount * freed,
    )


def department(name: str, people: int, before: str, planned: str, now: str) -> DepartmentCost:
    return DepartmentCost(name, people, Monthly(Decimal(before), Decimal(planned), Decimal(now)))


def money() -> Money:
    """39 people of the partial example, of whom 30 moved; and a product that is paid in other money."""
    euro = Bill(
        currency="EUR",
        people=39,
        cost=Monthly(Decimal("1482.00"), Decimal("1084.20"), Decimal("1176.00")),
        departments=(
            department("Sales <b>& Service</b>", 20, "760.00", "556.00", "596.80"),
            department("Finance", 15, "570.00", "417.00", "427.20"),
            department("(no department)", 4, "152.00", "111.20", "152.00"),
        ),
        products=(
            product("e4", E4, "38.00", 260, 39, 30),
            product("e3", E3, "23.10", 75, 0, 0),
            product("teams", TEAMS, "4.70", 75, 0, 0),
        ),
        total=Decimal("11965.00"),
        given_back=Decimal("10483.00"),
    )
    zero = Decimal(0)
    dollar = Bill(
        currency="$",
        people=39,
        cost=Monthly(zero, zero, zero),
        departments=(),
        products=(product("visio", "Visio Plan 2", "15.125", 10, 0, 0),),
        total=Decimal("151.250"),
        given_back=Decimal("151.250"),
    )
    why = "licences.xlsx, row 9, column Prix: “gratis” is no price; write it with digits, like 23.10 or 23.10 EUR."
    return Money(bills=(euro, dollar), left_out=(("Power BI Pro", why), ("Microsoft Fabric (Free)", "")))


def done() -> Report:
    rows = [row(n, Outcome.APPLIED) for n in range(240)]
    return report(rows, skus=skus(240, 240, seats=300), pace=(40, 80, 80, 40))


def partial() -> Report:
    rows = [row(n, Outcome.APPLIED) for n in range(30)]
    attention = []
    for word, code, meaning, todo, count in REASONS:
        those = [row(len(rows) + n, word, code, f"{meaning} {todo}") for n in range(count)]
        rows += those
        attention.append(
            Reason(
                where=word,
                code=code,
                count=count,
                meaning=meaning,
                todo=todo,
                examples=tuple(each.user for each in those[:3]),
            )
        )
    rows.append(row(len(rows), Bucket.UNCHANGED, "already", "Holds the new licence already."))
    rows.append(row(len(rows), Bucket.REPEAT, "duplicate", "Says what row 2 says."))
    rows[31] = rows[31]._replace(display_name=HOSTILE, user="-user@contoso.example")
    rows[40] = rows[40]._replace(reason="Line one\r\nline two\x1b[31m red\u202e turned\x00")
    moved = sum(each.outcome == Outcome.APPLIED for each in rows)
    return report(
        rows,
        status=RunStatus.PARTIAL,
        exit_code=9,
        skus=skus(moved, 39, seats=75, apart=1),
        attention=tuple(attention),
        reconciled=False,
        differences=(
            Difference(
                code="unexpected",
                about="user0003@contoso.example",
                text="Holds Office 365 E4 again: somebody gave it back after the change.",
            ),
            Difference(code="seats", about=E4, text="Expected 221 seats in use, the tenant shows 222."),
        ),
        difference_count=2,
        pace=(12, 0, 4, 14),
        money=money(),
    )


def blocked() -> Report:
    rows = [row(n, Outcome.NOT_SENT, "held_back", "The plan is short of seats.") for n in range(20)]
    rows += [row(n, Bucket.SHORT, "no_seat", "No seat of Office 365 E3 is free.") for n in range(20, 48)]
    first = tuple(each.user for each in rows[20:25])
    return report(
        rows,
        status=RunStatus.BLOCKED,
        exit_code=4,
        started_at=0.0,
        ended_at=0.0,
        read_at=0.0,
        reconciled=False,
        skus=skus(0, 20, seats=60, read=False),
        attention=(
            Reason(
                where=Bucket.SHORT,
                code="no_seat",
                count=28,
                meaning="No seat of Office 365 E3 is free for them: 48 are needed, 20 are free.",
                todo="Buy 28 more seats of Office 365 E3 and plan again, or let the first 20 go with --allow-short.",
                examples=first,
            ),
        ),
    )


EXAMPLES = {"done": done, "partial": partial, "blocked": blocked}
