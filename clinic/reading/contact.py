"""Names, phone numbers and e-mail addresses in free text. North American numbers become E.164."""

from __future__ import annotations

import re

from clinic.reading.analysis import Text
from clinic.reading.folding import fold

_EMAIL = re.compile(r"[a-z0-9][a-z0-9._%+-]{0,63}@[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){1,4}")
_PHONE = re.compile(r"\+?\(?\d[\d\s().-]{5,24}\d")
_SPOKEN = {
    "zero": "0",
    "oh": "0",
    "o": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
}
_NAME_LEAD = re.compile(r"^(?:hi|hello|hey|um|uh|well|yes|sure|ok|its|it's|it is|my name is|my name's|my names|name is|name's|the name is|the name's|i am|i'm|im|this is|call me|you can call me|they call me|"
                        r"his name is|her name is|their name is|name|full name|it would be|that would be)\b[\s,:.-]*", re.IGNORECASE)  # fmt: skip
_NAME_TAIL = re.compile(r"[\s,.;:!]*(?:please|thanks|thank you|here|speaking)?[\s.,!]*$", re.IGNORECASE)
_SAID_NAME = re.compile(r"\b(?:my name is|my name's|my names|call me)\s+([A-Za-z][A-Za-z'’-]{1,30}(?:\s+[A-Z][A-Za-z'’-]{1,30}){0,3})")


def email(text: str) -> tuple[str, str] | None:
    """(address, the words that say it) or None; "at" and "dot" said in words are understood."""
    folded, offsets = fold(text)
    found = _EMAIL.search(folded)
    if found:
        words = text[offsets[found.start()] : offsets[found.end() - 1] + 1]
        return found.group().rstrip("."), words
    spoken = re.sub(r"\s+(?:at|\(at\)|\[at\])\s+", "@", folded[:300])
    spoken = re.sub(r"\s*(?:\s|\(|\[)dot(?:\s|\)|\])\s*", ".", spoken)
    found = _EMAIL.search(spoken)
    return (found.group(), text.strip()[:200]) if found and "@" in spoken else None


def phone(text: str, asked: bool = False) -> tuple[str, str] | None:
    """(E.164 number, the words that say it) or None. Ten digits are taken as North American."""
    folded, offsets = fold(text)
    for found in _PHONE.finditer(folded):
        number = _e164(found.group())
        if number:
            return number, text[offsets[found.start()] : offsets[found.end() - 1] + 1]
    if asked:
        digits = "".join(_SPOKEN.get(w, w if w.isdigit() else "") for w in re.findall(r"[a-z]+|\d+", folded[:300]))
        number = _e164(digits)
        if number:
            return number, text.strip()
    return None


def _e164(written: str) -> str | None:
    digits = re.sub(r"\D", "", written)
    if written.lstrip("( ").startswith("+"):
        return "+" + digits if 8 <= len(digits) <= 15 and not (digits.startswith("1") and len(digits) != 11) else None
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    if len(digits) == 10 and digits[0] in "23456789" and digits[3] in "23456789":
        return "+1" + digits
    return None


def name(text: Text) -> tuple[str, str] | None:
    """(name, the words that say it) of an answer to "what is your name?"."""
    rest = text.original.strip()
    for _ in range(3):
        rest = _NAME_LEAD.sub("", rest, count=1)
    rest = _NAME_TAIL.sub("", rest).strip()
    parts = [part.strip() for part in re.split(r"[,.;!?\n]|\s+(?:and|but|because)\s+", rest)]
    # "Priya, Priya Nair": the first part that is the whole name, not only its beginning.
    rest = next((part for part in parts[1:2] if " " in part and part.split()[0].lower() == parts[0].lower()), parts[0])
    if not rest or len(rest) > 80 or len(rest.split()) > 5 or not any(c.isalpha() for c in rest) or any(c.isdigit() for c in rest):
        return None
    return rest, rest


def said_name(text: str) -> tuple[str, str] | None:
    """A name that is introduced as one ("my name is Sam Hill") in any text."""
    found = _SAID_NAME.search(text)
    return (found.group(1), found.group(1)) if found else None
