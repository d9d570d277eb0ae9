"""Answers: append-only; the newest row of a question counts, the earlier ones are its `previous`."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from intake.records.ids import new_id
from intake.records.models import AnswerRow
from intake.records.scope import Scope

CONTACTS = ("contact.phone", "contact.email")


class Answers:
    """Append and read the answers of conversations, as plain JSON in the contract's shape."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def append(
        self, conversation_id: str, answers: Mapping[str, Mapping[str, Any]], *, after: int | None = None
    ) -> None:
        """Append one new row for each question id; a `previous` in the given answer is left out (the rows are it).

        `after`: how many rows there are, when the caller has read them in this turn; else they are counted.
        """
        conversation = self._scope.conversation(conversation_id, lock=True)
        last = select(func.max(AnswerRow.seq)).where(AnswerRow.conversation_id == conversation_id)
        next_seq = (after if after is not None else self._scope.session.scalar(last) or 0) + 1
        for seq, (question, answer) in enumerate(answers.items(), next_seq):
            row_id = new_id("an")
            content = {name: value for name, value in answer.items() if name != "previous"}
            self._scope.session.add(
                AnswerRow(
                    id=row_id,
                    conversation_id=conversation_id,
                    question=question,
                    seq=seq,
                    message_id=answer.get("message_id"),
                    sealed=self._scope.seal(conversation_id, content, f"answers/sealed/{row_id}"),
                    at=self._scope.clock(),
                )
            )
            if question in CONTACTS and answer.get("value"):
                conversation.has_contact = True

    def current(self, conversation_id: str) -> dict[str, dict[str, Any]]:
        """Return {question id: answer} with `previous` filled, oldest first, questions in order of first answer."""
        query = select(AnswerRow).where(AnswerRow.conversation_id == conversation_id).order_by(AnswerRow.seq)
        history: dict[str, list[dict[str, Any]]] = {}
        for row in self._scope.session.scalars(query):
            opened = self._scope.open(conversation_id, row.sealed, f"answers/sealed/{row.id}")
            history.setdefault(row.question, []).append(opened)
        return {question: {**rows[-1], "previous": rows[:-1]} for question, rows in history.items()}


def with_appended(
    current: Mapping[str, Mapping[str, Any]], answers: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """What `current` returns after these answers were appended, without reading again; only the changed questions."""
    changed = {}
    for question, answer in answers.items():
        content = json.loads(json.dumps({name: value for name, value in answer.items() if name != "previous"}))
        before = current.get(question)
        earlier = [*before["previous"], {k: v for k, v in before.items() if k != "previous"}] if before else []
        changed[question] = {**content, "previous": earlier}
    return changed
