from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from batch.core.nights import Outcome
from batch.notices.shapes import body
from batch.notices.wording import harmless
from tests.notices.messages import HOSTILE, HUGE, PLAIN

ALL = pytest.mark.parametrize("message", [PLAIN, HOSTILE, HUGE], ids=["plain", "hostile", "huge"])


def shaped(message, shape):
    said = body(harmless(message), shape)
    assert said == body(harmless(message), shape)
    assert said.isascii()
    return json.loads(said)


def test_our_own_shape_is_as_documented():
    assert shaped(replace(PLAIN, reports=("/data/nights/runs/finance-1/report.xlsx",)), "json") == {
        "schema": 1,
        "type": "reassign.night",
        "timestamp": "2026-11-24T06:00:00Z",
        "id": PLAIN.id,
        "outcome": "needs_you",
        "job": "finance",
        "title": PLAIN.title,
        "night": "2026-11-24",
        "subject": PLAIN.subject,
        "lines": list(PLAIN.lines),
        "needs": [{"what": PLAIN.needs[0].what, "todo": PLAIN.needs[0].todo}],
        "counts": {"planned": 152, "moved": 100, "refused": 0, "files": 2},
        "page": "/data/nights/report.html",
        "reports": ["/data/nights/runs/finance-1/report.xlsx"],
    }


@ALL
def test_a_card_for_teams(message):
    value = shaped(message, "teams")
    assert len(body(harmless(message), "teams")) < 21_000
    assert value["type"] == "message"
    (attachment,) = value["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    # No mention, no link, no button; and a TextRun is never read as Markdown (Microsoft: "Markdown is not supported").
    assert set(card) == {"$schema", "type", "version", "fallbackText", "msteams", "body"}
    assert card["msteams"] == {"width": "Full"}
    for block in card["body"]:
        assert block["type"] in ("RichTextBlock", "FactSet")
        for run in block.get("inlines", ()):
            assert run["type"] == "TextRun"
            assert run["text"]
            assert run["text"].isprintable()
    assert {fact["value"] for fact in card["body"][-2]["facts"]} == {"152", "100", "2"}
    told = "".join(run["text"] for block in card["body"] for run in block.get("inlines", ()))
    assert harmless(message).page in told
    assert ("There is more" in told) is (message is HUGE)


@ALL
def test_blocks_for_slack(message):
    value = shaped(message, "slack")
    assert set(value) == {"text", "blocks"}
    assert len(value["blocks"]) <= 50
    header, *middle, context = value["blocks"]
    assert header["type"] == "header"
    assert header["text"]["type"] == "plain_text"
    assert 1 <= len(header["text"]["text"]) <= 150
    assert context["type"] == "context"
    texts = list(context["elements"])
    for block in middle:
        assert block["type"] == "section"
        texts.append(block["text"])
    for text in texts:
        assert text["type"] == "mrkdwn"
        assert text["verbatim"]
        assert 1 <= len(text["text"]) <= 3000
    for text in [value["text"], *(text["text"] for text in texts)]:
        assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", text)


def test_slack_is_told_everything_that_fits():
    said = json.dumps(shaped(PLAIN, "slack"), ensure_ascii=False)
    needed = (PLAIN.needs[0].what, PLAIN.needs[0].todo, *PLAIN.lines, PLAIN.page, "Planned: 152", PLAIN.title)
    for words in needed:
        assert words in said


@pytest.mark.parametrize("shape", ["json", "teams", "slack"])
@pytest.mark.parametrize("outcome", Outcome)
def test_a_bare_message_has_no_empty_parts(shape, outcome):
    bare = replace(PLAIN, outcome=outcome, lines=(), needs=(), counts=(), page="", title="", subject="")
    value = shaped(bare, shape)
    if shape != "json":
        assert '""' not in json.dumps(value)
