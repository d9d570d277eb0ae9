"""The engine: SQLite in WAL mode by default, PostgreSQL (psycopg 3) by its URL."""

from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url

READ_ONLY = "records_read_only"
_BUSY_MS = 10_000


def database_url(setting: str) -> URL:
    """Turn a setting into a URL: a bare path means SQLite, `postgresql://` means psycopg 3."""
    url = make_url(setting if "://" in setting else f"sqlite:///{setting}")
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    return url


def make_engine(url: URL) -> Engine:
    """Return an engine whose SQLite connections are durable, enforce foreign keys and overwrite what is deleted."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True, hide_parameters=True)
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # hide_parameters: an exception of the driver names the statement, never the values.
    engine = create_engine(
        url, pool_size=10, max_overflow=10, connect_args={"timeout": _BUSY_MS / 1000}, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: SqliteConnection, _record: Any) -> None:
        # The driver's own implicit BEGIN is off: the transaction begins below, as the kind that it is.
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            f"busy_timeout = {_BUSY_MS}",
            "temp_store = MEMORY",
            "cache_size = -16000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes the write lock at once: upgrading a read lock later fails with "database is locked".
        read_only = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def overwrite_erased(engine: Engine) -> bool:
    """After an erasure take old copies of deleted rows out of the database's files; False if readers were in the way.

    SQLite: the write-ahead log is emptied (the pages themselves were overwritten by `secure_delete`). PostgreSQL:
    dead rows of the wrapped data keys are vacuumed; without a data key nothing else that was erased can be read.
    """
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM data_keys"))
        return True
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        # A patient waits for this: a long reader must not hold it up. `Records.tidy` tries again.
        cursor.execute("PRAGMA busy_timeout = 500")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        answer = cursor.fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        return answer is not None and answer[0] == 0
    finally:
        raw.close()
