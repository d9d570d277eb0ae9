"""Backup and restore: with the key a restored backup reads, without it it stays shut, and the erased stay erased."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from intake.records import BackupError, KeyFileError, Keyring, NotFound, Records
from intake.records.backup import backup, restore
from tests.records.conftest import NAME, PHONE, WORDS, Clock, whole_intake
from tests.records.databases import postgres_database
from tests.records.test_at_rest import found


@pytest.fixture
def elsewhere(records: Records, request: pytest.FixtureRequest, tmp_path: Path) -> object:
    """An empty database of the same kind, as on a new machine."""
    if records.engine.dialect.name == "sqlite":
        yield str(tmp_path / "new" / "intake.db")
        return
    with postgres_database(request.getfixturevalue("server")) as url:
        yield url.render_as_string(hide_password=False)


def test_a_restored_backup_and_the_key_read_everything(records: Records, elsewhere: str, tmp_path: Path, clock: Clock) -> None:
    conversation_id, handoff_id = whole_intake(records)
    copy = backup(records, tmp_path / "backups" / "monday")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert found(copy.read_bytes()) == []
    new = Records(elsewhere, Keyring.open(records.keyring.path), clock=clock)
    assert restore(new, copy) == 0
    with new.read() as tx:
        assert tx.messages.list(conversation_id)[0].text == WORDS
        assert tx.handoffs.get(handoff_id).name == NAME
        assert tx.conversations.address(conversation_id) == PHONE
    with new.begin() as tx:
        assert tx.audit.list(action="backup.restore")
    new.close()


def test_without_the_key_file_a_backup_stays_shut(records: Records, elsewhere: str, tmp_path: Path) -> None:
    whole_intake(records)
    copy = backup(records, tmp_path / "backups" / "monday")
    stranger = Records(elsewhere, Keyring.open(tmp_path / "stranger" / "key"))
    with pytest.raises(KeyFileError, match="another key file"):
        restore(stranger, copy)
    stranger.close()
    keys = [key for key in records.keyring.path.read_text().split('"') if len(key) == 44]
    assert len(keys) == 2 and not any(key.encode() in copy.read_bytes() for key in keys)


def test_what_was_erased_after_the_backup_stays_erased(records: Records, tmp_path: Path) -> None:
    erased, _ = whole_intake(records)
    with records.begin() as tx:
        kept, _ = tx.conversations.create("web")
    copy = backup(records, tmp_path / "backups" / "monday")
    with records.begin() as tx:
        tx.erasure.withdraw(erased)
    assert restore(records, copy, replace=True) == 1
    with records.read() as tx:
        assert tx.conversations.get(erased).state == "withdrawn"
        assert tx.messages.list(erased) == []
        assert tx.conversations.get(kept.id).state == "active"


def test_a_restore_does_not_replace_conversations_unasked(records: Records, tmp_path: Path) -> None:
    copy = backup(records, tmp_path / "backups" / "monday")
    later, _ = whole_intake(records)
    with pytest.raises(BackupError, match="replace"):
        restore(records, copy)
    with records.read() as tx:
        assert tx.conversations.find(later) is not None
    restore(records, copy, replace=True)
    with records.read() as tx, pytest.raises(NotFound):
        tx.conversations.get(later)


def test_a_backup_is_taken_while_a_turn_is_being_written(records: Records, open_records: Callable[[], Records], tmp_path: Path) -> None:
    conversation_id, _ = whole_intake(records)
    other = open_records()
    with other.read() as tx:
        tx.messages.list(conversation_id)
        copy = backup(records, tmp_path / "backups" / "monday")
    with records.begin() as tx:
        tx.messages.say(conversation_id, kind="info", text="after the backup")
    assert copy.stat().st_size > 0


def test_a_backup_never_lies_beside_the_key_nor_replaces_a_file(records: Records, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="another folder than the key"):
        backup(records, records.keyring.path.with_name("copy"))
    taken = tmp_path / "backups" / "taken"
    taken.parent.mkdir()
    taken.write_text("mine")
    with pytest.raises(BackupError, match="exists already"):
        backup(records, taken)
    assert taken.read_text() == "mine"


def test_what_is_not_a_backup_is_refused_and_changes_nothing(records: Records, tmp_path: Path) -> None:
    conversation_id, _ = whole_intake(records)
    other = tmp_path / "other"
    other.write_bytes(b"not a database")
    empty = tmp_path / "empty.db"
    sqlite3.connect(empty).close()
    for source in (tmp_path / "missing", other, empty):
        with pytest.raises(BackupError):
            restore(records, source, replace=True)
    with records.read() as tx:
        assert tx.messages.list(conversation_id)[0].text == WORDS
