import asyncio
import os
import sys
import time

import pytest

from demo.orchestrator import supervisor
from demo.orchestrator.ports import Ports
from demo.orchestrator.supervisor import Program, Supervisor

IGNORE_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
# Leaves a file named by its pid in the working folder.
REPORT_PID = """
import os, pathlib, signal
pathlib.Path(str(os.getpid())).touch()
print("ready", flush=True)
while True:
    signal.pause()
"""


def program(name: str, code: str) -> Program:
    return Program(name, [sys.executable, "-c", code], dict(os.environ))


@pytest.fixture(autouse=True)
def impatience(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(supervisor, "RESTART_PAUSE_S", 0.0)
    monkeypatch.setattr(supervisor, "STOP_PATIENCE_S", 0.2)


def test_a_crash_is_reported_with_its_last_lines_and_mended_three_times():
    said: list[str] = []

    async def crash() -> None:
        crew = Supervisor(said.append)
        await crew.start([program("orders", "import sys; print('starting', flush=True); sys.exit('no database')")])
        await crew.stop()

    asyncio.run(crash())
    assert len(said) == 4
    assert said[0] == "orders exited with status 1. It is started again.\n    starting\n    no database"
    assert said[3].startswith("orders exited with status 1. It has crashed too often and stays down.")


def test_a_program_that_is_not_there_is_reported():
    said: list[str] = []

    async def start() -> None:
        crew = Supervisor(said.append)
        await crew.start([Program("orders", ["/nonexistent/orders"], {})])
        await crew.stop()

    asyncio.run(start())
    assert said == ["orders can't be started: [Errno 2] No such file or directory: '/nonexistent/orders'"]


def test_start_returns_when_all_are_ready_and_stop_ends_even_the_stubborn(tmp_path):
    said: list[str] = []

    async def start_and_stop() -> float:
        crew = Supervisor(said.append)
        await crew.start([program("polite", REPORT_PID), program("stubborn", IGNORE_SIGTERM + REPORT_PID)])
        started = time.monotonic()
        await crew.stop()
        return time.monotonic() - started

    assert asyncio.run(start_and_stop()) < 2
    pids = [int(path.name) for path in tmp_path.iterdir()]
    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert said == []


def test_stop_copes_with_programs_that_have_exited_before():
    async def start_and_stop() -> None:
        crew = Supervisor(lambda _: None)
        await crew.start([program("short-lived", "pass"), program("stubborn", IGNORE_SIGTERM + REPORT_PID)])
        await crew.stop()

    asyncio.run(start_and_stop())


def test_ports_are_kept_for_their_names():
    ports = Ports()
    first = ports.of("catalog")
    assert ports.of("catalog") == first
    assert ports.of("orders") != first
    assert ports.url("catalog") == f"http://127.0.0.1:{first}"
    ports.close()
