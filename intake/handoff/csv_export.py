"""Handoffs as CSV for a spreadsheet, guarded against formulas in what patients wrote."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from clinic.protocol import protocol
from intake.handoff.booking import fully_screened
from intake.handoff.labels import answer_words, code_label

_HEAD = ("reference", "id", "created_at", "updated_at", "status", "reason", "urgency", "partial", "fully_screened")
_LISTS = ("red_flags", "precautions")
# What reception needs: contact, precautions, payer, booking (issue: roles with least rights).
_RECEPTION = ("contact.", "booking.", "for_whom", "age_band")
# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection), also after blanks.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def columns(role: str) -> list[str]:
    """The columns that a role may export: question ids between the handoff's own fields and its lists."""
    questions = [question.id for question in protocol().questions.values() if question.in_handoff]
    if role == "reception":
        questions = [question for question in questions if question.startswith(_RECEPTION)]
    return [*_HEAD, *questions, *_LISTS]


def csv_lines(handoffs: Iterable[Mapping[str, Any]], role: str) -> Iterator[str]:
    """Yield the header and one line for each handoff document. Every cell is quoted and guarded."""
    names = columns(role)
    yield _line(names)
    for handoff in handoffs:
        yield _line([guarded(_cell(handoff, name)) for name in names])


def guarded(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would run it as a formula."""
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_FORMULA) or text.startswith(("\t", "\r", "\n")) else text


def _cell(handoff: Mapping[str, Any], name: str) -> str:
    if name == "fully_screened":
        return "yes" if fully_screened(handoff) else "NO"
    if name == "red_flags":
        return "; ".join(f"{flag['tier']} {code_label(flag['id'])} ({flag['state']})" for flag in handoff[name])
    if name == "precautions":
        return "; ".join(_precaution(one) for one in handoff[name])
    if name in _HEAD:
        value = handoff[name]
        if isinstance(value, bool):
            return "yes" if value else "no"
        return "" if value is None else str(value)
    return answer_words(name, handoff["answers"].get(name))


def _precaution(one: Mapping[str, Any]) -> str:
    return f"{one['action']} {code_label(one['id'])}{f' ({detail})' if (detail := one.get('detail')) else ''}"


def _line(cells: Iterable[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerow(cells)
    return stream.getvalue()
