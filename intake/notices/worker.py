"""Runs the notices that are due: rounds of alerts, visitors who have gone, mail. Any number may run side by side."""

from __future__ import annotations

import logging
import secrets
import threading
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from intake.notices import alerts, waiting
from intake.notices.mail import Mailer
from intake.records import Records, RecordsError
from intake.records.jobs import Job
from intake.settings import Settings

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
LOOK_EVERY = 2.0
RUNS = {alerts.ALERT: alerts.run, waiting.WAITING: waiting.run}


class NoticeWorker:
    """One worker; make one per thread or process."""

    def __init__(self, records: Records, settings: Settings) -> None:
        self._records, self._settings = records, settings
        self._name = f"notices-{secrets.token_hex(4)}"
        self._mailer = Mailer(records, settings, self._name)

    def run(self, ending: threading.Event) -> None:
        """Work until `ending` is set; a failure is logged by its kind and tried again."""
        while not ending.is_set():
            try:
                worked = self.run_once()
            except (SQLAlchemyError, RecordsError, OSError) as failure:
                logger.error("notices failed: %s", type(failure).__name__)
                worked = 0
            if not worked:
                ending.wait(LOOK_EVERY)

    def run_once(self) -> int:
        """Run what is due; how many jobs and mails that were."""
        with self._records.begin() as tx:
            due = tx.jobs.claim(self._name, lease=LEASE, kinds=tuple(RUNS))
        for job in due:
            self._run(job)
        sent = self._mailer.run_once() if self._settings.smtp_url else 0
        return len(due) + sent

    def _run(self, job: Job) -> None:
        """One job in one transaction, under the lease: whoever lost it to another worker does nothing."""
        with self._records.begin() as tx:
            held = tx.jobs.get(job.key)
            if held is None or held.leased_by != self._name:
                return
            RUNS[job.kind](tx, job, self._settings, self._name)
