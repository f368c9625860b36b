"""What tests of tracers and of Agents that others have written look for, as far as it is for the intake to do (agent-protocol §15).

What payloads of each version hold is in test_captures.py, answers are in test_api_contract.py, headers and connections in
test_agent_face.py, real tracers in test_tracers*.py.
"""
import itertools
import json
import time

import pytest
import requests

import wire_forms
from conftest import Vizsla
from wire_forms import DECISION, HIGH, PRIORITY

NOW = time.time_ns()
FORMS = wire_forms.forms(language_name="python")
SOME_FORMS = ["v0.3 JSON", "v0.4", "v0.5", "v0.7", "v1.0", "an Agent's", "an Agent's, by number"]
HALF = 0x6740_0000_0000_0001


@pytest.fixture(scope="module")
def vizsla(tmp_path_factory):
    server = Vizsla(tmp_path_factory.mktemp("conformance") / "data").start()
    yield server
    assert server.stop() == 0, "".join(server.log)


trace_ids = itertools.count(1)


def span(trace_id: int, **fields) -> dict:
    return {"trace_id": trace_id, "span_id": 1, "parent_id": 0, "service": "s", "name": "n", "resource": "r", "type": "", "start": NOW, "duration": 1, "error": 0,
            "meta": {}, "metrics": {}, **fields}


def send(vizsla, chunks: wire_forms.Chunks, form: str = "v0.4", **headers: str) -> None:
    chosen = FORMS[form]
    answer = vizsla.send(chosen.path, chosen.encode(chunks), chosen.content_type, **headers)
    assert answer.status_code in (200, 202), answer.text


def details(vizsla, trace_id: int, *span_ids: int) -> list[dict]:
    answer = vizsla.get(f"/api/ui/traces/{trace_id}/spans", ids=",".join(map(str, span_ids or (1,))))
    assert answer.status_code == 200, answer.text
    return answer.json()["spans"]


# Trace ids of 128 bits.

@pytest.mark.parametrize("form", SOME_FORMS)
def test_the_high_half_is_said_once_and_counts_for_the_whole_chunk(vizsla, form):
    low = next(trace_ids)
    send(vizsla, [[span(low, meta={HIGH: f"{HALF:016x}"}, metrics={PRIORITY: 1}), span(low, span_id=2, parent_id=1)]], form)
    full = f"{HALF:016x}{low:016x}"
    assert [row["trace_id"] for row in details(vizsla, low, 1, 2)] == [full, full]
    for spelling in (full, str((HALF << 64) + low), str(low), f"{low:016x}"):
        assert {each["traceIDFull"] for each in vizsla.trace(spelling)} == {full}


@pytest.mark.parametrize("said", ["", "6740", "6740000000000001f", "674000000000000g", " 740000000000001", "0x40000000000001", "0" * 16])
def test_a_high_half_that_is_none_is_passed_over(vizsla, said):
    low = next(trace_ids)
    send(vizsla, [[span(low, meta={HIGH: said})]])
    assert details(vizsla, low)[0]["trace_id"] == f"{low:032x}"


def test_a_trace_of_64_bits_is_given_no_more(vizsla):
    low = 2**64 - next(trace_ids)
    send(vizsla, [[span(low)]])
    assert details(vizsla, low)[0]["trace_id"] == f"{low:032x}" and vizsla.trace(low)[0]["traceID"] == low


# Parts of a trace.

def test_parts_of_a_trace_meet_whatever_way_they_come(vizsla):
    """Flushed in parts, each part by another version, the root last; some senders in the middle know 64 bits only."""
    low = next(trace_ids)
    facts = {"meta": {HIGH: f"{HALF:016x}", DECISION: "-3"}, "metrics": {PRIORITY: 2}}
    parts = {"v0.5": [span(low, span_id=30, parent_id=20, service="c"), span(low, span_id=31, parent_id=30, service="c")],
             "v1.0": [span(low, span_id=20, parent_id=10, service="b", **facts)],
             "v0.3 JSON": [span(low, span_id=12, parent_id=11, service="a")],
             "v0.7": [span(low, span_id=11, parent_id=10, service="a", **facts)],
             "v0.4": [span(low, span_id=10, service="a", **facts)]}
    for form, chunk in parts.items():
        send(vizsla, [chunk], form)
    skeleton = vizsla.get(f"/api/ui/traces/{low}/skeleton").json()
    assert skeleton["trace_id"] == f"{HALF:016x}{low:016x}" and skeleton["span_count"] == 6 and skeleton["warnings"] == []
    assert [int(id, 16) for id in skeleton["spans"]["id"]][0] == 10 and skeleton["root"] == 0 and skeleton["depth"] == 4
    rows = {int(row["span_id"], 16): row for row in details(vizsla, low, 10, 11, 12, 20, 30, 31)}
    assert {row["trace_id"] for row in rows.values()} == {skeleton["trace_id"]}
    # Each part's first span says how it was decided; a part without says nothing.
    assert {id: row["sampling_priority"] for id, row in rows.items()} == {10: 2, 11: 2, 12: None, 20: 2, 30: None, 31: None}
    assert {id: row["ingestion_reason"] for id, row in rows.items()} == {10: "rule", 11: "rule", 12: "auto", 20: "rule", 30: "auto", 31: "auto"}


def test_a_span_that_still_runs_is_replaced_not_repeated(vizsla):
    """Snapshots come in any order; the highest counts, and the finished span before all."""
    low = next(trace_ids)
    shown = lambda: [(each["duration"], each["metrics"].get("version")) for each in vizsla.trace(low)]
    for version, expected in ((1, 1), (3, 3), (2, 3)):
        send(vizsla, [[span(low, duration=version * 1000, metrics={"_dd.partial_version": version, "version": version})]])
        assert shown() == [(expected * 1000, expected)]
    send(vizsla, [[span(low, duration=9000, metrics={"_dd.was_long_running": 1, "version": 9})]])
    assert shown() == [(9000, 9)]
    send(vizsla, [[span(low, duration=4000, metrics={"_dd.partial_version": 4, "version": 4})]])
    assert shown() == [(9000, 9)]


# Sampling: every span is kept, and says how it was decided.

REASONS = {"-0": "auto", "-1": "auto", "-2": "auto", "-3": "rule", "-4": "manual", "-5": "appsec", "-8": "rule", "-9": "otel", "-11": "rule", "-12": "rule",
           "934086a686-4": "manual"}


@pytest.mark.parametrize("form", SOME_FORMS)
def test_each_decision_is_kept_with_its_spans(vizsla, form):
    for priority, decision in itertools.product((-1, 0, 1, 2), REASONS):
        if "a" in decision and form in ("v1.0", "an Agent's, by number"):
            continue  # these have a number for it
        low = next(trace_ids)
        send(vizsla, [[span(low, meta={DECISION: decision}, metrics={PRIORITY: priority})]], form)
        (row,) = details(vizsla, low)
        assert (row["sampling_priority"], row["ingestion_reason"]) == (priority, REASONS[decision])
        # "-0" is what these say when they say nothing.
        assert row["meta"].get(DECISION, "-0") == decision and row["metrics"][PRIORITY] == priority


def test_rates_come_back_as_they_were_written(vizsla):
    low = next(trace_ids)
    meta = {"_dd.p.ksr": "0.000001", "_dd.p.ts": "02"}
    metrics = {"_dd.rule_psr": 1e-06, "_dd.limit_psr": 1.0, "_dd.agent_psr": 0.1, "_sample_rate": 0.25, "_dd.tracer_kr": 0.9999999999999999, "zero": 0.0,
               "small": 5e-324, "large": 1.7976931348623157e308, "negative": -0.0}
    send(vizsla, [[span(low, meta=meta, metrics=metrics)]])
    (row,) = details(vizsla, low)
    assert row["meta"] == meta and row["metrics"] == metrics


def test_a_single_span_of_a_dropped_trace_is_kept(vizsla):
    """Sent without its parents: what a rule for spans has picked from a trace that its tracer dropped."""
    low = next(trace_ids)
    picked = {"_dd.span_sampling.mechanism": 8, "_dd.span_sampling.rule_rate": 0.5, "_dd.span_sampling.max_per_second": 10}
    send(vizsla, [[span(low, span_id=5, parent_id=4, metrics={**picked, PRIORITY: -1})]], **{
        "Datadog-Client-Dropped-P0-Traces": "1", "Datadog-Client-Dropped-P0-Spans": "7", "Datadog-Client-Computed-Stats": "yes"})
    (row,) = details(vizsla, low, 5)
    assert row["metrics"] == {**picked, PRIORITY: -1} and row["parent_id"] == f"{4:016x}" and not row["is_root"]
    codes = [warning["code"] for warning in vizsla.get(f"/api/ui/traces/{low}/skeleton").json()["warnings"]]
    assert {"missing_parent", "no_root"} <= set(codes)


# What headers mean, and what they don't.

TRUE, FALSE = ("true", "yes", "t", "1", "TRUE", "anything"), ("", "0", "f", "F", "false", "False", "FALSE")


@pytest.mark.parametrize("value", TRUE + FALSE)
def test_whether_the_client_marks_entry_spans_is_a_word(vizsla, value):
    """Java leaves the value empty when it means no."""
    low = next(trace_ids)
    chunk = [span(low), span(low, span_id=2, parent_id=1), span(low, span_id=3, parent_id=1, metrics={"_dd.top_level": 1})]
    send(vizsla, [chunk], **{"Datadog-Client-Computed-Top-Level": value})
    assert [row["is_entry"] for row in details(vizsla, low, 1, 2, 3)] == ([False, False, True] if value in TRUE else [True, False, False])


@pytest.mark.parametrize("name", ["X-Datadog-Trace-Count", "Datadog-Client-Dropped-P0-Traces", "Datadog-Client-Dropped-P0-Spans", "Datadog-Meta-Lang",
                                  "Datadog-Meta-Tracer-Version", "Datadog-Entity-ID", "Datadog-Container-ID", "Datadog-External-Env",
                                  "Datadog-Client-Computed-Stats", "Datadog-Send-Real-Http-Status", "Idempotency-Key", "X-Datadog-Process-Tags",
                                  "X-Datadog-Test-Session-Token"])
def test_no_header_of_a_tracer_refuses_spans(vizsla, name):
    """Missing, wrong, or of another kind: they are for counting and naming."""
    values = ["", "7", "-1", "many", "99999999999999999999", "x" * 5000, "ci-,in-", "in-1", "Ã¼"]  # the last one UTF-8, as it looks byte by byte
    ids = [next(trace_ids) for _ in values]
    for low, value in zip(ids, values):
        send(vizsla, [[span(low)]], **{name: value})
    assert all(len(vizsla.trace(low)) == 1 for low in ids)


@pytest.mark.parametrize("kind", ["application/msgpack; charset=utf-8", "APPLICATION/MSGPACK", "application/octet-stream", "text/plain",
                                  "application/x-msgpack", "x"])
def test_the_type_of_a_body_is_a_hint(vizsla, kind):
    for path, encode in {"/v0.3/traces": wire_forms.v04, "/v0.4/traces": wire_forms.v04, "/v0.5/traces": wire_forms.v05, "/v0.7/traces": wire_forms.v07,
                         "/v1.0/traces": wire_forms.v10}.items():
        low = next(trace_ids)
        assert vizsla.send(path, encode([[span(low, metrics={PRIORITY: 1})]]), kind).status_code == 200, path
        assert vizsla.trace(low)
    # Whatever is said, these never were msgpack ones.
    low = next(trace_ids)
    assert vizsla.send("/v0.5/traces", wire_forms.v05([[span(low)]]), "application/json").status_code == 200 and vizsla.trace(low)


@pytest.mark.parametrize("kind", ["", "text/json", "application/json; charset=utf-8", "Application/JSON", "application/octet-stream", "text/plain"])
def test_json_is_taken_under_any_name_but_that_of_another(vizsla, kind):
    for path in ("/v0.2/traces", "/v0.3/traces", "/v0.4/traces"):
        low = next(trace_ids)
        assert vizsla.send(path, wire_forms.v04_json([[span(low)]]), kind).status_code == 200, path
        assert vizsla.trace(low)


@pytest.mark.parametrize("form", [name for name, form in FORMS.items() if form.content_type != wire_forms.PROTOBUF])
def test_what_comes_behind_a_whole_document_is_passed_over(vizsla, form):
    chosen = FORMS[form]
    for rest in (b" trailing", b"\0\0\0", b"[]", b"\x91"):
        low = next(trace_ids)
        assert vizsla.send(chosen.path, chosen.encode([[span(low, metrics={PRIORITY: 1})]]) + rest, chosen.content_type).status_code == 200, rest
        assert len(vizsla.trace(low)) == 1


# Links and events.

BROKEN = ["", "null", "{}", "7", "[", "[1, null, \"x\", []]", '[{"trace_id": 5}]', '[{"name": 7, "time_unix_nano": "late"}]', "not JSON", "[" * 3000]


@pytest.mark.parametrize("text", BROKEN)
def test_links_and_events_that_are_no_json_harm_no_answer(vizsla, text):
    low = next(trace_ids)
    send(vizsla, [[span(low, meta={"_dd.span_links": text, "events": text})]])
    (row,) = details(vizsla, low)
    assert row["meta"] == {"_dd.span_links": text, "events": text}
    assert all(set(link) <= {"trace_id", "span_id", "attributes", "tracestate", "flags"} for link in row["links"])
    assert all(set(event) == {"time_ns", "name", "attributes"} for event in row["events"])
    for path in (f"/api/v2/trace/{low}", f"/api/v1/trace/{low}", f"/api/ui/traces/{low}/skeleton", f"/api/ui/traces/{low}/text"):
        assert vizsla.get(path).status_code == 200, path


def test_links_and_events_of_both_kinds_are_shown_together(vizsla):
    low = next(trace_ids)
    in_tags = {"_dd.span_links": json.dumps([{"trace_id": "ab", "span_id": "cd", "trace_state": "dd=s:1", "flags": 0}]),
               "events": json.dumps([{"name": "in a tag", "time_unix_nano": 5, "attributes": {"a": [1, "x", True]}}])}
    send(vizsla, [[span(low, meta=in_tags, links=[{"trace_id": 1, "trace_id_high": 2, "span_id": 3}], events=[{"name": "in a field", "time_unix_nano": 6}])]])
    (row,) = details(vizsla, low)
    assert row["links"] == [{"trace_id": f"{2:016x}{1:016x}", "span_id": f"{3:016x}", "attributes": {}, "tracestate": ""},
                            {"trace_id": "ab".rjust(32, "0"), "span_id": "cd".rjust(16, "0"), "attributes": {}, "tracestate": "dd=s:1", "flags": 0}]
    assert row["events"] == [{"time_ns": "6", "name": "in a field", "attributes": {}}, {"time_ns": "5", "name": "in a tag", "attributes": {"a": [1, "x", True]}}]


@pytest.mark.parametrize("flags", [None, 0, 1])
@pytest.mark.parametrize("form", ["v0.3 JSON", "v0.4", "v0.7", "v1.0", "an Agent's", "an Agent's, by number"])
def test_flags_of_a_link_that_are_nought_are_not_missing_ones(vizsla, form, flags):
    low = next(trace_ids)
    link = {"trace_id": 1, "span_id": 3, **({} if flags is None else {"flags": flags})}
    send(vizsla, [[span(low, links=[link], metrics={PRIORITY: 1})]], form)
    assert details(vizsla, low)[0]["links"][0].get("flags") == flags


# Filters: told to tracers, and applied here to what comes.

def test_filters_are_announced_and_applied(make_vizsla):
    vizsla = make_vizsla("--set", "apm_config.ignore_resources=^GET /health$,\"a{1,2}$\"", "--set", "apm_config.filter_tags.reject=debug secret:yes",
                         "--set", "apm_config.filter_tags.require=team", "--set", 'apm_config.filter_tags_regex.reject=["path:^/x.*y$"]',
                         "--set", "apm_config.filter_tags_regex.require=team:^(red|blue)$").start()
    info = requests.get(vizsla.apm + "/info", timeout=30).json()
    assert info["ignore_resources"] == ["^GET /health$", "a{1,2}$"]
    assert info["filter_tags"] == {"require": ["team"], "reject": ["debug", "secret:yes"]}
    assert info["filter_tags_regex"] == {"require": ["team:^(red|blue)$"], "reject": ["path:^/x.*y$"]}

    team = {"team": "red"}
    dropped = {"ignored_resource": [{"resource": "GET /health", "meta": team}, {"resource": "baa", "meta": team}],
               "rejected_tag": [{"meta": {**team, "debug": ""}}, {"meta": {**team, "secret": "yes"}}, {"meta": {**team, "path": "/x/y"}}],
               "missing_tag": [{}, {"meta": {"team": "green"}}, {"metrics": {"team": 1}}]}
    kept = [{"meta": team}, {"meta": {**team, "secret": "no"}}, {"resource": "GET /health/deep", "meta": {"team": "blue"}}, {"meta": {**team, "path": "/z/x/y"}}]
    # What counts is the root, wherever it stands in its chunk; what an Agent has filtered isn't filtered again.
    child = {"span_id": 2, "parent_id": 1, "resource": "GET /health", "meta": {"debug": "1"}}
    ids: dict[str, list[int]] = {reason: [] for reason in (*dropped, "kept", "an Agent's")}
    for reason, spans in {**dropped, "kept": kept}.items():
        for form, fields in itertools.product(("v0.4", "v0.5", "v1.0"), spans):
            ids[reason].append(next(trace_ids))
            send(vizsla, [[span(ids[reason][-1], **child), span(ids[reason][-1], **fields)]], form)
    for spans in dropped.values():
        ids["an Agent's"].append(next(trace_ids))
        send(vizsla, [[span(ids["an Agent's"][-1], **spans[0])]], "an Agent's")
    for reason, traces in ids.items():
        for low in traces:
            assert vizsla.get(f"/api/v2/trace/{low}").status_code == (200 if reason in ("kept", "an Agent's") else 404), reason
    total = vizsla.get("/api/ui/intake").json()["total"]
    assert total["refused"] == {reason: 2 * len(ids[reason]) for reason in dropped}
    assert total["stored"] == 2 * len(ids["kept"]) + len(ids["an Agent's"])
    assert vizsla.stop() == 0
