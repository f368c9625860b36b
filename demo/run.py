#!/usr/bin/env python3
"""Starts Vizsla and, sending to it, a small shop of traced applications with customers in it.

Needs Python 3.11 and nothing but its standard library; the applications need demo/requirements.lock.
"""

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # was this folder; `demo` is the package

from demo.history import ENV, HOURS  # noqa: E402
from demo.orchestrator import thinker  # noqa: E402
from demo.orchestrator.ports import Ports  # noqa: E402
from demo.orchestrator.process import Process  # noqa: E402
from demo.orchestrator.programs import Programs  # noqa: E402
from demo.orchestrator.server import Listeners, NotReady, Server  # noqa: E402
from demo.orchestrator.supervisor import Supervisor  # noqa: E402

# measured by this demo on two idle cores: 5 to 6 s from Vizsla's ready line, and some more on a busy machine.
SECONDS_TO_FIRST_TRACE = 8
# Measured in twenty minutes of this demo at its usual rate (8,000 spans a minute): blocks grow by 2.75 MB in ten minutes.
DISK_MB_PER_HOUR = 17
# Two segments of 64 MiB: the one that is being written, and the one before it until all its spans are in blocks.
LOG_MB_MAX = 135

SECONDS_TO_NEW_VERSION = 30
HISTORY_STOP_PATIENCE_S = 2.5


def say(text: str = "") -> None:
    print(text, flush=True)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vizsla", type=Path, default=ROOT / "build" / "vizsla", help="the server's binary")
    parser.add_argument("--data-dir", type=Path, default=Path("data"), help="where Vizsla keeps its data")
    parser.add_argument("--apm-listen", action="append", default=[], metavar="HOST:PORT", help="passed to Vizsla")
    parser.add_argument("--http-listen", metavar="HOST:PORT", help="passed to Vizsla")
    parser.add_argument("--no-demo", action="store_true", help="start Vizsla alone and show its log")
    parser.add_argument(
        "--history",
        action="store_true",
        help=f"also send the last {HOURS:.0f} hours of a synthetic shop, what isn't there of them, into env {ENV}",
    )
    parser.add_argument("--seconds", type=float, metavar="N", help="stop N seconds after Vizsla is ready")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same requests (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=5.0, help="requests per second (default: %(default)s)")
    parser.add_argument(
        "--python",
        type=Path,
        default=ROOT / ".venv" / "bin" / "python",
        help="the Python of the environment with demo/requirements.lock in it (default: .venv/bin/python)",
    )
    return parser.parse_args()


def serve_command(options: argparse.Namespace) -> list[str]:
    command = [str(options.vizsla), "serve", "--data-dir", str(options.data_dir)]
    for address in options.apm_listen:
        command += ["--apm-listen", address]
    if options.http_listen:
        command += ["--http-listen", options.http_listen]
    return command


def missing_requirement(options: argparse.Namespace) -> str | None:
    """What has to be done before this can run, if anything."""
    if not options.vizsla.is_file():
        return f"There is no {options.vizsla}. Build it with: cmake --preset release && cmake --build --preset release"
    if not options.no_demo and not (options.python.parent / "ddtrace-run").is_file():
        return (
            f"The applications' environment isn't at {options.python.parent.parent}. Make it with:\n"
            "  python3.11 -m venv .venv\n"
            "  .venv/bin/pip install --require-hashes -r demo/requirements.lock"
        )
    return None


def introduce(listeners: Listeners, options: argparse.Namespace) -> None:
    say("Vizsla is running.")
    say()
    say(f"  Web UI            {listeners.ui_url}/")
    say(f"  Tracers send to   {listeners.agent_url}")
    say(f"  Data              {options.data_dir}")
    say("  Account or key    none needed; nothing leaves this machine")
    if not options.no_demo:
        say(f"  First trace       in about {SECONDS_TO_FIRST_TRACE} s; everything else within a minute")
        say(f"  Disk              about {DISK_MB_PER_HOUR} MB per hour of this demo, and up to {LOG_MB_MAX} MB for the log")
    if options.history:
        say(f"  History           {HOURS:.0f} hours of a synthetic shop in env {ENV}, in about half a minute")
    say()
    say("Ctrl-C stops everything.")
    say()


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="vizsla-demo-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


async def show(listeners: Listeners, options: argparse.Namespace) -> None:
    """The demo itself. Goes on until it is cancelled, and takes all it has started with it."""
    supervisor = Supervisor(say)
    ports = Ports()
    with scratch_folder() as scratch, contextlib.closing(ports):
        programs = Programs(options.python.absolute(), ROOT, scratch, ports, listeners.agent_url)
        try:
            await supervisor.start(programs.first_ones())
            # The documented example goes first and alone, so that it is the last trace when it is shown.
            await thinker.present(ports.url("thinker-api"), listeners.ui_url, options.vizsla, say)
            await supervisor.start([programs.driver(options.seed, options.rate)])
            await asyncio.sleep(SECONDS_TO_NEW_VERSION)
            await supervisor.start([programs.new_catalog()])
            await asyncio.Event().wait()
        finally:
            await supervisor.stop()


async def tell_history(listeners: Listeners, options: argparse.Namespace) -> None:
    """Beside everything else, at a pace that leaves room for it."""
    command = [sys.executable, "-m", "demo.history", "--agent", listeners.agent_url, "--ui", listeners.ui_url]
    telling = Process(
        [*command, "--seed", str(options.seed)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        on_line=say,
    )
    try:
        await telling.start()
        await telling.wait()
    finally:
        await telling.stop(HISTORY_STOP_PATIENCE_S)


async def play(server: Server, options: argparse.Namespace) -> None:
    """From Vizsla's start to the end of the time or Vizsla's exit. Cancelled when somebody wants it to stop."""
    listeners = await server.start()
    introduce(listeners, options)
    exited = asyncio.create_task(server.wait())
    running = {exited}
    if not options.no_demo:
        running.add(asyncio.create_task(show(listeners, options)))
    ends_by_itself = {asyncio.create_task(tell_history(listeners, options))} if options.history else set()
    try:
        await asyncio.wait(running, timeout=options.seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if exited.done():
            print(f"Vizsla exited with status {exited.result()}.", file=sys.stderr)
        else:
            say("Stopping.")
        started = running | ends_by_itself
        for task in started:
            task.cancel()
        for outcome in await asyncio.gather(*started, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


async def run(options: argparse.Namespace) -> int:
    server = Server(serve_command(options), log_all=options.no_demo)
    playing = asyncio.create_task(play(server, options))
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        # Once: a second signal, which some parents send, must not cut the cleaning up short.
        asyncio.get_running_loop().add_signal_handler(signal_number, lambda: playing.cancelling() or playing.cancel())
    failure = 0
    try:
        await playing
    except asyncio.CancelledError:
        pass
    except NotReady as problem:
        print(problem, file=sys.stderr)
        failure = problem.status
    finally:
        status = await server.stop()
    return failure or status


if __name__ == "__main__":
    arguments = parse_arguments()
    if missing := missing_requirement(arguments):
        sys.exit(missing)
    sys.exit(asyncio.run(run(arguments)))
