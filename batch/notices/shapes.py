"""A message as JSON, in the shape that its receiver reads: our own, a Teams workflow's, or Slack's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from batch.core.nights import Message, Need, Outcome
from batch.notices.wording import counted, made, short

#: Microsoft says about 28 KB, and counts more than our bytes; others saw it refuse 22 KB.
TEAMS_MOST = 20_000
#: Slack's limits: characters of a header, characters of a text, blocks of a message.
SLACK_HEADER, SLACK_TEXT, SLACK_BLOCKS = 150, 3000, 50

_TEAMS_COLOURS = {
    Outcome.NOTHING: "Default",
    Outcome.DONE: "Good",
    Outcome.PART: "Warning",
    Outcome.NEEDS_YOU: "Warning",
    Outcome.FAILED: "Attention",
}
_SLACK_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

_Value = dict[str, Any]


def body(said: Message, shape: str) -> bytes:
    """The body for this shape (``json``, ``teams`` or ``slack``), in ASCII: the same bytes for the same message.

    ``said`` is a message made ``harmless``.
    """
    return _bytes(_SHAPES[shape](said))


def _json(said: Message) -> _Value:
    """Our own, version 1. Further members may be added to it; none is taken away or changes its meaning."""
    return {
        "schema": 1,
        # What the Standard Webhooks specification recommends for every event.
        "type": "reassign.night",
        "timestamp": made(said),
        "id": said.id,
        "outcome": said.outcome.value,
        "job": said.job,
        "title": said.title,
        "night": said.night,
        "subject": said.subject,
        "lines": list(said.lines),
        "needs": [{"what": need.what, "todo": need.todo} for need in said.needs],
        "counts": dict(said.counts),
        "page": said.page,
        "reports": list(said.reports),
    }


def _teams(said: Message) -> _Value:
    """What the trigger "When a Teams webhook request is received" posts: one Adaptive Card."""
    card: _Value = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": said.subject,
        "msteams": {"width": "Full"},
        "body": [
            _run(said.subject, size="Large", weight="Bolder", color=_TEAMS_COLOURS[said.outcome]),
            _run(f"Job {said.title} ({said.job}), night of {said.night}", isSubtle=True),
        ],
    }
    counts = [{"title": label, "value": f"{number:,}"} for label, number in counted(said)]
    last = [{"type": "FactSet", "facts": counts}] * bool(counts)
    last += [_run(f"The whole night: {said.page}", isSubtle=True)] * bool(said.page)
    more = _run("There is more: see the page.", isSubtle=True)
    room = TEAMS_MOST - len(_bytes(_posted(card))) - len(_bytes([*last, more]))
    for block in (*map(_need, said.needs), *map(_run, said.lines)):
        room -= len(_bytes(block)) + 2
        if room < 0:
            card["body"].append(more)
            break
        card["body"].append(block)
    card["body"].extend(last)
    return _posted(card)


def _posted(card: _Value) -> _Value:
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _run(text: str, **style: object) -> _Value:
    """Text that is shown as it is: the text of a TextBlock would be read as Markdown, that of a TextRun is not."""
    return _block({"type": "TextRun", "text": text, **style})


def _need(need: Need) -> _Value:
    return _block(
        {"type": "TextRun", "text": need.what, "weight": "Bolder"}, {"type": "TextRun", "text": f" {need.todo}"}
    )


def _block(*runs: _Value) -> _Value:
    return {"type": "RichTextBlock", "spacing": "Small", "inlines": list(runs)}


def _slack(said: Message) -> _Value:
    """What an incoming webhook posts; ``text`` is what a notification shows."""
    blocks: list[_Value] = [
        {"type": "header", "text": {"type": "plain_text", "text": short(said.subject, SLACK_HEADER), "emoji": False}}
    ]
    if said.needs:
        blocks += _sections("*What needs you*", (_slack_need(n, need) for n, need in enumerate(said.needs, 1)))
    blocks += _sections("", (_slack_text(line, SLACK_TEXT // 2) for line in said.lines))
    counts = " · ".join(f"{label}: {number:,}" for label, number in counted(said))
    if counts:
        blocks += _sections("", [counts])
    foot = [
        f"Job {said.title} ({said.job}), night of {said.night}",
        *[f"The whole night: {said.page}"][: bool(said.page)],
    ]
    context = {"type": "context", "elements": [_mrkdwn(_slack_text(text, SLACK_TEXT)) for text in foot]}
    return {"text": _slack_text(said.subject, SLACK_TEXT), "blocks": [*blocks[: SLACK_BLOCKS - 1], context]}


def _slack_need(number: int, need: Need) -> str:
    todo = f"\n{_slack_text(need.todo, SLACK_TEXT // 3)}" if need.todo else ""
    return f"{number}. {_slack_text(need.what, SLACK_TEXT // 3)}{todo}"


def _sections(title: str, parts: Iterable[str]) -> Iterator[_Value]:
    """The parts, each on a line of its own, in as few sections as hold them."""
    held = title
    for part in parts:
        if held and len(held) + 1 + len(part) > SLACK_TEXT:
            yield {"type": "section", "text": _mrkdwn(held)}
            held = ""
        held += f"\n{part}" if held else part
    if held:
        yield {"type": "section", "text": _mrkdwn(held)}


def _mrkdwn(text: str) -> _Value:
    # Verbatim: no channel, no person and no address in it is made into a link or a call.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _slack_text(text: str, most: int) -> str:
    """The text escaped as Slack asks for (&, < and >), of at most so many characters after it."""
    room = most - 1
    parts: list[str] = []
    for letter in text:
        piece = _SLACK_ESCAPES.get(letter, letter)
        room -= len(piece)
        if room < 0:
            return "".join(parts) + "…"
        parts.append(piece)
    return "".join(parts)


def _bytes(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")


_SHAPES: dict[str, Callable[[Message], _Value]] = {"json": _json, "teams": _teams, "slack": _slack}
