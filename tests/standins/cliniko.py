"""Cliniko as its public documentation describes it (github.com/redguava/cliniko-api), with its file storage.

It refuses what the documentation forbids: no key, no contact in User-Agent, no `Accept`, unknown filters, windows over
seven days, uploads with a missing field, forms with answers that are too long, appointments at times that are not free.
"""

from __future__ import annotations

import base64
import email
import email.policy
import json
import re
from datetime import date, datetime, timedelta
from typing import Any

from .server import Received, Reply, StandIn

KEY = "MS0xLWtleWZvcnRlc3Rz-ca1"
_FIELDS = {
    "policy": "cG9saWN5",
    "x-amz-credential": "STANDIN",
    "x-amz-signature": "c2lnbmF0dXJl",
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-date": "20261123T000000Z",
    "success_action_status": "201",
    "acl": "private",
}
_FILTERS = {
    "patients": {"first_name", "last_name", "email", "old_reference_id", "id", "date_of_birth"},
    "individual_appointments": {"patient_id", "starts_at", "practitioner_id", "business_id", "id"},
    "patient_forms": {"patient_id", "id", "created_at"},
}


class Cliniko(StandIn):
    """One account: business 11, practitioner 21, appointment type 31, and whatever is filed in it."""

    def __init__(self, today: date, page_size: int = 50) -> None:
        super().__init__()
        self.today = today
        self.page_size = page_size
        self.patients: list[dict[str, Any]] = []
        self.attachments: list[dict[str, Any]] = []
        self.forms: list[dict[str, Any]] = []
        self.appointments: list[dict[str, Any]] = []
        self.free: set[str] = set()
        self.storage: dict[str, bytes] = {}
        self.complaints: list[str] = []

    def add_patient(self, **fields: Any) -> dict[str, Any]:
        patient = {
            "id": str(1000 + len(self.patients)),
            "email": "",
            "patient_phone_numbers": [],
            "old_reference_id": "",
        }
        self.patients.append(patient | fields)
        return self.patients[-1]

    def handle(self, request: Received) -> Reply:
        if request.path.startswith("/bucket/"):
            return self._store(request)
        problem = self._credentials(request)
        if problem:
            self.complaints.append(problem)
            return _json(401 if "key" in problem else 400, {"message": problem})
        for pattern, method, action in (
            (r"/v1/businesses", "GET", self._businesses),
            (r"/v1/patients", "GET", self._find_patients),
            (r"/v1/patients", "POST", self._create_patient),
            (r"/v1/patients/(\d+)/patient_attachments", "GET", self._attachments_of),
            (r"/v1/patients/(\d+)/attachment_presigned_post", "GET", self._presigned),
            (r"/v1/patient_attachments", "POST", self._create_attachment),
            (r"/v1/patient_forms", "GET", self._find_forms),
            (r"/v1/patient_forms", "POST", self._create_form),
            (r"/v1/individual_appointments", "GET", self._find_appointments),
            (r"/v1/individual_appointments", "POST", self._create_appointment),
            (r"/v1/individual_appointments/(\d+)", "PUT", self._move_appointment),
            (r"/v1/individual_appointments/(\d+)/cancel", "PATCH", self._cancel_appointment),
            (r"/v1/businesses/11/practitioners/21/appointment_types/31/available_times", "GET", self._times),
        ):
            match = re.fullmatch(pattern, request.path)
            if match and request.method == method:
                return action(request, *match.groups())
        self.complaints.append(f"no such resource: {request.method} {request.path}")
        return _json(404, {"message": "not found"})

    def _credentials(self, request: Received) -> str | None:
        wanted = base64.b64encode(f"{KEY}:".encode()).decode()
        if request.headers.get("authorization") != f"Basic {wanted}":
            return "no valid key"
        if not re.search(r".+ \(.+@.+\)", request.headers.get("user-agent", "")):
            return "User-Agent must name the application and an address"
        if request.headers.get("accept") != "application/json":
            return "Accept must be application/json"
        if request.method in ("POST", "PUT", "PATCH") and request.headers.get("content-type") != "application/json":
            return "Content-Type must be application/json"
        return None

    def _page(self, request: Received, name: str, rows: list[dict[str, Any]]) -> Reply:
        for filter_text in request.query.get("q[]", []):
            field, _, wanted = filter_text.partition(":=")
            if field not in _FILTERS.get(name, set()):
                self.complaints.append(f"no filter {field} on {name}")
                return _json(400, {"message": "unknown filter"})
            rows = [row for row in rows if str(row.get(field, "")) == wanted]
        size = min(int(request.query.get("per_page", ["50"])[0]), self.page_size)
        number = int(request.query.get("page", ["1"])[0])
        links = {"self": f"{self.url}{request.path}"}
        if number * size < len(rows):
            query = "&".join(f"q%5B%5D={value}" for value in request.query.get("q[]", []))
            links["next"] = f"{self.url}{request.path}?page={number + 1}&per_page={size}&{query}"
        body = {name: rows[(number - 1) * size : number * size], "total_entries": len(rows), "links": links}
        return _json(200, body)

    def _businesses(self, request: Received) -> Reply:
        return self._page(request, "businesses", [{"id": "11", "business_name": "Victoria"}])

    def _find_patients(self, request: Received) -> Reply:
        return self._page(request, "patients", self.patients)

    def _create_patient(self, request: Received) -> Reply:
        body = json.loads(request.body)
        if not body.get("first_name") or not body.get("last_name"):
            return _json(422, {"errors": {"first_name": "can't be blank"}})
        return _json(201, self.add_patient(**body))

    def _attachments_of(self, request: Received, patient_id: str) -> Reply:
        mine = [
            {name: value for name, value in attachment.items() if name != "content"}
            for attachment in self.attachments
            if attachment["patient_id"] == patient_id
        ]
        return self._page(request, "patient_attachments", mine)

    def _presigned(self, request: Received, patient_id: str) -> Reply:
        key = f"1/patients/{patient_id}/attachments/temp/{len(self.storage)}/${{filename}}"
        return _json(200, {"url": f"{self.url}/bucket/", "fields": {"key": key} | _FIELDS})

    def _store(self, request: Received) -> Reply:
        """The storage: every field as given, the file last, 201 with XML."""
        raw = b"content-type: " + request.headers["content-type"].encode() + b"\r\n\r\n" + request.body
        parts = list(email.message_from_bytes(raw, policy=email.policy.default).iter_parts())
        names = [str(part.get_param("name", header="content-disposition")) for part in parts]
        given = {name: part.get_payload(decode=True) for name, part in zip(names, parts, strict=True)}
        if names[-1] != "file" or any(given.get(name) != value.encode() for name, value in _FIELDS.items()):
            self.complaints.append("upload with wrong fields")
            return Reply(403)
        key = given["key"].decode().replace("${filename}", parts[-1].get_filename() or "")
        self.storage[key] = given["file"]
        xml = f'<?xml version="1.0" encoding="UTF-8"?><PostResponse><Key>{key}</Key></PostResponse>'
        return Reply(201, xml.encode(), {"content-type": "application/xml"})

    def _create_attachment(self, request: Received) -> Reply:
        body = json.loads(request.body)
        key = body["upload_url"].removeprefix(f"{self.url}/bucket/")
        if key not in self.storage:
            self.complaints.append("attachment of a file that was never uploaded")
            return _json(422, {"errors": {"upload_url": "is invalid"}})
        body |= {
            "id": str(5000 + len(self.attachments)),
            "processing_completed": False,
            "content": self.storage[key],
        }
        self.attachments.append(body)
        return _json(201, {name: value for name, value in body.items() if name != "content"})

    def _find_forms(self, request: Received) -> Reply:
        return self._page(request, "patient_forms", self.forms)

    def _create_form(self, request: Received) -> Reply:
        body = json.loads(request.body)
        for section in body["content"]["sections"]:
            for question in section["questions"]:
                wrong = len(question["answer"]) > 255 or len(question["name"]) > 255 or question["answer"] == ""
                if wrong or "<" in question["answer"]:
                    self.complaints.append(f"form answer not allowed: {question['name']}")
                    return _json(422, {"errors": {"content": "is invalid"}})
        body["id"] = str(7000 + len(self.forms))
        self.forms.append(body)
        return _json(201, body)

    def _times(self, request: Received) -> Reply:
        first, last = (date.fromisoformat(request.query[name][0]) for name in ("from", "to"))
        if first < self.today or last - first > timedelta(days=7):
            self.complaints.append("time frame")
            return _json(400, {"message": "Invalid time frame definition. Please check from/to param limitations."})
        taken = {appointment["starts_at"] for appointment in self.appointments if not appointment["cancelled_at"]}
        # The account's own zone is UTC-7 here: its days begin at 07:00 UTC.
        times = [
            start
            for start in sorted(self.free - taken)
            if first <= (datetime.fromisoformat(start) - timedelta(hours=7)).date() <= last
        ]
        return self._page(request, "available_times", [{"appointment_start": start} for start in times])

    def _find_appointments(self, request: Received) -> Reply:
        return self._page(request, "individual_appointments", self.appointments)

    def _create_appointment(self, request: Received) -> Reply:
        body = json.loads(request.body)
        if {name: body.get(name) for name in ("business_id", "practitioner_id", "appointment_type_id")} != {
            "business_id": "11",
            "practitioner_id": "21",
            "appointment_type_id": "31",
        }:
            return _json(422, {"errors": {"business_id": "is invalid"}})
        appointment = body | {"id": str(9000 + len(self.appointments)), "cancelled_at": None}
        self.appointments.append(appointment)
        return _json(201, appointment)

    def _move_appointment(self, request: Received, appointment_id: str) -> Reply:
        for appointment in self.appointments:
            if appointment["id"] == appointment_id and not appointment["cancelled_at"]:
                appointment |= json.loads(request.body)
                return _json(200, appointment)
        self.complaints.append("change of an appointment that does not stand")
        return _json(404, {"message": "not found"})

    def _cancel_appointment(self, request: Received, appointment_id: str) -> Reply:
        body = json.loads(request.body)
        if body.get("cancellation_reason") not in (10, 20, 30, 40, 50, 60):
            self.complaints.append("a cancellation needs one of the documented reasons")
            return _json(422, {"errors": {"cancellation_reason": "can't be blank"}})
        for appointment in self.appointments:
            if appointment["id"] == appointment_id:
                appointment |= body | {"cancelled_at": "2026-11-25T00:00:00Z"}
                return Reply(204)
        return _json(404, {"message": "not found"})


def _json(status: int, body: Any) -> Reply:
    return Reply(status, json.dumps(body).encode(), {"content-type": "application/json"})
