"""The running server against docs/api/openapi.yaml: every operation, every answer that it may give, and nothing beside them."""
import collections
import dataclasses
import gzip
import http.client
import itertools
import json
import re
import socket
import time

import msgpack
import openapi_spec_validator
import pytest
import requests

import prometheus_text
import wire_forms
from conftest import Vizsla, replay
from contract import Contract, Operation

# A distributed trace, made up here: all that a span can have, and all that can be odd about a trace.
LOW, HIGH = 0x9AFB_2C3D_4E5F_6071, 0x6740_0000_0000_0001
TRACE = f"{HIGH:016x}{LOW:016x}"
ROOT_SPAN, FAILED_SPAN = 0x0123_4567_89AB_CDEF, 0x0F00_0000_0000_0001
UNKNOWN = "0000000000000000000000000000abcd"
ALL = {"from": "1980-01-01", "to": "2260-01-01"}
ALL_SPANS = {"filter[from]": "1980-01-01", "filter[to]": "2260-01-01"}
BODY_MAX = 1 << 20
NOW = time.time_ns()
SECOND = 1_000_000_000


def checkout() -> list[list[dict]]:
    shop = {"trace_id": LOW, "service": "shop", "type": "web", "error": 0}
    pay = {**shop, "service": "payments"}
    start = NOW - 60 * SECOND
    return [[
        {**shop, "span_id": ROOT_SPAN, "parent_id": 0, "name": "web.request", "resource": "POST /checkout", "start": start, "duration": 2 * SECOND,
         "meta": {"_dd.p.tid": f"{HIGH:016x}", "_dd.p.dm": "-4", "http.method": "POST", "http.status_code": "200", "http.url": "http://shop/checkout?x=1",
                  "span.kind": "server", "env": "prod", "version": "1.2.3", "language": "python", "ünï.cödé": "\"quoted\"\n\\"},
         "metrics": {"_sampling_priority_v1": 2, "_dd.measured": 1, "half": 0.5, "large": 2.0**60},
         "span_links": [{"trace_id": 5, "trace_id_high": 6, "span_id": 7, "tracestate": "dd=s:1", "flags": (1 << 31) | 1, "attributes": {"why": "retry"}},
                        {"trace_id": 8, "span_id": 9}],
         "span_events": [{"name": "exception", "time_unix_nano": start + SECOND, "attributes": {
             "text": {"type": 0, "string_value": "a"}, "flag": {"type": 1, "bool_value": True}, "whole": {"type": 2, "int_value": 2**53 + 1},
             "real": {"type": 3, "double_value": 1.5}, "list": {"type": 4, "array_value": {"values": [{"type": 0, "string_value": "b"}]}}}}]},
        {**shop, "span_id": 2, "parent_id": ROOT_SPAN, "name": "http.request", "resource": "POST", "type": "http", "start": start + 1000,
         "duration": SECOND, "meta": {"span.kind": "client", "out.host": "payments"}},
        {**shop, "span_id": 3, "parent_id": ROOT_SPAN, "name": "sqlite.query", "resource": "SELECT 1", "type": "sql", "start": start + 2000,
         "duration": 1000, "meta": {"db.system": "sqlite"}},
        # Another span with an id that is taken, a snapshot of one that still runs, one whose parent isn't there, two that are each other's parents.
        {**shop, "span_id": 3, "parent_id": ROOT_SPAN, "name": "redis.command", "resource": "GET", "type": "redis", "start": start + 5000, "duration": 10},
        {**shop, "span_id": 4, "parent_id": ROOT_SPAN, "name": "job", "resource": "job", "start": start + 6000, "duration": 3 * SECOND,
         "metrics": {"_dd.partial_version": 1}},
        {**shop, "span_id": 5, "parent_id": 999, "name": "orphan", "resource": "orphan", "start": start + 7000, "duration": 10},
        {**shop, "span_id": 6, "parent_id": 7, "name": "egg", "resource": "egg", "start": start + 8000, "duration": 10},
        {**shop, "span_id": 7, "parent_id": 6, "name": "hen", "resource": "hen", "start": start + 9000, "duration": 10},
    ], [
        # Its clock is behind by a second.
        {**pay, "span_id": FAILED_SPAN, "parent_id": 2, "name": "flask.request", "resource": "POST /charge", "start": start - SECOND, "duration": SECOND // 2,
         "error": 1, "meta": {"span.kind": "server", "http.status_code": "500", "error.type": "CardError", "error.message": "declined\nby the bank",
                              "error.stack": "Traceback\n  line 1\nCardError: declined", "_dd.p.tid": f"{HIGH:016x}", "_dd.base_service": "payments-base",
                              "_dd.span_links": json.dumps([{"trace_id": UNKNOWN, "span_id": "0000000000000009", "attributes": {"a": "b"}}])},
         "meta_struct": {"exploit": msgpack.packb({"a": 1})}},
    ]]


def small(trace_id: int) -> wire_forms.Chunks:
    span = {"trace_id": trace_id, "span_id": 1, "service": "s", "name": "n", "resource": "r", "start": NOW, "duration": 1}
    return [[{**span, "metrics": {wire_forms.PRIORITY: 1}}]]


def v05(trace_id: int) -> bytes:
    return wire_forms.v05(small(trace_id))


def spans_of(trace_id: int, **fields) -> bytes:
    return msgpack.packb([[{"trace_id": trace_id, "span_id": 1, "service": "s", "name": "n", "start": NOW, "duration": 1, **fields}]])


def v07(trace_id: int) -> bytes:
    return wire_forms.v07(small(trace_id), language_name="python", env="prod")


def v10(trace_id: int) -> bytes:
    return wire_forms.v10(small(trace_id), language_name="python")


def agent_payload(trace_id: int) -> bytes:
    return wire_forms.agent_payload(small(trace_id), language_name="python", hostname="its-host")


def one_span(operation: str, trace_id: int) -> dict:
    """Headers and body of a request with one span, as the route of this operation takes it."""
    for version, body in {"V05": v05, "V07": v07, "V10": v10}.items():
        if version in operation:
            return {"headers": MSGPACK, "body": body(trace_id)}
    if "Agent" in operation:
        return {"headers": PROTOBUF, "body": agent_payload(trace_id)}
    if "Spans" in operation or "V02" in operation:
        return {"headers": JSON, "body": (wire_forms.v01_json if "Spans" in operation else wire_forms.v04_json)(small(trace_id))}
    return {"headers": MSGPACK, "body": wire_forms.v04(small(trace_id))}


PROTOBUF = {"Content-Type": "application/x-protobuf"}
MSGPACK = {"Content-Type": "application/msgpack"}
JSON = {"Content-Type": "application/json"}
TRACER = {"Datadog-Meta-Lang": "python", "Datadog-Meta-Tracer-Version": "4.16.0", "X-Datadog-Trace-Count": "1"}


@dataclasses.dataclass(frozen=True)
class Exercise:
    """One request and the status that it must be answered with."""

    operation: str
    status: int
    says: str = ""
    path: dict[str, str] = dataclasses.field(default_factory=dict)
    query: dict = dataclasses.field(default_factory=dict)
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    body: bytes | None = None

    def __str__(self) -> str:
        return f"{self.operation}-{self.status}" + (f"-{self.says}" if self.says else "")


def stats_of(resource: str) -> bytes:
    group = {"Service": "shop", "Name": "web.request", "Resource": resource, "Type": "web", "Hits": 1, "Duration": 1000}
    return msgpack.packb({"Env": "counted", "Stats": [{"Start": NOW // 10**10 * 10**10, "Duration": 10**10, "Stats": [group]}]})


def agent_stats_of(resource: str) -> bytes:
    return msgpack.packb({"AgentHostname": "box", "AgentVersion": "7.80.0", "ClientComputed": True, "Stats": [msgpack.unpackb(stats_of(resource))]})


def exercises() -> list[Exercise]:
    table = [Exercise(id, 200) for id in ("getAgentInfo", "getStatus", "getIntake", "getHealth", "getReady", "getMetrics", "getUi")]

    table += [Exercise("setConfig", 200, query={"log_level": "info"}), Exercise("setConfig", 400, "no level", query={"log_level": "loud"}),
              Exercise("setConfig", 400, "nothing to set")]

    trace_id = itertools.count(100)
    for version in ("V03", "V04", "V05"):
        for id in (f"putTraces{version}", f"postTraces{version}"):
            good = v05(next(trace_id)) if version == "V05" else spans_of(next(trace_id))
            table += [Exercise(id, 200, "msgpack", headers={**MSGPACK, **TRACER}, body=good),
                      Exercise(id, 200, "the same again", headers={**MSGPACK, **TRACER}, body=good),
                      Exercise(id, 200, "a probe", headers=MSGPACK, body=b"\x92\x90\x90" if version == "V05" else b"\x90"),
                      Exercise(id, 400, "cut off", headers=MSGPACK, body=good[:-1]),
                      Exercise(id, 400, "nothing", headers=MSGPACK, body=b""),
                      Exercise(id, 413, "too much", headers=MSGPACK, body=b"\x90" + b" " * BODY_MAX)]
            if version != "V05":
                span = {"trace_id": next(trace_id), "span_id": 1, "parent_id": None, "name": "n", "service": "s", "start": NOW, "duration": 1,
                        "type": None, "meta": None, "metrics": None}
                table += [Exercise(id, 200, "JSON", headers=JSON, body=json.dumps([[span]]).encode()),
                          Exercise(id, 400, "bad JSON", headers=JSON, body=b"[[{]")]
    for id in (f"{method}Services{version}" for method in ("put", "post") for version in ("", "V01", "V02", "V03", "V04")):
        table += [Exercise(id, 200, "JSON", headers=JSON, body=b'{"shop": {"app": "flask", "app_type": "web"}}'),
                  Exercise(id, 200, "msgpack", headers=MSGPACK, body=msgpack.packb({"shop": {"app": "flask", "app_type": "web"}})),
                  Exercise(id, 413, "too much", headers=JSON, body=b" " * (BODY_MAX + 1))]

    for path in ("Spans", "SpansV01", "TracesV02"):
        for method in ("put", "post"):
            span = {"trace_id": next(trace_id), "span_id": 1, "name": "n", "service": "s", "start": NOW, "duration": 1}
            body = json.dumps([span] if "Spans" in path else [[span]]).encode()
            table += [Exercise(method + path, 200, "JSON", headers=JSON, body=body),
                      Exercise(method + path, 400, "cut off", headers=JSON, body=body[:-1]),
                      Exercise(method + path, 413, "too much", headers=JSON, body=b" " * (BODY_MAX + 1)),
                      Exercise(method + path, 415, "msgpack", headers=MSGPACK, body=b"\x90")]
    for id, body in {"TracesV07": v07, "TracesV10": v10}.items():
        for method in ("put", "post"):
            good = body(next(trace_id))
            table += [Exercise(method + id, 200, "msgpack", headers={**MSGPACK, **TRACER}, body=good),
                      Exercise(method + id, 200, "a probe", headers=MSGPACK, body=b"\x92\x90\x90"),
                      Exercise(method + id, 400, "cut off", headers=MSGPACK, body=good[:-1]),
                      Exercise(method + id, 413, "too much", headers=MSGPACK, body=b"\x90" + b" " * BODY_MAX)]
    for id in ("putAgentPayload", "postAgentPayload"):
        table += [Exercise(id, 202, "one payload", headers=PROTOBUF, body=agent_payload(next(trace_id))),
                  Exercise(id, 202, "compressed", headers={**PROTOBUF, "Content-Encoding": "gzip"}, body=gzip.compress(agent_payload(next(trace_id)))),
                  Exercise(id, 400, "cut off", headers=PROTOBUF, body=agent_payload(next(trace_id))[:-1]),
                  Exercise(id, 400, "not compressed", headers={**PROTOBUF, "Content-Encoding": "gzip"}, body=b"plain")]
    for method in ("put", "post"):
        table += [Exercise(f"{method}V06Stats", 200, "a group", headers={**MSGPACK, **TRACER}, body=stats_of(f"{method} one")),
                  Exercise(f"{method}V06Stats", 200, "nothing", headers=MSGPACK, body=b"\x80"),
                  Exercise(f"{method}V06Stats", 400, "cut off", headers=MSGPACK, body=stats_of("cut")[:-1]),
                  Exercise(f"{method}V06Stats", 413, "too much", headers=MSGPACK, body=b"\x80" + b" " * BODY_MAX),
                  Exercise(f"{method}ApiV02Stats", 202, "a group", headers={**MSGPACK, "Content-Encoding": "gzip"}, body=gzip.compress(agent_stats_of(f"{method} one"))),
                  Exercise(f"{method}ApiV02Stats", 400, "no map", headers=MSGPACK, body=b"\x90")]

    spans_param = {"ids": f"{FAILED_SPAN:016x},{ROOT_SPAN},0000000000000003,12345"}
    of_a_trace = {"getTraceV2": {}, "getTraceV1": {}, "getTraceSkeleton": {}, "getTraceText": {}, "getTraceSpans": spans_param, "getTraceSpan": {}}
    for id, query in of_a_trace.items():
        more = {"span_id": f"{ROOT_SPAN:016x}"} if id == "getTraceSpan" else {}
        for says, text in {"128 bits in hex": TRACE, "64 bits in hex": f"{LOW:016x}", "64 bits": str(LOW), "128 bits": str((HIGH << 64) + LOW)}.items():
            table.append(Exercise(id, 200, says, path={"trace_id": text, **more}, query=query))
        table += [Exercise(id, 404, "unknown", path={"trace_id": UNKNOWN, **more}, query=query),
                  Exercise(id, 404, "another high half", path={"trace_id": f"{1:016x}{LOW:016x}", **more}, query=query)]
        table += [Exercise(id, 400, says, path={"trace_id": text, **more}, query=query)
                  for says, text in {"no id": "xyz", "15 digits of hex": "abcdef012345678", "40 digits": "1" * 40, "nought": "0"}.items()]
    table += [Exercise("getTraceV2", 200, "some fields", path={"trace_id": TRACE}, query={"include_fields": ["name,service", "spanID"]}),
              Exercise("getTraceSkeleton", 304, "unchanged", path={"trace_id": TRACE}, headers={"If-None-Match": "<the ETag>"}),
              Exercise("getTraceSpan", 200, "several share the id", path={"trace_id": TRACE, "span_id": "3"}),
              Exercise("getTraceSpan", 200, "failed", path={"trace_id": TRACE, "span_id": str(FAILED_SPAN)}),
              Exercise("getTraceSpan", 400, "no span id", path={"trace_id": TRACE, "span_id": "xyz"}),
              Exercise("getTraceSpan", 404, "no such span", path={"trace_id": TRACE, "span_id": "12345"}),
              Exercise("getTraceSpans", 200, "a thousand ids", path={"trace_id": TRACE}, query={"ids": ",".join(map(str, range(1, 1001)))}),
              Exercise("getTraceSpans", 400, "a thousand and one", path={"trace_id": TRACE}, query={"ids": ",".join(map(str, range(1, 1002)))}),
              Exercise("getTraceSpans", 400, "no ids", path={"trace_id": TRACE}),
              Exercise("getTraceSpans", 404, "no such span", path={"trace_id": TRACE}, query={"ids": "12345"}),
              Exercise("getTraceText", 200, "in colour", path={"trace_id": TRACE}, query={"color": "true", "width": 200})]

    backwards = {"filter[from]": "now", "filter[to]": "now-1h"}
    table += [Exercise("listSpans", 200, "everything", query={**ALL_SPANS, "page[limit]": 1000}),
              Exercise("listSpans", 200, "by default"),
              Exercise("listSpans", 200, "a first page", query={**ALL_SPANS, "filter[query]": "*", "sort": "timestamp", "page[limit]": 2}),
              Exercise("listSpans", 400, "no query of ours", query={"filter[query]": "service:"}),
              Exercise("listSpans", 400, "no time", query={"filter[from]": "yesterday"}),
              Exercise("listSpans", 400, "no cursor of ours", query={"page[cursor]": "xyz"}),
              Exercise("listSpans", 422, "backwards", query=backwards)]

    def search(status: int, says: str, **attributes) -> Exercise:
        body = {"data": {"type": "search_request", "attributes": attributes}}
        return Exercise("searchSpans", status, says, headers=JSON, body=json.dumps(body).encode())

    table += [search(200, "everything", filter={"query": "*", "from": "1980-01-01", "to": "2260-01-01"}, page={"limit": 1000}, sort="timestamp"),
              search(200, "milliseconds", filter={"from": 0, "to": NOW // 1_000_000 + 1000}, page={"limit": 2}),
              search(200, "shifted", filter={"from": "now-15m", "to": "now"}, options={"timezone": "GMT", "timeOffset": -3600}),
              search(200, "by default"),
              search(400, "no query of ours", filter={"query": "service:"}),
              search(400, "no number", page={"limit": "ten"}),
              search(400, "a limit too high", page={"limit": 1001}),
              search(400, "no order", sort="duration"),
              search(422, "backwards", filter={"from": "now", "to": "now-1h"}),
              Exercise("searchSpans", 400, "no JSON", headers=JSON, body=b"{"),
              Exercise("listFoundSpans", 200, "everything", query={**ALL, "limit": 1000}),
              Exercise("listFoundSpans", 200, "by default"),
              Exercise("listFoundSpans", 200, "the slowest that failed", query={**ALL, "query": "status:error", "sort": "-@duration", "limit": 1}),
              Exercise("listFoundSpans", 400, "no query", query={"query": "service:"}),
              Exercise("listFoundSpans", 400, "no order", query={"sort": "duration"}),
              Exercise("listFoundSpans", 400, "backwards", query={"from": "now", "to": "now-1h"}),
              Exercise("listFoundSpans", 400, "no cursor of ours", query={"cursor": "xyz"}),
              Exercise("listTraces", 200, "everything", query={**ALL, "limit": 200}),
              Exercise("listTraces", 200, "by default"),
              Exercise("listTraces", 200, "with errors", query={**ALL, "errors": "true"}),
              Exercise("listTraces", 200, "a first page", query={**ALL, "limit": 1}),
              Exercise("listTraces", 400, "no time", query={"from": "yesterday"}),
              Exercise("listTraces", 400, "backwards", query={"from": "now", "to": "now-1h"}),
              Exercise("listTraces", 400, "no cursor of ours", query={"cursor": "xyz"})]
    def deletion(status: int, says: str, **fields) -> Exercise:
        return Exercise("deleteSpans", status, says, headers=JSON, body=json.dumps(fields).encode())

    for id in ("pinTrace", "listPins", "unpinTrace"):  # in this order: a pin, its list, and its end
        path = {} if id == "listPins" else {"trace_id": TRACE}
        table.append(Exercise(id, 200 if id == "listPins" else 204, path=path))
        if path:
            table += [Exercise(id, 404, "unknown", path={"trace_id": UNKNOWN}), Exercise(id, 400, "no id", path={"trace_id": "xyz"})]
    table += [Exercise("unpinTrace", 404, "it isn't any more", path={"trace_id": TRACE}),
              Exercise("getStorage", 200),
              # Of what isn't there: the spans are for the other tests.
              deletion(202, "a service", service="nobody", env="nowhere", **{"from": "now-1h", "to": "now"}),
              deletion(202, "a trace", trace_id=UNKNOWN, to=0),
              deletion(202, "all names", trace_id="1", service="a", env="b", host="c", version="d", operation_name="e", resource_name="f"),
              deletion(400, "nothing"),
              deletion(400, "everything of a day", **{"from": "now-1d"}),
              deletion(400, "another name", service="nobody", team="x"),
              deletion(400, "an empty name", service=""),
              deletion(400, "no text", service=["nobody"]),
              deletion(400, "no id", trace_id="xyz"),
              deletion(400, "no time", service="nobody", to="yesterday"),
              deletion(400, "backwards", service="nobody", **{"from": "now", "to": "now-1h"}),
              Exercise("deleteSpans", 400, "twice", headers=JSON, body=b'{"service": "nobody", "service": "somebody"}'),
              Exercise("deleteSpans", 400, "no JSON", headers=JSON, body=b"{"),
              Exercise("deleteSpans", 400, "no object", headers=JSON, body=b"[]"),
              Exercise("deleteSpans", 400, "not as JSON", headers={"Content-Type": "text/plain"}, body=b'{"service": "nobody"}')]
    everything = {"env": "prod", "from": "now-1h", "to": "now"}
    table += [Exercise("getBootstrap", 200),
              Exercise("listApmServices", 200, query={"filter[env]": "prod"}), Exercise("listApmServices", 200, "all envs", query={"filter[env]": "*"}),
              Exercise("listApmServices", 400, "no env"),
              Exercise("resolveText", 200, "a trace", query={"text": TRACE}), Exercise("resolveText", 200, "part of a name", query={"text": "shop"}),
              Exercise("resolveText", 200, "traceparent", query={"text": f"00-{TRACE}-{ROOT_SPAN:016x}-01"}), Exercise("resolveText", 200, "a resource", query={"text": "check"}),
              Exercise("resolveText", 200, "nothing", query={"text": "'; DROP TABLE spans"}), Exercise("resolveText", 400, "no text"),
              Exercise("listServices", 200, query=everything), Exercise("listServices", 200, "by default"), Exercise("listServices", 200, "with silent ones", query={"env": "prod", "from": NOW // 1_000_000 - 600_000, "to": NOW // 1_000_000 - 300_000}),
              Exercise("listServices", 200, "another env", query={"env": "nowhere", "points": 1, "fit": "true"}), Exercise("listServices", 400, "no time", query={"from": "yesterday"}),
              Exercise("listServices", 400, "backwards", query={"from": "now", "to": "now-1h"}), Exercise("listServices", 400, "too many points", query={"points": 100_000}),
              Exercise("getService", 200, path={"service": "shop"}, query={**everything, "errors_apart": "true", "previous": "hour,day,week,window"}),
              Exercise("getService", 200, "by version", path={"service": "shop"}, query={**everything, "by": "version", "operation": "web.request", "points": 5, "fit": "true"}),
              Exercise("getService", 400, "by what", path={"service": "shop"}, query={**everything, "by": "moon"}),
              Exercise("getService", 400, "before what", path={"service": "shop"}, query={**everything, "previous": "life"}),
              Exercise("getService", 404, "unknown", path={"service": "nobody"}, query=everything),
              Exercise("listResources", 200, path={"service": "shop"}, query=everything),
              Exercise("listResources", 200, "by status", path={"service": "shop"}, query={**everything, "by": "status_code", "limit": 1, "operation": "web.request"}),
              Exercise("listResources", 200, "of nobody", path={"service": "nobody"}, query=everything),
              Exercise("listResources", 400, "no limit", path={"service": "shop"}, query={"limit": 0}),
              Exercise("getResource", 200, path={"hash": "<that of a resource>"},
                       query={**everything, "duration_ns": 10**9, "previous": "day", "errors_apart": "true", "by": "host", "points": 5, "fit": "false"}),
              Exercise("getResource", 404, "unknown", path={"hash": "0" * 16}), Exercise("getResource", 400, "no hash", path={"hash": "xyz"}),
              Exercise("getResourceExemplars", 200, path={"hash": "<that of a resource>"}, query={**everything, "near": "p95", "limit": 5}),
              Exercise("getResourceExemplars", 200, "near a duration", path={"hash": "<that of a resource>"}, query={**everything, "near": "1000000"}),
              Exercise("getResourceExemplars", 400, "near nothing", path={"hash": "<that of a resource>"}, query={**everything, "near": "p96"}),
              Exercise("getResourceExemplars", 400, "too many", path={"hash": "<that of a resource>"}, query={**everything, "limit": 101}),
              Exercise("getResourceExemplars", 200, "of some durations", path={"hash": "<that of a resource>"}, query={**everything, "min_ns": 1, "max_ns": 10**12}),
              Exercise("getServiceExemplars", 200, path={"service": "shop"}, query={**everything, "near": "p50", "limit": 3, "operation": "web.request", "min_ns": 0, "max_ns": 10**12}),
              Exercise("getServiceExemplars", 200, "of nobody", path={"service": "nobody"}, query=everything),
              Exercise("getServiceExemplars", 400, "no duration", path={"service": "shop"}, query={"min_ns": -1}),
              Exercise("getResourceExemplars", 404, "unknown", path={"hash": "0" * 16}), Exercise("getResourceExemplars", 400, "no hash", path={"hash": "xyz"}),
              Exercise("setServiceSettings", 200, "all", path={"service": "shop"}, query={"env": "prod"}, headers=JSON,
                       body=b'{"apdex_threshold_s": 0.25, "primary_operation": "web.request", "color_slot": 3}'),
              Exercise("setServiceSettings", 200, "taken back", path={"service": "shop"}, query={"env": "prod"}, headers=JSON,
                       body=b'{"apdex_threshold_s": null, "primary_operation": null, "color_slot": null}')]
    table += [Exercise("setServiceSettings", 400, says, path={"service": "shop"}, query={"env": "prod"}, headers=JSON, body=body)
              for says, body in {"no threshold": b'{"apdex_threshold_s": 0}', "endless": b'{"apdex_threshold_s": 1e300}', "no text": b'{"primary_operation": 5}',
                                 "no color": b'{"color_slot": -1}', "no such thing": b'{"team": "x"}', "no JSON": b"{", "no object": b"[]"}.items()]
    table.append(Exercise("setServiceSettings", 400, "no env", path={"service": "shop"}, headers=JSON, body=b"{}"))
    tracer = {"client": {"id": "a", "products": ["APM_TRACING"], "client_tracer": {"service": "shop", "env": "prod", "language": "python", "tracer_version": "4.16.0"},
                         "state": {"has_error": True, "error": "no targets"}}}
    document = {"apm_tracing": [{"service": "shop", "env": "prod", "tracing_sampling_rate": 0.5, "tracing_sampling_rules": [
        {"service": "s*", "name": "n", "resource": "r", "tags": {"a": "b"}, "sample_rate": 0}]}],
        "apm_sampling": {"all_envs": {"priority_sampler_target_TPS": 1, "errors_sampler_target_TPS": 2, "rare_sampler_enabled": True},
                         "by_env": [{"env": "prod", "config": {}}]}}
    table.append(Exercise("setSampling", 200, headers=JSON, body=json.dumps(document).encode()))
    for id in ("postConfigV07", "getConfigV07"):
        table += [Exercise(id, 200, "something for it", headers=JSON, body=json.dumps(tracer).encode()), Exercise(id, 200, "nothing for it", headers=JSON, body=b'{"client":{}}'),
                  Exercise(id, 400, "no client", headers=JSON, body=b"{}"), Exercise(id, 413, "too much", headers=JSON, body=b" " * (BODY_MAX + 1))]
    table += [Exercise("getSampling", 200, "set"), Exercise("clearSampling", 200), Exercise("clearSampling", 200, "again"), Exercise("getSampling", 200, "as the settings say"),
              Exercise("setSampling", 413, "too many", headers=JSON, body=json.dumps({"apm_tracing": [{"service": str(i), "tracing_sampling_rate": 1} for i in range(1001)]}).encode())]
    table += [Exercise("setSampling", 400, says, headers=JSON, body=body)
              for says, body in {"no rate": b'{"apm_tracing": [{"tracing_sampling_rate": 2}]}', "misspelt": b'{"apm_tracing": [{"sampling_rate": 1}]}', "nothing": b"{}",
                                 "no target": b'{"apm_sampling": {"all_envs": {"errors_sampler_target_TPS": -1}}}', "another name": b'{"sampling": []}', "no JSON": b"{"}.items()]
    for operation in OPERATIONS:
        if "later" in operation.tags:
            status = next(iter(operation.responses))
            table.append(Exercise(operation.id, status, path={parameter["name"]: "api/v2/some" for parameter in operation.parameters},
                                  body=None if operation.method == "GET" else b"anything"))
    return table


CONTRACT = Contract()
OPERATIONS = list(CONTRACT.operations.values())
EXERCISES = exercises()
# What needs a server of its own, or many clients; each has a test below.
INTAKE = {"Spans": 500, "SpansV01": 500, "TracesV02": 500, "TracesV03": 500, "TracesV04": 503, "TracesV05": 503, "TracesV07": 503, "TracesV10": 503,
          "AgentPayload": 503}  # and how they refuse what can't be kept now
STATS = [method + id for id in ("V06Stats", "ApiV02Stats") for method in ("put", "post")]
SLOW_BODY = [(method + id, 408) for id in INTAKE for method in ("put", "post")] + [(id, 408) for id in STATS]
NO_LOG = [(method + id, status) for id, status in INTAKE.items() for method in ("put", "post")]
NO_LOG += [("getReady", 503)]
CROWD = [(id, 503) for id in ("getTraceV2", "getTraceV1", "listSpans", "searchSpans", "listFoundSpans", "listTraces", "getTraceSkeleton", "getTraceSpans", "getTraceSpan",
                             "getTraceText", "getStorage", "listPins", "deleteSpans", "pinTrace", "unpinTrace", "getBootstrap", "resolveText", "listServices", "getService",
                             "listResources", "getResource", "getResourceExemplars", "getServiceExemplars", "setServiceSettings", "listApmServices", "getSampling", "setSampling", "clearSampling")]
REMOTE_CONFIG_OFF = [(id, 404) for id in ("postConfigV07", "getConfigV07")]


def ask(vizsla: Vizsla, exercise: Exercise, over_unix_socket: bool = False) -> requests.Response:
    operation = CONTRACT.operations[exercise.operation]
    path = operation.path.format(**exercise.path)
    if over_unix_socket:
        target = requests.Request("GET", "http://localhost" + path, params=exercise.query).prepare().path_url
        return over_socket(vizsla.socket, operation.method, target, exercise)
    return requests.request(operation.method, (vizsla.apm if operation.on_agent_port else vizsla.http) + path, params=exercise.query,
                            headers=exercise.headers, data=exercise.body, timeout=60)


def over_socket(path: str, method: str, target: str, exercise: Exercise) -> requests.Response:
    connection = http.client.HTTPConnection("localhost", timeout=60)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(path)
    connection.request(method, target, exercise.body, exercise.headers)
    return as_answer(connection.getresponse())


def read_answer(client: socket.socket) -> requests.Response:
    with client:
        got = http.client.HTTPResponse(client)
        got.begin()
        return as_answer(got)


def as_answer(got: http.client.HTTPResponse) -> requests.Response:
    answer = requests.Response()
    answer.status_code, answer._content, answer.encoding = got.status, got.read(), "utf-8"
    answer.headers.update(got.getheaders())
    return answer


@pytest.fixture(scope="module")
def vizsla(tmp_path_factory):
    """One server with real traffic in it, for all tests that leave it as it is."""
    server = Vizsla(tmp_path_factory.mktemp("contract") / "data", "--set", f"apm.max_body_bytes={BODY_MAX}").start()
    for capture in ("python-ddtrace-doc-service", "python-ddtrace-0.10.1-thinker-msgpack", "node-dd-trace-v05-runtime-metrics"):
        replay(server, capture)
    assert server.send("/v0.4/traces", msgpack.packb(checkout())).status_code == 200
    # Spans that are refused and spans that are mended, so that the counts have something to say; and a trace without its root.
    server.send("/v0.4/traces", spans_of(0))
    server.send("/v0.4/traces", spans_of(77, service="", name="", parent_id=3))
    server.send("/v0.4/traces", b"\xc1")
    yield server
    assert server.stop() == 0, "".join(server.log)


@pytest.fixture(scope="module", autouse=True)
def slow_clients(vizsla):
    """Clients that stop in the middle of a body, begun before the first test: the server waits for them for half a minute."""
    host, port = vizsla.apm.removeprefix("http://").split(":")
    clients = {}
    for id, _ in SLOW_BODY:
        operation = CONTRACT.operations[id]
        clients[id] = socket.create_connection((host, int(port)), timeout=60)
        clients[id].sendall(f"{operation.method} {operation.path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/msgpack\r\nContent-Length: 10\r\n\r\n".encode()
                            + b"\x91")
    clients["chunked"] = socket.create_connection((host, int(port)), timeout=60)
    clients["chunked"].sendall(b"PUT /v0.4/traces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\x91\r\n")
    yield clients
    for client in clients.values():
        client.close()


# The document.

def test_the_document_is_valid_openapi():
    assert CONTRACT.document["openapi"].startswith("3.1.")
    errors = list(openapi_spec_validator.OpenAPIV31SpecValidator(CONTRACT.document).iter_errors())
    assert errors == []
    assert len({operation.id for operation in OPERATIONS}) == len(OPERATIONS)
    declared = {tag["name"] for tag in CONTRACT.document["tags"]}
    for item in CONTRACT.document["paths"].values():
        for operation in item.values():
            assert set(operation["tags"]) <= declared and operation["summary"]


def test_every_documented_answer_is_provoked_here():
    """Whoever adds an operation or an answer to the document finds here that it has no exercise yet."""
    documented = {(operation.id, status) for operation in OPERATIONS for status in operation.responses}
    provoked = {(exercise.operation, exercise.status) for exercise in EXERCISES} | {*SLOW_BODY, *NO_LOG, *CROWD, *REMOTE_CONFIG_OFF} | {(id, 503) for id in STATS}
    assert documented - provoked == set()


def test_every_documented_parameter_is_used_here():
    used = {(exercise.operation, name) for exercise in EXERCISES for name in (*exercise.path, *exercise.query, *exercise.headers)}
    # The cursor that leads on is known only when a page has come.
    used |= {("listTraces", "cursor"), ("listFoundSpans", "cursor"), ("listSpans", "page[cursor]")}
    documented = {(operation.id, parameter["name"]) for operation in OPERATIONS for parameter in operation.parameters}
    assert documented - used == set()


# Each operation.

def with_hash(vizsla: Vizsla, exercise: Exercise) -> Exercise:
    if not exercise.path.get("hash", "").startswith("<"):
        return exercise
    resources = ask(vizsla, Exercise("listResources", 200, path={"service": "shop"}, query={"env": "prod"})).json()["resources"]
    return dataclasses.replace(exercise, path={"hash": resources[0]["hash"]})


@pytest.mark.parametrize("exercise", EXERCISES, ids=str)
def test_answers_as_documented(vizsla, exercise):
    if "If-None-Match" in exercise.headers:
        etag = ask(vizsla, dataclasses.replace(exercise, headers={})).headers["ETag"]
        exercise = dataclasses.replace(exercise, headers={"If-None-Match": etag})
    exercise = with_hash(vizsla, exercise)
    answer = ask(vizsla, exercise)
    assert answer.status_code == exercise.status, answer.text[:300]
    CONTRACT.judge(exercise.operation, answer)
    assert answer.status_code < 400 or answer.text.strip(), "an error says why"
    if CONTRACT.operations[exercise.operation].on_agent_port:
        same = ask(vizsla, exercise, over_unix_socket=True)
        assert (same.status_code, same.headers.get("Content-Type"), same.content) == (answer.status_code, answer.headers.get("Content-Type"), answer.content)


@pytest.mark.parametrize("operation", [operation for operation in OPERATIONS if operation.parameters], ids=lambda operation: operation.id)
def test_takes_parameters_within_their_documented_limits_and_no_others(vizsla, operation):
    base = with_hash(vizsla, next(exercise for exercise in EXERCISES if exercise.operation == operation.id and exercise.status < 300))
    for parameter in operation.parameters:
        schema = CONTRACT.resolved(parameter["schema"])
        good, bad = [], []
        if schema["type"] == "integer":
            good, bad = [schema["minimum"], schema["maximum"]], [schema["minimum"] - 1, schema["maximum"] + 1, "many", "", "1.5"]
        elif schema["type"] == "boolean":
            good, bad = ["true", "false"], ["maybe"]
        elif "enum" in schema:
            good, bad = schema["enum"], ["sideways"]
        if "default" in schema:
            good.append(schema["default"])
        for value, statuses in [(value, {200}) for value in good] + [(value, {400, 422}) for value in bad]:
            value = str(value).lower() if isinstance(value, bool) else value
            answer = ask(vizsla, dataclasses.replace(base, query={**base.query, parameter["name"]: value}))
            assert answer.status_code in statuses, (parameter["name"], value, answer.text[:300])
            CONTRACT.judge(operation.id, answer)


def test_defaults_are_those_of_the_document(vizsla):
    given = lambda id, **query: ask(vizsla, Exercise(id, 200, path={"trace_id": TRACE}, query=query))
    for id in ("listTraces", "getTraceText"):
        operation = CONTRACT.operations[id]
        defaults = {parameter["name"]: parameter["schema"]["default"] for parameter in operation.parameters if "default" in parameter["schema"]}
        spelled = {name: str(value).lower() if isinstance(value, bool) else value for name, value in defaults.items()}
        if id == "getTraceText":
            assert given(id).text == given(id, **spelled).text
        else:
            length = lambda page: int(page["to_ns"]) - int(page["from_ns"])
            plain, explicit = given(id).json(), given(id, **spelled).json()
            assert length(plain) == length(explicit) and len(plain["traces"]) == len(explicit["traces"])
    page = requests.get(vizsla.http + "/api/v2/spans/events", params={"filter[from]": "1980-01-01", "filter[to]": "2260-01-01"}, timeout=30).json()
    assert len(page["data"]) == 10
    starts = [event["attributes"]["start_timestamp"] for event in page["data"]]
    assert starts == sorted(starts, reverse=True)


@pytest.mark.parametrize("sort", ["timestamp", "-timestamp", "-@duration"])
def test_span_pages_lead_to_each_span_once(vizsla, sort):
    whole = vizsla.get("/api/v2/spans/events", **{**ALL_SPANS, "sort": sort, "page[limit]": 1000})
    ids = [event["id"] for event in whole.json()["data"]]
    url, paged = f"{vizsla.http}/api/v2/spans/events", []
    query = {**ALL_SPANS, "sort": sort, "page[limit]": 300}
    while url and len(paged) < len(ids):
        answer = requests.get(url, params=query, timeout=30)
        CONTRACT.judge("listSpans", answer)
        page = answer.json()
        paged += [event["id"] for event in page["data"]]
        assert ("links" in page) == ("page" in page["meta"])
        url, query = page.get("links", {}).get("next"), None
    assert len(ids) == 1000 and paged[:1000] == ids

    # By the cursor in the body, to the end.
    after, found = None, []
    while after != "":
        attributes = {"filter": {"from": "1980-01-01", "to": "2260-01-01"}, "sort": sort, "page": {"limit": 700, **({"cursor": after} if after else {})}}
        answer = requests.post(vizsla.http + "/api/v2/spans/events/search", json={"data": {"type": "search_request", "attributes": attributes}}, timeout=30)
        CONTRACT.judge("searchSpans", answer)
        found += [event["id"] for event in answer.json()["data"]]
        after = answer.json()["meta"].get("page", {}).get("after", "")
    assert found[:1000] == ids and len(set(found)) == len(found) == vizsla.get("/api/ui/status").json()["spans_stored"]


@pytest.mark.parametrize("errors", ["false", "true"])
def test_trace_pages_lead_to_each_trace_once(vizsla, errors):
    whole = vizsla.get("/api/ui/traces", **ALL, limit=200, errors=errors).json()
    assert whole["cursor"] is None
    starts = [int(trace["start_ns"]) for trace in whole["traces"]]
    assert starts == sorted(starts, reverse=True)
    cursor, paged = None, []
    while cursor or not paged:
        answer = vizsla.get("/api/ui/traces", **ALL, limit=7, errors=errors, **({"cursor": cursor} if cursor else {}))
        CONTRACT.judge("listTraces", answer)
        page = answer.json()
        assert len(page["traces"]) == 7 or page["cursor"] is None
        paged += [trace["trace_id"] for trace in page["traces"]]
        cursor = page["cursor"]
    assert sorted(paged) == sorted(trace["trace_id"] for trace in whole["traces"]) and len(set(paged)) == len(paged)
    if errors == "true":
        assert all(trace["errors"] and trace["error"] for trace in whole["traces"]) and TRACE in paged


def test_a_list_and_its_traces_say_the_same(vizsla):
    """And every trace's skeleton keeps what the document promises in words."""
    listed = vizsla.get("/api/ui/traces", **ALL, limit=200).json()["traces"]
    assert len(listed) > 30
    slots: dict[str, int] = {}
    codes = set()
    for row in listed:
        answer = vizsla.get(f"/api/ui/traces/{row['trace_id']}/skeleton")
        CONTRACT.judge("getTraceSkeleton", answer)
        skeleton = answer.json()
        spans, strings, services = skeleton["spans"], skeleton["strings"], skeleton["services"]
        count = skeleton["span_count"]
        assert (row["trace_id"], row["start_ns"], row["duration_ns"]) == (skeleton["trace_id"], skeleton["start_ns"], skeleton["duration_ns"])
        assert (row["spans"], row["errors"]) == (count, skeleton["error_count"]) == (len(spans["id"]), sum(spans["error"]))
        assert int(skeleton["trace_id"], 16) % 2**64 == int(skeleton["trace_id_low"])
        assert {name: len(column) for name, column in spans.items()} == dict.fromkeys(spans, count)
        root = skeleton["root"]
        assert row["service"]["name"] == services[spans["service"][root]]["name"] and row["resource"] == strings["resources"][spans["resource"][root]]
        assert row["operation"] == strings["operations"][spans["operation"][root]] and row["type"] == strings["types"][spans["type"][root]]
        assert row["http_status"] == spans["http_status"][root] and (row["status"] == "error") == (spans["error"][root] == 1)
        assert (row["error"] is None) == (row["errors"] == 0) and "\n" not in (row["error"] or {"message": ""})["message"]

        for column, table in (("operation", "operations"), ("resource", "resources"), ("type", "types"), ("host", "hosts"), ("container", "containers"),
                              ("http_method", "http_methods"), ("db_system", "db_systems"), ("error_line", "error_lines")):
            assert all(0 <= index < len(strings[table]) for index in spans[column]), column
            assert table in ("operations", "resources") or strings[table][0] == "", table
        # Pre-order, siblings by start.
        seen_siblings: dict[int, int] = {}
        for place, parent in enumerate(spans["parent"]):
            assert -1 <= parent < place
            assert spans["start"][place] >= seen_siblings.get(parent, spans["start"][place])
            seen_siblings[parent] = spans["start"][place]
        depth = [0] * count
        for place, parent in enumerate(spans["parent"]):
            depth[place] = 1 if parent < 0 else depth[parent] + 1
        assert skeleton["depth"] == max(depth)
        assert min(spans["start"]) == 0 and max(start + length for start, length in zip(spans["start"], spans["duration"])) == skeleton["duration_ns"]

        # Execution times: of the spans, of the services, and of the whole are one sum.
        exec_by_service = collections.Counter()
        for service, exec_ns in zip(spans["service"], spans["exec_ns"]):
            exec_by_service[service] += exec_ns
        for index, service in enumerate(services):
            assert service["exec_ns"] == pytest.approx(exec_by_service[index], abs=1)
            assert service["spans"] == spans["service"].count(index) and service["slot"] >= 1
            assert slots.setdefault(service["name"], service["slot"]) == service["slot"]
        assert [service["exec_ns"] for service in services] == sorted((service["exec_ns"] for service in services), reverse=True)
        assert sum(spans["exec_ns"]) == pytest.approx(union_ns(spans), abs=count)
        assert all(0 <= own <= length for own, length in zip(spans["self_ns"], spans["duration"]))

        path = skeleton["critical_path"]
        assert sum(piece["end"] - piece["start"] for piece in path) == spans["duration"][root]
        assert all(before["end"] == after["start"] for before, after in itertools.pairwise(path))
        assert {piece["span"] for piece in path} == {place for place, flags in enumerate(spans["flags"]) if flags & 4}
        codes |= {warning["code"] for warning in skeleton["warnings"]}
    assert len(set(slots.values())) == len(slots)
    assert codes >= {"missing_parent", "no_root", "duplicate_ids", "clock_skew", "cycle", "unfinished"}


def union_ns(spans: dict) -> int:
    """The time in which any of the spans was open."""
    total, end = 0, -1
    for start, length in sorted(zip(spans["start"], spans["duration"])):
        total += max(0, start + length - max(start, end))
        end = max(end, start + length)
    return total


def test_spans_come_in_the_order_asked_for(vizsla):
    details = vizsla.get(f"/api/ui/traces/{TRACE}/spans", ids=f"{FAILED_SPAN},0000000000000003,{ROOT_SPAN:016x},999").json()["spans"]
    assert [int(span["span_id"], 16) for span in details] == [FAILED_SPAN, 3, 3, ROOT_SPAN]
    failed, root = details[0], details[3]
    assert failed["error"] == {"type": "CardError", "message": "declined\nby the bank", "stack": "Traceback\n  line 1\nCardError: declined"}
    assert root["error"] is None and root["parent_id"] is None and failed["parent_id"] == "0000000000000002"
    assert root["links"][0] == {"trace_id": f"{6:016x}{5:016x}", "span_id": f"{7:016x}", "attributes": {"why": "retry"}, "tracestate": "dd=s:1", "flags": 1}
    assert failed["links"][0]["trace_id"] == UNKNOWN and failed["base_service"] == "payments-base"
    event = root["events"][0]
    assert event["name"] == "exception" and event["time_ns"] == str(NOW - 59 * SECOND)
    assert event["attributes"] == {"text": "a", "flag": True, "whole": 2**53 + 1, "real": 1.5, "list": ["b"]}
    assert (root["env"], root["version"], root["kind"], root["sampling_priority"], root["measured"]) == ("prod", "1.2.3", "server", 2, True)
    assert root["meta"]["ünï.cödé"] == "\"quoted\"\n\\" and root["metrics"]["half"] == 0.5 and root["metrics"]["large"] == 2.0**60


def test_a_metric_that_is_no_number_breaks_no_answer(vizsla):
    """Tracers send what the application computed; JSON has no word for it."""
    metrics = {"nothing": float("nan"), "much": float("inf"), "half": 0.5}
    assert vizsla.send("/v0.4/traces", spans_of(78, metrics=metrics)).status_code == 200
    for id in ("getTraceV2", "getTraceV1", "getTraceSpan"):
        answer = ask(vizsla, Exercise(id, 200, path={"trace_id": "78", "span_id": "1"}))
        assert "0.5" in answer.text
        CONTRACT.judge(id, answer)


def test_an_old_client_finds_the_trace_at_both_places(vizsla):
    body = vizsla.get(f"/api/v1/trace/{TRACE}").json()
    assert body["trace"] == {"root_id": body["root_id"], "spans": body["spans"]} and body["root_id"] == str(ROOT_SPAN)
    fields = vizsla.get(f"/api/v2/trace/{TRACE}", include_fields=["name,service", "spanID"]).json()["data"]["attributes"]["spans"]
    assert all(set(span) == {"name", "service", "spanID"} for span in fields)


# What would be missed by asking one thing at a time.

def test_a_crowd_gets_documented_answers(vizsla):
    """Hundreds of clients with long questions at the same instant: as many wait as may wait, the others are turned away."""
    long_question = Exercise("listTraces", 200, query={**ALL, "limit": 200})
    others = [with_hash(vizsla, next(each for each in EXERCISES if each.operation == operation.id and each.status < 300))
              for operation in OPERATIONS if not operation.on_agent_port]
    crowd = [long_question] * 340 + others * 12
    host, port = vizsla.http.removeprefix("http://").split(":")
    clients = [socket.create_connection((host, int(port)), timeout=60) for _ in crowd]
    for exercise, client in zip(crowd, clients):
        operation = CONTRACT.operations[exercise.operation]
        url = requests.Request("GET", vizsla.http + operation.path.format(**exercise.path), params=exercise.query).prepare().path_url
        body = exercise.body or b""
        headers = "".join(f"{name}: {value}\r\n" for name, value in exercise.headers.items())
        client.sendall(f"{operation.method} {url} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
                       + body)
    turned_away, served = set(), 0
    for exercise, answer in [(exercise, read_answer(client)) for exercise, client in zip(crowd, clients)]:
        CONTRACT.judge(exercise.operation, answer)
        if answer.status_code == 503:
            turned_away.add(exercise.operation)
        served += answer.status_code == 200
    # Four are read at once, and 32 short and 32 long questions wait; the routes that ask the store nothing are served besides.
    # Those have room for more clients than there are here.
    crowded = {id for id, _ in CROWD}
    assert served >= 68 and turned_away <= crowded
    assert crowded - turned_away <= {"getStorage", "listPins", "getBootstrap", "listApmServices", "setServiceSettings", "resolveText", "getResource", "getResourceExemplars", "getServiceExemplars",
                                      "getSampling", "setSampling", "clearSampling"}


def test_without_remote_configuration_tracers_are_told_so(make_vizsla):
    vizsla = make_vizsla("--set", "remote_config.enabled=false").start()
    for id, status in REMOTE_CONFIG_OFF:
        answer = ask(vizsla, Exercise(id, status, headers=JSON, body=b'{"client":{}}'))
        assert answer.status_code == status
        CONTRACT.judge(id, answer)


def test_without_a_place_for_the_log_telemetry_is_refused_and_nothing_else(tmp_path_factory, make_vizsla):
    """Its folder is gone, as with a disk that was unplugged. What is refused then, and taken again when it is back."""
    vizsla = make_vizsla().start()
    folder, away = vizsla.data_dir / "log", vizsla.data_dir / "log.away"
    folder.rename(away)
    for number, (id, status) in enumerate(NO_LOG):
        operation = CONTRACT.operations[id]
        answer = ask(vizsla, Exercise(id, status, **({} if id == "getReady" else one_span(id, 1000 + number))))
        assert answer.status_code == status, (operation.id, answer.text)
        CONTRACT.judge(id, answer)
        assert len(answer.text.strip().splitlines()) == 1
    for id in STATS:
        answer = ask(vizsla, Exercise(id, 503, headers=MSGPACK, body=agent_stats_of(id) if "Api" in id else stats_of(id)))
        assert answer.status_code == 503, (id, answer.text)
        CONTRACT.judge(id, answer)
    assert vizsla.get("/healthz").status_code == 200 and vizsla.spans() == []
    total = vizsla.get("/api/ui/intake").json()["total"]
    assert total["received"] == len(NO_LOG) - 1 == sum(total["refused"].values()) and total["stored"] == 0
    away.rename(folder)
    # Sent again, as tracers do: none was remembered as stored.
    for number, (id, _) in enumerate(NO_LOG[:-1]):
        assert ask(vizsla, Exercise(id, 200, **one_span(id, 1000 + number))).status_code < 300
    assert len(vizsla.spans()) == len(NO_LOG) - 1
    assert vizsla.get("/readyz").status_code == 200
    assert vizsla.stop() == 0


def test_metrics_are_prometheus_text(vizsla):
    answer = vizsla.get("/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples = prometheus_text.parse(answer.text)
    value = lambda name, **labels: samples[name, frozenset(labels.items())]
    total = vizsla.get("/api/ui/intake").json()["total"]
    assert value("vizsla_spans_received_total") == total["received"] and value("vizsla_spans_stored_total") == total["stored"]
    for reason, count in total["refused"].items():
        assert value("vizsla_spans_refused_total", reason=reason) == count
    for what, count in total["altered"].items():
        assert value("vizsla_spans_altered_total", what=what) == count
    assert value("vizsla_build_info", version=vizsla.get("/api/ui/status").json()["version"]) == 1
    assert abs(value("process_start_time_seconds") - time.time()) < 600


def test_intake_counts_add_up(vizsla):
    intake = vizsla.get("/api/ui/intake").json()
    for counts in (intake["total"], *intake["services"]):
        assert counts["received"] == counts["stored"] + sum(counts["refused"].values())
    for key in ("received", "stored"):
        assert intake["total"][key] == sum(service[key] for service in intake["services"])
    assert intake["total"]["refused"] and intake["total"]["altered"]
    assert {payload["outcome"] for payload in intake["payloads"]} >= {"accepted", "repeated", "invalid_input", "payload_too_large"}
    assert intake["total"]["stored"] == vizsla.get("/api/ui/status").json()["spans_stored"]


# Nothing beside the document.

# Something for each variable of a path.
SOME_PATH = {"trace_id": TRACE, "span_id": str(ROOT_SPAN), "path": "some/where", "service": "shop", "hash": "0" * 16}


def methods_of(path: str) -> set[str]:
    return {operation.method for operation in OPERATIONS if operation.path == path}


def base_of(vizsla: Vizsla, operation: Operation) -> str:
    return vizsla.apm if operation.on_agent_port else vizsla.http


@pytest.mark.parametrize("path", sorted({operation.path for operation in OPERATIONS}))
def test_other_methods_are_refused_with_those_that_are_taken(vizsla, path):
    operation = next(operation for operation in OPERATIONS if operation.path == path)
    url = base_of(vizsla, operation) + path.format(**SOME_PATH)
    for method in {"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"} - methods_of(path):
        answer = requests.request(method, url, timeout=30)
        assert answer.status_code == 405, (method, answer.text[:200])
        allowed = [each.strip() for each in answer.headers["Allow"].split(",")]
        assert sorted(set(allowed) - {"HEAD"}) == sorted(methods_of(path)), (method, allowed)
    if "GET" in methods_of(path) and path != "/v0.7/config":
        if "{hash}" in path:
            url = url.replace(SOME_PATH["hash"], with_hash(vizsla, Exercise("getResource", 200, path={"hash": "<that of a resource>"})).path["hash"])
        query = {"ids": "3", "text": "shop", "filter[env]": "prod"} if path.endswith(("/spans", "/resolve", "/services")) else {"env": "prod"} if "{service}" in path else {}
        get, head = requests.get(url, params=query, timeout=30), requests.head(url, params=query, timeout=30)
        assert head.status_code == get.status_code == 200 and head.content == b""
        assert head.headers["Content-Type"] == get.headers["Content-Type"]


def test_allow_names_each_method_once(vizsla):
    for operation in OPERATIONS:
        answer = requests.patch(base_of(vizsla, operation) + operation.path.format(**SOME_PATH), timeout=30)
        allowed = answer.headers["Allow"].split(", ")
        assert len(set(allowed)) == len(allowed), (operation.path, allowed)


ELSEWHERE = [
    # What Agents of Datadog, and of others, answer.
    "/v0.5/services", 
    "/v1/traces", "/v1/metrics", "/v1/logs", 
    
    "/config",
    "/intake", "/api/v0.1/traces",
    # What the public API has, and we don't yet.
    "/api/v2/validate", "/api/v1/query", "/api/v1/metrics", "/api/v1/events", "/api/v1/monitor",
    "/api/v1/dashboard", "/api/v1/hosts", "/api/v1/tags/hosts", "/api/v1/service_dependencies", "/api/v1/trace", "/api/v2/trace", "/api/v1/traces",
    "/api/v2/spans/analytics/aggregate", "/api/v2/spans/events/aggregate", "/api/v2/logs/events", "/api/v2/logs/events/search", "/api/v2/services",
    "/api/v2/apm/config/metrics", "/api/v2/apm/config/retention-filters", "/api/v2/query/timeseries", "/api/v2/rum/events", "/api/v2/catalog/entity",
    f"/api/v1/trace/{TRACE}/spans", f"/api/v2/trace/{TRACE}/summary",
    # What other stores of traces have.
    "/api/v2/spans", "/api/v2/traces", "/api/traces", "/api/services", "/api/search", "/api/dependencies", "/loki/api/v1/push", "/jaeger/api/traces",
    # What our own UI may get one day.
    "/api", "/api/", "/api/ui", "/api/ui/", "/api/ui/resources", "/api/ui/search", "/api/ui/spans/", "/api/ui/map", "/api/ui/settings",
    "/api/ui/logs", "/api/ui/metrics", "/api/ui/errors", "/api/ui/users", "/api/ui/stats", "/api/ui/config", "/api/ui/flush", "/api/ui/shutdown",
    f"/api/ui/traces/{TRACE}", f"/api/ui/traces/{TRACE}/", f"/api/ui/traces/{TRACE}/skeleton/", f"/api/ui/traces/{TRACE}/json",
    f"/api/ui/traces/{TRACE}/spans/{ROOT_SPAN}/tags", f"/api/ui/trace/{TRACE}", "/api/ui/status/", "/api/ui/traces/",
    "/assets/", "/assets/../index.html", "/assets/%2e%2e/index.html", "/assets/nothing.js", "/api/../healthz",
]
# What a server of another kind would answer here; on the UI port these are addresses of the UI, which then says "not found".
NOT_OURS = ["/health", "/live", "/ready", "/status", "/debug/vars", "/debug/pprof/", "/debug/pprof/profile", "/debug/stats", "/admin", "/metrics/", "/healthz/",
            "/config.json", "/vizsla.yaml", "/.env", "/server-status", "/actuator", "/swagger.json", "/openapi.yaml", "/openapi.json", "/shutdown", "/-/quit",
            "/-/reload", "/flush"]


@pytest.mark.parametrize("path", ELSEWHERE + NOT_OURS)
def test_nothing_answers_that_is_not_in_the_document(vizsla, path):
    documented = {operation.path for operation in OPERATIONS}
    assert path not in documented
    page = requests.get(vizsla.http + "/", timeout=30)
    for method in ("GET", "PUT", "POST", "DELETE", "PATCH"):
        for port in (vizsla.apm, vizsla.http):
            # As it is written: clients of other kinds mend "/../", this one must not.
            prepared = requests.Request(method, port, data=b"{}" if method != "GET" else None).prepare()
            prepared.url = port + path
            answer = requests.Session().send(prepared, timeout=30)
            shown = port == vizsla.http and method == "GET" and not path.startswith(("/api/", "/assets/"))
            if shown and page.status_code == 200:
                # Each knows its own way up to the root.
                without_base = lambda text: re.sub(rb'<base href="[./]+" />', b"", text)
                assert without_base(answer.content) == without_base(page.content) and answer.headers["Content-Type"] == page.headers["Content-Type"], "a page of the UI"
            else:
                assert answer.status_code in (404, 405), (method, port, answer.text[:200])
                assert port != vizsla.apm or answer.status_code == 404, (method, answer.text[:200])


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_each_port_has_its_own_routes(vizsla, operation):
    other = vizsla.http if operation.on_agent_port else vizsla.apm
    answer = requests.request(operation.method, other + operation.path.format(**SOME_PATH), headers=MSGPACK,
                              data=b"\x90" if operation.method != "GET" else None, timeout=30)
    if "forwarded" in operation.tags:
        assert answer.status_code in operation.responses
    elif operation.on_agent_port and operation.method == "GET":
        assert "json" not in answer.headers["Content-Type"]  # an address of the UI like any other
    else:
        assert answer.status_code in (404, 405), answer.text[:200]


def test_what_the_agent_advertises_is_what_the_document_has(vizsla):
    advertised = vizsla_info(vizsla)["endpoints"]
    by_setting = {"/v0.6/stats"}  # intake.client_stats
    old = {*by_setting, "/info", "/config/set", "/services", "/v0.1/services", "/v0.2/services", "/spans", "/v0.1/spans", "/v0.2/traces", "/api/v0.2/traces", "/api/v0.2/stats"}  # known, and no news to anybody
    assert sorted(advertised) == sorted({operation.path for operation in OPERATIONS if operation.on_agent_port and "later" not in operation.tags} - old)


def vizsla_info(vizsla: Vizsla) -> dict:
    return requests.get(vizsla.apm + "/info", timeout=30).json()


# Last: what had to wait, and what the tests above have seen.

def test_a_body_that_never_ends_is_given_up(vizsla, slow_clients):
    for id, status in [*SLOW_BODY, ("chunked", 408)]:
        answer = read_answer(slow_clients[id])
        assert (answer.status_code, answer.text, answer.headers["Connection"]) == (status, "timeout\n", "close")
        CONTRACT.judge("putTracesV04" if id == "chunked" else id, answer)
    outcomes = {(payload["route"], payload["outcome"]) for payload in vizsla.get("/api/ui/intake").json()["payloads"]}
    assert outcomes >= {(CONTRACT.operations[id].path, "timeout") for id, _ in SLOW_BODY}


def test_the_data_was_rich_enough(request):
    """Each required part of each documented answer has been seen at least once: an empty list proves nothing about its items."""
    ran = sum(item.path == request.node.path for item in request.session.items)
    if ran < len(EXERCISES):
        pytest.skip("only some of this file's tests were chosen")
    assert CONTRACT.never_seen() == set()
