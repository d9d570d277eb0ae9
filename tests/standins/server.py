"""A real HTTP server for tests, that can be told to misbehave the way receivers do."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Received:
    """One request as it came over the wire."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """What to answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class StandIn:
    """Base of the stand-ins: subclasses answer in `handle`; `faults` are used up one a request, first come first.

    Faults: "500", "503:30" (with Retry-After), "timeout" (no answer), "late" (does the work, then answers too late),
    "drop" (does the work, then closes without an answer), "twice" (sends the answer twice).
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.faults: deque[str] = deque()
        self.patience = 1.2  # seconds that "timeout" and "late" hold the line; longer than the tests' limit
        self.lock = threading.Lock()
        self.url = ""

    def handle(self, request: Received) -> Reply:
        """Do what the request asks. Runs under the stand-in's lock."""
        raise NotImplementedError


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            where = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            request = Received(
                self.command,
                where.path,
                parse_qs(where.query, keep_blank_values=True),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length),
            )
            with stand_in.lock:
                stand_in.received.append(request)
                fault = stand_in.faults.popleft() if stand_in.faults else ""
            status, _, wait = fault.partition(":")
            if status.isdigit():
                self._answer(Reply(int(status), headers={"Retry-After": wait} if wait else {}))
                return
            if fault == "timeout":
                time.sleep(stand_in.patience)
                self.close_connection = True
                return
            with stand_in.lock:
                reply = stand_in.handle(request)
            if fault == "late":
                time.sleep(stand_in.patience)
            if fault == "drop":
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            self._answer(reply)
            if fault == "twice":
                self._answer(reply)

        def _answer(self, reply: Reply) -> None:
            try:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
            except OSError:
                self.close_connection = True  # the sender gave up waiting

        do_GET = do_POST = do_PUT = do_PATCH = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: the tests read `received`."""

    return Handler


@contextmanager
def serving(stand_in: StandIn, port: int = 0) -> Iterator[StandIn]:
    """Serve on a free port of this machine (or on `port`, to come back after a while)."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(stand_in))
    server.daemon_threads = True
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
