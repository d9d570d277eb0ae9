"""Reserved words: what carriers act on by themselves, read the same way here so that both records agree.

Only a text that is nothing but the word counts, as with the carriers ("stop hurting" is an answer).
Source: Twilio, support for opt-out keywords; the mandatory French keywords for Canadian numbers.
"""

import re
import unicodedata
from typing import Literal

OPT_OUT = frozenset(
    [
        "STOP",
        "STOPALL",
        "UNSUBSCRIBE",
        "CANCEL",
        "END",
        "QUIT",
        "REVOKE",
        "OPTOUT",
        "ARRET",
        "ARRETT",
        "ARRETE",
        "ARRETER",
        "DESABONNER",
    ]
)
OPT_IN = frozenset(["START", "UNSTOP"])
MAY_OPT_IN = frozenset(["YES", "OUI"])
"""Opt-in only for a number that has opted out; from anybody else it is an answer."""
HELP = frozenset(["HELP", "AIDE", "INFO"])

RESERVED = frozenset(
    [
        "STOP",
        "STOPALL",
        "UNSUBSCRIBE",
        "CANCEL",
        "END",
        "QUIT",
        "REVOKE",
        "OPTOUT",
        "ARRET",
        "START",
        "YES",
        "UNSTOP",
        "HELP",
        "AIDE",
        "INFO",
    ]
)
"""Words that no question may ask a patient to send."""

Keyword = Literal["stop", "start", "maybe_start", "help"]


def bare(text: str) -> str:
    """The text as a carrier compares it: no accents, no punctuation or emoji around it, upper case."""
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"^[\W_]+|[\W_]+$", "", letters).upper()


def keyword(text: str) -> Keyword | None:
    """Which reserved word the whole text is, or None. "Opt out" and "opt-out" count as OPTOUT."""
    word = bare(text)
    if word in OPT_OUT or re.sub(r"[\s-]+", "", word) in {"OPTOUT", "STOPALL"}:
        return "stop"
    if word in OPT_IN:
        return "start"
    if word in MAY_OPT_IN:
        return "maybe_start"
    if word in HELP:
        return "help"
    return None


_PERSON = r"(?:me|us|him|her|them|my \w+)"
_CRY = re.compile(
    rf"^(?:(?:please|pls|plz|oh god|god|someone|somebody|anyone|can (?:you|someone)|could (?:you|someone)|i)\W+)*"
    rf"(?:(?:need|want|get|send)\W+(?:(?:some|your|urgent|immediate|emergency)\W+)?help|help(?:\W+{_PERSON})?"
    rf"|aide[zr]?\W*moi|aidez|au\W+secours|a\W+l\W*aide|besoin\W+d\W*aide|j\W*ai\W+besoin\W+d\W*aide|sos)"
    rf"(?:\W+(?:please|pls|plz|now|right now|asap|quick|quickly|fast|urgent|urgently|svp))*\W*$"
)


def cries_for_help(text: str) -> bool:
    """Whether the whole text is a bare call for help ("help me", "i need help", "aidez-moi"), which may be
    distress and says nothing about what it is. A request with a subject ("help me book") is not one."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'"))
    letters = "".join(c for c in decomposed if not unicodedata.combining(c)).lower().strip()
    return keyword(text) != "help" and bool(_CRY.match(letters))


_ASKS = re.compile(
    r"(?<!cannot )\b(?:reply|text|send|type|answer|respond|write|say|enter)\b(?:\s+(?:with|back|us|me|the word|just|only))*"
    r"\s+[\"'(]?([A-Za-z-]+)",
    re.IGNORECASE,
)


_MAY = re.compile(r"\b(?:you (?:can|may)(?: also)?|a|an)\s+[\"'(]?(stop|end|quit|cancel|yes|help|info)\b", re.IGNORECASE)
"""An offer to break off or to begin, or the wish for "a yes": a patient may text just that word."""


def asks_for(text: str) -> set[str]:
    """Reserved words that a text of ours asks the patient to send ("reply YES", "text 'end'"), for the test
    that reads every template; also offers ("you can stop") and any reserved word set in capitals on its own."""
    asked = {m.group(1).upper().replace("-", "") for m in _ASKS.finditer(text)}
    asked |= {m.group(1).upper() for m in _MAY.finditer(text)}
    capitals = set(re.findall(r"\b[A-Z]{3,}\b", text))
    return (asked | capitals) & RESERVED


_LINK = re.compile(
    r"^\W*(?:(?:please|pls|can|could|you|i|would|like|want|to|just|ok|okay|hi|hello)\W+)*"
    r"(?:(?:send|text|give|get|email)\W+(?:me\W+)?(?:this\W+)?(?:as\W+)?(?:(?:a|the|that|your)\W+)?(?:web\W*|online\W+)?"
    r"(?:link|url|website|web page)"
    r"|(?:web\W*)?(?:link|url)"
    r"|(?:go on|continue|finish|do (?:this|it)|switch)\W+(?:(?:this|it|over|to)\W+)*(?:(?:on|in|to)\W+)?"
    r"(?:the\W+|my\W+|a\W+)?"
    r"(?:web|website|web page|online|browser|computer|laptop|internet))"
    r"(?:\W+(?:please|pls|instead|thanks|thank you"
    r"|to (?:go on|continue|finish)(?:\W+\w+){0,4}|for (?:this|it|me)|as a link))*\W*$",
    re.IGNORECASE,
)
_NEW = re.compile(
    r"^\W*(?:(?:i|want|need|would|like|to|please|a|an|the|start|begin|another|do)\W+)*(?:new|start|again|over|another)"
    r"(?:\W+(?:one|intake|over|again|please|chat|form))*\W*$",
    re.IGNORECASE,
)


_NO_TEXTS = re.compile(
    r"^\W*(?:(?:please|pls|just|hey|ok|okay|i want (?:you )?to|can you|could you|i said|you|sorry)\W+)*"
    r"(?:(?:stop|quit) (?:texting|messaging|contacting|bothering|sending|writing)(?: to)?(?: me)?(?: (?:these|any|more|your))*"
    r"(?: (?:texts?|messages?))?"
    r"|(?:do not|don'?t|never) (?:text|message|contact)(?: me)?(?: (?:again|any ?more|ever|back))*"
    r"|(?:no|not any) more (?:texts?|messages?)|leave me alone|(?:take|remove|get) me (?:off|from)(?: (?:this|your|the))?(?: (?:list|number))?"
    r"|(?:remove|delete) my number|(?:unsubscribe(?: me)?|opt(?: me)? out)(?: (?:from|of) (?:this|these|all)(?: texts?)?)?"
    r"|arr[eê]tez de m'?[eé]crire|ne m'?[eé]crivez plus)"
    r"(?:\W+(?:please|pls|now|thanks|thank you|again|any ?more|at all|svp))*\W*$",
    re.IGNORECASE,
)


def wants_no_texts(text: str) -> bool:
    """Whether the whole text asks for no more texts in other words than the carrier's ("stop texting me", "leave me alone")."""
    return bool(_NO_TEXTS.match(text.replace("’", "'")))


_OWN_NUMBER = re.compile(
    r"^\W*(?:(?:yes|yeah|yep|ok|okay|sure|just|please|use|call|text|on|at|it\W?s|its|is|that\W?s|thats)\W+)*"
    r"(?:(?:this|same|the same|my|current)(?:\W+(?:one|number|phone|cell|mobile|line|no))*"
    r"|(?:the )?(?:one|number|phone)(?: that)? i\W?(?:m| am) (?:texting|using|writing|on)(?: from| with)?(?: now| right now)?)"
    r"(?:\W+(?:one|number|phone|is|works|good|fine|best|ok|okay|please|thanks|as this|i\W?m texting|is (?:fine|good|best)|here))*\W*$",
    re.IGNORECASE,
)


def means_own_number(text: str) -> bool:
    """Whether the answer to "what number" is the phone in the hand ("this one", "same number", "the one I'm texting from")."""
    return bool(_OWN_NUMBER.match(text))


def wants_link(text: str) -> bool:
    """Whether the whole text asks to go on in a browser ("send me this as a link", "continue on my computer")."""
    return bool(_LINK.match(text))


def wants_new(text: str) -> bool:
    """Whether the whole text asks for a new intake after one that has ended ("new", "start a new intake")."""
    return bool(_NEW.match(text))


def which_person(text: str) -> str | None:
    """The answer to "who is texting": `same`, `other`, or None."""
    said = re.sub(r"\W+", " ", text.lower()).strip()
    if said in {"1", "one", "me", "yes", "still me"} or said.startswith(("same", "1 ", "it s me", "its me")):
        return "same"
    if said in {"2", "two", "other", "no", "another"} or "else" in said or said.startswith(("2 ", "new person")):
        return "other"
    return None


def go_on(text: str) -> str | None:
    """The answer to "shall we go on": `on`, `again` (begin anew), or None for any other text."""
    said = re.sub(r"\W+", " ", text.lower()).strip()
    if said in {"1", "one", "yes", "y", "ok", "okay", "sure", "continue", "yes please"} or said.startswith(("go on", "1 ")):
        return "on"
    if said in {"2", "two"} or said.startswith(("begin again", "start again", "start over", "2 ")):
        return "again"
    return None
