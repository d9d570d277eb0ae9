"""E-mail by SMTP, over TLS unless the server is this machine."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from intake.handoff.delivery import Refused, Retry
from intake.handoff.http import is_loopback


def compose(
    *,
    sender: str,
    to: list[str],
    subject: str,
    text: str,
    message_id: str,
    attachments: list[tuple[str, str, bytes]] | None = None,
) -> EmailMessage:
    """A plain-text message. `message_id` is the same for every attempt, so that a mail server can drop a repeat.

    `attachments` are (file name, media type, content). Raises ValueError for a header with a line break.
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, ", ".join(to), subject
    domain = sender.rpartition("@")[2].rstrip("> ") or "localhost"
    message["Message-ID"] = f"<{message_id}@{domain}>"
    # Auto-Submitted (RFC 3834): no out-of-office reply comes back.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    for name, media_type, content in attachments or []:
        main, _, sub = media_type.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message


def send(url: str, message: EmailMessage, timeout: float) -> None:
    """Send by `smtp://user:password@host:587` (STARTTLS) or `smtps://host:465`.

    Plain text only to this machine. Raises Retry (temporary, 4xx, no connection) or Refused (permanent, 5xx, no TLS).
    """
    where = urlsplit(url)
    host = where.hostname or ""
    if where.scheme not in ("smtp", "smtps") or not host:
        raise Refused("smtp_url_missing")
    context = ssl.create_default_context()
    try:
        if where.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, where.port or 465, timeout=timeout, context=context)
        else:
            server = smtplib.SMTP(host, where.port or 587, timeout=timeout)
        with server:
            server.ehlo()
            if where.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            elif where.scheme == "smtp" and not is_loopback(host):
                raise Refused("smtp_without_tls")
            if where.username:
                server.login(unquote(where.username), unquote(where.password or ""))
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        raise _by_code(min(code for code, _ in refused.recipients.values())) from None
    except smtplib.SMTPResponseException as failure:
        raise _by_code(failure.smtp_code) from None
    except smtplib.SMTPNotSupportedError:
        raise Refused("smtp_no_login") from None
    except TimeoutError:
        raise Retry("timeout") from None
    except (smtplib.SMTPException, OSError):
        raise Retry("unreachable") from None


def _by_code(code: int) -> Exception:
    """5xx is final, but for 5xx answers to a log-in, which a changed password can cure."""
    return Refused(f"smtp_{code}") if code >= 500 and code not in (530, 534, 535) else Retry(f"smtp_{code}")
