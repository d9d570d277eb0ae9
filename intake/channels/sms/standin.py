"""A local Twilio: signs webhooks with Twilio's own library, follows TwiML, takes REST calls, reports statuses.

For the tests and for `make sms`, so that nobody needs an account or a phone to see an intake over SMS. It keeps the
behaviour that matters here: the signature, the opt-out list with its error 21610, the 1,600 characters of a body,
the form of its answers and errors, statuses posted afterwards. It is no part of a running clinic.
"""

import asyncio
import base64
import secrets
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal
from urllib.parse import urljoin
from xml.etree import ElementTree

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})
MOST_REDIRECTS = 5

Fault = Literal["429", "500", "503", "lost", "500_after_taking", "timeout"]


@dataclass
class PhoneText:
    """A text as it arrived on a phone (`way`: the reply to a webhook, the REST API, or the carrier itself)."""

    sid: str
    to: str
    body: str
    way: Literal["twiml", "rest", "carrier"]
    status_url: str | None = None
    sent_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Answer:
    """What the clinic's server answered to one webhook, and the texts that the phone got by it."""

    status: int
    texts: tuple[str, ...]
    body: str
    seconds: float


class TwilioStandIn:
    """One account with one number. `webhook` is where texts to that number are posted, `signed_as` the public URL
    that the signature covers (the same by default)."""

    def __init__(
        self,
        webhook: str,
        *,
        account_sid: str = "AC" + "0" * 32,
        auth_token: str = "stand-in-token",
        number: str = "+12505550142",
        signed_as: str | None = None,
        opt_outs: Literal["default", "advanced", "off"] = "default",
        client: Callable[[], httpx.AsyncClient] | None = None,
    ) -> None:
        self.webhook, self.signed_as = webhook, signed_as or webhook
        self.account_sid, self.auth_token, self.number = account_sid, auth_token, number
        self.opt_outs = opt_outs
        self.phone: list[PhoneText] = []
        self.blocked: set[str] = set()
        self.undeliverable: set[str] = set()
        self.faults: deque[Fault] = deque()
        self.rest_calls: list[dict[str, str]] = []
        self.on_text: Callable[[PhoneText], None] = lambda text: None
        self._validator = RequestValidator(auth_token)
        self._client = client or (lambda: httpx.AsyncClient(timeout=15.0))
        self._reports: list[tuple[str, str, str]] = []
        self.app = Starlette(
            routes=[
                Route("/2010-04-01/Accounts/{account}/Messages.json", self._create, methods=["POST"]),
                Route("/2010-04-01/Accounts/{account}/Messages.json", self._list, methods=["GET"]),
            ]
        )

    # --- the phone's side -------------------------------------------------------------------------------------------

    def inbox(self, number: str) -> list[str]:
        """Every text that a phone has got, in order."""
        return [text.body for text in self.phone if text.to == number]

    async def text(
        self,
        sender: str,
        body: str,
        *,
        sid: str | None = None,
        to: str | None = None,
        media: Sequence[tuple[str, str]] = (),
        signature: str | None = None,
        headers: dict[str, str] | None = None,
        extra: dict[str, str] | None = None,
    ) -> Answer:
        """A phone texts the number: the carrier acts on its own words, then posts the webhook and follows the TwiML."""
        form = self.form(sender, body, sid=sid, to=to, media=media) | (extra or {})
        word = body.strip().upper()
        handled = self._carrier_word(sender, word)
        if handled and self.opt_outs == "advanced":
            form["OptOutType"] = handled
        return await self.post(form, signature=signature, headers=headers)

    def form(
        self, sender: str, body: str, *, sid: str | None = None, to: str | None = None,
        media: Sequence[tuple[str, str]] = (),
    ) -> dict[str, str]:  # fmt: skip
        """The fields of an inbound webhook."""
        sid = sid or "SM" + secrets.token_hex(16)
        form = {
            "MessageSid": sid, "SmsMessageSid": sid, "SmsSid": sid, "AccountSid": self.account_sid,
            "From": sender, "To": to or self.number, "Body": body, "NumMedia": str(len(media)), "NumSegments": "1",
            "FromCountry": "CA", "ToCountry": "CA", "SmsStatus": "received", "ApiVersion": "2010-04-01",
        }  # fmt: skip
        for i, (url, content_type) in enumerate(media):
            form |= {f"MediaUrl{i}": url, f"MediaContentType{i}": content_type}
        return form

    async def post(
        self, form: dict[str, str], *, signature: str | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Post a signed webhook (or with the signature given: "" leaves it out) and follow the TwiML it answers."""
        started = asyncio.get_running_loop().time()
        response = await self._post(self.webhook, self.signed_as, form, signature, headers)
        seconds = asyncio.get_running_loop().time() - started
        texts: list[str] = []
        if response.status_code == 200:
            texts = await self._follow(response, form, 0)
        return Answer(response.status_code, tuple(texts), response.text, seconds)

    def _carrier_word(self, sender: str, word: str) -> str | None:
        if self.opt_outs == "off":
            return None
        if word in STOP_WORDS:
            first = sender not in self.blocked
            self.blocked.add(sender)
            if first:
                self._deliver(
                    PhoneText(
                        "", sender, "You have been unsubscribed. Reply START to resubscribe.", "carrier"
                    )
                )
            return "STOP"
        if word in START_WORDS and (sender in self.blocked or word != "YES"):
            self.blocked.discard(sender)
            self._deliver(PhoneText("", sender, "You have been re-subscribed.", "carrier"))
            return "START"
        if word in HELP_WORDS and sender not in self.blocked:
            self._deliver(PhoneText("", sender, "Reply STOP to unsubscribe.", "carrier"))
            return "HELP"
        return None

    async def _post(
        self, url: str, signed_as: str, form: dict[str, str], signature: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:  # fmt: skip
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        signed = self._validator.compute_signature(signed_as, form) if signature is None else signature
        if signed:
            sent["X-Twilio-Signature"] = signed
        async with self._client() as client:
            return await client.post(url, data=form, headers=sent)

    async def _follow(self, response: httpx.Response, form: dict[str, str], redirects: int) -> list[str]:
        root = ElementTree.fromstring(response.text)
        if root.tag != "Response" or not response.headers["content-type"].startswith(
            ("application/xml", "text/xml")
        ):
            raise ValueError("the answer to a webhook must be TwiML")
        texts: list[str] = []
        for verb in root:
            if verb.tag == "Message":
                body = (verb.text or "") + "".join(part.text or "" for part in verb.iter("Body"))
                status_url = (
                    urljoin(self.signed_as, verb.get("action") or verb.get("statusCallback") or "")
                    if (verb.get("action") or verb.get("statusCallback"))
                    else None
                )
                if verb.get("to", form["From"]) in self.blocked:
                    continue  # the carrier drops it: error 21610
                if len(body) > 1600:
                    raise ValueError("a body may have 1,600 characters")
                self._deliver(
                    PhoneText("SM" + secrets.token_hex(16), form["From"], body, "twiml", status_url)
                )
                texts.append(body)
            elif verb.tag == "Redirect" and redirects < MOST_REDIRECTS:
                url = urljoin(self.signed_as, verb.text or "")
                local = url.replace(self.signed_as.split("/sms/")[0], self.webhook.split("/sms/")[0], 1)
                again = await self._post(local, url, form)
                texts += await self._follow(again, form, redirects + 1)
            else:
                raise ValueError(f"unknown TwiML verb {verb.tag}")
        return texts

    def _deliver(self, text: PhoneText) -> None:
        self.phone.append(text)
        self.on_text(text)
        if text.status_url:
            final = "undelivered" if text.to in self.undeliverable else "delivered"
            self._reports += [(text.status_url, text.sid, "sent"), (text.status_url, text.sid, final)]

    async def report_statuses(self) -> list[int]:
        """Post the status callbacks that are due, signed; the HTTP statuses that answered them."""
        due, self._reports = self._reports, []
        answers = []
        for url, sid, status in due:
            to = next((t.to for t in self.phone if t.sid == sid), "")
            form = {
                "MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status, "To": to,
                "From": self.number, "AccountSid": self.account_sid, "ApiVersion": "2010-04-01",
            }  # fmt: skip
            if status == "undelivered":
                form["ErrorCode"] = "30003"
            local = url.replace(self.signed_as.split("/sms/")[0], self.webhook.split("/sms/")[0], 1)
            answers.append((await self._post(local, url, form)).status_code)
        return answers

    # --- the REST API -----------------------------------------------------------------------------------------------

    def _error(self, status: int, code: int, message: str, **headers: str) -> Response:
        body = {
            "code": code,
            "message": message,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }
        return JSONResponse(body, status_code=status, headers=headers)

    def _allowed(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        wanted = base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        return scheme == "Basic" and given == wanted and request.path_params["account"] == self.account_sid

    async def _create(self, request: Request) -> Response:
        if not self._allowed(request):
            return self._error(401, 20003, "Authenticate")
        form = {key: str(value) for key, value in (await request.form()).items()}
        self.rest_calls.append(form)
        fault = self.faults.popleft() if self.faults else None
        if fault == "429":
            return self._error(429, 20429, "Too Many Requests", **{"Retry-After": "1"})
        if fault in {"500", "503"}:
            return self._error(int(fault), 20500, "Internal Server Error")
        if not form.get("To") or not (form.get("From") or form.get("MessagingServiceSid")):
            return self._error(400, 21604, "A 'To' phone number and a sender are required.")
        if not 0 < len(form.get("Body", "")) <= 1600:
            return self._error(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        if form["To"] in self.blocked:
            return self._error(400, 21610, "Attempt to send to unsubscribed recipient")
        text = PhoneText(
            "SM" + secrets.token_hex(16), form["To"], form["Body"], "rest", form.get("StatusCallback")
        )
        self._deliver(text)
        if fault in {"lost", "timeout"}:
            if fault == "timeout":
                await asyncio.sleep(30)
            return Response(b"", status_code=502, headers={"content-length": "0"})
        if fault == "500_after_taking":
            return self._error(500, 20500, "Internal Server Error")
        return JSONResponse(self._resource(text), status_code=201)

    async def _list(self, request: Request) -> Response:
        if not self._allowed(request):
            return self._error(401, 20003, "Authenticate")
        to = request.query_params.get("To")
        found = [
            self._resource(t) for t in reversed(self.phone) if t.way == "rest" and (not to or t.to == to)
        ]
        return JSONResponse({"messages": found, "page": 0, "page_size": 50, "uri": str(request.url.path)})

    def _resource(self, text: PhoneText) -> dict[str, Any]:
        stamp = format_datetime(text.sent_at)
        return {
            "sid": text.sid, "account_sid": self.account_sid, "to": text.to, "from": self.number, "body": text.body,
            "status": "queued", "direction": "outbound-api", "date_created": stamp, "date_updated": stamp,
            "date_sent": stamp, "error_code": None, "error_message": None, "num_segments": "1", "num_media": "0",
            "api_version": "2010-04-01", "messaging_service_sid": None, "price": None, "price_unit": "USD",
            "uri": f"/2010-04-01/Accounts/{self.account_sid}/Messages/{text.sid}.json", "subresource_uris": {},
        }  # fmt: skip


class Served:
    """The stand-in's REST API on a loopback port, in a thread of its own, for as long as the block runs."""

    def __init__(self, standin: TwilioStandIn, port: int = 0) -> None:
        config = uvicorn.Config(standin.app, host="127.0.0.1", port=port, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise OSError("the stand-in's port is taken")
            threading.Event().wait(0.02)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(5)
