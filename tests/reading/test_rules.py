"""Every example of every rule is read as the rule says, every counter-example is not; bad rule data fails at load."""

from __future__ import annotations

import pytest

from clinic.protocol import protocol
from clinic.reading import read
from clinic.reading.lexicon import expand
from clinic.reading.rulebook import RuleError, closed
from clinic.reading.rules import Rule, rules


def fires(rule: Rule, text: str) -> bool:
    """Does the text lead to what the rule is for?"""
    reading = read(text)
    if rule.kind == "finding":
        return reading.findings.get(rule.code) == rule.state
    return any(m.code == rule.code and m.state == "reported" for m in reading.mentions if m.kind == rule.kind)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_each_example_is_read_as_its_rule_says(rule: Rule) -> None:
    assert [text for text in rule.examples if not fires(rule, text)] == []


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_no_counter_example_makes_its_rule_fire(rule: Rule) -> None:
    reported = [(text, read(text).mentions) for text in rule.counter]
    wrong = [text for text, found in reported if any(m.rule == rule.id and m.state == rule.state for m in found)]
    assert wrong == []


def test_every_rule_has_a_source_and_an_id_that_the_protocol_knows() -> None:
    known = {*protocol().findings, *protocol().red_flags, *protocol().precautions}
    assert [rule.id for rule in rules() if not rule.source or rule.code not in known] == []


def test_an_unknown_key_of_a_rule_fails_and_names_the_place() -> None:
    with pytest.raises(RuleError, match=r"findings\.yml: x"):
        closed({"id": "x", "colour": "red"}, {"id"}, set(), "findings.yml: x")


def test_an_unknown_word_set_fails() -> None:
    with pytest.raises(RuleError, match="no word set"):
        expand("$nothing", {}, "somewhere")
