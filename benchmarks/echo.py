"""The floor of a turn: an HTTP server that stores each message with one durable commit and sends it back. Run by bench_turns.

`python -m benchmarks.echo PORT DATABASE_FILE`
"""

from __future__ import annotations

import sqlite3
import sys

import uvicorn
from fastapi import FastAPI


def app(database: str) -> FastAPI:
    """The server; SQLite with the same durability as the records (WAL, synchronous=FULL)."""
    store = sqlite3.connect(database, check_same_thread=False)
    store.execute("PRAGMA journal_mode = WAL")
    store.execute("PRAGMA synchronous = FULL")
    store.execute("CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, text TEXT)")
    store.commit()
    server = FastAPI()

    @server.post("/echo")
    async def echo(body: dict[str, str]) -> dict[str, str]:
        store.execute("INSERT INTO messages (text) VALUES (?)", (body["text"],))
        store.commit()
        return body

    return server


if __name__ == "__main__":
    uvicorn.run(app(sys.argv[2]), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
