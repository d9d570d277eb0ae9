"""Invitations and resets by mail, end to end through a real mail server; what an admin may do to an account."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from intake.notices.worker import NoticeWorker
from tests.staff.clinic import PASSWORD, Clinic
from tests.standins.mail_server import Mailbox

NEW = "another row of words"


@pytest.fixture
def admin(clinic: Clinic) -> Iterator[httpx.Client]:
    client = clinic.log_in(clinic.people["admin"])
    yield client
    client.close()


def post(client: httpx.Client, path: str, **form: str) -> httpx.Response:
    return client.post(path, data={"csrf": client.headers["x-csrf-token"], **form})


def link_mailed(clinic: Clinic, mailbox: Mailbox, to: str) -> str:
    worker = NoticeWorker(clinic.records, clinic.settings)
    while worker.run_once():
        pass
    mails = [m for m, who in zip(mailbox.messages, mailbox.recipients, strict=True) if who == [to]]
    found = re.search(r"/staff/join#(\S+)", mails[-1].get_content())
    assert found, mails[-1].get_content()
    return found.group(1)


def join(clinic: Clinic, link: str, password: str = NEW) -> httpx.Response:
    return httpx.post(f"{clinic.url}/staff/join", data={"link": link, "password": password, "again": password}, timeout=60)


def test_somebody_who_is_invited_chooses_a_password_once(clinic: Clinic, admin: httpx.Client, mailbox: Mailbox) -> None:
    assert "gets an invitation" in post(admin, "/staff/people", email="nadia@clinic.example", name="Nadia Roe", role="reception").text
    link = link_mailed(clinic, mailbox, "nadia@clinic.example")
    assert join(clinic, link, "short").status_code == 422, "a bad password does not use the link up"
    done = join(clinic, link)
    assert done.status_code == 303 and done.headers["location"] == "/staff/login?said=changed"
    assert join(clinic, link).status_code == 410
    assert clinic.records.log_in("nadia@clinic.example", NEW).outcome == "ok"
    with clinic.records.read() as tx:
        secrets = [str(d.payload) for d in tx.deliveries.list(kinds=("staff_mail",), limit=500)]
    assert not any(link in payload for payload in secrets), "no secret lies in the outbox"


def test_a_forgotten_password_is_reset_by_mail_and_the_second_factor_stays(clinic: Clinic, mailbox: Mailbox) -> None:
    staff = clinic.member("reception")
    asked = httpx.post(f"{clinic.url}/staff/forgot", data={"email": staff.email}, timeout=60)
    unknown = httpx.post(f"{clinic.url}/staff/forgot", data={"email": "nobody@clinic.example"}, timeout=60)
    assert asked.status_code == unknown.status_code == 200 and asked.text == unknown.text, "nobody learns who has an account"
    assert join(clinic, link_mailed(clinic, mailbox, staff.email)).status_code == 303
    assert clinic.records.log_in(staff.email, PASSWORD).outcome == "wrong"
    assert clinic.records.log_in(staff.email, NEW).outcome == "ok"
    with clinic.records.read() as tx:
        assert tx.staff_users.get(staff.id).has_totp


def test_an_admin_shuts_out_and_lets_in_and_changes_roles(clinic: Clinic, admin: httpx.Client) -> None:
    staff = clinic.member("reception", "Vera Moss")
    inside = clinic.log_in(staff)
    assert inside.get("/staff").status_code == 200
    post(admin, f"/staff/people/{staff.id}", action="disable")
    assert inside.get("/staff").status_code == 303 and clinic.records.log_in(staff.email, PASSWORD).outcome == "wrong"
    post(admin, f"/staff/people/{staff.id}", action="enable")
    inside = clinic.log_in(staff)
    post(admin, f"/staff/people/{staff.id}", action="role", value="physiotherapist")
    assert inside.get("/staff").status_code == 303, "a change of role ends the session"
    post(admin, f"/staff/people/{staff.id}", action="second_factor")
    with clinic.records.read() as tx:
        user = tx.staff_users.get(staff.id)
    assert user.role == "physiotherapist" and not user.has_totp
    assert [e.action for e in clinic.audit("staff.", staff.id)][:4] == ["staff.second_factor", "staff.role", "staff.enable", "staff.disable"]


def test_nobody_changes_their_own_rights(clinic: Clinic, admin: httpx.Client) -> None:
    refused = post(admin, f"/staff/people/{clinic.people['admin'].id}", action="role", value="reception")
    assert refused.status_code == 422 and "your own account" in refused.text


@pytest.mark.parametrize("password", ["passwordpassword", "aaaaaaaaaaaaaaaa", "tooshort"])
def test_the_first_passwords_that_anybody_tries_are_refused(clinic: Clinic, password: str) -> None:
    assert join(clinic, "isl_x", password).status_code == 422


def test_dead_letters_are_seen_and_sent_again(clinic: Clinic, admin: httpx.Client) -> None:
    with clinic.records.begin() as tx:
        made = tx.deliveries.add("webhook", "records", {"event": "handoff.created", "data": {}, "progress": {}})
        tx.deliveries.dead(made.id, error="http_410")
    assert "http_410" in admin.get("/staff/deliveries").text
    post(admin, f"/staff/deliveries/{made.id}")
    with clinic.records.read() as tx:
        assert tx.deliveries.get(made.id).state == "pending"
    assert [e.subject_id for e in clinic.audit("delivery.resend")] == [made.id]


def test_the_settings_page_shows_no_secret(clinic: Clinic, admin: httpx.Client) -> None:
    page = admin.get("/staff/setup").text
    assert "desk@clinic.example" in page and "clinic.name" in page
    assert "sms.auth_token" in page and "not set" in page


def test_the_audit_is_filtered_and_exported(clinic: Clinic, admin: httpx.Client) -> None:
    handoff = clinic.intake()
    admin.get(f"/staff/handoffs/{handoff.id}")
    page = admin.get(f"/staff/audit?action=handoff.&subject={handoff.id}").text
    assert "handoff.read" in page and "staff.list" not in page
    csv = admin.get("/staff/audit.csv")
    assert csv.headers["content-type"].startswith("text/csv") and f"handoff.read,staff,{clinic.people['admin'].id},handoff,{handoff.id}" in csv.text
    assert clinic.audit("audit.export")
