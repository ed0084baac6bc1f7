"""The sheet of one pack: what to do, and the table in which people are ticked off."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from batch.core.handed import Cover, Licence, PackSheet, Steps, ref
from batch.core.harmless import one_line
from batch.handover.steps import LICENSES_PAGE_TAKES, steps
from batch.handover.tick_words import REF_HEAD
from batch.handover.wording import Piece, Words, pieces, plain
from batch.handover.workbook_pen import BAD, GOOD, LINE, PALE, WARN, Pen, name_text

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

#: Ticks, display name, Ref (hidden), user name, remark. The Ref is amid the others, so that whoever sorts what is to be
#: seen sorts it along.
_WIDTHS = (14, 32, 0, 46, 23)
_REF_COLUMN = 2


class Ticks(NamedTuple):
    """Where the ticks of a pack are: rows as XlsxWriter counts them, from 0; always column A."""

    first: int
    last: int


def add_pack(pen: Pen, sheet: Worksheet, pack: PackSheet, cover: Cover, words: Words) -> Ticks:
    """Write the sheet, and say where its ticks are."""
    pen.turn_to(sheet, _WIDTHS, "#2F6FC4")
    title = plain(words, words.pack_of, number=pack.number, of=pack.of)
    pen.spread(f"{title} · {words.people}: {len(pack.people)}", pen.look(bold=True, font_size=16), least=26)
    run = f"{cover.title} · {cover.tenant} · {cover.run} · {words.handover} {cover.handover}"
    pen.spread(one_line(run), pen.look(font_color=PALE, text_wrap=True))
    pen.row += 1
    _what_to_do(pen, pack, words)
    pen.row += 1
    _signed(pen, cover, words)
    pen.row += 1
    return _people(pen, pack, cover, words)


def _what_to_do(pen: Pen, pack: PackSheet, words: Words) -> None:
    wrapped = pen.look(text_wrap=True)
    for number, step in enumerate(steps(pack, words), start=1):
        told = [
            Piece(f"{number}. "),
            *(Piece(one_line(text), True) if strong else Piece(text) for text, strong in step.told),
        ]
        look = pen.tinted(WARN, text_wrap=True) if step.stands_out else wrapped
        pen.said(words.steps if number == 1 else "", told, look)
    if len(pack.people) > LICENSES_PAGE_TAKES:
        many = list(pieces(words, words.many, people=len(pack.people), limit=LICENSES_PAGE_TAKES))
        pen.said("", many, pen.tinted(WARN, text_wrap=True))
    pen.row += 1
    ticked = [_licence(licence, pack, words) for licence in pack.ticked] or [words.nothing]
    for number, text in enumerate(ticked):
        pen.said("" if number else words.tick, text, pen.tinted(GOOD, text_wrap=True, bold=True))
    pen.said(words.do_not_tick, _list(pack.gone) or words.nothing, pen.tinted(BAD, text_wrap=True, bold=True))
    if pack.inherited:
        pen.said(words.through_groups, _list(pack.inherited), wrapped)


def _licence(licence: Licence, pack: PackSheet, words: Words) -> str:
    """ "Office 365 E3 (new)", and what to switch off of it."""
    text = name_text(licence.name)
    if pack.steps is Steps.KEEP_AND_UNASSIGN:
        text += f" ({words.new if licence in pack.given else words.stays})"
    return f"{text}\n{plain(words, words.off, services=_list(licence.off))}" if licence.off else text


def _list(names: Iterable[str]) -> str:
    return ", ".join(map(name_text, names))


def _signed(pen: Pen, cover: Cover, words: Words) -> None:
    """Who did it and when; the digest stands hidden beside it, so that each sheet says by itself where it belongs."""
    label, box = pen.look(bold=True, font_color=PALE), pen.look(bottom=1)
    pen.line(
        [words.done_by, "", cover.digest, words.date, ""],
        [label, box, pen.look(), pen.look(bold=True, font_color=PALE, align="right", indent=1), box],
        least=22,
    )


def _people(pen: Pen, pack: PackSheet, cover: Cover, words: Words) -> Ticks:
    pen.spread(plain(words, words.how_to_tick), pen.look(italic=True, text_wrap=True))
    head = pen.row
    pen.heads([words.done_heading, words.name, REF_HEAD, words.user_name, words.remark])
    first = pen.row
    listed = pen.look(text_wrap=True, bottom=1, bottom_color=LINE, valign="vcenter", indent=1)
    box = pen.look(border=1, border_color="#7D8896", align="center", valign="vcenter")
    looks = [box, listed, pen.look(), listed, listed]
    for member in pack.people:
        known_by = ref(cover.digest, member.change, member.user_id)
        pen.line(["", name_text(member.name), known_by, name_text(member.upn), ""], looks, least=20)
    ticks = Ticks(first, pen.row - 1)
    if pack.people:
        pen.sheet.autofilter(head, 0, ticks.last, pen.last)
        _choices(pen, ticks, words)
    return ticks


def _choices(pen: Pen, ticks: Ticks, words: Words) -> None:
    """What the list under a tick box offers. Anything else may be written too: x, a check mark, the date."""
    offered = {"validate": "list", "source": [words.done, words.not_done], "show_error": False}
    pen.sheet.data_validation(ticks.first, 0, ticks.last, 0, offered)
