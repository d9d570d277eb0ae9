"""The schema's version: migrate up by Alembic, and say which revision a database is at."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

# Any number, the same in every process: two servers that start together must not migrate at once.
_LOCK = 4_719_204


def _config() -> Config:
    return Config(str(Path(__file__).with_name("alembic.ini")))


def migrate_schema(engine: Engine) -> None:
    """Bring the schema to the newest revision, in one transaction, one process at a time."""
    config = _config()
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def schema_revision(engine: Engine) -> tuple[str | None, str | None]:
    """Return (the revision of the database, the newest one of this program)."""
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    return found, ScriptDirectory.from_config(_config()).get_current_head()
