"""Takes what a message says into answers: the open question's, and every other that the text states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clinic.answers import Answer
from clinic.interview.asking import GROUPS, known_items
from clinic.interview.state import Inbound, State
from clinic.protocol import Protocol, Question
from clinic.reading import Reading

FREE_TEXT = ("text", "name")
NO_EVENT = ("gradual",)


class Taker:
    """Collects the changed answers of one turn. `answers` is the working copy, `changed` what must be written."""

    def __init__(self, protocol: Protocol, state: State, inbound: Inbound) -> None:
        self.protocol = protocol
        self.state = state
        self.inbound = inbound
        self.answers: dict[str, Answer] = dict(state.answers)
        self.changed: dict[str, Answer] = {}
        self.corrected: list[tuple[str, Answer, Answer]] = []

    def put(
        self,
        question_id: str,
        value: Any,
        state: str = "answered",
        *,
        via: str,
        quote: str | None = None,
        rule: str | None = None,
        items: Mapping[str, str] | None = None,
        detail: tuple[Mapping[str, Any], ...] = (),
    ) -> None:
        """Write one answer, the earlier one kept in `previous`; writing the same again changes nothing."""
        was = self.answers.get(question_id)
        said = quote if quote is not None else (self.inbound.text or None)
        if said is not None and said not in self.inbound.text:
            said = self.inbound.text  # a quote is always a literal part of the message
        answer = Answer(
            value=value,
            state=state,
            quote=None if via == "derived" else said,
            message_id=None if via == "derived" else self.inbound.message_id,
            at=self.inbound.at,
            channel=self.inbound.channel,
            via=via,
            by="carer" if self.state.for_whom == "other" else "patient",
            rule=rule,
            previous=_history(was),
            items=dict(items or {}),
            detail=detail,
        )
        if was is not None and _same(was, answer):
            return
        self.answers[question_id] = answer
        self.changed[question_id] = answer
        if was is not None and was.state != "not_asked" and was.value != answer.value and not _grows(was, answer):
            self.corrected.append((question_id, was, answer))
        self._follow(question_id)

    def _follow(self, question_id: str) -> None:
        """Answers that follow from this one: no event means no delay; a new event asks for the delay again."""
        if question_id == "onset.event":
            event = self.answers["onset.event"].value
            delay = self.answers.get("onset.delay")
            if event in NO_EVENT:
                self.put("onset.delay", "no_event", via="derived", rule="no-event")
            elif delay is not None and delay.via == "derived":
                self.answers.pop("onset.delay")
                self.changed["onset.delay"] = Answer(at=self.inbound.at, previous=_history(delay))
                self.answers["onset.delay"] = self.changed["onset.delay"]
        if (
            question_id == "pain.site"
            and self.answers["pain.site"].value == ["widespread"]
            and "pain.side" not in self.answers
        ):
            self.put("pain.side", "both", via="derived", rule="widespread")

    def list_answer(
        self, question: Question, items: Mapping[str, str], via: str, *, state: str = "answered", **more: Any
    ) -> None:
        """Merge item states into a list question; the findings of a group become answers of their own."""
        if question.id in GROUPS:
            for item, item_state in items.items():
                answer_state = "answered" if item_state in ("reported", "not_reported") else "unknown"
                self.put(item, self._guarded(item, item_state), answer_state, via=via, **more)
        was = self.answers.get(question.id)
        merged = {**(was.items if was else {}), **items}
        merged = _one_of_each_flag(merged)
        reported = [item for item, item_state in merged.items() if item_state == "reported"]
        value: Any = reported or ("none" if "unknown" not in merged.values() else "unsure")
        if question.id == "precaution":
            value = [self._precaution(item, more.get("detail", ())) for item in reported] or value
        self.put(question.id, value, state, via=via, items=merged, **more)

    def _guarded(self, finding: str, item_state: str) -> str:
        """`.relief`, `.twitch`, `.startle` not ticked are unknown unless somebody has pressed or needled the spot."""
        pressed = self.answers.get("myofascial.pressed")
        if item_state == "not_reported" and self.protocol.findings[finding].needs_pressed:
            return item_state if pressed is not None and pressed.value == "yes" else "unknown"
        return item_state

    def _precaution(self, item: str, detail: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
        was = self.answers.get("precaution")
        known = {
            entry["id"]: entry.get("detail") for entry in (was.value if was and isinstance(was.value, list) else [])
        }
        said = {entry.get("id"): entry.get("detail") for entry in detail}
        return {"id": item, "detail": said.get(item) or known.get(item)}

    # --- the open question -----------------------------------------------------------------------------------------

    def given(
        self, question: Question, state: str, value: Any, items: Mapping[str, str], detail: tuple[Any, ...], via: str
    ) -> None:
        """A structured answer that `clinic.values.check` has passed."""
        if question.kind == "list":
            if state in ("declined", "skipped"):
                self._leave_list(question, state, via)
            elif not items:  # "none" or "unsure" where nothing is left to show
                self.put(
                    question.id, value, state, via="list", items=dict(known_items(self.protocol, self.state, question))
                )
            else:
                self.list_answer(question, items, "list", detail=detail)
            return
        if question.id == "function.activity" and state == "answered":
            self._activity(value, via)
            return
        if question.id == "pain.site" and state == "answered":
            self._site(value, detail, via)
            return
        if question.id == "precaution.detail" and state == "answered":
            self._precaution_detail(str(value))
        self.put(question.id, value, state, via=via, detail=detail)

    def _leave_list(self, question: Question, state: str, via: str) -> None:
        was = self.answers.get(question.id)
        if question.id in GROUPS:
            for item in question.items:
                if item not in self.answers:
                    self.put(item, "declined", state, via=via)
        reported = was.value if was and isinstance(was.value, list) else None
        self.put(question.id, reported, state, via=via, items=dict(was.items) if was else {})

    def _activity(self, value: Mapping[str, Any], via: str, quote: str | None = None) -> None:
        was = self.state.value("function.activity") or {}
        merged = {
            "words": value.get("words") or was.get("words"),
            "score": value.get("score") if value.get("score") is not None else was.get("score"),
        }
        self.put("function.activity", merged, via=via, quote=quote)

    def _site(
        self,
        codes: list[str],
        detail: tuple[Any, ...],
        via: str,
        quote: str | None = None,
        rule: str | None = None,
        side_quote: str | None = None,
    ) -> None:
        self.put("pain.site", codes, via=via, quote=quote, rule=rule, detail=detail)
        sides = {entry.get("side") for entry in detail if entry.get("region") == codes[0] and entry.get("side")}
        if len(sides) == 1:
            self.put("pain.side", sides.pop(), via=via, quote=side_quote or quote, rule="side")

    def _precaution_detail(self, words: str) -> None:
        """The follow-up (which drug, limb, date) goes to each ticked precaution that still lacks one."""
        was = self.answers.get("precaution")
        if was is None or not isinstance(was.value, list):
            return
        value = [
            {
                **entry,
                "detail": entry.get("detail") or (words if self.protocol.precautions[entry["id"]].detail else None),
            }
            for entry in was.value
        ]
        if value != was.value:
            self.put("precaution", value, was.state, via=was.via or "text", quote=was.quote, items=was.items)

    def open_question(self, question: Question, reading: Reading) -> bool:
        """The text's answer to the open question. False when it does not answer it."""
        if reading.state in (None, "unreadable"):
            return False
        if question.kind == "list":
            return self._open_list(question, reading)
        if reading.state in ("unknown", "declined", "skipped"):
            value = {"unknown": "unknown"}.get(reading.state, "declined") if question.kind == "finding" else None
            if question.kind in ("choice",) and reading.state == "unknown" and "unknown" in (question.values or ()):
                value = "unknown"
            self.put(question.id, value, reading.state, via="text")
            return True
        if reading.value is None:
            return False
        quote = reading.quotes.get(question.id) or reading.quotes.get("answer")
        if question.id == "pain.site":
            self._site(list(reading.value), tuple(reading.site_detail), "text", quote, "site", reading.quotes.get("side"))
        elif question.id == "function.activity":
            self._activity(reading.value, "text")
        else:
            if question.id == "precaution.detail":
                self._precaution_detail(self.inbound.text)
            self.put(question.id, reading.value, via="text", quote=quote, rule=_rule(reading, question.id))
        return True

    def _open_list(self, question: Question, reading: Reading) -> bool:
        items = dict(reading.list_items)
        if reading.state in ("declined", "skipped") and not items:
            self._leave_list(question, reading.state, "text")
            return True
        shown = self.state.offered or question.items
        if reading.state == "unknown" and not items:
            items = dict.fromkeys(shown, "unknown")
        elif (reading.polar == "no" and not any(s == "reported" for s in items.values())) or reading.closes_list:
            items = {**dict.fromkeys(shown, "not_reported"), **items}
        if not items:
            return False
        if question.id != "safety.now" and question.id not in ("safety.spine", "safety.general"):
            for item in shown:
                items.setdefault(item, "unknown")
        detail = tuple(reading.precaution_details) if question.id == "precaution" else ()
        extra: dict[str, Any] = {"detail": detail} if detail else {}
        self.list_answer(question, items, "words", **extra)
        return True

    # --- everything else that the text states ----------------------------------------------------------------------

    def prefill(self, reading: Reading, open_question: str | None) -> list[str]:
        """Answers to questions that were not asked yet, from the same text. Returns their ids."""
        before = set(self.changed)
        quotes = reading.quotes

        def fill(question_id: str, value: Any, what: str, **more: Any) -> None:
            if value in (None, (), [], {}) or question_id == open_question or self._known(question_id):
                return
            self.put(question_id, value, via="text", quote=quotes.get(what), rule=_rule(reading, what), **more)

        if reading.site and not self._known("pain.site") and open_question != "pain.site":
            self._site(
                list(reading.site), tuple(reading.site_detail), "text", quotes.get("site"), _rule(reading, "site"),
                quotes.get("side"),
            )  # fmt: skip
        if self._known("pain.site"):
            fill("pain.side", reading.side, "side")
        fill("pain.duration", dict(reading.duration) if reading.duration else None, "duration")
        if open_question != "pain.severity_worst":
            fill("pain.severity_now", dict(reading.severity) if reading.severity else None, "severity")
        fill("onset.event", reading.onset_event, "onset_event")
        fill("onset.delay", reading.onset_delay, "onset_delay")
        fill("age_band", reading.age_band, "age_band")
        for name, value in reading.contact.items():
            fill(f"contact.{name}", value, f"contact.{name}")
        for finding, finding_state in reading.findings.items():
            if finding == open_question or finding == "indicator.delayed_onset" or self._known(finding):
                continue
            state = "answered" if finding_state in ("reported", "not_reported") else "unknown"
            self.put(finding, finding_state, state, via="text", quote=quotes.get(finding), rule=_rule(reading, finding))
        if reading.precautions and open_question != "precaution":
            self._precautions(reading)
        return [qid for qid in self.changed if qid not in before]

    def _precautions(self, reading: Reading) -> None:
        was = self.answers.get("precaution")
        items = dict(was.items) if was else {}
        new = {
            pid: "reported"
            for pid in reading.precautions
            if items.get(pid) != "reported" and pid in self.protocol.precautions
        }
        if new:
            quote = next((reading.quotes[pid] for pid in new if pid in reading.quotes), None)
            self.list_answer(
                self.protocol.questions["precaution"],
                new,
                "text",
                quote=quote,
                detail=tuple(reading.precaution_details),
            )

    def denied_flags(self, reading: Reading) -> None:
        """Red flags denied in words need no asking again: they are noted in the lists that hold them."""
        for question_id in ("safety.now", "safety.spine", "safety.general"):
            question = self.protocol.questions[question_id]
            items = {item: "not_reported" for item in question.items if item.split("@")[0] in reading.denied_red_flags}
            was = self.answers.get(question_id)
            items = {item: s for item, s in items.items() if item not in (was.items if was else {})}
            if items and question_id != self.state.question:
                self.list_answer(question, items, "words")

    def correct(self, corrects: Mapping[str, Any]) -> None:
        """Answers that the patient takes back or changes in words."""
        for question_id, value in corrects.items():
            question = self.protocol.questions.get(question_id)
            if question is None or question.stage in ("aside",):
                continue
            if question.kind == "list":
                self._correct_list(question, value)
            elif question.kind == "finding":
                state = "answered" if value in ("reported", "not_reported") else "unknown"
                self.put(question_id, value, state, via="text")
            elif value in ("unknown", "declined", "skipped", None):
                self.put(question_id, None, value or "unknown", via="text")
            elif question_id == "pain.site":
                self._site([value] if isinstance(value, str) else list(value), (), "text")
            else:
                self.put(question_id, value, via="text")

    def _correct_list(self, question: Question, value: Any) -> None:
        was = self.answers.get(question.id)
        items = dict(was.items) if was else {}
        named = [v.get("id") if isinstance(v, Mapping) else v for v in (value if isinstance(value, list) else [value])]
        if named in (["none"], [None], []):
            items = dict.fromkeys(items or question.items, "not_reported")
        else:
            items = dict.fromkeys(items, "not_reported") | {name: "reported" for name in named if isinstance(name, str)}
        self.list_answer(question, items, "words")

    def _known(self, question_id: str) -> bool:
        answer = self.answers.get(question_id)
        return answer is not None and answer.state != "not_asked"


def _one_of_each_flag(items: Mapping[str, str]) -> dict[str, str]:
    """A flag ticked at one tier is not also denied at another."""
    reported = {item.split("@")[0] for item, state in items.items() if state == "reported"}
    return {item: state for item, state in items.items() if state == "reported" or item.split("@")[0] not in reported}


def _history(was: Answer | None) -> tuple[Mapping[str, Any], ...]:
    if was is None or was.state == "not_asked":
        return was.previous if was else ()
    earlier = {key: value for key, value in was.as_dict().items() if key != "previous"}
    return (*was.previous, earlier)


def _same(was: Answer, now: Answer) -> bool:
    return (was.value, was.state, dict(was.items), tuple(was.detail)) == (
        now.value,
        now.state,
        dict(now.items),
        tuple(now.detail),
    )


def _grows(was: Answer, now: Answer) -> bool:
    """A list that only gained items, or an activity that gained its score, is not a correction."""
    if was.items and now.items:
        return all(now.items.get(item, state) == state or state == "unknown" for item, state in was.items.items())
    if isinstance(was.value, Mapping) and "score" in was.value and isinstance(now.value, Mapping):
        return was.value.get("words") in (None, now.value.get("words")) and was.value.get("score") is None
    return was.state == "not_asked" or was.value is None


def _rule(reading: Reading, what: str) -> str | None:
    kinds = {"site": "body_site", "onset_event": "onset_event", "onset_delay": "onset_delay"}
    for mention in reading.mentions:
        if mention.code == what or mention.kind == kinds.get(what, what):
            return mention.rule
    return None
