"""Who, when and whether: negation, doubt, hypotheticals, other people and the past, as scopes over tokens (after ConText)."""

from __future__ import annotations

from dataclasses import dataclass, field

from clinic.reading.lexicon import Span
from clinic.reading.tokens import Token, strong

Hits = dict[str, list[Span]]
_REACH = 12


@dataclass
class Scopes:
    """One flag a token for each kind of scope, and the sentence each token belongs to."""

    size: int
    sentence: list[int] = field(default_factory=list)
    clause: list[int] = field(default_factory=list)
    negated_by: list[list[int]] = field(default_factory=list)
    unsure: list[bool] = field(default_factory=list)
    hypothetical: list[bool] = field(default_factory=list)
    other: list[bool] = field(default_factory=list)
    idiom: list[bool] = field(default_factory=list)

    idiom_spans: list[Span] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.negated_by = [[] for _ in range(self.size)]
        for name in ("unsure", "hypothetical", "other", "idiom"):
            setattr(self, name, [False] * self.size)

    def idiom_at(self, span: Span) -> bool:
        """Is this span part of a figure of speech that is longer than itself?"""
        return any(self.idiom[i] for i in range(*span)) and any(
            start < span[1] and span[0] < end and end - start > span[1] - span[0] for start, end in self.idiom_spans
        )


def _starts(hits: Hits, *concepts: str) -> dict[int, int]:
    """Start -> end of the longest span of these concepts that starts there."""
    found: dict[int, int] = {}
    for concept in concepts:
        for start, end in hits.get(concept, ()):
            found[start] = max(end, found.get(start, 0))
    return found


def _covered(size: int, hits: Hits, concept: str) -> list[bool]:
    flags = [False] * size
    for start, end in hits.get(concept, ()):
        for i in range(start, end):
            flags[i] = True
    return flags


def sentences(tokens: list[Token]) -> list[int]:
    """The number of the sentence of each token."""
    out: list[int] = []
    current = 0
    for i, token in enumerate(tokens):
        out.append(current)
        if strong(token) and i + 1 < len(tokens) and not strong(tokens[i + 1]):
            current += 1
    return out


class ContextReader:
    """Marks the scopes of one text. `content` are the spans of symptom phrases that hold a negation of their own."""

    def __init__(self, tokens: list[Token], hits: Hits, content: list[Span], for_whom: str) -> None:
        self.tokens, self.hits, self.for_whom = tokens, hits, for_whom
        self.words = [t.norm for t in tokens]
        self.n = len(tokens)
        self.scopes = Scopes(self.n)
        self.scopes.sentence = sentences(tokens)
        self.swallowed = [False] * self.n
        for start, end in content:
            for i in range(start, end):
                self.swallowed[i] = True
        self.terminators = _starts(hits, "terminator")
        self.starters = _starts(hits, "starter")
        self.scopes.clause = self._clauses()

    def mark(self) -> Scopes:
        """All scopes of the text."""
        self.scopes.idiom = _covered(self.n, self.hits, "idiom")
        self.scopes.idiom_spans = self.hits.get("idiom", [])
        self._negation()
        self._doubt()
        self._hypothetical()
        self._people()
        return self.scopes

    def _clauses(self) -> list[int]:
        out, current = [], 0
        breaks = _starts(self.hits, "terminator")
        for i in range(self.n):
            if i and (self.scopes.sentence[i] != self.scopes.sentence[i - 1] or (i in breaks and self.words[i] in _CLAUSE_BREAKS)):
                current += 1
            out.append(current)
        return out

    def _same(self, i: int, j: int) -> bool:
        return self.scopes.sentence[i] == self.scopes.sentence[j]

    # ------------------------------------------------------------ negation

    def _negation(self) -> None:
        pseudo = _covered(self.n, self.hits, "neg.pseudo")
        for start, end in self.hits.get("neg.forward", ()):
            if any(self.swallowed[start:end]) or all(pseudo[start:end]):
                continue
            if self.words[start] == "no" and end == start + 1 and self._answer_no(start):
                continue
            self._forward(start, end, complement=False)
        for start, end in self.hits.get("neg.complement", ()):
            if not any(self.swallowed[start:end]):
                self._forward(start, end, complement=True)
        blocked = _covered(self.n, self.hits, "neg.backward_not")
        for start, end in self.hits.get("neg.backward", ()):
            if blocked[start] or any(self.swallowed[start:end]):
                continue
            self._backward(start, end)

    def _answer_no(self, i: int) -> bool:
        """Is this "no" an answer ("no, it hurts"), not a determiner ("no pain")?"""
        nxt = self.words[i + 1] if i + 1 < self.n else ""
        if nxt in (",", ".", "", "!", ";", "\n", "...", "-", ":", "thanks", "thank"):
            if nxt in (",", "...") and i + 2 < self.n and "or" in self.words[i + 2 : i + 7] and self.words[i + 2] not in _SUBJECTS:
                return False
            return True
        return nxt in _SUBJECTS or nxt in ("no", "yes", "yeah", "just", "only", "but", "not", "never", "none", "nothing", "because")

    def _forward(self, start: int, end: int, complement: bool) -> None:
        """Negate what follows, up to a terminator, a new subject or twelve tokens."""
        subjects = 1 if complement else 0
        for i in range(end, min(self.n, end + _REACH)):
            word = self.words[i]
            if not self._same(i, start) or (self._ends_scope(i, end) and not (complement and i == end)):
                break
            if word in _SUBJECTS and not self._object(i, end):
                if not subjects:
                    break
                subjects -= 1
            if i > end and word in ("and", ",") and i + 1 < self.n and self.words[i + 1] in _RESTART:
                break
            self.scopes.negated_by[i].append(start)

    def _ends_scope(self, i: int, first: int) -> bool:
        word = self.words[i]
        if word in ("but", "just", "only"):
            return True
        return i > first and i in self.terminators and word not in ("like", "as", "also", "even", "when")

    def _object(self, i: int, first: int) -> bool:
        """A possessive or article that is part of what is negated ("no feeling in my leg"), not a new subject."""
        word = self.words[i]
        if word in ("the", "this", "that", "these", "those", "a", "their") or self.words[i - 1] in _BEFORE_OBJECT:
            return True
        return word in ("my", "his", "her") and i == first

    def _backward(self, start: int, end: int) -> None:
        """Negate what stands before ("numbness: none", "the tingling has gone"), back to the start of the clause."""
        word = self.words[start]
        after = self.words[end] if end < self.n else ""
        before = self.words[start - 1] if start else "."
        if end - start == 1 and word in ("no", "never", "none", "nil"):
            if after not in ("", ".", ",", "!", ";", "\n", "thanks", "though") or before in (".", "!", ";", "\n", "..."):
                return
        if not ends_there(self.words, start, end) or (before in ("it", "that") and self.words[start : start + 3] == ["is", "the", "same"]):
            return  # "clumsy for a year, it's the same as ever" denies nothing
        if end - start == 1 and word in ("stopped", "passed", "settled") and before not in ("has", "have", "it", "that", "pain"):
            return
        for i in range(start - 1, max(-1, start - 9), -1):
            if not self._same(i, start) or self.words[i] in ("but", "and", "though", "however", "because", "so", "which"):
                break
            self.scopes.negated_by[i].append(start)

    # ------------------------------------------------------------ doubt

    def _doubt(self) -> None:
        pseudo = _covered(self.n, self.hits, "unsure.pseudo")
        for start, end in self.hits.get("unsure.forward", ()):
            if not any(self.swallowed[start:end]) and not all(pseudo[start:end]):
                self._mark_doubt(start, range(end - 1, min(self.n, end + _REACH)))
        for start, end in self.hits.get("unsure.backward", ()):
            if all(pseudo[start:end]) or any(self.swallowed[start:end]):
                continue
            after = self.words[end] if end < self.n else "."
            if after not in (".", ",", "!", "?", ";", "\n", "...", "though", "really", "about", "tbh", ")"):
                continue
            for i in range(start - 1, max(-1, start - 8), -1):
                if self.words[i] in ("but", "and", ".", "!", ";", "\n", "because", "so"):
                    break
                self.scopes.unsure[i] = True

    def _mark_doubt(self, start: int, reach: range) -> None:
        for i in reach:
            if not self._same(i, start) or self.words[i] in ("but", "though", "however", "because", "so"):
                break
            self.scopes.unsure[i] = True

    # ------------------------------------------------------------ hypotheticals and questions

    def _hypothetical(self) -> None:
        retakes = _starts(self.hits, "hyp.retake")
        for start, end in self.hits.get("hyp.forward", ()):
            firm = "if" in self.words[start:end] or self.words[start] in ("if", "in", "should", "told", "said", "scared", "worried", "afraid", "prevent", "avoid", "hope")
            for i in range(end, min(self.n, end + 16)):
                if not self._same(i, start) or self.words[i] in ("but", "because"):
                    break
                if self.words[start] == "if" and self.words[i] in (",", "then"):
                    break
                if not firm and i in retakes:
                    break
                self.scopes.hypothetical[i] = True
        self._general_questions()

    def _general_questions(self) -> None:
        """A question that names nobody ("do you treat numb feet?", "is dizziness normal?") says nothing of the patient."""
        worry = _covered(self.n, self.hits, "question.worry")
        me = _covered(self.n, self.hits, "first_person")
        them = _covered(self.n, self.hits, "third_person")
        i = 0
        while i < self.n:
            j = i
            while j < self.n and self.scopes.sentence[j] == self.scopes.sentence[i]:
                j += 1
            first = next(
                (
                    w
                    for w in self.words[i:j]
                    if w.isalpha() and w not in ("hi", "hello", "hey", "so", "and", "ok", "um", "please", "sorry", "just", "but")
                ),
                "",
            )
            asks = first in _QUESTION_WORDS and not (
                first in self.words[i:j] and self.words[i:j][self.words[i:j].index(first) + 1 :][:1] == ["not"]
            )  # "can not pee" asks nothing
            personal = any(me[i:j]) or (self.for_whom == "other" and any(them[i:j])) or any(worry[i:j])
            statement = first in ("is", "are") and self.words[j - 1] != "?"
            if (
                asks
                and not personal
                and not statement
                and j - i > 2
                and (self.words[j - 1] == "?" or "you" in self.words[i:j] or first not in ("when", "where", "which", "who", "did"))
            ):
                for k in range(i, j):
                    self.scopes.hypothetical[k] = True
            i = j

    # ------------------------------------------------------------ people

    def _people(self) -> None:
        says = _starts(self.hits, "says")
        for concept in ("family", "other_any"):
            for start, end in self.hits.get(concept, ()):
                if concept == "family":
                    for i in range(self.n):
                        if self._same(i, start):
                            self.scopes.other[i] = True
                elif not self._about_me(end):
                    self._person(start, end)
        self._pronouns()
        for start, end in self.hits.get("relative", ()):
            if end < self.n and self.words[end] == "'s" and end + 1 < self.n:
                end += 1
            if end in says and self.for_whom == "self":
                follow = self.words[says[end] : says[end] + 2]
                if follow and follow[0] in ("i", "my", "me", "it", "that", "the", "this") or len(follow) < 1:
                    continue
            if self.words[end : end + 1] == ["aspirin"]:
                continue
            if self.for_whom == "other" and not self._second_relative(start):
                continue
            if (
                start
                and self.words[start - 1]
                in (
                    "like",
                    "with",
                    "for",
                    "tell",
                    "told",
                    "ask",
                    "to",
                    "by",
                    "from",
                    "and",
                    "see",
                    "visit",
                    "visiting",
                    "without",
                    "as",
                    "lift",
                    "lifting",
                    "carry",
                    "carrying",
                    "picking",
                    "holding",
                    "helping",
                    "at",
                    "wait",
                    "waiting",
                    "expecting",
                    "carrying",
                )
                and not self._subject(end)
            ):
                continue
            self._person(start, end)

    def _pronouns(self) -> None:
        """ "I have a sister. She is diabetic.": a later sentence that begins with he or she goes on about the relative."""
        if self.for_whom == "other":
            return
        seen = min((start for start, _ in self.hits.get("relative", ())), default=self.n)
        for i in range(seen, self.n):
            begins = i == 0 or self.scopes.sentence[i] != self.scopes.sentence[i - 1] or self.words[i - 1] in (",", "and", "but")
            if begins and self.words[i] in ("he", "she", "they", "his", "her") and self.scopes.sentence[i] > self.scopes.sentence[seen]:
                self._person(i, i + 1)

    def _about_me(self, i: int) -> bool:
        """ "someone is squeezing my chest", "everyone would be better off without me": the sentence is about the patient."""
        mine = {"i", "my", "me"}
        return any(self.words[k] in mine and self._same(i, k) for k in range(i, min(self.n, i + 12)))

    def _subject(self, end: int) -> bool:
        return end < self.n and self.words[end] in (
            "has",
            "had",
            "have",
            "is",
            "was",
            "got",
            "gets",
            "died",
            "who",
            "suffers",
            "suffered",
            "both",
            "can",
            "takes",
            "'s",
            "also",
        )

    def _second_relative(self, start: int) -> bool:
        """When the intake is for somebody else, only *their* relatives are other people ("her father", "his brother")."""
        return (
            self.words[start] in ("his", "her", "their") or (start > 0 and self.words[start - 1] == "'s") or "side" in self.words[start : start + 7]
        )

    def _person(self, start: int, end: int) -> None:
        for i in range(start, min(self.n, end + 18)):
            if not self._same(i, start):
                break
            word = self.words[i]
            if i >= end:
                if word in ("i", "my", "me", "mine", "myself") and not (word == "my" and self._relative_at(i)):
                    break
                if word in ("but",) and i + 1 < self.n and self.words[i + 1] in ("i", "my", "mine"):
                    break
            self.scopes.other[i] = True

    def _relative_at(self, i: int) -> bool:
        return any(start <= i < end for start, end in self.hits.get("relative", ()))


_THERE = frozenset(". , ! ; now away completely again altogether and but since thankfully entirely off though".split())


def ends_there(words: list[str], start: int, end: int) -> bool:
    """Has "has gone" nothing after it that it has gone to ("gone numb", "gone down a bit")?"""
    if words[end - 1] not in ("gone", "passed", "stopped", "settled"):
        return True
    return end >= len(words) or words[end] in _THERE


_CLAUSE_BREAKS = frozenset("but however although though except because yet plus".split())
_SUBJECTS = frozenset("i it my he she they we there his her their this that these those mine the you".split())
_RESTART = frozenset("i it my he she they there his her their now have has had is are feels hurts the this that then also just we".split())
_QUESTION_WORDS = frozenset("do does can could is are what will would how should did which who when where why".split())
_BEFORE_OBJECT = frozenset(
    "in of on down with around round from at to about between through into or under over up feel move for had have lost any".split()
)
