"""The action server: rasa-sdk's own app on loopback, in one process. Started as `python -m actions.server --port 5055`.

rasa-sdk's command starts a supervisor and a worker beside it, which doubles memory and start-up, and which gives up when a
busy machine needs more than 30 s to start. It also answers an exception with the whole request, patient's words included,
and logs it with its traceback; here both name the error's type only.
"""

from __future__ import annotations

import argparse
import logging
import os
from typing import Any

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic, response
from sanic.exceptions import SanicException
from sanic.handlers import ErrorHandler
from sanic.request import Request
from sanic.response import HTTPResponse

logger = logging.getLogger(__name__)
# Connections from Rasa are kept: a new one for each turn costs more than the turn's work here.
KEEP_ALIVE_SECONDS = 600


class QuietErrors(ErrorHandler):
    """Answers a failure with its status and type; keeps the request's body out of log and answer."""

    def response(self, request: Request | None, exception: Exception) -> HTTPResponse:
        """The answer to a request that failed."""
        status = exception.status_code if isinstance(exception, SanicException) else 500
        if status >= 500:
            logger.error("an action call failed: %s", type(exception).__name__)
        return response.json({"error": type(exception).__name__}, status=status)


def app() -> Sanic[Any, Any]:
    """The server with all actions of this package."""
    executor = ActionExecutor()
    executor.register_package("actions")
    server: Sanic[Any, Any] = create_app(executor)
    server.error_handler = QuietErrors()
    server.config.KEEP_ALIVE_TIMEOUT = KEEP_ALIVE_SECONDS
    server.config.ACCESS_LOG = False
    return server


def main() -> None:
    """Serve until told to stop."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=5055)
    chosen = arguments.parse_args()
    level = os.environ.get("LOG_LEVEL", "WARNING")
    logging.basicConfig(level=level, format="%(levelname)s %(name)s %(message)s")
    app().run(
        host=os.environ.get("SANIC_HOST", "127.0.0.1"), port=chosen.port, single_process=True, motd=False,
        access_log=False, debug=False,
    )  # fmt: skip


if __name__ == "__main__":
    main()
