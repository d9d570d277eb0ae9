"""Jobs: things to do at a time (nudge, expiry, alert, retention); each runs once, also with several workers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update

from intake.records.ids import new_id
from intake.records.models import JobRow
from intake.records.scope import Scope


@dataclass(frozen=True, slots=True)
class Job:
    """One job; `key` is unique, `attempts` counts claims."""

    id: str
    key: str
    kind: str
    conversation_id: str | None
    handoff_id: str | None
    run_at: datetime
    attempts: int
    lease_until: datetime | None
    leased_by: str | None
    created_at: datetime


class Jobs:
    """Schedule, claim and finish jobs. A finished job is deleted."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def schedule(
        self,
        kind: str,
        key: str,
        run_at: datetime,
        *,
        conversation_id: str | None = None,
        handoff_id: str | None = None,
    ) -> Job:
        """Schedule, or move the job of this key to `run_at` (and free it from any lease)."""
        row = self._scope.session.scalar(select(JobRow).where(JobRow.key == key).with_for_update())
        if row is None:
            row = JobRow(
                id=new_id("jb"),
                key=key,
                kind=kind,
                conversation_id=conversation_id,
                handoff_id=handoff_id,
                run_at=run_at,
                attempts=0,
                created_at=self._scope.clock(),
            )
            self._scope.session.add(row)
        else:
            row.run_at, row.attempts, row.lease_until, row.leased_by = run_at, 0, None, None
        self._scope.session.flush()
        return _value(row)

    def cancel(self, key: str) -> None:
        """Drop the job of this key, if there is one."""
        self._scope.session.execute(delete(JobRow).where(JobRow.key == key))

    def claim(
        self,
        worker: str,
        *,
        lease: timedelta = timedelta(seconds=60),
        limit: int = 10,
        kinds: tuple[str, ...] = (),
    ) -> list[Job]:
        """Lease the jobs that are due, the longest due first."""
        now = self._scope.clock()
        query = (
            select(JobRow)
            .where(JobRow.run_at <= now, or_(JobRow.lease_until.is_(None), JobRow.lease_until < now))
            .order_by(JobRow.run_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        if kinds:
            query = query.where(JobRow.kind.in_(kinds))
        rows = self._scope.session.scalars(query).all()
        for row in rows:
            row.attempts, row.leased_by, row.lease_until = row.attempts + 1, worker, now + lease
        self._scope.session.flush()
        return [_value(row) for row in rows]

    def done(self, job_id: str, *, worker: str | None = None) -> bool:
        """Finish a job (in the transaction of its effect, so that it happens once); False if the lease was lost."""
        change = delete(JobRow).where(JobRow.id == job_id)
        if worker is not None:
            change = change.where(JobRow.leased_by == worker)
        return self._scope.session.scalar(change.returning(JobRow.id)) is not None

    def retry(self, job_id: str, at: datetime) -> None:
        """Give a job back to run later."""
        self._scope.session.execute(update(JobRow).where(JobRow.id == job_id).values(run_at=at, lease_until=None, leased_by=None))

    def count_by_kind(self) -> dict[str, int]:
        """Return the number of jobs by kind (for metrics: no ids)."""
        query = select(JobRow.kind, func.count()).group_by(JobRow.kind)
        return {row[0]: row[1] for row in self._scope.session.execute(query)}

    def get(self, key: str) -> Job | None:
        """Return the job of a key, or None."""
        row = self._scope.session.scalar(select(JobRow).where(JobRow.key == key))
        return None if row is None else _value(row)


def _value(row: JobRow) -> Job:
    return Job(**{name: getattr(row, name) for name in Job.__slots__})
