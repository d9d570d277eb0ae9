"""`intake read`: what the dialogue understands of a text, without a running server (contract, section 4)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Annotated, Any

import typer

from clinic.protocol import protocol
from clinic.reading import Context, read
from intake.cli.common import stop
from intake.settings import ROOT
from intake.training import RASA, model_path, rasa_environment, train


class Moves:
    """The trained model, asked for its intent of a text."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def intent(self, text: str) -> tuple[str, float] | None:
        """Rasa's top intent and its confidence, as the dialogue gets them."""
        stdin, stdout = _pipes(self._process)
        words = text.lstrip("/ \t\r\n") or "?"
        stdin.write(json.dumps({"text": words}) + "\n")
        stdin.flush()
        line = stdout.readline()
        if not line:
            stop("The trained model ended unexpectedly. Try: intake train --force")
        answer = json.loads(line)
        return (answer["intent"], answer["confidence"]) if answer["intent"] else None


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the model's process has no pipes")
    return process.stdin, process.stdout


@contextmanager
def moves() -> Iterator[Moves]:
    """The trained model in a process of its own (Rasa needs another Python), trained first if it must be."""
    model = model_path()
    if not model.exists():
        train(lambda line: print(line, file=sys.stderr, flush=True))
    process = subprocess.Popen(
        [str(RASA.parent / "python"), "-m", "bot.parse_lines", str(model)], cwd=ROOT,
        env=rasa_environment("http://127.0.0.1:5055"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
    )  # fmt: skip
    try:
        if not _pipes(process)[1].readline():
            stop("The trained model could not be loaded. Try: make setup, then intake train --force")
        yield Moves(process)
    finally:
        process.terminate()
        process.wait(timeout=10)


def reading(text: str, question: str | None, for_whom: str, model: Moves | None) -> dict[str, Any]:
    """One reading as JSON; `question` an id of the protocol or None."""
    intent = model.intent(text) if model else None
    return read(text, Context(question=question, for_whom=for_whom), intent=intent).as_dict()  # type: ignore[arg-type]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "read",
        help="Show what the dialogue understands of a text.\n\n"
        "Example: intake read --question pain.side 'the left one'\n\n"
        'Example: intake read --jsonl < texts.jsonl   (lines of {"question", "for_whom", "text"})',
    )(read_command)


def read_command(
    text: Annotated[str | None, typer.Argument(help="The text.")] = None,
    question: Annotated[str | None, typer.Option(help="The id of the question that it answers.")] = None,
    for_whom: Annotated[str, typer.Option(help="self or other: who the patient is.")] = "self",
    jsonl: Annotated[bool, typer.Option(help="Read JSON lines from standard input, write one line each.")] = False,
    no_moves: Annotated[
        bool, typer.Option(help="Without the trained model: faster, no dialogue moves from it.")
    ] = False,
) -> None:
    """Read one text, or many."""
    if jsonl == (text is not None):
        stop("Give a text, or --jsonl with lines on standard input.", 2)
    if no_moves:
        _read_all(text, question, for_whom, jsonl, None)
        return
    with moves() as model:
        _read_all(text, question, for_whom, jsonl, model)


def _read_all(text: str | None, question: str | None, for_whom: str, jsonl: bool, model: Moves | None) -> None:
    if text is not None:
        _checked(question, for_whom)
        typer.echo(json.dumps(reading(text, question, for_whom, model), ensure_ascii=False))
        return
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            body = json.loads(line)
            told, asked, who = body["text"], body.get("question") or None, body.get("for_whom") or "self"
        except (ValueError, KeyError, TypeError, AttributeError):
            stop(f'Line {number} is not a JSON object with "text".', 2)
        if not isinstance(told, str):
            stop(f'Line {number}: "text" must be a string.', 2)
        _checked(asked, who, f"Line {number}: ")
        sys.stdout.write(json.dumps(reading(told, asked, who, model), ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _checked(question: str | None, for_whom: str, where: str = "") -> None:
    if question is not None and question not in protocol().questions:
        stop(f"{where}there is no question {question!r}. The ids stand in clinic/protocol.yml.", 2)
    if for_whom not in ("self", "other"):
        stop(f"{where}for_whom is self or other.", 2)
