"""Log-in, lock-out, sessions and forms: what keeps everybody else out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from intake.staff.login import safe_next
from tests.staff.clinic import PASSWORD, Clinic, Staff, running_clinic


def visitor(clinic: Clinic) -> httpx.Client:
    return httpx.Client(base_url=clinic.url, timeout=60, trust_env=False)


def csrf_of(clinic: Clinic, client: httpx.Client) -> str:
    with clinic.records.read() as tx:
        session = tx.staff_users.session(client.cookies["ims_staff"])
    assert session is not None
    return session.csrf


def password_given(clinic: Clinic, staff: Staff, client: httpx.Client) -> httpx.Response:
    return client.post("/staff/login", data={"email": staff.email, "password": PASSWORD, "next": "/staff/numbers"})


def test_password_then_code_lead_to_the_page_that_was_asked_for(clinic: Clinic) -> None:
    staff = clinic.member("reception")
    with visitor(clinic) as client:
        led = client.get("/staff/numbers")
        assert led.status_code == 303 and led.headers["location"] == "/staff/login?next=/staff/numbers"
        given = password_given(clinic, staff, client)
        assert given.headers["location"] == "/staff/code?next=/staff/numbers"
        cookie = given.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie
        assert client.get("/staff").headers["location"] == "/staff/code", "half a log-in opens nothing"
        half = client.cookies["ims_staff"]
        csrf = csrf_of(clinic, client)
        wrong = client.post("/staff/code", data={"csrf": csrf, "code": "000000"})
        assert wrong.status_code == 401 and "not right" in wrong.text
        done = client.post("/staff/code", data={"csrf": csrf, "code": staff.code(), "next": "/staff/numbers"})
        assert done.headers["location"] == "/staff/numbers"
        assert client.cookies["ims_staff"] != half, "the secret changes with the rights"
        assert client.get("/staff/numbers").status_code == 200


def test_a_code_works_once(clinic: Clinic) -> None:
    staff, answers = clinic.member("reception"), []
    code = staff.code()
    for _ in range(2):
        with visitor(clinic) as client:
            password_given(clinic, staff, client)
            answers.append(client.post("/staff/code", data={"csrf": csrf_of(clinic, client), "code": code}).status_code)
    assert answers == [303, 401]


def test_five_wrong_passwords_lock_for_fifteen_minutes(clinic: Clinic) -> None:
    staff = clinic.member("reception")
    with visitor(clinic) as client:
        for _ in range(5):
            assert client.post("/staff/login", data={"email": staff.email, "password": "wrong wrong wrong"}).status_code == 401
        locked = password_given(clinic, staff, client)
        assert locked.status_code == 401 and "Wait 15 minutes" in locked.text
        clinic.clock.ahead += timedelta(minutes=16)
        try:
            assert password_given(clinic, staff, client).status_code == 303
        finally:
            clinic.clock.ahead = timedelta(0)


def test_five_wrong_codes_lock_too(clinic: Clinic) -> None:
    staff = clinic.member("reception")
    with visitor(clinic) as client:
        password_given(clinic, staff, client)
        csrf = csrf_of(clinic, client)
        for _ in range(5):
            client.post("/staff/code", data={"csrf": csrf, "code": "000000"})
        refused = client.post("/staff/code", data={"csrf": csrf, "code": staff.code()})
        assert refused.status_code == 401 and "Wait 15 minutes" in refused.text


def test_one_address_tries_only_so_many_log_ins_a_minute_and_is_told_so_on_a_page(tmp_path: Path) -> None:
    browser = {"accept": "text/html,application/xhtml+xml"}
    with running_clinic(tmp_path, limits={"log_ins_per_minute": 3, "password_mails_per_minute": 2}) as own, visitor(own) as client:
        staff = own.member("reception")
        # Every account counts, also one that does not exist: the limit is the address's.
        tries = [
            client.post("/staff/login", data={"email": email, "password": "wrong"}, headers=browser)
            for email in (staff.email, "nobody@clinic.example", staff.email, staff.email)
        ]
        assert [tried.status_code for tried in tries] == [401, 401, 401, 429]
        page = tries[-1]
        assert page.headers["content-type"].startswith("text/html") and "Too many tries from here" in page.text
        assert 1 <= int(page.headers["retry-after"]) <= 60
        assert password_given(own, staff, client).status_code == 429, "the right password has to wait, too"
        mails = [client.post("/staff/forgot", data={"email": staff.email}, headers=browser).status_code for _ in range(3)]
        assert mails[-1] == 429 and 429 not in mails[:2]
        assert client.get("/staff/login").status_code == 200


def test_what_a_page_does_not_understand_is_a_page_too(clinic: Clinic) -> None:
    client = clinic.log_in(clinic.people["reception"])
    refused = client.get("/staff/numbers?weeks=nine", headers={"accept": "text/html"})
    assert refused.status_code == 422 and "This page does not understand" in refused.text and "<nav" in refused.text
    assert client.get("/staff/numbers?weeks=nine", headers={"accept": "application/json"}).headers["content-type"] == "application/problem+json"


def test_a_session_ends_after_an_idle_hour_and_after_twelve_hours_in_any_case(clinic: Clinic) -> None:
    staff = clinic.member("reception")
    client = clinic.log_in(staff)
    try:
        for _ in range(13):
            clinic.clock.ahead += timedelta(minutes=50)
            assert client.get("/staff/account").status_code == 200, "a click keeps it alive"
        clinic.clock.ahead += timedelta(minutes=70)
        assert client.get("/staff/account").status_code == 303
        clinic.clock.ahead = timedelta(0)
        client = clinic.log_in(staff)
        for _ in range(14):
            clinic.clock.ahead += timedelta(minutes=50)
            client.get("/staff/account")
        clinic.clock.ahead += timedelta(minutes=50)
        assert client.get("/staff/account").status_code == 303, "twelve hours are the end"
    finally:
        clinic.clock.ahead = timedelta(0)


def test_logging_out_everywhere_ends_every_device(clinic: Clinic) -> None:
    staff = clinic.member("reception")
    here, there = clinic.log_in(staff), clinic.log_in(staff)
    here.post("/staff/logout", data={"csrf": here.headers["x-csrf-token"], "everywhere": "yes"})
    assert there.get("/staff").status_code == 303


@pytest.mark.parametrize("path", ["/staff/search", "/staff/password", "/staff/logout", "/staff/people", "/staff/setup/test"])
def test_a_form_that_is_not_ours_changes_nothing(clinic: Clinic, path: str) -> None:
    client = clinic.log_in(clinic.people["admin"])
    assert client.post(path, data={"csrf": "guess", "text": "x", "email": "a@b.ca"}).status_code == 403
    assert client.get("/staff").status_code == 200


def test_a_change_by_the_staff_api_needs_the_token_of_the_session(clinic: Clinic) -> None:
    handoff = clinic.intake()
    client = clinic.log_in(clinic.people["physiotherapist"])
    token = client.headers.pop("x-csrf-token")
    body = {"version": handoff.version, "status": "in_review"}
    assert client.patch(f"/api/v1/handoffs/{handoff.id}", json=body).status_code == 403
    assert client.patch(f"/api/v1/handoffs/{handoff.id}", json=body, headers={"x-csrf-token": token}).status_code == 200


def test_every_page_forbids_framing_caching_and_foreign_scripts(clinic: Clinic) -> None:
    client = clinic.log_in(clinic.people["admin"])
    for path in ("/staff", "/staff/login", "/staff/numbers", "/staff/people"):
        headers = client.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("next_", ["https://evil.example", "//evil.example", "/staff//evil", "/staff/../x", "/staff/login", "javascript:x", ""])
def test_the_log_in_leads_nowhere_else(next_: str) -> None:
    assert safe_next(next_) == "/staff"
    assert safe_next("/staff/handoffs/ho_1") == "/staff/handoffs/ho_1"
