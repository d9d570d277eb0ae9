"""Twilio: signed webhooks in, TwiML out, the Messages REST API for what cannot be a reply.

Public documentation: Twilio, "Validating requests are coming from Twilio", "TwiML Message", "Messages resource".
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from intake.channels.sms.connector import InboundText, Media, Outgoing, Reply, ReplyText, Sent, StatusReport
from intake.channels.sms.settings import SmsSettings

MOST_MEDIA = 10
OPTED_OUT = "21610"
"""Twilio's error for a number that has replied STOP to it."""

_OPT_OUT_TYPES = {"STOP": "stop", "START": "start", "HELP": "help"}


class TwilioConnector:
    """The connector for one Twilio account. `client` may be given for tests; else one is made and kept."""

    name = "twilio"

    def __init__(self, settings: SmsSettings, client: httpx.AsyncClient | None = None) -> None:
        self._settings = settings
        self._validator = RequestValidator(settings.auth_token.get_secret_value())
        self._client = client

    def verify(self, url: str, form: Sequence[tuple[str, str]], headers: Mapping[str, str]) -> bool:
        """Twilio's own validator over the public URL and the posted fields, with the auth token as its key."""
        signature = headers.get("x-twilio-signature")
        if not self._settings.enabled or not signature:
            return False
        return bool(self._validator.validate(url, ImmutableMultiDict(form), signature))

    def parse(self, form: Sequence[tuple[str, str]]) -> InboundText:
        """MessageSid, From, To, Body, MediaUrl0…, OptOutType. A text without words or fields is still a text."""
        fields = dict(form)
        count = fields.get("NumMedia", "0")
        media = tuple(
            Media(fields[f"MediaUrl{i}"], fields.get(f"MediaContentType{i}", "application/octet-stream"))
            for i in range(min(int(count), MOST_MEDIA) if count.isdigit() else 0)
            if fields.get(f"MediaUrl{i}")
        )
        opt_out: Any = _OPT_OUT_TYPES.get(fields.get("OptOutType", "").upper())
        sid = fields.get("MessageSid") or fields.get("SmsMessageSid") or fields.get("SmsSid") or ""
        return InboundText(
            sid, fields.get("From", ""), fields.get("To", ""), fields.get("Body", ""), media, opt_out
        )

    def parse_status(self, form: Sequence[tuple[str, str]]) -> StatusReport:
        """MessageSid, MessageStatus, ErrorCode."""
        fields = dict(form)
        status = fields.get("MessageStatus") or fields.get("SmsStatus") or ""
        code = fields.get("ErrorCode") or None
        return StatusReport(fields.get("MessageSid") or fields.get("SmsSid") or "", status, code)

    def render(self, texts: Sequence[ReplyText]) -> Reply:
        """TwiML with one Message a text; `action` makes Twilio report what became of it."""
        response = MessagingResponse()
        for text in texts:
            response.message(
                text.body, **({"action": text.status_url, "method": "POST"} if text.status_url else {})
            )
        return Reply(str(response), "application/xml")

    async def send(self, text: Outgoing, status_url: str | None) -> Sent:
        """POST to the Messages resource. A time-out or a broken connection after the request left is unclear."""
        form = {"To": text.to, "Body": text.body}
        if self._settings.messaging_service_sid:
            form["MessagingServiceSid"] = self._settings.messaging_service_sid
        else:
            form["From"] = self._settings.number
        if status_url:
            form["StatusCallback"] = status_url
        try:
            response = await self._http().post(self._messages_url, data=form, auth=self._auth)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Sent("retry", code="unreachable")
        except httpx.HTTPError:
            return Sent("unclear", code="no_answer")
        return self._outcome(response)

    def _outcome(self, response: httpx.Response) -> Sent:
        body = _json(response)
        if response.status_code in {200, 201}:
            sid = body.get("sid")
            return Sent("accepted", str(sid)) if sid else Sent("unclear", code="no_sid")
        code = str(body.get("code") or f"http_{response.status_code}")
        if response.status_code == 429:
            return Sent("retry", code=code, after=_retry_after(response))
        if response.status_code >= 500:
            return Sent("unclear", code=code, after=_retry_after(response))
        if response.status_code in {401, 403}:  # a key that was changed: staff are told when the attempts end
            return Sent("retry", code=code)
        return Sent("refused", code=code, opted_out=code == OPTED_OUT)

    async def find(self, text: Outgoing, known: frozenset[str]) -> Sent | None:
        """Ask Twilio for the texts of the last day to this number with these very words."""
        since = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d")
        query = {"To": text.to, "DateSent>": since, "PageSize": "50"}
        try:
            response = await self._http().get(self._messages_url, params=query, auth=self._auth)
        except httpx.HTTPError:
            return Sent("retry", code="unreachable")
        if response.status_code != 200:
            return Sent("retry", code=f"http_{response.status_code}", after=_retry_after(response))
        for message in _json(response).get("messages") or ():
            if message.get("body") == text.body and message.get("sid") not in known:
                return Sent("accepted", str(message["sid"]))
        return None

    async def aclose(self) -> None:
        """Close the connections to Twilio."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    @property
    def _messages_url(self) -> str:
        base = self._settings.api_url.rstrip("/")
        return f"{base}/2010-04-01/Accounts/{self._settings.account_sid}/Messages.json"

    @property
    def _auth(self) -> tuple[str, str]:
        if self._settings.api_key_sid:
            return self._settings.api_key_sid, self._settings.api_key_secret.get_secret_value()
        return self._settings.account_sid, self._settings.auth_token.get_secret_value()

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=httpx.Timeout(10.0, connect=5.0))
        return self._client


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds from a Retry-After header, which may be a number or a date."""
    value = response.headers.get("retry-after")
    if not value:
        return None
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
