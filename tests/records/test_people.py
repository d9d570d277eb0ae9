"""Staff, API keys, links, codes, opt-outs and the audit."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from intake.records import Actor, Conversation, Records, StaffError, StaffUser, password_hash
from tests.records.conftest import PHONE, Clock

PASSWORD = "correct horse battery"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def hashed() -> str:
    return password_hash(PASSWORD)


@pytest.fixture
def user(records: Records, hashed: str) -> StaffUser:
    with records.begin() as tx:
        return tx.staff_users.create("Ana@Clinic.example", "Ana", "reception", hashed=hashed)


def test_the_right_password_logs_in_whatever_the_case_of_the_address(records: Records, user: StaffUser) -> None:
    outcome = records.log_in("ana@clinic.EXAMPLE", PASSWORD)
    assert outcome.outcome == "ok" and outcome.user is not None and outcome.user.id == user.id
    assert records.log_in("nobody@clinic.example", PASSWORD).outcome == "wrong"


def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(records: Records, user: StaffUser, clock: Clock) -> None:
    for _ in range(5):
        assert records.log_in(user.email, "wrong").outcome == "wrong"
    assert records.log_in(user.email, PASSWORD).outcome == "locked"
    clock.forward(minutes=15, seconds=1)
    assert records.log_in(user.email, PASSWORD).outcome == "ok"


def test_a_disabled_user_is_out_at_once(records: Records, user: StaffUser) -> None:
    with records.begin() as tx:
        _, cookie = tx.staff_users.open_session(user.id, HOUR, second_factor=True)
        tx.staff_users.disable(user.id)
        assert tx.staff_users.session(cookie) is None
    assert records.log_in(user.email, PASSWORD).outcome == "wrong"


def test_a_short_password_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 12"):
        password_hash("short")


def test_two_users_cannot_have_one_address_and_roles_are_three(records: Records, user: StaffUser) -> None:
    with records.begin() as tx:
        with pytest.raises(StaffError):
            tx.staff_users.create(" ANA@clinic.example ", "Other", "admin")
        with pytest.raises(StaffError):
            tx.staff_users.create("b@clinic.example", "Other", "owner")


def test_a_code_of_the_second_factor_works_once_and_confirms_it(records: Records, user: StaffUser, clock: Clock) -> None:
    with records.begin() as tx:
        secret = tx.staff_users.new_totp(user.id)
        assert not tx.staff_users.get(user.id).has_totp
        code = pyotp.TOTP(secret).at(clock.now)
        assert not tx.staff_users.use_totp(user.id, "000000" if code != "000000" else "111111")
        assert tx.staff_users.use_totp(user.id, code)
        assert not tx.staff_users.use_totp(user.id, code), "a code that was seen cannot be used again"
        assert tx.staff_users.get(user.id).has_totp
    clock.forward(seconds=60)
    with records.begin() as tx:
        assert tx.staff_users.use_totp(user.id, pyotp.TOTP(secret).at(clock.now))


def test_a_session_ends_with_its_time_its_log_out_or_a_new_password(
    records: Records, user: StaffUser, clock: Clock, hashed: str
) -> None:
    with records.begin() as tx:
        session, cookie = tx.staff_users.open_session(user.id, HOUR, second_factor=False)
        tx.staff_users.touch_session(session.id, HOUR, second_factor=True)
        found = tx.staff_users.session(cookie)
        assert found is not None and found.second_factor and found.user.id == user.id
        assert tx.staff_users.session(cookie + "x") is None
    clock.forward(hours=1, seconds=1)
    with records.begin() as tx:
        assert tx.staff_users.session(cookie) is None
        session, cookie = tx.staff_users.open_session(user.id, HOUR, second_factor=True)
        tx.staff_users.close_session(session.id)
        assert tx.staff_users.session(cookie) is None
        _, cookie = tx.staff_users.open_session(user.id, HOUR, second_factor=True)
        tx.staff_users.set_password(user.id, hashed)
        assert tx.staff_users.session(cookie) is None


def test_an_invitation_works_once_in_time_and_for_its_purpose(records: Records, user: StaffUser, clock: Clock) -> None:
    with records.begin() as tx:
        secret = tx.staff_users.issue_link(user.id, "invitation", HOUR)
        assert tx.staff_users.redeem_link(secret, "reset") is None
        redeemed = tx.staff_users.redeem_link(secret, "invitation")
        assert redeemed is not None and redeemed.id == user.id
        assert tx.staff_users.redeem_link(secret, "invitation") is None
        late = tx.staff_users.issue_link(user.id, "reset", HOUR)
    clock.forward(hours=2)
    with records.begin() as tx:
        assert tx.staff_users.redeem_link(late, "reset") is None


def test_an_api_key_works_until_it_expires_or_is_revoked(records: Records, clock: Clock) -> None:
    with records.begin() as tx:
        key, secret = tx.api_keys.add("booking", "reception", expires_at=clock.now + HOUR)
        assert secret.startswith("imk_")
        checked = tx.api_keys.check(secret)
        assert checked is not None and checked.id == key.id
        assert tx.api_keys.check("imk_wrong") is None
        other, other_secret = tx.api_keys.add("export", "admin")
        tx.api_keys.revoke(other.id)
        assert tx.api_keys.check(other_secret) is None
    clock.forward(hours=2)
    with records.read() as tx:
        assert tx.api_keys.check(secret) is None


def test_a_link_works_once_for_its_purpose_and_time(records: Records, conversation: Conversation, clock: Clock) -> None:
    with records.begin() as tx:
        _, secret = tx.links.issue("resume", conversation.id, detail={"last_four": "0142"})
        assert tx.links.peek(secret, "sms") is None
        peeked = tx.links.peek(secret, "resume")
        assert peeked is not None and peeked.detail == {"last_four": "0142"}
        assert tx.links.redeem(secret, "resume") is not None
        assert tx.links.redeem(secret, "resume") is None
        _, late = tx.links.issue("resume", conversation.id)
    clock.forward(minutes=16)
    with records.begin() as tx:
        assert tx.links.redeem(late, "resume") is None


def test_wrong_last_digits_end_a_link_after_five_tries(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        link, secret = tx.links.issue("resume", conversation.id)
        assert [tx.links.missed(link.id) for _ in range(5)] == [4, 3, 2, 1, 0]
        assert tx.links.redeem(secret, "resume") is None


def test_a_code_takes_five_tries_and_belongs_to_one_conversation(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        _, code = tx.links.issue_code("sms", conversation.id, address=PHONE)
        assert len(code) == 8
        other, _ = tx.conversations.create("web")
        tx.links.issue_code("sms", other.id, address=PHONE)
        assert tx.links.redeem_code("sms", other.id, code) is None
        redeemed = tx.links.redeem_code("sms", conversation.id, f" {code.lower()} ")
        assert redeemed is not None and redeemed.detail == {"address": PHONE}
        _, code = tx.links.issue_code("sms", conversation.id, address=PHONE)
        for _ in range(5):
            assert tx.links.redeem_code("sms", conversation.id, "AAAAAAAA") is None
        assert tx.links.redeem_code("sms", conversation.id, code) is None, "after five wrong tries the right one is too late"


def test_a_newer_code_ends_the_older(records: Records, conversation: Conversation) -> None:
    with records.begin() as tx:
        _, first = tx.links.issue_code("sms", conversation.id, address=PHONE)
        tx.links.issue_code("sms", conversation.id, address=PHONE)
        assert tx.links.redeem_code("sms", conversation.id, first) is None


def test_issues_are_counted_by_conversation_number_and_network_address(
    records: Records, conversation: Conversation, clock: Clock
) -> None:
    with records.begin() as tx:
        tx.links.issue_code("sms", conversation.id, address=PHONE, requester="192.0.2.7")
        clock.forward(hours=2)
        tx.links.issue_code("sms", conversation.id, address=PHONE, requester="192.0.2.8")
        day, recent = clock.now - timedelta(days=1), clock.now - HOUR
        assert tx.links.issued_since(day, address=PHONE) == 2
        assert tx.links.issued_since(recent, conversation_id=conversation.id) == 1
        assert tx.links.issued_since(day, requester="192.0.2.7") == 1


def test_an_opt_out_holds_until_it_is_lifted(records: Records) -> None:
    with records.begin() as tx:
        tx.opt_outs.add("sms", PHONE, source="word")
        tx.opt_outs.add("sms", PHONE, source="carrier")
        assert tx.opt_outs.holds("sms", PHONE) and not tx.opt_outs.holds("sms", "+12505550199")
        tx.opt_outs.lift("sms", PHONE)
        assert not tx.opt_outs.holds("sms", PHONE)


def test_the_audit_is_read_by_action_person_and_subject(records: Records, clock: Clock) -> None:
    with records.begin() as tx:
        tx.audit.record("handoff.read", Actor("staff", "su_1"), "handoff", "ho_1")
        clock.forward(minutes=1)
        tx.audit.record("handoff.change", Actor("staff", "su_2"), "handoff", "ho_1", status="booked")
        tx.audit.record("staff.disable", Actor("api_key", "ak_1"), "staff", "su_2")
    with records.read() as tx:
        assert [e.action for e in tx.audit.list()] == ["staff.disable", "handoff.change", "handoff.read"]
        assert [e.action for e in tx.audit.list(action="handoff.")] == ["handoff.change", "handoff.read"]
        assert [e.action for e in tx.audit.list(actor_id="su_2")] == ["handoff.change"]
        assert len(tx.audit.list(subject_id="ho_1", since=clock.now)) == 1
        newest = tx.audit.list(limit=1)[0]
        assert len(tx.audit.list(before=newest.id)) == 2
        lines = list(tx.audit.csv())
        assert len(lines) == 4 and lines[2].strip().endswith("handoff.change,staff,su_2,handoff,ho_1,status=booked")


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor_id = 'su_9'", "DELETE FROM audit"])
def test_the_database_refuses_to_change_the_audit(records: Records, statement: str) -> None:
    with records.begin() as tx:
        tx.audit.record("handoff.read", Actor("staff", "su_1"))
    with pytest.raises(DBAPIError, match="append-only"), records.engine.begin() as connection:
        connection.execute(text(statement))
    with records.read() as tx:
        assert [e.actor.id for e in tx.audit.list(action="handoff.read")] == ["su_1"]


def test_the_database_refuses_to_replace_or_empty_the_audit(records: Records) -> None:
    with records.begin() as tx:
        tx.audit.record("handoff.read", Actor("staff", "su_1"))
    postgres = "TRUNCATE audit"
    sqlite = "INSERT OR REPLACE INTO audit (id, at, action, actor_kind) VALUES (1, '2026-01-01', 'x.y', 'staff')"
    with pytest.raises(DBAPIError, match="append-only"), records.engine.begin() as connection:
        connection.execute(text(sqlite if records.engine.dialect.name == "sqlite" else postgres))


def test_the_audit_takes_no_words(records: Records) -> None:
    with records.begin() as tx:
        for words in ("Zephyrine Quillfeather", "z@example.com", "my arm hurts", "é"):
            with pytest.raises(ValueError, match="ids and codes only"):
                tx.audit.record("handoff.read", Actor("staff", "su_1"), "handoff", "ho_1", note=words)
            with pytest.raises(ValueError, match="ids and codes only"):
                tx.audit.record("handoff.read", Actor("staff", words))
