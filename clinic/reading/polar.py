"""Yes, no or do not know, with or without an open question; an unrelated word is none of them."""

from __future__ import annotations

from clinic.reading.analysis import Text
from clinic.reading.lexicon import Span

_LEAD = frozenset(
    "well oh so actually sorry please honestly hmm ok ah to be honest i would say think mean have got must gotta guess a it is that was just like but "
    "and hey tbh really you know believe saying am vote answer".split()
)
_AUX = frozenset(
    "i it he she they we you do does did am is are was were have has had can will would that this there , of course actually uh just".split()
)
_FIRM = {"yes": "yes", "yeah": "yes", "yep": "yes", "yup": "yes", "aye": "yes", "no": "no", "nay": "no", "nuh": "no"}
_SHORT = 12
_MURMURS = {"uhhuh": "yes", "mhm": "yes", "mmhm": "yes", "mmhmm": "yes", "mhmm": "yes", "mmm": "yes", "aha": "yes", "nuhuh": "no", "uhuh": "no", "unhunh": "no", "mmmm": "yes",
            "hmmm": "unknown", "hmm": "unknown", "hm": "unknown", "eh": "unknown", "meh": "unknown"}  # fmt: skip
_SOFTENERS = frozenset("i guess suppose think would say so probably maybe well but hmm um really then just".split())
# "i am", "it is" are a yes only when nothing comes after that they say something else of ("i am a plumber").
_VERBS = frozenset("am is are was were have has had do does did can will would".split())
_AFTER_VERB = frozenset("when if after at in on only mostly sometimes often especially during yes yeah indeed actually though definitely every always but and or most pretty quite "
                        "very really rarely occasionally now for since some particularly mainly usually too ok thanks thank sadly unfortunately lol haha tbh".split())  # fmt: skip


def polar(text: Text, asked: bool = False) -> tuple[str | None, Span | None]:
    """("yes" | "no" | "unknown" | None, the words). `asked`: a yes/no question is open, so weaker words count."""
    murmur = "".join(c for c in text.original.lower() if c.isalpha())
    if murmur in _MURMURS:
        return _MURMURS[murmur], None
    words = [w for w in text.words if w[0].isalnum() or w == "'s"]
    if not words:
        return _symbol(text)
    if len(words) == 1 and words[0] in ("y", "n"):
        return ("yes" if words[0] == "y" else "no"), (0, 1)
    corrected = _after_correction(text)
    if corrected:
        return corrected
    lead = _lead(text)
    firm = _firm(text, lead)
    unknown = _unknown(text, lead, len(words))
    if firm and not (firm[0] == "no" and unknown and unknown[0] <= firm[1][0] + 3):
        return firm
    settled = _settled(text, unknown) if unknown else None
    if settled:
        return settled
    phrase = _phrase(text, lead, len(words), asked)
    if unknown and not (phrase and phrase[1][0] > unknown[1] and phrase[0] in ("yes", "no") and "but" in text.words[unknown[1] : phrase[1][0]]):
        return "unknown", unknown
    if phrase:
        return phrase
    if _bare_denial(text, lead):
        return "no", (lead, min(len(text.words), lead + 3))
    return None, None


def _settled(text: Text, unknown: Span) -> tuple[str, Span] | None:
    """ "dunno... no", "not sure, i guess yes": after the doubt comes one plain word, and no more."""
    rest = [i for i in range(unknown[1], len(text.words)) if text.words[i][0].isalnum() and text.words[i] not in _SOFTENERS]
    if len(rest) == 1 and text.words[rest[0]] in (*_FIRM, "none", "nope", "nah"):
        word = text.words[rest[0]]
        return _FIRM.get(word, "no"), (rest[0], rest[0] + 1)
    return None


def _symbol(text: Text) -> tuple[str | None, Span | None]:
    signs = (("yes", "👍✅✔👌"), ("no", "👎❌"), ("unknown", "🤷"))
    return next(((value, None) for value, marks in signs if any(m in text.original for m in marks)), (None, None))


def _lead(text: Text) -> int:
    """The first word that is not a mere opening ("well, I would say ...")."""
    starts = {s for kind in ("yes", "no", "unknown") for s, e in text.hits.get(kind, ()) if e - s > 1}
    i = 0
    while i < len(text.words) and i < 8:
        word = text.words[i]
        if i in starts or word in _FIRM or (word not in _LEAD and word[0].isalnum()):
            break
        i += 1
    return i


def _firm(text: Text, lead: int) -> tuple[str, Span] | None:
    """A plain yes or no at the start ("no, ...", "it does, yeah", "yeah no")."""
    for i in range(lead, min(lead + 4, len(text.words))):
        word = text.words[i]
        if word in _FIRM:
            if _part_of_phrase(text, i):
                return None
            follow = [w for w in text.words[i + 1 : i + 4] if w != ","]
            if _FIRM[word] == "yes" and follow[:1] == ["no"] and follow[1:2] not in (["pain"], ["doubt"], ["problem"]):
                return "no", (i, i + 2)
            if word == "no" and follow[:1] in (["yeah"], ["yes"], ["yep"]) and not _negative(text.words[i + 2 : i + 8]):
                return "yes", (i, i + 2)
            return _FIRM[word], (i, i + 1)
        if word not in _AUX:
            return None
    return None


def _part_of_phrase(text: Text, i: int) -> bool:
    """ "no idea", "no clue", "no doubt", "yes and no" are not a plain yes or no."""
    for kind in ("unknown", "yes"):
        if any(s <= i < e and e - s > 1 for s, e in text.hits.get(kind, ())):
            return kind == "unknown" or text.words[i] == "no"
    return text.words[i] == "no" and text.words[i + 1 : i + 2] in (
        ["idea"],
        ["clue"],
        ["doubt"],
        ["question"],
        ["knowledge"],
        ["opinion"],
        ["problem"],
        ["lie"],
    )


def _negative(words: list[str]) -> bool:
    return any(w in ("not", "no", "never", "otherwise", "nothing") for w in words)


def _unknown(text: Text, lead: int, size: int) -> Span | None:
    for span in text.hits.get("unknown", ()):
        inside_no = any(s <= span[0] and span[1] <= e and e - s > span[1] - span[0] for s, e in text.hits.get("no", ()))
        single = span[1] - span[0] == 1 and text.words[span[0]] in (
            "maybe",
            "might",
            "possibly",
            "perhaps",
            "complicated",
            "eh",
            "meh",
            "unclear",
            "unknown",
            "depends",
        )
        if (
            inside_no
            or text.words[span[0] : span[1]] in (["have", "not", "tried"], ["not", "tried"], ["never", "tried"])
            and lead
            and text.words[0] in ("no", ",")
        ):
            continue
        if single and size > 6 and span[0] > lead:
            continue
        if span[0] <= lead + 5 or size <= _SHORT:
            return span
    return None


def _phrase(text: Text, lead: int, size: int, asked: bool) -> tuple[str, Span] | None:
    """The deciding phrase: in a short text a denial anywhere beats an assent; else the earliest."""
    weak = {kind: set(text.hits.get(f"{kind}.weak", ())) for kind in ("yes", "no")}
    short = size <= (7 if asked else 5)
    options: list[tuple[int, int, int, str, Span]] = []
    for kind in ("no", "yes"):
        for span in text.hits.get(kind, ()):
            if span in weak[kind] and not (asked or (short and span[1] - span[0] >= size - 3)):
                continue
            if span[0] > lead + 5 and size > _SHORT:
                continue
            if kind == "yes" and span in weak[kind] and _says_more(text, span):
                continue
            said = kind
            if kind == "yes":
                if _within(span, text.hits.get("no", [])) or _within(span, text.hits.get("unknown", [])):
                    continue
                if text.scopes.negated_by[span[0]]:
                    said = "no"
            elif text.words[span[0] : span[1]] == ["wrong"] and "not" in text.words[max(0, span[0] - 2) : span[0]]:
                continue
            firmness = 0 if said == "no" and size <= _SHORT else 1 + (span in weak[kind])
            options.append((firmness, span[0], span[0] - span[1], said, span))
    if not options:
        return None
    best = min(options)
    return best[3], best[4]


def _says_more(text: Text, span: Span) -> bool:
    after = text.words[span[1]] if span[1] < len(text.words) else "."
    return text.words[span[1] - 1] in _VERBS and after[0].isalnum() and after not in _AFTER_VERB


def _within(span: Span, others: list[Span]) -> bool:
    return any(s <= span[0] and span[1] <= e and e - s > span[1] - span[0] for s, e in others)


def _after_correction(text: Text) -> tuple[str, Span] | None:
    """ "it does, I mean, not really": what comes after "I mean" or "actually" counts."""
    for i in range(1, len(text.words) - 2):
        if text.words[i : i + 2] in (["i", "mean"], ["or", "rather"], ["wait", ","]) or (text.words[i] == "actually" and i > 1):
            for j in range(i + 1, min(i + 6, len(text.words))):
                for kind in ("no", "yes"):
                    for span in text.hits.get(kind, ()):
                        if span[0] == j and (span[1] - span[0] > 1 and span not in text.hits.get("yes.weak", ()) or text.words[j] in _FIRM):
                            return kind, span
    return None


def _bare_denial(text: Text, lead: int) -> bool:
    """ "haven't had any", "doesn't hurt": a short denial without the word no."""
    head = text.words[lead : lead + 5]
    return head[1:2] == ["not"] and head[0] in ("have", "do", "does", "did", "is", "has", "was") and head[2:3] not in (["know"], ["sure"])
