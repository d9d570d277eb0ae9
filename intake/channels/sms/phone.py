"""A phone on the terminal: text the intake as a patient would, without an account, a number or a carrier.

    python -m intake.channels.sms.phone [--url http://127.0.0.1:8000] [--from +12505550123]

The local stand-in signs every text as Twilio does, shows what comes back with its segments, and takes what the clinic
sends first (staff replies, reminders). The server must run with SMS on and `sms.api_url` at this program's address:

    IMS_SMS__ACCOUNT_SID=AC00000000000000000000000000000000 IMS_SMS__AUTH_TOKEN=local-demo \\
    IMS_SMS__NUMBER=+12505550142 IMS_SMS__API_URL=http://127.0.0.1:8066
"""

import argparse
import asyncio
import sys
from urllib.parse import urlparse

import httpx
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from intake.channels.sms.gsm import size
from intake.channels.sms.standin import PhoneText, Served, TwilioStandIn
from intake.settings import Settings, SettingsError

HELP = """Type a text and press Enter. An empty line is an empty text.
  /pic          send a picture           /like         like the last text (as an iPhone does)
  /as NUMBER    text from another phone  /again        send the last text again, as a retry
  /drive        what a phone sends while its owner drives
  /quit         put the phone away"""
DRIVING = "I'm driving with Focus turned on. I'll see your message when I get where I'm going."
NOT_ON = """The server's SMS is off, or it uses another token than this phone. Start it with these in its environment:
  IMS_SMS__ACCOUNT_SID={sid}
  IMS_SMS__AUTH_TOKEN={token}
  IMS_SMS__NUMBER={number}
  IMS_SMS__API_URL={api}"""


class Phone:
    """One terminal as one phone."""

    def __init__(self, carrier: TwilioStandIn, number: str, console: Console) -> None:
        self._carrier, self._number, self._console = carrier, number, console
        self._last: dict[str, str] | None = None
        carrier.on_text = self._show

    def _show(self, text: PhoneText) -> None:
        if text.to != self._number:
            return
        cost = size(text.body)
        title = f"{text.way} · {cost.segments} segment{'s' if cost.segments != 1 else ''} · {cost.encoding}"
        self._console.print(Panel(Text(text.body), title=title, title_align="left", width=70))

    async def send(self, line: str) -> bool:
        """Do what one typed line says; False puts the phone away."""
        command, _, rest = line.partition(" ")
        body, media = line, []
        if command == "/quit":
            return False
        if command == "/help":
            self._console.print(HELP, markup=False)
            return True
        if command == "/as":
            self._number = rest.strip() or self._number
            self._console.print(f"This phone is now {self._number}.")
            return True
        if command == "/pic":
            body, media = rest, [("https://api.twilio.com/2010-04-01/demo/Media/ME0", "image/jpeg")]
        if command == "/like":
            got = self._carrier.inbox(self._number)
            body = f"Liked “{got[-1]}”" if got else "Liked a message"
        if command == "/drive":
            body = DRIVING
        form = (
            self._last
            if command == "/again" and self._last
            else self._carrier.form(self._number, body, media=media)
        )
        self._last = form
        answer = await self._carrier.post(form)
        if answer.status != 200:
            self._console.print(f"The server answered {answer.status}.", style="red")
        elif not answer.texts:
            self._console.print("(no answer)", style="dim")
        await self._carrier.report_statuses()
        return True


async def talk(phone: Phone, console: Console) -> None:
    """Read lines until the end."""
    loop = asyncio.get_running_loop()
    while True:
        line = await loop.run_in_executor(None, sys.stdin.readline)
        if not line:
            return
        try:
            if not await phone.send(line.rstrip("\n")):
                return
        except httpx.HTTPError as failure:
            console.print(
                f"The server does not answer: {type(failure).__name__}. Is it running?", style="red"
            )


def main() -> int:
    """Open the phone."""
    parser = argparse.ArgumentParser(description="A phone on the terminal that texts the intake.")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the server listens")
    parser.add_argument("--from", dest="sender", default="+12505550123", help="the phone's number")
    parser.add_argument("--api-port", type=int, default=None, help="port of the stand-in's REST API")
    chosen = parser.parse_args()
    console = Console()
    try:
        settings = Settings.load()
    except SettingsError as failure:
        console.print(str(failure), style="red", markup=False)
        return 1
    sms = settings.sms
    webhook = f"{chosen.url.rstrip('/')}/sms/twilio"
    carrier = TwilioStandIn(
        webhook,
        account_sid=sms.account_sid or "AC" + "0" * 32,
        auth_token=sms.auth_token.get_secret_value() or "local-demo",
        number=sms.number or "+12505550142",
        signed_as=f"{settings.public_url.rstrip('/')}/sms/twilio" if settings.public_url else webhook,
    )
    told = urlparse(sms.api_url)
    local = told.hostname in {"127.0.0.1", "localhost"}
    port = chosen.api_port or (told.port if local and told.port else 8066)
    with Served(carrier, port) as api:
        console.print(
            Panel(
                f"{carrier.number} texts with {chosen.sender}\n\n{HELP}",
                title="SMS, without a phone",
                width=78,
            )
        )
        probe = asyncio.run(_probe(carrier))
        if probe != 200:
            gaps = {"sid": carrier.account_sid, "token": "local-demo", "number": carrier.number, "api": api}
            console.print(NOT_ON.format(**gaps), style="yellow", markup=False)
            return 1
        asyncio.run(talk(Phone(carrier, chosen.sender, console), console))
    return 0


async def _probe(carrier: TwilioStandIn) -> int:
    """Whether the server takes what this phone signs: a text from a short code gets an empty answer."""
    try:
        return (await carrier.text("12345", "probe")).status
    except httpx.HTTPError:
        return 0


if __name__ == "__main__":
    raise SystemExit(main())
