"""What a tracer, or somebody who pretends to be one, sees of the intake below the payloads: the headers of its answers, encodings,
guards, and what HTTP/1.1 allows clients to do to a connection."""
import gzip
import hashlib
import itertools
import os
import resource
import selectors
import socket
import stat
import struct
import threading
import time
import zlib

import msgpack
import pytest
import requests

import prometheus_text
import wire_forms
from conftest import Vizsla, wait_until
from raw_http import Connection, request

NOW = time.time_ns()
FORMS = wire_forms.forms(language_name="python")
RATES = b'{"rate_by_service":{"service:,env:":1}}\n'
BODY_TIMEOUT, HEADER_TIMEOUT, PAUSE = 30, 10, 10  # seconds: see ServerLimits; between two flushes of a tracer
trace_ids = itertools.count(1)


def small(trace_id: int, **fields) -> wire_forms.Chunks:
    span = {"trace_id": trace_id, "span_id": 1, "service": "s", "name": "n", "resource": "r", "start": NOW, "duration": 1, "metrics": {wire_forms.PRIORITY: 1}}
    return [[{**span, **fields}]]


def v04(trace_id: int, **fields) -> bytes:
    return wire_forms.v04(small(trace_id, **fields))


def metric(vizsla: Vizsla, name: str, **labels: str) -> float:
    return prometheus_text.parse(vizsla.get("/metrics").text).get((name, frozenset(labels.items())), 0)


def outcomes(vizsla: Vizsla) -> dict[tuple[str, str], int]:
    return {(payload["route"], payload["outcome"]): payload["requests"] for payload in vizsla.get("/api/ui/intake").json()["payloads"]}


@pytest.fixture(scope="module")
def vizsla(tmp_path_factory):
    """One server for all tests that leave it as it is. After each, its counts must add up."""
    server = Vizsla(tmp_path_factory.mktemp("face") / "data").start()
    yield server
    total = server.get("/api/ui/intake").json()["total"]
    assert total["received"] == total["stored"] + sum(total["refused"].values())
    assert server.stop() == 0, "".join(server.log)


@pytest.fixture(scope="module", autouse=True)
def patient(vizsla):
    """Begun before the first test, looked at in the last ones: a connection that was served and then says nothing, and
    one that stops in the middle of a header."""
    idle, slow = Connection(vizsla.apm), Connection(vizsla.apm)
    assert idle.send(request("GET", "/info")).answer().status == 200
    slow.send(b"PUT /v0.4/traces HTTP/1.1\r\nHost: x\r\nContent-")
    yield {"idle": idle, "slow": slow, "begun": time.monotonic()}
    idle.__exit__()
    slow.__exit__()


# The headers of answers.

def test_the_state_is_the_hash_of_the_info_and_on_every_other_answer(vizsla):
    info = requests.get(vizsla.apm + "/info", timeout=30)
    again = requests.get(vizsla.apm + "/info", timeout=30)
    assert info.content == again.content and int(info.headers["Content-Length"]) == len(info.content)
    state, version = hashlib.sha256(info.content).hexdigest(), info.json()["version"]
    assert "Datadog-Agent-State" not in info.headers and tuple(map(int, version.split("."))) >= (7, 80, 0)

    body = v04(next(trace_ids))
    asked = {
        "stored": ("PUT", "/v0.4/traces", body, {"Content-Type": "application/msgpack"}, 200),
        "stored, old": ("POST", "/v0.3/traces", v04(next(trace_ids)), {"Content-Type": "application/msgpack"}, 200),
        "an Agent's": ("POST", "/api/v0.2/traces", b"", {}, 202),
        "not decodable": ("PUT", "/v0.4/traces", body[:-1], {"Content-Type": "application/msgpack"}, 400),
        "another type": ("PUT", "/v0.2/traces", b"\x90", {"Content-Type": "application/msgpack"}, 415),
        "another encoding": ("PUT", "/v0.4/traces", body, {"Content-Encoding": "br"}, 415),
        "too large": ("PUT", "/services", b" " * ((1 << 20) + 1), {}, 413),
        "another site's": ("PUT", "/v0.4/traces", body, {"Content-Type": "application/msgpack", "Sec-Fetch-Site": "cross-site"}, 403),
        "another method": ("DELETE", "/v0.4/traces", b"", {}, 405),
        "of /info another method": ("PUT", "/info", b"", {}, 405),
        "no such path": ("GET", "/v0.9/traces", b"", {}, 404),
        "statistics": ("POST", "/v0.6/stats", b"\x80", {}, 200),
        "configuration": ("POST", "/v0.7/config", b'{"client":{}}', {}, 200),
        "configuration, of nobody": ("POST", "/v0.7/config", b"{}", {}, 400),
    }
    for name, (method, path, content, headers, status) in asked.items():
        answer = requests.request(method, vizsla.apm + path, data=content, headers=headers, timeout=30)
        assert answer.status_code == status, (name, answer.text)
        assert (answer.headers.get("Datadog-Agent-State"), answer.headers.get("Datadog-Agent-Version")) == (state, version), name
        with Connection(vizsla.socket) as connection:
            same = connection.send(request(method, path, content, **{"Connection": "close", **headers})).answer()
        # Browsers reach no unix socket: nobody is refused there as one.
        assert (same.status, same.headers["datadog-agent-state"]) == (200 if name == "another site's" else status, state), name
    with Connection(vizsla.apm) as connection:
        refused = connection.send(b"NO HTTP\r\n\r\n").answer()
    assert refused.status == 400 and refused.headers["datadog-agent-state"] == state
    for path in ("/", "/healthz", "/api/ui/status"):
        assert not any(name.startswith("Datadog") for name in vizsla.get(path).headers), "that port is no Agent's"


def test_another_configuration_is_another_state(make_vizsla):
    states = set()
    for options in ((), ("--set", "env=prod"), ("--set", "apm_config.ignore_resources=^GET /health$"), ("--set", "apm_config.filter_tags.reject=a:b")):
        vizsla = make_vizsla("--apm-socket", "off", *options).start()
        info = requests.get(vizsla.apm + "/info", timeout=30)
        # All that differs from start to start is the port.
        states.add(info.text.replace(str(info.json()["config"]["receiver_port"]), "PORT"))
        assert requests.get(vizsla.apm + "/x", timeout=30).headers["Datadog-Agent-State"] == hashlib.sha256(info.content).hexdigest()
        assert vizsla.stop() == 0
    assert len(states) == 4


def test_info_has_all_that_tracers_insist_on(vizsla):
    info = requests.get(vizsla.apm + "/info", timeout=30).json()
    for name in ("/v0.3/traces", "/v0.4/traces", "/v0.5/traces", "/v0.7/traces", "/v1.0/traces"):
        assert name in info["endpoints"]
    # libdatadog has no defaults inside of "obfuscation", and knows no null for filters.
    obfuscation = info["config"]["obfuscation"]
    flags = {"": ["elastic_search", "mongo", "sql_exec_plan", "sql_exec_plan_normalize", "remove_stack_traces"],
             "http": ["remove_query_string", "remove_path_digits"], "redis": ["enabled", "remove_all_args"], "memcached": ["enabled", "keep_command"]}
    for part, names in flags.items():
        assert all(isinstance((obfuscation[part] if part else obfuscation)[name], bool) for name in names), part
    for name in ("filter_tags", "filter_tags_regex"):
        assert info[name] == {"require": [], "reject": []}
    assert isinstance(info["obfuscation_version"], int) and info["client_drop_p0s"] is False
    assert info["config"]["receiver_port"] == int(vizsla.apm.rpartition(":")[2]) and info["config"]["receiver_socket"] == vizsla.socket
    assert info["config"]["max_request_bytes"] == 26_214_400 and info["config"]["receiver_timeout"] == BODY_TIMEOUT


def test_rates_are_numbers_and_told_once(vizsla):
    for route in ("/v0.4/traces", "/v0.5/traces", "/v0.7/traces", "/v1.0/traces"):
        plain = vizsla.send(route, b"\x92\x90\x90")
        assert plain.content == RATES and plain.headers["Content-Type"] == "application/json" and "Datadog-Rates-Payload-Version" not in plain.headers
        first = vizsla.send(route, b"\x92\x90\x90", **{"Datadog-Rates-Payload-Version": "5f0-1"})
        version = first.headers["Datadog-Rates-Payload-Version"]
        assert first.content == RATES and all(0 <= rate <= 1 for rate in first.json()["rate_by_service"].values())
        second = vizsla.send(route, b"\x92\x90\x90", **{"Datadog-Rates-Payload-Version": version})
        assert second.content == b"{}\n" and second.headers["Datadog-Rates-Payload-Version"] == version
    for route in ("/spans", "/v0.1/spans", "/v0.2/traces", "/v0.3/traces", "/services", "/v0.1/services", "/v0.2/services", "/v0.3/services", "/v0.4/services"):
        answer = vizsla.send(route, b"[]" if "serv" not in route else b"{}", "application/json")
        assert (answer.content, answer.headers["Content-Type"]) == (b"OK\n", "text/plain"), route


# Paths, probes, golden bytes.

def test_unknown_paths_are_404_so_that_tracers_know_what_is_not_here(vizsla):
    for path in ("/v0.6/traces", "/v0.5/services", "/v0.4/traces/", "/v0.4", "/V0.4/traces", "//v0.4/traces", "/v2.0/traces", "/", "/v0.4/traces/x", "/status"):
        for method, body in (("GET", b""), ("PUT", v04(1)), ("POST", b"")):
            with Connection(vizsla.apm) as connection:
                answer = connection.send(request(method, path, body)).answer()
            assert (answer.status, answer.body) == (404, b"404 page not found\n"), (method, path)
            assert answer.headers["content-type"] == "text/plain; charset=utf-8" and answer.headers["x-content-type-options"] == "nosniff"


PROBES = [("/v0.3/traces", b"\x92\x90\x90"), ("/v0.4/traces", b"\x92\x90\x90"), ("/v0.5/traces", b"\x92\x90\x90"), ("/v0.7/traces", b"\x92\x90\x90"),
          ("/v1.0/traces", b"\x92\x90\x90"), ("/v0.4/traces", b"\x90"), ("/v1.0/traces", b"\x90"), ("/v0.3/traces", b"\x90"), ("/v0.4/traces", b"[]")]


@pytest.mark.parametrize("route, probe", PROBES, ids=lambda value: value.hex() if isinstance(value, bytes) else value)
def test_probes_are_taken_each_time_and_are_no_spans(vizsla, route, probe):
    before = vizsla.get("/api/ui/intake").json()["total"]
    for where in (vizsla.apm, vizsla.socket):
        for method in ("PUT", "POST"):
            with Connection(where) as connection:
                # As Java, .NET and Go send them: without a word about the tracer, some without a type.
                kind = {"content_type": "application/msgpack"} if probe[0] >= 0x80 else {}
                answer = connection.send(request(method, route, probe, **kind)).answer()
                # .NET reads the status from its place in the line, and needs the words behind it.
                assert answer.status_line == "HTTP/1.1 200 OK\r\n"
                assert answer.body == (b"OK\n" if route == "/v0.3/traces" else RATES)
    assert vizsla.get("/api/ui/intake").json()["total"] == before


GOLDEN = {
    "/v0.4/traces": "91918ca773657276696365a3776562a46e616d65ac687474702e72657175657374a87265736f75726365a5474554202f"
                    "a874726163655f696401a77370616e5f696402a9706172656e745f696400a57374617274cf17979cfe362a0000"
                    "a86475726174696f6ece0016e360a56572726f7200a46d65746181a3656e76a3646576a76d65747269637381"
                    "b55f73616d706c696e675f7072696f726974795f7631cb3ff0000000000000a474797065a3776562",
    "/v0.5/traces": "9297a0a3776562ac687474702e72657175657374a5474554202fa3656e76a3646576"
                    "b55f73616d706c696e675f7072696f726974795f763191919c010203010200cf17979cfe362a0000ce0016e36000"
                    "8104058106cb3ff000000000000001",
    "/v1.0/traces": "8303a363707007a36465760b9183010104918a01a377656202ac687474702e7265717565737403a5474554202f0402"
                    "06cf17979cfe362a000007ce0016e3600993a16b01a1760a030d02100206c41000000000000000000000000000000001",
    "/api/v0.2/traces": "0a04686f737412036465762a641203637070325808011a540a03776562120c687474702e72657175657374"
                        "1a05474554202f20012802388080a8b1e39fe7cb1740e0c65b520a0a03656e7612036465765a150a0a5f746f705f6c6576656c"
                        "11000000000000f03f620377656242036465763a06372e38302e30",
}


@pytest.mark.parametrize("route", GOLDEN)
def test_golden_bytes_give_the_golden_span(make_vizsla, route):
    """Agent-protocol §18: what each form must come out as."""
    vizsla = make_vizsla().start()
    kind = "application/x-protobuf" if route.startswith("/api") else "application/msgpack"
    assert vizsla.send(route, bytes.fromhex(GOLDEN[route]), kind).status_code in (200, 202)
    (span,) = vizsla.get("/api/ui/traces/1/spans", ids="2").json()["spans"]
    facts = {"trace_id": f"{1:032x}", "span_id": f"{2:016x}", "parent_id": None, "operation": "http.request", "resource": "GET /", "type": "web",
             "status": "ok", "start_ns": "1700000000000000000", "duration_ns": 1_500_000, "env": "dev", "is_root": True, "is_entry": True, "sampling_priority": 1}
    assert {key: span[key] for key in facts} == facts and span["service"]["name"] == "web"
    # What the forms say beside that.
    more = {"/v1.0/traces": {"k": "v", "span.kind": "server"}, "/api/v0.2/traces": {"_dd.agent_version": "7.80.0"}}
    assert span["meta"] == {"env": "dev", **more.get(route, {})}
    priority = {"_sampling_priority_v1": 1}
    assert span["metrics"] == ({"_top_level": 1, **priority} if route.startswith("/api") else priority)
    assert span["language"] == ("cpp" if route in ("/v1.0/traces", "/api/v0.2/traces") else "")
    if route == "/api/v0.2/traces":
        assert span["host"] == "host"
    assert vizsla.stop() == 0


# Encodings.

def raw_deflate(body: bytes) -> bytes:
    squeezer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeezer.compress(body) + squeezer.flush()


def zstd_frame(*blocks: tuple[int, bytes, int], window_log: int = 17) -> bytes:
    """By hand, so that no library is needed: blocks of (type, content, size), 0 as they are, 1 one byte that is repeated."""
    frame = bytearray(struct.pack("<IBB", 0xFD2FB528, 0, (window_log - 10) << 3))
    for place, (kind, content, size) in enumerate(blocks):
        frame += struct.pack("<I", (place == len(blocks) - 1) | kind << 1 | size << 3)[:3] + content
    return bytes(frame)


def zstd(body: bytes) -> bytes:
    return zstd_frame((0, body, len(body)))


ENCODINGS = {
    "gzip": gzip.compress, "x-gzip": gzip.compress, "GZip": gzip.compress, "deflate": zlib.compress, "deflate, raw": raw_deflate, "zstd": zstd,
    "identity": lambda body: body, "gzip, zstd": lambda body: zstd(gzip.compress(body)),
    "gzip of two members": lambda body: gzip.compress(body[:9]) + gzip.compress(body[9:]),
}


@pytest.mark.parametrize("coding", ENCODINGS)
def test_compressed_bodies_are_taken(vizsla, coding):
    name = coding.removesuffix(", raw").removesuffix(" of two members")
    for form in FORMS.values():
        trace_id = next(trace_ids)
        body = ENCODINGS[coding](form.encode(small(trace_id, resource="x" * 1000)))
        answer = vizsla.send(form.path, body, form.content_type, **{"Content-Encoding": name})
        assert answer.status_code in (200, 202), (form.path, answer.text)
        assert vizsla.trace(trace_id)[0]["resource"] == "x" * 1000
    trace_id = next(trace_ids)
    with Connection(vizsla.apm) as connection:
        body = ENCODINGS[coding](v04(trace_id))
        pieces = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (body[:1], body[1:30], body[30:]))
        head = request("PUT", "/v0.4/traces", content_type="application/msgpack", Content_Encoding=name, Transfer_Encoding="chunked")
        assert connection.send(head.replace(b"Content-Length: 0\r\n", b"") + pieces + b"0\r\n\r\n").answer().status == 200
    assert vizsla.trace(trace_id)


def test_bodies_that_are_not_what_their_encoding_says(vizsla):
    before, count = outcomes(vizsla), metric(vizsla, "vizsla_http_refused_total", reason="malformed")
    good = v04(next(trace_ids))
    bad = {"gzip": [good, gzip.compress(good)[:-5], b"\x1f\x8b" + good, b"\x1f\x8b\x08" + b"\0" * 20],
           "deflate": [b"\x78\x9c" + good, zlib.compress(good)[:-3], good],
           "zstd": [good, zstd(good)[:-1], b"\x28\xb5\x2f\xfd", zstd_frame((0, good, len(good)), window_log=31)], "gzip, gzip": [gzip.compress(good)]}
    for coding, bodies in bad.items():
        for body in bodies:
            answer = vizsla.send("/v0.4/traces", body, **{"Content-Encoding": coding})
            assert (answer.status_code, answer.text) == (400, "malformed HTTP request\n"), (coding, body[:4])
    for coding in ("br", "compress", "gzip, br", "gzip, gzip, gzip", "lz4"):
        answer = vizsla.send("/v0.4/traces", gzip.compress(gzip.compress(gzip.compress(good))), **{"Content-Encoding": coding})
        assert answer.status_code == 415 and "gzip, deflate and zstd are known" in answer.text, coding
    after = outcomes(vizsla)
    counted = lambda outcome: after["/v0.4/traces", outcome] - before.get(("/v0.4/traces", outcome), 0)
    assert counted("malformed_http") == sum(map(len, bad.values())) and counted("unsupported_encoding") == 5
    assert metric(vizsla, "vizsla_http_refused_total", reason="malformed") - count == sum(map(len, bad.values()))


def test_bodies_that_swell_are_refused_and_counted(vizsla):
    limit, before = 26_214_400, outcomes(vizsla)
    swollen = b"\x90" + b" " * (3 * limit)
    zstd_blocks = [(1, b" ", 131_072)] * (3 * limit // 131_072)
    bombs = {"gzip": gzip.compress(swollen, 9), "deflate": zlib.compress(swollen, 9), "zstd": zstd_frame(*zstd_blocks),
             "gzip, gzip": gzip.compress(gzip.compress(swollen, 9), 9)}
    for coding, bomb in bombs.items():
        assert len(bomb) < 100_000
        begin = time.monotonic()
        answer = vizsla.send("/v0.4/traces", bomb, **{"Content-Encoding": coding})
        assert (answer.status_code, answer.text) == (413, "payload-too-large\n"), coding
        assert time.monotonic() - begin < 2, coding
    route = ("/v0.4/traces", "payload_too_large")
    assert outcomes(vizsla)[route] - before.get(route, 0) == len(bombs)
    # Exactly as much as is allowed, and one byte more.
    filler = v04(next(trace_ids), meta={"pad": ""})
    whole = filler.replace(msgpack.packb({"pad": ""}), b"\x81\xa3pad\xdb" + struct.pack(">I", limit - len(filler) - 4) + b"x" * (limit - len(filler) - 4))
    assert len(whole) == limit
    assert vizsla.send("/v0.4/traces", gzip.compress(whole, 1), **{"Content-Encoding": "gzip"}).status_code == 200
    assert vizsla.send("/v0.4/traces", gzip.compress(whole + b"x", 1), **{"Content-Encoding": "gzip"}).status_code == 413


# Who may send.

def test_pages_of_other_sites_cannot_post_spans(vizsla):
    before = metric(vizsla, "vizsla_http_refused_total", reason="not_allowed")
    sent = 0
    for form in FORMS.values():
        for site, taken in {"cross-site": False, "same-site": True, "same-origin": True, "none": True}.items():
            trace_id = next(trace_ids)
            answer = vizsla.send(form.path, form.encode(small(trace_id)), form.content_type, **{"Sec-Fetch-Site": site})
            assert (answer.status_code < 300) == taken, (form.path, site)
            assert vizsla.get(f"/api/v2/trace/{trace_id}").status_code == (200 if taken else 404)
            if not taken:
                sent += 1
                assert (answer.status_code, answer.text) == (403, "cross-site requests are not allowed\n")
    for path in ("/info", "/v0.6/stats", "/profiling/v1/input", "/telemetry/proxy/api/v2/apmtelemetry", "/no/such/path"):
        assert requests.post(vizsla.apm + path, headers={"Sec-Fetch-Site": "cross-site"}, timeout=30).status_code == 403
        sent += 1
    assert metric(vizsla, "vizsla_http_refused_total", reason="not_allowed") - before == sent
    # fetch() of Node says `sec-fetch-mode: cors` and is no browser.
    assert vizsla.send("/v0.4/traces", v04(next(trace_ids)), **{"sec-fetch-mode": "cors"}).status_code == 200


def test_the_ui_port_answers_to_its_own_names_only(vizsla):
    port = vizsla.http.rpartition(":")[2]

    def status(host: str | None, **headers: str) -> int:
        head = request("GET", "/api/ui/status", host=host or "", **headers)
        with Connection(vizsla.http) as connection:
            return connection.send(head if host is not None else head.replace(b"Host: \r\n", b"")).answer().status

    for host in (f"127.0.0.1:{port}", "127.0.0.1", f"localhost:{port}", "LOCALHOST", "[::1]:80", "10.1.2.3", socket.gethostname()):
        assert status(host) == 200, host
    for host in ("rebound.example", f"rebound.example:{port}", "127.0.0.1.rebound.example", "localhost.rebound.example", "", None, "[::1", "1.2.3", "0x7f.1"):
        assert status(host) == 403, host
    for origin in (f"http://127.0.0.1:{port}", "https://127.0.0.1"):
        assert status(f"127.0.0.1:{port}", Origin=origin) == 200, origin
    for origin in ("http://rebound.example", "null", "http://127.0.0.1.rebound.example", "http://localhost:3000", "rebound.example"):
        assert status(f"127.0.0.1:{port}", Origin=origin) == 403, origin
    with Connection(vizsla.http) as connection:
        answer = connection.send(request("POST", "/api/v2/spans/events/search", b"{}", host="rebound.example", content_type="application/json")).answer()
    assert answer.status == 403 and b"http.allowed_hosts" in answer.body


def test_tracers_may_call_the_intake_what_they_like(vizsla):
    """Containers know it under any name, and over a socket some give its path in hex."""
    for where, hosts in {vizsla.apm: ["vizsla.internal:8126", "host.docker.internal", ""], vizsla.socket: ["2f6f7074", "localhost", "rebound.example"]}.items():
        for host in hosts:
            trace_id = next(trace_ids)
            with Connection(where) as connection:
                head = request("PUT", "/v0.4/traces", v04(trace_id), host=host, content_type="application/msgpack", Origin="http://rebound.example")
                assert connection.send(head).answer().status == 200
            assert vizsla.trace(trace_id)


# Connections.

def test_those_who_wait_to_be_told_to_go_on_are_told(vizsla):
    trace_id = next(trace_ids)
    body = v04(trace_id)
    for where in (vizsla.apm, vizsla.socket):
        with Connection(where, timeout=5) as connection:
            head = request("PUT", "/v0.4/traces", body, content_type="application/msgpack", Expect="100-continue")
            assert connection.send(head.removesuffix(body)).answer().status_line == "HTTP/1.1 100 Continue\r\n"
            assert connection.send(body).answer().status == 200
            # The connection goes on; and who doesn't wait is answered too.
            assert connection.send(head).answer().status in (100, 200)
        with Connection(where, timeout=5) as connection:
            head = b"PUT /v0.4/traces HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n"
            assert connection.send(head).answer().status == 413, "nobody should send what won't be taken"
        with Connection(where, timeout=5) as connection:
            assert connection.send(b"PUT /v0.9/traces HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n").answer().status == 404
    assert vizsla.trace(trace_id)


def test_pipelined_requests_are_answered_in_order(vizsla):
    ids = [next(trace_ids) for _ in range(40)]
    chunked = b"PUT /v0.4/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/msgpack\r\nTransfer-Encoding: chunked\r\n\r\n"
    asked, expected = [], []
    for place, trace_id in enumerate(ids):
        body = v04(trace_id)
        match place % 5:
            case 0:
                asked.append(request("PUT", "/v0.4/traces", body, content_type="application/msgpack"))
                expected.append((200, RATES))
            case 1:
                asked.append(request("POST", "/v0.3/traces", body, content_type="application/msgpack"))
                expected.append((200, b"OK\n"))
            case 2:
                asked.append(chunked + b"3\r\n" + body[:3] + b"\r\n%x\r\n" % (len(body) - 3) + body[3:] + b"\r\n0\r\n\r\n")
                expected.append((200, RATES))
            case 3:
                asked.append(request("GET", f"/nothing/{trace_id}"))
                expected.append((404, b"404 page not found\n"))
            case 4:
                asked.append(request("PUT", "/v0.4/traces", body[:-1], content_type="application/msgpack"))
                expected.append((400, None))
    for where in (vizsla.apm, vizsla.socket):
        with Connection(where) as connection:
            connection.send(b"".join(asked))
            answers = [connection.answer() for _ in asked]
        for answer, (status, body) in zip(answers, expected):
            assert answer.status == status and body in (None, answer.body)
    for place, trace_id in enumerate(ids):
        assert vizsla.get(f"/api/v2/trace/{trace_id}").status_code == (200 if place % 5 < 3 else 404)


def test_a_request_may_come_byte_by_byte(vizsla):
    trace_id = next(trace_ids)
    with Connection(vizsla.apm) as connection:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request("PUT", "/v0.4/traces", v04(trace_id), content_type="application/msgpack") * 2:
            connection.send(bytes([byte]))
        assert [connection.answer().status, connection.answer().status] == [200, 200]
    assert len(vizsla.trace(trace_id)) == 1


def test_a_client_that_only_listens_any_more_is_answered(vizsla):
    """It shuts its side down behind the request, as `nc -N` and some scripts do."""
    for where in (vizsla.apm, vizsla.socket):
        ids = [next(trace_ids) for _ in range(3)]
        with Connection(where) as connection:
            connection.send(b"".join(request("PUT", "/v0.4/traces", v04(trace_id), content_type="application/msgpack") for trace_id in ids)).end()
            assert [connection.answer().status for _ in ids] == [200, 200, 200]
            assert connection.is_ended()
        assert all(vizsla.trace(trace_id) for trace_id in ids)


def test_a_client_that_stops_in_the_middle_is_counted_and_harms_nobody(vizsla):
    gone = metric(vizsla, "vizsla_http_clients_gone_total")
    received = vizsla.get("/api/ui/intake").json()["total"]["received"]
    neighbour = Connection(vizsla.apm)
    cut = [request("PUT", "/v0.4/traces", v04(next(trace_ids)), content_type="application/msgpack")[:-5],
           b"PUT /v0.4/traces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc"]
    for place, head in enumerate(cut * 10):
        with Connection(vizsla.apm if place % 2 else vizsla.socket) as connection:
            connection.send(head).end()
            assert connection.is_ended()
        answer = neighbour.send(request("PUT", "/v0.4/traces", v04(next(trace_ids)), content_type="application/msgpack")).answer()
        assert answer.status == 200
    neighbour.__exit__()
    assert metric(vizsla, "vizsla_http_clients_gone_total") - gone == 20
    assert vizsla.get("/api/ui/intake").json()["total"]["received"] - received == 20


HEAD = b"PUT /v0.4/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/msgpack\r\n"
NO_HTTP = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "no version": b"GET\r\n\r\n",
    "a length in words": HEAD + b"Content-Length: many\r\n\r\n", "less than nothing": HEAD + b"Content-Length: -1\r\n\r\n",
    "more than there is": HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n\x90\x90",
    "a length and chunks": HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\x90\r\n0\r\n\r\n",
    "no colon": HEAD + b"No colon\r\n\r\n", "a blank before the colon": HEAD + b"Content-Length : 1\r\n\r\n\x90", "a zero": HEAD + b"A: b\0c\r\n\r\n",
    "half the line ends": HEAD.replace(b"\r\n", b"\n") + b"\n", "no escape": b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
    "no chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "a chunk larger than numbers": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\nabc",
    "too much of a header": b"GET / HTTP/1.1\r\nA: " + b"b" * 70_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("what", NO_HTTP)
def test_what_is_no_http_is_refused_with_a_reason(vizsla, what):
    before = metric(vizsla, "vizsla_http_refused_total", reason="malformed")
    with Connection(vizsla.apm) as connection:
        answer = connection.send(NO_HTTP[what]).answer()
        assert answer.status == (431 if what == "too much of a header" else 400) and answer.body.startswith(b"malformed HTTP request")
        assert what == "no escape" or connection.is_ended()
    assert metric(vizsla, "vizsla_http_refused_total", reason="malformed") - before == 1


def test_what_is_odd_and_still_http_is_taken(vizsla):
    body = v04(next(trace_ids))
    length = b"Content-Length: %d\r\n" % len(body)
    chunks = b"%x;name=value\r\n%s\r\n0\r\nA-Trailer: x\r\n\r\n" % (len(body), body)
    odd = {
        "a header on two lines": HEAD + b"X: a\r\n b\r\n" + length + b"\r\n" + body, "the length twice": HEAD + length * 2 + b"\r\n" + body,
        "names in any case": (HEAD + length).replace(b"Content", b"cONTENT") + b"\r\n" + body,
        "a whole address": HEAD.replace(b"/v", b"http://x/v", 1) + length + b"\r\n" + body,
        "a query": HEAD.replace(b"traces", b"traces?a=b") + length + b"\r\n" + body, "chunks with names": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks,
        "thousands of headers": HEAD + b"".join(b"X%d: a\r\n" % i for i in range(4000)) + length + b"\r\n" + body,
    }
    for what, sent in odd.items():
        with Connection(vizsla.apm) as connection:
            assert connection.send(sent).answer().status == 200, what
            assert connection.send(request("GET", "/info")).answer().status == 200, what
    # Who speaks 1.0 gets 1.0, and a connection that goes on only if it asks for one.
    for wish, ends in ((b"", True), (b"Connection: keep-alive\r\n", False)):
        with Connection(vizsla.apm) as connection:
            connection.send(HEAD.replace(b"HTTP/1.1", b"HTTP/1.0") + wish + length + b"\r\n" + body)
            assert connection.incoming.readline() == b"HTTP/1.0 200 OK\r\n"
            while connection.incoming.readline() != b"\r\n":
                pass
            assert connection.incoming.read(len(RATES)) == RATES
            if ends:
                assert connection.is_ended()
            else:
                assert connection.send(request("GET", "/info")).answer().status == 200
    with Connection(vizsla.apm) as connection:
        assert connection.send(request("GET", "/info", Connection="close")).answer().headers["connection"] == "close" and connection.is_ended()


# The unix socket.

def test_the_socket_lets_every_user_write(vizsla):
    mode = os.stat(vizsla.socket).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o722


def test_a_stale_socket_is_replaced_a_live_one_and_other_files_are_not(make_vizsla, tmp_path):
    path = tmp_path / "apm.socket"
    first = make_vizsla("--apm-socket", str(path)).start()
    with pytest.raises(RuntimeError, match=f"another process listens on {path}"):
        make_vizsla("--apm-socket", str(path)).start()
    with Connection(str(path)) as connection:
        assert connection.send(request("GET", "/info")).answer().status == 200, "the first one goes on"
    first.kill()
    assert path.is_socket(), "left over"

    second = make_vizsla("--apm-socket", str(path), data_dir=first.data_dir).start()
    with Connection(str(path)) as connection:
        assert connection.send(request("PUT", "/v0.4/traces", v04(5), content_type="application/msgpack")).answer().status == 200
    assert second.trace(5) and stat.S_IMODE(path.stat().st_mode) == 0o722
    assert second.stop() == 0 and not path.exists()

    path.write_text("mine")
    with pytest.raises(RuntimeError, match=f"{path} is there and is no socket"):
        make_vizsla("--apm-socket", str(path)).start()
    path.unlink()
    target = tmp_path / "target"
    target.write_text("mine")
    path.symlink_to(target)
    with pytest.raises(RuntimeError, match=f"{path} is there and is no socket"):
        make_vizsla("--apm-socket", str(path)).start()
    assert target.read_text() == "mine"
    with pytest.raises(RuntimeError, match="a socket's path has at most 107 bytes"):
        make_vizsla("--apm-socket", str(tmp_path / ("x" * 120))).start()


# Many clients that say next to nothing.

LORIS, ROOM = 5000, 4096
PATIENCE = 2  # seconds that Node, Python and C++ wait for an answer; 0.2 s and, for new connections, 1.0 s were measured
GROWTH_MAX = 200 << 20  # bytes of resident memory; 66 to 90 MiB were measured


class Loris:
    """Connections that each send a byte of a header now and then, and open anew what the server ends."""

    HEAD = b"PUT /v0.4/traces HTTP/1.1\r\nHost: " + b"a" * 4000

    def __init__(self, where: str, count: int):
        host, port = where.removeprefix("http://").split(":")
        self.address = (host, int(port))
        self.selector = selectors.DefaultSelector()
        self.sent: dict[socket.socket, int] = {}
        self.rounds = self.ended = 0
        self.stopping = threading.Event()
        for _ in range(count):
            self.open()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def open(self) -> None:
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex(self.address)
        self.sent[connection] = 0
        self.selector.register(connection, selectors.EVENT_READ)

    def run(self) -> None:
        while not self.stopping.is_set():
            for connection, place in list(self.sent.items()):
                try:
                    connection.send(self.HEAD[place:place + 1])
                    self.sent[connection] = place + 1
                except BlockingIOError:
                    pass  # not connected yet
                except OSError:
                    self.end(connection)
            self.rounds += 1
            for key, _ in self.selector.select(0.2):
                try:
                    if key.fileobj.recv(4096):
                        continue
                except OSError:
                    pass
                self.end(key.fileobj)

    def end(self, connection: socket.socket) -> None:
        if connection not in self.sent:
            return
        self.selector.unregister(connection)
        del self.sent[connection]
        connection.close()
        self.ended += 1
        self.open()

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join(10)
        for connection in self.sent:
            connection.close()
        self.selector.close()


@pytest.fixture
def many_files():
    """Room for both ends: the server inherits the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * LORIS + 1000
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"needs {wanted} open files, {hard} are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_thousands_that_say_nothing_shut_nobody_out(many_files, make_vizsla):
    """Nine of ten requests of a client that behaves are answered in the time that tracers wait, and none takes twice that, on
    an old connection or a new one each time."""
    vizsla = make_vizsla().start()
    resident = lambda: metric(vizsla, "process_resident_memory_bytes")
    for _ in range(50):
        assert vizsla.send("/v0.4/traces", v04(next(trace_ids))).status_code == 200
    at_rest = resident()
    old = requests.Session()
    assert old.get(vizsla.apm + "/info", timeout=30).status_code == 200
    loris = Loris(vizsla.apm, LORIS)
    loris.thread.start()
    waits: dict[str, list[float]] = {"old": [], "new": []}
    try:
        wait_until(lambda: metric(vizsla, "vizsla_http_connections") > ROOM * 9 // 10, what="nearly every place taken")
        sent, end = [], time.monotonic() + 8
        while time.monotonic() < end:
            for kind, client in {"old": old, "new": requests}.items():
                sent.append(next(trace_ids))
                begin = time.monotonic()
                answer = client.put(vizsla.apm + "/v0.4/traces", data=v04(sent[-1]), headers={"Content-Type": "application/msgpack"}, timeout=30)
                waits[kind].append(time.monotonic() - begin)
                assert answer.status_code == 200
        in_crowd = resident()
    finally:
        loris.stop()
    wait_until(lambda: metric(vizsla, "vizsla_http_connections") < 10, what="the crowd's leaving")
    for kind in waits.values():
        assert sorted(kind)[len(kind) * 9 // 10] < PATIENCE and max(kind) < 2 * PATIENCE, sorted(kind)[-20:]
    assert loris.ended > LORIS - ROOM and metric(vizsla, "vizsla_http_evicted_total") > 0
    assert max(in_crowd, resident()) - at_rest < GROWTH_MAX, (at_rest, in_crowd, resident())
    assert all(vizsla.trace(trace_id) for trace_id in sent[:3] + sent[-3:])
    total = vizsla.get("/api/ui/intake").json()["total"]
    assert total["received"] == total["stored"] == 50 + len(sent)
    assert vizsla.stop() == 0


def test_a_crowd_of_newcomers_does_not_end_connections_that_are_served(many_files, make_vizsla):
    """Tracers keep theirs, and are silent between two flushes: room is made by those that never said anything whole."""
    vizsla = make_vizsla("--set", "server.max_connections=200").start()
    tracers = [Connection(vizsla.apm) for _ in range(5)]
    flush = lambda: request("PUT", "/v0.4/traces", v04(next(trace_ids)), content_type="application/msgpack")
    for tracer in tracers:
        assert tracer.send(flush()).answer().status == 200
    loris = Loris(vizsla.apm, 1200)
    loris.thread.start()
    try:
        for _ in range(2):
            begin, ended = time.monotonic(), loris.ended
            wait_until(lambda: time.monotonic() - begin > 1.5 and loris.ended > ended + 200, what="a pause")
            # All of them wrote before any reads: the server has ended none of them meanwhile.
            for tracer in tracers:
                tracer.send(flush())
            assert [tracer.incoming.peek(1)[:1] for tracer in tracers] == [b"H"] * len(tracers), "each is still there"
            assert {tracer.answer().status for tracer in tracers} == {200}
    finally:
        loris.stop()
        for tracer in tracers:
            tracer.__exit__()
    assert vizsla.stop() == 0


def test_bodies_that_are_announced_and_do_not_come_take_no_room(make_vizsla):
    """Sixty-four times four megabytes are all that may be in memory; here it is one byte each."""
    vizsla = make_vizsla().start()
    head = b"PUT /v0.4/traces HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n\x90" % (4 << 20)
    silent = [Connection(vizsla.apm).send(head) for _ in range(64)]
    wait_until(lambda: metric(vizsla, "vizsla_http_requests_total") >= len(silent), what="their headers being read")
    for _ in range(3):
        begin = time.monotonic()
        answer = vizsla.send("/v0.4/traces", v04(next(trace_ids)))
        assert answer.status_code == 200, answer.text
        assert time.monotonic() - begin < PATIENCE
    for connection in silent:
        connection.__exit__()
    assert vizsla.stop() == 0


@pytest.mark.parametrize("limit", ["1024:4096", "1024:1024"], ids=["that may be raised", "that may not"])
def test_silent_connections_leave_files_for_the_store(many_files, make_vizsla, limit):
    """1,024 open files are what a shell and most services are given: fewer than the connections that the settings allow."""
    vizsla = make_vizsla("--set", "log.segment_bytes=1MiB")
    vizsla.launcher = ("prlimit", f"--nofile={limit}")
    vizsla.start()
    old, waits = requests.Session(), []
    assert old.get(vizsla.apm + "/info", timeout=30).status_code == 200
    loris = Loris(vizsla.apm, 1200)
    loris.thread.start()
    try:
        wait_until(lambda: loris.rounds > 5, what="the crowd's coming")
        for client in (old, requests, old, requests):
            begin = time.monotonic()
            # As much as a segment holds, so that the log needs another file.
            answer = client.put(vizsla.apm + "/v0.4/traces", data=v04(next(trace_ids), meta={"pad": "x" * 1_000_000}), timeout=5,
                                headers={"Content-Type": "application/msgpack"})
            waits.append(time.monotonic() - begin)
            assert answer.status_code == 200, answer.text
        assert vizsla.get("/readyz").status_code == 200
    finally:
        loris.stop()
    assert max(waits) < 2 * PATIENCE
    assert vizsla.stop() == 0
    assert not any("Too many open files" in line for line in vizsla.log)


# Last: what had to wait. Bodies that never end are with the documented answers, in test_api_contract.py.

def test_a_header_that_never_ends_is_given_up(vizsla, patient):
    answer = patient["slow"].answer()
    assert (answer.status, answer.body, answer.headers["connection"]) == (408, b"timeout\n", "close")
    assert time.monotonic() - patient["begun"] > HEADER_TIMEOUT - 1
    assert patient["slow"].is_ended() and metric(vizsla, "vizsla_http_refused_total", reason="too_slow") == 1


def test_an_idle_connection_outlives_the_pause_between_two_flushes(vizsla, patient):
    """An Agent ends connections that have been idle for five seconds; tracers flush every ten."""
    wait_until(lambda: time.monotonic() - patient["begun"] > PAUSE + 2, what="a pause")
    trace_id = next(trace_ids)
    answer = patient["idle"].send(request("PUT", "/v0.4/traces", v04(trace_id), content_type="application/msgpack")).answer()
    assert answer.status == 200 and vizsla.trace(trace_id)
