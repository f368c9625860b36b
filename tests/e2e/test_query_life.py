"""How reads end when they don't get to their end: by their deadline, because their client left, by want of memory. Each
leaves nothing behind, and spans are taken all the while."""
import http.client
import socket
import statistics
import subprocess
import sys
import threading
import time

import msgpack
import prometheus_text
from conftest import Vizsla, wait_until

SPANS = 60_000  # of the trace that is read: some 0.3 s of CPU
READERS = 20
TRACE = 7
PATH = f"/api/v2/trace/{TRACE}"
# So much that it isn't memory that ends reads.
MUCH_MEMORY = ("--set", "memory.budget=4 GiB", "--set", "query.memory_bytes=2 GiB")

# Reads without an end, in a process of its own: what it does mustn't hold up who measures.
READ_FOR_EVER = """
import http.client, sys, threading
def read():
    while True:
        connection = http.client.HTTPConnection(sys.argv[1], timeout=60)
        connection.request("GET", sys.argv[2])
        answer = connection.getresponse()
        while answer.read(1 << 20):
            pass
        print(answer.status, flush=True)
        connection.close()
for _ in range(int(sys.argv[3])):
    threading.Thread(target=read, daemon=True).start()
sys.stdin.read()
"""


def chunk(trace: int, first: int, count: int) -> list[dict]:
    return [{"trace_id": trace, "span_id": first + i, "parent_id": 0 if first + i == 1 else 1, "service": "big", "name": "operation",
             "resource": f"GET /{i % 50}", "type": "web", "start": time.time_ns(), "duration": 1000, "error": 0,
             "meta": {f"key{k}": f"value {i % 100}" for k in range(8)}, "metrics": {"n": i}} for i in range(count)]


def send(vizsla: Vizsla, spans: list[dict]) -> None:
    assert vizsla.send("/v0.4/traces", msgpack.packb([spans])).status_code == 200


def send_large_trace(vizsla: Vizsla) -> None:
    for first in range(1, SPANS, 5000):
        send(vizsla, chunk(TRACE, first, 5000))


def samples(vizsla: Vizsla) -> prometheus_text.Samples:
    return prometheus_text.parse(vizsla.get("/metrics").text)


def outcomes(vizsla: Vizsla) -> dict[str, int]:
    return {dict(labels)["outcome"]: int(value) for (name, labels), value in samples(vizsla).items() if name == "vizsla_queries_total"}


def left_behind(vizsla: Vizsla) -> dict[str, float]:
    """What a read has while it is at work, as far as somebody has some now."""
    found = {name: value for (name, labels), value in samples(vizsla).items()
             if name in ("vizsla_queries_running", "vizsla_queries_waiting", "vizsla_queries_read_bytes") and value != 0}
    spilled = [path.name for path in (vizsla.data_dir / "tmp").iterdir()]
    return found | ({"spilled": len(spilled)} if spilled else {})


def wait_until_nothing_is_left(vizsla: Vizsla, seconds: float) -> None:
    wait_until(lambda: not left_behind(vizsla), seconds, what="nothing of the reads is left")


def test_a_read_ends_at_its_deadline(make_vizsla):
    vizsla = make_vizsla("--set", "query.timeout_s=1", *MUCH_MEMORY).start()
    send_large_trace(vizsla)
    answers: list[tuple[int, float, str]] = []

    def read() -> None:
        begin = time.monotonic()
        answer = vizsla.get(PATH)
        answers.append((answer.status_code, time.monotonic() - begin, answer.text[:500]))

    # More than the slots have time for: some wait in line until theirs is over.
    readers = [threading.Thread(target=read) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    late = [answer for answer in answers if answer[0] == 504]
    assert len(answers) == READERS and {status for status, _, _ in answers} <= {200, 504}
    assert late, "they were all answered in time"
    for _, _, text in late:
        assert "query.timeout_s" in text, text
    counted = outcomes(vizsla)
    assert counted["timeout"] == len(late) and counted["failed"] == 0
    wait_until_nothing_is_left(vizsla, 2)
    assert len(vizsla.trace(TRACE)) == SPANS
    assert vizsla.stop() == 0


def test_a_read_ends_when_its_client_has_left(make_vizsla):
    vizsla = make_vizsla().start()
    send_large_trace(vizsla)
    whole = time.monotonic()
    assert len(vizsla.trace(TRACE)) == SPANS
    whole = time.monotonic() - whole
    host, port = vizsla.http.removeprefix("http://").split(":")
    clients = []
    for _ in range(READERS):
        client = socket.create_connection((host, int(port)))
        client.sendall(f"GET {PATH} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        clients.append(client)
    wait_until(lambda: sum(outcomes(vizsla).values()) < READERS // 2 and "vizsla_queries_running" in left_behind(vizsla),
               what="reads at work")
    begin = time.monotonic()
    for client in clients:
        client.close()
    wait_until_nothing_is_left(vizsla, 10)
    took = time.monotonic() - begin
    counted = outcomes(vizsla)
    assert counted["cancelled"] >= READERS // 2, counted
    assert took < READERS * whole / 2, f"{took:.2f} s after they had left; one read takes {whole:.2f} s"
    assert samples(vizsla)["vizsla_http_clients_left_total", frozenset()] >= counted["cancelled"]
    assert len(vizsla.trace(TRACE)) == SPANS
    assert vizsla.stop() == 0


def test_a_read_ends_at_its_memory(make_vizsla):
    vizsla = make_vizsla("--set", "query.memory_bytes=64 MiB").start()
    send_large_trace(vizsla)
    send(vizsla, chunk(8, 1, 100))
    refused = vizsla.get(PATH)
    assert refused.status_code == 413 and "query.memory_bytes" in refused.text, refused.text
    assert outcomes(vizsla)["limit"] == 1
    wait_until_nothing_is_left(vizsla, 2)
    assert len(vizsla.trace(8)) == 100
    send(vizsla, chunk(9, 1, 100))
    assert len(vizsla.trace(9)) == 100
    assert vizsla.stop() == 0


def test_traces_that_memory_does_not_hold_are_listed_and_opened(make_vizsla):
    """Two that it holds one after the other, and one that it doesn't hold at all: of that, too, each span can be read."""
    vizsla = make_vizsla("--set", "query.memory_bytes=64 MiB").start()
    sizes = {21: 60_000, 22: 60_000, 23: 250_000, 24: 100}
    for trace, size in sizes.items():
        for first in range(1, size, 10_000):
            send(vizsla, [{key: value for key, value in span.items() if key != "meta"} for span in chunk(trace, first, min(size, 10_000))])
    listed = vizsla.get("/api/ui/traces").json()["traces"]
    assert {int(trace["trace_id"], 16): trace["spans"] for trace in listed} == {**sizes, 23: None}
    # Of that one its newest span is shown.
    assert {int(trace["trace_id"], 16): trace["resource"] for trace in listed} == {**dict.fromkeys(sizes, "GET /0"), 23: "GET /49"}
    # Page by page, too, each once.
    paged, after = [], {}
    while after is not None and len(paged) < 10:
        page = vizsla.get("/api/ui/traces", limit=1, **after).json()
        paged += [int(trace["trace_id"], 16) for trace in page["traces"]]
        after = {"cursor": page["cursor"]} if page["cursor"] else None
    assert paged == [24, 23, 22, 21]
    assert vizsla.get("/api/ui/traces/23/skeleton").status_code == 413
    last = vizsla.get("/api/ui/traces/23/spans/149999").json()["spans"]
    assert [(span["span_id_decimal"], span["resource"], span["metrics"]["n"]) for span in last] == [("149999", "GET /48", 9998)]
    both = vizsla.get("/api/ui/traces/23/spans", ids="1,77777").json()["spans"]
    assert [span["span_id_decimal"] for span in both] == ["1", "77777"]
    assert vizsla.get("/api/ui/traces/22/spans/150000").status_code == 404
    wait_until_nothing_is_left(vizsla, 2)
    assert vizsla.stop() == 0


def test_spans_are_taken_beside_many_reads(make_vizsla):
    vizsla = make_vizsla(*MUCH_MEMORY).start()
    send_large_trace(vizsla)
    readers = subprocess.Popen([sys.executable, "-c", READ_FOR_EVER, vizsla.http.removeprefix("http://"), PATH, str(READERS)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert readers.stdout.readline() == "200\n"
        connection = http.client.HTTPConnection(vizsla.apm.removeprefix("http://"), timeout=30)
        took = []
        for payload in range(150):
            body = msgpack.packb([chunk(1000 + payload, 1, 100)])
            begin = time.monotonic()
            connection.request("PUT", "/v0.4/traces", body, {"Content-Type": "application/msgpack"})
            answer = connection.getresponse()
            answer.read()
            took.append(time.monotonic() - begin)
            assert answer.status == 200
            time.sleep(0.02)
    finally:
        readers.communicate("", timeout=30)
    p99 = statistics.quantiles(took, n=100)[98]
    # Far from what it is on a quiet machine; a payload that waits for a read waits for longer.
    assert p99 < 1, f"p50 {statistics.median(took):.3f} s, p99 {p99:.3f} s"
    print(f"\n  p50 {statistics.median(took) * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, max {max(took) * 1000:.1f} ms beside {READERS} reads")
    for payload in range(150):
        assert len(vizsla.trace(1000 + payload)) == 100
    wait_until_nothing_is_left(vizsla, 10)
    assert vizsla.stop() == 0
