"""Where it hurts: region codes, the main one first, with side and direction of spread; mentions that are not pain sites left out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from clinic.reading.analysis import Text
from clinic.reading.lexicon import Span
from clinic.reading.rules import state_of

_TWO = {"leg": ("thigh", "lower_leg"), "arm": ("upper_arm", "forearm"), "back": ("lower_back",)}
_DETERMINERS = frozenset("my the his her their our your this that lower upper low mid middle bad sore whole entire painful aching in of both".split())
_FINE = frozenset("fine ok normal good unaffected great perfect alright healthy".split())
_SPREAD = frozenset("radiates radiate radiating spreads spread spreading travels travelling traveling travel runs running shoots shooting goes went going moves moving moved "
                    "down into up extends extending through towards toward comes creeping creeps".split())  # fmt: skip
_MIDLINE = frozenset("head neck chest upper_back mid_back lower_back abdomen pelvis groin jaw buttock".split())
_PAIRED = frozenset("shoulder upper_arm elbow forearm wrist hand buttock hip groin thigh knee lower_leg ankle foot".split())
_WEAK_SITES = {"side of my", "waist", "face", "teeth", "tooth", "eye", "balls", "nuts", "posterior", "throat", "sole", "arch", "arches", "heels"}
_GENERAL = ("back", "leg", "arm")


@dataclass(frozen=True)
class Site:
    """A place that hurts: region code(s), the side said with it, whether pain only spreads there, the tokens."""

    region: str
    span: Span
    side: str | None = None
    spread: bool = False


@dataclass(frozen=True)
class Places:
    """All sites of a text, the main one first, the side of the main site, and the spans that say each side."""

    sites: tuple[Site, ...]
    side: str | None
    side_spans: tuple[tuple[str, Span], ...]


def places(text: Text, asked: str | None = None) -> Places:
    """Sites and sides. `asked` is the open question: pain.site and pain.side take bare words."""
    found = _drop_covered(_candidates(text))
    sides = _sides(text, asked)
    placed = [replace(site, side=_side_of(site, found, sides, text)) for site in found]
    main = _ordered(placed, text)
    side = _main_side(main, sides, asked)
    return Places(tuple(main), side, tuple(sides))


def _blocked(text: Text) -> list[Span]:
    spans = list(text.hits.get("notsite", ()))
    for start, end in text.hits.get("notsite_bare", ()):
        if start == 0 or text.words[start - 1] not in _DETERMINERS:
            spans.append((start, end))
    return spans + list(text.scopes.idiom_spans)


def _candidates(text: Text) -> list[Site]:
    blocked = _blocked(text)
    out: list[Site] = []
    for concept, spans in text.hits.items():
        if not concept.startswith("site."):
            continue
        region = concept[5:]
        for span in spans:
            if any(s < span[1] and span[0] < e and (e - s) > (span[1] - span[0]) for s, e in blocked):
                continue
            state = state_of((span,), text.scopes)
            if state in ("other", "hypothetical", "idiom") or (state == "denied" and not _spread_denied(text, span)) or _is_fine(text, span):
                continue
            if region == "back" and _verb_back(text, span):
                continue
            out.append(Site(region, span))
    if any(w == "sciatica" for w in text.words) and not any(s.region in ("leg", "thigh", "lower_leg") for s in out):
        for span in text.hits.get("sciatica", ())[:1]:
            if state_of((span,), text.scopes) == "reported":
                out.append(Site("leg", span))
    return sorted(out, key=lambda s: s.span)


def _verb_back(text: Text, span: Span) -> bool:
    """ "back" alone is a place only with a determiner, a pain word beside it or nothing else in the text."""
    if text.words[span[0]] != "back" or span[1] - span[0] > 1:
        return False
    before = text.words[span[0] - 1] if span[0] else ""
    after = text.words[span[1]] if span[1] < len(text.words) else ""
    if before in _DETERMINERS or before in (
        "and",
        ",",
        "or",
        "",
        "left",
        "right",
        "have",
        "with",
        "hurt",
        "have",
        "having",
        "mean",
        "or",
        "a",
        "your",
        "some",
        "chronic",
        "bad",
        "no",
        "any",
        "severe",
        "terrible",
        "had",
        "this",
    ):
        return False
    return not (
        after
        in (
            "pain",
            "pains",
            "ache",
            "aches",
            "hurts",
            "is",
            "hurt",
            "trouble",
            "problem",
            "problems",
            "issues",
            "spasm",
            "spasms",
            "injury",
            "aching",
            "and",
            "stiffness",
            "went",
            "gone",
            "surgery",
        )
        or before in (".", ",", "!", "-")
    )


def _spread_denied(text: Text, span: Span) -> bool:
    return False


def _is_fine(text: Text, span: Span) -> bool:
    """ "my left knee is fine"."""
    after = text.words[span[1] : span[1] + 4]
    if after[:1] in (["is"], ["are"], ["feels"], ["was"], ["has"]):
        rest = [w for w in after[1:] if w not in ("totally", "perfectly", "completely", "all", "absolutely", "been", "just")]
        return bool(rest) and rest[0] in _FINE
    return False


def _drop_covered(sites: list[Site]) -> list[Site]:
    """Keep the longest phrase where two overlap ("back of my knee" is not a back); a general leg yields to thigh beside it."""
    kept = [
        s for s in sites
        if not any(o is not s and o.span[0] <= s.span[0] and o.span[1] >= s.span[1] and (o.span[1] - o.span[0] > s.span[1] - s.span[0]) for o in sites)
    ]  # fmt: skip
    out: list[Site] = []
    for site in kept:
        if any(o.span[0] < site.span[1] and site.span[0] < o.span[1] and o.region == site.region for o in out):
            continue
        out.append(site)
    return out


def _sides(text: Text, asked: str | None) -> list[tuple[str, Span]]:
    out: list[tuple[str, Span]] = []
    blocked = text.hits.get("notside", [])
    whole = asked in ("pain.side", "pain.site") and len([w for w in text.words if w.isalpha()]) <= 4
    for side in ("left", "right", "both", "middle"):
        for span in text.hits.get(f"side.{side}", ()):
            if state_of((span,), text.scopes) in ("other", "hypothetical", "idiom"):
                continue
            if state_of((span,), text.scopes) == "denied" and text.words[max(0, span[0] - 1)] != "other":
                continue
            if any(s < span[1] and span[0] < e and (e - s) > (span[1] - span[0]) for s, e in blocked) and not whole:
                continue
            out.append((side, span))
    for i, word in enumerate(text.words):
        if word in ("l", "r") and (_site_near(text, i) or (whole and asked == "pain.side") or _stands_alone(text, i)):
            out.append(({"l": "left", "r": "right"}[word], (i, i + 1)))
    if any(s == "both" for s, _ in out):
        both = [span for s, span in out if s == "both"]
        out = [(s, span) for s, span in out if s == "both" or not any(b[0] <= span[0] and span[1] <= b[1] for b in both)]
    return sorted(out, key=lambda o: o[1])


def _stands_alone(text: Text, i: int) -> bool:
    """ "ball of my foot (R)", "8 months, R": a letter between marks, in a text that names a place."""
    before, after = text.words[i - 1] if i else ".", text.words[i + 1] if i + 1 < len(text.words) else "."
    return not before[0].isalnum() and not after[0].isalnum() and before not in ("'", "&") and any(c.startswith("site.") for c in text.hits)


def _site_near(text: Text, i: int) -> bool:
    return any(abs(span[0] - i) <= 2 for c, spans in text.hits.items() if c.startswith("site.") for span in spans)


def _side_of(site: Site, sites: list[Site], sides: list[tuple[str, Span]], text: Text) -> str | None:
    """The side said right before the place ("left knee"), or after it ("knee, the left one"), within the clause."""
    best: tuple[int, str] | None = None
    for side, span in sides:
        if text.scopes.sentence[span[0]] != text.scopes.sentence[site.span[0]]:
            continue
        if side == "middle" and site.region not in _MIDLINE | {"back"}:
            continue
        if span[1] <= site.span[0]:
            gap = site.span[0] - span[1]
            between = text.words[span[1] : site.span[0]]
            if (
                gap > 5
                or any(span[1] <= o.span[0] < site.span[0] and "and" not in between for o in sites if o is not site)
                or any(w in ("but", ".", ";") for w in between)
            ):
                continue
            if any(s2[0] >= span[1] and s2[1] <= site.span[0] for _, s2 in sides):
                continue
        elif span[0] >= site.span[1]:
            gap = span[0] - site.span[1] + 2
            if gap > 8 or any(site.span[1] <= o.span[0] < span[0] for o in sites if o is not site) or _taken(span, sites, site):
                continue
        else:
            gap = 0
        if best is None or gap < best[0]:
            best = (gap, side)
    return best[1] if best else None


def _taken(span: Span, sites: list[Site], site: Site) -> bool:
    """Does this side word stand directly before another place?"""
    return any(o is not site and 0 <= o.span[0] - span[1] <= 1 for o in sites)


def _ordered(sites: list[Site], text: Text) -> list[Site]:
    """Sites that only receive the pain go last; a general word goes when a precise one of the same limb or back is there."""
    marked = [replace(s, spread=_spreads_to(s, text)) for s in sites]
    regions = {s.region for s in marked}
    out = []
    for site in marked:
        if site.region == "back" and regions & {"lower_back", "upper_back", "mid_back"}:
            continue
        out.append(site)
    return sorted(out, key=lambda s: (s.spread, s.span[0]))


def _spreads_to(site: Site, text: Text) -> bool:
    start = text.sentence_span(site.span[0])[0]
    before = text.words[max(start, site.span[0] - 6) : site.span[0]]
    return any(w in _SPREAD for w in before) and any(w in ("down", "into", "up", "to", "through", "along", "towards", "toward") for w in before)


def _main_side(sites: list[Site], sides: list[tuple[str, Span]], asked: str | None) -> str | None:
    for site in sites:
        if site.side and not site.spread:
            return site.side
    for site in sites:
        if site.side:
            return site.side
    if asked in ("pain.side", "pain.site") or not sites:
        named = [s for s, _ in sides if asked == "pain.side" or s != "middle"]
        if asked is None and not sites:
            named = [s for s, span in sides if s != "both"]
        if {"left", "right"} <= set(named):
            return "both"
        return named[0] if named else None
    lone = [s for s, _ in sides if s in ("left", "right")]
    if len(set(lone)) == 1:
        return lone[0]
    return None


def codes(found: Places) -> tuple[str, ...]:
    """Region codes, the main one first, each once; leg, arm and back opened into their regions."""
    out: list[str] = []
    precise = {s.region for s in found.sites}
    for site in found.sites:
        for code in regions_of(site.region, precise):
            if code not in out:
                out.append(code)
    return tuple(out)


def regions_of(region: str, named: set[str]) -> tuple[str, ...]:
    """The region codes of one place word ("leg" is thigh and lower leg)."""
    return _TWO.get(region, (region,))


def detail(found: Places) -> tuple[dict[str, object], ...]:
    """`[{"region", "side", "spreads_to"}]` of the contract: what the pain spreads to stands with the main site."""
    named = {s.region for s in found.sites}
    spread = [c for s in found.sites if s.spread for c in regions_of(s.region, named)]
    out: list[dict[str, object]] = []
    seen: set[str] = set()
    for index, site in enumerate(found.sites):
        for code in regions_of(site.region, named):
            if code in seen:
                continue
            seen.add(code)
            to = [c for c in dict.fromkeys(spread) if c != code] if index == 0 and not out and not site.spread else []
            out.append({"region": code, "side": site.side or (found.side if index == 0 else None), "spreads_to": to})
    return tuple(out)
