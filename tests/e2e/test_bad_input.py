"""What nobody should send, and bad days: a specific answer, counted by its reason, no crash, and no neighbour harmed."""
import json
import os
import random
import shutil
import socket
import struct
import subprocess
import time

import msgpack
import pytest
import requests

from conftest import BINARY, wait_until

ROUTES = ["/v0.3/traces", "/v0.4/traces", "/v0.5/traces"]


def span(trace: int = 1, **fields) -> dict:
    return {"trace_id": trace, "span_id": 1, "service": "s", "name": "n", "resource": "r", "start": time.time_ns(), "duration": 1, **fields}


def v05(trace: int) -> bytes:
    return msgpack.packb([["", "s", "n", "r"], [[[1, 2, 3, trace, 1, 0, time.time_ns(), 1, 0, {}, {}, 0]]]])


@pytest.fixture
def neighbour(vizsla):
    """A good trace that must be there, unharmed, after whatever the test did."""
    assert vizsla.send("/v0.4/traces", msgpack.packb([[span(777)]])).status_code == 200
    yield
    assert vizsla.running()
    assert len(vizsla.trace(777)) == 1
    counts = vizsla.get("/api/ui/intake").json()["total"]
    assert counts["received"] == counts["stored"] + sum(counts["refused"].values())


def refused(vizsla) -> dict:
    return vizsla.get("/api/ui/intake").json()["total"]["refused"]


def test_truncated_and_random_bytes_on_every_route(vizsla, neighbour):
    dice = random.Random(1)
    good = {"/v0.3/traces": msgpack.packb([[span(5, meta={"a": "b"})]]), "/v0.4/traces": msgpack.packb([[span(5, metrics={"a": 1.5})]]), "/v0.5/traces": v05(5)}
    for route in ROUTES:
        body = good[route]
        for size in range(1, len(body), 3):
            answer = vizsla.send(route, body[:size])
            assert answer.status_code == 400, (route, size)
            assert answer.text.strip()
        for _ in range(100):
            noise = dice.randbytes(dice.randrange(20, 2000))
            assert vizsla.send(route, noise).status_code in (200, 400)
            flipped = bytearray(body)
            flipped[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
            assert vizsla.send(route, bytes(flipped)).status_code in (200, 400)
        for kind in ("application/json", "text/plain", ""):
            assert vizsla.send(route, b"{]", kind).status_code == 400
    outcomes = {payload["outcome"] for payload in vizsla.get("/api/ui/intake").json()["payloads"]}
    assert "invalid_input" in outcomes


def test_msgpack_bombs(vizsla, neighbour):
    bombs = {
        "nesting": b"\x91\x91\x81\xa1x" + b"\x91" * 1_000_000 + b"\xc0",
        "a list of four billion": b"\xdd\xff\xff\xff\xff",
        "a map of four billion": b"\x91\x91\xdf\xff\xff\xff\xff",
        "a string of four gigabytes": b"\x91\x91\x81\xdb\xff\xff\xff\xff",
        "ten million empty traces": b"\xdd\x00\x98\x96\x80" + b"\x90" * 10_000_000,
        "ten million nil spans": b"\x91\xdd\x00\x98\x96\x80" + b"\xc0" * 10_000_000,
    }
    for name, bomb in bombs.items():
        begin = time.monotonic()
        answer = vizsla.send("/v0.4/traces", bomb)
        assert answer.status_code == (200 if "million empty" in name else 400), name
        assert time.monotonic() - begin < 5, name
    table = msgpack.packb(["", "s"])
    for index in (2, 2**32, 2**63):
        body = b"\x92" + table + msgpack.packb([[[1, 1, index, 5, 1, 0, 1, 1, 0, {}, {}, 0]]])
        answer = vizsla.send("/v0.5/traces", body)
        assert answer.status_code == 400 and "index into the table" in answer.text


def test_ids_and_times_that_make_no_sense(vizsla, neighbour):
    bodies = {
        "trace_id_zero": [[span(0)]],
        "span_id_zero": [[span(5, span_id=0)]],
        "foreign_span": [[span(5), span(6, span_id=2)]],
    }
    for reason, body in bodies.items():
        assert vizsla.send("/v0.4/traces", msgpack.packb(body)).status_code == 200
        assert refused(vizsla)[reason] == len(body[0])
    year_2200, year_1970 = 7_258_118_400_000_000_000, 1_000
    assert vizsla.send("/v0.4/traces", msgpack.packb([[span(8, start=year_2200)], [span(9, start=year_1970)]])).status_code == 200
    assert vizsla.trace(8)[0]["startTime"] == year_2200
    assert abs(vizsla.trace(9)[0]["startTime"] - time.time_ns()) < 60e9
    assert vizsla.get("/api/ui/intake").json()["total"]["altered"]["invalid_start_date"] == 1


def test_strings_that_are_not_utf8(vizsla, neighbour):
    body = msgpack.packb([[span(5)]]).replace(b"\xa1r", b"\xa4a\xff\xc3b")
    assert vizsla.send("/v0.4/traces", body).status_code == 200
    assert vizsla.trace(5)[0]["resource"] == "a\ufffd\ufffdb"
    assert "vizsla_strings_repaired_total 1\n" in vizsla.get("/metrics").text


def test_bodies_at_the_limit_and_beyond(vizsla, neighbour):
    limit = 26_214_400
    filler = msgpack.packb([[span(5, meta={"pad": "x"})]])
    pad = limit - len(filler)
    exactly = msgpack.packb([[span(5, meta={"pad": "x" * pad})]])
    exactly = msgpack.packb([[span(5, meta={"pad": "x" * (pad - (len(exactly) - limit))})]])
    assert len(exactly) == limit
    assert vizsla.send("/v0.4/traces", exactly).status_code == 200
    answer = vizsla.send("/v0.4/traces", exactly + b"x")
    assert answer.status_code == 413 and answer.text == "payload-too-large\n"
    assert "payload_too_large" in {payload["outcome"] for payload in vizsla.get("/api/ui/intake").json()["payloads"]}


def test_a_trace_of_two_million_spans(vizsla, neighbour):
    """As small as they get, ten payloads of 200,000; opened, it answers in bounded time."""
    strings = msgpack.packb(["", "s", "n"])
    now = time.time_ns()
    for part in range(10):
        spans = b"".join(b"\x9c\x01\x02\x02\x05" + b"\xce" + struct.pack(">I", 1 + part * 200_000 + i) + b"\x01\xcf" + struct.pack(">Q", now + i) +
                         b"\x05\x00\x80\x80\x00" for i in range(200_000))
        body = b"\x92" + strings + b"\x91\xdd" + struct.pack(">I", 200_000) + spans
        assert len(body) < 26_214_400
        assert vizsla.send("/v0.5/traces", body).status_code == 200
    begin = time.monotonic()
    answer = vizsla.get("/api/ui/traces/5/skeleton")
    assert answer.status_code == 200
    assert time.monotonic() - begin < 25
    assert answer.json()["span_count"] == 2_000_000


def test_clients_that_vanish(vizsla, neighbour):
    host, port = vizsla.apm.removeprefix("http://").split(":")
    for _ in range(50):
        for request in (b"PUT /v0.4/tr", b"PUT /v0.4/traces HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc",
                        b"PUT /v0.4/traces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc"):
            connection = socket.create_connection((host, int(port)))
            connection.sendall(request)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
    assert "vizsla_http_clients_gone_total" in vizsla.get("/metrics").text


def test_a_second_process_on_the_same_folder(make_vizsla, tmp_path):
    make_vizsla(data_dir=tmp_path / "data").start()
    with pytest.raises(RuntimeError, match="is in use by another process, pid"):
        make_vizsla(data_dir=tmp_path / "data").start()


def test_a_port_that_is_taken(make_vizsla):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run([BINARY, "serve", "--data-dir", make_vizsla().data_dir, "--apm-listen", f"127.0.0.1:{port}",
                               "--http-listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    other = port + 10
    assert (f"Port {port} is in use (a Datadog Agent?). Use --apm-listen 127.0.0.1:{other} and "
            f"DD_TRACE_AGENT_URL=http://127.0.0.1:{other}.") in done.stderr


@pytest.mark.skipif(os.geteuid() == 0 and not os.path.exists("/proc/self/attr"), reason="needs a folder that can't be written")
def test_a_folder_that_cannot_be_written(make_vizsla):
    with pytest.raises(RuntimeError, match="cannot make folder /proc/vizsla"):
        make_vizsla(data_dir="/proc/vizsla").start()


def test_settings_that_make_no_sense(tmp_path):
    config = tmp_path / "vizsla.yaml"
    config.write_text("env: demo\nserver:\n  threds: 4\n")
    done = subprocess.run([BINARY, "serve", "--config", config], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert f"{config}, line 3: there is no setting 'server.threds'; did you mean 'server.threads'?" in done.stderr


def test_damaged_files_cost_what_they_held_and_no_more(make_vizsla, tmp_path):
    """A flipped byte in the log, in a block and in its index; each is set aside and reported, the rest serves."""
    data = tmp_path / "data"
    options = ("--set", "store.block_rows=1000", "--set", "store.block_age_s=1")
    vizsla = make_vizsla(*options, data_dir=data).start()
    for block in range(3):
        for trace in range(10):
            body = msgpack.packb([[span(1 + block * 100 + trace, span_id=1 + i, resource=f"r{random.random()}") for i in range(100)]])
            assert vizsla.send("/v0.4/traces", body).status_code == 200
        deadline = time.monotonic() + 20
        while f"vizsla_store_blocks {block + 1}\n" not in vizsla.get("/metrics").text and time.monotonic() < deadline:
            time.sleep(0.05)
    for trace in range(1000, 1010):
        assert vizsla.send("/v0.4/traces", msgpack.packb([[span(trace)]])).status_code == 200
    vizsla.kill()

    def flip(path, at: int) -> None:
        content = bytearray(path.read_bytes())
        content[at] ^= 0x10
        path.write_bytes(content)

    blocks = sorted((data / "spans").glob("*.parquet"))
    flip(blocks[0], blocks[0].stat().st_size // 2)
    flip(sorted((data / "spans").glob("*.index"))[1], 5)  # its header
    flip(sorted((data / "log").glob("*.log"))[-1], -2000)  # in one of the ten frames that aren't in a block

    vizsla = make_vizsla(*options, data_dir=data).start()
    found = {int(s["trace_id"]) for s in vizsla.spans()}
    for trace in range(1, 11):
        vizsla.get(f"/api/v2/trace/{trace}")  # touches every page of the first block
    found = {int(s["trace_id"]) for s in vizsla.spans()}
    assert set(range(201, 211)) <= found, "the sound block"
    assert not set(range(101, 111)) & found, "the block with the damaged index is set aside"
    assert not set(range(1, 11)) & found, "the damaged block is set aside"
    assert len(set(range(1000, 1010)) & found) == 9, "one frame of the log is lost, its neighbours are not"
    assert "vizsla_store_quarantined_blocks_total 2\n" in vizsla.get("/metrics").text
    assert len(list((data / "quarantine").iterdir())) >= 4
    log_text = "".join(vizsla.log)
    assert "is damaged and set aside" in log_text and "bytes are damaged" in log_text
    # It goes on, and a restart finds nothing new to complain about.
    assert vizsla.send("/v0.4/traces", msgpack.packb([[span(5000)]])).status_code == 200
    assert vizsla.stop() == 0
    again = make_vizsla(*options, data_dir=data).start()
    assert {int(s["trace_id"]) for s in again.spans()} == found | {5000}
    assert again.stop() == 0


def test_a_damaged_manifest_is_replaced_by_its_copy_and_two_are_not_guessed_at(make_vizsla, tmp_path):
    data = tmp_path / "data"
    vizsla = make_vizsla("--set", "store.block_age_s=1", data_dir=data).start()
    vizsla.send("/v0.4/traces", msgpack.packb([[span(1)]]))
    manifest, copy = data / "spans/manifest.json", data / "spans/manifest.copy.json"
    wait_until(lambda: manifest.exists() and '"rows":1' in copy.read_text(), what="the block")
    assert vizsla.stop() == 0

    manifest.write_text(manifest.read_text().replace('"rows":1', '"rows":2'))
    vizsla = make_vizsla(data_dir=data).start()
    assert [s["trace_id"] for s in vizsla.spans()] == ["1"]
    assert vizsla.stop() == 0
    assert "manifest.json: its checksum differs" in "".join(vizsla.log) and "going on with its copy" in "".join(vizsla.log)

    for path in (manifest, copy):
        path.write_text(path.read_text().replace('"rows":1', '"rows":2'))
    with pytest.raises(RuntimeError, match="manifest.json: its checksum differs"):
        make_vizsla(data_dir=data).start()
