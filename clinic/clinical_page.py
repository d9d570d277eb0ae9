"""``docs/clinical.md`` for a clinician to review: everything that the protocol asks, counts and holds, with its source.

Made from ``protocol.yml`` and ``messages.yml`` alone, so it cannot say something else. ``python -m clinic.clinical_page``
prints it; a test compares it with the file in ``docs/``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence

from clinic import contract_ids as ids
from clinic.messages import messages
from clinic.protocol import Condition, Protocol, protocol

INTRODUCTION = """\
# The clinical protocol, for review

This page is made from `clinic/protocol.yml` and `clinic/messages.yml`; do not edit it: `python -m clinic.clinical_page` makes it.
It is for a registered physiotherapist to read, correct and sign. Until then the chat says *Demonstration. Not for real
patients* in every channel, and staff pages say that nobody has signed.

What this is: an intake. It asks, listens for red flags, and passes on what was said. It does not diagnose, gives no
treatment advice, takes no consent to needling, and shows no score to patients. The physical examination is indispensable.

How to review: read each table; for a change, edit the file named above it and raise its `version`; to sign, fill
`reviewed_by` in both files with name, registration, date and that version. A signature counts for its own version only.
"""

READING = """\
A finding is *reported*, *not reported*, *unknown*, *declined* or *not asked*. Unknown is never counted as no, and there is
no cut-off: none has been published for these five indicators. The lists stand side by side and are never added up. The last
columns name the kind of pain that a reported finding is a sign of, in the clinic's (Gunn) model and as the literature calls
it; staff see both, and no winner.
"""

FLAGS = """\
T1: 9-1-1 now. T2: emergency department today. T3: doctor or nurse in 1–2 days; needling is held, a physiotherapist calls.
T4: shown to the physiotherapist. Flags are looked for in every text a patient writes, in every state of the conversation,
and asked in three lists. A denied flag raises nothing, nor does what is over 4 weeks old and unchanged; those marked *also
when over* raise T2 or more when recent even if they are over. *Unsure* on a T1 or T2 item is put once more and then counts
as yes for that item; a whole list unsure twice gets the T2 words led by 8-1-1. After "old and unchanged" or "not meant" the
flag stays on record, and the handoff is at least T3.
"""

NEEDLING = """\
HOLD: no needling slot; an assessment or a call first. FLAG_HIGH, FLAG: book; the physiotherapist decides. INFO: a note.
Derived ones are never asked; they follow from the answer named.
"""


def page(rules: Protocol | None = None) -> str:
    """The whole page as Markdown."""
    known = rules or protocol()
    return "\n".join([INTRODUCTION, *_parts(known)]) + "\n"


def _parts(rules: Protocol) -> Iterator[str]:
    signed = rules.reviewed_by
    yield f"Protocol `{rules.id}`, version {rules.version}, rules {rules.rules_version}, words {messages().version}."
    yield f"Signed by: {signed['name'] if signed else 'nobody yet'}.\n"
    yield "## Questions (`clinic/protocol.yml`, in the order of asking)\n"
    yield _table(("Id", "Kind", "Values", "Asked when", "Source"), _questions(rules))
    yield "## Findings: what counts as what\n"
    yield READING
    heading = ("Id", "Means", "Reported", "Not reported", "Unknown", "Gunn model", "Also described as", "Source")
    yield _table(heading, _findings(rules))
    yield "## Red flags\n"
    yield FLAGS
    yield _table(("Id", "In plain words", "Tiers", "Also when over", "Asked in", "Source"), _red_flags(rules))
    yield "## Needling precautions\n"
    yield NEEDLING
    yield _table(("Id", "In plain words", "Action", "Follow-up", "Asked when", "Source"), _precautions(rules))
    yield "## Words that the chat says by itself (`clinic/messages.yml`)\n"
    yield "`{…}` is filled in; `[[…]]` is left out where a gap in it cannot be filled.\n"
    yield _table(("Id", "For", "Words"), _words())
    yield "## Sources\n"
    yield _table(("Id", "Title", "Where"), ((one.id, one.title, one.ref) for one in rules.sources.values()))


def _questions(rules: Protocol) -> Iterable[Sequence[str]]:
    for one in rules.questions.values():
        if one.derived or one.group:
            asked = f"in `{one.group}`" if one.group else "derived, never asked"
        else:
            asked = "when it comes up" if one.stage == "aside" else _when(rules, one.ask_when)
        values = ", ".join(one.values or ()) if one.kind != "finding" else "a finding state"
        yield f"`{one.id}`", one.kind, values or ("its items below" if one.items else ""), asked, one.source


def _findings(rules: Protocol) -> Iterable[Sequence[str]]:
    for one in rules.findings.values():
        kinds = (one.kind.clinic_model, one.kind.also) if one.kind else ("", "")
        pressed = " (a tick left out is unknown unless somebody pressed or needled it)" if one.needs_pressed else ""
        yield f"`{one.id}`", one.plain, one.reported, one.not_reported + pressed, one.unknown, *kinds, one.source


def _red_flags(rules: Protocol) -> Iterable[Sequence[str]]:
    for one in rules.red_flags.values():
        tiers = ", ".join(f"**{tier}**" if tier == one.tier else tier for tier in one.tiers)
        asked = "; ".join(f"{choice.list} {choice.tier} ({_when(rules, choice.ask_when)})" for choice in one.choices)
        over = "yes" if one.raises_when_over else ""
        yield f"`{one.id}`", one.plain, tiers, over, asked or "read from text only; then safety.self", one.source


def _precautions(rules: Protocol) -> Iterable[Sequence[str]]:
    for one in rules.precautions.values():
        asked = f"derived from {one.derived}" if one.derived else _when(rules, one.ask_when)
        if one.also_derived:
            asked += f"; also derived from {one.also_derived}"
        weeks = f"; within {one.hold_within_weeks} weeks" if one.hold_within_weeks else ""
        scope = f" ({one.scope}{weeks})" if one.scope else ""
        yield f"`{one.id}`", one.plain, one.action + scope, one.detail or "", asked, one.source


def _words() -> Iterable[Sequence[str]]:
    for name, variants in messages().templates.items():
        for who, text in variants.items():
            yield f"`{name}`", {"self": "the patient", "other": "somebody else"}[who], text


def _when(rules: Protocol, condition: Condition | None) -> str:
    """A condition in words; what cannot be told is asked."""
    if condition is None:
        return "always"
    parts = []
    if condition.regions:
        parts.append(_regions(rules, condition.regions))
    if condition.ages:
        parts.append("age " + ", ".join(sorted(condition.ages)))
    for question, values in condition.answers.items():
        if question == "age_band":
            parts.append("not under 12")
        else:
            parts.append(f"{question}: {', '.join(sorted(values))}")
    if condition.findings:
        parts.append(f"reported: {', '.join(sorted(condition.findings))}")
    if condition.for_whom:
        parts.append(f"for {', '.join(sorted(condition.for_whom))}")
    if condition.channel:
        parts.append(f"by {', '.join(sorted(condition.channel))}")
    return "; ".join(parts)


def _regions(rules: Protocol, wanted: frozenset[str]) -> str:
    if len(wanted) > len(ids.REGIONS) - 4:
        return "any region but " + ", ".join(rules.regions[code].label for code in ids.REGIONS if code not in wanted)
    return ", ".join(rules.regions[code].label for code in ids.REGIONS if code in wanted)


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


if __name__ == "__main__":
    sys.stdout.write(page())
