"""`Records`: the one door to the database; `Transaction`: everything that one commit holds together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from intake.records.answers import Answers
from intake.records.api_keys import ApiKeys
from intake.records.audit import SYSTEM, Audit
from intake.records.consents import Consents
from intake.records.conversations import Conversations
from intake.records.database import READ_ONLY, database_url, make_engine, overwrite_erased
from intake.records.deliveries import Deliveries
from intake.records.erasure import Erasure
from intake.records.errors import Held, KeyFileError, NotFound
from intake.records.export import Export
from intake.records.handoffs import Handoffs
from intake.records.jobs import Jobs
from intake.records.journal import ErasureJournal
from intake.records.keyring import Keyring
from intake.records.links import Links
from intake.records.messages import Messages
from intake.records.models import SYSTEM_KEY, DataKeyRow, Installation
from intake.records.opt_outs import OptOuts
from intake.records.passwords import password_matches
from intake.records.red_flags import RedFlags
from intake.records.retention import Retention, Terms
from intake.records.schema import migrate_schema
from intake.records.scope import Scope
from intake.records.staff_users import StaffUser, StaffUsers
from intake.records.tallies import Tallies


def utc_now() -> datetime:
    """Return the time in UTC; a test gives `Records` another clock."""
    return datetime.now(UTC)


class Transaction:
    """One transaction: its parts share the session, the keys and the clock."""

    def __init__(self, scope: Scope, reference_prefix: str, terms: Terms) -> None:
        self.scope = scope
        self.now: Callable[[], datetime] = scope.clock
        self.conversations = Conversations(scope, reference_prefix)
        self.messages = Messages(scope)
        self.answers = Answers(scope)
        self.red_flags = RedFlags(scope)
        self.consents = Consents(scope)
        self.handoffs = Handoffs(scope)
        self.deliveries = Deliveries(scope)
        self.jobs = Jobs(scope)
        self.links = Links(scope)
        self.opt_outs = OptOuts(scope)
        self.audit = Audit(scope)
        self.staff_users = StaffUsers(scope)
        self.api_keys = ApiKeys(scope)
        self.tallies = Tallies(scope)
        self.erasure = Erasure(scope, terms)
        self.retention = Retention(scope, terms)
        self.export = Export(scope, self.conversations)


@dataclass(frozen=True, slots=True)
class LogIn:
    """The outcome of a password: `ok`, `wrong` or `locked`; the user only when `ok`."""

    outcome: str
    user: StaffUser | None = None


class Records:
    """The store of one installation. Synchronous and safe to share between threads (one transaction a thread)."""

    def __init__(
        self,
        url: str,
        keyring: Keyring,
        *,
        clock: Callable[[], datetime] = utc_now,
        reference_prefix: str = "IMS",
        terms: Terms | None = None,
    ) -> None:
        self.url = database_url(url)
        self.engine = make_engine(self.url)
        self.keyring = keyring
        self.clock = clock
        self.terms = terms or Terms()
        self.journal = ErasureJournal(keyring.path)
        self._prefix = reference_prefix

    def migrate(self) -> None:
        """Bring the schema to this program's version and check the key file against it. Safe to repeat."""
        migrate_schema(self.engine)
        try:
            self._pair_with_keys()
        except IntegrityError:  # another process of the first start was faster: compare with what it noted
            self._pair_with_keys()

    def _pair_with_keys(self) -> None:
        """At the first run note the key file's fingerprint and make the installation's data key; then compare."""
        with self.begin() as tx:
            session = tx.scope.session
            row = session.get(Installation, "this")
            if row is None:
                session.add(Installation(id="this", key_fingerprint=self.keyring.fingerprint(), created_at=self.clock()))
                if session.get(DataKeyRow, SYSTEM_KEY) is None:
                    tx.scope.new_key(SYSTEM_KEY)
            elif row.key_fingerprint != self.keyring.fingerprint():
                raise KeyFileError(
                    f"the key file {self.keyring.path} does not belong to this database: "
                    "restore the key file that was kept with it"
                )

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """A writing transaction: commits at the end of the block, rolls back when it raises."""
        with Session(self.engine, expire_on_commit=False) as session:
            scope = Scope(session, self.keyring, self.clock)
            with session.begin():
                yield Transaction(scope, self._prefix, self.terms)
        if scope.erased:
            self.journal.append(scope.erased, self.clock())
            self.tidy()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A reading transaction: sees one state, never blocks writers, is never committed."""
        connection = self.engine.connect().execution_options(**{READ_ONLY: True})
        with connection, Session(connection, autoflush=False) as session:
            yield Transaction(Scope(session, self.keyring, self.clock), self._prefix, self.terms)
            session.rollback()

    def log_in(self, email: str, password: str) -> LogIn:
        """Check a password outside any transaction, count failures, lock after five for 15 minutes."""
        with self.read() as tx:
            user, stored = tx.staff_users.stored_hash(email)
        if user is not None and user.locked_until is not None and user.locked_until > self.clock():
            return LogIn("locked")
        matches = password_matches(stored, password)
        if user is None or user.disabled_at is not None:
            return LogIn("wrong")
        with self.begin() as tx:
            if not matches:
                tx.staff_users.login_failed(user.id)
                return LogIn("wrong")
            tx.staff_users.login_succeeded(user.id)
        return LogIn("ok", user)

    def tidy(self) -> bool:
        """Take copies of erased rows out of the database's files; False if a reader was in the way: call it again."""
        return overwrite_erased(self.engine)

    def apply_retention(self, *, limit: int = 500) -> dict[str, int]:
        """Erase what is past its term, one transaction each; return {term: how many}. Safe to run at any time."""
        with self.begin() as tx:
            tx.retention.sweep()
        with self.read() as tx:
            found = tx.retention.due(limit=limit)
        counts: dict[str, int] = {}
        for due in found:
            try:
                with self.begin() as tx:
                    # The patient may have come back since: look again, under the lock.
                    tx.conversations.get(due.conversation_id, lock=True)
                    if due not in tx.retention.due(conversation_id=due.conversation_id):
                        continue
                    if due.term == "tombstone":
                        tx.erasure.drop_tombstone(due.conversation_id)
                    else:
                        tx.erasure.erase(due.conversation_id, f"retention_{due.term}", SYSTEM)
            except (NotFound, Held):
                continue
            counts[due.term] = counts.get(due.term, 0) + 1
        return counts

    def rotate_keys(self) -> int:
        """Make a new master key, wrap every data key with it, drop the old ones; return how many were wrapped.

        Other processes go on meanwhile: they take the new key from the file. Back up the key file afterwards:
        backups of the database made before need the old one.
        """
        self.keyring.add_master_key()
        wrapped = 0
        while batch := self._wrap_anew(500):
            wrapped += batch
        with self.begin() as tx:
            if self.engine.dialect.name == "postgresql":
                tx.scope.session.execute(text("LOCK TABLE data_keys IN EXCLUSIVE MODE"))
            wrapped += _wrap_batch(tx.scope, None)
            tx.audit.record("keys.rotate", SYSTEM, "key", self.keyring.current, data_keys=wrapped)
        self.keyring.drop_old_keys()
        self.tidy()
        return wrapped

    def _wrap_anew(self, limit: int) -> int:
        with self.begin() as tx:
            return _wrap_batch(tx.scope, limit)

    def ready(self) -> bool:
        """Does the database answer? For `/readyz`; raises what the driver raises when it does not."""
        with self.engine.connect() as connection:
            return connection.execute(text("SELECT 1")).scalar() == 1

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _wrap_batch(scope: Scope, limit: int | None) -> int:
    """Wrap data keys that an old master key wrapped with the current one; return how many."""
    query = select(DataKeyRow).where(DataKeyRow.key_id != scope.keyring.current).limit(limit).with_for_update()
    rows = scope.session.scalars(query).all()
    for row in rows:
        data_key = scope.keyring.unwrap(row.key_id, row.wrapped, row.owner)
        row.key_id, row.wrapped = scope.keyring.wrap(data_key, row.owner)
    scope.session.flush()
    return len(rows)
