"""What a text does in the dialogue besides answering: greet, ask for a person, go back, another language ..."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from clinic.reading.analysis import Text
from clinic.reading.model import MOVES
from clinic.reading.rulebook import read_yaml

LEAST_CONFIDENCE = 0.6
LEAST_HARMLESS = 0.45
LEAST_OUT_OF_SCOPE = 0.35  # its examples are spread over many things, so it is rarely as sure; measured in docs/intents.md
SURE = 0.9
# Moves whose words also stand in requests that are no move at all.
LOOSE = ("how_long", "repeat", "stop", "why", "capabilities", "bot_challenge", "back", "restart")
_CHAT = ("greet", "thanks", "goodbye", "bot_challenge")
_ALSO_TOLD = ("complaint", "goodbye", "insult")  # "my main complaint is my elbow"
# A wrong guess of these costs little, a text that nobody understood costs as much: they need less.
_HARMLESS = ("faq", "greet", "thanks", "goodbye", "repeat", "why", "how_long", "capabilities", "bot_challenge")
_ORDER = (
    "withdraw",
    "human",
    "bot",
    "how_long",
    "why",
    "restart",
    "back",
    "insult",
    "complaint",
    "capabilities",
    "repeat",
    "correct",
    "stop",
    "goodbye",
    "thanks",
    "greet",
)
# Longest text (in words) that can still be this move as a whole; the others may stand beside a story.
_SHORT = {"stop": 7, "back": 10, "greet": 7, "thanks": 14, "goodbye": 12, "repeat": 10, "why": 12, "restart": 9, "insult": 10, "correct": 9, "capabilities": 13, "how_long": 14,
          "complaint": 24, "withdraw": 18, "human": 24, "bot": 16}  # fmt: skip
_ALONE = {"stop": {"end", "enough", "pause", "stop", "cancel", "do not bother", "quit", "exit", "drop it", "changed my mind", "give up", "i give up", "never mind", "nevermind", "i am done", "have to leave", "got to go", "need to go"},
          "back": {"back", "go back", "previous", "undo", "one back", "back up", "the one before"}, "why": {"why", "what for", "relevance", "why this", "why that", "is this necessary"},
          "repeat": {"what", "huh", "pardon", "confused", "i am confused", "once more", "i missed", "what was that"}, "greet": {"morning", "yo", "sup", "what is up", "you there"},
          "capabilities": {"help", "options", "menu", "what is this"}, "human": {"a human", "reception", "operator", "representative", "a person", "receptionist"}, "thanks": {"ta", "cheers"}}  # fmt: skip


def move(text: Text, question: str | None) -> tuple[str | None, str | None]:
    """(move, topic) by the words alone; the topic of other_language is fr, es, pa or zh."""
    language = other_language(text)
    if language:
        return "other_language", language if language in ("fr", "es", "pa", "zh") else None
    size = sum(1 for w in text.words if w[0].isalnum())
    if size == 0:
        return ("repeat", None) if "?" in text.original else (None, None)
    for name in _ORDER:
        for start, end in text.hits.get(f"move.{name}", ()):
            if _fits(text, name, start, end, size, question):
                return {"bot": "bot_challenge"}.get(name, name), None
    return None, None


def _fits(text: Text, name: str, start: int, end: int, size: int, question: str | None) -> bool:
    phrase = " ".join(text.words[start:end])
    if size > _SHORT[name]:
        return False
    if phrase in _ALONE.get(name, ()):
        said = {i for first, last in text.hits[f"move.{name}"] for i in range(first, last)}
        rest = [w for i, w in enumerate(text.words) if i not in said and w[0].isalnum() and w not in _POLITE]
        if rest and not (name == "thanks" and size <= 6):
            return False
    if text.scopes.negated_by[start] and name not in ("complaint", "repeat", "stop"):
        return False
    if name in ("greet", "thanks", "goodbye"):
        return _only(text, name, size)
    if name == "human" and question in ("contact.preferred",):
        return False
    if name == "correct" and any(w in text.words for w in ("left", "right", "yes", "no", "not")):
        return False
    if name == "why" and phrase == "why should i" and "be" in text.words:
        return False
    return True


def nothing_else(text: Text, name: str) -> bool:
    """Does the text say the move and no more ("i want to stop here"; not "i want to stop limping")?"""
    covered = {i for start, end in text.hits.get(f"move.{name}", ()) for i in range(start, end)}
    return all(i in covered or not w[0].isalnum() or w in _POLITE or w in _SMALL_TALK or w in ("am", "these", "questions", "all") for i, w in enumerate(text.words))


def _only(text: Text, name: str, size: int) -> bool:
    """A greeting or thanks is a move only when nothing else is said."""
    covered = {i for key in ("greet", "thanks", "goodbye") for s, e in text.hits.get(f"move.{key}", ()) for i in range(s, e)}
    rest = [w for i, w in enumerate(text.words) if i not in covered and w[0].isalnum() and w not in _POLITE and w not in _SMALL_TALK]
    return len(rest) <= (1 if name == "greet" else 3) and not any(key.startswith(("site.", "f.", "pain")) for key in text.hits)


_POLITE = frozenset("please just can i we you could may would like to want need now ok so well hey hi hello actually sorry um the a an this that it here for me my thanks thank very much again right "
                    "with now dude man mate friend sir maam bot ai siri alexa robot do is there then and".split())  # fmt: skip
_SMALL_TALK = frozenset(
    "today doing you your day help all everything good nice great time info information answer helping with so much really day".split()
)


_ASKING = frozenset("what whats when where who whose which why how do does did is are am was were can could may should would will have has "
                    "any anyone anybody tell explain wondering wonder know".split())  # fmt: skip


def asks(text: Text) -> bool:
    """Is this put as a question: a question mark, or a question word near its beginning?"""
    content = [w for w in text.words if w[0].isalnum() and w not in _POLITE]
    return "?" in text.original or bool(set(content[:2]) & (_ASKING - {"is", "do", "have", "has", "was", "any"})) or content[:1] in (["is"], ["do"], ["are"])


def from_intent(intent: tuple[str, float] | None) -> tuple[str | None, str | None]:
    """(move, topic) of the classifier's intent, if it is sure enough: `faq_price` is the move faq with the topic price."""
    if intent is None:
        return None, None
    name = intent[0].replace("/", "_")
    name = _INTENT_NAMES.get(name, name)
    move = "faq" if name.startswith("faq_") else name
    least = LEAST_OUT_OF_SCOPE if move == "out_of_scope" else LEAST_HARMLESS if move in _HARMLESS else LEAST_CONFIDENCE
    if intent[1] < least or move not in MOVES:
        return None, None
    return move, name[4:] if move == "faq" else None


def unless_surely_another(move: str | None, intent: tuple[str, float] | None, *, told: bool) -> str | None:
    """The move by the words, None where the classifier hardly doubts that the text is something else.

    `told`: the text names a place or a finding. A wish for a person or to withdraw is never overruled but by small talk.
    """
    if move is None or intent is None or intent[1] < SURE:
        return move
    guessed, topic = from_intent(intent)
    if guessed in (None, move):  # None: an answer
        return None if guessed is None and intent[0] == "inform" and move in _ALSO_TOLD else move
    if guessed in _CHAT:  # "are you a real human"
        return None if move in (*LOOSE, *_CHAT, "human") else move
    if guessed == "out_of_scope":  # "how long does it take to fly to Rome"
        return None if move in LOOSE and not told else move
    return None if move in (*LOOSE, "complaint") else move  # "what do you mean by neuropathy", "you are useless"


# "restart" and "back" as intents would run Rasa's own actions, past any form, so these two moves have other names there.
_INTENT_NAMES = {"start_over": "restart", "go_back": "back"}


@lru_cache(maxsize=1)
def _language_words() -> Mapping[str, frozenset[str]]:
    return {code: frozenset(words.split()) for code, words in read_yaml("languages.yml")["words"].items()}


_SCRIPTS = (("pa", "\u0a00", "\u0a7f"), ("zh", "\u4e00", "\u9fff"), ("hi", "\u0900", "\u097f"), ("ar", "\u0600", "\u06ff"), ("ru", "\u0400", "\u04ff"),
            ("ja", "\u3040", "\u30ff"), ("ko", "\uac00", "\ud7a3"), ("vi", "\u1ea0", "\u1ef9"), ("th", "\u0e00", "\u0e7f"), ("he", "\u0590", "\u05ff"))  # fmt: skip


def other_language(text: Text) -> str | None:
    """The language of a text that is not English: by its script, or by common words of French, Spanish and others."""
    letters = [c for c in text.original if c.isalpha()]
    if not letters:
        return None
    for code, low, high in _SCRIPTS:
        count = sum(1 for c in letters if low <= c <= high)
        if count >= 2 and count * (1 if code in ("pa", "zh", "ja", "ko", "th") else 2) > len(letters) // (2 if code in ("pa", "zh") else 1):
            return code
    words = [w for w in re.split(r"[^a-zà-ÿ']+", text.original.lower()[:400]) if w]
    if not words:
        return None
    best: tuple[int, str] = (0, "")
    parts = [(w, [part for part in w.split("'") if len(part) > 2] if "'" in w else ()) for w in words]
    for code, known in _language_words().items():
        if code == "en":
            continue
        best = max(best, (sum(1 for w, pieces in parts if w in known or any(piece in known for piece in pieces)), code))
    english = sum(1 for w in words if w in _language_words()["en"])
    if best[0] >= 1 and (best[0] * 2 >= len(words) and best[0] > english) and (best[0] >= 2 or len(words) == 1):
        return best[1]
    return best[1] if best[0] >= 3 and best[0] > english * 2 else None
