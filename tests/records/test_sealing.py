"""Keys and sealing: a key file of mode 0600, a data key a conversation, rotation while others go on."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from intake.records import Conversation, Erased, KeyFileError, Keyring, Records
from intake.records.keyring import name_words, normalised
from intake.records.sealing import DataKey
from tests.records.conftest import WORDS, whole_intake


def test_the_key_file_is_made_once_for_its_owner_only(key_file: Path) -> None:
    first = Keyring.open(key_file)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file.parent.stat().st_mode) == 0o700
    assert Keyring.open(key_file).fingerprint() == first.fingerprint()


def test_a_key_file_that_others_can_read_is_refused(key_file: Path) -> None:
    Keyring.open(key_file)
    key_file.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        Keyring.open(key_file)


@pytest.mark.parametrize("content", ["", "{}", '{"format": "ims-intake/keys/1", "current": "k1", "keys": {"k1": "eA=="}, "index": "eA=="}'])
def test_a_damaged_key_file_is_named_and_not_replaced(key_file: Path, content: str) -> None:
    Keyring.open(key_file)
    key_file.write_text(content)
    with pytest.raises(KeyFileError, match=str(key_file)):
        Keyring.open(key_file)
    assert key_file.read_text() == content


def test_another_key_file_does_not_open_the_database(database: str, records: Records, tmp_path: Path) -> None:
    other = Records(database, Keyring.open(tmp_path / "other" / "key"))
    with pytest.raises(KeyFileError, match="does not belong to this database"):
        other.migrate()
    other.close()


def test_a_sealed_value_opens_only_in_its_own_place() -> None:
    key, other = DataKey(b"k" * 32), DataKey(b"o" * 32)
    sealed = key.seal({"text": WORDS}, "messages/sealed/m1")
    assert key.open(sealed, "messages/sealed/m1") == {"text": WORDS}
    assert key.seal({"text": WORDS}, "messages/sealed/m1") != sealed, "equal texts do not look equal"
    for reader, blob, place in (
        (key, sealed, "messages/sealed/m2"),
        (other, sealed, "messages/sealed/m1"),
        (key, sealed[:-1] + bytes([sealed[-1] ^ 1]), "messages/sealed/m1"),
        (key, b"\x02" + sealed[1:], "messages/sealed/m1"),
    ):
        with pytest.raises(Erased):
            reader.open(blob, place)


def test_an_index_depends_on_key_purpose_and_normalised_value(tmp_path: Path) -> None:
    ring, other = Keyring.open(tmp_path / "a" / "k"), Keyring.open(tmp_path / "b" / "k")
    assert ring.index("name", "José ") == ring.index("name", "JOSE")
    assert ring.index("name", "jose") != ring.index("number", "jose")
    assert ring.index("name", "jose") != other.index("name", "jose")
    assert normalised("  Ana   LUÍSA ") == "ana luisa"
    assert name_words("O'Neil-Smith, Ana") == {"o", "neil", "smith", "ana"}


def test_after_rotation_everything_reads_and_the_old_key_is_gone(records: Records, key_file: Path) -> None:
    conversation_id, handoff_id = whole_intake(records)
    before = json.loads(key_file.read_text())
    assert records.rotate_keys() == 2  # the conversation's and the installation's
    after = json.loads(key_file.read_text())
    assert list(after["keys"]) == [after["current"]] == ["k2"]
    assert before["keys"]["k1"] not in after["keys"].values() and before["index"] == after["index"]
    with records.engine.connect() as connection:
        assert set(connection.scalars(text("SELECT key_id FROM data_keys"))) == {"k2"}
    with records.read() as tx:
        assert tx.messages.list(conversation_id)[0].text == WORDS
        assert tx.handoffs.get(handoff_id).document is not None
        assert tx.audit.list(action="keys.rotate")


def test_another_process_goes_on_through_a_rotation(records: Records, open_records: Callable[[], Records]) -> None:
    other = open_records()
    failures: list[BaseException] = []
    made: list[Conversation] = []
    stop = threading.Event()

    def work() -> None:
        try:
            while not stop.is_set():
                with other.begin() as tx:
                    conversation, _ = tx.conversations.create("web")
                    tx.messages.receive(conversation.id, client_message_id="1", text=WORDS, channel="web")
                made.append(conversation)
        except BaseException as error:  # handed to the test's own thread
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(2):
            records.rotate_keys()
    finally:
        stop.set()
        thread.join()
    assert failures == [] and made
    fresh = open_records()
    with fresh.read() as tx:
        assert all(tx.messages.list(conversation.id)[0].text == WORDS for conversation in made)
