"""Metrics of the service for Prometheus, on a port of 127.0.0.1 of its own. Counts and times only: no patient, no text, no id.

Requests are labelled with the route's pattern, never with the address that was asked for. What stands in the database is counted
when Prometheus asks, so it is right whichever process did the work.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from http.server import HTTPServer

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intake.records import Records

logger = logging.getLogger(__name__)
HOST = "127.0.0.1"
REGISTRY = CollectorRegistry()
REQUESTS = Counter("intake_requests", "Requests by route, method and status.", ("route", "method", "status"), registry=REGISTRY)
SECONDS = Histogram(
    "intake_request_seconds", "Time to answer, by route; a turn is POST …/messages.", ("route", "method"), registry=REGISTRY,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)  # fmt: skip


class Measured:
    """ASGI middleware: counts and times every request by its route's pattern; what matches no route is "none"."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how it ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            REQUESTS.labels(route, scope["method"], str(status)).inc()
            SECONDS.labels(route, scope["method"]).observe(time.perf_counter() - began)


class Standing(Collector):
    """What stands in the records at this moment."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing is asked of the database when the collector is registered."""
        yield from ()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Conversations by state, open handoffs by urgency, outbox and jobs; a database that is away gives `intake_database_up 0`."""
        up = GaugeMetricFamily("intake_database_up", "Whether the database answers.")
        try:
            with self._records.read() as tx:
                found = (
                    ("intake_conversations", "Conversations by state.", "state", tx.conversations.count_by_state()),
                    ("intake_handoffs_open", "Open handoffs by urgency.", "urgency", tx.handoffs.count_open()),
                    ("intake_deliveries", "Outbox rows by state.", "state", tx.deliveries.count_by_state()),
                    ("intake_jobs_waiting", "Jobs by kind.", "kind", tx.jobs.count_by_kind()),
                )
                waiting = tx.handoffs.count_unacknowledged()
        except SQLAlchemyError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        for name, text, label, counts in found:
            family = GaugeMetricFamily(name, text, labels=[label])
            for key, count in counts.items():
                family.add_metric([key or "none"], count)
            yield family
        family = GaugeMetricFamily("intake_handoffs_unacknowledged", "Open T1 and T2 that nobody has acknowledged.")
        family.add_metric([], waiting)
        yield family


def serve(records: Records, port: int) -> tuple[HTTPServer, threading.Thread]:
    """Serve the metrics on 127.0.0.1. Raises OSError when the port is taken."""
    REGISTRY.register(Standing(records))
    server, thread = start_http_server(port, addr=HOST, registry=REGISTRY)
    logger.info("metrics on %s:%d", HOST, port)
    return server, thread
