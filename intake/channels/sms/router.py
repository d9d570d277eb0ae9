"""The carrier's two endpoints: texts in, statuses in. Nothing is looked at before the signature holds."""

import ipaddress
import logging
from collections.abc import Sequence
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response

from intake.api.description import other_content
from intake.api.problems import problem, responses
from intake.channels.sms.channel import SmsChannel
from intake.channels.sms.links_router import build_links_router
from intake.settings import Settings

log = logging.getLogger(__name__)

MOST_BYTES = 64 * 1024
"""A webhook of Twilio with ten pictures is about 4 KB."""


def public_url(request: Request, configured: str, trusted_proxies: Sequence[str]) -> str:
    """The URL as the carrier called it: the configured public one with this path; without one, the request's own, with a
    proxy's word for scheme and host only if the proxy is trusted."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if configured:
        return configured.rstrip("/") + path
    scheme, host = request.url.scheme, request.headers.get("host", request.url.netloc)
    if request.client is not None and _trusted(request.client.host, trusted_proxies):
        scheme = request.headers.get("x-forwarded-proto", scheme).split(",")[0].strip()
        host = request.headers.get("x-forwarded-host", host).split(",")[0].strip()
    return f"{scheme}://{host}{path}"


def _trusted(peer: str, proxies: Sequence[str]) -> bool:
    def holds(proxy: str) -> bool:
        try:
            return ipaddress.ip_address(peer) in ipaddress.ip_network(proxy, strict=False)
        except ValueError:
            return False

    return any(holds(proxy) for proxy in proxies)


def build_router(channel: SmsChannel, settings: Settings) -> APIRouter:
    """POST /sms/twilio and POST /sms/twilio/status, both off (404) without an auth token, and the links between channels."""
    router = APIRouter(tags=["sms"])
    router.include_router(build_links_router(channel.wake))

    async def checked(request: Request) -> list[tuple[str, str]] | Response:
        """The posted fields, once the carrier's signature holds; else the answer that refuses them."""
        if not channel.enabled:
            return problem(404, "SMS is off.")
        if int(request.headers.get("content-length") or 0) > MOST_BYTES:
            return problem(413, "The body is too large.")
        body = await request.body()
        if len(body) > MOST_BYTES:
            return problem(413, "The body is too large.")
        form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        url = public_url(request, settings.public_url, settings.trusted_proxies)
        if not channel.connector.verify(url, form, request.headers):
            log.warning("a request without the carrier's signature was refused")
            return problem(403, "The signature does not match.")
        return form

    @router.post("/sms/twilio", response_class=Response, responses=other_content("application/xml", "TwiML") | responses(400, 403, 404, 413))
    async def text(request: Request) -> Response:
        """One text; the reply is in the answer."""
        form = await checked(request)
        if isinstance(form, Response):
            return form
        inbound = channel.connector.parse(form)
        if not inbound.id:
            return problem(400, "MessageSid is missing.")
        reply = channel.connector.render(await channel.answer(inbound))
        return Response(reply.body, media_type=reply.media_type)

    @router.post("/sms/twilio/status", status_code=204, response_class=Response, responses=responses(403, 404, 413))
    async def status(request: Request) -> Response:
        """What became of a text that went out."""
        form = await checked(request)
        if isinstance(form, Response):
            return form
        await channel.report(request.query_params.get("delivery"), channel.connector.parse_status(form))
        return Response(status_code=204)

    return router
