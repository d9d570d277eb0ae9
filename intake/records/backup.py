"""Backup and restore of the database. The key file is never in a backup: without it a backup is closed.

SQLite: its online backup, while the program runs. PostgreSQL: pg_dump and pg_restore in their custom format.
"""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError, ProgrammingError

from intake.records.audit import SYSTEM
from intake.records.errors import BackupError, KeyFileError
from intake.records.models import ConversationRow, ReceiptRow
from intake.records.store import Records


def backup(records: Records, destination: str | Path) -> Path:
    """Write a consistent copy of the database, mode 0600, while the program runs. Return its path.

    Raises BackupError: the file exists, the key file lives in the same folder, or the tool failed.
    """
    target = Path(destination).absolute()
    if target.exists():
        raise BackupError(f"{target} exists already: choose another name")
    if records.keyring.path.absolute().parent == target.parent:
        raise BackupError(f"the key file is in {target.parent}: keep backups in another folder than the key")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f".{target.name}.part")
    os.close(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    try:
        if records.engine.dialect.name == "sqlite":
            _copy_sqlite(Path(str(records.url.database)), draft)
        else:
            _run("pg_dump", "--format=custom", "--no-owner", f"--file={draft}", records=records)
        with records.begin() as tx:
            tx.audit.record("backup.make", SYSTEM)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target


def restore(records: Records, source: str | Path, *, replace: bool = False) -> int:
    """Put a backup in the database's place, migrate it, and erase again what was erased since it was made.

    Return how many conversations were erased again. Stop the program first. Raises BackupError (no such file, not
    a backup, the database has conversations and `replace` is False) and KeyFileError (made with another key file);
    both leave the database as it was.
    """
    file = Path(source)
    if not file.is_file():
        raise BackupError(f"there is no backup at {file}")
    sqlite = records.engine.dialect.name == "sqlite"
    if records.keyring.fingerprint() not in (_sqlite_fingerprint(file) if sqlite else _dump_text(file)):
        raise KeyFileError(f"{file} was made with another key file than {records.keyring.path}")
    erased = dict(records.journal.read())
    conversations, receipts = _present(records)
    if conversations and not replace:
        raise BackupError("the database holds conversations: say so plainly (replace) to put the backup in its place")
    erased = {**receipts, **erased}
    records.engine.dispose()
    if sqlite:
        _copy_sqlite(file, Path(str(records.url.database)))
    else:
        options = ("--clean", "--if-exists", "--no-owner", "--single-transaction")
        _run("pg_restore", *options, str(file), records=records)
    records.migrate()
    return _erase_again(records, erased)


def _erase_again(records: Records, erased: dict[str, str]) -> int:
    count = 0
    for conversation_id, how in erased.items():
        with records.begin() as tx:
            conversation = tx.conversations.find(conversation_id)
            if conversation is None or conversation.erased_at is not None:
                continue
            if how == "withdrawn":
                tx.erasure.withdraw(conversation_id, SYSTEM)
            elif how == "refused":
                tx.erasure.refuse_consent(conversation_id)
            else:
                tx.erasure.erase(conversation_id, "restored_backup", SYSTEM)
            count += 1
    with records.begin() as tx:
        tx.audit.record("backup.restore", SYSTEM, erased_again=count)
    return count


def _present(records: Records) -> tuple[int, dict[str, str]]:
    """Return how many conversations the database holds now, and what its receipts say was erased."""
    try:
        with records.read() as tx:
            session = tx.scope.session
            found = session.scalar(select(func.count()).select_from(ConversationRow)) or 0
            receipts = session.execute(select(ReceiptRow.conversation_id, ReceiptRow.cause)).all()
    except (OperationalError, ProgrammingError):
        return 0, {}  # an empty database, or one too broken to read: there is nothing to lose
    return found, {owner: "withdrawn" if cause == "withdrawn" else "erased" for owner, cause in receipts}


def _copy_sqlite(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    origin, copy = sqlite3.connect(source), sqlite3.connect(target)
    try:
        origin.backup(copy)
        state = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise BackupError(f"{source} could not be copied to {target}") from error
    finally:
        origin.close()
        copy.close()
    if state != "ok":
        raise BackupError(f"{source} is damaged")


def _sqlite_fingerprint(file: Path) -> str:
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            row = connection.execute("SELECT key_fingerprint FROM installation").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise BackupError(f"{file} is not a backup of this program") from error
    return str(row[0]) if row else ""


def _dump_text(file: Path) -> str:
    """Return the dump's text of the one table that names the key file."""
    return _run("pg_restore", "--data-only", "--table=installation", "--file=-", str(file), records=None)


def _run(tool: str, *arguments: str, records: Records | None) -> str:
    program = shutil.which(tool)
    if program is None:
        raise BackupError(f"{tool} is not installed: install PostgreSQL's client tools")
    command = [program]
    environment = dict(os.environ)
    if records is not None:
        url = records.url.set(drivername="postgresql")
        if url.password is not None:
            # In the environment, because every user of the machine can read a command line.
            environment["PGPASSWORD"] = str(url.password)
        address = url._replace(password=None).render_as_string()
        command.append(f"--dbname={address}")
    done = subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        # The tool's own message may quote rows: only its name and status are shown.
        raise BackupError(f"{tool} failed with status {done.returncode}")
    return done.stdout
