"""A disk that runs full: refusals say so, what was acknowledged stays, and it goes on by itself when there is space again.

The data folder lies on a tmpfs of 16 MiB in a mount namespace of its own: an unprivileged user may make one where the
kernel allows user namespaces.
"""
import collections
import contextlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import threading
import time

import msgpack
import pytest
import requests

import prometheus_text
from conftest import Vizsla, wait_until

DISK_BYTES = 16 << 20
# Blocks and log segments far smaller than the disk, so that both are written all the time.
SMALL = ("--set", "store.block_rows=1000", "--set", "log.segment_bytes=1 MiB", "--set", "store.block_age_s=1")
SPANS = 20  # of each payload
ROUTES = ("/v0.3/traces", "/v0.4/traces", "/v0.5/traces")
FULL = "No space left on device"


class SmallDisk:
    """A tmpfs that goes with the process that holds it; a server that is launched through it sees it at `folder`."""

    def __init__(self, mount_point: pathlib.Path):
        if shutil.which("unshare") is None or shutil.which("nsenter") is None:
            pytest.skip("there are no unshare and nsenter here")
        mount_point.mkdir()
        script = f'mount -t tmpfs -o size={DISK_BYTES} vizsla "$0" && echo mounted && exec cat'
        self.holder = subprocess.Popen(["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(mount_point)], text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.holder.stdout.readline() != "mounted\n":
            why = self.holder.communicate()[1].strip()
            pytest.skip(f"a tmpfs can't be mounted in a user namespace here: {why}")
        self.folder = mount_point / "data"
        self.inside = pathlib.Path(f"/proc/{self.holder.pid}/root{mount_point}")  # the same, seen from here
        self.ballast = self.inside / "ballast"

    def vizsla(self, *options: str) -> Vizsla:
        server = Vizsla(self.folder, *SMALL, *options)
        server.launcher = ("nsenter", f"--target={self.holder.pid}", "--user", "--mount", "--preserve-credentials")
        return server

    def free_bytes(self) -> int:
        state = os.statvfs(self.inside)
        return state.f_bavail * state.f_frsize

    def fill(self, leaving: int = 0) -> None:
        """Somebody else takes the space."""
        with self.ballast.open("ab") as file:
            # Again, because a server that finds no space may give some back.
            while (left := self.free_bytes() - leaving) > 0:
                with contextlib.suppress(OSError):
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), left)

    def free(self) -> None:
        self.ballast.unlink()

    def close(self) -> None:
        self.holder.communicate()


@pytest.fixture
def disk(tmp_path):
    made = SmallDisk(tmp_path / "disk")
    yield made
    made.close()


@pytest.fixture
def start(disk):
    """vizsla = start(): a server on the small disk."""
    started = []

    def run() -> Vizsla:
        started.append(disk.vizsla())
        return started[-1].start()

    yield run
    for vizsla in started:
        if vizsla.running():
            vizsla.kill()


class Payload:
    """One trace to one of the routes, which compresses badly."""

    def __init__(self, trace: int, dice: random.Random):
        self.trace = trace
        self.route = ROUTES[trace % len(ROUTES)]
        self.content_type = "application/msgpack"
        noise, start = [dice.randbytes(400).hex() for _ in range(SPANS)], time.time_ns()
        if self.route == "/v0.5/traces":
            spans = [[1, 2, 2, trace, 1 + i, min(i, 1), start, 1, 0, {3: 4 + i}, {}, 0] for i in range(SPANS)]
            self.body = msgpack.packb([["", "service", "name", "noise", *noise], [spans]])
            return
        spans = [{"trace_id": trace, "span_id": 1 + i, "parent_id": min(i, 1), "service": "service", "name": "name", "resource": "name", "start": start,
                  "duration": 1, "meta": {"noise": noise[i]}} for i in range(SPANS)]
        self.body = msgpack.packb([spans])
        if trace % 2 == 0 and self.route == "/v0.3/traces":
            self.body, self.content_type = json.dumps([spans]).encode(), "application/json"

    def send(self, address: str) -> bool:
        """Whether it was taken. AssertionError for an answer that is neither that nor the refusal that is due."""
        answer = requests.put(address + self.route, data=self.body, timeout=30, headers={"Content-Type": self.content_type})
        if answer.status_code == 200:
            return True
        assert answer.status_code == (500 if self.route == "/v0.3/traces" else 503), answer.text
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert answer.text.endswith(FULL + "\n") and answer.text.count("\n") == 1, answer.text
        return False


def stored(vizsla: Vizsla) -> dict[int, int]:
    """Trace → spans."""
    return collections.Counter(int(span["trace_id"]) for span in vizsla.spans())


def whole(traces) -> dict[int, int]:
    return dict.fromkeys(traces, SPANS)


def test_what_is_refused_is_said_and_what_was_acknowledged_stays(disk, start):
    dice = random.Random(1)
    vizsla = start()
    disk.fill(leaving=6 << 20)
    taken: set[int] = set()
    refused: list[Payload] = []
    sent = collections.Counter()
    # Until the server has filled it by itself, and for some time after that.
    while len(refused) < 100:
        payload = Payload(1 + len(taken) + len(refused), dice)
        if payload.send(vizsla.apm):
            taken.add(payload.trace)
            sent[payload.route, "accepted"] += 1
        else:
            refused.append(payload)
            sent[payload.route, "unavailable"] += 1
        assert len(taken) < 5000
    assert len(taken) > 100

    ready = vizsla.get("/readyz")
    assert ready.status_code == 503 and ready.text.endswith(FULL + "\n")
    assert vizsla.get("/healthz").status_code == 200
    samples = prometheus_text.parse(vizsla.get("/metrics").text)
    value = lambda name, **labels: samples["vizsla_" + name, frozenset(labels.items())]
    assert value("spans_stored_total") == len(taken) * SPANS and value("spans_received_total") == (len(taken) + len(refused)) * SPANS
    assert value("spans_refused_total", reason="unavailable") == len(refused) * SPANS and value("log_refused_total") == len(refused)
    assert {key: value("payloads_total", route=key[0], outcome=key[1]) for key in sent} == sent
    total = vizsla.get("/api/ui/intake").json()["total"]
    assert total["refused"] == {"unavailable": len(refused) * SPANS} and total["received"] == total["stored"] + len(refused) * SPANS
    # Its log says it too, and doesn't fill another disk.
    assert 1 <= sum(FULL in line for line in vizsla.log) < 50
    # Who only asks notices nothing, and who sends nothing isn't refused.
    assert stored(vizsla) == whole(taken)
    assert vizsla.send("/v0.4/traces", b"\x90").status_code == 200

    disk.free()
    wait_until(lambda: refused[0].send(vizsla.apm), what="taking spans again")
    for payload in refused[1:]:
        assert payload.send(vizsla.apm)
    everything = whole(taken | {payload.trace for payload in refused})
    assert stored(vizsla) == everything
    assert vizsla.get("/readyz").status_code == 200
    # The blocks that couldn't be written are, too, and the log gives its space back.
    wait_until(lambda: "vizsla_store_live_spans 0\n" in vizsla.get("/metrics").text, what="writing all blocks")
    assert vizsla.stop() == 0
    vizsla = start()
    assert stored(vizsla) == everything
    vizsla.kill()
    vizsla = start()
    assert stored(vizsla) == everything
    assert vizsla.stop() == 0


def fill_up(disk: SmallDisk, vizsla: Vizsla, dice: random.Random, traces) -> set[int]:
    """Leaves no space, and sends until it is refused; gives what was taken."""
    disk.fill()
    taken = set()
    for trace in traces:
        if not Payload(trace, dice).send(vizsla.apm):
            return taken
        taken.add(trace)
    raise AssertionError("the disk doesn't run full")


def test_it_is_ready_again_without_anybody_sending(disk, start):
    """Whoever sends only to those that are ready would wait for ever."""
    vizsla = start()
    fill_up(disk, vizsla, random.Random(2), range(1, 1000))
    assert vizsla.get("/readyz").status_code == 503
    disk.free()
    wait_until(lambda: vizsla.get("/readyz").status_code == 200, 10, "readiness")


def test_refusals_leave_nothing_behind(disk, start):
    """A tracer that repeats itself all night must not leave a file a time."""
    dice = random.Random(3)
    vizsla = start()
    taken = {trace for trace in range(1, 20) if Payload(trace, dice).send(vizsla.apm)}
    taken |= fill_up(disk, vizsla, dice, range(20, 1000))
    files = lambda: sum(1 for _ in disk.inside.rglob("*"))
    before = files()
    for trace in range(1000, 1100):
        assert not Payload(trace, dice).send(vizsla.apm)
    assert files() <= before + 3
    assert vizsla.stop() == 0
    disk.free()
    vizsla = start()
    assert stored(vizsla) == whole(taken)
    assert "vizsla_log_damaged_bytes 0\n" in vizsla.get("/metrics").text and "damaged" not in "".join(vizsla.log)


def test_killed_on_a_full_disk_and_started_on_it(disk, start):
    dice = random.Random(4)
    vizsla = start()
    taken = {trace for trace in range(1, 100) if Payload(trace, dice).send(vizsla.apm)}
    taken |= fill_up(disk, vizsla, dice, range(100, 1000))
    assert len(taken) >= 99
    vizsla.kill()
    # What was half written is given back at the start; then it is as full as before.
    disk.fill()
    vizsla = start()
    assert stored(vizsla) == whole(taken)
    taken |= fill_up(disk, vizsla, dice, range(1000, 2000))
    assert vizsla.get("/readyz").status_code == 503
    assert stored(vizsla) == whole(taken)
    disk.free()
    wait_until(lambda: Payload(2000, dice).send(vizsla.apm), what="taking spans again")
    assert stored(vizsla) == whole(taken | {2000})
    assert vizsla.stop() == 0


def test_a_first_start_on_a_full_disk_says_why_not(disk, start):
    disk.fill()
    with pytest.raises(RuntimeError, match=f"cannot .*/data.*: {FULL}"):
        start()
    disk.free()
    assert Payload(1, random.Random(5)).send(start().apm)


class Tracer(threading.Thread):
    """Sends one payload after the other, each until it is taken."""

    def __init__(self, address: str, first_trace: int):
        super().__init__(daemon=True)
        self.address = address
        self.dice = random.Random(first_trace)
        self.traces = range(first_trace, first_trace + 1_000_000)
        self.taken: set[int] = set()
        self.refusals = 0
        self.enough = threading.Event()
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            for trace in self.traces:
                payload = Payload(trace, self.dice)
                while not payload.send(self.address):
                    self.refusals += 1
                    time.sleep(0.02)
                self.taken.add(trace)
                if self.enough.is_set():
                    return
                time.sleep(0.01)
        except Exception as problem:
            self.failure = problem


def test_a_disk_that_is_full_now_and_then(disk, start):
    """At random instants, in the middle of frames and blocks; the tracers repeat what was refused."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # shown when the test fails
    dice = random.Random(seed)
    vizsla = start()
    tracers = [Tracer(vizsla.apm, 1 + number * 1_000_000) for number in range(3)]
    for tracer in tracers:
        tracer.start()
    for _ in range(10):
        time.sleep(dice.uniform(0, 0.4))
        disk.fill(leaving=dice.choice([0, 0, 4096, 100_000]))
        time.sleep(dice.uniform(0.1, 0.6))
        disk.free()
    for tracer in tracers:
        tracer.enough.set()
        tracer.join(20)
    assert [tracer.failure for tracer in tracers] == [None] * 3 and not any(tracer.is_alive() for tracer in tracers)
    assert sum(tracer.refusals for tracer in tracers) > 10
    everything = whole(trace for tracer in tracers for trace in tracer.taken)
    assert len(everything) > 50 and stored(vizsla) == everything
    vizsla.kill()
    assert stored(start()) == everything
