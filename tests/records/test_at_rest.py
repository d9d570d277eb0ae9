"""At rest nothing a patient wrote can be read: the files of the data directory and a dump are searched."""

from __future__ import annotations

import subprocess
from pathlib import Path

from sqlalchemy import text

from intake.records import SYSTEM, Records
from intake.records.database import overwrite_erased
from tests.records.conftest import EMAIL, NAME, PHONE, WORDS, whole_intake

PHRASES = [WORDS, "hot wire", "Zephyrine", "Quillfeather", NAME, NAME.lower(), PHONE, PHONE[2:], EMAIL, "zephyrine.jpg"]


def contents(records: Records, directory: Path) -> bytes:
    """Every byte that stands on disk: the files of the data directory, or a plain dump of PostgreSQL."""
    if records.engine.dialect.name == "sqlite":
        files = [file for file in directory.rglob("*") if file.is_file()]
        assert any(file.name.endswith("-wal") and file.stat().st_size for file in files), "the log is looked at too"
        return b"\0".join(file.read_bytes() for file in files)
    address = records.url.set(drivername="postgresql").render_as_string(hide_password=False)
    dump = subprocess.run(["pg_dump", f"--dbname={address}", "--inserts"], check=True, capture_output=True).stdout
    with records.engine.connect() as connection:
        columns = connection.execute(
            text("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'bytea'")
        ).all()
        # A dump writes bytes as hexadecimal digits: they are searched as bytes.
        raw = [bytes(v) for t, c in columns for v in connection.scalars(text(f"SELECT {c} FROM {t}")) if v is not None]
    return dump + b"\0".join(raw)


def found(haystack: bytes) -> list[str]:
    return [
        phrase
        for phrase in PHRASES
        for written in (phrase.encode(), phrase.encode("utf-16-le"), phrase.encode().hex().encode())
        if written.lower() in haystack.lower()
    ]


def test_no_word_of_a_patient_stands_in_clear_on_disk(records: Records, tmp_path: Path) -> None:
    conversation_id, handoff_id = whole_intake(records, urgency="T2")
    with records.begin() as tx:
        tx.handoffs.add_note(handoff_id, "su_1", f"called {NAME}: {WORDS}")
        tx.handoffs.search(NAME)
        (delivery,) = tx.deliveries.claim("w")
        tx.deliveries.dead(delivery.id, error="http_500")
        tx.opt_outs.add("sms", PHONE, source="word")
        tx.audit.record("handoff.read", SYSTEM, "handoff", handoff_id)
    seen = contents(records, tmp_path)
    assert conversation_id.encode() in seen, "the search looks where the records are"
    assert found(seen) == []


def test_the_search_itself_would_find_a_phrase(records: Records, tmp_path: Path) -> None:
    with records.begin() as tx:
        tx.staff_users.create("quillfeather@clinic.example", "Zephyrine", "reception")
    assert {"Zephyrine", "Quillfeather"} <= set(found(contents(records, tmp_path)))


def test_after_an_erasure_not_even_the_wrapped_key_is_left(records: Records, tmp_path: Path) -> None:
    conversation_id, _ = whole_intake(records)
    query = text("SELECT wrapped FROM data_keys WHERE owner = :owner")
    with records.engine.connect() as connection:
        wrapped = bytes(connection.execute(query, {"owner": conversation_id}).scalar_one())
        sealed = bytes(connection.execute(text("SELECT sealed FROM answers LIMIT 1")).scalar_one())
    with records.begin() as tx:
        tx.erasure.withdraw(conversation_id)
    assert overwrite_erased(records.engine)
    if records.engine.dialect.name == "sqlite":
        left = b"".join(file.read_bytes() for file in (tmp_path / "data").iterdir())
        assert wrapped not in left and sealed not in left
    else:
        with records.engine.connect() as connection:
            assert connection.execute(query, {"owner": conversation_id}).scalar() is None
