"""Several workers, and workers that die: nothing lost, nothing out of order, nothing done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from intake.records.store import Records
from tests.standins.server import serving
from tests.standins.webhook_receiver import WebhookReceiver

from .conftest import SECRET, Clock, Outbox

EVENTS = ("handoff.created", "handoff.updated", "handoff.booked")


def test_two_workers_at_once_deliver_everything_in_order_and_once(
    outbox: Outbox, make_records: Callable[[Clock], Records]
) -> None:
    with serving(WebhookReceiver(SECRET)) as receiver:
        assert isinstance(receiver, WebhookReceiver)
        outbox.configure({"kind": "webhook", "url": receiver.url, "secret": SECRET}, first_delay_seconds=0.05)
        handoffs = [outbox.add_handoff() for _ in range(8)]
        for event in EVENTS:
            for handoff_id in handoffs:
                outbox.enqueue(event, handoff_id)
        receiver.faults.extend(["", "500", "", "drop"] * 3)
        second = Outbox(make_records(outbox.clock), outbox.clock, outbox.settings)
        stop = threading.Event()
        workers = [outbox.worker("one"), second.worker("two")]
        threads = [threading.Thread(target=worker.run, args=(stop,)) for worker in workers]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and any(d.state != "sent" for d in outbox.deliveries()):
            time.sleep(0.05)
        stop.set()
        for thread in threads:
            thread.join()
        assert {delivery.state for delivery in outbox.deliveries()} == {"sent"}
        order: dict[str, list[str]] = defaultdict(list)
        for event in receiver.effects.values():
            order[event["data"]["handoff_id"]].append(event["type"])
        assert order == {handoff_id: list(EVENTS) for handoff_id in handoffs}


def test_a_worker_killed_in_the_middle_of_a_delivery_loses_and_doubles_nothing(outbox: Outbox, tmp_path: Path, database: str) -> None:
    with serving(WebhookReceiver(SECRET)) as receiver:
        assert isinstance(receiver, WebhookReceiver)
        receiver.patience = 5
        receiver.faults.append("late")
        line = {"kind": "webhook", "url": receiver.url, "secret": SECRET}
        outbox.configure(line, timeout_seconds=10, lease_seconds=21)
        outbox.enqueue("handoff.created", outbox.add_handoff())
        script = textwrap.dedent(
            f"""
            from pathlib import Path
            from intake.records.keyring import Keyring
            from intake.records.store import Records
            from tests.handoff.conftest import Clock, Outbox
            folder = Path({str(tmp_path)!r})
            database = {database!r}
            records = Records(database, Keyring.open(folder / "keys/master.key"))
            outbox = Outbox(records, Clock())
            outbox.configure({line!r}, timeout_seconds=10, lease_seconds=21)
            outbox.worker("doomed").run_once()
            """
        )
        doomed = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[2])
        deadline = time.monotonic() + 120
        while not receiver.effects and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(doomed.pid, signal.SIGKILL)
        doomed.wait()
        held = outbox.delivery()
        assert (held.state, held.leased_by) == ("sending", "doomed"), "killed between the work and its record"
        assert not outbox.worker().run_once(), "its lease still holds"
        outbox.later(seconds=30)
        outbox.work()
        assert outbox.delivery().state == "sent"
        assert len(receiver.deliveries) == 2 and len(receiver.effects) == 1


def test_a_worker_that_lost_its_lease_settles_nothing(outbox: Outbox) -> None:
    with serving(WebhookReceiver(SECRET)) as receiver:
        assert isinstance(receiver, WebhookReceiver)
        outbox.configure({"kind": "webhook", "url": receiver.url, "secret": SECRET})
        (delivery,) = outbox.enqueue("handoff.created", outbox.add_handoff())
        with outbox.records.begin() as tx:
            tx.deliveries.claim("slow")
        outbox.later(minutes=2)
        outbox.work()
        with outbox.records.begin() as tx:
            assert not tx.deliveries.dead(delivery.id, error="timeout", worker="slow")
        assert outbox.delivery().state == "sent"


def test_a_store_that_fails_for_a_moment_does_not_stop_the_worker(outbox: Outbox) -> None:
    with serving(WebhookReceiver(SECRET)) as receiver:
        assert isinstance(receiver, WebhookReceiver)
        outbox.configure({"kind": "webhook", "url": receiver.url, "secret": SECRET})
        outbox.enqueue("handoff.created", outbox.add_handoff())
        with outbox.records.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE deliveries RENAME TO elsewhere")
        stop = threading.Event()
        thread = threading.Thread(target=outbox.worker().run, args=(stop,))
        thread.start()
        time.sleep(0.2)
        assert thread.is_alive()
        with outbox.records.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO deliveries")
        deadline = time.monotonic() + 60
        while not receiver.effects and time.monotonic() < deadline:
            time.sleep(0.02)
        stop.set()
        thread.join()
        assert len(receiver.effects) == 1


def test_without_destinations_a_worker_has_nothing_to_do(outbox: Outbox) -> None:
    outbox.configure()
    assert outbox.enqueue("handoff.created", outbox.add_handoff()) == []
    assert not outbox.worker().run_once()
