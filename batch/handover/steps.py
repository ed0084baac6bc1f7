"""What a person does for one pack in the admin center, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from batch.core.handed import PackSheet, Steps
from batch.handover.wording import Piece, Words, pieces

#: The Licenses page gives and takes away for that many people at a time (article "Assign or unassign licenses for
#: users in the Microsoft 365 admin center").
LICENSES_PAGE_TAKES = 20
#: Directories have no longer names; sheets may.
_LONGEST_NAME = 256


class Step(NamedTuple):
    """One step."""

    #: Its sentences in pieces.
    told: tuple[Piece, ...]
    #: It is what people forget: somebody may be left with nothing, or nothing is given.
    stands_out: bool


def steps(sheet: PackSheet, words: Words) -> tuple[Step, ...]:
    """The numbered steps of this pack, on paper and in the workbook.

    New licences come before old ones go, or with them in one go.
    """
    made = list(_replacing(sheet, words) if sheet.steps is Steps.REPLACE else _keeping(sheet, words))
    return tuple(_step(words, sentences, sheet) for sentences in (*made, [words.look_last]))


def cut_name(name: str) -> str:
    """The name, cut where it is none: else it would hide the rest."""
    return name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "…"


def way(sheet: PackSheet, words: Words) -> str:
    """How the pack is done, in a few words."""
    if sheet.steps is Steps.REPLACE:
        return words.replace
    if sheet.given and sheet.gone:
        return words.keep
    return words.keep_give if sheet.given else words.keep_take


def _services_said(sheet: PackSheet, words: Words) -> str:
    """What to do about the services of what is ticked."""
    chosen = sheet.ticked if sheet.steps is Steps.REPLACE else sheet.given
    return words.switch_off if any(licence.off for licence in chosen) else words.leave_on


def _replacing(sheet: PackSheet, words: Words) -> Iterator[list[str]]:
    yield [words.look_replace]
    yield from _reaching(sheet, words)
    if sheet.ticked:
        yield [words.choose_replace]
        yield [words.tick_all, _services_said(sheet, words)]
    else:
        yield [words.choose_none]
    yield [words.save]


def _keeping(sheet: PackSheet, words: Words) -> Iterator[list[str]]:
    yield [words.look_keep if sheet.gone else words.look_give]
    if sheet.given:
        yield from _reaching(sheet, words)
        yield [words.choose_more]
        yield [words.tick_given, _services_said(sheet, words)]
        yield [words.save_kept]
        yield [words.look_given]
    elif sheet.location:
        yield [words.set_location]
    if sheet.gone:
        yield [
            words.take_away,
            *([words.each_product] if len(sheet.gone) > 1 else []),
            *([words.in_turns] if len(sheet.people) > LICENSES_PAGE_TAKES else []),
        ]


def _reaching(sheet: PackSheet, words: Words) -> Iterator[list[str]]:
    if sheet.location:
        yield [words.set_location]
    yield [words.select]
    yield [words.open_pane]


def _step(words: Words, sentences: Sequence[str], sheet: PackSheet) -> Step:
    told = pieces(
        words,
        " ".join(sentences),
        people=len(sheet.people),
        value=sheet.location,
        given=", ".join(cut_name(licence.name) for licence in sheet.given),
        gone=", ".join(map(cut_name, sheet.gone)),
        limit=LICENSES_PAGE_TAKES,
    )
    return Step(tuple(told), sentences[0] in (words.set_location, words.look_given))
