"""Spans in every form in which they may arrive: one model here, an encoder for each version of the wire.

A payload is a list of chunks, a chunk a list of spans: dicts with the fields of v0.4, but `links` and `events` with
plain values, and `meta_struct` with bytes. What the later versions say of a chunk as a whole (the sampling priority, the
origin, how it was decided, the high half of the trace id) is taken from the tags of its first span, where v0.4 has it.
"""
import base64
import dataclasses
import json
import struct
from collections.abc import Callable

import msgpack

Span = dict
Chunks = list[list[Span]]

MSGPACK = "application/msgpack"
JSON = "application/json"
PROTOBUF = "application/x-protobuf"

PRIORITY, ORIGIN, DECISION, HIGH = "_sampling_priority_v1", "_dd.origin", "_dd.p.dm", "_dd.p.tid"
# What payloads from v0.7 on say of their sender, in the order of the numbers that it has.
PAYLOAD = ("container_id", "language_name", "language_version", "tracer_version", "runtime_id", "env", "hostname", "app_version")
KINDS = ("", "internal", "server", "client", "producer", "consumer")


@dataclasses.dataclass(frozen=True)
class Form:
    path: str
    content_type: str
    encode: Callable[[Chunks], bytes]
    carries_extras: bool = True  # links, events and structured data in fields of their own
    names_sender: bool = False  # the payload says who sends it, not headers


# v0.1 to v0.4.

def any_value(value) -> dict:
    """An attribute of an event: its type, and its value in the field of that type."""
    match value:
        case bool():
            return {"type": 1, "bool_value": value}
        case str():
            return {"type": 0, "string_value": value}
        case int():
            return {"type": 2, "int_value": value}
        case float():
            return {"type": 3, "double_value": value}
    return {"type": 4, "array_value": {"values": [any_value(each) for each in value]}}


def v04_span(span: Span) -> dict:
    wire = {key: value for key, value in span.items() if key not in ("links", "events")}
    if "links" in span:
        wire["span_links"] = [wire_link(link) for link in span["links"]]
    if "events" in span:
        wire["span_events"] = [{**event, "attributes": {key: any_value(value) for key, value in event.get("attributes", {}).items()}}
                               for event in span["events"]]
    return wire


def wire_link(link: dict) -> dict:
    """The highest bit of the flags says that there are any."""
    return {**link, "flags": link["flags"] | 1 << 31} if "flags" in link else link


def json_span(span: Span) -> dict:
    wire = v04_span(span)
    if "meta_struct" in span:
        wire["meta_struct"] = {key: base64.b64encode(value).decode() for key, value in span["meta_struct"].items()}
    return wire


def v01_json(chunks: Chunks) -> bytes:
    return json.dumps([json_span(span) for chunk in chunks for span in chunk]).encode()


def v04_json(chunks: Chunks) -> bytes:
    return json.dumps([[json_span(span) for span in chunk] for chunk in chunks]).encode()


def v04(chunks: Chunks) -> bytes:
    return msgpack.packb([[v04_span(span) for span in chunk] for chunk in chunks])


# v0.5: twelve places a span, strings by number in a table that comes first. It has no place for links and events.

def extras_as_tags(chunks: Chunks) -> Chunks:
    """Links and events in the tags in which tracers put them when the version has no field for them."""
    def moved(span: Span) -> Span:
        meta = dict(span.get("meta", {}))
        if "links" in span:
            meta["_dd.span_links"] = json.dumps([{**link, "trace_id": f"{link.get('trace_id_high', 0):016x}{link['trace_id']:016x}",
                                                  "span_id": f"{link['span_id']:016x}"} for link in span["links"]])
        if "events" in span:
            meta["events"] = json.dumps(span["events"])
        return {key: value for key, value in span.items() if key not in ("links", "events", "meta_struct")} | {"meta": meta}
    return [[moved(span) for span in chunk] for chunk in chunks]


def v05(chunks: Chunks) -> bytes:
    table = {"": 0}
    number = lambda text: table.setdefault(text, len(table))
    traces = [[[number(span["service"]), number(span["name"]), number(span.get("resource", "")), span["trace_id"], span["span_id"],
                span.get("parent_id", 0), span["start"], span["duration"], span.get("error", 0),
                {number(key): number(value) for key, value in span.get("meta", {}).items()},
                {number(key): value for key, value in span.get("metrics", {}).items()}, number(span.get("type", ""))]
               for span in chunk] for chunk in extras_as_tags(chunks)]
    return msgpack.packb([list(table), traces])


# v0.7: spans of v0.4 below what is said of the payload and of each chunk.

def without(tags: dict, *names: str) -> dict:
    return {name: value for name, value in tags.items() if name not in names}


def v07(chunks: Chunks, **payload: str) -> bytes:
    def chunk_of(spans: list[Span]) -> dict:
        first = spans[0]
        meta, metrics = first.get("meta", {}), first.get("metrics", {})
        first = {**first, "meta": without(meta, ORIGIN, DECISION), "metrics": without(metrics, PRIORITY)}
        chunk = {"spans": [v04_span(span) for span in (first, *spans[1:])]}
        if PRIORITY in metrics:
            chunk["priority"] = int(metrics[PRIORITY])
        if ORIGIN in meta:
            chunk["origin"] = meta[ORIGIN]
        if DECISION in meta:
            chunk["tags"] = {DECISION: meta[DECISION]}
        return chunk
    return msgpack.packb({**payload, "chunks": [chunk_of(spans) for spans in chunks]})


# v1.0 and its protobuf twin: the same model, in which tags have types and the chunk has the trace id.

def split_facts(spans: list[Span]) -> tuple[dict, list[Span]]:
    """What the first span says of its chunk, and the spans without it."""
    meta, metrics = spans[0].get("meta", {}), spans[0].get("metrics", {})
    facts = {"trace_id": (int(meta.get(HIGH, "0"), 16) << 64 | spans[0]["trace_id"]).to_bytes(16, "big"), "origin": meta.get(ORIGIN, ""),
             "priority": int(metrics.get(PRIORITY, -128)), "mechanism": int(meta.get(DECISION, "-0").removeprefix("-"))}
    first = {**spans[0], "meta": without(meta, HIGH, ORIGIN, DECISION), "metrics": without(metrics, PRIORITY)}
    return facts, [first, *spans[1:]]


def attributes_of(span: Span) -> dict:
    """What isn't in a field of its own."""
    return {**without(span.get("meta", {}), "env", "version", "component", "span.kind"), **span.get("metrics", {}), **span.get("meta_struct", {})}


class Streaming:
    """Each string is written out the first time, and as its number from then on, in the order of the document."""

    def __init__(self):
        self.table = {"": 0}

    def string(self, text: str) -> str | int:
        if text in self.table:
            return self.table[text]
        self.table[text] = len(self.table)
        return text

    def typed(self, value) -> list:
        """Type and value."""
        match value:
            case str():
                return [1, self.string(value)]
            case bool():
                return [2, value]
            case float():
                return [3, value]
            case int():
                return [4, value]
            case bytes():
                return [5, value]
            case list():
                return [6, [part for each in value for part in self.typed(each)]]
        return [7, self.triples(value)]

    def triples(self, attributes: dict) -> list:
        return [part for key, value in attributes.items() for part in (self.string(key), *self.typed(value))]

    def span(self, span: Span) -> dict:
        meta = span.get("meta", {})
        return {1: self.string(span["service"]), 2: self.string(span["name"]), 3: self.string(span.get("resource", "")), 4: span["span_id"],
                5: span.get("parent_id", 0), 6: span["start"], 7: span["duration"], 8: bool(span.get("error", 0)),
                9: self.triples(attributes_of(span)), 10: self.string(span.get("type", "")),
                11: [self.link(link) for link in span.get("links", [])], 12: [self.event(event) for event in span.get("events", [])],
                13: self.string(meta.get("env", "")), 14: self.string(meta.get("version", "")), 15: self.string(meta.get("component", "")),
                16: KINDS.index(meta.get("span.kind", ""))}

    def link(self, link: dict) -> dict:
        wire = {1: (link.get("trace_id_high", 0) << 64 | link["trace_id"]).to_bytes(16, "big"), 2: link["span_id"],
                3: self.triples(link.get("attributes", {})), 4: self.string(link.get("tracestate", ""))}
        return {**wire, 5: link["flags"] | 1 << 31} if "flags" in link else wire

    def event(self, event: dict) -> dict:
        return {1: event["time_unix_nano"], 2: self.string(event["name"]), 3: self.triples(event.get("attributes", {}))}

    def chunk(self, spans: list[Span]) -> dict:
        facts, spans = split_facts(spans)
        return {1: facts["priority"], 2: self.string(facts["origin"]), 3: [], 4: [self.span(span) for span in spans], 6: facts["trace_id"],
                7: facts["mechanism"]}


def v10(chunks: Chunks, **payload: str) -> bytes:
    strings = Streaming()
    said = {number: strings.string(payload[name]) for number, name in enumerate(PAYLOAD, 2) if name in payload}
    return msgpack.packb({**said, 11: [strings.chunk(spans) for spans in chunks]})


# Protobuf: what an Agent passes on.

def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, content: bytes | str | int | float) -> bytes:
    """Of a message: text, bytes or a message with its length; an integer as a varint; a real number in eight bytes."""
    if isinstance(content, float):
        return varint(number << 3 | 1) + struct.pack("<d", content)
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    content = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(content)) + content


def fixed64(number: int, value: int) -> bytes:
    return varint(number << 3 | 1) + struct.pack("<Q", value)


def entries(number: int, tags: dict) -> bytes:
    """A map: {1 key, 2 value} for each."""
    return b"".join(field(number, field(1, key) + field(2, value)) for key, value in tags.items())


def any_value_message(value) -> bytes:
    match value:
        case bool():
            return field(1, 1) + field(3, value)
        case str():
            return field(2, value)  # type 0, which isn't written
        case int():
            return field(1, 2) + field(4, value)
        case float():
            return field(1, 3) + field(5, value)
    return field(1, 4) + field(6, b"".join(field(1, any_value_message(each)) for each in value))


def span_message(span: Span) -> bytes:
    def link_message(link: dict) -> bytes:
        message = field(1, link["trace_id"]) + field(2, link.get("trace_id_high", 0)) + field(3, link["span_id"])
        message += entries(4, link.get("attributes", {})) + field(5, link.get("tracestate", ""))
        return message + field(6, link["flags"] | 1 << 31) if "flags" in link else message

    def event_message(event: dict) -> bytes:
        attributes = {key: any_value_message(value) for key, value in event.get("attributes", {}).items()}
        return fixed64(1, event["time_unix_nano"]) + field(2, event["name"]) + entries(3, attributes)

    message = field(1, span["service"]) + field(2, span["name"]) + field(3, span.get("resource", "")) + field(4, span["trace_id"])
    message += field(5, span["span_id"]) + field(6, span.get("parent_id", 0)) + field(7, span["start"]) + field(8, span["duration"])
    message += field(9, span.get("error", 0)) + entries(10, span.get("meta", {}))
    message += entries(11, {key: float(value) for key, value in span.get("metrics", {}).items()}) + field(12, span.get("type", ""))
    message += entries(13, span.get("meta_struct", {}))
    message += b"".join(field(14, link_message(link)) for link in span.get("links", []))
    return message + b"".join(field(15, event_message(event)) for event in span.get("events", []))


def agent_payload(chunks: Chunks, **payload: str) -> bytes:
    def chunk_message(spans: list[Span]) -> bytes:
        first = spans[0]
        meta, metrics = first.get("meta", {}), first.get("metrics", {})
        first = {**first, "meta": without(meta, ORIGIN, DECISION), "metrics": without(metrics, PRIORITY)}
        message = field(1, int(metrics.get(PRIORITY, -128))) + field(2, meta.get(ORIGIN, ""))
        message += b"".join(field(3, span_message(span)) for span in (first, *spans[1:]))
        return message + entries(4, {DECISION: meta[DECISION]} if DECISION in meta else {})
    said = b"".join(field(number, payload[name]) for number, name in zip((1, 2, 3, 4, 5, 8, 9, 10), PAYLOAD) if name in payload)
    return field(5, said + b"".join(field(6, chunk_message(spans)) for spans in chunks))


class Numbered:
    """The model of v1.0 in protobuf. Strings lie in a table of the payload; everything else names them by number."""

    def __init__(self):
        self.table = {"": 0}

    def ref(self, text: str) -> int:
        return self.table.setdefault(text, len(self.table))

    def typed(self, value) -> bytes:
        match value:
            case str():
                return field(1, self.ref(value))
            case bool():
                return field(2, value)
            case float():
                return field(3, value)
            case int():
                return field(4, value)
            case bytes():
                return field(5, value)
            case list():
                return field(6, b"".join(field(1, self.typed(each)) for each in value))
        return field(7, self.attributes(1, value))

    def attributes(self, number: int, attributes: dict) -> bytes:
        return b"".join(field(number, field(1, self.ref(key)) + field(2, self.typed(value))) for key, value in attributes.items())

    def span(self, span: Span) -> bytes:
        meta = span.get("meta", {})
        message = field(1, self.ref(span["service"])) + field(2, self.ref(span["name"])) + field(3, self.ref(span.get("resource", "")))
        message += fixed64(4, span["span_id"]) + field(5, span.get("parent_id", 0)) + fixed64(6, span["start"]) + field(7, span["duration"])
        message += field(8, span.get("error", 0)) + self.attributes(9, attributes_of(span)) + field(10, self.ref(span.get("type", "")))
        message += b"".join(field(11, self.link(link)) for link in span.get("links", []))
        message += b"".join(field(12, self.event(event)) for event in span.get("events", []))
        message += field(13, self.ref(meta.get("env", ""))) + field(14, self.ref(meta.get("version", "")))
        return message + field(15, self.ref(meta.get("component", ""))) + field(16, KINDS.index(meta.get("span.kind", "")))

    def link(self, link: dict) -> bytes:
        message = field(1, (link.get("trace_id_high", 0) << 64 | link["trace_id"]).to_bytes(16, "big")) + fixed64(2, link["span_id"])
        message += self.attributes(3, link.get("attributes", {})) + field(4, self.ref(link.get("tracestate", "")))
        return message + field(5, link["flags"] | 1 << 31) if "flags" in link else message

    def event(self, event: dict) -> bytes:
        return fixed64(1, event["time_unix_nano"]) + field(2, self.ref(event["name"])) + self.attributes(3, event.get("attributes", {}))

    def chunk(self, spans: list[Span]) -> bytes:
        facts, spans = split_facts(spans)
        message = field(1, facts["priority"]) + field(2, self.ref(facts["origin"])) + b"".join(field(4, self.span(span)) for span in spans)
        return message + field(6, facts["trace_id"]) + field(7, facts["mechanism"])


def agent_payload_by_number(chunks: Chunks, **payload: str) -> bytes:
    strings = Numbered()
    said = b"".join(field(number, strings.ref(payload[name])) for number, name in enumerate(PAYLOAD, 2) if name in payload)
    said += b"".join(field(11, strings.chunk(spans)) for spans in chunks)
    return field(11, b"".join(field(1, text) for text in strings.table) + said)


def forms(**payload: str) -> dict[str, Form]:
    """Each form; those that say in the payload who sends it say this."""
    by_itself = lambda encode: lambda chunks: encode(chunks, **payload)
    return {
        "v0.1, unnumbered": Form("/spans", JSON, v01_json),
        "v0.1": Form("/v0.1/spans", JSON, v01_json),
        "v0.2": Form("/v0.2/traces", JSON, v04_json),
        "v0.3 JSON": Form("/v0.3/traces", JSON, v04_json),
        "v0.3": Form("/v0.3/traces", MSGPACK, v04),
        "v0.4 JSON": Form("/v0.4/traces", JSON, v04_json),
        "v0.4": Form("/v0.4/traces", MSGPACK, v04),
        "v0.5": Form("/v0.5/traces", MSGPACK, v05, carries_extras=False),
        "v0.7": Form("/v0.7/traces", MSGPACK, by_itself(v07), names_sender=True),
        "v1.0": Form("/v1.0/traces", MSGPACK, by_itself(v10), names_sender=True),
        "an Agent's": Form("/api/v0.2/traces", PROTOBUF, by_itself(agent_payload), names_sender=True),
        "an Agent's, by number": Form("/api/v0.2/traces", PROTOBUF, by_itself(agent_payload_by_number), names_sender=True),
    }
