"""How people tick, in five languages: the headings of a pack's table, and what stands under them when it comes back.

People choose from a list, write x, a check mark, a word or the day on which they did it; programs turn what they chose
into TRUE, WAAR or 1. What is none of these is not guessed at.
"""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from functools import lru_cache

from batch.handover.portal import LANGUAGES, words


class Tick(Enum):
    """What a cell under the heading of the ticks says."""

    DONE = "done"
    NOT_DONE = "not done"
    #: Nothing stands there.
    EMPTY = "empty"
    UNCLEAR = "unclear"


#: The heading over what a person's row is known by, in every language.
REF_HEAD = "Ref"

#: Longer cells under the heading of the ticks are remarks that went astray.
_LONGEST = 60
_SIGNS = {
    **dict.fromkeys("✓✔☑✅🗸🗹√", Tick.DONE),
    **dict.fromkeys(("☐", "-", "–", "—"), Tick.NOT_DONE),
}
_DONE = """
x, v, 1, ok, oke, okay, true, waar, wahr, vrai, verdadero, yes, y, ja, j, oui, si,
done, gedaan, klaar, erledigt, fertig, fait, hecho, listo
"""
_NOT_DONE = """
0, no, n, nee, nein, non, false, onwaar, falsch, faux, falso, open, offen, not done, not yet, niet gedaan, nog niet,
nicht erledigt, noch nicht, pas fait, non fait, pas encore, no hecho, sin hacer, aun no
"""
_WORDS = {
    **dict.fromkeys(map(str.strip, _DONE.split(",")), Tick.DONE),
    **dict.fromkeys(map(str.strip, _NOT_DONE.split(",")), Tick.NOT_DONE),
}
#: Small words between a tick and its day.
_BETWEEN = {"on", "at", "op", "om", "am", "um", "le", "el", "a"}
_MONTHS = """
jan january januari januar janvier ene enero feb february februari februar fev fevr fevrier febrero
mar march mrt maart marz mars marzo apr april avr avril abr abril may mei mai mayo jun june juni juin junio
jul july juli juil juillet julio aug august augustus aou aout ago agosto sep sept september septembre septiembre
oct october okt oktober octobre octubre nov november novembre noviembre
dec december dez dezember decembre dic diciembre
"""
_MONTH = rf"(?:{'|'.join(sorted(_MONTHS.split(), key=len, reverse=True))})\b\.?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_WHEN = re.compile(
    rf"\b(?:\d{{4}}-[01]?\d-{_DAY}"
    rf"|{_DAY}[-/.]{_DAY}[-/.](?:\d{{4}}|\d\d)|{_DAY}[-/]{_DAY}|{_DAY}\.{_DAY}\."
    rf"|{_DAY}(?:st|nd|rd|th|er|\.)?[ -]?(?:de )?{_MONTH}(?:[ -](?:de )?(?:\d{{4}}|\d\d))?"
    rf"|{_MONTH} {_DAY}(?:st|nd|rd|th)?(?:,? \d{{4}})?)(?!\w)"
)
_TIME = re.compile(
    r"\b[0-2]?\d(?:[:h][0-5]\d(?::[0-5]\d)?(?: ?[ap]\.?m\b\.?| ?(?:uhr|uur|utc)\b)?|\.[0-5]\d ?(?:uhr|uur)\b)"
)


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """The text without accents, capitals and punctuation: words with one blank between them."""
    return " ".join(re.findall(r"[^\W_]+", _plain_letters(text)))


def _plain_letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


@lru_cache(maxsize=4096)  # the same few words in every row
def tick(cell: str) -> Tick:
    """What somebody meant by this cell."""
    cell = cell.strip().rstrip("\ufe0e\ufe0f")  # a check mark may be followed by which of its pictures to show
    if not cell:
        return Tick.EMPTY
    if cell in _SIGNS:
        return _SIGNS[cell]
    if len(cell) > _LONGEST:
        return Tick.UNCLEAR
    rest, days = _WHEN.subn(" ", _TIME.sub(" ", _plain_letters(cell)))
    if not days:
        return _WORDS.get(folded(cell), Tick.UNCLEAR)
    rest = " ".join(word for word in folded(rest).split() if word not in _BETWEEN)
    return _WORDS.get(rest, Tick.UNCLEAR) if rest else Tick.DONE


#: Headings as ``folded`` leaves them, in every language.
TICK_HEADS = frozenset(folded(words(lang).done_heading) for lang in LANGUAGES)
USER_HEADS = frozenset(folded(words(lang).user_name) for lang in LANGUAGES)
REMARK_HEADS = frozenset(folded(words(lang).remark) for lang in LANGUAGES)
OTHER_HEADS = USER_HEADS | REMARK_HEADS | {folded(words(lang).name) for lang in LANGUAGES} | {folded(REF_HEAD)}
#: No heading is longer.
LONGEST_HEAD = 40
