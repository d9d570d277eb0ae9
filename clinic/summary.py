"""The plain-text summary of a handoff: page one in at most 12 lines and 150 words, then everything else.

Page one follows the order of a subjective assessment. It repeats what was said and concludes nothing
(CLINICAL.md rules 1 to 3): the count never hides an unknown, and words about self-harm are not in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from clinic.answers import Answers
from clinic.case import Case, Correction
from clinic.contradictions import Side
from clinic.pain_kinds import HEADING
from clinic.protocol import protocol
from clinic.red_flags import SELF_HARM, Raised
from clinic.scoring import FindingResult
from clinic.staff_words import STATES, cut, item_words, name_of, quoted, told
from clinic.unanswered import denied, denied_in_short, not_answered

MOST_LINES = 12
MOST_WORDS = 150
SHOWN_WORDS = 6  # the fewest words of an answer that page one may be cut to
DISCLAIMER = "Self-reported. Not examined. Not a diagnosis."
NOT_SCREENED = "RED FLAGS NOT FULLY SCREENED"
OPEN_QUESTIONS = "The patient asks the clinic about"


@dataclass(frozen=True)
class Line:
    """One line of page one. ``least``: how many words it keeps when the page has too many."""

    heading: str
    text: str
    least: int = 0

    def __str__(self) -> str:
        return f"{self.heading}: {self.text}" if self.heading else self.text


@dataclass(frozen=True)
class Section:
    """A part below page one: a title and its lines."""

    title: str
    lines: tuple[str, ...]


def summary(case: Case, asked: Sequence[str] = ()) -> str:
    """The whole summary as plain text: page one, then an empty line, then the sections.

    `asked`: topics that the patient asked about and the clinic's settings do not answer.
    """
    first = "\n".join(str(line) for line in page_one(case))
    below = list(sections(case))
    if asked:
        below.insert(0, Section(OPEN_QUESTIONS, tuple(topic.replace("_", " ") for topic in asked)))
    rest = ["\n".join([section.title, *(f"- {line}" for line in section.lines)]) for section in below]
    return "\n\n".join([first, *rest]) + "\n"


def page_one(case: Case) -> tuple[Line, ...]:
    """The first page: at most MOST_LINES lines and MOST_WORDS words, headings counted."""
    lines = [
        Line("", _header(case), 25),
        Line("Red flags", _flags(case.flags), 22),
        Line("Who", _who(case.answers), 8),
        Line("Where", _where(case.answers), 6),
        Line("How long", _how_long(case.answers), 8),
        Line("Onset", _onset(case.answers), 6),
        Line("Worse, better", _worse_better(case.answers), 6),
        Line("Activity, goal", _activity_goal(case.answers), 6),
        Line("Needling", _needling(case), 14),
        Line("Asked and denied", ", ".join(denied_in_short(case)), 8),
        Line("Not asked or unknown", "; ".join(_not_answered(case)), 8),
        Line("Check first", _check_first(case), 10),
    ]
    return fit([line for line in lines if line.text])


def fit(lines: Sequence[Line], most: int = MOST_WORDS) -> tuple[Line, ...]:
    """The lines with the longest cut, one word at a time, until they have at most ``most`` words in all."""
    kept = list(lines)
    over = sum(len(str(line).split()) for line in kept) - most
    while over > 0:
        longest = max(range(len(kept)), key=lambda place: len(kept[place].text.split()) - kept[place].least)
        words = len(kept[longest].text.split())
        if words <= 1:
            break
        kept[longest] = replace(kept[longest], text=cut(kept[longest].text.rstrip("…"), words - 1))
        over -= 1
    return tuple(kept)


def _header(case: Case) -> str:
    parts = [DISCLAIMER]
    if not case.fully_screened:
        parts.append(f"{NOT_SCREENED} ({', '.join(_open_lists(case))}).")
    if not case.signed:
        parts.append("Protocol not signed by a clinician.")
    return " ".join(parts)


def _open_lists(case: Case) -> list[str]:
    return [f"{name} {state.replace('_', ' ')}" for name, state in case.screen.items() if state != "complete"]


def _flags(flags: Iterable[Raised]) -> str:
    return "; ".join(_flag(flag, 6) for flag in flags)


def _flag(flag: Raised, words: int) -> str:
    """Tier, short name and quote; words about self-harm stay in the conversation, for a physiotherapist."""
    name = f"{flag.tier} {protocol().red_flags[flag.id].short}"
    if flag.state == "unknown":
        name += " (unsure, treated as yes)"
    if flag.confirmed in ("old_unchanged", "not_meant"):
        name += f" ({flag.confirmed.replace('_', ' ')})"
    if flag.id == SELF_HARM or not flag.evidence:
        return name
    return f"{name} {quoted(flag.evidence[0]['quote'], words)}"


def _who(answers: Answers) -> str:
    name, age = told(answers, "contact.name"), told(answers, "age_band")
    parts = [cut(name, 5) if name else "name not given", age or "age not given"]
    if told(answers, "for_whom") == "for someone else":
        relation = told(answers, "for_whom.detail")
        parts.append(f"answered by someone else{f' ({cut(relation, 5)})' if relation else ''}")
    return ", ".join(parts)


def _where(answers: Answers) -> str:
    site, side = told(answers, "pain.site"), told(answers, "pain.side")
    if site is None:
        return "site not known"
    return site if side is None or side in site else f"{site} ({side})"


def _how_long(answers: Answers) -> str:
    now, worst = told(answers, "pain.severity_now"), told(answers, "pain.severity_worst")
    long = told(answers, "pain.duration")
    pains = [f"now {now}" if now else None, f"worst {worst}" if worst else None]
    return "; ".join(part for part in (cut(long, 10) if long else None, *pains) if part)


def _onset(answers: Answers) -> str:
    parts = [told(answers, "onset.event"), told(answers, "onset.delay")]
    return "; ".join(dict.fromkeys(part for part in parts if part and part != "no event"))


def _worse_better(answers: Answers) -> str:
    worse, better = told(answers, "aggravating"), told(answers, "easing")
    parts = [
        f"worse {quoted(worse, 10)}" if worse else None,
        f"better {quoted(better, 10)}" if better else None,
    ]
    return "; ".join(part for part in parts if part)


def _activity_goal(answers: Answers) -> str:
    activity, goal = told(answers, "function.activity"), told(answers, "goal")
    return "; ".join(part for part in (activity, f"goal {quoted(goal, 10)}" if goal else None) if part)


def _needling(case: Case) -> str:
    """HOLD first, then the flags with drug or limb; a T1 to T3 red flag holds needling too.

    One follow-up is asked for all that were ticked: words that stand with several are said once, at the end.
    """
    names = protocol().precautions
    details = Counter(one.detail for one in case.profile.precautions if one.detail)
    by_action: dict[str, list[str]] = {}
    for one in case.profile.precautions:
        own = one.detail if one.detail and details[one.detail] == 1 else None
        by_action.setdefault(one.action, []).append(names[one.id].short + (f" ({cut(own, 6)})" if own else ""))
    if case.decision.hold:
        by_action.setdefault("HOLD", []).append("red flag")
    order = ("HOLD", "FLAG_HIGH", "FLAG", "INFO")
    parts = [f"{action} {', '.join(by_action[action])}" for action in order if action in by_action]
    parts += [f"told {quoted(words, 10)}" for words, times in details.items() if times > 1]
    return ". ".join(parts)


def _not_answered(case: Case) -> Iterable[str]:
    for state, names in not_answered(case).items():
        if names:
            yield f"{STATES[state]} {', '.join(names)}"


def _check_first(case: Case) -> str:
    return "; ".join(f"{one.about}: {_short(one.first)} but {_short(one.second)}" for one in case.contradictions)


def _short(side: Side) -> str:
    return quoted(side.quote, 6) if side.quote else f"{name_of(side.question)} {side.says}"


def sections(case: Case) -> tuple[Section, ...]:
    """Everything below page one; a section without lines is left out."""
    screened = (f"{name}: {state.replace('_', ' ')}" for name, state in case.screen.items())
    found = [
        Section("Red flags raised", tuple(_flag(flag, 60) for flag in case.flags)),
        Section("Safety questions", tuple(screened)),
        Section(_score_title(case), _findings(case.profile.indicators)),
        Section("Myofascial features", _findings(case.profile.myofascial)),
        Section("Other sensations", _findings(case.profile.sensations)),
        Section("Inflammatory features", _findings(case.profile.inflammation)),
        Section(" | ".join(HEADING), tuple(f"{one.label} | {one.clinic_model} | {one.also}" for one in case.signs)),
        Section("Needling precautions", _precautions(case)),
        Section("Asked and denied", tuple(f"{name}: {', '.join(names)}" for name, names in denied(case).items())),
        Section("Not asked or unknown", tuple(_not_answered(case))),
        Section("Check first", tuple(_contradictions(case))),
        Section("Corrections (was → now)", tuple(_correction(one) for one in case.corrections)),
        Section("In full", tuple(_in_full(case.answers))),
        Section("Told beside", tuple(_told_beside(case.answers))),
        Section("Protocol", (f"{protocol().id}, version {case.protocol_version}, {_signature(case)}",)),
    ]
    return tuple(section for section in found if section.lines)


def _signature(case: Case) -> str:
    return "signed by a clinician" if case.signed else "not signed by a clinician"


def _score_title(case: Case) -> str:
    """The count with everything that it leaves out: "3 of 5 reported, 1 not reported, 1 unknown"."""
    states = [one.state for one in case.profile.indicators]
    parts = [f"{states.count('reported')} of {len(states)} reported"]
    parts += [f"{states.count(state)} {STATES[state]}" for state in list(STATES)[1:] if states.count(state)]
    return "Indicators reported: " + ", ".join(parts)


def _findings(results: Iterable[FindingResult]) -> tuple[str, ...]:
    labels = protocol().findings
    lines = []
    for one in results:
        quotes = "; ".join(quoted(evidence.quote, 60) for evidence in one.evidence)
        note = f" ({one.note})" if one.note else ""
        lines.append(f"{labels[one.id].label}: {STATES[one.state]}{note}{f' {quotes}' if quotes else ''}")
    return tuple(lines)


def _precautions(case: Case) -> tuple[str, ...]:
    lines = []
    for one in case.profile.precautions:
        rule = protocol().precautions[one.id]
        quotes = "; ".join(quoted(part["quote"], 30) for part in one.evidence)
        detail = f", {rule.detail}: {one.detail or 'not told'}" if rule.detail else ""
        scope = f" ({rule.scope})" if rule.scope else ""
        lines.append(f"{one.action} {rule.label}{scope}{detail}{f' {quotes}' if quotes else ''}")
    return tuple(lines)


def _contradictions(case: Case) -> Iterable[str]:
    for one in case.contradictions:
        yield f"{one.about}: {_whole(one.first)}, but {_whole(one.second)}"


def _whole(side: Side) -> str:
    return f"{name_of(side.question)} {side.says}" + (f" {quoted(side.quote, 60)}" if side.quote else "")


def _correction(one: Correction) -> str:
    return f"{name_of(one.question)}: {_value(one.was)} → {_value(one.now)}"


def _value(answer: object) -> str:
    body = answer if isinstance(answer, dict) else {}
    value = body.get("value")
    if body.get("state") in ("declined", "skipped") or value is None:
        return str(body.get("state") or "nothing")
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values() if part is not None)
    if isinstance(value, (list, tuple)):
        return ", ".join(item_words(str(part.get("id") if isinstance(part, dict) else part)) for part in value)
    return cut(str(value).replace("_", " "), 60)


def _in_full(answers: Answers) -> Iterable[str]:
    """The whole words of what page one had to cut."""
    for question in ("aggravating", "easing", "function.activity", "goal", "precaution.detail"):
        answer = answers.get(question)
        value = answer.value if answer is not None and answer.state == "answered" else None
        words = str(value.get("words") or "") if isinstance(value, dict) else value if isinstance(value, str) else ""
        if len(words.split()) > SHOWN_WORDS:
            yield f"{name_of(question)}: “{' '.join(words.split())}”"


def _told_beside(answers: Answers) -> Iterable[str]:
    """What is not on page one: treatment so far, payer, booking wishes, contact."""
    for question in (
        "previous_treatment",
        "booking.new_patient",
        "booking.payer",
        "booking.claim",
        "booking.location",
        "booking.times",
        "contact.phone",
        "contact.email",
        "contact.preferred",
    ):
        words = told(answers, question)
        if words:
            yield f"{name_of(question)}: {words}"
