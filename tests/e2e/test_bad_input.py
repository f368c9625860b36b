"""What nobody should send, and bad days: a specific answer, counted by its reason, no crash, and no neighbour harmed."""
import itertools
import json
import os
import random
import socket
import struct
import subprocess
import time

import msgpack
import pytest
import requests

import wire_forms
from conftest import BINARY, wait_until
from contract import Contract

FORMS = wire_forms.forms(language_name="python")


def span(trace: int = 1, **fields) -> dict:
    return {"trace_id": trace, "span_id": 1, "service": "s", "name": "n", "resource": "r", "start": time.time_ns(), "duration": 1, **fields}


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


@pytest.mark.parametrize("name", FORMS)
def test_truncated_and_random_bytes_in_every_form(vizsla, neighbour, name):
    form, dice = FORMS[name], random.Random(1)
    body = form.encode([[{**span(5), "resource": "GET /", "meta": {"a": "b"}, "metrics": {"c": 1.5}, "links": [{"trace_id": 7, "span_id": 8}],
                          "events": [{"name": "e", "time_unix_nano": 5, "attributes": {"list": [1, 2]}}], "meta_struct": {"x": b"\x80"}}]])
    for size in range(1, len(body), 3):
        answer = vizsla.send(form.path, body[:size], form.content_type)
        assert answer.status_code == 400, (size, answer.text)
        assert answer.text.strip()
    for _ in range(100):
        noise = dice.randbytes(dice.randrange(20, 2000))
        assert vizsla.send(form.path, noise, form.content_type).status_code in (200, 202, 400)
        flipped = bytearray(body)
        flipped[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
        assert vizsla.send(form.path, bytes(flipped), form.content_type).status_code in (200, 202, 400)
    for kind in ("application/json", "text/plain", ""):
        assert vizsla.send(form.path, b"{]", kind).status_code == 400
    outcomes = {payload["outcome"] for payload in vizsla.get("/api/ui/intake").json()["payloads"]}
    assert "invalid_input" in outcomes and "internal" not in outcomes


def test_random_bytes_on_every_route_that_takes_any(vizsla, neighbour):
    """Each answer is one that the document has for the route."""
    contract, dice = Contract(), random.Random(2)
    question = json.dumps({"data": {"type": "search_request", "attributes": {"filter": {"query": "*"}}}}).encode()
    bodies = [b"", b"\0", b"{", b"[[[[", question[:-7], b"\x1f\x8b\x08", b"\xff" * 1000, b"[" * 100_000, b'{"data": [{}]}',
              *(dice.randbytes(dice.randrange(1, 3000)) for _ in range(4))]
    routes = [operation for operation in contract.operations.values() if operation.method in ("PUT", "POST")]
    assert len(routes) > 80
    kinds = ("application/json", "application/msgpack", "multipart/form-data; boundary=x")
    with requests.Session() as session:
        for operation, (place, body) in itertools.product(routes, enumerate(bodies)):
            kind = kinds[place % len(kinds)]
            url = (vizsla.apm if operation.on_agent_port else vizsla.http) + operation.path.format(service="shop", path="some/where", trace_id=77)
            contract.judge(operation.id, session.request(operation.method, url, data=body, headers={"Content-Type": kind}, timeout=30))
    received = vizsla.get("/api/ui/intake").json()["total"]["received"]
    assert received < 20, "noise is no span"


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


MB5 = 5_000_000
SECRET = "s3cr3t"


def literals() -> str:
    return ",".join(f"'{SECRET}{i}'" for i in range(MB5 // 16))


# How each is made, for they are large, and how what is stored of it begins.
STATEMENTS = {
    "a long list": (lambda: f"SELECT * FROM t WHERE a IN ({literals()})", "SELECT * FROM t WHERE a IN ( ? )"),
    "many columns": (lambda: "SELECT " + ", ".join(f"c{i}" for i in range(MB5 // 8)) + f" FROM t WHERE x = '{SECRET}'", "SELECT c0, c1, "),
    "a quote that isn't closed": (lambda: f"SELECT '{SECRET}" + "x" * MB5, "Non-parsable SQL query"),
    "a quote that isn't closed at the end": (lambda: f"SELECT {literals()}, '{SECRET}", "Non-parsable SQL query"),
    "nothing but quotes": (lambda: "SELECT " + "'" * MB5 + "1", "SELECT ?"),
    "nothing but escapes": (lambda: f"SELECT '{SECRET}" + "\\'" * (MB5 // 2), "Non-parsable SQL query"),
    "bytes": (lambda: b"SELECT '" + SECRET.encode() + random.Random(3).randbytes(MB5), "Non-parsable SQL query"),
    "zeros": (lambda: f"SELECT '{SECRET}'" + "\0" * MB5, "Non-parsable SQL query"),
    "parentheses": (lambda: "SELECT " + "(" * MB5, "SELECT ( ( ( "),
    "a comment that isn't closed": (lambda: f"SELECT /* {SECRET}" + "*" * MB5, "Non-parsable SQL query"),
    "comments": (lambda: f"SELECT 1 -- {SECRET}" + "\n--x" * (MB5 // 4), "SELECT ?"),
    "dollars": (lambda: "SELECT " + "$a$ " * (MB5 // 4), "SELECT ?"),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_five_megabytes_of_sql(vizsla, neighbour, name):
    """As resource and as tag: both are stored without a literal, however odd the rest is, in bounded time."""
    make, begins = STATEMENTS[name]
    statement = make()
    body = msgpack.packb([[span(5, type="sql", resource=statement, meta={"sql.query": statement, "kept": "as it is"})], [span(6, meta={"a": "b"})]])
    begin = time.monotonic()
    assert vizsla.send("/v0.4/traces", body).status_code == 200
    assert time.monotonic() - begin < 5
    (stored,) = vizsla.trace(5)
    assert stored["resource"].startswith(begins) and stored["meta"]["sql.query"].startswith(begins)
    assert SECRET not in json.dumps(stored) and stored["meta"]["kept"] == "as it is"
    assert len(stored["resource"]) <= 5000 and len(stored["meta"]["sql.query"]) <= 25_003
    assert vizsla.trace(6)[0]["meta"] == {"a": "b"}
    total = vizsla.get("/api/ui/intake").json()["total"]
    cut = {"resource_truncate": 1, "tag_value_truncate": 1} if len(stored["resource"]) == 5000 else {}
    assert (total["received"], total["stored"], total["refused"], total["altered"]) == (3, 3, {}, cut)


DOCUMENTS = {
    "lists in lists": (lambda: "[" * MB5, "[[["),
    "objects in objects": (lambda: '{"a":' * (MB5 // 5), '{"a":{"a":'),
    "closed again": (lambda: '{"a":' * (MB5 // 10) + f'"{SECRET}"' + "}" * (MB5 // 10), '{"a":{"a":'),
    "a text that isn't closed": (lambda: f'{{"a":"{SECRET}' + "x" * MB5, '{"a":"?"...'),
    "many values": (lambda: json.dumps({f"k{i}": [f"{SECRET}{i}", i, None] for i in range(MB5 // 40)}), '{"k0":["?","?","?"],"k1":'),
    "bytes": (lambda: random.Random(4).randbytes(MB5), "..."),
    "an empty key": (lambda: f'{{"":"{SECRET}"}}', '{"":"?"}'),
    "one behind the other": (lambda: f'{{"a":"{SECRET}"}}' * 100_000, '{"a":"?"}'),
}
DOCUMENT_TAGS = {"mongodb": "mongodb.query", "elasticsearch": "elasticsearch.body", "opensearch": "opensearch.body"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_five_megabytes_of_json_in_a_query(vizsla, neighbour, name):
    make, begins = DOCUMENTS[name]
    document = make()
    spans = [[span(10 + place, type=type, meta={tag: document})] for place, (type, tag) in enumerate(DOCUMENT_TAGS.items())]
    begin = time.monotonic()
    assert vizsla.send("/v0.4/traces", msgpack.packb([*spans, [span(6, meta={"a": "b"})]])).status_code == 200
    assert time.monotonic() - begin < 5
    for place, tag in enumerate(DOCUMENT_TAGS.values()):
        (stored,) = vizsla.trace(10 + place)
        assert stored["meta"][tag].startswith(begins), stored["meta"][tag][:100]
        assert SECRET not in stored["meta"][tag] and len(stored["meta"][tag]) <= 25_003
    assert vizsla.trace(6)[0]["meta"] == {"a": "b"}
    total = vizsla.get("/api/ui/intake").json()["total"]
    assert (total["received"], total["stored"], total["refused"]) == (5, 5, {})


def test_five_megabytes_in_other_tags_that_are_rewritten(vizsla, neighbour):
    tags = {"redis": ("redis.raw_command", f"AUTH {SECRET}\n" * (MB5 // 12), "AUTH ?\nAUTH ?"),
            "memcached": ("memcached.command", f"set k {SECRET}" * (MB5 // 12), ""),
            "web": ("http.url", f"http://u:{SECRET}@h/" + "é" * (MB5 // 2), "http://h/%C3%A9"), "": ("card", "4" * MB5, "444")}
    begin = time.monotonic()
    body = msgpack.packb([[span(20 + place, type=type, meta={tag: text})] for place, (type, (tag, text, _)) in enumerate(tags.items())])
    assert vizsla.send("/v0.4/traces", body).status_code == 200
    assert time.monotonic() - begin < 5
    for place, (tag, _, begins) in enumerate(tags.values()):
        (stored,) = vizsla.trace(20 + place)
        assert stored["meta"][tag].startswith(begins) and SECRET not in stored["meta"][tag] and len(stored["meta"][tag]) <= 25_003


def test_a_span_with_ten_thousand_tags(vizsla, neighbour):
    meta = {f"key.{i}": f"value {i}" for i in range(10_000)}
    metrics = {f"number.{i}": i + 0.5 for i in range(10_000)}
    for trace_id, form in enumerate(FORMS.values(), 100):
        begin = time.monotonic()
        chunks = [[{**span(trace_id), "meta": meta, "metrics": metrics}], [{**span(1000 + trace_id), "meta": {"a": "b"}}]]
        assert vizsla.send(form.path, form.encode(chunks), form.content_type).status_code < 300
        (stored,) = vizsla.get(f"/api/ui/traces/{trace_id}/spans", ids="1").json()["spans"]
        assert time.monotonic() - begin < 3, form.path
        stored["metrics"].pop("_sampling_priority_v1", None)  # v0.7 has no word for "none"
        assert stored["meta"] == meta and stored["metrics"] == metrics
        assert vizsla.trace(1000 + trace_id)[0]["meta"] == {"a": "b"}
    found = vizsla.get("/api/v2/spans/events", **{"filter[from]": "now-1h", "filter[to]": "now+1h", "page[limit]": 1000})
    assert found.status_code == 200 and len(found.json()["data"]) == 2 * len(FORMS) + 1


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
    """As small as they get, ten payloads of 200,000. 400,000 are shown; of more than reads may have in hand the answer says so, soon."""
    strings = msgpack.packb(["", "s", "n"])
    now = time.time_ns()
    for part in range(10):
        spans = b"".join(b"\x9c\x01\x02\x02\x05" + b"\xce" + struct.pack(">I", 1 + part * 200_000 + i) + b"\x01\xcf" + struct.pack(">Q", now + i) +
                         b"\x05\x00\x80\x80\x00" for i in range(200_000))
        body = b"\x92" + strings + b"\x91\xdd" + struct.pack(">I", 200_000) + spans
        assert len(body) < 26_214_400
        assert vizsla.send("/v0.5/traces", body).status_code == 200
        if part not in (1, 9):
            continue
        begin = time.monotonic()
        answer = vizsla.get("/api/ui/traces/5/skeleton")
        assert time.monotonic() - begin < 25
        if part == 1:
            assert answer.status_code == 200 and answer.json()["span_count"] == 400_000
        else:
            assert answer.status_code == 413 and "memory" in answer.json()["message"], answer.text


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


# What is wrong, as YAML below apm_config and as the Agent's variable; and where it is said to be.
BAD_EXPRESSIONS = {
    "ignore_resources": ('ignore_resources: ["^GET /ok$", "(GET"]', "DD_APM_IGNORE_RESOURCES", "^GET /ok$,(GET", "missing )"),
    "filter_tags_regex.reject": ('filter_tags_regex: {reject: ["a:[z-a]"]}', "DD_APM_FILTER_TAGS_REGEX_REJECT", "a:[z-a]", "range"),
    "filter_tags_regex.require": ('filter_tags_regex: {require: ["a:(?=x)"]}', "DD_APM_FILTER_TAGS_REGEX_REQUIRE", '["a:(?=x)"]', "(?="),
    "replace_tags": ("replace_tags: [{name: a, pattern: '*x', repl: y}]", "DD_APM_REPLACE_TAGS", '[{"name":"a","pattern":"*x","repl":"y"}]', "repetition"),
}
BAD_RULES = {
    "an operation": ("span.name", ".*"), "a resource": ("resource.name", "(?s).+"), "everything": ("*", "."), "letter by letter": ("span.name", r"[^\x00]"),
}


def refused_start(tmp_path, *options: str, **variables: str) -> list[str]:
    """What `check-config` and `serve` say, each of which must end with status 2, before anything is made or opened."""
    said = []
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("DD_", "VIZSLA_"))}
    for command in (["check-config"], ["serve", "--data-dir", tmp_path / "data", "--apm-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"]):
        done = subprocess.run([BINARY, *command, *options], capture_output=True, text=True, timeout=20, env={**clean, **variables})
        assert done.returncode == 2, (command, done.stdout, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1 and done.stdout == ""
        said.append(done.stderr)
    assert not (tmp_path / "data").exists()
    return said


@pytest.mark.parametrize("setting", BAD_EXPRESSIONS)
def test_expressions_that_do_not_compile_are_refused_at_the_start(tmp_path, setting):
    yaml, variable, value, wrong = BAD_EXPRESSIONS[setting]
    config = tmp_path / "vizsla.yaml"
    config.write_text(f"env: demo\napm_config:\n  {yaml}\n")
    for said in refused_start(tmp_path, "--config", str(config)):
        assert setting in said and wrong in said
    for name in (variable, "VIZSLA_APM_CONFIG_" + setting.upper().replace(".", "_")):
        for said in refused_start(tmp_path, **{name: value}):
            assert setting in said and wrong in said


@pytest.mark.parametrize("setting", BAD_EXPRESSIONS)
def test_what_does_not_compile_is_named_where_it_was_given(tmp_path, setting):
    """As every other wrong value is: the key in full, and the file and line, or the variable."""
    yaml, variable, value, _ = BAD_EXPRESSIONS[setting]
    config = tmp_path / "vizsla.yaml"
    config.write_text(f"env: demo\napm_config:\n  {yaml}\n")
    for said in refused_start(tmp_path, "--config", str(config)):
        assert f"apm_config.{setting}" in said and f"{config}, line 3" in said
    for said in refused_start(tmp_path, **{variable: value}):
        assert f"apm_config.{setting}" in said and variable in said


@pytest.mark.parametrize("what", BAD_RULES)
def test_rules_that_would_leave_nothing_of_a_name_are_refused(tmp_path, what):
    name, pattern = BAD_RULES[what]
    for repl in ("", "$1", "${none}"):
        for said in refused_start(tmp_path, DD_APM_REPLACE_TAGS=json.dumps([{"name": "a", "pattern": "b"}, {"name": name, "pattern": pattern, "repl": repl}])):
            assert "replace_tags" in said and f'rule 2 (name "{name}")' in said and "nothing would be left of any name" in said


def start_with_rules(make_vizsla, *rules: tuple[str, str]):
    rules = [{"name": name, "pattern": pattern, "repl": ""} for name, pattern in rules]
    return make_vizsla("--set", "apm_config.replace_tags=" + json.dumps(rules)).start()


def test_rules_that_empty_some_names_leave_spans_that_can_be_found(make_vizsla):
    """A name that a rule leaves nothing of is one that nobody gave; a service isn't a tag, so no rule reaches it."""
    vizsla = start_with_rules(make_vizsla, ("span.name", "^web.*"), ("resource.name", "^GET /secret$"), ("service", ".*"), ("service.name", ".*"), ("a", ".+"))
    spans = [span(5, service="shop", name="web.request", resource="GET /secret", meta={"a": "x", "service": "y", "b": "z"}, metrics={"a.number": 1}),
             span(5, span_id=2, parent_id=1, service="shop", name="template", resource="GET /secret"),
             span(5, span_id=3, parent_id=1, name="job", resource="open")]
    assert vizsla.send("/v0.4/traces", msgpack.packb([spans])).status_code == 200
    stored = {row["spanID"]: row for row in vizsla.trace(5)}
    assert [(stored[i]["service"], stored[i]["name"], stored[i]["resource"]) for i in (1, 2, 3)] == [
        ("shop", "unnamed_operation", "unnamed_operation"), ("shop", "template", "template"), ("s", "job", "open")]
    assert stored[1]["meta"] == {"a": "", "b": "z", "service": ""} and stored[1]["metrics"] == {"a.number": 1}
    assert vizsla.get("/api/ui/intake").json()["total"]["refused"] == {}
    assert {service["service"] for service in vizsla.get("/api/ui/intake").json()["services"]} == {"shop", "s"}
    assert vizsla.stop() == 0


def test_rules_that_empty_env_or_host_leave_the_defaults(make_vizsla):
    """They are filled in after tags are replaced (agent-protocol §5.1, step 10): who says none belongs to the default."""
    vizsla = start_with_rules(make_vizsla, ("env", ".*"), ("_dd.hostname", ".*"), ("version", ".*"))
    sent = span(5, meta={"env": "prod", "_dd.hostname": "box", "version": "1"})
    assert vizsla.send("/v0.4/traces", msgpack.packb([[sent, span(5, span_id=2, parent_id=1)]])).status_code == 200
    rows = vizsla.get("/api/ui/traces/5/spans", ids="1,2").json()["spans"]
    assert [row["version"] for row in rows] == ["", ""]
    assert [(row["env"], row["host"]) for row in rows] == [("none", socket.gethostname())] * 2
    assert vizsla.stop() == 0


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
    wait_until(lambda: copy.exists() and '"rows":1' in copy.read_text(), what="the block")
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
