"""Messages for tests: a plain one, and one in which everything that comes from outside is hostile."""

from __future__ import annotations

from dataclasses import replace

from batch.core.nights import Message, Need, Outcome

PLAIN = Message(
    id="3f2a9c0d3f2a9c0d3f2a9c0d3f2a9c0d",
    outcome=Outcome.NEEDS_YOU,
    job="finance",
    title="Finance, E4 to E3",
    night="2026-11-24",
    made_at=1_795_500_000.0,
    subject="Finance, E4 to E3: needs you, 100 of 152 moved",
    lines=("finance-1: 100 of 152 moved, 100 of them this night.", "Free seats: Office 365 E3 12."),
    needs=(Need(what="joiners.xlsx has 40 % fewer rows.", todo="Accept it: reassign job accept finance joiners.xlsx"),),
    counts=(("planned", 152), ("moved", 100), ("refused", 0), ("files", 2)),
    page="/data/nights/report.html",
)

_EVIL = (
    '<script>alert(1)</script>\r\nBcc: evil@x.example\n\n=HYPERLINK("http://x") <!channel> @everyone '
    "[click](http://evil.example) *bold* \u202egnp.exe \u2028 =?utf-8?q?=0d=0aBcc:_evil=40x.example?= 🧨 \ud83d \x1b[2J"
)
HOSTILE = replace(
    PLAIN,
    id="a.b\r\nX-Evil: 1",
    job="x\r\ny",
    title=_EVIL,
    subject=_EVIL + "A" * 10_000,
    lines=(_EVIL,) * 3,
    needs=(Need(what=_EVIL, todo=_EVIL),),
    page="/srv/<b>nights\r\n</b>.html",
)
HUGE = replace(
    HOSTILE,
    title=_EVIL * 100,
    lines=("🧨&<>" * 400,) * 500,
    needs=(Need(what="🧨&<>" * 400, todo="🧨&<>" * 400),) * 500,
    page="/srv/" + "nights/" * 100,
)
