"""The audit: who did which named action to what, when. Append-only in the store and by triggers in the database."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from intake.records.models import AuditEntryRow
from intake.records.scope import Scope

# An action is `subject.verb`; an id or a detail is a code. Nothing that fits can hold a sentence or an address.
_ACTION = re.compile(r"[a-z_]+(\.[a-z_]+)+")
_CODE = re.compile(r"[A-Za-z0-9_.:/+-]{0,80}")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: kind `staff`, `api_key`, `patient`, `system`; id opaque or None."""

    kind: str
    id: str | None = None


SYSTEM = Actor("system")
PATIENT = Actor("patient")


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry of the audit."""

    id: int
    at: datetime
    action: str
    actor: Actor
    subject_kind: str | None
    subject_id: str | None
    detail: Mapping[str, str | int | bool | None]


class Audit:
    """Append to and read the audit."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def record(
        self,
        action: str,
        actor: Actor,
        subject_kind: str | None = None,
        subject_id: str | None = None,
        **detail: str | int | bool | None,
    ) -> None:
        """Append an entry such as `handoff.read`. Raises ValueError for anything that is not a code or an id."""
        if not _ACTION.fullmatch(action):
            raise ValueError("an audit action is written subject.verb")
        texts = [actor.id, subject_id, subject_kind, *(v for v in detail.values() if isinstance(v, str))]
        if any(text is not None and not _CODE.fullmatch(text) for text in texts):
            raise ValueError(f"the audit of {action} takes ids and codes only")
        self._scope.session.add(
            AuditEntryRow(
                at=self._scope.clock(),
                action=action,
                actor_kind=actor.kind,
                actor_id=actor.id,
                subject_kind=subject_kind,
                subject_id=subject_id,
                detail=dict(detail) or None,
            )
        )

    def list(
        self,
        *,
        action: str | None = None,
        actor_id: str | None = None,
        subject_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[AuditEntry]:
        """Return entries, the newest first; `before` is the id of the last one shown. `action` may end in `.`: a prefix."""
        query = select(AuditEntryRow).order_by(AuditEntryRow.id.desc()).limit(limit)
        if action is not None:
            matches = AuditEntryRow.action.startswith(action) if action.endswith(".") else AuditEntryRow.action == action
            query = query.where(matches)
        if actor_id is not None:
            query = query.where(AuditEntryRow.actor_id == actor_id)
        if subject_id is not None:
            query = query.where(AuditEntryRow.subject_id == subject_id)
        if since is not None:
            query = query.where(AuditEntryRow.at >= since)
        if until is not None:
            query = query.where(AuditEntryRow.at < until)
        if before is not None:
            query = query.where(AuditEntryRow.id < before)
        return [_value(row) for row in self._scope.session.scalars(query)]

    def csv(self, *, since: datetime | None = None, until: datetime | None = None) -> Iterator[str]:
        """Yield the audit as CSV lines, the oldest first."""
        query = select(AuditEntryRow).order_by(AuditEntryRow.id).execution_options(yield_per=500)
        if since is not None:
            query = query.where(AuditEntryRow.at >= since)
        if until is not None:
            query = query.where(AuditEntryRow.at < until)
        yield _csv_line("id", "at", "action", "actor_kind", "actor_id", "subject_kind", "subject_id", "detail")
        for row in self._scope.session.scalars(query):
            detail = ";".join(f"{name}={value}" for name, value in sorted((row.detail or {}).items()))
            yield _csv_line(
                row.id,
                row.at.isoformat(),
                row.action,
                row.actor_kind,
                row.actor_id,
                row.subject_kind,
                row.subject_id,
                detail,
            )


def _csv_line(*fields: object) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerow(["" if field is None else field for field in fields])
    return stream.getvalue()


def _value(row: AuditEntryRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        action=row.action,
        actor=Actor(row.actor_kind, row.actor_id),
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        detail=row.detail or {},
    )
