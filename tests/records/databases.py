"""Fresh databases for tests: SQLite files, and databases of a real PostgreSQL server where one runs.

`INTAKE_TEST_POSTGRES` names a server by URL (a role that may create databases). Without it, a server on this machine is
used when `pg_isready` finds one and we are root: a throw-away role is made through the `postgres` user and dropped after.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

SETTING = "INTAKE_TEST_POSTGRES"


def postgres_runs() -> bool:
    """Is there a PostgreSQL server to test with?"""
    if os.environ.get(SETTING):
        return True
    ready = shutil.which("pg_isready")
    return bool(ready) and os.geteuid() == 0 and subprocess.run([str(ready), "-q"], check=False).returncode == 0


def _as_postgres(sql: str) -> None:
    subprocess.run(["su", "postgres", "-c", "psql -q -v ON_ERROR_STOP=1"], input=sql, text=True, check=True, cwd="/")


@contextmanager
def postgres_server() -> Iterator[URL]:
    """The URL of a server and role that may create databases."""
    if given := os.environ.get(SETTING):
        yield make_url(given)
        return
    role, password = f"intake_test_{secrets.token_hex(4)}", secrets.token_hex(16)
    _as_postgres(f"CREATE ROLE {role} LOGIN CREATEDB PASSWORD '{password}'")
    try:
        yield URL.create("postgresql", role, password, "127.0.0.1", 5432, "postgres")
    finally:
        _as_postgres(f"DROP OWNED BY {role}; DROP ROLE {role}")


def _on(server: URL, sql: str) -> None:
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(sql)  # type: ignore[call-overload]


@contextmanager
def postgres_database(server: URL, *, template: str | None = None) -> Iterator[URL]:
    """A database of its own, dropped afterwards; a copy of `template` (a database nobody is connected to)."""
    name = f"intake_{secrets.token_hex(6)}"
    _on(server, f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    try:
        yield server.set(database=name)
    finally:
        _on(server, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def fresh_database(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[str]:
    """The address of a migrated, empty database of this kind; a SQLite file lies in `folder`."""
    if kind == "sqlite":
        path = folder / "data" / "intake.db"
        path.parent.mkdir()
        shutil.copy(request.getfixturevalue("empty_sqlite"), path)
        yield str(path)
        return
    with postgres_database(request.getfixturevalue("server"), template=request.getfixturevalue("empty_postgres")) as url:
        yield url.render_as_string(hide_password=False)
