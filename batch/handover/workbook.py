"""packs.xlsx: the packs of a handover, to be ticked off and brought back.

Sheets: the packs at a glance, one sheet a pack, and what the file is. With very many packs there are several files.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from batch.core.handed import Cover, PackSheet
from batch.core.harmless import one_line
from batch.handover.commands import PACKS_IN_A_WORKBOOK, collect_command
from batch.handover.portal import words as words_of
from batch.handover.steps import way
from batch.handover.wording import Words, pieces, plain
from batch.handover.workbook_pack import Ticks, add_pack
from batch.handover.workbook_pen import GOOD, LINE, PALE, Pen, name_text

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

#: Pack, people, steps, what is ticked in the end, ticked so far.
_OVERVIEW = (14, 10, 24, 54, 14)
_ABOUT = (22, 90)


def write_workbooks(sheets: Sequence[PackSheet], cover: Cover, lang: str, folder: Path) -> tuple[Path, ...]:
    """Write packs.xlsx, or packs-1.xlsx, packs-2.xlsx … of 200 packs each; returns what was written, in order.

    The same packs give the same bytes. The folder has to be there and is best a staged one: what stands in it already
    is not replaced. Raises ``OSError`` when a file cannot be written, ``KeyError`` for a language that we do not have.
    """
    words = words_of(lang)
    parts = [sheets[at : at + PACKS_IN_A_WORKBOOK] for at in range(0, len(sheets), PACKS_IN_A_WORKBOOK)] or [sheets]
    written = []
    for number, part in enumerate(parts, start=1):
        path = folder / ("packs.xlsx" if len(parts) == 1 else f"packs-{number}.xlsx")
        with path.open("xb") as file:
            _Workbook(part, cover, words, (number, len(parts))).write(file)
        written.append(path)
    return tuple(written)


class _Workbook:
    """One file."""

    def __init__(self, packs: Sequence[PackSheet], cover: Cover, words: Words, part: tuple[int, int]) -> None:
        self.packs, self.cover, self.words, self.part = packs, cover, words, part

    def write(self, file: BinaryIO) -> None:
        """Write it whole; raises ``OSError``."""
        from xlsxwriter import Workbook
        from xlsxwriter.exceptions import FileCreateError

        book = Workbook(file, {"in_memory": True})
        self._fill(book)
        try:
            book.close()
        except FileCreateError as error:  # XlsxWriter's wrapping of an OSError
            raise OSError(*getattr(error.args[0], "args", error.args)) from error

    def _fill(self, book: Workbook) -> None:
        cover, words = self.cover, self.words
        # Also the time of the last change: the same packs are the same file.
        made = datetime.fromtimestamp(cover.made_at, UTC).replace(tzinfo=None)
        book.set_properties({"title": name_text(f"{words.packs} {cover.run}"), "created": made})
        pen = Pen(book, cover.run, cover.digest[:12])
        overview = book.add_worksheet(words.packs)
        places = []
        for pack in self.packs:
            sheet = book.add_worksheet(plain(words, words.pack_number, number=pack.number))
            places.append((sheet, add_pack(pen, sheet, pack, cover, words)))
        pen.turn_to(overview, _OVERVIEW, "#1A7F43")
        self._overview(pen, places)
        pen.turn_to(book.add_worksheet(words.about), _ABOUT, "#7D8896")
        self._about(pen)

    def _overview(self, pen: Pen, places: Sequence[tuple[Worksheet, Ticks]]) -> None:
        cover, words = self.cover, self.words
        pen.spread(name_text(words.title), pen.look(bold=True, font_size=16), least=26)
        run = f"{cover.title} · {cover.tenant} · {cover.run} · {words.handover} {cover.handover}"
        pen.spread(one_line(run), pen.look(font_color=PALE, text_wrap=True))
        if self.part[1] > 1:
            ends = {"first": self.packs[0].number, "last": self.packs[-1].number}
            part = plain(words, words.part, part=self.part[0], parts=self.part[1], **ends)
            pen.spread(part, pen.look(bold=True))
        pen.spread(plain(words, words.order), pen.look(text_wrap=True))
        pen.row += 1
        pen.heads([words.pack, words.people, words.steps, words.licences, words.done_so_far], right=(1, 4))
        pen.sheet.freeze_panes(pen.row, 0)
        first = pen.row
        for pack, (sheet, ticks) in zip(self.packs, places, strict=True):
            self._pack_line(pen, pack, sheet, ticks)
        self._totals(pen, first)

    def _pack_line(self, pen: Pen, pack: PackSheet, sheet: Worksheet, ticks: Ticks) -> None:
        words, listed = self.words, pen.look(text_wrap=True, bottom=1, bottom_color=LINE, indent=1)
        number = pen.look(num_format="#,##0", bottom=1, bottom_color=LINE)
        ticked = "\n".join(name_text(licence.name) for licence in pack.ticked) or words.nothing
        if pack.location:
            ticked += f"\n{words.location}: {pack.location}"
        row, name = pen.row, sheet.get_name()
        pen.line(["", len(pack.people), way(pack, words), ticked, 0], [listed, number, listed, listed, number])
        link = pen.look(bold=True, font_color="#2F6FC4", underline=1, bottom=1, bottom_color=LINE, indent=1)
        pen.sheet.write_url(row, 0, f"internal:'{name}'!A1", link, name)
        if pack.people:
            pen.sheet.write_formula(row, 4, _count(name, ticks, words.done), number, 0)

    def _totals(self, pen: Pen, first: int) -> None:
        bold = pen.look(bold=True, top=1, num_format="#,##0")
        total = sum(len(pack.people) for pack in self.packs)
        row = pen.row
        pen.line(["", total, "", "", 0], [bold] * 5)
        if row > first:
            pen.sheet.write_formula(row, 4, f"=SUM(E{first + 1}:E{row})", bold, 0)
            done = {"type": "cell", "criteria": "==", "value": f"$B{first + 1}", "format": pen.bare(bg_color=GOOD[0])}
            pen.sheet.conditional_format(first, 4, row, 4, done)

    def _about(self, pen: Pen) -> None:
        cover, words = self.cover, self.words
        pen.spread(words.about, pen.look(bold=True, font_size=16), least=26)
        pen.row += 1
        made = datetime.fromtimestamp(cover.made_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
        facts = [
            (words.run, cover.run),
            (words.move, cover.title),
            (words.organisation, cover.tenant),
            (words.handover, str(cover.handover)),
            (words.made, made),
            (words.digest, cover.digest),
        ]
        for label, value in facts:
            pen.said(label, name_text(value), pen.look(text_wrap=True))
        pen.row += 1
        for sentence in (words.how_to_tick, words.how_to_move_rows):
            pen.spread(plain(words, sentence), pen.look(text_wrap=True))
        command = collect_command(cover, words.file)
        for sentence in (words.how_back, words.how_proof):
            told = list(pieces(words, sentence, command=command, file=words.file))
            pen.spread(told, pen.look(text_wrap=True))


def _count(name: str, ticks: Ticks, done: str) -> str:
    """Counts what the list offers, an x, and days (numbers above 0)."""
    cells = f"'{name}'!$A${ticks.first + 1}:$A${ticks.last + 1}"
    return "=" + "+".join(f'COUNTIF({cells},"{meant}")' for meant in (done, "x", ">0"))
