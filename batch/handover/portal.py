"""The languages in which packs are written."""

from __future__ import annotations

from batch.handover.portal_de import GERMAN
from batch.handover.portal_en import ENGLISH
from batch.handover.portal_es import SPANISH
from batch.handover.portal_fr import FRENCH
from batch.handover.portal_nl import DUTCH
from batch.handover.wording import Words

_WORDS: dict[str, Words] = {w.lang: w for w in (ENGLISH, DUTCH, GERMAN, FRENCH, SPANISH)}

#: What ``--lang`` takes.
LANGUAGES = tuple(_WORDS)


def words(lang: str) -> Words:
    """What pages and workbook say in this language; ``KeyError`` for one that is not in ``LANGUAGES``."""
    return _WORDS[lang]
