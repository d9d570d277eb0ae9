"""A clinic's public booking page: some addresses exist, others are gone."""

from __future__ import annotations

from .server import Received, Reply, StandIn


class BookingPage(StandIn):
    """Answers 200 for the paths it knows, 404 for the rest."""

    def __init__(self, *paths: str) -> None:
        super().__init__()
        self.paths = set(paths)

    def handle(self, request: Received) -> Reply:
        return Reply(200, b"<title>Book online</title>") if request.path in self.paths else Reply(404)
