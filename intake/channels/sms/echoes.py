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
from pathlib import Path
from typing import Literal

import yaml

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
_EMOJI = r"(?:[^\w\s\"'“”‘’«».,;:!?()\[\]/\\@#%&*+=<>-]|[\ufe0f\u200d\u20e3]){1,12}"
_KEYS = {"reactions_en", "reactions_fr", "reactions_emoji", "things", "auto_reply_signs", "auto_reply_phrases"}


def _phones() -> dict[str, list[str]]:
    """The forms of phones.yml. Raises ValueError for a key that is not known."""
    forms = yaml.safe_load(Path(__file__).with_name("phones.yml").read_text(encoding="utf-8"))
    if set(forms) != _KEYS:
        raise ValueError("phones.yml: unknown or missing keys")
    return {key: [form.replace("EMOJI", _EMOJI) for form in found] for key, found in forms.items()}


_FORMS = _phones()
_STARTS = "|".join(_FORMS["reactions_en"] + _FORMS["reactions_fr"] + _FORMS["reactions_emoji"])
_REACTION = re.compile(
    rf"^\s*(?:{_STARTS})\s*:?\s*"
    rf"(?:(?P<open>[{_OPEN}])(?P<rest>.*)|(?P<thing>{'|'.join(_FORMS['things'])})\s*[.!]?\s*)$",
    re.IGNORECASE | re.DOTALL,
)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u2060\ufeff\u200e\u200f"))
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u200a\u2009\u202f\u2002\u2003\u2005\u2006\u2007\u2008", " "))
_AUTO_REPLY = [re.compile(phrase, re.IGNORECASE) for phrase in _FORMS["auto_reply_phrases"]]
_DRIVES = re.compile("|".join(_FORMS["auto_reply_signs"]), re.IGNORECASE)
_FILLER = re.compile(
    r"^(?:\W|\b(?:thanks?|thank you|merci|sorry|hi|hello|bonjour|and|et)\b)*$",
    re.IGNORECASE,
)


MOST_CLOSINGS = 12
"""How many closing marks, from the last one back, may end a quotation: a text of nothing but marks must not cost seconds."""


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
    for i in closings[: -MOST_CLOSINGS - 1 : -1]:
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


_ASKING = frozenset(
    "what whats what's do does you u mean means meaning by is it this that the a an huh sorry pardon explain please pls which one i "
    "don't dont understand not sure how so number no about".split()
)


def _without_labels_asked_about(text: str, sent: Sequence[Ours]) -> str:
    """The text without a line of our list that it only asks about ("a blackout or a fit?? what is that"). Nothing is taken out
    when any other word stands beside it: that may be an answer."""
    for label in {label for ours in sent for label in ours.labels}:
        wanted = _words(label)
        tokens = _tokens(text)
        words = [word for word, _, _ in tokens]
        start = next((i for i in range(len(words) - len(wanted) + 1) if words[i : i + len(wanted)] == wanted), None)
        if len(wanted) < 4 or start is None:
            continue
        left = text[: tokens[start][1]] + " " + text[tokens[start + len(wanted) - 1][2] :]
        beside = re.findall(r"[\w']+", left.lower())
        if "?" in left and all(word in _ASKING or word.isdigit() for word in beside) or "mean" in beside and set(beside) <= _ASKING:
            return left.strip()
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
    left = _without_labels_asked_about(_without_our_sentences(flat, sent), sent)
    if left == flat:
        return Reading("text", text)
    stripped = re.sub(r"(?m)^\s*>+\s?", "", left)
    stripped = re.sub(r"[ \t]{2,}", " ", stripped).strip(" \n\t" + _OPEN + _CLOSE)
    return Reading("text", stripped, ())
