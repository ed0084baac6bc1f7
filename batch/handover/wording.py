"""What has to be said in every language: the portal's own labels, and our sentences around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter
from typing import NamedTuple


class Piece(NamedTuple):
    """A part of a sentence as it is shown."""

    text: str
    #: Whether it is the portal's own word, or a value: set off from the sentence around it.
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What stands in the admin center. A label that we have not seen in that language has the English one beside it."""

    users: str
    manage: str
    more: str
    #: The whole choice (articles of 2020 and 2021), and the word with which it begins today.
    replace: str
    replace_now: str
    #: The choice that keeps what people have: today's, and the one of 2020 and 2021.
    assign_more: str
    assign_before: str
    unassign_all: str
    next: str
    apps: str
    save: str
    licenses: str
    unassign_licenses: str
    unassign: str
    user_apps: str
    location: str
    export: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language. Texts with placeholders in braces are for ``pieces`` or ``plain``; labels fill themselves in."""

    lang: str
    labels: Labels

    # Headings and short words, for pages and workbook.
    packs: str
    pack: str
    #: {number}; {number} {of}
    pack_number: str
    pack_of: str
    people: str
    name: str
    user_name: str
    done_heading: str
    done: str
    not_done: str
    #: "{done} of {people}" on the overview of the workbook.
    done_so_far: str
    remark: str
    done_by: str
    date: str
    signature: str
    steps: str
    replace: str
    keep: str
    #: The same where there is nothing to take away, and nothing to give.
    keep_give: str
    keep_take: str
    licences: str
    location: str
    about: str
    move: str
    run: str
    handover: str
    organisation: str
    made: str
    #: In a command, for where a file was saved.
    file: str
    digest: str
    #: {page} {pages}
    page_of: str

    # The boxes of a pack.
    tick: str
    stays: str
    #: Beside what people lose of their own and keep through a group.
    greyed: str
    new: str
    #: {services}
    off: str
    do_not_tick: str
    through_groups: str
    nothing: str
    copy: str
    tick_off: str

    # The steps of a pack.
    look_replace: str
    #: {gone}
    look_keep: str
    look_give: str
    #: {value}
    set_location: str
    #: {people}
    select: str
    open_pane: str
    choose_replace: str
    choose_more: str
    choose_none: str
    tick_all: str
    #: {given}
    tick_given: str
    switch_off: str
    leave_on: str
    save: str
    save_kept: str
    #: {given}
    look_given: str
    #: {gone}
    take_away: str
    each_product: str
    #: {limit}
    in_turns: str
    look_last: str

    # Notes on a pack.
    in_order: str
    #: {people} {limit}
    many: str
    #: {workbook} {command} {file}
    back: str

    # The cover.
    title: str
    #: {part} {parts} {first} {last}
    part: str
    what: str
    order: str
    how: str
    #: Numbered. {workbook}
    how_work: str
    how_sign: str
    #: {command} {file}
    how_back: str
    how_proof: str
    never: str
    never_others: str
    never_mix: str
    never_groups: str
    never_guess: str
    look: str
    #: {shown} {packs}
    first_packs: str

    # The workbook.
    how_to_tick: str
    how_to_move_rows: str


def pieces(words: Words, sentence: str, **values: object) -> Iterator[Piece]:
    """The sentence in pieces, its placeholders filled with the portal's labels and with ``values``.

    Values are text from outside: they come out as they are, each as a piece of its own. ``AttributeError`` for a
    placeholder that nobody fills.
    """
    for text, name, _, _ in Formatter().parse(sentence):
        if text:
            yield Piece(text)
        if name is not None:
            yield Piece(str(values[name] if name in values else getattr(words.labels, name)), strong=True)


def plain(words: Words, sentence: str, **values: object) -> str:
    """The sentence as plain text."""
    return "".join(piece.text for piece in pieces(words, sentence, **values))
