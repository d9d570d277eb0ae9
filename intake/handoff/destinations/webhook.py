"""Signed webhooks after Standard Webhooks (standardwebhooks.com): ids only, unless the clinic asks for the document.

`webhook-id` is the same for every attempt, so that a receiver that got it twice does it once. Any 2xx answer is
taken as received; 410 means that the receiver is gone for good; everything else is tried again.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, HttpUrl, field_validator
from standardwebhooks import Webhook

from intake.handoff.delivery import Context, Item, Receipt, Refused, Retry
from intake.handoff.http import request, require_tls
from intake.handoff.settings import DestinationSettings, Event, Secret

EVENTS: tuple[Event, ...] = (
    "handoff.created",
    "handoff.updated",
    "handoff.booked",
    "handoff.closed",
    "booking.offered",
)


class Settings(DestinationSettings):
    """Where to post, and with which secret to sign."""

    kind: Literal["webhook"]
    url: Annotated[HttpUrl, AfterValidator(require_tls)]
    secret: Secret = Field(description='Signing secret, "whsec_" and base64; "env:NAME" reads the environment.')
    include: Literal["ids", "handoff"] = Field(default="ids", description="ids, or the whole handoff document (patients' data leaves the clinic).")

    @field_validator("secret")
    @classmethod
    def _usable_secret(cls, secret: Secret) -> Secret:
        text = secret.get_secret_value()
        if not text.startswith("whsec_") or len(text) < len("whsec_") + 32:
            raise ValueError('the secret must be "whsec_" and base64 of at least 24 random bytes')
        Webhook(text)
        return secret


class WebhookAdapter:
    """Posts one event."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context

    def deliver(self, item: Item) -> Receipt:
        """Post the event of `item`."""
        handoff = item.handoff
        data: dict[str, Any] = {
            "handoff_id": handoff["id"],
            "conversation_id": handoff["conversation_id"],
            "version": handoff["version"],
            "url": f"{self._context.base_url}/api/v1/handoffs/{handoff['id']}",
        }
        if self._settings.include == "handoff" and item.consented:
            data["handoff"] = dict(handoff)
        return self._post(item.idempotency_id, item.event, data)

    def test(self) -> Receipt:
        """Post an event of type `test` without any id."""
        return self._post(f"test_{self._context.now():%Y%m%dT%H%M%S%f}", "test", {})

    def _post(self, message_id: str, event: str, data: dict[str, Any]) -> Receipt:
        now = self._context.now()
        body = json.dumps({"type": event, "timestamp": now.isoformat(), "data": data}, ensure_ascii=False)
        signature = Webhook(self._settings.secret.get_secret_value()).sign(message_id, now, body)
        response = request(
            "POST",
            str(self._settings.url),
            timeout=self._context.timeout,
            now=now,
            headers={
                "content-type": "application/json; charset=utf-8",
                "user-agent": "ims-intake",
                "webhook-id": message_id,
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": signature,
            },
            content=body.encode(),
        )
        if response.is_success:
            return Receipt()
        if response.status_code == 410:
            raise Refused("http_410")
        raise Retry(f"http_{response.status_code}")


def open_adapter(settings: Settings, context: Context) -> WebhookAdapter:
    """The adapter of one configured webhook."""
    return WebhookAdapter(settings, context)
