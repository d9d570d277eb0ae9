"""`intake run`, `serve`, `worker`, `train`, `chat`, `doctor`."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from typing import Annotated

import typer

from intake.cli.common import load_settings, stop


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        "run",
        help="Run everything in the foreground: Rasa, actions, app, worker. Ctrl-C stops it.\n\nExample: intake run",
    )(run)
    app.command("serve", help="Run only the app (Rasa and the action server run elsewhere).\n\nExample: intake serve")(
        serve
    )
    app.command("worker", help="Run only the delivery worker.\n\nExample: intake worker")(worker)
    app.command(
        "demo",
        help="Run everything with a clinic full of invented people, in a data directory of its own.\n\nExample: intake demo",
    )(demo)
    app.command("train", help="Train the dialogue model if its inputs changed.\n\nExample: intake train --force")(train)
    app.command(
        "chat", help="Talk to a running service in the terminal.\n\nExample: intake chat --url http://127.0.0.1:8000"
    )(chat)
    app.command("doctor", help="Say what is wrong with this installation.\n\nExample: intake doctor")(doctor)


def tell(line: str) -> None:
    """Show progress at once."""
    print(line, flush=True)


def run() -> None:
    """Run the whole service."""
    from intake.running import CannotRun
    from intake.running import run as run_all
    from intake.training import TrainingFailed

    try:
        code = run_all(load_settings(), tell)
    except (CannotRun, TrainingFailed) as failure:
        stop(str(failure))
    raise typer.Exit(0 if code in (0, -signal.SIGINT, 130) else code)


def demo() -> None:
    """Run the service with data of its own and play the invented people through it, once."""
    import os

    from intake.demo.fill import fill
    from intake.running import CannotRun
    from intake.running import run as run_all
    from intake.services import open_records
    from intake.settings import ROOT
    from intake.training import TrainingFailed

    # The children read the environment too. What is set by hand stays as it is.
    os.environ.setdefault("IMS_DATA_DIR", str(ROOT / "var" / "demo"))
    os.environ.setdefault("IMS_LIMITS__CONVERSATIONS_PER_MINUTE", "600")
    settings = load_settings()

    def when_ready() -> list[str]:
        records = open_records(settings)
        try:
            with records.read() as tx:
                if tx.staff_users.list():
                    return ["  The demonstration is filled already. To begin anew, delete " + str(settings.data_dir)]
            tell("Playing the invented people, one after another …")
            return fill(records, f"http://{settings.host}:{settings.port}", tell)
        finally:
            records.close()

    try:
        code = run_all(settings, tell, when_ready)
    except (CannotRun, TrainingFailed) as failure:
        stop(str(failure))
    raise typer.Exit(0 if code in (0, -signal.SIGINT, 130) else code)


def quiet_logs(level: str) -> None:
    """Plain one-line logs; nothing that holds a URL with its query or a body, whatever the level."""
    logging.basicConfig(level=level.upper(), format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    for name in ("httpx", "httpcore", "weasyprint", "fontTools", "uvicorn.access", "sqlalchemy", "alembic", "python_multipart"):
        logging.getLogger(name).setLevel(logging.WARNING)


def serve() -> None:
    """Run the app."""
    from intake.serving import serve as listen

    settings = load_settings()
    quiet_logs(settings.log_level)
    try:
        listen(settings)
    except OSError as failure:
        stop(f"A port cannot be used ({failure.strerror or type(failure).__name__}). See: intake doctor")


def worker() -> None:
    """Run the delivery worker until it is told to stop."""
    from intake.work import run_worker

    ending = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ending.set())
    settings = load_settings()
    quiet_logs(settings.log_level)
    run_worker(settings, ending)


def train(force: Annotated[bool, typer.Option(help="Train even if nothing changed.")] = False) -> None:
    """Train the dialogue model."""
    from intake.training import TrainingFailed
    from intake.training import train as train_model

    try:
        train_model(tell, force=force)
    except TrainingFailed as failure:
        stop(str(failure))


def chat(url: Annotated[str, typer.Option(help="Where the service runs.")] = "") -> None:
    """Talk in the terminal."""
    from intake.channels.terminal import talk

    settings = load_settings()
    raise typer.Exit(talk(url or f"http://{settings.host}:{settings.port}"))


def doctor() -> None:
    """Check the installation."""
    from intake.doctor import examine

    findings = examine(load_settings())
    for finding in findings:
        typer.echo(
            f"{'ok     ' if finding.fine else 'PROBLEM'}  {finding.what}"
            + ("" if finding.fine else f"\n         → {finding.remedy}")
        )
    raise typer.Exit(0 if all(f.fine for f in findings) else 1)
