"""A file of facts (TOML): what a person answered. Every answer is checked; a key that is not known is refused.

A misspelt key would otherwise be an answer that nobody sees.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from batch.core.facts import QUESTIONS, AnswerKind, Facts, Question
from batch.runs.written import Written, shown

#: Texts and dates in one list at most, and characters of one text.
_MOST, _LONGEST = 1000, 4000
_REMEDY = "Have one written to fill in: reassign route --example > facts.toml"


def read_facts(path: Path | None) -> Facts:
    """The answers in this file; all unknown without a file. Raises ``UsageError`` that names key and line."""
    if path is None:
        return Facts()
    written = Written.read(path, "file of facts", missing=_REMEDY, broken=_REMEDY)
    questions = {question.name: question for question in QUESTIONS}
    found: dict[str, Any] = {}
    for name, value in written.document.items():
        if name not in questions:
            written.unknown(name, name, questions)
        answer = _answer(questions[name], value)
        if answer is None:
            written.stop(name, f"{name} should be {_wanted(questions[name])}, not {shown(value)}")
        found[name] = answer
    return Facts(source=path.name, **found)


def _answer(question: Question, value: Any) -> Any:
    """The answer as it is kept, or None when it is no answer to this question."""
    match question.kind:
        case AnswerKind.YES_NO:
            return value if isinstance(value, bool) else None
        case AnswerKind.CHOICE:
            words = {word.casefold(): word for word in question.choices}
            return words.get(value.strip().casefold()) if isinstance(value, str) else None
        case AnswerKind.TEXT:
            return _words(value)
        case AnswerKind.NUMBER:
            return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
        case AnswerKind.DATE:
            return _day(value)
        case AnswerKind.TEXTS:
            return _all(value, _words)
        case AnswerKind.DATES:
            return _all(value, _day)


def _words(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST else None


def _day(value: Any) -> date | None:
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _all(value: Any, read: Any) -> tuple[Any, ...] | None:
    if not isinstance(value, list) or len(value) > _MOST:
        return None
    answers = tuple(map(read, value))
    return None if None in answers else answers


def _wanted(question: Question) -> str:
    return f"one of {', '.join(question.choices)}" if question.kind is AnswerKind.CHOICE else question.kind.value
