"""Schemathesis makes requests from the API's own description and sends them to the running stack: none breaks the service, and
every answer (status, content type, body, allowed methods, refused without a token) is one that the description names.

Its command line is run, with its settings beside this test: its pytest plug-in does not work with the pytest of this project.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.talking import Patient

pytestmark = pytest.mark.stack
EMERGENCY = "crushing chest pain right now and I am sweating"
# What cannot be told in a JSON Schema: whether a cursor was given out, a choice is one of the open question's, a link still
# works, a time lies ahead. Valid requests may therefore be refused; everything else is checked.
NOT_CHECKED = "positive_data_acceptance"
EXAMPLES = 6  # random requests an operation, on top of the systematic ones at each limit of the description

SETTINGS = """
[parameters]
"path.handoff_id" = "{handoff}"
"query.wait" = 0

[[operations]]
include-path-regex = "^/api/v1/(handoffs|deliveries|destinations)"
headers = {{ Authorization = "Bearer {key}" }}

[[operations]]
include-path-regex = "/(takeover|handback|release|reply)$"
headers = {{ Authorization = "Bearer {key}" }}
parameters = {{ "path.conversation_id" = "{talking}" }}

[[operations]]
include-path-regex = "^/api/v1/conversations/[^/]+(/messages|/links)?$"
include-method = ["GET", "POST"]
headers = {{ Authorization = "Bearer {talking_token}" }}
parameters = {{ "path.conversation_id" = "{talking}" }}

[[operations]]
include-path-regex = "^/api/v1/conversations/[^/]+$"
include-method = "DELETE"
headers = {{ Authorization = "Bearer {leaving_token}" }}
parameters = {{ "path.conversation_id" = "{leaving}" }}

# These paths also fit `/handoffs/{{handoff_id}}`, whose methods are answered by it (an id that does not fit is 422, not 405).
[[operations]]
include-path = ["/api/v1/handoffs/{{handoff_id}}.pdf", "/api/v1/handoffs/search"]
checks.unsupported_method.enabled = false
checks.allow_header_conformance.enabled = false
"""


@pytest.fixture(scope="module")
def description(stack: Any) -> dict[str, Any]:
    """The API's description, as the service gives it out."""
    found: dict[str, Any] = httpx.get(f"{stack.url}/api/openapi.json", timeout=60).json()
    return found


def test_the_description_names_every_operation_of_the_contract(description: dict[str, Any]) -> None:
    described = {(method.upper(), re.sub(r"\{\w+\}", "{id}", path)) for path, methods in description["paths"].items() for method in methods}
    conversation, handoff = "/api/v1/conversations/{id}", "/api/v1/handoffs/{id}"
    assert described >= {
        ("POST", "/api/v1/conversations"), ("POST", f"{conversation}/messages"), ("GET", conversation), ("DELETE", conversation),
        ("POST", f"{conversation}/links"), ("POST", "/api/v1/resume"), ("POST", "/sms/twilio"), ("GET", "/healthz"), ("GET", "/readyz"),
        ("GET", "/api/v1/handoffs"), ("POST", "/api/v1/handoffs/search"), ("GET", handoff), ("GET", f"{handoff}/messages"),
        ("GET", f"{handoff}/fhir"), ("GET", f"{handoff}.pdf"), ("GET", "/api/v1/handoffs.csv"), ("PATCH", handoff),
        *(("POST", f"{conversation}/{verb}") for verb in ("takeover", "handback", "release", "reply")),
    }  # fmt: skip


def test_no_request_breaks_it_and_every_answer_is_described(stack: Any, description: dict[str, Any], tmp_path: Path) -> None:
    talking, handed, leaving = Patient(stack.url), Patient(stack.url), Patient(stack.url)
    talking.walk_to("pain.duration")
    handed.choose("yes")
    handed.say(EMERGENCY)
    (tmp_path / "settings.toml").write_text(
        SETTINGS.format(
            talking=talking.conversation["id"], talking_token=talking.token, leaving=leaving.conversation["id"], leaving_token=leaving.token,
            handoff=handed.handoff(stack.staff_key)["id"], key=stack.staff_key,
        )
    )  # fmt: skip
    command = [
        str(Path(sys.executable).with_name("st")), "--config-file", "settings.toml", "run", f"{stack.url}/api/openapi.json",
        "--phases", "coverage,fuzzing", "--exclude-checks", NOT_CHECKED, "--max-examples", str(EXAMPLES), "--seed", "1",
        "--continue-on-failure", "--request-timeout", "60", "--no-color",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    operations = sum(len(methods) for methods in description["paths"].values())
    assert f"Tested: {operations}" in done.stdout, "every operation was tried"
    assert "Authentication failed" not in done.stdout, "no operation was refused at the door only"
    assert int(re.findall(r"(\d+) generated", done.stdout)[-1]) > 500
