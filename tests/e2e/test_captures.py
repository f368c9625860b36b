"""Recorded requests of real tracers, old and new, must come back through the API as their manifests say, and each span as
it was sent."""
import collections
import json
import pathlib

import pytest
import requests

from conftest import ROOT, VECTORS, Vizsla, replay
from recordings import CAPTURES, sent_chunks, shifted, trace_requests
from wire_forms import DECISION, HIGH, ORIGIN, PRIORITY, forms
from wire_reader import as_operation, read_chunks, stored_rows, without_literals

# More recordings, beside the repository and too large for it. Each is of a tracer that is among the above, otherwise set up.
RECORDINGS = ROOT.parent / "shared/data/captures"
MORE = ["go-dd-trace-v2-profiling", "node-dd-trace-old-agent", "node-dd-trace-profiling", "python-ddtrace-429s", "python-ddtrace-default",
        "python-ddtrace-logs", "python-ddtrace-profiling", "python-ddtrace-runtime-metrics", "python-ddtrace-sampling", "python-ddtrace-stats"]
DETAILS_MAX = 1000  # spans in one question


@pytest.fixture(scope="module", params=CAPTURES)
def replayed(request, tmp_path_factory):
    """A server that has got a capture, the capture's folder, and what its manifest says."""
    server = Vizsla(tmp_path_factory.mktemp("capture") / "data").start()
    expected = replay(server, request.param)
    yield server, VECTORS / "captures" / request.param, expected
    assert server.stop() == 0, "".join(server.log)


def test_comes_back_as_its_manifest_says(replayed):
    vizsla, _, expected = replayed
    spans = vizsla.spans()
    assert len(spans) == expected["spans"]
    assert len({span["trace_id"] for span in spans}) == expected["traces"]

    count = lambda key: dict(collections.Counter(span[key] for span in spans))
    assert count("service") == expected["services"]
    assert count("operation_name") == {as_operation(name): number for name, number in expected["operations"].items()}
    types = count("type")
    assert {name: types.get(name, 0) for name in expected["types"]} == expected["types"]
    resources = count("resource_name")
    statements = collections.Counter()
    for resource, number in list(expected["resources"].items()):
        if resource.startswith(("SELECT ", "INSERT ", "UPDATE ", "CREATE ", "MERGE ")):
            statements[without_literals(resource)] += expected["resources"].pop(resource)
    expected["resources"].update(statements)
    unnamed = expected["resources"].pop("", 0)  # a span without a resource gets its operation's name
    assert sum(resources[name] - expected["resources"].get(name, 0) for name in resources if name in expected["operations"]) >= unnamed
    for resource, number in expected["resources"].items():
        assert resources.get(resource) == number or (unnamed and resource in expected["operations"]), resource

    # Each trace as a whole, in the two ways of asking.
    errors, error_types = 0, collections.Counter()
    for trace_id in {span["trace_id"] for span in spans}:
        trace = vizsla.trace(trace_id)
        assert vizsla.get(f"/api/ui/traces/{trace_id}/skeleton").json()["span_count"] == len(trace)
        for span in trace:
            errors += span["error"]
            if span["error"]:
                error_types[span["meta"].get("error.type", "")] += 1
    assert errors == expected["error_spans"]
    assert dict(error_types) == expected["error_types"]
    assert sum(len(vizsla.trace(trace_id)) for trace_id in {span["trace_id"] for span in spans}) == len(spans)

    intake = vizsla.get("/api/ui/intake").json()
    assert intake["total"]["received"] == intake["total"]["stored"] == len(spans)
    assert intake["total"]["refused"] == {}


def details_of(vizsla: Vizsla, low: int, span_ids: list[str]) -> list[dict]:
    """Of each span id once, in any order, without what a sender doesn't say."""
    ids, details = sorted(set(span_ids)), []
    for begin in range(0, len(ids), DETAILS_MAX):
        answer = vizsla.get(f"/api/ui/traces/{low}/spans", ids=",".join(ids[begin:begin + DETAILS_MAX]))
        assert answer.status_code == 200, answer.text
        details += answer.json()["spans"]
    for span in details:
        span["service"] = span["service"]["name"]
        for key in ("received_ns", "host", "container_id", "error"):
            del span[key]
    return details


def in_order(rows: list[dict]) -> list[dict]:
    return sorted(rows, key=lambda row: (row["span_id"], row["start_ns"], row["operation"], row["resource"]))


def check_each_span(vizsla: Vizsla, folder: pathlib.Path) -> None:
    """Reads a recording that the server has got by other means than it, and compares all that can be shown."""
    expected = stored_rows(sent_chunks(folder))
    assert expected
    for low, rows in expected.items():
        shown = in_order(details_of(vizsla, low, [row["span_id"] for row in rows]))
        for span, row in zip(shown, in_order(rows)):
            assert span == row
        assert len(shown) == len(rows)
        # The public form of the same: ids in full, tags without the tracers' own.
        public = {(span["spanID"], span["startTime"]): span for span in vizsla.trace(low)}
        for row in rows:
            span = public[int(row["span_id_decimal"]), int(row["start_ns"])]
            assert (span["traceID"], span["traceIDFull"], span["parentID"]) == (low, row["trace_id"], int(row["parent_id"] or "0", 16))
            assert (span["service"], span["name"], span["resource"], span["type"], span["duration"], span["error"]) == (
                row["service"], row["operation"], row["resource"], row["type"], row["duration_ns"], int(row["status"] == "error"))
            assert span["meta"].items() <= row["meta"].items() and span["metrics"].items() <= row["metrics"].items()
            hidden = (row["meta"].keys() - span["meta"].keys()) | (row["metrics"].keys() - span["metrics"].keys())
            assert all(key.startswith("_") for key in hidden), hidden
    total = vizsla.get("/api/ui/intake").json()["total"]
    assert total["received"] == total["stored"] == sum(map(len, expected.values())) and total["refused"] == {}


def test_each_span_comes_back_as_it_was_sent(replayed):
    vizsla, folder, _ = replayed
    check_each_span(vizsla, folder)


@pytest.mark.parametrize("capture", MORE)
def test_each_span_of_more_recordings_comes_back_as_it_was_sent(vizsla, capture):
    folder = RECORDINGS / capture
    if not folder.exists():
        pytest.skip("it needs the recordings beside the repository (../shared/data/captures), which aren't here")
    for recorded, body in trace_requests(folder):
        headers = {name: value for name, value in recorded["headers"] if name.lower() not in ("host", "content-length", "connection")}
        answer = requests.request(recorded["method"], vizsla.apm + recorded["path"], data=body, headers=headers, timeout=30)
        assert answer.status_code == 200, (recorded["seq"], answer.text)
    check_each_span(vizsla, folder)


@pytest.mark.parametrize("capture", CAPTURES)
def test_a_recording_at_another_time_says_the_same(capture):
    """Of `shifted`, with which other tests replay recordings."""
    folder, by_ns, spans = VECTORS / "captures" / capture, 3_600_000_000_001, 0
    for recorded, body in trace_requests(folder):
        before, after = (read_chunks(recorded["path"], recorded["headers"], each) for each in (body, shifted(by_ns)(recorded, body)))
        for span in (span for chunk in before for span in chunk.spans):
            spans += 1
            span["start"] += by_ns
            for event in span["events"]:
                event["time_unix_nano"] += by_ns
            if "events" in span["meta"]:
                events = json.loads(span["meta"]["events"])
                span["meta"]["events"] = [{**event, "time_unix_nano": event["time_unix_nano"] + by_ns} for event in events]
        for span in (span for chunk in after for span in chunk.spans if "events" in span["meta"]):
            span["meta"]["events"] = json.loads(span["meta"]["events"])
        assert before == after
    assert spans > 0


def test_every_recording_of_a_tracer_is_compared():
    if not RECORDINGS.exists():
        pytest.skip("it looks at the recordings beside the repository (../shared/data/captures), which aren't here")
    assert {folder.name for folder in RECORDINGS.iterdir() if trace_requests(folder)} == {*CAPTURES, *MORE}


LANGUAGE, TRACER = "python", "4.16.0"
START = 1_795_262_400_000_000_000
LOW, OTHER = 2**63 + 5, 77


def written_once() -> list[list[dict]]:
    """A chunk with all that a span can have, and one whose trace id has 64 bits and that nobody but the priority says anything of."""
    common = {"env": "demo", "version": "1.2.3"}
    shop = {"trace_id": LOW, "service": "shop", "type": "web"}
    first = {
        **shop, "span_id": 7, "parent_id": 0, "name": "web.request", "resource": "GET /cart", "start": START, "duration": 5_000_000, "error": 1,
        "meta": {HIGH: "6740000000000001", ORIGIN: "rum", DECISION: "-4", **common, "http.method": "GET", "http.status_code": "500", "ünï": "cödé",
                 "span.kind": "server", "component": "flask", "error.type": "E", "error.message": "no"},
        "metrics": {PRIORITY: 2, "_top_level": 1, "_dd.measured": 1, "a.number": 2.5, "whole": 7, "large": 2.0**60},
        "links": [{"trace_id": 5, "trace_id_high": 6, "span_id": 2**64 - 7, "attributes": {"why": "retry", "n": "2"}, "tracestate": "dd=s:1;o:rum", "flags": 1},
                  {"trace_id": 8, "span_id": 9}],
        "events": [{"name": "exception", "time_unix_nano": START + 1000, "attributes": {
            "text": "boo", "flag": True, "off": False, "whole": -(2**53) - 1, "real": 0.5, "list": ["a", "b"]}}, {"name": "bare", "time_unix_nano": START}],
        "meta_struct": {"appsec": b"\x81\xa1k\x01"},
    }
    spans = [first,
             {**shop, "span_id": 2**64 - 8, "parent_id": 7, "name": "render", "resource": "cart.html", "start": START + 1000, "duration": 1000, "error": 0,
              "meta": common, "metrics": {"whole": 3}},
             {**shop, "span_id": 9, "parent_id": 2**64 - 8, "service": "redis", "name": "redis.command", "resource": "GET", "type": "cache",
              "start": START + 2000, "duration": 0, "error": 0, "meta": {**common, "span.kind": "client", "peer.service": "redis"},
              "metrics": {"_top_level": 1}}]
    other = [{"trace_id": OTHER, "span_id": 1, "parent_id": 3, "service": "batch", "name": "job", "resource": "job", "type": "", "start": START, "duration": 1,
              "error": 0, "meta": {"env": "demo"}, "metrics": {PRIORITY: -1, "_top_level": 1}}]
    return [spans, other]


def shown(vizsla: Vizsla) -> list[dict]:
    details = []
    for trace_id, ids in {LOW: f"7,{2**64 - 8},9", OTHER: "1"}.items():
        details += vizsla.get(f"/api/ui/traces/{trace_id}/spans", ids=ids).json()["spans"]
    for span in details:
        del span["received_ns"]
    return details


def test_the_same_spans_through_every_version_give_the_same_rows(make_vizsla):
    """One payload, written in each form; an Agent's too, whose `_top_level` marks what the others have worked out for them."""
    seen, in_tags = {}, {}
    for name, form in forms(language_name=LANGUAGE, tracer_version=TRACER).items():
        vizsla = make_vizsla().start()
        headers = {} if form.names_sender else {"Datadog-Meta-Lang": LANGUAGE, "Datadog-Meta-Tracer-Version": TRACER}
        answer = vizsla.send(form.path, form.encode(written_once()), form.content_type, **headers)
        assert answer.status_code in (200, 202), (name, answer.text)
        (seen if form.carries_extras else in_tags)[name] = shown(vizsla)
        total = vizsla.get("/api/ui/intake").json()["total"]
        assert (total["received"], total["stored"], total["refused"], total["altered"]) == (4, 4, {}, {}), name
        assert "vizsla_values_coerced_total 0\n" in vizsla.get("/metrics").text
        assert vizsla.stop() == 0

    reference = seen["v0.4"]
    first, render, redis, job = reference
    assert [span["span_id_decimal"] for span in reference] == ["7", str(2**64 - 8), "9", "1"]
    assert first["trace_id"] == f"6740000000000001{LOW:016x}" and job["trace_id"] == f"{OTHER:032x}" and job["parent_id"] == f"{3:016x}"
    assert [span["is_entry"] for span in reference] == [True, False, True, True]
    assert [span["sampling_priority"] for span in reference] == [2, 2, 2, -1] and first["ingestion_reason"] == "manual"
    assert {(span["language"], span["tracer_version"]) for span in reference} == {(LANGUAGE, TRACER)}
    assert first["meta"] == written_once()[0][0]["meta"] and first["metrics"] == written_once()[0][0]["metrics"]
    assert first["links"] == [
        {"trace_id": f"{6:016x}{5:016x}", "span_id": "fffffffffffffff9", "attributes": {"why": "retry", "n": "2"}, "tracestate": "dd=s:1;o:rum", "flags": 1},
        {"trace_id": f"{8:032x}", "span_id": f"{9:016x}", "attributes": {}, "tracestate": ""}]
    assert first["events"] == [{"time_ns": str(event["time_unix_nano"]), "name": event["name"], "attributes": event.get("attributes", {})}
                               for event in written_once()[0][0]["events"]]
    assert (redis["service"]["name"], redis["kind"]) == ("redis", "client")
    assert len(seen) == 11
    for name, details in seen.items():
        assert details == reference, name

    # v0.5 has no field for links and events: they stay in their tags, and are shown as the others are.
    for name, details in in_tags.items():
        kept = {key: details[0]["meta"].pop(key) for key in ("_dd.span_links", "events")}
        assert json.loads(kept["events"])[0]["name"] == "exception"
        assert details == reference, name


def test_what_a_payload_says_of_its_sender_is_the_same_in_every_form_that_can_say_it(vizsla):
    sender = {"container_id": "c0ffee", "language_name": LANGUAGE, "language_version": "3.11", "tracer_version": TRACER, "runtime_id": "r-1", "env": "Prod 1",
              "hostname": "box", "app_version": "1.2.3"}
    facts = {"container_id": "c0ffee", "language": LANGUAGE, "tracer_version": TRACER, "env": "prod_1", "host": "box", "version": "1.2.3"}
    bare = {"service": "shop", "name": "n", "resource": "r", "start": START, "duration": 1}
    sendable = {name: form for name, form in forms(**sender).items() if form.names_sender}
    assert len(sendable) == 4
    for trace_id, (name, form) in enumerate(sendable.items(), 1):
        spans = [{**bare, "trace_id": trace_id, "span_id": 1, "metrics": {PRIORITY: 1}},
                 {**bare, "trace_id": trace_id, "span_id": 2, "parent_id": 1, "meta": {"env": "own", "version": "9"}}]
        assert vizsla.send(form.path, form.encode([spans]), form.content_type).status_code in (200, 202), name
        first, second = vizsla.get(f"/api/ui/traces/{trace_id}/spans", ids="1,2").json()["spans"]
        assert {key: first[key] for key in facts} == facts, name
        assert {key: second[key] for key in facts} == {**facts, "env": "own", "version": "9"}, name
        # A payload's own tags are on the first span of each of its chunks.
        assert first["meta"] == {"runtime-id": "r-1"} and second["meta"] == {"env": "own", "version": "9"}, name
