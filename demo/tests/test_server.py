"""The ready line, and run.py with a stand-in for Vizsla."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from demo.orchestrator import server
from demo.orchestrator.server import Listeners, NotReady, Server, parse_ready_line

RUN = Path(__file__).resolve().parent.parent / "run.py"

READY = {"event": "ready", "pid": 1, "listeners": {"apm": "127.0.0.1:8126", "http": "127.0.0.1:8127"}}

FAKE_VIZSLA = f"""#!{sys.executable}
import pathlib, signal, sys
folder = pathlib.Path(sys.argv[sys.argv.index("--data-dir") + 1])
(folder / "arguments").write_text(" ".join(sys.argv[1:]))

def flush(*_):
    (folder / "flushed").touch()
    sys.exit(0)

signal.signal(signal.SIGTERM, flush)
"""


def ready_line(**listeners) -> str:
    return json.dumps({**READY, "listeners": listeners})


def test_ready_line_names_agent_and_ui():
    assert parse_ready_line(json.dumps(READY)) == Listeners("http://127.0.0.1:8126", "http://127.0.0.1:8127")


def test_first_of_several_addresses_is_the_one_to_use():
    line = ready_line(apm=["127.0.0.1:1", "10.0.0.1:2"], http="http://127.0.0.1:3/")
    assert parse_ready_line(line) == Listeners("http://127.0.0.1:1", "http://127.0.0.1:3")


def test_wildcard_address_becomes_one_to_connect_to():
    line = ready_line(apm="0.0.0.0:1", http="[::]:2")
    assert parse_ready_line(line) == Listeners("http://127.0.0.1:1", "http://[::1]:2")


def test_agent_may_be_a_unix_socket_alone():
    assert parse_ready_line(ready_line(apm_socket="/tmp/a", http="127.0.0.1:2")).agent_url == "unix:///tmp/a"


@pytest.mark.parametrize("line", ["", "starting", "{", "[]", '"ready"', '{"event": "replayed"}'])
def test_other_lines_are_not_the_ready_line(line):
    assert parse_ready_line(line) is None


def test_ready_line_without_addresses_is_refused():
    with pytest.raises(ValueError, match="expected the listeners apm"):
        parse_ready_line(ready_line(http="127.0.0.1:2"))


def test_waiting_for_the_ready_line_ends(monkeypatch):
    monkeypatch.setattr(server, "READY_PATIENCE_S", 0.1)

    async def start() -> None:
        silent = Server([sys.executable, "-c", "import signal; signal.pause()"], log_all=False)
        try:
            await silent.start()
        finally:
            await silent.stop()

    with pytest.raises(NotReady, match="wasn't ready within"):
        asyncio.run(start())


@pytest.fixture
def run(tmp_path):
    """Starts run.py --no-demo with a Vizsla that does what `body` says."""
    started = []

    def start(body: str, *arguments: str) -> subprocess.Popen:
        vizsla = tmp_path / "vizsla"
        vizsla.write_text(FAKE_VIZSLA + body)
        vizsla.chmod(0o755)
        command = [sys.executable, RUN, "--vizsla", vizsla, "--data-dir", tmp_path, "--no-demo", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


BECOME_READY = f"""
print({json.dumps(READY)!r}, flush=True)
signal.pause()
"""


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_vizsla_and_waits_for_it(run, tmp_path, signal_number):
    process = run(BECOME_READY)
    assert process.stdout.readline() == "Vizsla is running.\n"
    asked = time.monotonic()
    process.send_signal(signal_number)
    _, errors = process.communicate(timeout=5)
    assert time.monotonic() - asked < 5
    assert (process.returncode, errors) == (0, "")
    assert (tmp_path / "flushed").exists()


def test_seconds_limit_the_run_and_listeners_are_passed_on(run, tmp_path):
    process = run(BECOME_READY, "--seconds", "0.1", "--apm-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0")
    output, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")
    assert "http://127.0.0.1:8127/" in output
    arguments = (tmp_path / "arguments").read_text()
    assert arguments == f"serve --data-dir {tmp_path} --apm-listen 127.0.0.1:0 --http-listen 127.0.0.1:0"


def test_vizslas_own_message_and_status_are_passed_on(run):
    process = run('sys.exit("vizsla: 127.0.0.1:8126 is in use")')
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert errors == "vizsla: 127.0.0.1:8126 is in use\nVizsla exited with status 1.\n"


def test_an_exit_later_on_ends_the_run_with_the_same_status(run):
    process = run(f"print({json.dumps(READY)!r}, flush=True)\nsys.exit(7)")
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 7
    assert "Vizsla exited with status 7." in errors


def test_a_missing_binary_is_explained(tmp_path):
    command = [sys.executable, RUN, "--vizsla", tmp_path / "vizsla", "--no-demo"]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=10)
    assert finished.returncode != 0
    assert "Build it with" in finished.stderr
    assert "Traceback" not in finished.stderr
