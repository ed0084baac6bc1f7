"""The printable pages of packs: a cover, then one A4 page a pack. One file, no network, no script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from batch.core.handed import Cover, PackSheet, Steps
from batch.core.harmless import one_line
from batch.handover.commands import PACKS_IN_A_WORKBOOK, collect_command
from batch.handover.paper import is_tight, sizes
from batch.handover.portal import words
from batch.handover.steps import LICENSES_PAGE_TAKES, Step, cut_name, steps, way
from batch.handover.wording import Piece, Words, pieces

#: Packs in one file of pages, as many as in its workbook, so that both have the same number. Browsers stay quick.
PACKS_IN_A_FILE = PACKS_IN_A_WORKBOOK
#: Packs in the table of the cover, so that it stays one page.
_COVER_ROWS = 40
_DIGITS = 12
#: Where French puts a blank before or after a mark, the line must not break.
_FRENCH = re.compile(r" (?=[:;?!»])|(?<=«) ")


def write_pages(sheets: Sequence[PackSheet], cover: Cover, lang: str, folder: Path) -> tuple[Path, ...]:
    """Write packs.html, or packs-1.html, packs-2.html, … of 200 packs each, into the folder; ``OSError`` if it can't.

    ``KeyError`` for a language that is not in ``portal.LANGUAGES``.
    """
    parts = [sheets[at : at + PACKS_IN_A_FILE] for at in range(0, len(sheets), PACKS_IN_A_FILE)]
    paths = []
    for number, part in enumerate(parts, 1):
        paths.append(folder / ("packs.html" if len(parts) == 1 else f"packs-{number}.html"))
        paths[-1].write_bytes(render(part, cover, lang, part=(number, len(parts))).encode())
    return tuple(paths)


def render(sheets: Sequence[PackSheet], cover: Cover, lang: str, *, part: tuple[int, int] = (1, 1)) -> str:
    """The pages of these packs as text: which of how many files they are in is ``part``. Outside text is escaped."""
    said = words(lang)
    return (
        _environment()
        .get_template("packs.html.j2")
        .render(
            w=said,
            cover=cover,
            say=lambda sentence, **values: _say(said, sentence, **values),
            part=part,
            colon=_unbroken(said, " :") if said.lang == "fr" else ":",
            made=datetime.fromtimestamp(cover.made_at, UTC).strftime("%Y-%m-%d %H:%M UTC"),
            digest=cover.digest[:_DIGITS],
            people=sum(len(sheet.people) for sheet in sheets),
            pages=len(sheets) + 1,
            books=_workbooks(sheets),
            collect=collect_command(cover, said.file),
            first=sheets[0],
            last=sheets[-1],
            rows=[(s, way(s, said), _in_the_end(s, said)) for s in sheets[:_COVER_ROWS]],
            packs=_packs(sheets, cover, said),
            limit=LICENSES_PAGE_TAKES,
        )
    )


def _packs(sheets: Sequence[PackSheet], cover: Cover, said: Words) -> Iterator[dict[str, object]]:
    """What the template wants to know of each pack; one at a time, since there may be many."""
    for page, sheet in enumerate(map(_shortened, sheets), 2):
        todo = steps(sheet, said)
        (book,) = _workbooks([sheet])
        yield {
            "page": page,
            "sheet": sheet,
            "way": way(sheet, said),
            "steps": [_step(said.lang, step) for step in todo],
            "type": sizes(sheet, todo, said, cover),
            "tight": is_tight(sheet),
            "given": {licence.name for licence in sheet.given} if sheet.steps is Steps.KEEP_AND_UNASSIGN else None,
            "book": book,
        }


def _shortened(sheet: PackSheet) -> PackSheet:
    return replace(sheet, people=tuple(p._replace(name=cut_name(p.name)) for p in sheet.people))


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("batch.handover", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Markup is ours; text from outside stays on one line and loses what HTML does not allow.
        finalize=lambda value: one_line(value) if type(value) is str else value,
    )


@lru_cache(maxsize=1024)  # most packs are done alike
def _step(lang: str, step: Step) -> Markup:
    return _markup(words(lang), step.told)


def _say(said: Words, sentence: str, **values: object) -> Markup:
    return _markup(said, pieces(said, sentence, **values))


def _markup(said: Words, told: Iterable[Piece]) -> Markup:
    """The pieces of a sentence, labels and values in bold."""
    return Markup("").join(
        Markup("<b>{}</b>").format(one_line(piece.text)) if piece.strong else _unbroken(said, piece.text)
        for piece in told
    )


def _unbroken(said: Words, text: str) -> Markup:
    return escape(_FRENCH.sub("\u00a0", text) if said.lang == "fr" else text)


def _in_the_end(sheet: PackSheet, said: Words) -> str:
    ticked = ", ".join(licence.name for licence in sheet.ticked) or said.nothing
    colon = " :" if said.lang == "fr" else ":"
    return f"{ticked} · {said.location}{colon} {sheet.location}" if sheet.location else ticked


def _workbooks(sheets: Sequence[PackSheet]) -> tuple[str, ...]:
    """The workbooks in which these packs stand."""
    if sheets[0].of <= PACKS_IN_A_WORKBOOK:
        return ("packs.xlsx",)
    first, last = ((sheet.number - 1) // PACKS_IN_A_WORKBOOK + 1 for sheet in (sheets[0], sheets[-1]))
    return tuple(f"packs-{number}.xlsx" for number in range(first, last + 1))
