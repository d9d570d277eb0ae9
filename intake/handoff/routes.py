"""Puts the routes of documents and appointments into the app, with its parts."""

from __future__ import annotations

from fastapi import FastAPI

from intake.api.auth import reader
from intake.gate import person
from intake.handoff.appointment_router import Appointments
from intake.handoff.appointment_router import build_router as appointment_router
from intake.handoff.delivery_router import Outbox
from intake.handoff.delivery_router import build_router as delivery_router
from intake.handoff.router import Documents, build_router
from intake.records.audit import Actor
from intake.services import Services
from intake.settings import Location
from intake.work import delivery_context


def include(app: FastAPI, parts: Services) -> None:
    """Add them; must come before `/api/v1/handoffs/{id}`, which would take `{id}.pdf` for an id."""
    settings, records = parts.settings, parts.records

    async def tell(conversation_id: str, actor: Actor, text: str) -> None:
        async with parts.gate.turn_of(conversation_id):
            await parts.in_thread(lambda: person.reply(records, settings, conversation_id, actor, text))
        parts.gate.news.tell(conversation_id)

    documents = Documents(records, settings.hours, settings.clinic.name, parts.in_thread)
    appointments = Appointments(
        records,
        settings,
        settings.delivery,
        settings.base_url,
        {location.id: _place(location) for location in settings.clinic.locations},
        parts.in_thread,
        tell,
    )
    outbox = Outbox(records, settings.delivery, lambda: delivery_context(settings), parts.in_thread)
    app.include_router(build_router(documents, reader))
    app.include_router(delivery_router(outbox, reader))
    app.include_router(appointment_router(appointments, reader))


def _place(location: Location) -> str:
    return f"{location.name}, {location.address}" if location.address else location.name
