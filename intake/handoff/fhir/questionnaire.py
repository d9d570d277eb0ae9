"""The protocol as an R4 Questionnaire, and one intake's answers as its QuestionnaireResponse.

`linkId` is the contract's question id. A severity is a group of `<id>.low` and `<id>.high`, because it is a range.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clinic.protocol import Protocol, Question
from clinic.staff_words import duration, times
from intake.handoff.fhir.terms import (
    ANSWER_SYSTEM,
    FINDING_SYSTEM,
    PRECAUTION_SYSTEM,
    QUESTIONNAIRE_URL,
    RED_FLAG_SYSTEM,
    REGION_SYSTEM,
    WORDS_EXTENSION,
    Resource,
    absent_extension,
    coding,
    reference,
    without_empty,
)
from intake.handoff.labels import code_label, question_label, value_label

_GROUP_LABELS = {
    "sensation": "Other sensations",
    "inflammation": "Inflammatory features",
    "myofascial": "Myofascial features",
}
_CODED = ("choice", "consent", "finding", "list", "sites")
_STATES = ("reported", "not_reported")


def canonical(protocol_version: str) -> str:
    """The Questionnaire's canonical address with its version."""
    return f"{QUESTIONNAIRE_URL}|{protocol_version}"


def questionnaire(protocol: Protocol) -> Resource:
    """The whole protocol as a Questionnaire of its version; draft until a clinician has signed it."""
    return {
        "resourceType": "Questionnaire",
        "id": "ims-intake",
        "url": QUESTIONNAIRE_URL,
        "version": protocol.version,
        "name": "ImsIntake",
        "title": "Intake before Intramuscular Stimulation (IMS)",
        "status": "active" if protocol.signed else "draft",
        "subjectType": ["Patient"],
        "description": "Self-reported. Not examined. Not a diagnosis.",
        "item": list(_items(protocol)),
    }


def _items(protocol: Protocol) -> Iterator[Resource]:
    """One item a question that stands in the handoff; findings asked together are inside their group."""
    done: set[str] = set()
    for question in protocol.questions.values():
        if not question.in_handoff or question.id in done:
            continue
        if question.group:
            members = [other for other in protocol.questions.values() if other.group == question.group]
            done.update(member.id for member in members)
            items = [_item(member, protocol) for member in members]
            yield {
                "linkId": question.group,
                "text": _GROUP_LABELS[question.group],
                "type": "group",
                "item": items,
            }
        else:
            yield _item(question, protocol)


def _item(question: Question, protocol: Protocol) -> Resource:
    head: Resource = {"linkId": question.id, "text": question_label(question.id)}
    if question.kind == "severity":
        ends = [{"linkId": f"{question.id}.{end}", "text": f"{head['text']}, {end} end", "type": "integer"} for end in ("low", "high")]
        return head | {"type": "group", "item": ends}
    if question.kind not in _CODED:
        return head | {"type": "text" if question.kind == "text" else "string"}
    options = [{"valueCoding": option} for option in _options(question, protocol)]
    # A location is an id of the clinic's settings, so any coding is a valid answer there.
    kind = "choice" if options and question.id != "booking.location" else "open-choice"
    repeats = {"repeats": True} if question.kind in ("list", "sites") else {}
    return without_empty(head | {"type": kind, "answerOption": options} | repeats)


def _options(question: Question, protocol: Protocol) -> list[Resource]:
    if question.kind == "finding":
        return [answer_coding(question.id, state) for state in _STATES]
    if question.kind == "sites":
        return [coding(REGION_SYSTEM, region.id, region.label) for region in protocol.regions.values()]
    if question.kind == "list":
        codes = dict.fromkeys([item.partition("@")[0] for item in question.items] + ["none", "unsure"])
        return [answer_coding(question.id, code) for code in codes]
    return [answer_coding(question.id, value) for value in question.values or ()]


def answer_coding(question: str, code: str) -> Resource:
    """A closed value in the system it belongs to."""
    if code.startswith("RF"):
        return coding(RED_FLAG_SYSTEM, code.partition("@")[0], code_label(code))
    if code.startswith("PC"):
        return coding(PRECAUTION_SYSTEM, code, code_label(code))
    if code in ("reported", "not_reported"):
        return coding(FINDING_SYSTEM, code, code.replace("_", " "))
    return coding(ANSWER_SYSTEM, code, value_label(question, code))


def questionnaire_response(handoff: Mapping[str, Any], protocol: Protocol, author: Resource) -> Resource:
    """The answers; what was asked without an answer says why, what was not asked is left out."""
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": canonical(handoff["protocol_version"]),
        "status": "in-progress" if handoff["partial"] else "completed",
        "subject": reference(handoff["id"], "patient"),
        "authored": handoff["updated_at"],
        "author": author,
        "source": author,
        "item": list(_answers(handoff["answers"], protocol)),
    }


def _answers(answers: Mapping[str, Any], protocol: Protocol) -> Iterator[Resource]:
    done: set[str] = set()
    for question in protocol.questions.values():
        if not question.in_handoff or question.id in done:
            continue
        if question.group:
            members = [other for other in protocol.questions.values() if other.group == question.group]
            done.update(member.id for member in members)
            items = [item for member in members if (item := _answered(member, answers.get(member.id)))]
            if items:
                yield {"linkId": question.group, "text": _GROUP_LABELS[question.group], "item": items}
        elif item := _answered(question, answers.get(question.id)):
            yield item


def _answered(question: Question, answer: Mapping[str, Any] | None) -> Resource | None:
    if not answer or answer["state"] == "not_asked":
        return None
    head: Resource = {"linkId": question.id, "text": question_label(question.id)}
    if answer.get("quote"):
        head["extension"] = [{"url": WORDS_EXTENSION, "valueString": answer["quote"]}]
    if question.kind == "severity":
        value = answer["value"] if answer["state"] == "answered" else None
        end_items = [
            {
                "linkId": f"{question.id}.{end}",
                "answer": [{"valueInteger": value[end]} if value else {"_valueInteger": absent_extension(answer["state"])}],
            }
            for end in ("low", "high")
        ]
        return head | {"item": end_items}
    coded = question.kind in _CODED
    if answer["state"] != "answered":
        gap = absent_extension(answer["state"])
        return head | {"answer": [{"valueCoding" if coded else "_valueString": gap}]}
    given: list[Resource]
    if coded:
        given = [{"valueCoding": value} for value in _codings(question, answer["value"])]
    else:
        given = [{"valueString": text} for text in [_text(question, answer["value"])] if text]
    return head | ({"answer": given} if given else {})


def _codings(question: Question, value: Any) -> Iterator[Resource]:
    values = value if isinstance(value, (list, tuple)) else [value]
    for code in values or ["none"]:
        code = code["id"] if isinstance(code, Mapping) else str(code)
        yield (coding(REGION_SYSTEM, code, code_label(code)) if question.kind == "sites" else answer_coding(question.id, code))


def _text(question: Question, value: Any) -> str:
    if question.kind == "duration":
        return duration(value) or ""
    if question.kind == "times":
        return times(value) or ""
    if question.kind == "function":
        score = value.get("score")
        return f"{value['words']}{'' if score is None else f' ({score}/10)'}"
    return str(value)
