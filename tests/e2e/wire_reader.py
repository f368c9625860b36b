"""What a tracer's request says, and what must be stored of it: a second reading, which shares nothing with the server's.

Slow and short: msgpack's own unpacker does the work. `read_chunks` gives the spans as they were sent, `stored_rows` what
the details of each must be: the documented normalisation (agent-protocol §5.3 to §5.6) and obfuscation (§6), as far as
recorded traffic has what they change. What it meets beyond that, it refuses to judge.
"""
import dataclasses
import io
import json
import re
import urllib.parse

import msgpack

MASK = (1 << 64) - 1
KINDS = ("", "internal", "server", "client", "producer", "consumer")
FALSE_WORDS = ("", "0", "f", "F", "FALSE", "False", "false")


@dataclasses.dataclass
class Chunk:
    spans: list[dict]  # with the keys of v0.4; `meta`, `metrics`, `links` and `events` are always there
    language: str = ""
    tracer_version: str = ""
    env: str = ""
    app_version: str = ""
    computed_top_level: bool = False
    computed_stats: bool = False
    of_sender: dict[str, str] = dataclasses.field(default_factory=dict)  # tags of the whole payload


def text(value) -> str:
    """Old tracers write strings as bytes, and nil for none."""
    if value is None:
        return ""
    return value.decode("utf-8") if isinstance(value, bytes) else value


def plain_span(wire: dict) -> dict:
    get = lambda name, otherwise=0: wire.get(name) or otherwise
    meta = {text(key): text(value) for key, value in get("meta", {}).items()}
    return {"trace_id": get("trace_id") & MASK, "span_id": get("span_id") & MASK, "parent_id": get("parent_id") & MASK,
            "service": text(get("service", "")), "name": text(get("name", "")), "resource": text(get("resource", "")), "type": text(get("type", "")),
            "start": get("start"), "duration": get("duration"), "error": int(get("error")), "meta": meta,
            "metrics": {text(key): float(value) for key, value in get("metrics", {}).items()},
            "links": get("span_links", []), "events": get("span_events", [])}


def read_v04(body: bytes, is_json: bool) -> list[Chunk]:
    traces = json.loads(body) if is_json else msgpack.unpackb(body, raw=False, strict_map_key=False)
    keyed = [[{text(key): value for key, value in span.items()} for span in trace] for trace in traces]
    return [Chunk([plain_span(span) for span in trace]) for trace in keyed if trace]


def read_v05(body: bytes) -> list[Chunk]:
    table, traces = msgpack.unpackb(body, raw=False, strict_map_key=False)
    names = ("service", "name", "resource", "trace_id", "span_id", "parent_id", "start", "duration", "error", "meta", "metrics", "type")

    def span_of(places: list) -> dict:
        assert len(places) == 12
        span = dict(zip(names, places))
        span |= {name: table[span[name]] for name in ("service", "name", "resource", "type")}
        span["meta"] = {table[key]: table[value] for key, value in span["meta"].items()}
        span["metrics"] = {table[key]: value for key, value in span["metrics"].items()}
        return plain_span(span)
    return [Chunk([span_of(places) for places in trace]) for trace in traces if trace]


class ReaderV10:
    """Maps with small numbers for keys; a string is written once, and named by its number afterwards."""

    PAYLOAD = {1: "strings", 2: "container_id", 3: "language", 4: "language_version", 5: "tracer_version", 6: "runtime_id", 7: "env", 8: "hostname",
               9: "app_version", 10: "attributes", 11: "chunks"}
    CHUNK = {1: "priority", 2: "origin", 3: "attributes", 4: "spans", 5: "dropped", 6: "trace_id", 7: "mechanism"}
    SPAN = {1: "service", 2: "name", 3: "resource", 4: "span_id", 5: "parent_id", 6: "start", 7: "duration", 8: "error", 9: "attributes", 10: "type",
            11: "links", 12: "events", 13: "env", 14: "version", 15: "component", 16: "kind"}
    STRINGS = {"container_id", "language", "language_version", "tracer_version", "runtime_id", "env", "hostname", "app_version", "origin", "service", "name",
               "resource", "type", "version", "component", "tracestate"}

    def __init__(self, body: bytes):
        self.items = msgpack.Unpacker(io.BytesIO(body), raw=False, strict_map_key=False, max_buffer_size=1 << 30)
        self.table, self.numbers = [""], {"": 0}

    def string(self) -> str:
        item = self.items.unpack()
        if isinstance(item, int):
            return self.table[item]
        if item not in self.numbers:
            self.numbers[item] = len(self.table)
            self.table.append(item)
        return item

    def value(self):
        match self.items.unpack():
            case 1:
                return self.string()
            case 6:
                return [self.value() for _ in range(self.items.read_array_header() // 2)]
            case 7:
                return self.triples()
            case 2 | 3 | 4 | 5:
                return self.items.unpack()
        raise AssertionError("a type of attribute that nobody knows")

    def triples(self) -> dict:
        size = self.items.read_array_header()
        assert size % 3 == 0
        return {self.string(): self.value() for _ in range(size // 3)}

    def map(self, names: dict[int, str]) -> dict:
        return {name: self.part(name) for name in (names[self.items.unpack()] for _ in range(self.items.read_map_header()))}

    def part(self, name: str):
        if name in self.STRINGS:
            return self.string()
        if name == "attributes":
            return self.triples()
        if name == "strings":
            return [self.string() for _ in range(self.items.read_array_header())]
        if name in ("chunks", "spans"):
            return [self.map(self.CHUNK if name == "chunks" else self.SPAN) for _ in range(self.items.read_array_header())]
        item = self.items.unpack()
        assert name not in ("links", "events") or item in (None, []), "no recording has any"
        return item


def read_v10(body: bytes) -> list[Chunk]:
    if body == b"\x90":  # a probe
        return []
    payload = ReaderV10(body).map(ReaderV10.PAYLOAD)
    chunks = []
    for wire in payload.get("chunks", []):
        spans = []
        for sent in wire["spans"]:
            attributes = sent.get("attributes", {})
            meta = {key: value for key, value in attributes.items() if isinstance(value, str)}
            # Fields that stand for tags; an empty one stands for none.
            meta |= {name: sent[name] for name in ("env", "version", "component") if sent.get(name)}
            meta |= {"span.kind": KINDS[sent["kind"]]} if sent.get("kind") else {}
            metrics = {key: value for key, value in attributes.items() if isinstance(value, (bool, int, float))}
            assert all(isinstance(value, (str, bool, int, float, bytes)) for value in attributes.values()), "no recording has other types"
            spans.append(plain_span({**sent, "trace_id": int.from_bytes(wire["trace_id"][8:], "big"), "meta": meta, "metrics": metrics}))
        # What the chunk says goes to its first span, unless that says it itself.
        high = int.from_bytes(wire["trace_id"][:8], "big")
        said = {"_dd.p.tid": f"{high:016x}"} if high else {}
        said |= {"_dd.origin": wire["origin"]} if wire.get("origin") else {}
        said |= {"_dd.p.dm": f"-{wire['mechanism']}"} if wire.get("mechanism") else {}
        tags = {key: value for key, value in wire.get("attributes", {}).items() if key != "service"}
        assert all(isinstance(value, str) for value in tags.values()), "no recording has others"
        spans[0]["meta"] = {**said, **tags, **spans[0]["meta"]}
        if wire.get("priority", -128) != -128:
            spans[0]["metrics"].setdefault("_sampling_priority_v1", float(wire["priority"]))
        of_sender = {**payload.get("attributes", {}), "runtime-id": payload.get("runtime_id", "")}
        chunks.append(Chunk(spans, payload.get("language", ""), payload.get("tracer_version", ""), payload.get("env", ""), payload.get("app_version", ""),
                            of_sender={key: value for key, value in of_sender.items() if value}))
    return chunks


def read_chunks(path: str, headers: list[list[str]], body: bytes) -> list[Chunk]:
    """The chunks of a request to a trace route."""
    given = {name.lower(): value for name, value in headers}
    is_json = "json" in given.get("content-type", "json")
    if path == "/v0.5/traces":
        chunks = read_v05(body)
    elif path == "/v1.0/traces":
        chunks = read_v10(body)
    else:
        assert path in ("/v0.2/traces", "/v0.3/traces", "/v0.4/traces"), path
        chunks = read_v04(body, is_json)
    for chunk in chunks:
        chunk.language = chunk.language or given.get("datadog-meta-lang", "")
        chunk.tracer_version = chunk.tracer_version or given.get("datadog-meta-tracer-version", "")
        if tags := given.get("x-datadog-process-tags"):
            chunk.of_sender.setdefault("_dd.tags.process", tags)
        chunk.computed_top_level = given.get("datadog-client-computed-top-level", "") not in FALSE_WORDS
        chunk.computed_stats = given.get("datadog-client-computed-stats", "") not in FALSE_WORDS
    return chunks


# The documented changes.

def as_operation(name: str) -> str:
    """The metric-name rule of agent-protocol §5.3, in three substitutions."""
    name = re.sub(r"[^A-Za-z0-9.]+", "_", re.sub(r"^[^A-Za-z]+", "", name))
    return re.sub(r"_*\._*", ".", name).rstrip("_") or "unnamed_operation"


def as_tag_value(value: str) -> str:
    """The tag-value rule of §5.3: of short texts, in lower case, with one "_" for whatever a tag can't have."""
    assert len(value) <= 100
    return re.sub(r"[^\w:./-]+|_+", "_", value.lower()).rstrip("_")


def without_literals(statement: str) -> str:
    """How a recorded statement is shown: of the few forms that the captures have."""
    shown = re.sub(r"'[^']*'|\b\d+(\.\d+)?\b", "?", statement)
    values = r"\(\s*\?(\s*,\s*\?)*\s*\)"
    shown = re.sub(rf"{values}(\s*,\s*{values})*", "(?)", shown)
    shown = shown.replace("(", " ( ").replace(")", " ) ")
    return re.sub(r"\s+", " ", shown).replace(" ,", ",").strip()


def reprinted(url: str) -> str:
    """Without a name and password, and with a path that is written anew where it holds what a path can't (§6.5)."""
    begin, path, rest = re.fullmatch(r"((?:\w+://[^/?#]*)?)([^?#]*)(.*)", url, re.S).groups()
    begin = re.sub(r"//.*@", "//", begin)
    if not re.fullmatch(r"[\w.~!$&'()*+,;=:@/\[\]%-]*", path, re.A):
        path = urllib.parse.quote(urllib.parse.unquote_to_bytes(path), safe="$&+,/:;=@~")
    return begin + path + rest


def stored_meta(span: dict) -> dict[str, str]:
    """The tags that stay, as they stay."""
    stored = {}
    for key, value in span["meta"].items():
        assert len(key) <= 200 and len(value) <= 25_000, "no recording has longer ones"
        if key == "http.status_code" and not re.fullmatch(r"[1-5]\d\d", value):
            continue
        if span["type"] in ("sql", "cassandra"):
            if key == "sql.query" and not value:
                continue
            if key in ("sql.query", "db.statement", "db.query.text"):
                value = without_literals(value)
        if key in ("env", "peer.service", "_dd.base_service"):
            value = as_tag_value(value)
        if key == "http.url" and span["type"] in ("web", "http"):
            value = reprinted(value)
        assert key.startswith("_") or not re.fullmatch(r"[\d -]{12,}", value), f"{key}={value} could be the number of a card"
        stored[key] = value
    return stored


def stored_resource(span: dict) -> str:
    if not span["resource"]:
        return as_operation(span["name"])
    assert span["type"] not in ("redis", "valkey"), "no recording has any"
    return without_literals(span["resource"]) if span["type"] in ("sql", "cassandra") else span["resource"]


def shown_links(span: dict) -> list[dict]:
    """Of the field of that name, with numbers, and of the tag that stands for it, with hex digits."""
    links = [{**link, "trace_id": f"{link.get('trace_id_high', 0):016x}{link['trace_id']:016x}", "span_id": f"{link['span_id']:016x}"}
             for link in span["links"]] + json.loads(span["meta"].get("_dd.span_links", "[]"))
    return [{"trace_id": link["trace_id"].rjust(32, "0"), "span_id": link["span_id"].rjust(16, "0"), "attributes": link.get("attributes", {}),
             "tracestate": link.get("tracestate", ""), **({"flags": link["flags"] & ~(1 << 31)} if "flags" in link else {})} for link in links]


def plain_value(value: dict):
    """What an attribute of an event in the field `span_events` says."""
    kind = ("string_value", "bool_value", "int_value", "double_value", "array_value")[value.get("type", 0)]
    return [plain_value(each) for each in value[kind]["values"]] if kind == "array_value" else value[kind]


def shown_events(span: dict) -> list[dict]:
    events = [{**event, "attributes": {key: plain_value(value) for key, value in event.get("attributes", {}).items()}} for event in span["events"]]
    events += json.loads(span["meta"].get("events", "[]"))
    return [{"time_ns": str(event["time_unix_nano"]), "name": event["name"], "attributes": event.get("attributes", {})} for event in events]


def root_of(spans: list[dict]) -> dict:
    """From the last to the first: one without a parent, else one whose parent isn't here, else the last."""
    ids = {span["span_id"] for span in spans}
    for is_root in (lambda span: span["parent_id"] == 0, lambda span: span["parent_id"] not in ids):
        for span in reversed(spans):
            if is_root(span):
                return span
    return spans[-1]


def reason_of(decision: str) -> str:
    return {"3": "rule", "8": "rule", "11": "rule", "12": "rule", "4": "manual", "5": "appsec", "9": "otel"}.get(decision.rpartition("-")[2], "auto")


def stored_rows(chunks: list[Chunk]) -> dict[int, list[dict]]:
    """By the low half of the trace id: each span as /api/ui/traces/{id}/spans must show it, but for `service.slot`,
    when and where it was received, and the error, which is read from its tags."""
    rows: dict[int, list[dict]] = {}
    highs: dict[int, int] = {}
    for chunk in chunks:
        spans = chunk.spans
        low = spans[0]["trace_id"]
        root = root_of(spans)
        first = lambda name, where="meta": next((span[where][name] for span in spans if name in span[where]), None)
        high = int(first("_dd.p.tid") or "0", 16)
        highs[low] = highs.get(low) or high
        priority = root["metrics"].get("_sampling_priority_v1", first("_sampling_priority_v1", "metrics"))
        env = chunk.env or root["meta"].get("env") or first("env") or "none"
        version = chunk.app_version or root["meta"].get("version", "")  # of the process, so of the spans of its service
        # What is known of the sender is on the first span of each chunk, unless that says it itself.
        spans[0]["meta"] |= {key: value for key, value in chunk.of_sender.items() if key not in spans[0]["meta"] and key not in spans[0]["metrics"]}
        services = {span["span_id"]: as_tag_value(span["service"]) for span in reversed(spans)}
        for span in spans:
            assert span["service"] and 946_684_800_000_000_000 <= span["start"] and span["duration"] >= 0
            meta, metrics = stored_meta(span), span["metrics"]
            service, parent = as_tag_value(span["service"]), span["parent_id"]
            parent = 0 if parent == span["span_id"] else parent
            is_entry = metrics.get("_dd.top_level") == 1 if chunk.computed_top_level else services.get(parent) != service
            rows.setdefault(low, []).append({
                "trace_id": high, "span_id": f"{span['span_id']:016x}", "span_id_decimal": str(span["span_id"]),
                "parent_id": f"{parent:016x}" if parent else None, "service": service, "operation": as_operation(span["name"]),
                "resource": stored_resource(span), "type": span["type"], "kind": meta.get("span.kind", ""), "status": "error" if span["error"] else "ok",
                "start_ns": str(span["start"]), "duration_ns": span["duration"], "env": meta.get("env") or as_tag_value(env),
                "version": meta.get("version", version if service == as_tag_value(root["service"]) else ""), "language": chunk.language or root["meta"].get("language", ""),
                "tracer_version": chunk.tracer_version, "base_service": meta.get("_dd.base_service", ""), "is_entry": is_entry, "is_root": parent == 0,
                "measured": metrics.get("_dd.measured") == 1, "sampling_priority": None if priority is None else int(priority),
                "ingestion_reason": reason_of(first("_dd.p.dm") or ""),
                "http_status": int(meta.get("http.status_code", metrics.get("http.status_code", 0))), "meta": meta, "metrics": metrics,
                "links": shown_links(span), "events": shown_events(span),
            })
    for low, spans in rows.items():
        for row in spans:
            row["trace_id"] = f"{row['trace_id'] or highs[low]:016x}{low:016x}"
    return rows
