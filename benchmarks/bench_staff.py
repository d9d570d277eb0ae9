"""Measure what staff wait for at 100,000 handoffs: the inbox page, filtered, deep and searched, and the look of the live stream.

    .venv/bin/python -m benchmarks.bench_staff [--rows 100000] [--on sqlite] [--on postgresql]

Whole pages over the app's own routes (log-in, audit entry, template included), without the network. On SQLite in a temporary
directory, and on a database of its own of the PostgreSQL server that the tests use (`tests/records/databases.py`), if one runs.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from datetime import timedelta
from pathlib import Path

from starlette.testclient import TestClient

from benchmarks.bench_records import bench_lists, fill, report, timed
from intake.app import create_app
from intake.services import Services
from intake.settings import Settings
from intake.staff.live import Glance
from tests.records.databases import postgres_database, postgres_runs, postgres_server

TIMES = 30


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--on", action="append", choices=("sqlite", "postgresql"))
    arguments = parser.parse_args()
    wanted = arguments.on or ["sqlite", "postgresql"]
    if "sqlite" in wanted:
        bench("", arguments.rows)
    if "postgresql" in wanted and postgres_runs():
        with postgres_server() as server, postgres_database(server) as url:
            bench(url.render_as_string(hide_password=False), arguments.rows)


def bench(url: str, rows: int) -> None:
    """One kind of database; an empty `url` is SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(data_dir=Path(folder) / "data", database_url=url))
        parts: Services = app.state.services
        print(parts.records.engine.dialect.name, flush=True)
        fill(parts.records, rows)
        bench_lists(parts.records, rows)
        bench_pages(app, parts)
        parts.records.close()


def bench_pages(app: object, parts: Services) -> None:
    """The pages of a receptionist who is logged in."""
    with parts.records.begin() as tx:
        user = tx.staff_users.create("bench@clinic.example", "Bench", "reception")
        session, secret = tx.staff_users.open_session(user.id, timedelta(hours=8), second_factor=True)
    client = TestClient(app, cookies={"ims_staff": secret})  # type: ignore[arg-type]
    first = client.get("/staff")
    assert first.status_code == 200, first.status_code
    cursor = re.search(r"cursor=(\w+)", first.text)
    assert cursor is not None
    for name, address in (
        ("page: inbox", "/staff"),
        ("page: second page of the inbox", f"/staff?cursor={cursor.group(1)}"),
        ("page: T1, open", "/staff?tier=T1"),
        ("page: all, langford, sms", "/staff?status=all&location=langford&channel=sms"),
        ("page: not finished, closed", "/staff?status=closed&partial=yes"),
    ):
        report(name, timed(lambda address=address: client.get(address), TIMES))  # type: ignore[misc]
    form = {"csrf": session.csrf, "text": "ana number77"}
    report("page: search by two name words", timed(lambda: client.post("/staff/search", data=form), TIMES))
    report("look of the live stream", timed(lambda: Glance().counts(parts), TIMES))


if __name__ == "__main__":
    main()
