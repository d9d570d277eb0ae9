"""Consents: every answer to the notice, with its version, channel and time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from intake.records.ids import new_id
from intake.records.models import ConsentRow
from intake.records.scope import Scope


@dataclass(frozen=True, slots=True)
class Consent:
    """One answer to the notice: `yes`, `no` or `withdrawn`, by `patient`, `carer` or `staff`."""

    answer: str
    notice_version: str
    channel: str
    by: str
    at: datetime


class Consents:
    """Record and read consents."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def record(self, conversation_id: str, answer: str, *, notice_version: str, channel: str, by: str = "patient") -> Consent:
        """Record an answer and set the conversation's `consent`, `consent_version` and `consent_at`.

        It erases nothing: on `no` the gate calls `tx.erasure.refuse_consent`.
        """
        conversation = self._scope.conversation(conversation_id, lock=True)
        now = self._scope.clock()
        conversation.consent = "yes" if answer == "yes" else "no"
        conversation.consent_version = notice_version
        conversation.consent_at = now
        self._scope.session.add(
            ConsentRow(
                id=new_id("co"),
                conversation_id=conversation_id,
                answer=answer,
                notice_version=notice_version,
                channel=channel,
                by=by,
                at=now,
            )
        )
        self._scope.session.flush()
        return Consent(answer, notice_version, channel, by, now)

    def list(self, conversation_id: str) -> Sequence[Consent]:
        """Return all answers to the notice, the oldest first."""
        query = select(ConsentRow).where(ConsentRow.conversation_id == conversation_id).order_by(ConsentRow.at)
        return [
            Consent(row.answer, row.notice_version, row.channel, row.by, row.at) for row in self._scope.session.scalars(query)
        ]
