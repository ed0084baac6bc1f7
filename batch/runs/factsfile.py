"""A file of facts (TOML): what a person answered. Every answer is checked; a key that is not known is refused.

A misspelt key would otherwise be an answer that nobody sees.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from batch.core.errors import UsageError
from batch.core.facts import QUESTIONS, AnswerKind, Facts, Question

_MOST_BYTES = 1_000_000
#: Texts and dates in one list at most, and characters of one text.
_MOST, _LONGEST = 1000, 4000
_TODO = "Have one written to fill in: reassign route --example > facts.toml"


def read_facts(path: Path | None) -> Facts:
    """The answers in this file; all unknown without a file. Raises ``UsageError`` that names key and line."""
    if path is None:
        return Facts()
    text = _text(path)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}.", _TODO) from error
    questions = {question.name: question for question in QUESTIONS}
    found: dict[str, Any] = {}
    for name, value in document.items():
        if name not in questions:
            near = get_close_matches(name.casefold(), questions, n=1)
            meant = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(questions)}."
            _stop(path, text, name, f"{name} is not known", meant)
        answer = _answer(questions[name], value)
        if answer is None:
            wanted = _wanted(questions[name])
            _stop(path, text, name, f"{name} should be {wanted}, not {_shown(value)}", "Correct the file of facts.")
        found[name] = answer
    return Facts(source=path.name, **found)


def _text(path: Path) -> str:
    """The file's text; UTF-8 with or without a byte order mark."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(f"{path} is far too large for a file of facts.", _TODO)
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(f"There is no file of facts {path}.", _TODO) from error
    except OSError as error:
        raise UsageError(f"The file of facts {path} cannot be read: {error.strerror or error}.", _TODO) from error
    except ValueError as error:
        raise UsageError(f"{path} is not a text file in UTF-8.", _TODO) from error


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


def _stop(path: Path, text: str, key: str, what: str, todo: str) -> NoReturn:
    """Raise with the line of the key, when it stands in just one line."""
    at = re.compile(rf"\s*\[?\s*[\"']?{re.escape(key)}[\"']?\s*[\]=]")
    numbers = [number for number, line in enumerate(text.splitlines(), 1) if at.match(line)]
    line = f", line {numbers[0]}" if len(numbers) == 1 else ""
    raise UsageError(f"{path}{line}: {what}.", todo)


def _shown(value: object) -> str:
    shown = f"“{value}”" if isinstance(value, str) else str(value)
    return shown if len(shown) <= 60 else shown[:59] + "…"
