"""The connector speaks Twilio: signatures, forms, TwiML and the REST API, against the stand-in over HTTP."""

from collections.abc import AsyncIterator, Iterator
from xml.etree import ElementTree

import pytest
import pytest_asyncio
import requests
from pydantic import SecretStr
from twilio.base.exceptions import TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response as TwilioResponse
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from intake.channels.sms.connector import Media, Outgoing, ReplyText
from intake.channels.sms.settings import SmsSettings
from intake.channels.sms.standin import Served, TwilioStandIn
from intake.channels.sms.twilio import TwilioConnector

URL = "https://intake.clinic.example/sms/twilio"
TOKEN = "a-token"
PATIENT = "+12505550123"


@pytest.fixture
def standin() -> TwilioStandIn:
    return TwilioStandIn(URL, auth_token=TOKEN)


@pytest.fixture
def api(standin: TwilioStandIn) -> Iterator[str]:
    with Served(standin) as url:
        yield url


@pytest.fixture
def settings(standin: TwilioStandIn, api: str) -> SmsSettings:
    return SmsSettings(
        account_sid=standin.account_sid, auth_token=SecretStr(TOKEN), number=standin.number, api_url=api
    )


@pytest_asyncio.fixture
async def twilio(settings: SmsSettings) -> AsyncIterator[TwilioConnector]:
    connector = TwilioConnector(settings)
    yield connector
    await connector.aclose()


def offline() -> TwilioConnector:
    return TwilioConnector(SmsSettings(account_sid="AC1", auth_token=SecretStr(TOKEN), number="+12505550142"))


def signed(form: dict[str, str], url: str = URL, token: str = TOKEN) -> dict[str, str]:
    return {"x-twilio-signature": RequestValidator(token).compute_signature(url, form)}


def test_a_request_that_twilio_signed_is_taken() -> None:
    form = {"MessageSid": "SM1", "Body": "héllo & more", "From": PATIENT}
    assert offline().verify(URL, list(form.items()), signed(form))


@pytest.mark.parametrize(
    ("url", "token", "change"),
    [
        (URL, "another-token", {}),
        ("https://intake.clinic.example/sms/other", TOKEN, {}),
        ("https://evil.example/sms/twilio", TOKEN, {}),
        (URL, TOKEN, {"Body": "other words"}),
        (URL, TOKEN, {"From": "+12505550199"}),
        (URL, TOKEN, {"Extra": "field"}),
    ],
)
def test_a_forged_request_is_refused(url: str, token: str, change: dict[str, str]) -> None:
    form = {"MessageSid": "SM1", "Body": "hello", "From": PATIENT}
    headers = signed(form, url, token)
    assert not offline().verify(URL, list((form | change).items()), headers)


def test_a_missing_signature_or_a_missing_token_refuses_everything() -> None:
    form = {"MessageSid": "SM1"}
    assert not offline().verify(URL, list(form.items()), {})
    off = TwilioConnector(SmsSettings())
    assert not off.verify(URL, list(form.items()), signed(form, token=""))


def test_a_text_with_pictures_and_no_words_is_parsed() -> None:
    form = TwilioStandIn(URL).form(PATIENT, "", media=[("https://api.twilio.com/m/1", "image/jpeg")])
    text = offline().parse(list(form.items()))
    assert (text.sender, text.body) == (PATIENT, "")
    assert text.media == (Media("https://api.twilio.com/m/1", "image/jpeg"),)


def test_an_incomplete_or_odd_form_never_raises() -> None:
    assert offline().parse([]).id == ""
    assert offline().parse([("NumMedia", "x"), ("MessageSid", "SM1")]).media == ()
    assert offline().parse([("NumMedia", "999"), ("MediaUrl0", "u")]).media[0].url == "u"
    assert offline().parse([("OptOutType", "STOP")]).opt_out == "stop"
    assert offline().parse_status([("MessageStatus", "undelivered")]).failed


def test_the_answer_is_twiml_with_the_words_escaped() -> None:
    reply = offline().render(
        [ReplyText("one <two> & three", "https://x/status?delivery=d&x=1"), ReplyText("second")]
    )
    root = ElementTree.fromstring(reply.body)
    assert [verb.text for verb in root] == ["one <two> & three", "second"]
    assert root[0].get("action") == "https://x/status?delivery=d&x=1"
    assert ElementTree.fromstring(offline().render([]).body).tag == "Response"


@pytest.mark.asyncio
async def test_a_text_is_handed_to_twilio_once(twilio: TwilioConnector, standin: TwilioStandIn) -> None:
    sent = await twilio.send(Outgoing("d1", PATIENT, "Hello"), "https://x/status")
    assert sent.outcome == "accepted" and sent.remote_id == standin.phone[0].sid
    assert standin.rest_calls[0]["StatusCallback"] == "https://x/status"
    assert standin.inbox(PATIENT) == ["Hello"]


@pytest.mark.asyncio
async def test_too_many_requests_is_tried_again_when_twilio_says(
    twilio: TwilioConnector, standin: TwilioStandIn
) -> None:
    standin.faults.append("429")
    sent = await twilio.send(Outgoing("d1", PATIENT, "Hello"), None)
    assert (sent.outcome, sent.after) == ("retry", 1.0)
    assert standin.inbox(PATIENT) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", ["lost", "500_after_taking"])
async def test_after_an_unclear_attempt_the_text_is_found_and_not_sent_again(
    twilio: TwilioConnector, standin: TwilioStandIn, fault: str
) -> None:
    standin.faults.append(fault)  # type: ignore[arg-type]
    text = Outgoing("d1", PATIENT, "Hello")
    assert (await twilio.send(text, None)).outcome == "unclear"
    found = await twilio.find(text, frozenset())
    assert found is not None and found.remote_id == standin.phone[0].sid
    assert await twilio.find(text, frozenset({standin.phone[0].sid})) is None


@pytest.mark.asyncio
async def test_an_opted_out_number_is_refused_by_the_carrier(
    twilio: TwilioConnector, standin: TwilioStandIn
) -> None:
    standin.blocked.add(PATIENT)
    sent = await twilio.send(Outgoing("d1", PATIENT, "Hello"), None)
    assert (sent.outcome, sent.opted_out) == ("refused", True)


@pytest.mark.asyncio
async def test_an_unreachable_twilio_is_a_retry_and_no_exception() -> None:
    connector = TwilioConnector(
        SmsSettings(
            account_sid="AC1", auth_token=SecretStr("t"), number="+12505550142", api_url="http://127.0.0.1:9"
        )
    )
    assert (await connector.send(Outgoing("d1", PATIENT, "x"), None)).outcome == "retry"
    assert await connector.find(Outgoing("d1", PATIENT, "x"), frozenset()) is not None
    await connector.aclose()


class _ToStandIn(HttpClient):  # type: ignore[misc]
    """Twilio's own client with the stand-in's address: what it accepts as Twilio, the connector may too."""

    def __init__(self, api: str) -> None:
        self.api = api

    def request(
        self,
        method,
        url,
        params=None,
        data=None,
        headers=None,
        auth=None,
        timeout=None,
        allow_redirects=False,
    ):  # type: ignore[no-untyped-def]
        url = url.replace("https://api.twilio.com", self.api)
        answer = requests.request(
            method, url, params=params, data=data, headers=headers, auth=auth, timeout=5
        )
        return TwilioResponse(answer.status_code, answer.text)


def test_twilios_own_client_takes_the_stand_in_for_twilio(standin: TwilioStandIn, api: str) -> None:
    client = Client(standin.account_sid, TOKEN, http_client=_ToStandIn(api))
    message = client.messages.create(to=PATIENT, from_=standin.number, body="Hello")
    assert message.sid == standin.phone[0].sid
    assert [m.body for m in client.messages.list(to=PATIENT, limit=5)] == ["Hello"]
    standin.blocked.add(PATIENT)
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=PATIENT, from_=standin.number, body="Hello")
    assert refused.value.code == 21610
