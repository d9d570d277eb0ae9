"""`make chat`: the intake in a terminal, over the same HTTP API as the website."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

HELP = "Answer by number or in your own words. Several numbers: 1 3. /quit leaves, /delete withdraws."


def talk(url: str) -> int:
    """Talk until the conversation ends or the person leaves; returns the exit code."""
    console = Console()
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
        try:
            started = http.post("/api/v1/conversations", json={"channel": "terminal"})
        except httpx.HTTPError:
            console.print(f"Nothing answers at {url}. Start the service with: make run")
            return 1
        if started.status_code != 201:
            console.print(started.json().get("detail", "The service did not start a conversation."))
            return 1
        body = started.json()
        http.headers["Authorization"] = f"Bearer {body['token']}"
        console.print(HELP, style="dim")
        return _converse(console, http, body)


def _converse(console: Console, http: httpx.Client, body: Mapping[str, Any]) -> int:
    path = f"/api/v1/conversations/{body['conversation']['id']}"
    while True:
        question = _show(console, body)
        if body["conversation"]["state"] in ("handed_off", "withdrawn", "expired"):
            return 0
        try:
            said = console.input("[bold]> [/bold]").strip()
        except (EOFError, KeyboardInterrupt):
            console.print("\nYour answers so far are kept. Goodbye.")
            return 0
        if said == "/quit":
            return 0
        if said == "/delete":
            receipt = http.delete(path).json()["receipt"]
            console.print(f"Withdrawn. Receipt {receipt['id']}.")
            return 0
        if not said:
            continue
        answer = _send(http, path, said, question)
        if answer.status_code >= 400:
            console.print(answer.json().get("detail", "That was not taken."), style="yellow")
            for message in answer.json().get("messages") or []:
                _message(console, message)
            continue
        body = answer.json()


def _send(http: httpx.Client, path: str, said: str, question: Mapping[str, Any] | None) -> httpx.Response:
    """Numbers pick choices; anything else is sent as it was written."""
    content: dict[str, Any] = {"text": said}
    if question is not None and question["choices"]:
        parts = said.replace(",", " ").split()
        numbers = [int(part) for part in parts if part.isdigit()]
        fits = len(numbers) == len(parts) and all(1 <= n <= len(question["choices"]) for n in numbers)
        if (
            fits
            and (question["multiple"] or len(numbers) == 1)
            and not question["question"].startswith("pain.severity")
        ):
            content = {"choices": [question["choices"][n - 1]["value"] for n in numbers]}
    return http.post(f"{path}/messages", json={"client_message_id": secrets.token_hex(8), **content})


def _show(console: Console, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    question = None
    for message in body["messages"]:
        _message(console, message)
        if message["kind"] == "question":
            question = message
    progress = body["conversation"]["progress"]
    if progress["answered"]:
        console.print(f"{progress['answered']} answered, about {progress['remaining']} to go", style="dim")
    return question


def _message(console: Console, message: Mapping[str, Any]) -> None:
    text = escape(message["text"])
    if message["kind"] == "emergency":
        console.print(Panel(text, title="EMERGENCY", border_style="bold red"))
        return
    console.print(Panel(text, title="Your answers") if message["kind"] == "summary" else text)
    if message["kind"] == "question":
        severity = (message["question"] or "").startswith("pain.severity")
        for number, choice in enumerate(message["choices"], 1):
            if not severity:
                console.print(f"  {number}. {escape(choice['label'])}")
        if message["multiple"]:
            console.print("  (several: numbers with spaces between)", style="dim")
