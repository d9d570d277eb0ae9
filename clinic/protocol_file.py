"""From ``protocol.yml`` to a ``Protocol``, checking every key, id, tier, action and source on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from clinic import contract_ids as ids
from clinic.protocol import (
    KINDS,
    STAGES,
    Budget,
    Condition,
    Finding,
    FlagChoice,
    PainKind,
    Precaution,
    Protocol,
    ProtocolError,
    Question,
    RedFlag,
    Region,
    Source,
)

TOP_KEYS = (
    "id", "version", "rules_version", "reviewed_by", "budget", "sources", "regions", "questions", "findings",
    "red_flags", "precautions",
)  # fmt: skip
CONDITION_KEYS = ("regions", "ages", "answers", "findings", "for_whom", "channel")
REGION_GROUPS = ("spine", "limb", "arm", "leg", "chest_area")
NETS = ("neck", "back", "chest", "general")
CHANNELS = ("web", "sms", "terminal")


class Place:
    """Where in the file we are; every complaint starts with it."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __truediv__(self, part: str) -> Place:
        return Place(f"{self.where} {part}")

    def fail(self, wrong: str) -> ProtocolError:
        return ProtocolError(f"{self.where}: {wrong}")

    def mapping(self, raw: object, keys: Iterable[str], required: Iterable[str]) -> Mapping[str, Any]:
        """``raw`` as a mapping that has no key but ``keys`` and all of ``required``."""
        if not isinstance(raw, Mapping):
            raise self.fail(f"must be a mapping, is {type(raw).__name__}")
        known = list(keys)
        for key in raw:
            if key not in known:
                raise self.fail(f"unknown key {key!r}; known: {', '.join(known)}")
        for key in required:
            if raw.get(key) in (None, ""):
                raise self.fail(f"{key!r} is missing or empty")
        return raw

    def one_of(self, value: object, allowed: Iterable[str], what: str) -> str:
        options = list(allowed)
        if not isinstance(value, str) or value not in options:
            raise self.fail(f"unknown {what} {value!r}; known: {', '.join(options)}")
        return value

    def text(self, value: object, what: str) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self.fail(f"{what} must be a text, is {value!r}")
        return value

    def flag(self, value: object, what: str) -> bool:
        if not isinstance(value, bool):
            raise self.fail(f"{what} must be true or false, is {value!r}")
        return value

    def codes(self, raw: object, allowed: Iterable[str], what: str) -> tuple[str, ...]:
        if not isinstance(raw, list) or not raw:
            raise self.fail(f"{what} must be a list that is not empty, is {raw!r}")
        return tuple(self.one_of(code, allowed, what) for code in raw)

    def complete(self, found: Sequence[str], wanted: Iterable[str], what: str) -> None:
        """Every wanted id once and no other."""
        for one in found:
            if found.count(one) > 1:
                raise self.fail(f"{what} {one!r} stands more than once")
        for one in wanted:
            if one not in found:
                raise self.fail(f"{what} {one!r} is missing")


def build(raw: object, name: str) -> Protocol:
    """The checked protocol of a parsed file called ``name``."""
    top = Place(name)
    body = top.mapping(raw, TOP_KEYS, [key for key in TOP_KEYS if key != "reviewed_by"])
    sources = _sources(top / "sources", body["sources"])
    regions = _regions(top / "regions", body["regions"])
    red_flags = _red_flags(top, body["red_flags"], sources, regions)
    precautions = _precautions(top, body["precautions"], sources, regions)
    findings = _findings(top, body["findings"], sources)
    items = _items(red_flags, precautions)
    questions = _questions(top, body["questions"], sources, regions, items)
    return Protocol(
        id=top.one_of(body["id"], ["ims-intake/1"], "protocol id"),
        version=top.text(body["version"], "version"),
        rules_version=top.text(body["rules_version"], "rules_version"),
        reviewed_by=_reviewer(top / "reviewed_by", body.get("reviewed_by")),
        budget=_budget(top / "budget", body["budget"]),
        sources=sources,
        regions=regions,
        questions=questions,
        findings=findings,
        red_flags=red_flags,
        precautions=precautions,
    )


def _reviewer(place: Place, raw: object) -> Mapping[str, str] | None:
    if raw is None:
        return None
    keys = ("name", "registration", "date", "version")
    return {key: str(value) for key, value in place.mapping(raw, keys, keys).items()}


def _budget(place: Place, raw: object) -> Budget:
    keys = ("before_more", "in_all", "postpone", "leave_out")
    body = place.mapping(raw, keys, keys)
    for key in keys[:2]:
        if not isinstance(body[key], int) or body[key] < 1:
            raise (place / key).fail(f"must be a number above 0, is {body[key]!r}")
    return Budget(
        before_more=body["before_more"],
        in_all=body["in_all"],
        postpone=(place / "postpone").codes(body["postpone"], ids.QUESTIONS, "question"),
        leave_out=(place / "leave_out").codes(body["leave_out"], ids.QUESTIONS, "question"),
    )


def _sources(place: Place, raw: object) -> Mapping[str, Source]:
    if not isinstance(raw, Mapping) or not raw:
        raise place.fail("must be a mapping of source ids")
    found = {}
    for key, body in raw.items():
        here = place / str(key)
        checked = here.mapping(body, ("title", "ref"), ("title", "ref"))
        found[key] = Source(key, here.text(checked["title"], "title"), here.text(checked["ref"], "ref"))
    return MappingProxyType(found)


def _regions(place: Place, raw: object) -> Mapping[str, Region]:
    body = place.mapping(raw, ids.REGIONS, ids.REGIONS)
    found = {}
    for key, one in body.items():
        here = place / key
        checked = here.mapping(one, ("label", "net", "spine", "limb", "chest_area", "side"), ("label", "net"))
        limb = checked.get("limb")
        found[key] = Region(
            id=key,
            label=here.text(checked["label"], "label"),
            net=here.one_of(checked["net"], NETS, "net"),
            spine=here.flag(checked.get("spine", False), "spine"),
            limb=None if limb is None else here.one_of(limb, ("arm", "leg"), "limb"),
            chest_area=here.flag(checked.get("chest_area", False), "chest_area"),
            side=here.flag(checked.get("side", True), "side"),
        )
    return MappingProxyType(found)


def _condition(place: Place, raw: object, regions: Mapping[str, Region]) -> Condition | None:
    if raw is None:
        return None
    here = place / "ask_when"
    body = here.mapping(raw, CONDITION_KEYS, ())
    if not body:
        raise here.fail("is empty; leave it out to ask always")
    ages = ("under_12", "12_18", "19_49", "50_64", "65_plus")
    wanted: dict[str, frozenset[str]] = {}
    for question, values in (here.mapping(body.get("answers", {}), ids.QUESTIONS, ())).items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise here.fail(f"answers {question}: must be a list of values, is {values!r}")
        wanted[question] = frozenset(values)
    return Condition(
        regions=_expand(here, body["regions"], regions) if "regions" in body else frozenset(),
        ages=frozenset(here.codes(body["ages"], ages, "age")) if "ages" in body else frozenset(),
        answers=MappingProxyType(wanted),
        findings=frozenset(here.codes(body["findings"], ids.FINDINGS, "finding"))
        if "findings" in body
        else frozenset(),
        for_whom=frozenset(here.codes(body["for_whom"], ("self", "other"), "for_whom"))
        if "for_whom" in body
        else frozenset(),
        channel=frozenset(here.codes(body["channel"], CHANNELS, "channel"))
        if "channel" in body
        else frozenset(),
    )


def _expand(place: Place, raw: object, regions: Mapping[str, Region]) -> frozenset[str]:
    """Region codes, the names of groups (spine, limb, arm, leg, chest_area) replaced by their regions."""
    found: set[str] = set()
    for code in place.codes(raw, (*ids.REGIONS, *REGION_GROUPS), "region"):
        if code == "spine":
            found.update(one.id for one in regions.values() if one.spine)
        elif code == "limb":
            found.update(one.id for one in regions.values() if one.limb)
        elif code in ("arm", "leg"):
            found.update(one.id for one in regions.values() if one.limb == code)
        elif code == "chest_area":
            found.update(one.id for one in regions.values() if one.chest_area)
        else:
            found.add(code)
    return frozenset(found)


def _entries(
    top: Place, name: str, raw: object, allowed: Sequence[str], what: str
) -> list[tuple[Place, Any]]:
    """The entries of a list of mappings with an ``id``, each with its place.

    Every allowed id exactly once.
    """
    if not isinstance(raw, list):
        raise (top / name).fail("must be a list")
    found = []
    for number, body in enumerate(raw):
        place = top / f"{name}[{number}]"
        if not isinstance(body, Mapping) or "id" not in body:
            raise place.fail("must be a mapping with an 'id'")
        found.append((place / str(place.one_of(body["id"], allowed, what)), body))
    (top / name).complete([body["id"] for _, body in found], allowed, what)
    return found


def _questions(
    top: Place,
    raw: object,
    sources: Mapping[str, Source],
    regions: Mapping[str, Region],
    items: Mapping[str, tuple[str, ...]],
) -> Mapping[str, Question]:
    keys = ("id", "kind", "stage", "values", "optional", "ask_when", "group", "derived", "source")
    found: dict[str, Question] = {}
    for place, body in _entries(top, "questions", raw, ids.QUESTIONS, "question id"):
        place.mapping(body, keys, ("kind", "stage", "source"))
        values = body.get("values")
        if values is not None and (
            not isinstance(values, list) or not all(isinstance(one, str) for one in values)
        ):
            raise place.fail(f'values must be a list of texts (quote "yes" and "no"), is {values!r}')
        group = body.get("group")
        found[body["id"]] = Question(
            id=body["id"],
            kind=place.one_of(body["kind"], KINDS, "kind"),
            stage=place.one_of(body["stage"], STAGES, "stage"),
            source=place.one_of(body["source"], sources, "source"),
            values=_values(body["kind"], values),
            optional=place.flag(body.get("optional", True), "optional"),
            ask_when=_condition(place, body.get("ask_when"), regions),
            items=items.get(body["id"], ()),
            group=None if group is None else place.one_of(group, ids.GROUPS, "group"),
            derived=place.flag(body.get("derived", False), "derived"),
        )
        if body["kind"] == "list" and not found[body["id"]].items:
            raise place.fail("is a list without items")
    return MappingProxyType(found)


def _values(kind: str, values: list[str] | None) -> tuple[str, ...] | None:
    if kind == "finding":
        return ("reported", "not_reported", "unknown", "declined")
    return None if values is None else tuple(values)


def _items(
    red_flags: Mapping[str, RedFlag], precautions: Mapping[str, Precaution]
) -> Mapping[str, tuple[str, ...]]:
    """The item values of every list question, most urgent first in the safety lists."""
    choices = sorted(
        (choice for flag in red_flags.values() for choice in flag.choices), key=lambda choice: choice.tier
    )
    lists = {name: tuple(one.value for one in choices if one.list == name) for name in ids.SAFETY_LISTS}
    lists["precaution"] = tuple(one.id for one in precautions.values() if one.asked)
    lists["myofascial"], lists["sensation"], lists["inflammation"] = (
        ids.MYOFASCIAL,
        ids.SENSATIONS,
        ids.INFLAMMATION,
    )
    return lists


def _findings(top: Place, raw: object, sources: Mapping[str, Source]) -> Mapping[str, Finding]:
    texts = ("label", "short", "plain", "reported", "not_reported", "unknown")
    found = {}
    for place, body in _entries(top, "findings", raw, ids.FINDINGS, "finding id"):
        place.mapping(body, ("id", *texts, "needs_pressed", "kind", "source"), (*texts, "source"))
        kind = body.get("kind")
        if kind is not None:
            (place / "kind").mapping(kind, ("clinic_model", "also"), ("clinic_model", "also"))
        found[body["id"]] = Finding(
            id=body["id"],
            source=place.one_of(body["source"], sources, "source"),
            needs_pressed=place.flag(body.get("needs_pressed", False), "needs_pressed"),
            kind=None if kind is None else PainKind(kind["clinic_model"], kind["also"]),
            **{key: place.text(body[key], key) for key in texts},
        )
    return MappingProxyType(found)


def _red_flags(
    top: Place, raw: object, sources: Mapping[str, Source], regions: Mapping[str, Region]
) -> Mapping[str, RedFlag]:
    keys = ("id", "label", "short", "plain", "tiers", "tier", "raises_when_over", "choices", "source")
    found = {}
    for place, body in _entries(top, "red_flags", raw, ids.RED_FLAGS, "red flag id"):
        place.mapping(body, keys, ("label", "short", "plain", "tiers", "tier", "source"))
        tiers = place.codes(body["tiers"], ids.TIERS, "tier")
        choices = body.get("choices")
        if not isinstance(choices, list):
            raise place.fail("choices must be a list (empty where the flag is read from free text only)")
        found[body["id"]] = RedFlag(
            id=body["id"],
            label=place.text(body["label"], "label"),
            short=place.text(body["short"], "short"),
            plain=place.text(body["plain"], "plain"),
            tiers=tiers,
            tier=place.one_of(body["tier"], tiers, "tier of this flag"),
            source=place.one_of(body["source"], sources, "source"),
            choices=tuple(_choice(place, body["id"], tiers, one, regions) for one in choices),
            raises_when_over=place.flag(body.get("raises_when_over", False), "raises_when_over"),
        )
    return MappingProxyType(found)


def _choice(
    place: Place, flag: str, tiers: Sequence[str], raw: object, regions: Mapping[str, Region]
) -> FlagChoice:
    here = place / "choice"
    body = here.mapping(raw, ("value", "tier", "list", "ask_when"), ("value", "tier", "list"))
    tier = here.one_of(body["tier"], tiers, "tier of this flag")
    value = here.one_of(body["value"], (flag, f"{flag}@{tier}"), "value")
    return FlagChoice(
        value=value,
        tier=tier,
        list=here.one_of(body["list"], ids.SAFETY_LISTS, "safety list"),
        ask_when=_condition(here / value, body.get("ask_when"), regions),
    )


def _precautions(
    top: Place, raw: object, sources: Mapping[str, Source], regions: Mapping[str, Region]
) -> Mapping[str, Precaution]:
    keys = (
        "id", "label", "short", "plain", "action", "ask_when", "detail", "scope", "derived", "also_derived",
        "hold_within_weeks", "source",
    )  # fmt: skip
    found = {}
    for place, body in _entries(top, "precautions", raw, ids.PRECAUTIONS, "precaution id"):
        place.mapping(body, keys, ("label", "short", "plain", "action", "source"))
        derived, also = body.get("derived"), body.get("also_derived")
        found[body["id"]] = Precaution(
            id=body["id"],
            label=place.text(body["label"], "label"),
            short=place.text(body["short"], "short"),
            plain=place.text(body["plain"], "plain"),
            action=place.one_of(body["action"], ids.ACTIONS, "action"),
            source=place.one_of(body["source"], sources, "source"),
            ask_when=_condition(place, body.get("ask_when"), regions),
            detail=body.get("detail"),
            scope=body.get("scope"),
            derived=None if derived is None else place.one_of(derived, ("age", "finding"), "derived"),
            also_derived=None if also is None else place.one_of(also, ("site",), "also_derived"),
            hold_within_weeks=_weeks(place, body.get("hold_within_weeks")),
        )
    return MappingProxyType(found)


def _weeks(place: Place, raw: object) -> int | None:
    if raw is None or (isinstance(raw, int) and not isinstance(raw, bool) and raw > 0):
        return raw
    raise place.fail(f"hold_within_weeks must be a number above 0, is {raw!r}")
