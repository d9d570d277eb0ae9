"""A receiver of Standard Webhooks, written as its documentation tells receivers: check the signature, do each id once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from .server import Received, Reply, StandIn


class WebhookReceiver(StandIn):
    """Keeps verified events by id; `effects` is what it did, once for each id; `refused` are bad signatures."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self.secret = secret
        self.deliveries: list[str] = []
        self.effects: dict[str, dict[str, Any]] = {}
        self.refused = 0

    def handle(self, request: Received) -> Reply:
        try:
            event = Webhook(self.secret).verify(request.body, request.headers)
        except WebhookVerificationError:
            self.refused += 1
            return Reply(401)
        if not self._by_the_specification(request):
            self.refused += 1
            return Reply(401)
        message_id = request.headers["webhook-id"]
        self.deliveries.append(message_id)
        self.effects.setdefault(message_id, event)
        return Reply(204)

    def _by_the_specification(self, request: Received) -> bool:
        """The signature computed from the text of the specification, so that one library cannot agree with itself."""
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        body = json.loads(request.body)
        well_formed = set(body) == {"type", "timestamp", "data"} and "." not in request.headers["webhook-id"]
        return well_formed and f"v1,{wanted}" in request.headers["webhook-signature"].split(" ")
