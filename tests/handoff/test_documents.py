"""PDF, body chart, CSV and calendar file: what staff read, and nothing that a patient wrote can break out of it."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pypdf
import pytest
from icalendar import Calendar
from PIL import Image

from clinic.protocol import protocol
from intake.handoff.appointment import Appointment, calendar_file
from intake.handoff.body_chart import BACK, FRONT, HALF_WIDTH, HEIGHT, OUTLINE, areas, body_chart
from intake.handoff.csv_export import columns, csv_lines, guarded
from intake.handoff.patient_copy import PARTS, own_answers, write_patient_copy
from intake.handoff.pdf import write
from intake.hours import OpeningHours

from . import examples
from .examples import answer, handoff, raised

FIGURE = Path(__file__).parents[2] / "intake/channels/web/static/figure.js"
SVG = "{http://www.w3.org/2000/svg}"


def pages(document: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(document)).pages]


def flat(text: str) -> str:
    return " ".join(text.split())


def test_page_one_says_what_to_do_and_page_two_holds_the_details() -> None:
    first, second = (flat(page) for page in pages(write(handoff(), role="physiotherapist", hours=OpeningHours())))
    assert first.index("Do this") < first.index("Summary") < first.index("Where")
    for part in ("Self-reported. Not examined. Not a diagnosis.", "right shoulder", "apixaban", "Asked and denied"):
        assert part in first
    assert "3 of 5 reported, 1 not reported, 1 unknown" in second
    assert "even my shirt hurts" in second and "My right shoulder has hurt" in second


def test_every_kind_of_handoff_fits_on_two_pages_and_long_stories_run_on() -> None:
    for document in (handoff(), examples.emergency(), examples.for_a_child(), examples.on_hold(), examples.hostile()):
        assert len(pages(write(document, role="physiotherapist"))) == 2


def test_long_words_run_on_after_page_one_and_none_is_lost() -> None:
    first, *rest = pages(write(examples.long_words(), role="physiotherapist"))
    assert "Not asked or unknown" in first, "page one stays one page"
    whole = flat(examples.long_words()["answers"]["goal"]["value"])
    told = flat(" ".join(rest)).replace("Self-reported. Not examined. Not a diagnosis.", "")
    assert told.count(whole[:60]) >= 5, "the story and four answers stand in full"
    assert told.count(whole[-40:]) >= 3


def test_whoever_is_told_to_call_finds_the_number_beside_it() -> None:
    for role in ("reception", "physiotherapist"):
        first = flat(pages(write(examples.emergency(), role=role, hours=OpeningHours()))[0])
        assert first.index("Do this: Call now") < first.index("250-555-0122") < first.index("Summary")
    assert "250-555-0111 (prefers phone)" in flat(pages(write(handoff()))[0])


def test_each_page_names_the_patient_and_the_intake() -> None:
    for page in pages(write(handoff(), role="physiotherapist", clinic_name="Parkway")):
        assert "Rowan Example Intake IMS-7K3Q" in flat(page)


def test_another_system_s_chart_gets_the_clinical_document_without_words_of_self_harm() -> None:
    words = "I do not want to wake up any more"
    told = {"narrative": answer(f"My back hurts. {words}.", quote=f"My back hurts. {words}.")}
    for_chart = flat(" ".join(pages(write(handoff(told, [raised("RF21_self_harm", "T2", words)]), role="record"))))
    assert words not in for_chart and "even my shirt hurts" in for_chart
    assert "My right shoulder has hurt" in flat(" ".join(pages(write(handoff(), role="record"))))


def test_the_pdf_is_tagged_and_says_what_it_is() -> None:
    reader = pypdf.PdfReader(io.BytesIO(write(handoff(), role="physiotherapist", clinic_name="Parkway")))  # the reader of all parts
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == "en"
    assert reader.metadata is not None and reader.metadata.title == "Intake IMS-7K3Q"
    assert "pdfuaid" in root["/Metadata"].get_data().decode(), "PDF/UA"

    def tags(node: Any) -> set[str]:
        node = node.get_object()
        kids = node.get("/K", [])
        below = [kids] if not isinstance(kids, list) else kids
        found = {str(node["/S"])} if "/S" in node else set()
        for kid in below:
            if isinstance(kid.get_object(), dict):
                found |= tags(kid)
        return found

    assert {"/H1", "/H2", "/L", "/Figure", "/Table"} <= tags(root["/StructTreeRoot"])


def test_an_emergency_leads_with_the_call_its_due_time_and_what_was_not_screened() -> None:
    first = flat(pages(write(examples.emergency(), hours=OpeningHours()))[0])
    assert "RED FLAGS NOT FULLY SCREENED" in first
    assert first.index("Do this: Call now") < first.index("Red flags")
    assert "Due Monday, November 23, 8:15 am" in first, "a Sunday; the clinic opens on Monday at 8"
    assert "Due within 15 minutes, in opening hours" in flat(pages(write(examples.emergency()))[0])


def test_reception_reads_neither_the_story_nor_words_about_self_harm() -> None:
    words = "I do not want to wake up any more"
    told = {"narrative": answer(f"My back hurts. {words}.", quote=f"My back hurts. {words}.")}
    document = handoff(told, [raised("RF21_self_harm", "T2", words)])
    for_reception = flat(" ".join(pages(write(document, role="reception", transcript=[message(words)]))))
    assert words not in for_reception
    for_physiotherapist = flat(" ".join(pages(write(document, role="physiotherapist", transcript=[message(words)]))))
    assert for_physiotherapist.count(words) == 2


def message(text: str) -> dict[str, Any]:
    return {"from": "patient", "at": "2026-11-22T21:00:00.000Z", "text": text}


def test_the_conversation_comes_along_only_on_demand() -> None:
    assert "Appendix" not in " ".join(pages(write(handoff(), role="physiotherapist")))
    with_it = pages(write(handoff(), role="physiotherapist", transcript=[message("It hurts <b>a lot</b>")]))
    assert "Appendix: the conversation" in with_it[-1] and "It hurts <b>a lot</b>" in flat(with_it[-1])


def test_markup_of_a_patient_is_text_and_nothing_is_fetched() -> None:
    text = flat(" ".join(pages(write(examples.hostile(), role="physiotherapist"))))
    assert "<script>alert(1)</script>" in text
    assert b"/URI" not in write(examples.hostile(), role="physiotherapist")
    assert "root:" not in text


def test_a_pdf_takes_less_than_a_second_once_warm() -> None:
    write(handoff())
    times = []
    for _ in range(3):
        started = time.process_time()
        write(handoff(), role="physiotherapist")
        times.append(time.process_time() - started)
    assert min(times) < 1.0


def test_the_patient_s_copy_has_their_answers_and_no_conclusion() -> None:
    text = flat(" ".join(pages(write_patient_copy(handoff(), clinic_name="Parkway"))))
    for part in ("This is what you told us.", "It is not a diagnosis.", "hanging up the washing", "A blood thinner, or daily aspirin (apixaban)"):
        assert part in text
    for kept in ("indicator", "of 5", "neuropath", "FLAG", "HOLD", "Red flag", "Other red flags", "score"):
        assert kept.lower() not in text.lower()


def test_the_patient_s_copy_shows_every_answer_in_their_words() -> None:
    stages = {question.stage for question in protocol().questions.values() if question.in_handoff}
    assert stages <= {stage for part in PARTS.values() for stage in part}
    lines = dict(line for _, part in own_answers(handoff(), {"victoria": "Victoria, Cook Street"}) for line in part)
    assert (lines["Phone"], lines["E-mail"]) == ("250-555-0111", "rather not say")
    assert (lines["Clinic"], lines["Pain now"]) == ("Victoria, Cook Street", "6 to 7 out of 10")
    flagged = handoff({"safety.spine": answer(["RF06_cauda_equina"])})
    checks = dict(next(part for name, part in own_answers(flagged, {}) if name == "Checks that we ask everyone"))
    assert "cauda" not in str(checks).lower() and "RF06" not in str(checks), "their list's words, no name of a disease"
    asked = sum(1 for body in handoff()["answers"].values() if body["state"] != "not_asked")
    assert sum(len(part) for _, part in own_answers(handoff(), {})) == asked - 1, "all but the derived delay"


def test_the_chart_draws_the_same_figure_that_patients_tap() -> None:
    script = f"import('{FIGURE.as_uri()}').then((f) => console.log(JSON.stringify([f.OUTLINE, f.FRONT, f.BACK, f.HALF_WIDTH, f.HEIGHT])))"
    shown = json.loads(subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, check=True, text=True).stdout)

    def shapes(entries: list[list[str]]) -> list[tuple[str, list[str], bool]]:
        return [(entry[0], rounded(entry[1]), len(entry) > 2) for entry in entries]

    def rounded(path: str) -> list[str]:
        return [f"{float(part):g}" if part[-1].isdigit() else part for part in re.findall(r"[A-Za-z]|-?[\d.]+", path)]

    outline, front, back, half_width, height = shown
    assert (outline, half_width, height) == (OUTLINE, HALF_WIDTH, HEIGHT)
    assert shapes(front) == [(region, rounded(path), middle) for region, path, middle in FRONT]
    assert shapes(back) == [(region, rounded(path), middle) for region, path, middle in BACK]
    assert {region for region, _, _ in FRONT + BACK} == set(protocol().regions) - {"widespread"}


def test_left_and_right_are_the_patient_s_on_both_views() -> None:
    front, back = (view.find(f"{SVG}g") for view in ElementTree.fromstring(body_chart(handoff())) if view.tag == f"{SVG}g")

    def filled(view: Any) -> list[tuple[str | None, bool]]:
        return [(path.get("class"), path.get("transform") is not None) for path in view if path.get("class")]

    # On paper the patient's right is on the left of the front view (mirrored half) and on the right of the back view.
    assert ("main", True) in filled(front) and ("main", False) not in filled(front)
    assert ("main", False) in filled(back) and ("main", True) not in filled(back)
    assert {name for name, _ in filled(front)} == {"main", "more", "spread"}


def test_the_printed_page_shows_the_painful_side_on_both_views(tmp_path: Path) -> None:
    """A PDF writer that cut a half away would hide the pain; so the picture itself is looked at."""
    (tmp_path / "page.pdf").write_bytes(write(handoff(), role="physiotherapist"))
    subprocess.run(["pdftoppm", "-r", "50", "-l", "1", "-png", "-singlefile", "page.pdf", "page"], cwd=tmp_path, check=True)
    picture = Image.open(tmp_path / "page.png").convert("RGB")
    red = (0xB3, 0x26, 0x1E)
    columns = {
        x / picture.width
        for x in range(picture.width)
        for y in range(picture.height)
        if max(abs(a - b) for a, b in zip(picture.getpixel((x, y)), red, strict=True)) < 24  # type: ignore[arg-type]
    }
    assert any(0.62 < x < 0.69 for x in columns), "right shoulder on the front view: on the left of the figure"
    assert any(0.88 < x < 0.94 for x in columns), "right shoulder on the back view: on the right of the figure"
    assert not any(0.70 < x < 0.86 for x in columns), "and nothing on the other side"


@pytest.mark.parametrize(
    ("told", "marked"),
    [
        ({"pain.site": answer(["widespread"]), "pain.side": answer(state="not_asked")}, "everything"),
        ({"pain.site": answer(["knee"]), "pain.side": answer("both")}, "both"),
        ({"pain.site": answer(["lower_back"]), "pain.side": answer("middle")}, "middle"),
        ({"pain.site": answer(state="unknown")}, "nothing"),
    ],
)
def test_the_marks_follow_what_was_told(told: dict[str, Any], marked: str) -> None:
    chart = body_chart(handoff(told))
    shapes = chart.count("<path") - 3  # the outline: for the cut, and on each view
    expected = {"everything": shapes, "both": 4, "middle": 1, "nothing": 0}[marked]
    assert chart.count('class="main"') == expected


def test_without_a_side_both_sides_are_marked() -> None:
    (area,) = areas(handoff({"pain.site": answer(["knee"]), "pain.side": answer(state="unknown")}))
    assert area.sides == {"left", "right", "middle"}


def rows(*documents: dict[str, Any], role: str = "admin") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(csv_lines(documents, role)))))


def test_csv_has_a_line_for_each_handoff_and_shows_what_is_not_known() -> None:
    first, second = rows(handoff(), examples.emergency())
    assert first["reference"] == "IMS-7K3Q" and first["pain.site"].startswith("right shoulder")
    assert first["indicator.no_ongoing_damage"] == "does not know"
    assert first["contact.email"] == "rather not say"
    assert (second["fully_screened"], second["urgency"]) == ("NO", "T2")
    assert second["red_flags"] == "T2 Possible cauda equina syndrome (reported)"


def test_no_cell_can_become_a_formula() -> None:
    (row,) = rows(examples.hostile())
    assert row["contact.name"].startswith("'=HYPERLINK")
    assert row["narrative"].startswith("'@SUM")
    assert row["contact.phone"] == "'+12505550111"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "\u00a0=1", "\r\n=1", "＝1", "|calc", "%0A"])
def test_every_start_of_a_formula_is_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "shoulder", "6–7/10", "a = b", "it's -1"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text


def test_reception_exports_contact_and_booking_only() -> None:
    names = columns("reception")
    assert "contact.phone" in names and "booking.payer" in names and "precautions" in names
    assert not {"narrative", "safety.self", "pain.site", "goal"} & set(names)
    (row,) = rows(handoff(), role="reception")
    assert "shoulder" not in " ".join(row.values())


STARTS = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)


def appointment(**changes: Any) -> Appointment:
    plain = {"handoff_id": "ho_1", "reference": "IMS-7K3Q", "starts_at": STARTS, "minutes": 45}
    return Appointment(**{**plain, "clinic_name": "Parkway", "clinic_phone": "+12505550142", "place": "Victoria"} | changes)


def test_a_calendar_file_has_the_time_and_no_clinical_word() -> None:
    calendar = Calendar.from_ical(calendar_file(appointment(), STARTS - timedelta(days=3)))
    (event,) = calendar.walk("VEVENT")
    assert event.decoded("dtstart") == STARTS and event.decoded("dtend") == STARTS + timedelta(minutes=45)
    assert (str(calendar["method"]), str(event["status"])) == ("PUBLISH", "CONFIRMED")
    assert "+12505550142" in event["description"]
    assert not re.search(r"pain|needl|IMS session|shoulder", str(event["summary"]) + str(event["description"]), re.I)


def test_a_change_and_a_cancellation_replace_the_same_event() -> None:
    events = [
        Calendar.from_ical(calendar_file(one, STARTS)).walk("VEVENT")[0]
        for one in (appointment(), appointment(sequence=1), appointment(sequence=2, cancelled=True))
    ]
    assert len({str(event["uid"]) for event in events}) == 1
    assert [int(event["sequence"]) for event in events] == [0, 1, 2]
    assert str(events[2]["status"]) == "CANCELLED" and not events[2].walk("VALARM")


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        calendar_file(appointment(starts_at=datetime(2026, 12, 1, 9)), STARTS)
