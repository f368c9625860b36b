"""The documented example: one question to thinker-api, and what Vizsla makes of it."""

import asyncio
import json
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from demo.orchestrator.process import Process

QUESTION = "/think/?subject=technology&subject=foo_bar"
# Far more than it takes, but on a very busy machine.
ARRIVAL_PATIENCE_S = 15.0
CLI_PATIENCE_S = 15.0

# Everything asked here is on this machine: a proxy from the environment has no say.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


async def present(thinker_url: str, ui_url: str, vizsla: Path, say: Callable[[str], None]) -> None:
    """Asks the question, waits for its trace to arrive, and prints the link to it and the trace itself."""
    asked_ms = time.time_ns() // 1_000_000
    try:
        await asyncio.to_thread(_get, thinker_url + QUESTION)
    except OSError as problem:
        say(f"thinker-api didn't answer: {problem}")
        return
    trace_id = await _arrival(ui_url, asked_ms)
    if trace_id is None:
        say("The first trace hasn't shown up yet; the UI lists it when it has.\n")
        return
    say(f"The first trace has arrived: thinker-api asked thinker-microservice.\n\n  {ui_url}/trace/{trace_id}\n")
    say(await _printed_trace(vizsla, ui_url) + "\n")


def _get(url: str) -> bytes:
    with _opener.open(url, timeout=10) as answer:
        return answer.read()


async def _arrival(ui_url: str, since_ms: int) -> str | None:
    """The id of the thinker trace that began after `since_ms`, once both services' spans are there.

    None when they don't come in time.
    """
    newest = f"{ui_url}/api/ui/traces?from={since_ms}&limit=20"
    deadline = asyncio.get_running_loop().time() + ARRIVAL_PATIENCE_S
    while asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.2)
        try:
            traces = json.loads(await asyncio.to_thread(_get, newest))["traces"]
        except (OSError, ValueError, LookupError):
            continue
        for trace in traces:
            if {"thinker-api", "thinker-microservice"} <= {service["name"] for service in trace["services"]}:
                return trace["trace_id"]
    return None


async def _printed_trace(vizsla: Path, ui_url: str) -> str:
    lines: list[str] = []
    command = Process([str(vizsla), "trace", "--last", "--http", ui_url], on_line=lines.append)
    try:
        await command.start()
        status = await asyncio.wait_for(command.wait(), CLI_PATIENCE_S)
    except OSError:  # not there, or (TimeoutError) not done in time
        status = None
    finally:
        await command.stop(patience_s=0.5)
    if status == 0:
        return "\n".join(lines)
    return "(`vizsla trace --last` can't print it yet.)"
