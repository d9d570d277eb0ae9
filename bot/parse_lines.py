"""Reads JSON lines {"text"} from standard input and writes {"intent", "confidence"} for each: the trained model's intent.

Run with Rasa's own Python by `intake read`, which needs the model's view of a text but no server. The first line written
is {"ready": true}.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys


async def main(model: str) -> None:
    """Load the model once, then answer line by line."""
    from rasa.core.agent import Agent

    logging.disable(logging.CRITICAL)
    out = sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints must not land between the answers
    agent = Agent.load(model)
    print(json.dumps({"ready": True}), file=out, flush=True)
    for line in sys.stdin:
        parsed = await agent.parse_message(json.loads(line)["text"] or " ")
        intent = parsed.get("intent") or {}
        answer = {"intent": intent.get("name"), "confidence": intent.get("confidence") or 0.0}
        print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
