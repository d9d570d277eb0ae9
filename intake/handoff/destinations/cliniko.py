"""Cliniko (its public API, github.com/redguava/cliniko-api): patient, document, free times, appointment.

Nothing is made twice: what an attempt achieved is kept before the next step, and before each step that creates
something the adapter looks whether an earlier, interrupted attempt already did. A patient is matched only when name
and phone or e-mail agree; when that is not clear the delivery is left to staff, because a document in the wrong
patient's file is worse than one more to file by hand.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from xml.etree import ElementTree

import httpx
from pydantic import AfterValidator, EmailStr, Field, HttpUrl, field_validator

from intake.handoff.booking import given
from intake.handoff.delivery import Context, Item, Receipt, Refused
from intake.handoff.http import request, require_tls
from intake.handoff.labels import answer_words, question_label
from intake.handoff.settings import DestinationSettings, Event, Secret

EVENTS: tuple[Event, ...] = ("handoff.created", "handoff.updated", "appointment.agreed", "appointment.cancelled")

# Cliniko's limits: form answers of 255 characters, seven days of available times in one call.
_ANSWER_LENGTH = 255
_MOST_DAYS = 7
# Cliniko wants a reason for every cancellation; staff write theirs into their own notes.
_OTHER_REASON = 50
_SHARD = re.compile(r"-([a-z]{2}\d{1,2})$", re.IGNORECASE)


class Settings(DestinationSettings):
    """The account, and which of Cliniko's ids stand for the clinic's locations and services."""

    kind: Literal["cliniko"]
    api_key: Secret = Field(description="API key of a Cliniko user, with its shard at the end (…-ca1).")
    contact_email: EmailStr = Field(description="Cliniko asks every program for a contact address.")
    businesses: dict[str, str] = Field(default_factory=dict, description="Location id -> Cliniko business id.")
    appointment_types: dict[str, str] = Field(default_factory=dict, description="Service id -> Cliniko appointment type id.")
    practitioner: str = Field(default="", description="Cliniko practitioner id for available times and booking.")
    document: Literal["attachment", "form"] = Field(default="attachment", description="The PDF as an attachment, or the answers as a patient form.")
    base_url: Annotated[HttpUrl, AfterValidator(require_tls)] | None = Field(
        default=None, description="Another address of the API; default: from the key's shard."
    )

    @field_validator("api_key")
    @classmethod
    def _one_line(cls, key: Secret) -> Secret:
        if not re.fullmatch(r"[\x21-\x7e]+", key.get_secret_value()):
            raise ValueError("the API key has characters that no key has")
        return key

    @property
    def api(self) -> str:
        """The API's address; keys without a shard belong to au1."""
        if self.base_url is not None:
            return str(self.base_url).rstrip("/")
        shard = _SHARD.search(self.api_key.get_secret_value())
        return f"https://api.{(shard.group(1) if shard else 'au1').lower()}.cliniko.com/v1"


class ClinikoAdapter:
    """Files a handoff with its patient, and books, moves or cancels an agreed time."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context

    def deliver(self, item: Item) -> Receipt:
        """Book or move (`appointment.agreed`), cancel (`appointment.cancelled`), or file the document as it is now.

        Data of both: starts_at, location, service; of a move also the start that it replaces.
        """
        if not item.consented:
            raise Refused("without_consent")
        if item.event == "appointment.cancelled":
            return self._cancel(item)
        patient_id = self._patient(item)
        if item.event == "appointment.agreed":
            return Receipt(self._appointment(item, patient_id), "booked in Cliniko")
        if self._settings.document == "form":
            return Receipt(self._form(item, patient_id), "patient form filed in Cliniko", filed=True)
        return Receipt(self._attachment(item, patient_id), "PDF filed in Cliniko", filed=True)

    def test(self) -> Receipt:
        """Read the account's locations, which needs a valid key and changes nothing."""
        found = self._read("businesses", {"per_page": "1"})
        return Receipt(note=f"{found['total_entries']} locations can be read")

    def available_times(self, location: str, service: str, first: date, last: date) -> list[datetime]:
        """Free start times (UTC) between two dates, both included; asked in steps of Cliniko's seven days.

        Raises Refused when the location or service has no Cliniko id in the settings.
        """
        path = self._bookable(location, service)
        times = []
        while first <= last:
            until = min(last, first + timedelta(days=_MOST_DAYS - 1))
            for entry in self._pages(
                f"{path}/available_times",
                {"from": first.isoformat(), "to": until.isoformat()},
                "available_times",
            ):
                times.append(datetime.fromisoformat(entry["appointment_start"]))
            first = until + timedelta(days=1)
        return times

    def _patient(self, item: Item) -> str:
        if "patient_id" not in item.progress:
            item.keep(patient_id=self._find_patient(item.handoff) or self._create_patient(item.handoff))
        return str(item.progress["patient_id"])

    def _find_patient(self, handoff: Mapping[str, Any]) -> str | None:
        """The id of the one patient who is surely this one; None if there is none; Refused if it is not clear."""
        if given(handoff, "for_whom") == "other":
            raise Refused("answered_by_somebody_else")
        first, last = _names(handoff)
        # Created by an earlier attempt of this very handoff, which was killed before it could remember.
        ours = list(self._pages("patients", {"q[]": [f"old_reference_id:={handoff['reference']}"]}, "patients"))
        if ours:
            return str(ours[0]["id"])
        named = self._pages("patients", {"q[]": [f"first_name:={first}", f"last_name:={last}"]}, "patients")
        phone, email = given(handoff, "contact.phone"), given(handoff, "contact.email")
        same = [patient for patient in named if _same_contact(patient, phone, email)]
        if len(same) > 1:
            raise Refused("several_patients_match")
        return str(same[0]["id"]) if same else None

    def _create_patient(self, handoff: Mapping[str, Any]) -> str:
        first, last = _names(handoff)
        phone, email = given(handoff, "contact.phone"), given(handoff, "contact.email")
        body: dict[str, Any] = {
            "first_name": first,
            "last_name": last,
            "old_reference_id": handoff["reference"],
        }
        if email:
            body["email"] = email
        if phone:
            body["patient_phone_numbers"] = [{"phone_type": "Mobile", "number": phone.lstrip("+")}]
        return str(self._create("patients", body)["id"])

    def _attachment(self, item: Item, patient_id: str) -> str:
        description = _title(item.handoff)
        known = self._pages(f"patients/{patient_id}/patient_attachments", {}, "patient_attachments")
        for attachment in known:
            if attachment.get("description") == description:
                return str(attachment["id"])
        post = self._read(f"patients/{patient_id}/attachment_presigned_post", {})
        url = self._upload(post, f"{item.handoff['reference']}.pdf", item.pdf("record"))
        item.keep()  # The upload may have taken long: extend the lease before the record is made.
        body = {"description": description, "patient_id": patient_id, "upload_url": url}
        return str(self._create("patient_attachments", body)["id"])

    def _upload(self, post: Mapping[str, Any], name: str, content: bytes) -> str:
        """Upload to the storage that Cliniko names; returns the address to tell it."""
        target = require_tls(HttpUrl(post["url"]))
        response = request(
            "POST",
            str(target),
            timeout=self._context.timeout,
            now=self._context.now(),
            data=dict(post["fields"]),
            files={"file": (name, content, "application/pdf")},
        )
        if response.status_code != 201:
            raise Refused(f"upload_http_{response.status_code}")
        key = ElementTree.fromstring(response.content).findtext("Key")
        if not key:
            raise Refused("upload_without_key")
        return f"{str(target).rstrip('/')}/{key}"

    def _form(self, item: Item, patient_id: str) -> str:
        name = _title(item.handoff)
        for form in self._pages("patient_forms", {"q[]": [f"patient_id:={patient_id}"]}, "patient_forms"):
            if form["name"] == name:
                return str(form["id"])
        questions = [
            {
                "name": question_label(question),
                "type": "paragraph",
                "answer": html.escape(answer_words(question, answer), quote=False)[:_ANSWER_LENGTH],
            }
            for question, answer in item.handoff["answers"].items()
            if answer["state"] != "not_asked"
        ]
        sections = [{"name": "Self-reported. Not examined. Not a diagnosis.", "questions": questions}]
        body = {
            "patient_id": patient_id,
            "name": name,
            "content": {"sections": sections},
            "completed": True,
            "restricted_to_practitioner": True,
        }
        return str(self._create("patient_forms", body)["id"])

    def _appointment(self, item: Item, patient_id: str) -> str:
        starts_at = datetime.fromisoformat(item.data["starts_at"])
        standing = self._standing(patient_id)
        if _cliniko_time(starts_at) in standing:
            return standing[_cliniko_time(starts_at)]
        location, service = item.data["location"], item.data["service"]
        day = starts_at.astimezone(self._zone()).date()
        if starts_at not in self.available_times(location, service, day, day):
            raise Refused("time_taken")
        body = {
            "starts_at": _cliniko_time(starts_at),
            "practitioner_id": self._settings.practitioner,
            "appointment_type_id": self._settings.appointment_types[service],
            "business_id": self._settings.businesses[location],
        }
        replaced = item.data.get("replaces")
        moved = standing.get(_cliniko_time(datetime.fromisoformat(replaced))) if replaced else None
        if moved is not None:
            # One step, so that nobody is left without the old time and without the new one. No end: from the service.
            self._call("PUT", f"individual_appointments/{moved}", json=body | {"ends_at": None})
            return moved
        return str(self._create("individual_appointments", body | {"patient_id": patient_id})["id"])

    def _cancel(self, item: Item) -> Receipt:
        """Cancel the appointment at this time, if it stands; a patient who is not there is not made for it."""
        patient_id = item.progress.get("patient_id") or self._find_patient(item.handoff)
        found = self._standing(patient_id).get(_cliniko_time(datetime.fromisoformat(item.data["starts_at"]))) if patient_id else None
        if found is None:
            return Receipt(note="no such appointment in Cliniko")
        body = {"cancellation_reason": _OTHER_REASON, "cancellation_note": f"Cancelled in IMS Intake, {item.handoff['reference']}"}
        self._call("PATCH", f"individual_appointments/{found}/cancel", json=body)
        return Receipt(found, "cancelled in Cliniko")

    def _standing(self, patient_id: str) -> dict[str, str]:
        """The patient's appointments that are not cancelled: Cliniko's start -> id."""
        mine = self._pages("individual_appointments", {"q[]": [f"patient_id:={patient_id}"]}, "individual_appointments")
        return {one["starts_at"]: str(one["id"]) for one in mine if not one.get("cancelled_at")}

    def _zone(self) -> Any:
        from intake.hours import clinic_zone

        return clinic_zone(self._context.settings.hours.timezone)

    def _bookable(self, location: str, service: str) -> str:
        known = self._settings
        if location not in known.businesses or service not in known.appointment_types or not known.practitioner:
            raise Refused("not_mapped_to_cliniko")
        return f"businesses/{known.businesses[location]}/practitioners/{known.practitioner}/appointment_types/{known.appointment_types[service]}"

    def _pages(self, path: str, query: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
        """Every entry of a list, following Cliniko's own `next` links, but only to Cliniko."""
        page = self._read(path, {"per_page": "100"} | dict(query))
        while True:
            yield from page[name]
            following = page.get("links", {}).get("next")
            if not following:
                return
            if not following.startswith(f"{self._settings.api}/"):
                raise Refused("foreign_next_link")
            page = self._read(following.removeprefix(f"{self._settings.api}/"), None)

    def _read(self, path: str, query: Mapping[str, Any] | None) -> dict[str, Any]:
        return self._json("GET", path, params=query)

    def _create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._json("POST", path, json=body)

    def _json(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        found: dict[str, Any] = self._call(method, path, **body).json()
        return found

    def _call(self, method: str, path: str, **body: Any) -> httpx.Response:
        """One call; Refused for an answer that no repetition will change."""
        response = request(
            method,
            f"{self._settings.api}/{path}",
            timeout=self._context.timeout,
            now=self._context.now(),
            headers={
                "accept": "application/json",
                "user-agent": f"IMS Intake ({self._settings.contact_email})",
            },
            auth=httpx.BasicAuth(self._settings.api_key.get_secret_value(), ""),
            **body,
        )
        if not response.is_success:
            raise Refused(f"http_{response.status_code}")
        return response


def _cliniko_time(moment: datetime) -> str:
    """A moment as Cliniko writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _title(handoff: Mapping[str, Any]) -> str:
    """What the document is called in Cliniko: one of each version, however often it is delivered."""
    return f"Intake {handoff['reference']}, version {handoff['version']}"


def _names(handoff: Mapping[str, Any]) -> tuple[str, str]:
    """First and last name; Cliniko needs both, so a single word gets a mark that staff will see."""
    words = str(given(handoff, "contact.name") or "").split()
    if not words:
        raise Refused("no_name")
    return words[0], " ".join(words[1:]) or "(not given)"


def _same_contact(patient: Mapping[str, Any], phone: str | None, email: str | None) -> bool:
    """Whether a found patient has this phone number (compared by its last ten digits) or this address."""
    numbers = {re.sub(r"\D", "", entry["number"])[-10:] for entry in patient.get("patient_phone_numbers") or ()}
    if phone and re.sub(r"\D", "", phone)[-10:] in numbers:
        return True
    return bool(email) and str(patient.get("email") or "").casefold() == str(email).casefold()


def open_adapter(settings: Settings, context: Context) -> ClinikoAdapter:
    """The adapter of one Cliniko account."""
    return ClinikoAdapter(settings, context)
