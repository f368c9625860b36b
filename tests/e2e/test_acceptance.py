"""The first acceptance scenarios, as far as they are about traces: a documented service, a distributed call, the raw API.

Each first literally, on what the tracers of those years sent (recorded), then with today's tracer in front of the same
applications, which gives other names. Their numbers too, of recordings told anew: statistics take no spans of long ago.
"""
import contextlib
import json
import pathlib
import re
import socket
import subprocess
import sys
import time

import pytest
import requests

from conftest import ROOT, VECTORS, Vizsla, replay, tracer_environment, wait_until
from hand_count import agrees, check_figures, counted_requests, sum_by
from recordings import sent_chunks, shift_to_now, shifted

EVER = {"from": "2020-01-01", "limit": 200}
ENTRY = 1  # a skeleton's flag
QUESTION = "/think/?subject=technology&subject=foo_bar"


@contextlib.contextmanager
def running(service: str, vizsla: Vizsla, **settings: str):
    """An application of the demo under its tracer; gives its address. At the end it sends what it still holds."""
    # Held until the end, as the demo does it: the application joins it, and nobody else can.
    with socket.socket() as port:
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        port.bind(("127.0.0.1", 0))
        number = port.getsockname()[1]
        environment = tracer_environment(DD_SERVICE=service, DD_TRACE_AGENT_URL=vizsla.apm, PORT=str(number), PYTHONPATH=str(ROOT), **settings)
        command = [pathlib.Path(sys.executable).parent / "ddtrace-run", sys.executable, "-m", "demo.apps." + service.replace("-", "_")]
        application = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            assert application.stdout.readline() == "ready\n"
            yield f"http://127.0.0.1:{number}"
        finally:
            application.terminate()
            try:
                application.wait(20)
            finally:
                application.kill()
                application.stdout.close()


def listed(vizsla: Vizsla, resource: str, **query) -> list[dict]:
    return [row for row in vizsla.get("/api/ui/traces", **{**EVER, **query}).json()["traces"] if row["resource"] == resource]


def skeleton_of(vizsla: Vizsla, row: dict) -> dict:
    return vizsla.get(f"/api/ui/traces/{row['trace_id']}/skeleton").json()


def printed(vizsla: Vizsla, row: dict) -> str:
    return vizsla.cli("trace", row["trace_id"], "--http", vizsla.http)


def only(spans: list[dict], name: str) -> dict:
    (span,) = [span for span in spans if span["name"] == name]
    return span


def lineage(spans: list[dict], span: dict) -> list[str]:
    """Operation names from the span up to the root."""
    by_id = {each["spanID"]: each for each in spans}
    names = [span["name"]]
    while span["parentID"]:
        span = by_id[span["parentID"]]
        names.append(span["name"])
    return names


def services(row: dict) -> list[str]:
    return [service["name"] for service in row["services"]]


def seconds(text: str) -> float:
    """Of a duration as it is printed."""
    number, unit = text.split()
    return float(number) * {"s": 1, "ms": 1e-3, "µs": 1e-6}[unit]


def figures(vizsla: Vizsla, env: str = "e2e") -> dict[str, dict]:
    """The list of services, by name."""
    return {service["name"]: service for service in vizsla.get("/api/ui/services", env=env).json()["services"]}


def resources(vizsla: Vizsla, service: str, env: str = "e2e") -> dict[str, dict]:
    return {row["resource"]: row for row in vizsla.get(f"/api/ui/services/{service}/resources", env=env).json()["resources"]}


def apdex_half(duration_ns: float) -> bool:
    return 0.5e9 <= duration_ns <= 2e9


def replay_now(vizsla: Vizsla, capture: str) -> tuple[list[dict], list[dict], str]:
    """A recording as if it had just been made, for statistics take no old spans. Gives all spans as they were sent; the
    entry spans among them, as they must be stored; and the env of them all."""
    chunks = sent_chunks(VECTORS / "captures" / capture)
    by_ns = shift_to_now(chunks)
    replay(vizsla, capture, shifted(by_ns))
    spans, entries = [span for chunk in chunks for span in chunk.spans], counted_requests(chunks, by_ns)
    (env,) = {entry["env"] for entry in entries}
    return spans, entries, env


def in_traces_of(spans: list[dict], entries: list[dict]) -> list[dict]:
    traces = {span["trace_id"] for span in spans}
    return [entry for entry in entries if int(entry["trace_id"][16:], 16) in traces]


# Scenario 1: GET /doc/ takes 0.3 + 0.5 + 0.3 s, the half second in a span of its own.

def check_documented_service(vizsla: Vizsla, row: dict, handler: str) -> None:
    """`handler` is the operation whose own time the two sleeps of 0.3 s are."""
    assert (row["service"]["name"], row["operation"], services(row)) == ("doc_service", "flask.request", ["doc_service"])
    assert (row["http_status"], row["status"], row["errors"], row["root_missing"]) == (200, "ok", 0, False)
    trace = vizsla.trace(row["trace_id"])
    assert {span["service"] for span in trace} == {"doc_service"} and not any(span["error"] for span in trace)
    root, work = only(trace, "flask.request"), only(trace, "doc_work")
    assert root["parentID"] == 0 and root["duration"] == pytest.approx(1.1e9, rel=0.1) and root["endTime"] == root["startTime"] + root["duration"]
    assert work["resource"] == "doc_work" and work["duration"] == work["self_time"] == pytest.approx(0.5e9, rel=0.1)
    assert work["startTime"] - root["startTime"] == pytest.approx(0.3e9, rel=0.2)
    assert only(trace, handler)["self_time"] == pytest.approx(0.6e9, rel=0.1)

    # In the list of spans 55 % and 45 %, in the legend all of it: the service is one.
    skeleton = skeleton_of(vizsla, row)
    operations = [skeleton["strings"]["operations"][index] for index in skeleton["spans"]["operation"]]
    shares = {name: exec_ns / row["duration_ns"] for name, exec_ns in zip(operations, skeleton["spans"]["exec_ns"])}
    assert shares[handler] == pytest.approx(0.55, abs=0.02) and shares["doc_work"] == pytest.approx(0.45, abs=0.02)
    (service,) = skeleton["services"]
    assert service["name"] == "doc_service" and service["errors"] == 0 and service["exec_ns"] == pytest.approx(row["duration_ns"], rel=1e-6)
    assert [operations[place] for place, flags in enumerate(skeleton["spans"]["flags"]) if flags & ENTRY] == ["flask.request"]

    text = printed(vizsla, row)
    assert text.startswith(f"doc_service › {row['resource']}  200  1.1")
    assert f"  {row['spans']} spans, 1 service, 0 errors\ntime in  doc_service 100%\n" in text
    half = re.search(r"^ +• doc_service doc_work .* (\d+ ms)$", text, re.M)
    assert half and seconds(half[1]) == pytest.approx(0.5, rel=0.1)


@pytest.mark.parametrize("form", ["json", "msgpack"])
def test_scenario_1_as_sent_in_2017(vizsla, form):
    replay(vizsla, f"python-ddtrace-0.5.3-doc-service-{form}")
    rows = listed(vizsla, "doc_resource")
    assert len(rows) == 5
    for row in rows:
        assert (row["spans"], row["type"]) == (2, "http")  # what a web server's spans were called then
        check_documented_service(vizsla, row, handler="flask.request")
        assert [span["name"] for span in vizsla.trace(row["trace_id"])] == ["flask.request", "doc_work"]


def test_scenario_1_today(vizsla):
    with running("doc_service", vizsla) as url:
        asked = requests.get(url + "/doc", timeout=30)
        # Who ends a program in the middle of its last span doesn't get that span.
        wait_until(lambda: listed(vizsla, "GET /doc/") and listed(vizsla, "GET 308"), what="the trace")
    assert asked.text == "42" and [answer.status_code for answer in asked.history] == [308]
    (row,) = listed(vizsla, "GET /doc/")
    assert row["type"] == "web"
    check_documented_service(vizsla, row, handler="main.doc_resource")
    # In numbers: one service of type web, whose requests are its answers; Apdex of a request of 1.1 s is a half.
    (service,) = figures(vizsla).values()
    assert (service["name"], service["type"], service["operation"], service["language"]) == ("doc_service", "web", "flask.request", "python")
    assert (service["requests"], service["errors"], service["error_rate"], service["is_dependency"]) == (2, 0, 0, False)
    of_doc = resources(vizsla, "doc_service")["GET /doc/"]
    assert (of_doc["requests"], of_doc["errors"]) == (1, 0) and apdex_half(row["duration_ns"])
    assert of_doc["apdex"] == {"score": 0.5, "satisfied": 0, "tolerating": 1, "frustrated": 0}
    assert of_doc["latency"]["max_ns"] == row["duration_ns"] and of_doc["total_time_ns"] == row["duration_ns"]
    assert of_doc["latency"]["p95_ns"] == pytest.approx(row["duration_ns"], rel=0.01) and of_doc["latency"]["n"] == 1
    root = only(vizsla.trace(row["trace_id"]), "flask.request")
    assert root["meta"]["http.url"] == url + "/doc/" and root["meta"]["http.route"] == "/doc/" and root["self_time"] < 0.1e9

    # The redirect is a trace of its own: an answer like any other, whatever the framework raised to get there.
    (redirect,) = listed(vizsla, "GET 308")
    assert (redirect["http_status"], redirect["status"]) == (308, "ok") and redirect["trace_id"] != row["trace_id"]
    trace = vizsla.trace(redirect["trace_id"])
    assert only(trace, "flask.request")["error"] == 0
    assert only(trace, "flask.dispatch_request")["meta"]["error.type"] == "werkzeug.routing.exceptions.RequestRedirect"
    assert printed(vizsla, redirect).startswith("doc_service › GET 308  308  ")


@pytest.mark.parametrize("capture", ["python-ddtrace-0.5.3-doc-service-json", "python-ddtrace-0.5.3-doc-service-msgpack", "python-ddtrace-0.12.1-priority-v0.4",
                                     "python-ddtrace-0.12.1-priority-old-agent", "python-ddtrace-doc-service", "python-ddtrace-old-agent"])
def test_scenario_1_in_numbers_as_recorded(vizsla, capture):
    spans, entries, env = replay_now(vizsla, capture)
    found = check_figures(vizsla, env, entries)
    # One service, of the type that web servers had then or have now, which depends on none.
    assert found.keys() == {"doc_service"} and vizsla.get("/api/ui/services", env=env).json()["silent"] == []
    service = found["doc_service"]
    assert service["operation"] == "flask.request" and {service["type"]} == {entry["type"] for entry in entries} and service["type"] in ("http", "web")
    assert service["requests"] == len(entries) == len({span["trace_id"] for span in spans}) and service["time_share"] == 1
    # The documented request is one resource: a hit for each time that there was work, none of them failed.
    works = [span for span in spans if span["name"] == "doc_work"]
    documented = in_traces_of(works, entries)
    (resource,) = {entry["resource"] for entry in documented}
    assert len(documented) == len(works) > 0
    of_doc = resources(vizsla, "doc_service", env)[resource]
    assert (of_doc["requests"], of_doc["errors"], of_doc["error_rate"]) == (len(works), 0, 0)
    # 0.3 + 0.5 + 0.3 s: all of them tolerating, which is an Apdex of a half.
    agrees(of_doc, sum_by(documented, "resource")[resource], resource)
    assert all(apdex_half(entry["duration_ns"]) for entry in documented)
    assert of_doc["apdex"] == {"score": 0.5, "satisfied": 0, "tolerating": 1, "frustrated": 0}
    assert of_doc["latency"]["p50_ns"] == pytest.approx(1.1e9, rel=0.1)
    # 45 % of it is the work's.
    assert sum(span["duration"] for span in works) / of_doc["total_time_ns"] == pytest.approx(0.45, abs=0.02)


# Scenarios 2 and 3: one service asks another, in which one of two spans fails; the answer is 200 all the same.

def check_thinker(vizsla: Vizsla, row: dict, between: list[str], unit_ns: float) -> None:
    """The microservice sleeps 2, 5, 2 and 5 units; `between` are the operations from its span up to the API's."""
    assert (row["service"]["name"], row["operation"]) == ("thinker-api", "flask.request")
    assert {"thinker-api", "thinker-microservice"} <= set(services(row))
    trace = vizsla.trace(row["trace_id"])
    root, remote = only(trace, "flask.request"), only(trace, "aiohttp.request")
    thinks = sorted((span for span in trace if span["name"] == "think"), key=lambda span: span["startTime"])
    assert (root["service"], root["parentID"], remote["service"]) == ("thinker-api", 0, "thinker-microservice")
    assert lineage(trace, remote) == ["aiohttp.request", *between, "flask.request"]
    assert [(span["service"], span["resource"], span["parentID"]) for span in thinks] == [("thinker-microservice", "think", remote["spanID"])] * 2
    assert remote["duration"] == pytest.approx(14 * unit_ns, rel=0.25) and remote["duration"] < root["duration"]
    assert [think["duration"] for think in thinks] == [pytest.approx(5 * unit_ns, rel=0.25)] * 2
    assert [think["meta"]["subject"] for think in thinks] == ["technology", "foo_bar"]
    assert len({span["traceIDFull"] for span in trace}) == 1

    failed = thinks[1]
    assert [think["error"] for think in thinks] == [0, 1]
    (detail,) = vizsla.get(f"/api/ui/traces/{row['trace_id']}/spans/{failed['spanID']}").json()["spans"]
    assert (detail["status"], detail["error"]["type"], detail["error"]["message"]) == ("error", "builtins.KeyError", "'foo_bar'")
    stack = detail["error"]["stack"]
    assert stack.startswith("Traceback (most recent call last):\n") and "in think" in stack and stack.rstrip().endswith("KeyError: 'foo_bar'")

    # The trace is fine, and so are both requests; what failed inside is found nevertheless, and marked.
    assert (row["http_status"], row["status"], row["errors"]) == (200, "ok", 1)
    assert row["error"] == {"service": "thinker-microservice", "type": "builtins.KeyError", "message": "'foo_bar'"}
    assert [span["spanID"] for span in trace if span["error"]] == [failed["spanID"]]
    assert row["trace_id"] in {found["trace_id"] for found in listed(vizsla, row["resource"], errors="true")}
    skeleton = skeleton_of(vizsla, row)
    assert [skeleton["spans"]["id"][place] for place, error in enumerate(skeleton["spans"]["error"]) if error] == [f"{failed['spanID']:016x}"]
    errors = {service["name"]: service["errors"] for service in skeleton["services"]}
    assert errors == {name: int(name == "thinker-microservice") for name in services(row)}

    # Scenario 4's ground: both requests are entry spans, and the thoughts aren't.
    entries = {span["name"] for span in trace if skeleton["spans"]["flags"][skeleton["spans"]["id"].index(f"{span['spanID']:016x}")] & ENTRY}
    assert {"flask.request", "aiohttp.request"} <= entries and "think" not in entries
    # Scenario 5's: nearly all of the time is the microservice's.
    exec_ns = {service["name"]: service["exec_ns"] for service in skeleton["services"]}
    assert exec_ns["thinker-microservice"] == pytest.approx(remote["duration"], rel=0.01)
    assert sum(exec_ns.values()) == pytest.approx(root["duration"], rel=0.01)

    text = printed(vizsla, row)
    assert text.startswith(f"thinker-api › {row['resource']}  200  ") and ", 1 error\ntime in  thinker-microservice " in text
    marked = [line.split()[:3] for line in text.splitlines() if re.match(r" *[•✗] ", line)]
    assert [line for line in marked if line[0] == "✗"] == [["✗", "thinker-microservice", "think"], ["✗", "thinker-microservice", "think:"]]
    assert len(marked) == row["spans"] + 1
    assert "✗ thinker-microservice think: builtins.KeyError: 'foo_bar'\n" in text and "\n    KeyError: 'foo_bar'\n" in text


@pytest.mark.parametrize("form", ["json", "msgpack"])
def test_scenarios_2_and_3_as_sent_in_2018(vizsla, form):
    replay(vizsla, f"python-ddtrace-0.10.1-thinker-{form}")
    rows = [row for row in listed(vizsla, "think_handler") if row["errors"]]
    assert len(rows) == 5
    for row in rows:
        assert (row["spans"], services(row)) == (4, ["thinker-api", "thinker-microservice"])
        check_thinker(vizsla, row, between=[], unit_ns=10e6)  # recorded with a tenth of the documented sleeps
    # With one subject that is known nothing fails.
    assert [row["error"] for row in listed(vizsla, "think_handler") if not row["errors"]] == [None] * 5


def test_scenarios_2_and_3_today(vizsla):
    with running("thinker-microservice", vizsla) as microservice, running("thinker-api", vizsla, THINKER_URL=microservice) as url:
        asked = requests.get(url + QUESTION, timeout=30)
        assert asked.status_code == 200
        assert asked.json()["technology"]["author"] == "Richard Feynman" and asked.json()["foo_bar"] == {"error": True, "reason": "Subject unknown"}
        wait_until(lambda: listed(vizsla, "GET /think/"), what="the trace")
    (row,) = listed(vizsla, "GET /think/")
    trace = vizsla.trace(row["trace_id"])
    assert only(trace, "aiohttp.request")["resource"] == "GET /" and only(trace, "requests.request")["meta"]["span.kind"] == "client"
    check_thinker(vizsla, row, between=["requests.request", "main.think_handler", "flask.dispatch_request", "flask.application"], unit_ns=100e6)
    assert vizsla.cli("trace", "--last", "--error", "--http", vizsla.http) == printed(vizsla, row)
    # Scenario 3 in numbers: the request failed nowhere. Scenario 4: the requests of both are counted, the thoughts aren't.
    found = figures(vizsla)
    assert {name: service["is_dependency"] for name, service in found.items()} == {"thinker-api": False, "thinker-microservice": False, "requests": True}
    assert found["requests"]["called_by"] == ["thinker-api"]
    for service, operation in {"thinker-api": "flask.request", "thinker-microservice": "aiohttp.request"}.items():
        assert (found[service]["operation"], found[service]["requests"], found[service]["errors"], found[service]["error_rate"]) == (operation, 1, 0, 0)
        assert [each["name"] for each in found[service]["operations"]] == [operation]
    (only_resource,) = resources(vizsla, "thinker-microservice").values()
    assert only_resource["latency"]["max_ns"] == only(trace, "aiohttp.request")["duration"]
    # Both ends say which deployment they are.
    assert {(span["meta"].get("env"), span["meta"].get("version")) for span in trace if span["name"] in ("flask.request", "aiohttp.request")} == {("e2e", "1.2.3")}


@pytest.mark.parametrize("capture", ["python-ddtrace-0.10.1-thinker-json", "python-ddtrace-0.10.1-thinker-msgpack", "python-ddtrace-v04", "python-ddtrace-v05"])
def test_scenarios_2_to_4_in_numbers_as_recorded(vizsla, capture):
    spans, entries, env = replay_now(vizsla, capture)
    found = check_figures(vizsla, env, entries)
    # Scenario 2: two services, each with its own view of the questions.
    assert {"thinker-api", "thinker-microservice"} <= {name for name, service in found.items() if not service["is_dependency"]}
    thoughts = [span for span in spans if span["name"] == "think"]
    sums, thoughtful = sum_by(entries, "service", "resource"), in_traces_of(thoughts, entries)
    total_time = {}
    for name, operation in {"thinker-api": "flask.request", "thinker-microservice": "aiohttp.request"}.items():
        (resource,) = {entry["resource"] for entry in thoughtful if (entry["service"], entry["operation"]) == (name, operation)}
        of_question = resources(vizsla, name, env)[resource]
        agrees(of_question, sums[name, resource], resource)
        assert of_question["requests"] >= len({span["trace_id"] for span in thoughts}) > 0
        # Scenario 3: what failed inside is no error of a request, which was answered with 200.
        assert (of_question["errors"], of_question["error_rate"]) == (0, 0)
        assert {entry["http_status"] for entry in entries if (entry["service"], entry["resource"]) == (name, resource)} == {200}
        total_time[name] = of_question["total_time_ns"]
    # Each is a part of the one around it.
    assert 0 < sum(span["duration"] for span in thoughts) < total_time["thinker-microservice"] < total_time["thinker-api"]
    failed = [span for span in thoughts if span["error"]]
    assert 0 < len(failed) < len(thoughts)
    assert (found["thinker-microservice"]["errors"], found["thinker-microservice"]["error_rate"]) == (0, 0)
    by_search = vizsla.spans(**{"filter[query]": "status:error service:thinker-microservice"})
    assert sorted(int(span["span_id"]) for span in by_search) == sorted(span["span_id"] for span in failed)
    # Scenario 4: hits by operation and service are those of entry spans, and a thought is none.
    hits = {(name, operation["name"]): operation["requests"] for name, service in found.items() for operation in service["operations"]}
    assert {key: number for key, number in hits.items() if key[0].startswith("thinker-") and key[0] != "thinker-worker"} == {
        ("thinker-api", "flask.request"): sum(span["name"] == "flask.request" for span in spans),
        ("thinker-microservice", "aiohttp.request"): sum(span["name"] == "aiohttp.request" for span in spans)}
    assert not any(operation == "think" for _, operation in hits)
    assert not any("_dd.measured" in span["metrics"] for span in thoughts)


# Scenario 8: by hand, as the documentation of the raw API had it.

REQUIRED = {"trace_id": 987654321, "span_id": 123456789, "name": "span_name", "resource": "/home", "service": "service_name", "duration": 12345}


def test_scenario_8_only_what_is_required_makes_a_trace(vizsla):
    start = time.time_ns()
    answer = vizsla.send("/v0.3/traces", json.dumps([[{**REQUIRED, "start": start}]]).encode(), "application/json")
    assert (answer.status_code, answer.text) == (200, "OK\n")
    (row,) = listed(vizsla, "/home", **{"from": "now-1m"})
    assert (row["trace_id"], row["start_ns"], row["duration_ns"]) == (f"{987654321:032x}", str(start), 12345)
    assert (row["service"]["name"], row["operation"], row["spans"], row["errors"], row["status"]) == ("service_name", "span_name", 1, 0, "ok")
    (span,) = vizsla.trace(987654321)
    assert {key: span[key] for key in ("name", "resource", "service", "duration", "error", "parentID", "type", "meta", "metrics")} == {
        "name": "span_name", "resource": "/home", "service": "service_name", "duration": 12345, "error": 0, "parentID": 0, "type": "", "meta": {}, "metrics": {}}
    assert vizsla.cli("trace", "--last", "--http", vizsla.http).startswith("service_name › /home  ok  12.3 µs\n")
    assert vizsla.get("/api/ui/intake").json()["total"]["altered"] == {}


@pytest.mark.parametrize("body", [b"", b"[[", b"[[{]]", b'{"trace_id": 1}', b'[[{"trace_id": "one", "span_id": 1}]]', b"trace", b"\xff\xfe"])
def test_scenario_8_bad_json_is_refused_in_words(vizsla, body):
    answer = vizsla.send("/v0.3/traces", body, "application/json")
    assert answer.status_code == 400 and answer.headers["Content-Type"].startswith("text/plain")
    assert len(answer.text.strip()) > 10 and answer.text.count("\n") == 1, answer.text
    assert vizsla.spans() == [] and listed(vizsla, "/home") == []


def test_scenario_8_services_are_taken(vizsla):
    described = {"service_name": {"app": "my-app", "app_type": "web"}}
    answer = vizsla.send("/v0.3/services", json.dumps(described).encode(), "application/json")
    assert (answer.status_code, answer.text) == (200, "OK\n")


def test_scenario_8_by_curl(vizsla):
    """Word for word what somebody types who has no tracer."""
    body = json.dumps([[{**REQUIRED, "start": time.time_ns()}]])
    command = ["curl", "--silent", "--noproxy", "*", "-X", "PUT", "-H", "Content-type: application/json", "-d", body, vizsla.apm + "/v0.3/traces"]
    assert subprocess.run(command, capture_output=True, text=True, timeout=20).stdout == "OK\n"
    assert len(vizsla.trace(987654321)) == 1
