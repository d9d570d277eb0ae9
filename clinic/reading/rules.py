"""Compose concepts into findings, red flags and precautions by the rules of `rules/*.yml`, with the state that context gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from clinic.reading.context import Hits, Scopes
from clinic.reading.lexicon import Lexicon, Span, lexicon
from clinic.reading.model import TIERS
from clinic.reading.rulebook import RuleError, closed, read_yaml

RULE_FILES = {
    "red_flag": ("red_flags_heart_brain.yml", "red_flags_spine.yml", "red_flags_body.yml", "red_flags_described.yml"),
    "finding": ("findings.yml",),
    "precaution": ("precautions.yml",),
}
_REQUIRED = {"id", "code", "all", "examples"}
_OPTIONAL = {"tier", "state", "span", "order", "same", "need", "unless", "unless_text", "old", "over", "source", "not", "near", "keep_negation"}
_OLD = {"silent", "keep", *TIERS}


@dataclass(frozen=True)
class Rule:
    """One rule: every entry of `all` ("a|b" is either) must occur within `span` tokens of the first one.

    `need`: concepts that must be stated, not denied, anywhere in the text; `unless`: concepts that silence it in the same
    sentence, `unless_text` anywhere. `old`: what becomes of it when it is over four weeks old and unchanged; `over`: when it
    has passed; `keep_negation`: a negation around it does not deny it (the wording holds its own).
    """

    id: str
    kind: str
    code: str
    all: tuple[tuple[str, ...], ...]
    tier: str | None = None
    state: str = "reported"
    span: int = 8
    order: bool = False
    same: str = "sentence"
    need: tuple[tuple[str, ...], ...] = ()
    unless: tuple[str, ...] = ()
    unless_text: tuple[str, ...] = ()
    old: str = "silent"
    over: str = "silent"
    keep_negation: bool = False
    source: str = ""
    examples: tuple[str, ...] = ()
    counter: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """A rule that fits a text: the spans of its concepts and what context makes of them."""

    rule: Rule
    spans: tuple[Span, ...]
    state: str  # reported, denied, unsure, other, hypothetical

    @property
    def start(self) -> int:
        """First token."""
        return min(s for s, _ in self.spans)

    @property
    def end(self) -> int:
        """One past the last token."""
        return max(e for _, e in self.spans)


def _either(entries: Any, where: str, known: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    names = set(known)
    out = []
    for entry in entries or ():
        options = tuple(str(entry).split("|"))
        for option in options:
            if option not in names:
                raise RuleError(f"{where}: no concept called {option!r}")
        out.append(options)
    return tuple(out)


def _rule(kind: str, entry: Any, name: str, source: str, words: Lexicon) -> Rule:
    where = f"{name}: {entry.get('id') if isinstance(entry, dict) else entry!r}"
    data = closed(entry, _REQUIRED, _OPTIONAL, where)
    tier = data.get("tier")
    if (kind == "red_flag") != (tier in TIERS):
        raise RuleError(f"{where}: a tier belongs to red flags, and to each of them")
    if not data.get("examples"):
        raise RuleError(f"{where}: no examples")
    for key in ("old", "over"):
        if data.get(key, "silent") not in _OLD:
            raise RuleError(f"{where}: {key} must be one of {sorted(_OLD)}")
    return Rule(
        id=str(data["id"]), kind=kind, code=str(data["code"]), all=_either(data["all"], where, words.phrases), tier=tier,
        state=str(data.get("state", "reported")), span=int(data.get("span", 8)), order=bool(data.get("order", False)),
        same=str(data.get("same", "sentence")), need=_either(data.get("need"), where, words.phrases),
        unless=tuple(o for e in _either(data.get("unless"), where, words.phrases) for o in e),
        unless_text=tuple(o for e in _either(data.get("unless_text"), where, words.phrases) for o in e),
        old=str(data.get("old", "silent")), over=str(data.get("over", "silent")), keep_negation=bool(data.get("keep_negation", False)),
        source=str(data.get("source", source)), examples=tuple(data["examples"]), counter=tuple(data.get("not") or ()),
    )  # fmt: skip


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """All rules of the package, checked."""
    words = lexicon()
    out: list[Rule] = []
    seen: set[str] = set()
    for kind, names in RULE_FILES.items():
        for name in names:
            data = closed(read_yaml(name), {"source", "rules"}, set(), name)
            for entry in data["rules"]:
                rule = _rule(kind, entry, name, str(data["source"]), words)
                if rule.id in seen:
                    raise RuleError(f"{name}: rule {rule.id} stands twice")
                seen.add(rule.id)
                out.append(rule)
    return tuple(out)


def _spans(hits: Hits, options: Sequence[str]) -> list[Span]:
    if len(options) == 1:
        return hits.get(options[0], [])
    return sorted({s for option in options for s in hits.get(option, ())})


def _distance(a: Span, b: Span) -> int:
    return max(b[0] - a[1], a[0] - b[1])


def _combination(rule: Rule, anchor: Span, columns: list[list[Span]], scopes: Scopes) -> tuple[Span, ...] | None:
    """The spans nearest to `anchor`, one of each column, or None."""
    chosen = [anchor]
    for column in columns:
        best: Span | None = None
        for span in column:
            if rule.same == "sentence" and scopes.sentence[span[0]] != scopes.sentence[anchor[0]]:
                continue
            if rule.same == "clause" and scopes.clause[span[0]] != scopes.clause[anchor[0]]:
                continue
            if rule.order and span[0] < chosen[-1][0]:
                continue
            if any(
                span[0] < other[1]
                and other[0] < span[1]
                and not (other[1] - other[0] > span[1] - span[0] and other[0] <= span[0] and span[1] <= other[1])
                for other in chosen
            ):
                continue
            if _distance(anchor, span) > rule.span:
                continue
            if best is None or _distance(anchor, span) < _distance(anchor, best):
                best = span
        if best is None:
            return None
        chosen.append(best)
    return tuple(chosen)


def _stated(hits: Hits, options: Sequence[str], scopes: Scopes, of_other: bool = False) -> bool:
    """Is one of these said, of the patient or, with `of_other`, of somebody else? An age is not denied by what stands around it."""
    wanted = ("reported", "unsure", "other") if of_other else ("reported", "unsure")
    ages = options[0] in ("age50", "age65")
    return any(state_of((span,), scopes, keep_negation=ages) in wanted for span in _spans(hits, options))


def state_of(spans: tuple[Span, ...], scopes: Scopes, keep_negation: bool = False) -> str:
    """What context makes of these words together: reported, denied, unsure, other, hypothetical or idiom."""
    inside = {i for start, end in spans for i in range(start, end)}
    if any(scopes.idiom_at(span) for span in spans):
        return "idiom"
    if any(scopes.hypothetical[i] for i in inside):
        return "hypothetical"
    if any(scopes.other[start] for start, _ in spans):
        return "other"
    if not keep_negation and any(cue not in inside for i in inside for cue in scopes.negated_by[i]):
        return "denied"
    if any(scopes.unsure[i] for i in inside):
        return "unsure"
    return "reported"


@lru_cache(maxsize=8)
def _by_anchor(kinds: tuple[str, ...]) -> dict[str, list[tuple[int, Rule]]]:
    """Concept -> (place in the files, rule) of the rules that may begin with it: only these can fit a text that holds it."""
    out: dict[str, list[tuple[int, Rule]]] = {}
    for place, rule in enumerate(rules()):
        if rule.kind in kinds:
            for concept in rule.all[0]:
                out.setdefault(concept, []).append((place, rule))
    return out


def matches(hits: Hits, scopes: Scopes, kinds: Sequence[str]) -> list[Match]:
    """Every fit of every rule of these kinds, in the order of the files."""
    out: list[Match] = []
    index = _by_anchor(tuple(kinds))
    possible = {place: rule for concept in hits for place, rule in index.get(concept, ())}
    for place in sorted(possible):
        rule = possible[place]
        anchors = _spans(hits, rule.all[0])
        columns = [_spans(hits, options) for options in rule.all[1:]]
        if not all(columns):
            continue
        if rule.unless_text and any(_stated(hits, (name,), scopes) for name in rule.unless_text):
            continue
        if rule.need and not all(_stated(hits, options, scopes, of_other=True) for options in rule.need):
            continue
        for anchor in anchors:
            spans = _combination(rule, anchor, columns, scopes) if columns else (anchor,)
            if spans is None:
                continue
            if not all(_stated(hits, options, scopes, scopes.other[anchor[0]]) for options in rule.need):
                continue
            if rule.unless and _silenced(rule, spans, hits, scopes):
                continue
            out.append(Match(rule, spans, state_of(spans, scopes, rule.keep_negation)))
    return out


def _silenced(rule: Rule, spans: tuple[Span, ...], hits: Hits, scopes: Scopes) -> bool:
    """Is a concept that silences the rule said, not denied ("not on a diet"), in the same sentence?"""
    here = scopes.sentence[spans[0][0]]
    return any(
        scopes.sentence[s] == here and not any(cue < s or cue >= e for cue in scopes.negated_by[s])
        for name in rule.unless
        for s, e in hits.get(name, ())
    )
