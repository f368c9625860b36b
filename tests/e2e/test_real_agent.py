"""The trace side of Datadog's own Agent, as it is published, in front of Vizsla.

What it gets it passes on; and what comes out is what Vizsla makes of the same payloads without it, span by span and field by field, but for what is
listed here. Each list says why. What isn't on them and differs is a mistake on one of both sides.
"""
import collections
import dataclasses
import functools
import json
import re
import signal
import subprocess
import threading
from collections.abc import Callable

import pytest
import requests

from conftest import ROOT, VECTORS, Vizsla, tracer_environment
from recordings import is_trace_route
from test_captures import written_once
from wire_forms import DECISION, HIGH, ORIGIN, PRIORITY, forms
from wire_reader import KINDS as SPAN_KINDS
from wire_reader import read_chunks, root_of

AGENT = ROOT / ".cache/tracers/real-agent"  # tools/setup builds it
CAPTURES = sorted(path.name for path in (VECTORS / "captures").iterdir())
START = 1_795_262_400_000_000_000
DETAILS_MAX = 1000  # spans in one question


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of Agent, and the port of Vizsla's to which it sends."""
    compression: str
    model: str
    port: str


# Today's turn what comes, in whichever version, into the model of v1.0; older ones into that of v0.4.
KINDS = {"today's": Kind("zstd", "v1.0", "apm"), "older": Kind("gzip", "v0.4", "http")}


class Agent:
    def __init__(self, kind: Kind, vizsla: Vizsla):
        environment = tracer_environment(REAL_AGENT_COMPRESSION=kind.compression, REAL_AGENT_MODEL=kind.model)
        self.process = subprocess.Popen([str(AGENT), getattr(vizsla, kind.port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        self.log: list[str] = []
        self._reader = threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True)
        self._reader.start()
        port = self.process.stdout.readline().strip()
        assert port, "".join(self.log)
        self.url = f"http://127.0.0.1:{port}"

    def stop(self) -> int:
        """SIGTERM; gives the exit status. It has passed on all that it held then."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self._reader.join(5)
        self.process.stdout.close()
        return status

    def complaints(self) -> list[str]:
        return [line for line in self.log if not line.startswith("INFO ")]


@dataclasses.dataclass
class Both:
    """Two servers that have got the same: one from the tracers themselves, one through an Agent, which has ended."""
    kind: Kind
    direct: Vizsla
    behind: Vizsla
    agent: Agent

    def send(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        for url in (self.direct.apm, self.agent.url):
            answer = requests.put(url + path, data=body, headers=headers, timeout=30)
            assert answer.status_code == 200, (url, path, answer.text)


@pytest.fixture(scope="module")
def start_both(tmp_path_factory):
    """A function that starts two servers and an Agent in front of the second."""
    started, processes = [], []

    def start(kind: Kind) -> Both:
        direct, behind = (Vizsla(tmp_path_factory.mktemp("agent") / "data") for _ in range(2))
        for vizsla in (direct, behind):
            processes.append(vizsla.start().process)
        agent = Agent(kind, behind)
        processes.append(agent.process)
        started.append(Both(kind, direct, behind, agent))
        return started[-1]

    yield start
    try:
        for both in started:
            assert both.direct.stop() == 0 and both.behind.stop() == 0, "".join(both.direct.log + both.behind.log)
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.wait(10)


# What may differ.

@dataclasses.dataclass(frozen=True)
class Allowed:
    why: str
    field: str  # a pattern for the whole of it; tags are `meta.key` and `metrics.key`
    accepts: Callable[[object, object], bool]  # what it is without an Agent and behind one, None for a field that isn't there → does it?
    model: str = ""  # of the Agent; "": of each


added = lambda before, after: before is None
ALLOWED = [
    Allowed("the Agent says on which host it runs; without one it is the host from which the tracer sent", "host",
            lambda before, after: after == "agents-host"),
    Allowed("the Agent's version, on the first span of each chunk", "meta._dd.agent_version", lambda before, after: (before, after) == (None, "7.85.1")),
    Allowed("the Agent writes down what it takes for an entry; `is_entry`, which is compared, is what Vizsla takes for one", "metrics._top_level",
            lambda before, after: (before, after) == (None, 1)),
    Allowed("marks of its samplers on the root", "metrics.(_sampling_priority_rate_v1|_dd.no_p_sr)", lambda before, after: (before, after) == (None, 1)),
    Allowed("the rate of the tracer's own sampler, for the Agent's ones", "metrics._dd1.sr.rcusr", lambda before, after: after == 0.5),
    Allowed("tags of the process, which a tracer puts on the first span of a payload, are the payload's behind an Agent: on the first of each chunk",
            r"meta._dd.(tags.process|sdk.otlp_export)", added),
    Allowed("what concerns a chunk is the chunk's behind an Agent, and so on its first span too",
            f"meta.({DECISION}|{ORIGIN}|{HIGH})|metrics.{PRIORITY}", added),
    Allowed("which version a span came in", "meta._dd.convertedv1",
            lambda before, after: before is None and after[:3] in ("v01", "v04", "v05", "v07"), "v1.0"),
    Allowed("a span without a kind, or with one that nobody knows, is an internal one", "kind|meta.span.kind",
            lambda before, after: after == "internal" and (before is None or before not in SPAN_KINDS[1:]), "v1.0"),
    Allowed("what was sent too early or without a start begins when it is received", "start_ns", lambda before, after: 0 < int(after) - int(before) < 30e9),
]

def fields_of(span: dict) -> dict:
    """All that is kept of a span, in one level."""
    tags = {f"{kind}.{key}": value for kind in ("meta", "metrics") for key, value in span[kind].items()}
    rest = {key: value for key, value in span.items() if key not in ("meta", "metrics", "received_ns")}
    return {**rest, **tags, "service": span["service"]["name"]}


def details_of(vizsla: Vizsla, trace_id: int, span_ids: list[int]) -> list[dict]:
    ids, details = sorted(set(span_ids)), []
    if trace_id == 0:
        return []
    for begin in range(0, len(ids), DETAILS_MAX):
        answer = vizsla.get(f"/api/ui/traces/{trace_id}/spans", ids=",".join(map(str, ids[begin:begin + DETAILS_MAX])))
        if answer.status_code == 404:
            return []
        assert answer.status_code == 200, answer.text
        details += answer.json()["spans"]
    return sorted(map(fields_of, details), key=lambda span: (span["span_id"], span["operation"], span["resource"]))


Difference = tuple[str, object, object]  # the field, what it is without an Agent, and what behind one


def differences(before: list[dict], after: list[dict]) -> list[Difference]:
    if len(before) != len(after):
        return [("spans", len(before), len(after))]
    return [(name, left.get(name), right.get(name)) for left, right in zip(before, after)
            for name in sorted(left.keys() | right.keys()) if left.get(name) != right.get(name)]


def allowed_by(kind: Kind, difference: Difference) -> Allowed | None:
    name, before, after = difference
    return next((each for each in ALLOWED if each.model in ("", kind.model) and re.fullmatch(each.field, name) and each.accepts(before, after)), None)


# What tracers sent.

@dataclasses.dataclass
class Recorded:
    both: Both
    sent: int  # spans that the Agent got
    kept: int  # those of them that its samplers keep
    different: dict[str, list[tuple]]  # by capture: what isn't allowed
    used: set[str]  # the allowed ones that were met


def is_kept(spans: list[dict]) -> bool:
    """By the Agent: it follows the tracer's decision, and takes of what was dropped by chance the errors."""
    root = root_of(spans)
    priority = next((span["metrics"][PRIORITY] for span in (root, *spans) if PRIORITY in span["metrics"]), None)
    return priority is None or priority > 0 or (priority == 0 and any(span["error"] for span in spans))


def replay(both: Both) -> Recorded:
    found = Recorded(both, 0, 0, {}, set())
    chunks: dict[str, list[list[dict]]] = {}
    bodies = set()
    for capture in CAPTURES:
        folder = VECTORS / "captures" / capture
        for line in (folder / "requests.jsonl").read_text().splitlines():
            recorded = json.loads(line)
            body = (folder / recorded["body"]).read_bytes()
            if not is_trace_route(recorded["path"]) or body in bodies:
                continue  # the same again: a client's second try
            bodies.add(body)
            headers = {name: value for name, value in recorded["headers"] if name.lower() not in ("host", "content-length", "connection")}
            both.send(recorded["path"], body, headers)
            chunks.setdefault(capture, []).extend(chunk.spans for chunk in read_chunks(recorded["path"], recorded["headers"], body))
    assert both.agent.stop() == 0

    for capture, sent in chunks.items():
        found.sent += sum(map(len, sent))
        found.kept += sum(len(spans) for spans in sent if is_kept(spans))
        by_trace = collections.defaultdict(list)
        for spans in sent:
            if is_kept(spans):
                by_trace[spans[0]["trace_id"]] += [span["span_id"] for span in spans]
        unexplained = found.different[capture] = []
        for trace_id, span_ids in by_trace.items():
            for difference in differences(*(details_of(vizsla, trace_id, span_ids) for vizsla in (both.direct, both.behind))):
                if allowed := allowed_by(both.kind, difference):
                    found.used.add(allowed.why)
                else:
                    unexplained.append((trace_id, *difference))
    return found


@pytest.fixture(scope="module")
def replayed(start_both):
    """A function: by the kind of the Agent."""
    return functools.cache(lambda name: replay(start_both(KINDS[name])))


@pytest.mark.parametrize("kind", KINDS)
def test_an_agent_passes_on_what_it_keeps(replayed, kind):
    recorded = replayed(kind)
    both = recorded.both
    assert both.direct.get("/api/ui/intake").json()["total"]["stored"] == recorded.sent
    intake = both.behind.get("/api/ui/intake").json()
    assert intake["total"] == {"received": recorded.kept, "stored": recorded.kept, "refused": {}, "altered": {}}
    # Each request is answered once: no outcome but these, and nobody had to try again.
    assert {(payload["route"], payload["outcome"]) for payload in intake["payloads"]} == {("/api/v0.2/traces", "accepted"), ("/api/v0.2/stats", "accepted")}
    assert both.agent.complaints() == [] and "trace-agent running" in "".join(both.agent.log)
    assert f"compression={both.kind.compression}" in "".join(both.agent.log)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("capture", CAPTURES)
def test_recorded_spans_are_the_same_with_and_without_an_agent(replayed, kind, capture):
    assert replayed(kind).different[capture] == []


# What we write ourselves: where an Agent changes something, and where two readings of the same rule may part.

CARD = "4111111111111111"
Chunk = list[dict]


def one(meta: dict | None = None, metrics: dict | None = None, **fields) -> Chunk:
    return [{"meta": meta or {}, "metrics": metrics or {}, **fields}]


NAMES = ["", "  ", "Shop Front", "ÜBER Straße", "-shop", "_shop", "1shop", "shop/", "shop _ a", "日本語サービス", "a" * 101, "é" * 60, "é" * 50 + "b", "A B C" * 30,
         "!!!", "shop:prod-1/x", "İstanbul", "ǅ", "Ⅷ", "٣three", "shop\n", "\0shop", "shop\u200d", "𝒮hop", "ﬁ", "K", "a_____", "Ⱥ"]
OPERATIONS = ["123.abc", "a..b", "a._b", "a_.b", "a.b.", ".a", "Web-Request", "a b  c", "é.a", "1.2", "a." * 80, "web.request!", "a-_-b", "a.-.b"]


def names() -> dict[str, Chunk]:
    cases = {f"resource {value[:9]!r}": one(resource=value, name="My Op") for value in ("", " ", "r" * 5001, "é" * 2600)}
    cases |= {f"type {value[:9]!r}": one(type=value) for value in ("t" * 101, "é" * 60)}
    cases |= {f"operation {value[:9]!r} of {len(value)}": one(name=value) for value in NAMES + OPERATIONS}
    for value in NAMES:
        cases |= {f"service {value[:9]!r} of {len(value)}": one(service=value), f"peer.service {value[:9]!r} of {len(value)}": one({"peer.service": value}),
                  f"_dd.base_service {value[:9]!r} of {len(value)}": one({"_dd.base_service": value})}
    return cases


def numbers() -> dict[str, Chunk]:
    cases = {f"duration {value}": one(duration=value) for value in (-1, -2**63, 0, 2**63 - 1, 2**63 - 1 - START, 2**63 - START)}
    cases |= {f"http.status_code {value!r}": one({"http.status_code": value}) for value in (
        "200", "99", "100", "599", "600", "abc", "", "+200", "0200", " 200", "2e2", "200.0", "-200", "18446744073709551616", "１２３", "0x64")}
    cases |= {f"start {value}": one(start=value) for value in (0, 946_684_800_000_000_000 - 1, 946_684_800_000_000_000)}
    cases |= {f"error {value}": one({"error.type": "t", "error.msg": "m", "error.stack": "s"}, error=value) for value in (0, 1, 2)}
    return cases | {
        "metrics": one(metrics={"large": 1e308, "negative": -0.0, "tiny": 5e-324, "whole": 2**53 + 1.0, "http.status_code": 404}),
        "sample rate": one(metrics={"_sample_rate": 0.5}), "sample rate, said before": one(metrics={"_sample_rate": 0.5, "_dd1.sr.rcusr": 0.25}),
        "entry, by the tracer": one(metrics={"_top_level": 1, "_dd.top_level": 1, "_dd.measured": 1}), "snapshot": one(metrics={"_dd.partial_version": 1})}


def tags() -> dict[str, Chunk]:
    return {
        "long keys": one({"k" * 201: "v", "é" * 150: "w", "l" * 200: "u"}, {"m" * 201: 1, "é" * 160: 2}),
        "long values": one({"k": "v" * 25_001, "u": "é" * 13_000, "_dd.appsec.json": "j" * 26_000, "_dd.x.msgpack": "j" * 26_000, "x.json": "j" * 26_000,
                            "_dd." + "k" * 250 + ".json": "1"}),
        "key cut within a character": one({"a" + "é" * 150: "w"}), "value cut within a character": one({"v": "a" + "é" * 13_000}),
        "without a key": one({"": "x", "e": ""}), "number without a key": one(metrics={"": 1}), "zero byte": one({"a": "x\0y"}),
        "of the process": one({"runtime-id": "own", "language": "java"}), "key twice": one({"k": "1"}, {"k": 2})}


def extras() -> dict[str, Chunk]:
    link = {"trace_id": 1, "span_id": 2}
    return {
        "link.name": one(links=[{**link, "attributes": {"link.name": "My Link!", "other": "x y"}}]),
        "links": one(links=[{**link, "trace_id_high": 2, "attributes": {"a": "b"}, "tracestate": "dd=s:1", "flags": 1}, {"trace_id": 0, "span_id": 0},
                            {"trace_id": 2**64 - 1, "span_id": 2**64 - 1, "flags": 0}]),
        "links and events in tags": one({"_dd.span_links": '[{"trace_id":"0000000000000001","span_id":"0000000000000002","attributes":{"a":"b"}}]',
                                         "events": '[{"name":"e","time_unix_nano":5,"attributes":{"a":"b"}}]'}),
        "events": one(events=[{"name": "n", "time_unix_nano": START, "attributes": {
            "s": "x", "b": True, "i": -5, "f": 2.5, "l": ["a", "b"], "li": [1, 2], "lb": [True, False], "lf": [1.5, 2.0]}}, {"name": "", "time_unix_nano": 0},
            {"name": "late", "time_unix_nano": 2**63, "attributes": {"": "x", "e": "", "le": []}}]),
        "structures": one(meta_struct={"appsec": b"\x81\xa1k\x01", "_dd.stack": b"\x90", "empty": b"", "bad": b"\xc1"})}


CARDS = [
    CARD, "4111-1111-1111-1111", "4111 1111 1111 1111", f" {CARD}", f"{CARD} ", f"-{CARD}", CARD[:12], CARD[:11], CARD + "1", "378282246310005",
    "6011111111111117", "5555555555554444", "3530111333300000", "30569309025904", "1234567890123456", "9999999999999999", f"card {CARD}",
    "4111\t111111111111", "4111.1111.1111.1111", "50190000000000", "222100000000", "000000000000", "１１１１１１１１１１１１", "4111--1111--1111--1111", " ".join(CARD),
    "640000000000", "644000000000", "630900000000", "510000000000", "570000000000", "306000000000", "360000000000", "590000000000", "272100000000"]
NO_CARDS = ["_sample_rate", "account_id", "aws_account", "error", "error.msg", "error.type", "error.stack", "graphql.field", "graphql.query", "graphql.type",
            "graphql.operation.name", "grpc.code", "grpc.method", "grpc.request", "http.status_code", "http.method", "runtime-id", "out.host", "out.port",
            "sampling.priority", "span.type", "span.name", "service.name", "service", "sql.query", "error.message", "http.url", "db.statement", "resource.name",
            "thread.id", "process_id", "dd.trace_id", "language", "aws.account", "network.destination.port", "k8s.pod", "customer.id"]


def cards() -> dict[str, Chunk]:
    cases = {f"card {value}": one({"card": value, "_card": value, "sql.query": value}) for value in CARDS}
    cases |= {f"card in {key}": one({key: CARD}) for key in NO_CARDS}
    attributes = {"s": CARD, "i": int(CARD), "l": [CARD, "b"], "li": [int(CARD), 2], "_k": CARD, "error.msg": CARD}
    return cases | {"card in a resource": one(resource=CARD), "card among numbers": one(metrics={"n": int(CARD), "m": 12_345}),
                    "card in component": one({"component": CARD}), "card in peer.service": one({"peer.service": CARD}),
                    "cards in events": one(events=[{"name": "n", "time_unix_nano": START, "attributes": attributes}])}


STATEMENTS = [
    "SELECT * FROM t WHERE a = 'x' AND b = 5", "select a as b, c as d from t as u", "INSERT INTO t VALUES (1,'a'),(2,'b')",
    "SELECT * FROM t WHERE id IN (1, 2, 3)", 'SELECT "a"."b" FROM "t"', "SELECT `a` FROM `t`", "SELECT [a] FROM [t]", "SELECT a FROM b -- c",
    "SELECT /* x */ a FROM b", "# c\nSELECT a", "SELECT a # c\n\nFROM b", "SELECT 'it''s'", "SELECT 'unterminated", 'SELECT "unterminated', "SELECT $1, $2",
    "SELECT ?", "SELECT :name, @x, %s, %(n)s", "SELECT a::int", "SELECT a->>'b' FROM t", "SELECT a @> '{}' FROM t", "SELECT a ?| b", "SELECT a ? 'b'",
    "SELECT $$body$$", "SELECT $tag$body$tag$", "SELECT $func$SELECT 1$func$", "SELECT 0x1F, 1e5, -1, -.5, .5, 1.2e-3, 0777", "SELECT X'ff'",
    "SELECT N'abc'", "SELECT NULL, TRUE, nUlL", "SAVEPOINT x1", "SELECT a;", "SELECT a; SELECT b;", "{call f(1)}", "SELECT {d '2020-01-01'}", "SELECT }",
    "SELECT a LIMIT 5 OFFSET 6", 'SELECT a FROM t WHERE b = "x"', "SELECT é FROM ü", "autovacuum: VACUUM x", "CREATE TABLE t (a int, b varchar(5))",
    "UPDATE t SET a = 1, b = 'x' WHERE c = 3", "DELETE FROM t WHERE a BETWEEN 1 AND 2", "SELECT a FROM t WHERE (b, c) IN ((1,2),(3,4))",
    "SELECT COUNT(*) FROM t", "SELECT a!=b, a<>b, a<=b, a<=>b, a!~b, a~*b", "SELECT ! a", "SELECT !a", "SELECT a % b", "SELECT a ^ b & c | d",
    "WITH x AS (SELECT 1) SELECT * FROM x", "   ", ";", "--", "/* only */", "'x'", "1", "BEGIN", "SELECT \u00a0a", "SELECT\u3000a", "SELECT a\u0085b",
    "SELECT \0", "SELECT 'a\0b'", "SELECT ''", "SELECT ' '", "EXEC sp @a = 1, @b = 'x'", "SELECT * FROM #tmp", "SELECT a#>b, a#>>b, a#-b",
    "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = 1", "SELECT AS [x] y", "SELECT a AS [x] FROM t", 'SELECT a AS "x", b',
    "SELECT a[1], b[2:3]", "SELECT ARRAY[1,2,3]", "SELECT ((1),(2))", "VALUES (1,2), (3,4)", "SELECT f(1, 'a', b)", "SELECT f(?, ?)",
    "SELECT a FROM t WHERE x=1AND y=2", "SELECT 1a", "SELECT t1.a2", "SELECT @@version", "SELECT @", "SELECT :", "SELECT a:=1", "SELECT $", "SELECT $a",
    "SELECT %x", "SELECT %(x", "SELECT (", "IN (1,2", "SELECT 😀", "SELECT '😀'", "SELECT 1--1", "SELECT 1 - 1", "SELECT 1-1", "SELECT a - -1", "SELECT 1.",
    "SELECT 1..2", "SELECT .", "SELECT -", "SELECT -a", "SELECT a.*", "x" * 6000, "SELECT " + "1," * 3000 + "2",
    "SELECT a FROM b WHERE c = 'd" + "x" * 6000 + "'", "SELECT a -> b", "SELECT 1_000", "SELECT 1e+", "SELECT 0x", 'SELECT "a""b"', "//c\nSELECT 1",
    "SELECT 1 / 2", "/* unterminated", "SELECT 1 /* unterminated", "SELECT TOP 5 * FROM t", "SELECT a FROM t WHERE b LIKE '%x%'", "limit ?",
    "SELECT a[1:] FROM t", "SELECT a[$1:$2]", "SELECT a FROM b WHERE c = $?",
    # A text with a backslash may change how the next ones are read.
    "SELECT \\ a", "SELECT 'it\\'s'", "SELECT 'c\\'d' AND e = 'f'", "SELECT 'a\\'", "SELECT 'it\\'s again'"]


def statements() -> dict[str, Chunk]:
    cases = {f"statement {number}, {value[:40]!r}": one(type="sql", resource=value) for number, value in enumerate(STATEMENTS)}
    quoted = "SELECT a FROM b WHERE c = 'd'"
    return cases | {
        "query tags": one({"sql.query": "SELECT 1", "db.statement": "SELECT 2", "db.query.text": "SELECT 'x"}, type="sql", resource="SELECT 1"),
        "empty query tags": one({"sql.query": "", "db.statement": "", "db.query.text": ""}, type="sql", resource="SELECT 1"),
        "query tags, resource that can't be read": one({"sql.query": "SELECT '", "db.statement": "SELECT 2"}, type="sql", resource="SELECT '"),
        "query tag, no resource": one({"sql.query": "SELECT 5"}, type="sql", resource="", name="sql.query"),
        "cassandra": one({"sql.query": quoted}, type="cassandra", resource=quoted), "SQL": one(type="SQL", resource=quoted),
        "db": one(type="db", resource=quoted)}


def dialects() -> dict[str, Chunk]:
    """The blanks keep the Agent from looking the statement up: what it has seen once it doesn't read again."""
    statements = [value for value in STATEMENTS if "\\" not in value and re.search(r"[][#@$?|]|->|\(\(", value)]
    return {f"{database}, {value!r}": one({"db.type": database}, type="sql", resource=value + " " * number)
            for number, database in enumerate(("postgresql", "mssql", "mysql", "oracle"), 1) for value in statements}


COMMANDS = [
    "SET k v", "set k v\nget k\nmset a b c d\ndel x", "AUTH secret", "AUTH user secret", "HELLO 3 AUTH u p", "MIGRATE h 6379 k 0 5000 AUTH pw",
    "APPEND k v", "GETSET k v", "LPUSHX k v", "GEORADIUSBYMEMBER k m 5 km", "SETNX k v", "SISMEMBER k m", "ZRANK k m", "ZSCORE k m", "HSETNX k f v",
    "LREM k 1 v", "LSET k 1 v", "SETBIT k 7 1", "SETEX k 10 v", "SETRANGE k 6 v", "ZINCRBY k 2 m", "SMOVE a b m", 'RESTORE k 0 "x\\n y"',
    "LINSERT k BEFORE p v", "GEOHASH k a b", 'GEOADD k 13.3 38.1 "Palermo" 15 37 "Catania"', "HMSET k a b c d", "HSET k a b c d", "MSET a b c d",
    "MSETNX a b c d", "CONFIG SET a b", "CONFIG GET a", "BITFIELD k SET i5 100 1 GET u4 0", "ZADD k 1 a 2 b", "ZADD k NX CH 1 a", "ACL SETUSER a on >pw",
    "CLIENT LIST", "CLUSTER INFO", "SCRIPT LOAD x", 'EVAL "return 1" 1 k v', 'SET k "a b\\" c"', 'SET k "unterminated', "SET k 'single q'", "  SET k   v ",
    "\nSET k v\n\nGET x\n", "SET k v...", "SE...", "CLIENT LI...", "a\nb\nc\nd", "lpush k a b c", "SET", "AUTH", "HMSET k", "", "SET é ü",
    "SET k v EX 10 NX", "SET k v\r\nGET k\r\n", "ping", "XADD s * f v", "ZADD k", "BITFIELD", "CONFIG", "GEOADD k", "MSET a", 'RPUSH k "a\nb" c',
    'SET k \\"v', 'SET k "v"x y', "BITFIELD k SET i5 100 1 SET u4 0 5", "ZADD k nx incr 1 a", "ZADD k GT 1 alice", "SET\tk\tv", "CONFIG SET a b c d", "é x",
    "   "]
URLS = [
    "http://user:pw@h/p?q=1#f", "http://user@h/", "http://u:p@[::1]:80/x", "https://h/a b", "http://h/%zz", "http://h/%41%2f", "http://h/ü", "/rel?x",
    "//h/p", "http://h:port/", "http:///p", "h", "", "?", "http://h?q", "http://h/?", "http://h/#é", "HTTP://H/P", "mailto:u:p@h", "http://u:p%40@h/",
    "http://u:p@@h/", "http://h/a@b", "http://h/\1", "http://h/{x}|^`", "http://h/%E4%B8%96", "http://h//a/../b", "http://%41/", "http://[::1",
    "http//u:p@h", "http://u:p@h?x=http://a:b@c", "http://é.com/", "jdbc:mysql://u:p@h/db", "u:p@h/x", "http://h/a%2Fb%20c", "http://h/!$&'()*+,;=:@",
    'http://h/"<>', "http://h/\\", "http://h/[x]", "*", "http://:p@h", "http:u:p@h", "http://h/?%zz", "http://u:p@h/a b?c#d e", "http://h/%7e",
    "http://h/a%3fb", "http://h/a+b", "http://u:p@h:port/", "http://u:p@[::1/"]
DOCUMENTS = [
    '{"find":"c","filter":{"a":1,"b":[1,"x",null,true]}}', '{"a":', "[1,2", '{"a":{"b":{"c":1}}}', "", "x", '{"a":1}{"b":2}', '{"a":1}\n{"b":2}',
    '  {"a" : 1 }  ', '{"a":"é\\n"}', '{"a":1,}', "null", "5", '"s"', "[[],{}]", '{"a":[{"b":1},{"b":2}]}', '{"a":-1.5e5}', '{"a\\"b":1}', '{"a":tru',
    '{"a":"x', '{"a":1} x', '{"index":{"_id":1}}\n{"f":"v"}\n', "{1:2}", "{'a':1}", '{"a":01}', '{"a":"x\ny"}', '{"a":1,"a":2}', '{"a" 1}', "}",
    '{"$oid":"x"}', '0"a"', "{ }0"]


def other_queries() -> dict[str, Chunk]:
    cases = {f"{store}, {value!r}": one({f"{store}.raw_command": value}, type=store, resource=value) for store in ("redis", "valkey") for value in COMMANDS}
    cases |= {f"memcached, {value!r}": one({"memcached.command": value}, type="memcached") for value in ("set k 0 0 5\r\nvalue\r\n", "get k", "")}
    cases |= {f"{kind}, {value!r}": one({"http.url": value}, type=kind) for kind in ("http", "web") for value in URLS}
    cases |= {f"mongodb, {value!r}": one({"mongodb.query": value}, type="mongodb", resource=value) for value in DOCUMENTS}
    return cases | {f"{store}, {value!r}": one({"elasticsearch.body": value, "opensearch.body": value}, type=store)
                    for store in ("elasticsearch", "opensearch") for value in DOCUMENTS}


def facts() -> dict[str, Chunk]:
    """What concerns more than one span, or the payload: each in one of its own."""
    span = lambda span_id, parent_id=0, meta=None, metrics=None, **fields: one(meta, metrics, span_id=span_id, parent_id=parent_id, **fields)
    cases = {f"env {value[:9]!r} of {len(value)}": one({"env": value}) for value in NAMES + ["E" * 250, "é" * 250]}
    cases |= {f"kind {value}": one({"span.kind": value}) for value in ("client", "server", "producer", "consumer", "internal", "", "robot", "SERVER")}
    cases |= {f"decision {value}": one({DECISION: value}) for value in ("-3", "-0", "x-1", "934d68-4")}
    return cases | {
        "origin": one({ORIGIN: "synthetics"}), "host": one({"_dd.hostname": "Box 1"}), "version": one({"version": "V 1.2"}),
        "trace id": one({HIGH: "6740000000000001"}),
        "ids are the same": span(5, 5, trace_id=5), "its own parent": span(6, 6), "span id 0": span(0), "a span id 0": span(2) + span(0, 2),
        "trace id 0": one(trace_id=0), "two traces": span(2) + span(3, 2, trace_id=4_000_000_000),
        "ids twice": span(2, name="a") + span(2, name="b", start=START + 5), "root last": span(3, 2) + span(2, 0, metrics={PRIORITY: 2}),
        "priority on a child": span(2) + span(3, 2, metrics={PRIORITY: 2}), "origin on a child": span(2) + span(3, 2, {ORIGIN: "rum"}),
        "no local root": span(2, 9) + span(3, 2, metrics={PRIORITY: 2}), "a circle": span(2, 3) + span(3, 2),
        "decision on a child": span(2) + span(3, 2, {DECISION: "-3"}),
        "trace id on a child": span(2) + span(3, 2, {HIGH: "6740000000000002"}), "env of a child": span(2) + span(3, 2, {"env": "Prod"}),
        "services": span(2, service="a") + span(3, 2, service="b") + span(4, 3, service="B") + span(5, 2, service="a"),
        "version of the root": span(2, 0, {"version": "1.2"}) + span(3, 2)}


GROUPS = {make.__name__: make() for make in (names, numbers, tags, extras, cards, statements, dialects, other_queries, facts)}


@dataclasses.dataclass(frozen=True)
class Parting:
    """Two results that differ for a reason."""
    why: str
    cases: str  # a pattern for their names
    fields: str  # a pattern for the fields that differ, all of them
    model: str = ""  # of the Agent; "": of each


# Ours is what we want, and docs/decisions/0009 says it.
ON_PURPOSE = [
    Parting("the kind of a span counts in any case, as the rule of the statistics has it; the Agent makes what it doesn't know internal", "kind SERVER", "kind",
            model="v1.0"),
    Parting("of several values of one kind in a Redis command the Agent hides one", "(redis|valkey), '(BITFIELD .* SET .* SET .*|CONFIG SET a b c d)'",
            "meta.(redis|valkey).raw_command"),
    Parting("a URL that can't be parsed keeps its password with the Agent", "(http|web), .*(:port|\\[::1/|\\\\x01|//u:p@h|é:p@).*", "meta.http.url"),
]
# Neither is wrong, or the Agent's is.
THE_AGENTS = [
    Parting("the Agent knows flags of ZADD in capital letters only, and not GT and LT: it shows the member", "(redis|valkey), 'ZADD k (nx incr|GT) .*'",
            "meta.(redis|valkey).raw_command"),
    Parting("for the Agent a tab doesn't end a word: it shows the value", r"(redis|valkey), 'SET\\tk\\tv'", "meta.(redis|valkey).raw_command|resource"),
    Parting("what follows a whole document the Agent drops, or shows", "(mongodb|elasticsearch|opensearch), '(0\"a\"|{ }0)'",
            "meta.(mongodb.query|elasticsearch.body|opensearch.body)"),
    Parting("the Agent raises letters beyond ASCII too, which no command has", "(redis|valkey), 'é x'", "resource"),
    Parting("in the model of v1.0 a key has one value; the Agent keeps the number", "key twice", "meta.k", "v1.0"),
    Parting("what has a field of its own in the model of v1.0 isn't looked at for cards", "card in component", "meta.component", "v1.0"),
    Parting("nor are events, since that model", "cards in events", "events", "v1.0"),
    Parting("nor does it cut the keys of numbers", "long keys", r"metrics.m+(\.\.\.)?", "v1.0"),
    Parting("before that model a span that is its own parent is no entry", "its own parent", "is_entry", "v0.4"),
    Parting("before that model it doesn't look at numbers for cards", "card among numbers", "(meta|metrics).n", "v0.4"),
]


@dataclasses.dataclass
class Written:
    both: Both
    different: dict[str, dict[str, list[Difference]]]  # by group and case: what no list of fields allows
    used: set[str]  # the allowed ones that were met


def write(both: Both) -> Written:
    headers = {"Datadog-Meta-Lang": "python", "Datadog-Meta-Tracer-Version": "4.16.0"}
    found, chunks = Written(both, {}, set()), {}
    v04 = forms()["v0.4"]
    for group, cases in GROUPS.items():
        chunks[group] = {name: completed(spans, 1_000_000 * (len(chunks) + 1) + number) for number, (name, spans) in enumerate(cases.items())}
        payload = list(chunks[group].values())
        for part in [[chunk] for chunk in payload] if group == "facts" else [payload]:
            both.send(v04.path, v04.encode(part), {"Content-Type": v04.content_type, **headers})
    chunks["versions"] = {}
    for number, (name, form) in enumerate(forms(language_name="python", tracer_version="4.16.0").items(), 1):
        if form.path.startswith("/api/"):
            continue  # an Agent's own
        spans = chunks["versions"][name] = [{**span, "trace_id": number} for span in written_once()[0]]
        both.send(form.path, form.encode([spans]), {"Content-Type": form.content_type, **({} if form.names_sender else headers)})
    assert both.agent.stop() == 0

    for group, cases in chunks.items():
        found.different[group] = {}
        for name, spans in cases.items():
            rows = (details_of(vizsla, spans[0]["trace_id"], [span["span_id"] for span in spans]) for vizsla in (both.direct, both.behind))
            for difference in differences(*rows):
                if allowed := allowed_by(both.kind, difference):
                    found.used.add(allowed.why)
                else:
                    found.different[group].setdefault(name, []).append(difference)
    return found


def completed(spans: Chunk, trace_id: int) -> Chunk:
    common = {"trace_id": trace_id, "span_id": 1, "parent_id": 0, "service": "shop", "name": "op", "resource": "res", "type": "",
              "start": START, "duration": 1000, "error": 0}
    kept = {} if any(PRIORITY in span["metrics"] for span in spans) else {PRIORITY: 1}
    rates = {**kept, "_dd.agent_psr": 1.0, **spans[0]["metrics"]}
    return [{**common, **span, "metrics": rates if span is spans[0] else span["metrics"]} for span in spans]


@pytest.fixture(scope="module")
def written(start_both):
    """A function: by the kind of the Agent."""
    return functools.cache(lambda name: write(start_both(KINDS[name])))


def parts(each: Parting, kind: Kind, name: str, different: list[Difference]) -> bool:
    return (each.model in ("", kind.model) and re.fullmatch(each.cases, name) is not None
            and all(re.fullmatch(each.fields, field) for field, _, _ in different))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("group", [*GROUPS, "versions"])
def test_written_spans_are_the_same_with_and_without_an_agent(written, kind, group):
    different = written(kind).different[group]
    assert {name: left for name, left in different.items()
            if not any(parts(each, KINDS[kind], name, left) for each in ON_PURPOSE + THE_AGENTS)} == {}


def met(found: Written, parting: Parting) -> dict[str, list[Difference]]:
    return {name: left for cases in found.different.values() for name, left in cases.items() if parts(parting, found.both.kind, name, left)}


def test_nothing_is_allowed_that_does_not_occur(replayed, written):
    allowed = set().union(*(found(kind).used for found in (replayed, written) for kind in KINDS))
    assert {each.why for each in ALLOWED} == allowed
    for parting in ON_PURPOSE + THE_AGENTS:
        for name, kind in KINDS.items():
            assert bool(met(written(name), parting)) == (parting.model in ("", kind.model)), (parting, name)


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_agent_refuses_is_refused_without_one(written, kind):
    both = written(kind).both
    direct, behind = (vizsla.get("/api/ui/intake").json()["total"] for vizsla in (both.direct, both.behind))
    assert direct["refused"] == {"foreign_span": 2, "span_id_zero": 3, "trace_id_zero": 1}
    # Today's takes a chunk of two traces for one of the last; and passes on a trace without an id, which ends here.
    more, refused = (3, {"trace_id_zero": 1}) if KINDS[kind].model == "v1.0" else (0, {})
    assert behind["received"] == direct["stored"] + more and behind["refused"] == refused
    # It says what it mended, and nothing about us.
    assert [line for line in both.agent.complaints() if not re.match(r"WARN \[.*\] -> (spans_malformed|traces_dropped)\(", line)] == []


@pytest.fixture(scope="module")
def thinned(start_both):
    """A function: two servers by the kind of the Agent, of which the tracer's samplers left a single span of the first trace, and nothing of the second."""
    def send(name: str) -> Both:
        both = start_both(KINDS[name])
        first = completed(one(metrics={PRIORITY: 0}, span_id=2) + one(metrics={"_dd.span_sampling.mechanism": 8}, span_id=3, parent_id=2), 5)
        both.send("/v0.4/traces", forms()["v0.4"].encode([first, completed(one(metrics={PRIORITY: -1}), 6)]), {"Content-Type": "application/msgpack"})
        assert both.agent.stop() == 0 and both.agent.complaints() == []
        return both
    return functools.cache(send)


@pytest.mark.parametrize("kind", KINDS)
def test_of_what_is_sampled_out_an_agent_passes_on_the_single_spans(thinned, kind):
    both = thinned(kind)
    shown = lambda vizsla: [span["span_id_decimal"] for trace_id in (5, 6) for span in details_of(vizsla, trace_id, [1, 2, 3])]
    assert shown(both.behind) == ["3"] and shown(both.direct) == ["2", "3", "1"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_trace_of_which_an_agent_leaves_single_spans_says_so(thinned, kind):
    both = thinned(kind)
    warnings = lambda vizsla: {warning["code"] for warning in vizsla.get("/api/ui/traces/5/skeleton").json()["warnings"]}
    assert "sampled_out" in warnings(both.behind) and "sampled_out" not in warnings(both.direct)
