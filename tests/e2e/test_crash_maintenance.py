"""kill -9 while blocks are built and merged, spans deleted, traces pinned: what was answered for holds afterwards.

Each client owns some services: it sends spans of them, deletes all that one of them has, pins and unpins its traces, one
thing at a time. What got no answer is done again, first of all, with the next process. So after each start everybody
knows what must be there: each acknowledged span once, unless it was deleted; nothing that was deleted; each pinned trace.
Blocks are as small as they may be, so that all of this happens all the time.
"""
import collections
import dataclasses
import http.client
import json
import os
import random
import threading
import time

import msgpack

import prometheus_text
from conftest import Vizsla, wait_until

KILLS = int(os.environ.get("VIZSLA_CRASH_KILLS", "100"))
CLIENTS = 3
SERVICES = 3  # of each client
CROWDED = "4 MiB"  # of which the log has one or two
PAUSES = (0.02, 0.1, 0.2, 0.4)  # how long a process lives at most, in seconds
SMALL = ("--set", "store.block_rows=1000", "--set", "store.merge_rows=2000", "--set", "log.segment_bytes=1 MiB", "--set", "store.block_age_s=1")


@dataclasses.dataclass(frozen=True)
class Task:
    """What a client asks for."""

    kind: str  # "send", "delete", "pin" or "unpin"
    service: str = ""
    trace: int = 0
    body: bytes = b""


def spans_of(trace: int) -> int:
    return 5 + trace % 20


class Client(threading.Thread):
    """Its own part of what is known; of `owed` it isn't known whether it has been done."""

    filler_bytes = 0  # in each span

    def __init__(self, number: int, seed: int, before: "Client | None"):
        super().__init__(daemon=True)
        self.number = number
        self.dice = random.Random(seed)
        self.next_trace = before.next_trace if before else 1 + number * 10_000_000
        self.owed: Task | None = before.owed if before else None
        self.alive: dict[int, str] = before.alive if before else {}  # trace → its service
        self.newest: dict[str, int] = before.newest if before else {}  # service → its last trace, deleted or not
        self.pinned: set[int] = before.pinned if before else set()
        self.done: collections.Counter = before.done if before else collections.Counter()
        self.wrong: str | None = None
        self.stopping = threading.Event()

    def serve(self, vizsla: Vizsla) -> None:
        self.addresses = vizsla.apm.removeprefix("http://"), vizsla.http.removeprefix("http://")
        self.start()

    def task(self) -> Task:
        choice = self.dice.random()
        if choice < 0.012:
            return Task("delete", f"service-{self.number}-{self.dice.randrange(SERVICES)}")
        if choice < 0.022 and self.alive:
            return Task("pin", trace=self.dice.choice(list(self.alive)))
        if choice < 0.026 and self.pinned:
            return Task("unpin", trace=self.dice.choice(list(self.pinned)))
        trace = self.next_trace
        self.next_trace += 1
        service = f"service-{self.number}-{self.dice.randrange(SERVICES)}"
        spans = [{"trace_id": trace, "span_id": 1 + i, "parent_id": min(i, 1), "service": service, "name": "operation", "resource": f"GET /{trace % 7}",
                  "type": "web", "start": time.time_ns(), "duration": 1000, "meta": {"key": str(self.dice.random()), "filler": self.dice.randbytes(self.filler_bytes).hex()}} for i in range(spans_of(trace))]
        return Task("send", service, trace, msgpack.packb([spans]))

    def run(self) -> None:
        apm, ui = (http.client.HTTPConnection(address, timeout=20) for address in self.addresses)

        def ask(connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> tuple[int, bytes]:
            connection.request(method, path, body, {"Content-Type": kind} if body else {})
            answer = connection.getresponse()
            return answer.status, answer.read()

        try:
            while not self.stopping.is_set() and self.wrong is None:
                if self.owed is None:
                    self.owed = self.task()
                task, again = self.owed, False
                if task.kind == "send":
                    status, text = ask(apm, "PUT", "/v0.4/traces", task.body, "application/msgpack")
                    again = status == 503  # building doesn't keep up
                    expected = {200, 503}
                elif task.kind == "delete":
                    status, text = ask(ui, "POST", "/api/ui/storage/deletions", json.dumps({"service": task.service}).encode())
                    again = status == 503
                    expected = {202, 503}
                else:
                    status, text = ask(ui, "PUT" if task.kind == "pin" else "DELETE", f"/api/ui/traces/{task.trace}/pin")
                    expected = {204, 404} if task.kind == "unpin" else {204}  # it may have been done before the kill
                if status not in expected:
                    self.wrong = f"{task}: {status} {text!r}"
                    return
                if again:
                    continue
                self.note(task)
                if task.kind == "delete":
                    self.look_at_once(lambda path: ask(ui, "GET", path), task.service)
        except (OSError, http.client.HTTPException):
            pass  # the process is gone; what is owed stays owed
        finally:
            apm.close()
            ui.close()

    def note(self, task: Task) -> None:
        self.owed = None
        self.done[task.kind] += 1
        if task.kind == "send":
            self.alive[task.trace] = task.service
            self.newest[task.service] = task.trace
        elif task.kind == "delete":
            gone = {trace for trace, service in self.alive.items() if service == task.service}
            self.done["deleted traces"] += len(gone)
            self.alive = {trace: service for trace, service in self.alive.items() if trace not in gone}
            self.pinned -= gone
        elif task.kind == "pin":
            self.pinned.add(task.trace)
        else:
            self.pinned.discard(task.trace)

    def look_at_once(self, get, service: str) -> None:
        """What was deleted isn't seen by the next question; the others are."""
        for trace, expected in [(self.newest.get(service), 404), (next(reversed(self.alive), None), 200)]:
            if trace is None:
                continue
            status, text = get(f"/api/v2/trace/{trace}")
            if status != expected or (status == 200 and len(json.loads(text)["data"]["attributes"]["spans"]) != spans_of(trace)):
                self.wrong = f"trace {trace} after the deletion of {service}: {status} {text[:200]!r}"


def work_until_killed(vizsla: Vizsla, clients: list[Client], dice: random.Random, *counted: str) -> dict[str, int]:
    """Clients at work, then kill -9. Gives what the process counted, by the names of the store's counters."""
    for client in clients:
        client.serve(vizsla)
    time.sleep(dice.choice(PAUSES) * dice.random())
    samples = prometheus_text.parse(vizsla.get("/metrics").text)
    vizsla.kill()
    for client in clients:
        client.stopping.set()
        client.join(30)
        assert client.wrong is None, client.wrong
    return {name: int(samples[f"vizsla_store_{name}_total", frozenset()]) for name in counted}


def check(vizsla: Vizsla, clients: list[Client], dice: random.Random) -> int:
    """AssertionError unless all is there that must be, once, and nothing else. Gives the number of spans."""
    stored: dict[int, list[int]] = {}
    for span in vizsla.spans():
        stored.setdefault(int(span["trace_id"]), []).append(int(span["span_id"]))
    pins = {int(pin["trace_id"], 16): pin["spans"] for pin in vizsla.get("/api/ui/pins").json()["traces"]}
    alive = {trace: service for client in clients for trace, service in client.alive.items()}
    owed = {client.owed for client in clients} - {None}
    # Of what nobody was answered for: either way, but whole.
    sent = {task.trace for task in owed if task.kind == "send"}
    deleted = {trace for trace, service in alive.items() if service in {task.service for task in owed if task.kind == "delete"}}
    unpinned = {task.trace for task in owed if task.kind == "unpin"}

    lost = [trace for trace in alive if trace not in stored and trace not in deleted]
    assert not lost, f"{len(lost)} of {len(alive)} acknowledged traces are gone: {lost[:5]}"
    strangers = [trace for trace in stored if trace not in alive and trace not in sent]
    assert not strangers, f"{len(strangers)} traces are there that were deleted: {strangers[:5]}"
    wrong = {trace: sorted(spans) for trace, spans in stored.items() if sorted(spans) != list(range(1, 1 + spans_of(trace)))}
    assert not wrong, f"{len(wrong)} traces aren't there exactly once: {list(wrong.items())[:3]}"

    pinned = {trace for client in clients for trace in client.pinned}
    missing = pinned - pins.keys() - unpinned - deleted
    assert not missing, f"not pinned any more: {missing}"
    # One by one, as they are read: the pinned ones by way of their copies.
    for trace in dice.sample(sorted(pinned - deleted), min(5, len(pinned - deleted))) + dice.sample(sorted(alive), min(5, len(alive))):
        if trace not in deleted:
            assert len(vizsla.trace(trace)) == spans_of(trace), trace
    return sum(len(spans) for spans in stored.values())


def test_what_was_answered_for_survives_kill_9_during_maintenance(make_vizsla, tmp_path):
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # shown when the test fails
    dice = random.Random(seed)
    clients: list[Client | None] = [None] * CLIENTS
    counts: collections.Counter = collections.Counter()
    for kill in range(KILLS + 1):
        vizsla = make_vizsla(*SMALL, data_dir=tmp_path / "data").start()
        clients = [Client(i, seed + kill * 10 + i, clients[i]) for i in range(CLIENTS)]
        if kill > 0:
            counts["checked spans"] += check(vizsla, clients, dice)
        if kill == KILLS:
            break
        counts.update(work_until_killed(vizsla, clients, dice, "merges", "merged_spans", "deleted_spans"))
        counts["started on unfinished files"] += any("it was being written when the last run ended" in line for line in vizsla.log)
    for client in clients:
        counts.update(client.done)
    print(f"{KILLS} kills: {dict(counts)}")
    assert counts["merges"] > KILLS / 10 and counts["deleted_spans"] > 0 and counts["pin"] > 0 and counts["delete"] > 0

    # In peace: no pin is left but those that were asked for, and what was deleted has gone from the blocks too.
    for client in clients:
        client.serve(vizsla)
    time.sleep(0.5)
    for client in clients:
        client.stopping.set()
        client.join(30)
        assert client.wrong is None and client.owed is None, (client.wrong, client.owed)
    wait_until(lambda: vizsla.get("/api/ui/storage").json()["deletions"] == 0, 60, "making all deletions physical")
    check(vizsla, clients, dice)
    pinned = {trace for client in clients for trace in client.pinned}
    assert {int(pin["trace_id"], 16) for pin in vizsla.get("/api/ui/pins").json()["traces"]} == pinned
    samples = prometheus_text.parse(vizsla.get("/metrics").text)
    assert samples["vizsla_log_damaged_bytes", frozenset()] == 0 and samples["vizsla_store_quarantined_blocks_total", frozenset()] == 0
    assert vizsla.stop() == 0

    # With no room for anything, only what is pinned stays: each of these traces is whole.
    vizsla = make_vizsla(*SMALL, "--set", "retention.max_bytes=1", data_dir=tmp_path / "data").start()
    wait_until(lambda: vizsla.get("/api/ui/status").json()["spans_stored"] == 0, 60, "letting everything go")
    assert vizsla.spans() == []
    for trace in pinned:
        assert len(vizsla.trace(trace)) == spans_of(trace)
    assert vizsla.stop() == 0


class Crowding(Client):
    """Sends more than there is space for, and pins some."""

    filler_bytes = 200

    def task(self) -> Task:
        task = super().task()
        while task.kind in ("delete", "unpin"):
            task = super().task()
        if task.kind == "pin" and len(self.pinned) < 5:
            return Task("pin", trace=max(self.alive))
        while task.kind != "send":
            task = super().task()
        return task


def check_crowded(vizsla: Vizsla, clients: list[Crowding], gone: set[int]) -> int:
    """AssertionError unless what is there is there once and whole, nothing has come back, and only old traces went. Gives the number of spans."""
    stored: dict[int, list[int]] = {}
    for span in vizsla.spans():
        stored.setdefault(int(span["trace_id"]), []).append(int(span["span_id"]))
    wrong = {trace: sorted(spans) for trace, spans in stored.items() if sorted(spans) != list(range(1, 1 + spans_of(trace)))}
    for trace, spans in wrong.items():  # what went between two pages of the list
        assert vizsla.get(f"/api/v2/trace/{trace}").status_code == 404, f"{trace} isn't there exactly once: {spans}"
        del stored[trace]
    back = gone & stored.keys()
    assert not back, f"{len(back)} traces have come back: {sorted(back)[:5]}"
    for client in clients:
        missing = sorted(client.alive.keys() - stored.keys())
        gone.update(missing)
        # Blocks go as a whole, by the time at which their spans came; a merged one has up to some 2000 rows, of three clients.
        there = sorted(client.alive.keys() & stored.keys())
        if missing:
            assert there and missing[-1] < there[-1] - 20, f"the newest went: {missing[-1]} of {there[-1]}"
            assert missing[-1] - there[0] < 1000, f"{missing[-1]} went, {there[0]} is still there"
        for trace in client.pinned:
            assert len(vizsla.trace(trace)) == spans_of(trace), trace
    return sum(len(spans) for spans in stored.values())


def test_what_went_for_want_of_space_stays_gone_after_kill_9(make_vizsla, tmp_path):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    clients: list[Crowding | None] = [None] * CLIENTS
    counts: collections.Counter = collections.Counter()
    gone: set[int] = set()
    kills = KILLS // 2
    for kill in range(kills + 1):
        vizsla = make_vizsla(*SMALL, "--set", f"retention.max_bytes={CROWDED}", data_dir=tmp_path / "data").start()
        clients = [Crowding(i, seed + kill * 10 + i, clients[i]) for i in range(CLIENTS)]
        if kill > 0:
            counts["checked spans"] += check_crowded(vizsla, clients, gone)
        if kill == kills:
            break
        counts.update(work_until_killed(vizsla, clients, dice, "merges", "crowded_out_spans"))
    for client in clients:
        counts.update(client.done)
    print(f"{kills} kills: {dict(counts)}, {len(gone)} traces gone")
    assert counts["crowded_out_spans"] > 0 and counts["merges"] > 0 and gone
    assert vizsla.stop() == 0
