"""What the SMS channel needs of a carrier: verify, parse, render, send. `twilio.py` is the one implementation;
docs/connectors.md says what a second one must bring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

OptOut = Literal["stop", "start", "help"]


@dataclass(frozen=True)
class Media:
    """A picture or other file that came with a text: where the carrier keeps it, never its content."""

    url: str
    content_type: str


@dataclass(frozen=True)
class InboundText:
    """One text as the carrier brought it. `id` is the carrier's own and unique; `sender` is as the carrier wrote
    it; `opt_out` is what the carrier itself made of the text and has answered, None if it made nothing of it."""

    id: str
    sender: str
    to: str
    body: str
    media: tuple[Media, ...] = ()
    opt_out: OptOut | None = None


@dataclass(frozen=True)
class StatusReport:
    """What became of a text that went out. `failed` also covers undelivered; `code` is the carrier's error code."""

    remote_id: str
    status: str
    code: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the text did not reach the phone and will not."""
        return self.status in {"failed", "undelivered"}


@dataclass(frozen=True)
class Outgoing:
    """One text to send. `delivery_id` is ours: the status callback carries it, so that a lost answer of the
    carrier is still told apart from a text that was never taken."""

    delivery_id: str
    to: str
    body: str


@dataclass(frozen=True)
class Sent:
    """How sending went.

    accepted: the carrier has it under `remote_id`. retry: it was not taken, try later (`after` seconds if the carrier
    said so). unclear: it may have been taken. refused: it never will be; `opted_out` tells that the number said stop.
    """

    outcome: Literal["accepted", "retry", "unclear", "refused"]
    remote_id: str | None = None
    code: str | None = None
    after: float | None = None
    opted_out: bool = False


@dataclass(frozen=True)
class ReplyText:
    """One text of the answer to a webhook; `status_url` is where the carrier reports what became of it."""

    body: str
    status_url: str | None = None


@dataclass(frozen=True)
class Reply:
    """The answer to a webhook in the carrier's own format."""

    body: str
    media_type: str


class Connector(Protocol):
    """A carrier."""

    name: str

    def verify(self, url: str, form: Sequence[tuple[str, str]], headers: Mapping[str, str]) -> bool:
        """Whether the carrier itself sent this request to exactly this public URL."""

    def parse(self, form: Sequence[tuple[str, str]]) -> InboundText:
        """The text in a webhook's form; whatever is missing is empty, nothing raises."""

    def parse_status(self, form: Sequence[tuple[str, str]]) -> StatusReport:
        """The status in a callback's form."""

    def render(self, texts: Sequence[ReplyText]) -> Reply:
        """These texts, in order, as the answer to a webhook; none makes an empty answer."""

    async def send(self, text: Outgoing, status_url: str | None) -> Sent:
        """Hand one text to the carrier. Raises nothing that the network can cause."""

    async def find(self, text: Outgoing, known: frozenset[str]) -> Sent | None:
        """After an unclear attempt: the carrier's record of this text, `known` remote ids left out; None if it has
        none, `retry` if it cannot be asked now."""
