"""Yes, no or do not know, with or without an open question; an unrelated word is none of them."""

from __future__ import annotations

from clinic.reading.analysis import Text
from clinic.reading.lexicon import Span

_LEAD = frozenset("well oh so actually sorry please honestly hmm ok ah to be honest i would say think mean have got must gotta guess a it is that was would just like but and hey tbh really you know".split())
_FIRM = {"yes": "yes", "yeah": "yes", "yep": "yes", "yup": "yes", "aye": "yes", "no": "no", "nay": "no", "nuh": "no"}
_LETTER = {"y": "yes", "n": "no"}


def polar(text: Text, asked: bool = False) -> tuple[str | None, Span | None]:
    """("yes" | "no" | "unknown" | None, the words). `asked`: a yes/no question is open, so weaker words count."""
    words = [w for w in text.words if w[0].isalnum() or w == "'s"]
    if not words:
        return _symbol(text)
    if len(words) == 1 and text.tokens[0].raw in _LETTER and asked:
        return _LETTER[text.tokens[0].raw], (0, 1)
    lead = _lead(text)
    hits = {kind: text.hits.get(kind, []) for kind in ("yes", "no", "unknown")}
    first = text.words[lead] if lead < len(text.words) else ""
    unknown = [s for s in hits["unknown"] if s[0] <= lead + 5 and not _inside(s, hits["no"])]
    corrected = _corrected(text, hits)
    if corrected:
        return corrected
    if first in _FIRM and not _of_other(text, lead):
        value = _FIRM[first]
        if first == "no" and unknown and unknown[0][0] <= lead + 3:
            return "unknown", unknown[0]
        follow = text.words[lead + 1 : lead + 3]
        if value == "yes" and follow[:1] == ["no"] or (value == "yes" and follow == [",", "no"]):
            return "no", (lead, lead + 2)
        if value == "no" and (follow[:1] in (["yeah"], ["yes"]) or follow in ([",", "yeah"], [",", "yes"])) and not _negative_after(text, lead + 2):
            return "yes", (lead, lead + 2)
        return value, (lead, lead + 1)
    best = _earliest(text, hits, lead, len(words), asked)
    if unknown and (best is None or unknown[0][0] <= best[1][0]):
        return "unknown", unknown[0]
    if best is not None:
        return best
    if _bare_negative(text, lead):
        return "no", (lead, min(len(text.words), lead + 3))
    return None, None


def _symbol(text: Text) -> tuple[str | None, Span | None]:
    for yes in ("👍", "✅", "✔", "👌"):
        if yes in text.original:
            return "yes", None
    for no in ("👎", "❌"):
        if no in text.original:
            return "no", None
    return ("unknown", None) if "🤷" in text.original else (None, None)


def _lead(text: Text) -> int:
    """The first word that is not a mere opening ("well, I would say ...")."""
    i = 0
    while i < len(text.words) and i < 8:
        word = text.words[i]
        if any(s <= i < e for k in ("yes", "no", "unknown") for s, e in text.hits.get(k, ()) if e - s > 1 and s == i):
            break
        if word in _FIRM or (word not in _LEAD and word[0].isalnum()):
            break
        i += 1
    return i


def _inside(span: Span, others: list[Span]) -> bool:
    return any(s <= span[0] and span[1] <= e and e - s > span[1] - span[0] for s, e in others)


def _of_other(text: Text, i: int) -> bool:
    return text.words[i] == "no" and text.words[i + 1 : i + 2] in (["idea"], ["clue"], ["earthly"], ["doubt"], ["question"], ["knowledge"], ["opinion"], ["one"], ["way"], ["problem"], ["lie"]) and not (
        text.words[i + 1 : i + 2] == ["way"] and text.words[i + 2 : i + 4] != ["of", "knowing"] and text.words[i + 2 : i + 4] != ["of", "telling"]
    ) or (text.words[i] == "no" and text.words[i + 1 : i + 2] == ["problem"])


def _corrected(text: Text, hits: dict[str, list[Span]]) -> tuple[str, Span] | None:
    """"it does, I mean, not really": what comes after "I mean" or "actually" counts."""
    for i in range(1, len(text.words) - 2):
        if text.words[i : i + 2] == ["i", "mean"] or (text.words[i] == "actually" and i > 1) or text.words[i : i + 2] == ["or", "rather"] or text.words[i : i + 2] == ["wait", ","]:
            for j in range(i + 1, min(i + 6, len(text.words))):
                for kind in ("no", "yes"):
                    for span in hits[kind]:
                        if span[0] == j and (span[1] - span[0] > 1 or text.words[j] in _FIRM):
                            return kind, span
    return None


def _negative_after(text: Text, i: int) -> bool:
    return any(w in ("not", "no", "never", "otherwise", "nothing") for w in text.words[i : i + 6])


def _earliest(text: Text, hits: dict[str, list[Span]], lead: int, size: int, asked: bool) -> tuple[str, Span] | None:
    weak = {kind: set(text.hits.get(f"{kind}.weak", ())) for kind in ("yes", "no")}
    options: list[tuple[int, int, str, Span]] = []
    short = size <= (7 if asked else 5)
    for kind in ("no", "yes"):
        for span in hits[kind]:
            if span[0] > lead + (8 if asked else 4) and not (short or asked):
                continue
            if span in weak[kind] and not (asked or (short and _covers(text, span, size))):
                continue
            if kind == "yes" and (text.scopes.negated_by[span[0]] or _inside(span, hits["no"])):
                if not (asked and not text.scopes.negated_by[span[0]]):
                    continue
            if kind == "yes" and not asked and not short and text.words[span[0]] not in ("correct", "absolutely", "definitely", "exactly", "affirmative") and size > 9:
                continue
            options.append((span[0], span[0] - span[1], kind, span))
    if not options:
        return None
    _, _, kind, span = min(options)
    return kind, span


def _covers(text: Text, span: Span, size: int) -> bool:
    return span[1] - span[0] >= size - 3


def _bare_negative(text: Text, lead: int) -> bool:
    """"haven't had any", "doesn't hurt": a short denial without the word no."""
    head = text.words[lead : lead + 5]
    return "not" in head[:4] and head[:1] in (["have"], ["do"], ["does"], ["did"], ["is"], ["never"], ["has"], ["was"], ["can"]) and head[1:2] == ["not"]
