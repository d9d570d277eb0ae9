"""Deliveries and jobs: claimed by one worker, in order, again after a kill, never twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from intake.records import Conversation, Delivery, Records
from tests.records.conftest import Clock


def add(records: Records, n: int, *, stream: str = "webhook:main", key: str | None = None) -> Delivery:
    with records.begin() as tx:
        return tx.deliveries.add("webhook", "main", {"n": n}, stream=stream, idempotency_id=key)


def test_the_same_idempotency_id_is_one_delivery(records: Records) -> None:
    assert add(records, 1, key="handoff-1-v1").id == add(records, 2, key="handoff-1-v1").id


def test_a_stream_goes_out_in_order_and_others_are_not_held_up(records: Records, clock: Clock) -> None:
    first, second, other = add(records, 1, stream="a"), add(records, 2, stream="a"), add(records, 3, stream="b")
    with records.begin() as tx:
        assert {d.id for d in tx.deliveries.claim("w1")} == {first.id, other.id}
        tx.deliveries.sent(other.id, worker="w1")
        assert tx.deliveries.claim("w2") == []
        assert tx.deliveries.retry(first.id, at=clock.now + timedelta(minutes=1), error="http_503", worker="w1")
        assert tx.deliveries.claim("w2") == [], "the second waits for the first"
    clock.forward(minutes=2)
    with records.begin() as tx:
        assert [d.id for d in tx.deliveries.claim("w2")] == [first.id]
        tx.deliveries.sent(first.id, remote_id="r1", worker="w2")
        assert [(d.id, d.payload) for d in tx.deliveries.claim("w2")] == [(second.id, {"n": 2})]


def test_a_dead_letter_holds_nothing_up_and_can_be_sent_again(records: Records) -> None:
    first, second = add(records, 1), add(records, 2)
    with records.begin() as tx:
        tx.deliveries.claim("w")
        tx.deliveries.dead(first.id, error="http_410", worker="w")
        assert [d.id for d in tx.deliveries.claim("w")] == [second.id]
        tx.deliveries.sent(second.id, worker="w")
        assert [d.last_error for d in tx.deliveries.list(states=("dead",))] == ["http_410"]
        again = tx.deliveries.resend(first.id)
        assert (again.state, again.attempts) == ("pending", 0)
        assert [d.id for d in tx.deliveries.claim("w")] == [first.id]


def test_a_killed_worker_loses_its_lease_and_cannot_settle_late(records: Records, clock: Clock) -> None:
    first = add(records, 1)
    with records.begin() as tx:
        tx.deliveries.claim("killed", lease=timedelta(seconds=30))
    clock.forward(seconds=31)
    with records.begin() as tx:
        (again,) = tx.deliveries.claim("next")
        assert (again.id, again.attempts, again.idempotency_id) == (first.id, 2, first.idempotency_id)
        assert not tx.deliveries.sent(first.id, worker="killed")
        assert tx.deliveries.sent(first.id, worker="next")
        assert tx.deliveries.get(first.id).state == "sent"


def test_a_report_of_the_carrier_finds_its_delivery(records: Records) -> None:
    first = add(records, 1)
    with records.begin() as tx:
        tx.deliveries.claim("w")
        tx.deliveries.sent(first.id, remote_id="SM77")
        reported = tx.deliveries.report("SM77", "undelivered")
        assert reported is not None and reported.remote_status == "undelivered"
        assert tx.deliveries.report("SM78", "delivered") is None


def test_a_delivery_that_is_not_due_yet_waits(records: Records, clock: Clock) -> None:
    with records.begin() as tx:
        tx.deliveries.add("sms", "patient", {}, not_before=clock.now + timedelta(hours=1))
        assert tx.deliveries.claim("w") == []
    clock.forward(hours=1)
    with records.begin() as tx:
        assert len(tx.deliveries.claim("w")) == 1


def claimed_by_many(open_records: Callable[[], Records], claim: Callable[[Records, str], list[str]]) -> list[str]:
    found: list[str] = []
    failures: list[BaseException] = []
    start = threading.Barrier(4)

    def work(name: str) -> None:
        try:
            mine = open_records()
            start.wait(20)
            while ids := claim(mine, name):
                found.extend(ids)
        except BaseException as error:  # handed to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return found


def test_several_workers_never_get_the_same_delivery(records: Records, open_records: Callable[[], Records]) -> None:
    ids = [add(records, n, stream=f"s{n}").id for n in range(40)]

    def claim(mine: Records, worker: str) -> list[str]:
        with mine.begin() as tx:
            return [d.id for d in tx.deliveries.claim(worker, limit=3)]

    assert sorted(claimed_by_many(open_records, claim)) == sorted(ids)


def test_several_workers_run_each_job_once(records: Records, open_records: Callable[[], Records], clock: Clock) -> None:
    with records.begin() as tx:
        ids = [tx.jobs.schedule("nudge", f"nudge:{n}", clock.now).id for n in range(40)]

    def claim(mine: Records, worker: str) -> list[str]:
        with mine.begin() as tx:
            return [job.id for job in tx.jobs.claim(worker, limit=3) if tx.jobs.done(job.id, worker=worker)]

    assert sorted(claimed_by_many(open_records, claim)) == sorted(ids)


def test_scheduling_again_moves_the_job(records: Records, conversation: Conversation, clock: Clock) -> None:
    with records.begin() as tx:
        first = tx.jobs.schedule("nudge", "nudge:x", clock.now, conversation_id=conversation.id)
        moved = tx.jobs.schedule("nudge", "nudge:x", clock.now + timedelta(hours=2), conversation_id=conversation.id)
        assert moved.id == first.id
        assert tx.jobs.claim("w") == []
    clock.forward(hours=2)
    with records.begin() as tx:
        (job,) = tx.jobs.claim("w", kinds=("nudge",))
        tx.jobs.retry(job.id, clock.now + timedelta(minutes=5))
        assert tx.jobs.claim("w") == []
        tx.jobs.cancel("nudge:x")
        assert tx.jobs.get("nudge:x") is None


def test_a_job_whose_worker_was_killed_runs_again(records: Records, clock: Clock) -> None:
    with records.begin() as tx:
        job = tx.jobs.schedule("expiry", "expiry:x", clock.now)
        tx.jobs.claim("killed", lease=timedelta(seconds=30))
    clock.forward(seconds=31)
    with records.begin() as tx:
        assert [j.id for j in tx.jobs.claim("next")] == [job.id]
        assert not tx.jobs.done(job.id, worker="killed")
        assert tx.jobs.done(job.id, worker="next")
