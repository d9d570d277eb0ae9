"""Red flags raised in a conversation; one row a flag, updated as it is shown, repeated or denied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from intake.records.ids import new_id
from intake.records.models import RedFlagRow
from intake.records.scope import Scope


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A red flag as the contract's handoff lists it, and when the patient denied it again."""

    flag: str = field(repr=False)
    tier: str
    state: str
    evidence: tuple[Mapping[str, Any], ...] = field(repr=False)
    shown_at: datetime | None
    denied_at: datetime | None
    at: datetime


class RedFlags:
    """Record and read red flags."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def record(
        self,
        conversation_id: str,
        flag: str,
        *,
        tier: str,
        state: str = "reported",
        evidence: Sequence[Mapping[str, Any]] = (),
        shown_at: datetime | None = None,
        denied_at: datetime | None = None,
    ) -> RedFlag:
        """Record a flag, or add to it: the most urgent tier stays, evidence is appended, `reported` beats `unknown`."""
        self._scope.conversation(conversation_id, lock=True)
        for row in self._rows(conversation_id):
            content = self._content(row)
            if content["flag"] == flag:
                added = [dict(item) for item in evidence if dict(item) not in content["evidence"]]
                content["evidence"] += added
                row.sealed = self._seal(row, content)
                row.tier = min(row.tier, tier)
                row.state = "reported" if "reported" in (row.state, state) else state
                row.shown_at = row.shown_at or shown_at
                row.denied_at = denied_at
                self._scope.session.flush()
                return self._value(row)
        row = RedFlagRow(
            id=new_id("rf"),
            conversation_id=conversation_id,
            tier=tier,
            state=state,
            shown_at=shown_at,
            denied_at=denied_at,
            at=self._scope.clock(),
        )
        row.sealed = self._seal(row, {"flag": flag, "evidence": [dict(item) for item in evidence]})
        self._scope.session.add(row)
        self._scope.session.flush()
        return self._value(row)

    def list(self, conversation_id: str) -> Sequence[RedFlag]:
        """Return the flags of a conversation, the most urgent first."""
        return [self._value(row) for row in self._rows(conversation_id)]

    def _rows(self, conversation_id: str) -> Sequence[RedFlagRow]:
        query = (
            select(RedFlagRow)
            .where(RedFlagRow.conversation_id == conversation_id)
            .order_by(RedFlagRow.tier, RedFlagRow.at, RedFlagRow.id)
        )
        return self._scope.session.scalars(query).all()

    def _seal(self, row: RedFlagRow, content: Mapping[str, Any]) -> bytes:
        return self._scope.seal(row.conversation_id, content, f"red_flags/sealed/{row.id}")

    def _content(self, row: RedFlagRow) -> dict[str, Any]:
        content: dict[str, Any] = self._scope.open(row.conversation_id, row.sealed, f"red_flags/sealed/{row.id}")
        return content

    def _value(self, row: RedFlagRow) -> RedFlag:
        content = self._content(row)
        return RedFlag(
            content["flag"],
            row.tier,
            row.state,
            tuple(content["evidence"]),
            row.shown_at,
            row.denied_at,
            row.at,
        )
