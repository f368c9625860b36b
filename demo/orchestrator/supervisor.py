"""Keeps the demo's programs running until it is told to stop."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from demo.orchestrator.process import Process

RESTARTS_MAX = 3
RESTART_PAUSE_S = 1.0
# Enough for a tracer's last flush while the Agent answers.
STOP_PATIENCE_S = 2.5


@dataclass(frozen=True)
class Program:
    """Something to run. It prints the line "ready" when it is."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]


class Supervisor:
    """Starts programs, reports crashes to `say` and starts the crashed again, RESTARTS_MAX times each."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._processes: dict[str, Process] = {}
        self._keepers: list[asyncio.Task] = []

    async def start(self, programs: Sequence[Program]) -> None:
        """Returns when each of `programs` is ready, or has crashed too often."""
        settled = []
        for program in programs:
            ready = asyncio.Event()
            self._keepers.append(asyncio.create_task(self._keep_running(program, ready)))
            settled.append(ready.wait())
        await asyncio.gather(*settled)

    async def stop(self) -> None:
        """Stops all of them at the same time."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        await asyncio.gather(*(process.stop(STOP_PATIENCE_S) for process in self._processes.values()))

    async def _keep_running(self, program: Program, ready: asyncio.Event) -> None:
        def on_line(line: str) -> None:
            if line == "ready":
                ready.set()

        for restarts_left in range(RESTARTS_MAX, -1, -1):
            process = Process(program.command, program.env, on_line)
            self._processes[program.name] = process
            try:
                await process.start()
            except OSError as problem:
                self._say(f"{program.name} can't be started: {problem}")
                break
            status = await process.wait()
            outlook = "It is started again." if restarts_left else "It has crashed too often and stays down."
            last_lines = "".join(f"\n    {line}" for line in process.tail)
            self._say(f"{program.name} exited with status {status}. {outlook}{last_lines}")
            if restarts_left:
                await asyncio.sleep(RESTART_PAUSE_S)
        ready.set()
