"""The Vizsla process: started first, stopped last."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from demo.orchestrator.process import Process

READY_PATIENCE_S = 30
# On SIGTERM Vizsla writes down what it holds in memory. What it has acknowledged is safe even if this is too short.
FLUSH_PATIENCE_S = 20

# A line of Vizsla's log that needs nobody's attention. What it prints in any other form is for people, too.
_ROUTINE = re.compile(r"^\S+Z (DEBUG|INFO ) ")


class NotReady(Exception):
    """Vizsla exited, or took too long, before it was ready. `status` is what the demo exits with."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Listeners:
    """Where Vizsla listens, as URLs that a client on this machine can use."""

    agent_url: str
    ui_url: str


def parse_ready_line(line: str) -> Listeners | None:
    """None for any other line. Raises ValueError for a ready line that names no address to use."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    if not isinstance(event, dict) or event.get("event") != "ready":
        return None
    listeners = event.get("listeners", {})
    agent = _first(listeners.get("apm"))
    ui = _first(listeners.get("http"))
    if ui is None or (agent is None and "apm_socket" not in listeners):
        raise ValueError(f"expected the listeners apm (or apm_socket) and http in the ready line, got {line}")
    return Listeners(agent_url=_url(agent) if agent else f"unix://{listeners['apm_socket']}", ui_url=_url(ui))


def _first(addresses: str | Sequence[str] | None) -> str | None:
    if isinstance(addresses, str):
        return addresses
    return addresses[0] if addresses else None


def _url(address: str) -> str:
    host, _, port = address.removeprefix("http://").rstrip("/").rpartition(":")
    # A wildcard is an address to listen on, not one to connect to.
    host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)
    return f"http://{host}:{port}"


class Server:
    """Shows what Vizsla writes as it comes: all of it with `log_all`, otherwise without the log's routine lines."""

    def __init__(self, command: Sequence[str], log_all: bool) -> None:
        self._log_all = log_all
        self._ready: asyncio.Future[Listeners] = asyncio.get_running_loop().create_future()
        self._process = Process(command, on_line=self._on_line)

    async def start(self) -> Listeners:
        """Returns once every listener accepts. Raises NotReady otherwise."""
        try:
            await self._process.start()
        except OSError as problem:
            raise NotReady(f"Vizsla can't be started: {problem}", status=2) from problem
        exited = asyncio.create_task(self._process.wait())
        try:
            await asyncio.wait({exited, self._ready}, timeout=READY_PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
            if self._ready.done():
                return self._ready.result()
            if exited.done():
                raise NotReady(f"Vizsla exited with status {exited.result()}.", exited.result())
            raise NotReady(f"Vizsla wasn't ready within {READY_PATIENCE_S} s.", status=1)
        finally:
            exited.cancel()

    async def wait(self) -> int:
        return await self._process.wait()

    async def stop(self) -> int:
        """The exit status. 0 also where Vizsla was asked to stop before it could handle the request."""
        was_running = self._process.running
        status = await self._process.stop(FLUSH_PATIENCE_S)
        if was_running and status == 128 + signal.SIGTERM:
            return 0
        return status or 0

    def _on_line(self, line: str) -> None:
        if not self._ready.done():
            try:
                listeners = parse_ready_line(line)
            except ValueError as problem:
                self._ready.set_exception(NotReady(str(problem), status=1))
                return
            if listeners:
                self._ready.set_result(listeners)
                return
        if self._log_all or not _ROUTINE.match(line):
            print(line, file=sys.stderr, flush=True)
