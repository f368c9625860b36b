"""A child process whose output is read as it comes."""

import asyncio
import collections
import contextlib
import ctypes
import os
import signal
from collections.abc import Callable, Mapping, Sequence

TAIL_LINES = 20
LINE_BYTES_MAX = 1 << 20
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None)


def _die_with_parent() -> None:
    """Runs in the child before its program: should this process be killed without a chance to clean up, the child gets
    SIGTERM from the kernel instead of staying behind."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def spawn(command: Sequence[str], env: Mapping[str, str] | None = None) -> asyncio.subprocess.Process:
    """Starts `command` with its stdout and stderr in one pipe.

    In a session of its own, so that Ctrl-C in the terminal reaches only the parent, which then decides on the order.
    """
    return await asyncio.create_subprocess_exec(
        *command,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=LINE_BYTES_MAX,
        start_new_session=True,
        preexec_fn=_die_with_parent,
    )


class Process:
    """new → `start` → running → `wait` returns → exited; `stop` may be called at any time."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._command = command
        self._env = env
        self._on_line = on_line
        self._process: asyncio.subprocess.Process | None = None
        self._output: asyncio.Task | None = None
        self.tail: collections.deque[str] = collections.deque(maxlen=TAIL_LINES)  # the last lines it wrote

    async def start(self) -> None:
        """Raises OSError when there is no such program."""
        self._process = await spawn(self._command, self._env)
        self._output = asyncio.create_task(self._read_output(self._process.stdout))

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def wait(self) -> int:
        """The exit status as a shell would give it: 128 + N after signal N. Its whole output has been read by then."""
        status = await self._process.wait()
        await asyncio.wait({self._output}, timeout=1)  # a grandchild may hold the pipe open for longer
        return status if status >= 0 else 128 - status

    async def stop(self, patience_s: float) -> int | None:
        """SIGTERM; after `patience_s` SIGKILL. Returns the exit status; None if it never started."""
        if self._process is None:
            return None
        self._send(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self.wait(), patience_s)
        except TimeoutError:
            self._send(signal.SIGKILL)
            return await self.wait()
        finally:
            self._output.cancel()

    def _send(self, signal_number: int) -> None:
        # Not its own send_signal: that asks first whether the process has ended, and takes the answer away from asyncio,
        # which then complains of an unknown child.
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):  # it has exited just now
                os.kill(self._process.pid, signal_number)

    async def _read_output(self, stream: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await stream.readline()
            except ValueError:  # longer than LINE_BYTES_MAX: not for people to read
                continue
            if not line:
                return
            text = line.decode(errors="replace").rstrip()
            self.tail.append(text)
            self._on_line(text)
