"""The ports of one process: public, staff, metrics. Each knows its own side only, and one signal ends all of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from intake.serving import of_staff
from tests.conftest import ROOT, free_port


@pytest.mark.parametrize("path", ["/staff", "/staff/x", "/api/v1/handoffs", "/api/v1/handoffs.csv", "/api/v1/conversations/cv_1/takeover"])
def test_the_staff_side_is_known_by_its_paths(path: str) -> None:
    assert of_staff(path)


@pytest.mark.parametrize("path", ["/", "/staffing", "/api/v1/conversations", "/api/v1/conversations/cv_1/messages", "/appointments/x", "/sms/twilio"])
def test_what_patients_use_is_not_of_the_staff_side(path: str) -> None:
    assert not of_staff(path)


def test_each_port_knows_its_own_side_and_one_signal_ends_all(tmp_path: Path) -> None:
    public, staff, metrics = free_port(), free_port(), free_port()
    environment = {
        **os.environ, "IMS_PORT": str(public), "IMS_STAFF_PORT": str(staff), "IMS_METRICS_PORT": str(metrics),
        "IMS_DATA_DIR": str(tmp_path / "data"), "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen([sys.executable, "-m", "intake", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        with httpx.Client(timeout=30, trust_env=False) as http:
            deadline = time.monotonic() + 150
            while True:
                assert process.poll() is None and time.monotonic() < deadline, (tmp_path / "log").read_text()
                try:
                    http.get(f"http://127.0.0.1:{public}/healthz")
                    http.get(f"http://127.0.0.1:{staff}/healthz")
                    break
                except httpx.HTTPError:
                    time.sleep(0.3)
            found = {
                (name, path): http.get(f"http://127.0.0.1:{port}{path}").status_code
                for name, port in (("public", public), ("staff", staff))
                for path in ("/", "/staff/login", "/api/v1/handoffs", "/embed.js")
            }
            assert found == {
                ("public", "/"): 200, ("public", "/embed.js"): 200, ("public", "/staff/login"): 404, ("public", "/api/v1/handoffs"): 404,
                ("staff", "/"): 404, ("staff", "/embed.js"): 404, ("staff", "/staff/login"): 200, ("staff", "/api/v1/handoffs"): 401,
            }  # fmt: skip
            assert http.get(f"http://127.0.0.1:{public}/metrics").status_code == 404
            text = http.get(f"http://127.0.0.1:{metrics}/metrics").text
            assert 'intake_requests_total{method="GET",route="/staff/login",status="200"} 1.0' in text
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) in (0, -signal.SIGTERM)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
