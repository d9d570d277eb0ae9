"""The words that the gate says itself: emergencies, safe text, help, safety net, endings.

They depend on nothing but that file, so they are there while the dialogue is down. Rendering never raises
on what a patient wrote: a quote is put in as it stands, is never read as a template, and is only ever cut,
so it stays a literal part of the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from clinic.answers import Answers
from clinic.protocol import LOADER, ProtocolError, painful_regions, protocol

MESSAGES_FILE = Path(__file__).with_name("messages.yml")
WHO = ("self", "other")
GAPS = (
    "quote", "clinic_name", "clinic_phone", "local_care", "opening", "call_by",
    "link", "code", "reference", "answered", "remaining",
)  # fmt: skip
QUOTE_LIMIT = 140  # characters shown of a quote: the emergency words must fit into a few text messages
NET_ORDER = ("back", "neck", "chest", "general")

_GAP = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[\[(.*?)\]\]")


@dataclass(frozen=True)
class Messages:
    """The checked file: message id -> {self, other} -> template."""

    version: str
    reviewed_by: Mapping[str, str] | None
    templates: Mapping[str, Mapping[str, str]]

    @property
    def signed(self) -> bool:
        """Whether a registered physiotherapist signed this very version."""
        return self.reviewed_by is not None and self.reviewed_by.get("version") == self.version


def load(path: Path | None = None) -> Messages:
    """Read and check a messages file; ProtocolError names the message that is wrong."""
    file = path or MESSAGES_FILE
    raw: Any = yaml.load(file.read_text(encoding="utf-8"), Loader=LOADER)
    if not isinstance(raw, Mapping) or set(raw) != {"version", "reviewed_by", "messages"}:
        raise ProtocolError(f"{file.name}: must hold version, reviewed_by and messages, and nothing else")
    templates: dict[str, Mapping[str, str]] = {}
    for message_id, variants in raw["messages"].items():
        where = f"{file.name} messages {message_id}"
        if not isinstance(variants, Mapping) or "self" not in variants or not set(variants) <= set(WHO):
            raise ProtocolError(f"{where}: must have 'self' and may have 'other', nothing else")
        for who, text in variants.items():
            if not isinstance(text, str) or not text.strip():
                raise ProtocolError(f"{where} {who}: must be a text")
            for gap in _GAP.findall(text):
                if gap not in GAPS:
                    raise ProtocolError(f"{where} {who}: unknown gap {{{gap}}}; known: {', '.join(GAPS)}")
        templates[message_id] = MappingProxyType(dict(variants))
    return Messages(str(raw["version"]), raw["reviewed_by"], MappingProxyType(templates))


@lru_cache(maxsize=1)
def messages() -> Messages:
    """The installed messages, read once."""
    return load()


def shorten(quote: str, limit: int = QUOTE_LIMIT) -> str:
    """The beginning of a quote, cut between words where it can be: always a literal part of it."""
    words = quote.strip()
    if len(words) <= limit:
        return words
    cut = words[:limit]
    space = cut.rfind(" ")
    return cut[:space].rstrip() if space > limit // 2 else cut


def say(message_id: str, *, for_whom: str = "self", quote: str | None = None, **facts: str | None) -> str:
    """One message, its gaps filled from ``facts`` (GAPS); optional parts without a filling are left out.

    KeyError for a message id that is not there; whatever ``quote`` and the facts hold, nothing else is
    raised.
    """
    variants = messages().templates[message_id]
    template = variants.get(for_whom) or variants["self"]
    filling: dict[str, str] = {gap: str(value).strip().rstrip(".") for gap, value in facts.items() if value}
    if quote and quote.strip():
        filling["quote"] = shorten(quote)

    def optional(part: re.Match[str]) -> str:
        inside = part.group(1)
        return inside if all(gap in filling for gap in _GAP.findall(inside)) else ""

    # One pass over the template only: braces and brackets in a patient's words are never read as ours.
    kept = _OPTIONAL.sub(optional, template)
    return _GAP.sub(lambda gap: filling.get(gap.group(1), ""), kept).strip()


def emergency(
    words: Sequence[str],
    *,
    quote: str | None,
    for_whom: str = "self",
    opening: str | None = None,
    alerted: bool = False,
    **facts: str | None,
) -> str:
    """The emergency words of a decision (``red_flags.Decision.words``), then what is true about staff.

    ``opening``: set while the clinic is closed, when it opens next, in words. ``alerted``: staff were told
    and are there. With neither, nothing is said about staff.
    """
    parts = [say(message_id, for_whom=for_whom, quote=quote, **facts) for message_id in words]
    if opening:
        parts.append(say("staff.closed", opening=opening))
    elif alerted:
        parts.append(say("staff.alerted"))
    return "\n\n".join(parts)


def safety_net(answers: Answers, *, for_whom: str = "self", needling: bool = True) -> tuple[str, ...]:
    """What to watch for and whom to call, by what hurts; unknown regions get the back and neck words.

    ``needling``: the words for after needling go with an intake that may end in a needling session near the
    chest.
    """
    sites = painful_regions(answers)
    regions = protocol().regions
    nets = {regions[code].net for code in sites} if sites else {"back", "neck"}
    if "widespread" in sites:
        nets |= {"back", "neck"}
    ids = [f"net.{net}" for net in NET_ORDER if net in nets]
    if needling and any(regions[code].chest_area for code in sites):
        ids.append("net.needling")
    return tuple(say(message_id, for_whom=for_whom) for message_id in ids)


def banner() -> str | None:
    """What every channel shows while the protocol or these words are not signed; None once both are."""
    return None if protocol().signed and messages().signed else say("unsigned")
