"""kill -9 at random instants: every acknowledged span is there exactly once, whatever the process was doing.

Clients behave as tracers do: what got no answer is sent again, byte for byte, to the next process. Blocks are small, so
that building them, replacing the manifest and removing the log happen all the time.
"""
import http.client
import os
import random
import threading
import time

import msgpack
import pytest

KILLS = int(os.environ.get("VIZSLA_CRASH_KILLS", "200"))
CLIENTS = 3
SMALL = ("--set", "store.block_rows=1000", "--set", "log.segment_bytes=1 MiB", "--set", "store.block_age_s=1")


class Client(threading.Thread):
    """Sends payloads one after the other until it is told to stop; keeps what is owed for the next process."""

    def __init__(self, address: str, seed: int, first_trace: int, owed: list[tuple[int, bytes]]):
        super().__init__(daemon=True)
        self.address = address.removeprefix("http://")
        self.random = random.Random(seed)
        self.next_trace = first_trace
        self.owed = list(owed)
        self.acknowledged: dict[int, int] = {}  # trace id → spans
        self.stopping = threading.Event()

    def payload(self) -> tuple[int, bytes]:
        trace = self.next_trace
        self.next_trace += 1
        spans = [{"trace_id": trace, "span_id": 1 + i, "parent_id": 0 if i == 0 else 1, "service": f"service-{trace % 5}",
                  "name": "operation", "resource": f"GET /{self.random.random()}", "type": "web", "start": time.time_ns(), "duration": 1000,
                  "error": 0, "meta": {"key": str(trace)}, "metrics": {}} for i in range(1 + trace % 20)]
        return trace, msgpack.packb([spans])

    def run(self) -> None:
        connection = None
        while not self.stopping.is_set():
            if not self.owed:
                self.owed.append(self.payload())
            trace, body = self.owed[0]
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(self.address, timeout=5)
                connection.request("PUT", "/v0.4/traces", body, {"Content-Type": "application/msgpack", "Datadog-Meta-Lang": "python"})
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                return  # the process is gone; what is owed stays owed
            assert answer.status == 200
            self.acknowledged[trace] = 1 + trace % 20
            self.owed.pop(0)


@pytest.mark.parametrize("sync", ["always", "never"])
def test_acknowledged_spans_survive_kill_9(make_vizsla, tmp_path, sync):
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # shown when the test fails
    dice = random.Random(seed)
    acknowledged: dict[int, int] = {}
    owed: list[list[tuple[int, bytes]]] = [[] for _ in range(CLIENTS)]
    next_trace = [1 + client * 10_000_000 for client in range(CLIENTS)]
    options = (*SMALL, "--set", f"log.sync={sync}")
    # kill -9 leaves the page cache alone, so "never" must hold too; most kills go to the default.
    for kill in range(KILLS if sync == "always" else KILLS // 10):
        vizsla = make_vizsla(*options, data_dir=tmp_path / "data").start()
        clients = [Client(vizsla.apm, seed + kill * 10 + i, next_trace[i], owed[i]) for i in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(dice.choice([0, 0.005, 0.02, 0.05, 0.1, 0.2]) * dice.random() * 2)
        vizsla.kill()
        for i, client in enumerate(clients):
            client.stopping.set()
            client.join(10)
            acknowledged.update(client.acknowledged)
            owed[i], next_trace[i] = client.owed, client.next_trace
    assert len(acknowledged) > 100

    vizsla = make_vizsla(*options, data_dir=tmp_path / "data").start()
    stored: dict[int, list[int]] = {}
    for span in vizsla.spans():
        stored.setdefault(int(span["trace_id"]), []).append(int(span["span_id"]))
    lost = {trace: spans for trace, spans in acknowledged.items() if sorted(stored.get(trace, [])) != list(range(1, spans + 1))}
    assert not lost, f"{len(lost)} of {len(acknowledged)} acknowledged payloads are not there exactly once: {list(lost.items())[:5]}"
    # What was never acknowledged is there whole, once, or not at all.
    for trace, spans in stored.items():
        assert sorted(spans) == list(range(1, 1 + trace % 20 + 1)), trace
    # And asked for one by one.
    for trace in dice.sample(sorted(acknowledged), 50):
        assert len(vizsla.trace(trace)) == acknowledged[trace]
    assert vizsla.get("/metrics").text.count("vizsla_log_damaged_bytes 0\n") == 1
    assert vizsla.stop() == 0


def test_a_repeated_payload_is_told_after_a_restart(make_vizsla, tmp_path):
    body = msgpack.packb([[{"trace_id": 5, "span_id": 6, "service": "s", "name": "n", "start": time.time_ns(), "duration": 1}]])
    for _ in range(3):
        vizsla = make_vizsla(*SMALL, data_dir=tmp_path / "data").start()
        assert vizsla.send("/v0.4/traces", body).status_code == 200
        time.sleep(1.3)  # long enough to become a block and to leave the log
        vizsla.kill()
    vizsla = make_vizsla(data_dir=tmp_path / "data").start()
    assert len(vizsla.spans()) == 1


def test_stops_cleanly_under_load(make_vizsla, tmp_path):
    vizsla = make_vizsla(*SMALL, data_dir=tmp_path / "data").start()
    clients = [Client(vizsla.apm, i, 1 + i * 10_000_000, []) for i in range(CLIENTS)]
    for client in clients:
        client.start()
    time.sleep(0.5)
    assert vizsla.stop() == 0
    for client in clients:
        client.stopping.set()
        client.join(10)
    acknowledged = {trace: spans for client in clients for trace, spans in client.acknowledged.items()}
    vizsla = make_vizsla(data_dir=tmp_path / "data").start()
    stored = {}
    for span in vizsla.spans():
        stored[int(span["trace_id"])] = stored.get(int(span["trace_id"]), 0) + 1
    assert {trace: stored.get(trace) for trace in acknowledged} == acknowledged
