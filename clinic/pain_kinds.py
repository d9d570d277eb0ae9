"""Which kind of pain each answer is a sign of, in the clinic's (Gunn) model and as the literature calls it.

The signs stand in ``protocol.yml`` (``kind`` of a finding; S1, S2, S3, S6). They are shown side by side:
nothing is added up and nothing wins (CLINICAL.md rule 3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from clinic.answers import Answer, Answers, values_of
from clinic.protocol import protocol
from clinic.scoring import Evidence, Profile, evidence_of

HEADING = ("Sign", "In the clinic's (Gunn) model", "Also described as")
KINDS = ("nociception", "inflammation", "neuropathy")
# "only when I bend", "when lifting": a sharp pain on a movement alone is a mechanical sign (S2).
_ON_MOVEMENT = re.compile(
    r"\b(when(ever)?|only|if|while|on|with|during)\b.*\b(mov|bend|turn|twist|lift|roll|reach|step|walk|stand|sit|rais|push|pull"
    r"|load|sneez|cough|get up|look)\w*",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Sign:
    """One answer as a sign. ``clinic_model`` starts with one of KINDS; ``also`` is the literature's name."""

    finding: str
    label: str
    clinic_model: str
    also: str
    evidence: tuple[Evidence, ...] = ()


def signs(answers: Answers, profile: Profile) -> tuple[Sign, ...]:
    """The signs among the reported answers, in the order nociception, inflammation, neuropathy."""
    rules = protocol()
    found = list(_nociception(answers))
    for one in profile.findings:
        finding = rules.findings[one.id]
        if one.state == "reported" and finding.kind is not None:
            kind = finding.kind
            found.append(Sign(one.id, finding.label, kind.clinic_model, kind.also, one.evidence))
    return tuple(sorted(found, key=lambda sign: KINDS.index(sign.clinic_model.split()[0])))


def _nociception(answers: Answers) -> list[Sign]:
    """Pain at once with an injury, and sharp pain only on a movement."""
    found = []
    delay, stabbing = answers.get("onset.delay"), answers.get("indicator.stabbing")
    if values_of(delay) == ("immediate",) and values_of(answers.get("onset.event")) == ("injury",):
        found.append(_sign("onset.delay", "Pain at once with the injury", delay))
    if (
        stabbing is not None
        and stabbing.value == "not_reported"
        and _ON_MOVEMENT.search(stabbing.quote or "")
    ):
        found.append(_sign("indicator.stabbing", "Sharp only on a movement", stabbing))
    return found


def _sign(finding: str, label: str, answer: Answer | None) -> Sign:
    return Sign(finding, label, "nociception", "nociceptive", evidence_of(answer, f"answer.{finding}"))
