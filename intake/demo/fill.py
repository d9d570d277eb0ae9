"""Fills a running service: people of the clinic, intakes played through it, and what staff did with some of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from intake.cli.people import CONSOLE, one_time_password
from intake.demo.dates import counts, send_back
from intake.demo.player import people, play
from intake.records import Records, password_hash

STAFF = (
    ("robin@clinic.example", "Robin Poe", "reception"),
    ("ana@clinic.example", "Ana Field", "physiotherapist"),
    ("chris@clinic.example", "Chris Lane", "admin"),
)
Tell = Callable[[str], None]


def make_staff(records: Records) -> tuple[dict[str, str], list[str], str]:
    """Three members of staff and a key: ids by role, the lines that say how to log in, the key."""
    ids, lines = {}, []
    with records.begin() as tx:
        for email, name, role in STAFF:
            password = one_time_password()
            user = tx.staff_users.create(email, name, role, hashed=password_hash(password), must_change_password=True)
            tx.audit.record("staff.add", CONSOLE, "staff_user", user.id)
            ids[role] = user.id
            lines.append(f"  {name} ({role}): {email}, one-time password {password}")
        key, secret = tx.api_keys.add("demo", "admin")
        tx.audit.record("apikey.add", CONSOLE, "api_key", key.id)
    return ids, lines, secret


def fill(records: Records, url: str, tell: Tell) -> list[str]:
    """Play everybody; returns the lines that say how to log in."""
    ids, lines, key = make_staff(records)
    everybody = people()
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
        for number, person in enumerate(everybody, 1):
            with records.read() as tx:
                before = counts(tx)
            conversation = play(http, person)
            _staff(records, http, key, ids, person, conversation)
            if "days" in person:
                with records.begin() as tx:
                    send_back(tx, conversation["id"], timedelta(days=person["days"]), before)
            tell(f"  {number}/{len(everybody)} {person['name']}: {conversation['state'].replace('_', ' ')}")
    with records.begin() as tx:
        for known in tx.api_keys.list():
            tx.api_keys.revoke(known.id)
    return lines


def _staff(
    records: Records, http: httpx.Client, key: str, ids: Mapping[str, str], person: Mapping[str, Any], conversation: Mapping[str, Any]
) -> None:
    """What staff did with this one, over the staff API; an acknowledgement and a closing as their page does it."""
    bearer = {"Authorization": f"Bearer {key}"}
    for step in person.get("staff", ()):
        found = http.get("/api/v1/handoffs", params={"q": conversation["reference"]}, headers=bearer).json()["items"]
        if not found:
            return
        address = f"/api/v1/handoffs/{found[0]['id']}"
        version = http.get(address, headers=bearer).json()["version"]
        if step == "takeover":
            talk = f"/api/v1/conversations/{conversation['id']}"
            http.post(f"{talk}/takeover", headers=bearer)
            http.post(f"{talk}/reply", headers=bearer, json={"text": "This is Robin from the clinic. I am calling you now."})
        elif step == "acknowledge":
            with records.begin() as tx:
                mine: dict[str, Any] = {"acknowledged_by": ids["reception"], "assignee": ids["reception"], "acknowledged_at": tx.now()}
                tx.handoffs.change(found[0]["id"], status="in_review", **mine)
        elif step == "take":
            http.patch(address, headers=bearer, json={"version": version, "assignee": ids["physiotherapist"], "status": "in_review"})
        elif step == "book":
            time = {"starts_at": _some_morning().isoformat(), "service": "assessment", "location": "victoria", "version": version}
            http.post(f"{address}/appointment", headers=bearer, json=time)
        elif step == "closed":
            with records.begin() as tx:
                tx.handoffs.add_note(found[0]["id"], ids["reception"], "Called twice, the number is wrong. No answer by mail.")
                tx.handoffs.change(found[0]["id"], status="closed", close_reason="not_reached", assignee=ids["reception"])
        else:
            http.patch(address, headers=bearer, json={"version": version, "status": step, "assignee": ids["reception"]})


def _some_morning() -> datetime:
    """A weekday some days ahead, at 10 or 11 in the morning in British Columbia."""
    day = datetime.now(UTC).replace(hour=17, minute=30, second=0, microsecond=0) + timedelta(days=4)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
