"""Handoffs: listed urgent first, searched by keyed index, changed by one person at a time."""

from __future__ import annotations

import pytest

from intake.records import Filter, Handoff, NotFound, Records, StaleVersion
from tests.records.conftest import NAME, PHONE, Clock, document


def handed(records: Records, urgency: str | None = None, *, channel: str = "web", location: str = "victoria", **more: object) -> Handoff:
    with records.begin() as tx:
        conversation, _ = tx.conversations.create(channel)
        return tx.handoffs.put(conversation.id, document(urgency, **more), location=location)  # type: ignore[arg-type]


def test_urgent_comes_first_then_new(records: Records, clock: Clock) -> None:
    made = {}
    for name, urgency in (("old", None), ("t3", "T3"), ("t1", "T1"), ("new", None), ("t1b", "T1"), ("t2", "T2")):
        made[name] = handed(records, urgency).id
        clock.forward(minutes=1)
    with records.read() as tx:
        listed, cursor = tx.handoffs.list()
    assert [h.id for h in listed] == [made[n] for n in ("t1b", "t1", "t2", "t3", "new", "old")]
    assert cursor is None


def test_pages_show_each_handoff_once_also_when_times_are_equal(records: Records) -> None:
    ids = {handed(records, urgency).id for urgency in ("T1", None, "T2", None, None, "T1", None)}
    seen: list[str] = []
    cursor = None
    with records.read() as tx:
        while True:
            page, cursor = tx.handoffs.list(after=cursor, limit=3)
            seen += [h.id for h in page]
            if cursor is None:
                break
    assert len(seen) == len(ids) and set(seen) == ids


def test_every_filter_narrows_the_list(records: Records) -> None:
    web = handed(records, "T2", location="victoria")
    sms = handed(records, None, channel="sms", location="langford", reason="unreadable", partial=True)
    with records.begin() as tx:
        tx.handoffs.change(sms.id, status="in_review", assignee="su_1")
    with records.read() as tx:

        def found(**wanted: object) -> list[str]:
            return [h.id for h in tx.handoffs.list(Filter(**wanted))[0]]  # type: ignore[arg-type]

        for wanted in (
            {"statuses": ("in_review",)},
            {"tiers": (None, "T4")},
            {"location": "langford"},
            {"channel": "sms"},
            {"assignee": "su_1"},
            {"partial": True},
            {"reason": "unreadable"},
            {"reference": sms.reference.lower()},
        ):
            assert found(**wanted) == [sms.id], wanted
        assert found(statuses=("new", "in_review")) == [web.id, sms.id]
        assert found(tiers=("T1",)) == []


def test_who_cannot_be_reached_stays_out_of_the_main_list_unless_urgent(records: Records) -> None:
    nobody = {"contact.phone": None, "contact.email": None}
    plain, urgent = handed(records, None, **nobody), handed(records, "T1", **nobody)
    with records.read() as tx:
        assert [h.id for h in tx.handoffs.list(Filter(with_contact_only=True))[0]] == [urgent.id]
        assert [h.id for h in tx.handoffs.list()[0]] == [urgent.id, plain.id]


def test_the_search_finds_whole_name_words_numbers_and_references(records: Records) -> None:
    jose = handed(records, None, **{"contact.name": "José María O'Neil", "contact.phone": "+12505550177"})
    handed(records)
    with records.read() as tx:
        for text in ("jose", "MARIA jose", "O'Neil", "(250) 555-0177", "250 555 0177", "+1 250 555 0177", jose.reference.lower()):
            assert [h.id for h in tx.handoffs.search(text)] == [jose.id], text
        for text in ("jos", "jose quillfeather", "555 0177", "", "?!", "IMS-0000"):
            assert tx.handoffs.search(text) == [], text


def test_a_corrected_name_is_found_and_the_wrong_one_no_longer(records: Records) -> None:
    first = handed(records)
    with records.begin() as tx:
        tx.handoffs.put(first.conversation_id, document(**{"contact.name": "Bertha Quillfeather"}))
    with records.read() as tx:
        assert tx.handoffs.search("zephyrine") == []
        assert [h.name for h in tx.handoffs.search("bertha")] == ["Bertha Quillfeather"]


def test_the_document_shows_the_live_columns(records: Records) -> None:
    first = handed(records, "T3")
    with records.begin() as tx:
        changed = tx.handoffs.change(first.id, expected_version=1, status="in_review")
    shown = changed.document
    assert shown is not None
    assert (shown["id"], shown["version"], shown["status"], shown["urgency"]) == (first.id, 2, "in_review", "T3")
    assert shown["reference"] == first.reference and shown["conversation_id"] == first.conversation_id
    assert changed.name == NAME
    assert set(changed.as_item()) == {
        "id", "reference", "conversation_id", "urgency", "status", "reason", "partial", "name", "created_at",
    }  # fmt: skip


def test_the_second_of_two_people_is_told_the_version_that_the_first_made(records: Records) -> None:
    first = handed(records)
    with records.begin() as tx:
        tx.handoffs.change(first.id, expected_version=1, status="in_review", assignee="su_1")
    with pytest.raises(StaleVersion) as refused, records.begin() as tx:
        tx.handoffs.change(first.id, expected_version=1, status="closed")
    assert refused.value.current == 2
    with records.read() as tx:
        assert tx.handoffs.get(first.id).status == "in_review"


def test_a_completed_handoff_replaces_the_partial_one_and_keeps_the_work_done(records: Records, clock: Clock) -> None:
    partial = handed(records, reason="person_requested", partial=True)
    with records.begin() as tx:
        tx.handoffs.change(partial.id, assignee="su_1", acknowledged_by="su_1", acknowledged_at=clock.now)
        whole = tx.handoffs.put(partial.conversation_id, document())
        assert (whole.id, whole.assignee, whole.acknowledged_by, whole.partial) == (partial.id, "su_1", "su_1", False)
        raised = tx.handoffs.put(partial.conversation_id, document("T1", reason="emergency"))
        assert raised.acknowledged_by is None, "a new emergency must be acknowledged anew"
        assert [h.id for h in tx.handoffs.unacknowledged()] == [partial.id]
        assert tx.handoffs.count_unacknowledged() == 1


def test_booking_and_closing_stamp_their_times(records: Records, clock: Clock) -> None:
    first = handed(records)
    with records.begin() as tx:
        assert tx.handoffs.change(first.id, status="booked").booked_at == clock.now
        assert tx.handoffs.change(first.id, status="closed", close_reason="done").closed_at == clock.now
        assert tx.handoffs.count_open() == {}


def test_notes_are_kept_in_order_with_their_author(records: Records, clock: Clock) -> None:
    first = handed(records)
    with records.begin() as tx:
        tx.handoffs.add_note(first.id, "su_1", "called, no answer")
        clock.forward(minutes=1)
        tx.handoffs.add_note(first.id, "su_2", "called again")
        assert [(n.author, n.text) for n in tx.handoffs.notes(first.id)] == [("su_1", "called, no answer"), ("su_2", "called again")]


def test_live_updates_are_what_changed_since(records: Records, clock: Clock) -> None:
    first = handed(records)
    seen = clock.now
    clock.forward(seconds=1)
    second = handed(records)
    with records.read() as tx:
        assert [h.id for h in tx.handoffs.changed_since(seen)] == [second.id]
        assert first.updated_at == seen


def test_an_unknown_id_is_not_found(records: Records) -> None:
    with records.read() as tx:
        with pytest.raises(NotFound):
            tx.handoffs.get("ho_unknown")
        with pytest.raises(NotFound):
            tx.handoffs.list(after="ho_unknown")


def test_a_number_of_sms_is_a_contact_without_having_been_asked(records: Records) -> None:
    with records.begin() as tx:
        conversation, _ = tx.conversations.create("sms", address=PHONE)
        made = tx.handoffs.put(conversation.id, document(**{"contact.phone": None, "contact.email": None}))
    assert made.has_contact
