"""Measure the records: a turn's load and commit, and the handoff list at 100,000 rows.

    .venv/bin/python -m benchmarks.bench_records [--rows 100000] [--url postgresql://…]

Without --url it measures SQLite in a temporary directory. On PostgreSQL give an empty database: it is filled.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, text

from intake.records import Conversation, Filter, Keyring, Records
from intake.records.handoffs import RANKS
from intake.records.ids import new_id
from intake.records.keyring import name_words
from intake.records.models import ConversationRow, DataKeyRow, HandoffRow, SearchTermRow
from intake.records.sealing import DataKey

QUESTIONS = 36
FIRST = ("Ana", "Bo", "Chi", "Dara", "Emil", "Fay", "Gus", "Hua", "Ines", "Jo")


def timed(work: Callable[[], object], times: int) -> list[float]:
    """Run it; return the milliseconds of each run, sorted."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append((time.perf_counter() - start) * 1000)
    return sorted(found)


def report(name: str, found: list[float]) -> None:
    """Print one line of the table."""
    p95 = found[min(len(found) - 1, int(len(found) * 0.95))]
    print(f"{name:<58} p50 {statistics.median(found):7.2f} ms   p95 {p95:7.2f} ms   n={len(found)}", flush=True)


def turn(records: Records, conversation: Conversation, n: int) -> float:
    """Answer one question as the gate does: inbound, then load and commit. Returns the ms of load and commit."""
    with records.begin() as tx:
        inbound = tx.messages.receive(conversation.id, client_message_id=str(n), text="it hurts a lot there", channel="web").message
    start = time.perf_counter()
    with records.read() as tx:
        here = tx.conversations.get(conversation.id)
        tx.answers.current(conversation.id)
        tx.red_flags.list(conversation.id)
    with records.begin() as tx:
        tx.conversations.change(conversation.id, expected_turn=here.turn, question=f"q{n}", memory={"n": n, "asked": list(range(n))})
        tx.answers.append(conversation.id, {f"q{n}": {"value": "reported", "state": "answered", "quote": "it hurts", "message_id": inbound.id}})
        tx.messages.say(conversation.id, kind="question", text="And then?", question=f"q{n + 1}", reply_to=inbound.id)
        tx.messages.settle(inbound.id, "answered")
    return (time.perf_counter() - start) * 1000


def bench_turns(records: Records) -> None:
    """Twenty intakes of 36 questions; early and late turns apart."""
    early, late, floor = [], [], []
    for _ in range(20):
        with records.begin() as tx:
            conversation, _ = tx.conversations.create("web")
        spent = [turn(records, conversation, n) for n in range(QUESTIONS)]
        early += spent[:5]
        late += spent[-5:]
    for n in range(100):
        start = time.perf_counter()
        with records.begin() as tx:
            tx.tallies.count("floor", "web", detail=str(n % 5))
        floor.append((time.perf_counter() - start) * 1000)
    report("one durable commit of one small row (the floor)", sorted(floor))
    report("a turn's load and commit, questions 1-5", sorted(early))
    report("a turn's load and commit, questions 32-36", sorted(late))


def fill(records: Records, rows: int) -> None:
    """Write `rows` handoffs straight into the tables: as sealed as real ones, with a short document."""
    rng = random.Random(7)
    start = datetime(2025, 1, 1, tzinfo=UTC)
    for batch in range(0, rows, 2000):
        tables: dict[type, list[dict[str, object]]] = {ConversationRow: [], DataKeyRow: [], HandoffRow: [], SearchTermRow: []}
        for n in range(batch, min(batch + 2000, rows)):
            conversation_id, handoff_id, raw = new_id("cv"), new_id("ho"), rng.randbytes(32)
            key, (key_id, wrapped) = DataKey(raw), records.keyring.wrap(raw, conversation_id)
            at = start + timedelta(minutes=5 * n)
            name = f"{rng.choice(FIRST)} Number{n % 5000}"
            urgency = rng.choices((None, "T4", "T3", "T2", "T1"), (80, 8, 8, 3, 1))[0]
            channel, location = rng.choice(("web", "sms")), rng.choice(("victoria", "langford"))
            tables[ConversationRow].append(
                {"id": conversation_id, "reference": f"B-{n}", "state": "handed_off", "channel": channel, "asked": [],
                 "created_at": at, "active_at": at}
            )  # fmt: skip
            tables[DataKeyRow].append({"owner": conversation_id, "key_id": key_id, "wrapped": wrapped, "created_at": at})
            tables[HandoffRow].append(
                {"id": handoff_id, "conversation_id": conversation_id, "reference": f"B-{n}", "urgency": urgency,
                 "status": rng.choices(("closed", "booked", "new", "in_review", "contacted"), (60, 30, 4, 3, 3))[0],
                 "reason": "completed", "rank": RANKS[urgency], "partial": n % 7 == 0, "has_contact": True, "channel": channel,
                 "location": location, "assignee": rng.choice((None, "su_1", "su_2")), "version": 1,
                 "sealed": key.seal({"summary": "x" * 400}, f"handoffs/sealed/{handoff_id}"),
                 "sealed_name": key.seal(name, f"handoffs/sealed_name/{handoff_id}"), "created_at": at, "updated_at": at}
            )  # fmt: skip
            tables[SearchTermRow] += [
                {"term": records.keyring.index("name", word), "handoff_id": handoff_id} for word in name_words(name)
            ]
        with records.begin() as tx:
            for table, values in tables.items():
                tx.scope.session.execute(insert(table), values)
    # As the databases do by themselves sooner or later; a table that was just filled is not what staff meet.
    with records.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if records.engine.dialect.name == "sqlite" else "VACUUM ANALYZE"))


def bench_lists(records: Records, rows: int) -> None:
    """Pages of 50 of the inbox: first, filtered, deep; and the search."""

    def listed(**wanted: object) -> Callable[[], object]:
        def work() -> object:
            with records.read() as tx:
                return tx.handoffs.list(Filter(**wanted))  # type: ignore[arg-type]

        return work

    open_ = {"statuses": ("new", "in_review", "contacted"), "with_contact_only": True}
    report(f"list of {rows:,}: first page of all", timed(listed(), 30))
    report("list: open, with contact", timed(listed(**open_), 30))
    report("list: open, T1 and T2", timed(listed(**open_, tiers=("T1", "T2")), 30))
    report("list: open, langford, sms, one assignee", timed(listed(**open_, location="langford", channel="sms", assignee="su_1"), 30))
    report("list: partial, closed", timed(listed(statuses=("closed",), partial=True), 30))
    report("list: nothing matches", timed(listed(reason="complaint"), 30))
    with records.read() as tx:
        cursor = None
        for _ in range(40):
            _, cursor = tx.handoffs.list(after=cursor, limit=500)

    def deep() -> object:
        with records.read() as tx:
            return tx.handoffs.list(after=cursor)

    def search() -> object:
        with records.read() as tx:
            return tx.handoffs.search("ana number77")

    def unacknowledged() -> object:
        with records.read() as tx:
            return tx.handoffs.unacknowledged(), tx.handoffs.count_open()

    report("list: a page after 20,000 others", timed(deep, 30))
    report("search: two name words", timed(search, 30))
    report("unacknowledged T1/T2 and open counts", timed(unacknowledged, 30))


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--url", default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        records = Records(arguments.url or str(home / "data" / "intake.db"), Keyring.open(home / "keys" / "intake.key"))
        records.migrate()
        print(f"{records.engine.dialect.name}", flush=True)
        bench_turns(records)
        fill(records, arguments.rows)
        bench_lists(records, arguments.rows)
        bench_turns(records)
        records.close()


if __name__ == "__main__":
    main()
