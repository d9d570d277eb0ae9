"""What a phone sends by itself: reactions that quote a message, replies while driving, our own text sent back.

Our questions name red flags ("new numbness between the legs"). A phone that quotes them must raise nothing and
answer nothing; but a patient who repeats the words of a list item *is* answering, and a wrong silence harms. So
text is taken out only where it certainly repeats us: a quotation inside a reaction that matches a message of ours
(or an earlier one of theirs, screened when it came), or whole sentences of ours, never the words of a choice and
never the patient's own words that a message of ours quoted.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["reaction", "auto_reply", "text"]


@dataclass(frozen=True)
class Ours:
    """A text that went out, and the labels of its choices (which a patient may say back as an answer)."""

    text: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """`kind` says what sent the text; `own_words` is what is left to screen and, for kind "text", to answer."""

    kind: Kind
    own_words: str
    quoted: tuple[str, ...] = field(default=())


_OPEN, _CLOSE = "\"'“‘«„‟", "\"'”’»“"
_EMOJI = r"(?:[^\w\s\"'“”‘’«».,;:!?()\[\]/\\@#%&*+=<>-]|[️‍⃣]){1,12}"
_ATTACHMENT = (
    r"(?:an? (?:image|photo|picture|movie|video|audio message|attachment|link|sticker|contact|message)|"
    r"une? (?:image|photo|vid[ée]o|pi[èe]ce jointe|lien|message(?: audio)?)|votre message|your message)"
)
_ENGLISH = (
    r"(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|hearted|thumbs[ -]?up|thumbs[ -]?down"
    r"|added (?:an? )?[\w !?-]{1,20} (?:reaction )?to"
    rf"|reacted (?:with )?(?:an? )?(?:{_EMOJI}|[\w-]{{1,20}})(?: emoji| sticker)? to|reacted to"
    rf"|removed (?:an?|the|your|their) [\w !?-]{{1,25}} from|removed (?:the |an? )?{_EMOJI} ?(?:reaction )?from)"
)
_FRENCH = (
    r"(?:a aim[ée]|a ador[ée]|a d[ée]test[ée]|n['’]a pas aim[ée]|a ri (?:de|[àa])|a trouv[ée] dr[ôo]le"
    r"|a mis en [ée]vidence|a soulign[ée]|a accentu[ée]|a mis l['’]accent sur|a mis en doute|a questionn[ée]"
    r"|a pos[ée] une question sur|s['’]est interrog[ée](?:\(e\)|e)? sur|s['’]interroge sur"
    rf"|a r[ée]agi (?:avec |par )?{_EMOJI} ?[àa]|a r[ée]agi [àa]"
    r"|a ajout[ée] une? (?:«\s?)?[\w’' -]{1,20}(?:\s?»)? [àa]"
    rf"|a (?:retir[ée]|supprim[ée]|enlev[ée]) (?:(?:une? |la |le )?[\w’' -]{{1,30}}|{_EMOJI}) ?(?:de|du|sur))"
)
_EMOJI_FIRST = rf"{_EMOJI}\s*(?:to|[àa]|a r[ée]agi [àa])"
_REACTION = re.compile(
    rf"^\s*(?:{_ENGLISH}|{_FRENCH}|{_EMOJI_FIRST})\s*:?\s*"
    rf"(?:(?P<open>[{_OPEN}])(?P<rest>.*)|(?P<thing>{_ATTACHMENT})\s*[.!]?\s*)$",
    re.IGNORECASE | re.DOTALL,
)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u2060\ufeff\u200e\u200f"))
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u200a\u2009\u202f\u2002\u2003\u2005\u2006\u2007\u2008", " "))

_AUTO_REPLY = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^\W*(?:auto(?:matic|mated)?[ -]?(?:reply|response|message)|r[ée]ponse automatique|message automatique)\W+",
        (
            r"\bi'?\s?a?m (?:currently )?driving(?: right now)?(?: with (?:do not disturb while driving|(?:the )?(?:driving )?focus)"
            r"(?: turned)? on| and can'?t (?:receive|read|answer|reply to) (?:texts?|messages?|you)?)?"
        ),
        r"\b(?:the )?(?:do not disturb while driving|driving focus) is (?:turned )?on\b",
        (
            r"\bi'?(?:ll| will) (?:see|read|answer|reply to) your (?:message|text) (?:when|once) i(?:'?ve)? (?:get|arrive|got|have arrived)"
            r"(?: to)?(?: where i'?m going| there| later)?"
        ),
        r"\bi'?m not receiving notifications\b",
        r"\bif this is urgent,? reply ['\"]?urgent['\"]? to send a notification (?:through )?with (?:your|the) original message",
        (
            r"\b(?:and )?(?:i'?ll|i will|i'?m going to|will) (?:get back to|reply to|text|call|contact|message) you"
            r"(?: back)?(?: later| soon| when i can| as soon as (?:i can|possible)| once i arrive)?"
        ),
        r"\b(?:sorry,? )?(?:i )?can'?t (?:talk|text|answer)(?: right)? now\b",
        r"\b(?:driving,? can'?t text)\b",
        r"\bsent (?:automatically )?from my (?:car|android auto)\b",
        (
            r"\bje (?:conduis|suis (?:actuellement )?(?:au volant|en train de conduire|en voiture))(?: en ce moment| actuellement)?"
            r"(?:,? (?:et |avec |j'ai activ[ée] )?(?:l'option |la fonction |le mode )?[«\"']? ?(?:ne pas d[ée]ranger en voiture|"
            r"concentration conduite|conduite) ?[»\"']?(?: est)?(?: activ[ée]e?)?)?"
        ),
        (
            r"\bje (?:verrai|lirai) (?:votre|ton) message (?:quand|lorsque|d[èe]s que|une fois) (?:je|j')\s?(?:serai )?(?:arriverai?|arriv[ée]e?)"
            r"(?: [àa] (?:destination|bon port))?"
        ),
        r"\bje ne re[çc]ois pas (?:de|les) notifications\b",
        r"\bsi c'est urgent,? (?:r[ée]pondez|r[ée]ponds)(?: par)? ['\"«]? ?urgent ?['\"»]?(?: pour[^.]*)?",
        r"\bje (?:vous|te) (?:r[ée]pondrai|rappellerai|rappelle|recontacterai|[ée]crirai)(?: plus tard| d[èe]s que possible)?",
    )
]
_DRIVES = re.compile(
    r"driving|volant|conduis|en voiture|auto(?:matic|mated)?[ -]?(?:reply|response)|r[ée]ponse automatique"
    r"|message automatique|not receiving notifications|ne re[çc]ois pas",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"^(?:\W|\b(?:thanks?|thank you|merci|sorry|hi|hello|bonjour|and|et)\b)*$",
    re.IGNORECASE,
)


def flatten(text: str) -> str:
    """The text with plain quotes and spaces and without invisible signs, one character for one where it stays."""
    return unicodedata.normalize("NFC", text).translate(_INVISIBLE).translate(_SPACES).replace("’", "'")


def _tokens(text: str) -> list[tuple[str, int, int]]:
    return [(m.group().lower(), m.start(), m.end()) for m in re.finditer(r"\w+", text)]


def _words(text: str) -> list[str]:
    return [word for word, _, _ in _tokens(flatten(text))]


def _is_quote_of(quoted: str, whole: str) -> bool:
    """Whether `quoted` is this message or its beginning, as phones cut long quotations short."""
    said, full = _words(quoted), _words(whole)
    if not said or len(said) > len(full):
        return False
    cut = flatten(quoted).rstrip().endswith(("…", "..."))
    if cut and len(said) > 1:  # the last word may itself be cut
        return full[: len(said) - 1] == said[:-1] and full[len(said) - 1].startswith(said[-1])
    if full[: len(said)] == said:
        return len(said) == len(full) or len(said) >= 4
    # A phone that quotes one line of several ("1 Left 2 Right" under a question) quotes a run of whole words.
    runs = range(len(full) - len(said) + 1)
    return len(said) >= 4 and any(full[i : i + len(said)] == said for i in runs)


def _split_quotation(rest: str, known: Iterable[str]) -> tuple[str, str]:
    """Where the quotation ends: at the closing mark whose inside matches a known message, else at the last
    closing mark (our own texts hold quotation marks too). Returns (quoted, what follows)."""
    closings = [i for i, character in enumerate(rest) if character in _CLOSE]
    texts = list(known)
    for i in reversed(closings):
        if any(_is_quote_of(rest[:i], text) for text in texts):
            return rest[:i], rest[i + 1 :]
    if closings:
        return rest[: closings[-1]], rest[closings[-1] + 1 :]
    return rest, ""


def _sentences(ours: Ours) -> list[list[str]]:
    """Whole sentences of a message of ours as word lists: at least four words, no choice, no quoted words."""
    labels = [_words(label) for label in ours.labels]
    found = []
    text = re.sub(
        r"[“\"][^”\"]*[”\"]",
        " \n ",
        flatten(ours.text).replace("”", '"').replace("“", '"'),
    )
    for piece in re.split(r"(?<=[.!?:])\s+|\n+", text):
        words = _words(piece)
        bare = words[1:] if words and words[0].isdigit() else words
        if len(bare) >= 4 and bare not in labels and words not in labels:
            found.append(words)
    return found


def _without_our_sentences(text: str, sent: Sequence[Ours]) -> str:
    """The text without whole messages and whole sentences of ours that it repeats."""
    for ours in sent:
        whole = _words(ours.text)
        candidates = ([whole] if len(whole) >= 4 and len(ours.labels) != 1 else []) + _sentences(ours)
        for wanted in candidates:
            while True:
                tokens = _tokens(text)
                words = [word for word, _, _ in tokens]
                start = next(
                    (i for i in range(len(words) - len(wanted) + 1) if words[i : i + len(wanted)] == wanted),
                    None,
                )
                if start is None:
                    break
                end = tokens[start + len(wanted) - 1][2]
                while end < len(text) and text[end] in ".?!:;\"”»'":
                    end += 1
                text = text[: tokens[start][1]] + " " + text[end:]
    return text


def _auto_reply_rest(text: str) -> str | None:
    """What a person added to a phone's automatic reply ('' for none), or None if the text is not one."""
    if not _DRIVES.search(text):
        return None
    rest = text
    for pattern in _AUTO_REPLY:
        rest = pattern.sub(" ", rest)
    if rest == text:
        return None
    return "" if _FILLER.match(rest) else None


def read(text: str, sent: Sequence[Ours], received: Sequence[str] = ()) -> Reading:
    """Tell apart what the patient wrote and what the phone added.

    `sent` are the latest messages that went to this number, `received` the earlier ones that came from it.
    A reaction is never an answer; whatever stands outside its quotation is still screened, and so is a
    quotation that matches nothing known. Everything else that repeats our whole sentences loses them."""
    flat = flatten(text)
    reaction = _REACTION.match(flat)
    if reaction:
        if reaction.group("thing"):
            return Reading("reaction", "")
        known = [ours.text for ours in sent] + list(received)
        quoted, after = _split_quotation(reaction.group("rest"), known)
        known_quote = any(_is_quote_of(quoted, message) for message in known)
        left = after if known_quote else f"{_without_our_sentences(quoted, sent)} {after}"
        words = left.strip(" \n\t.…" + _OPEN + _CLOSE)
        if known_quote or not re.search(r"\w", after):
            return Reading("reaction", words, (quoted,))
        return Reading("text", words, (quoted,))
    rest = _auto_reply_rest(flat)
    if rest is not None:
        return Reading("auto_reply", rest)
    left = _without_our_sentences(flat, sent)
    if left == flat:
        return Reading("text", text)
    stripped = re.sub(r"(?m)^\s*>+\s?", "", left)
    stripped = re.sub(r"[ \t]{2,}", " ", stripped).strip(" \n\t" + _OPEN + _CLOSE)
    return Reading("text", stripped, ())
