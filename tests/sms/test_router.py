"""The signature is checked over the URL as the carrier called it; a proxy's word counts only from a trusted proxy."""

import httpx
import pytest
from starlette.requests import Request
from twilio.request_validator import RequestValidator

from intake.channels.sms.router import public_url
from tests.sms.conftest import PUBLIC, Line, LineMaker

FORWARDED = [(b"host", b"10.0.0.5:8000"), (b"x-forwarded-proto", b"https"), (b"x-forwarded-host", b"intake.example")]


def request(headers: list[tuple[bytes, bytes]], peer: str = "10.0.0.9", query: bytes = b"") -> Request:
    """A request to /sms/twilio from a peer."""
    return Request(
        {"type": "http", "method": "POST", "scheme": "http", "server": ("10.0.0.5", 8000), "path": "/sms/twilio",
         "query_string": query, "headers": headers, "client": (peer, 4711), "root_path": ""}
    )  # fmt: skip


def test_the_configured_address_wins_over_every_header() -> None:
    assert public_url(request(FORWARDED), "https://clinic.example/", ["10.0.0.9"]) == "https://clinic.example/sms/twilio"


def test_the_query_belongs_to_the_signed_url() -> None:
    url = public_url(request(FORWARDED, query=b"delivery=dl_1"), "https://clinic.example", [])
    assert url == "https://clinic.example/sms/twilio?delivery=dl_1"


@pytest.mark.parametrize("trusted", [["10.0.0.9"], ["10.0.0.0/8"], ["nonsense", "10.0.0.9"]])
def test_a_trusted_proxy_names_scheme_and_host(trusted: list[str]) -> None:
    assert public_url(request(FORWARDED), "", trusted) == "https://intake.example/sms/twilio"


@pytest.mark.parametrize("trusted", [[], ["127.0.0.1"], ["10.1.0.0/16"]])
def test_a_stranger_does_not(trusted: list[str]) -> None:
    assert public_url(request(FORWARDED), "", trusted) == "http://10.0.0.5:8000/sms/twilio"


@pytest.mark.asyncio
async def test_a_text_signed_for_another_address_is_refused(line: Line) -> None:
    form = line.carrier.form(line.number, "hi")
    wrong = RequestValidator("a-token").compute_signature("https://other.example/sms/twilio", form)
    assert (await line.carrier.post(form, signature=wrong)).status == 403
    assert line.conversation() is None


@pytest.mark.asyncio
@pytest.mark.parametrize(("trusted", "status"), [(["127.0.0.1"], 200), ([], 403), (["10.0.0.0/8"], 403)])
async def test_behind_a_proxy_the_signature_holds_only_if_the_proxy_is_trusted(
    make_line: LineMaker, trusted: list[str], status: int
) -> None:
    line = make_line(public_url="", trusted_proxies=trusted)
    line.carrier.webhook = "http://127.0.0.1:8000/sms/twilio"  # where the proxy passes it on to
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "intake.clinic.example"}
    assert (await line.post("hi", headers=forwarded)).status == status
    assert (line.conversation() is not None) == (status == 200)


@pytest.mark.asyncio
async def test_a_huge_or_broken_body_is_refused_without_an_error(line: Line) -> None:
    async with line.carrier._client() as http:
        big = await http.post(f"{PUBLIC}/sms/twilio", content=b"a" * 200_000)
        assert big.status_code in (403, 413)
        odd = await http.post(f"{PUBLIC}/sms/twilio", content=b"\xff\xfe=%%%&&==", headers={"X-Twilio-Signature": "x"})
        assert odd.status_code == 403
        assert (await http.get(f"{PUBLIC}/sms/twilio")).status_code == 405


@pytest.mark.asyncio
async def test_a_signed_text_without_an_id_is_a_mistake_of_the_caller(line: Line) -> None:
    assert (await line.carrier.post({"From": line.number, "Body": "hi"})).status == 400


@pytest.mark.asyncio
async def test_the_status_endpoint_is_off_without_a_token_too(make_line: LineMaker) -> None:
    line = make_line(auth_token="")
    async with line.carrier._client() as http:
        answer: httpx.Response = await http.post(f"{PUBLIC}/sms/twilio/status", data={"MessageSid": "SM1"})
    assert answer.status_code == 404
