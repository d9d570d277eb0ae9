"""The worker process: sends what is due to other systems and to staff, and applies the terms of keeping data."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from intake.handoff.delivery import Context
from intake.handoff.worker import DeliveryWorker, PdfWriter
from intake.notices.worker import NoticeWorker
from intake.services import open_records
from intake.settings import Settings

logger = logging.getLogger(__name__)
RETENTION_EVERY = 3600.0


def run_worker(settings: Settings, ending: threading.Event) -> None:
    """Run until `ending` is set."""
    records = open_records(settings)
    housekeeping = threading.Thread(target=_keep_house, args=(settings, ending), name="retention")
    notices = threading.Thread(target=NoticeWorker(records, settings).run, args=(ending,), name="notices")
    housekeeping.start()
    notices.start()
    try:
        DeliveryWorker(records, settings.delivery, delivery_context(settings), pdf_writer(settings)).run(ending)
    finally:
        ending.set()
        notices.join(timeout=20)
        housekeeping.join(timeout=10)
        records.close()


def delivery_context(settings: Settings) -> Context:
    """What adapters may know of the installation."""
    return Context(
        settings,
        settings.base_url,
        settings.smtp_url,
        settings.mail_from,
        settings.delivery.timeout_seconds,
        lambda: datetime.now(UTC),
    )


def pdf_writer(settings: Settings) -> PdfWriter:
    """Writes handoffs as PDF with the clinic's name and hours; WeasyPrint is loaded only when one is needed."""

    def writer(document: Mapping[str, Any], role: str) -> bytes:
        from intake.handoff.pdf import write

        return write(document, role=role, hours=settings.hours, clinic_name=settings.clinic.name)

    return writer


def _keep_house(settings: Settings, ending: threading.Event) -> None:
    """Erase what has reached the end of its term, every hour."""
    while not ending.is_set():
        records = open_records(settings)
        try:
            erased = records.apply_retention()
            if erased:
                logger.info("retention erased %d conversations", sum(erased.values()))
        except Exception as failure:  # tomorrow is another try; the loop must live
            logger.error("retention failed: %s", type(failure).__name__)
        finally:
            records.close()
        until = time.monotonic() + RETENTION_EVERY
        while time.monotonic() < until and not ending.wait(1.0):
            pass
