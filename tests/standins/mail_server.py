"""A real SMTP server (aiosmtpd) that keeps what it gets and can refuse, greylist or hang up."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from .server import free_port


class Mailbox:
    """Messages received; `answers` are used up one a message ("" = accept, "451 …" = later, "550 …" = never)."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.answers: deque[str] = deque()
        self.url = ""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.answers.popleft() if self.answers else ""
        if answer and not answer.startswith("accept"):
            return answer
        message = message_from_bytes(envelope.content or b"", policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.recipients.append(list(envelope.rcpt_tos))
        if answer == "accept and vanish":
            server.transport.close()
        return "250 OK"


@contextmanager
def mail_server(login: tuple[str, str] | None = None) -> Iterator[Mailbox]:
    """Run on a free port; with `login`, only for this user and password."""
    mailbox = Mailbox()

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = login == (data.login.decode(), data.password.decode())
        return AuthResult(success=right, handled=right)  # not handled: the server itself answers 535

    options: dict[str, Any] = {}
    if login:
        options = {"authenticator": check, "auth_required": True, "auth_require_tls": False}
    port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        user = f"{login[0]}:{login[1]}@" if login else ""
        mailbox.url = f"smtp://{user}127.0.0.1:{port}"
        yield mailbox
    finally:
        controller.stop()
