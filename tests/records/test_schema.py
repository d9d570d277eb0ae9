"""Models and migrations agree, from an empty database, also when two servers start at once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from intake.records import Keyring, Records
from intake.records.models import Base
from intake.records.schema import schema_revision
from tests.conftest import DATABASES
from tests.records.databases import postgres_database


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> object:
    if request.param == "sqlite":
        yield str(tmp_path / "empty.db")
        return
    with postgres_database(request.getfixturevalue("server")) as url:
        yield url.render_as_string(hide_password=False)


def test_migrating_an_empty_database_gives_exactly_the_models(empty: str, key_file: Path) -> None:
    records = Records(empty, Keyring.open(key_file))
    assert schema_revision(records.engine)[0] is None
    records.migrate()
    found, newest = schema_revision(records.engine)
    assert found == newest is not None
    with records.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    records.migrate()
    assert records.ready()
    records.close()


def test_two_servers_that_start_at_once_migrate_once(empty: str, key_file: Path) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        try:
            records = Records(empty, Keyring.open(key_file))
            records.migrate()
            with records.begin() as tx:
                tx.staff_users.create(f"{threading.get_ident()}@clinic.example", "x", "admin")
            records.close()
        except BaseException as error:  # handed to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    records = Records(empty, Keyring.open(key_file))
    with records.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM installation")) == 1
        assert connection.scalar(text("SELECT count(*) FROM staff_users")) == 3
    records.close()
