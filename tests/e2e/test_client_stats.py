"""Statistics that a real tracer computes, beside those that Vizsla counts from the same spans."""
import gzip
import pathlib
import subprocess
import sys
import textwrap
import time

import msgpack
import pytest
import requests

from conftest import Vizsla, tracer_environment, wait_until

# Spans of known times: 60 requests of 10, 20, … 600 ms, each with a query; every tenth fails.
APP = """
    import time
    from ddtrace.trace import tracer

    began = time.time_ns()

    def finish(span, start_ns, duration_ns):
        span.start_ns = start_ns
        span.finish(finish_time=(start_ns + duration_ns) / 1e9)

    for i in range(1, 61):
        duration = i * 10_000_000
        request = tracer.trace("web.request", resource=f"GET /{i % 3}", span_type="web")
        request.set_tag("span.kind", "server")
        request.set_tag("http.status_code", "500" if i % 10 == 0 else "200")
        request.error = 1 if i % 10 == 0 else 0
        load = tracer.trace("load")
        query = tracer.trace("postgres.query", service="postgres", resource=f"SELECT * FROM orders WHERE id = {i}", span_type="sql")
        query.set_tag("span.kind", "client")
        query.set_tag("out.host", "10.0.0.7")
        query.set_tag("db.name", "orders")
        finish(query, began, duration // 2)
        finish(load, began, duration // 2)
        finish(request, began, duration)
    tracer.shutdown()
"""


# By service and resource; "" for all of a service.
REQUESTS = {("shop", ""): 60, ("shop", "GET /0"): 20, ("shop", "GET /1"): 20, ("shop", "GET /2"): 20,
            ("postgres", ""): 60, ("postgres", "SELECT * FROM orders WHERE id = ?"): 60}


def run(vizsla: Vizsla, tmp_path: pathlib.Path, **variables: str) -> None:
    script = tmp_path / "app.py"
    script.write_text(textwrap.dedent(APP))
    done = subprocess.run([str(pathlib.Path(sys.executable).parent / "ddtrace-run"), sys.executable, str(script)], text=True,
                          capture_output=True, timeout=60,
                          env=tracer_environment(DD_TRACE_AGENT_URL=vizsla.apm, DD_SERVICE="shop", **variables))
    assert done.returncode == 0, done.stderr


def metrics(vizsla: Vizsla, name: str) -> dict[str, float]:
    """By what stands between the braces; "" = nothing."""
    found = {}
    for line in vizsla.get("/metrics").text.splitlines():
        if line.startswith((name + "{", name + " ")):
            labels, value = line.removeprefix(name).rsplit(" ", 1)
            found[labels.strip("{}")] = float(value)
    return found


def figures(vizsla: Vizsla) -> dict[tuple, dict]:
    """By service and resource; "" for all of a service."""
    found = {}
    for service in vizsla.get("/api/ui/services", **{"env": "e2e", "from": "now-15m", "to": "now+1m"}).json()["services"]:
        found[service["name"], ""] = service
        resources = vizsla.get(f"/api/ui/services/{service['name']}/resources", **{"env": "e2e", "from": "now-15m", "to": "now+1m"})
        found.update({(service["name"], resource["resource"]): resource for resource in resources.json()["resources"]})
    return found


def settled(vizsla: Vizsla) -> dict[tuple, dict]:
    """Once all that was sent is counted."""
    return wait_until(lambda: (found := figures(vizsla)) and {key: numbers["requests"] for key, numbers in found.items()} == REQUESTS and found,
                      what="all requests")


def test_a_tracer_counts_what_we_count(make_vizsla, tmp_path):
    by_us, by_tracer = make_vizsla().start(), make_vizsla("--set", "intake.client_stats=true").start()
    # With the same settings: the tracer asks whether its Agent wants statistics.
    for vizsla in (by_us, by_tracer):
        run(vizsla, tmp_path, DD_TRACE_STATS_COMPUTATION_ENABLED="true")
    ours, theirs = settled(by_us), settled(by_tracer)
    assert metrics(by_us, "vizsla_stats_groups_received_total") == {"": 0}
    assert metrics(by_tracer, "vizsla_stats_groups_received_total") == metrics(by_tracer, "vizsla_stats_groups_stored_total") != {"": 0}
    for key, numbers in theirs.items():
        same = ours[key]
        for name in ("errors", "type", "operation", "is_dependency", "called_by", "language"):
            assert numbers.get(name) == same.get(name), (key, name)
        assert numbers["total_time_ns"] == pytest.approx(same["total_time_ns"], rel=1e-6), key
        latency, exact = numbers["latency"], same["latency"]
        for percentile in ("p50_ns", "p75_ns", "p90_ns", "p95_ns", "p99_ns"):
            assert latency[percentile] == pytest.approx(exact[percentile], rel=0.036), (key, percentile)
        assert exact["max_ns"] <= latency["max_ns"] <= 1.04 * exact["max_ns"] and latency["max_estimated"] and not exact["max_estimated"]


def test_a_tracer_counts_what_it_drops(make_vizsla, tmp_path):
    vizsla = make_vizsla("--set", "intake.client_stats=true").start()
    run(vizsla, tmp_path, DD_TRACE_STATS_COMPUTATION_ENABLED="true", DD_TRACE_SAMPLING_RULES='[{"sample_rate": 0}]')
    assert settled(vizsla)["shop", ""]["errors"] == 6
    # Of its traces it sends those that failed.
    assert {span["custom"]["http"]["status_code"] for span in vizsla.spans() if span["operation_name"] == "web.request"} == {"500"}
    assert len(vizsla.spans()) == 3 * 6


def test_statistics_survive_a_kill_and_count_once(make_vizsla, tmp_path):
    """The body of a recorded payload's shape, made here: 25 requests, sent again before and after the server was killed."""
    vizsla = make_vizsla().start()
    bucket_ns = time.time_ns() // 10**10 * 10**10
    group = {"Service": "shop", "Name": "web.request", "Resource": "GET /", "Type": "web", "Hits": 25, "Errors": 5, "Duration": 10**9, "TopLevelHits": 25}
    body = msgpack.packb({"Env": "e2e", "Stats": [{"Start": bucket_ns, "Duration": 10**10, "Stats": [group]}]})
    for _ in range(3):
        answer = vizsla.send("/v0.6/stats", body)
        assert (answer.status_code, answer.content) == (200, b"")
    vizsla.kill()
    vizsla.start()
    assert vizsla.send("/v0.6/stats", body).status_code == 200
    assert figures(vizsla)["shop", "GET /"]["requests"] == 25
    passed_on = gzip.compress(msgpack.packb({"AgentHostname": "box", "Stats": [{"Env": "e2e", "Stats": [{"Start": bucket_ns, "Stats": [group]}]}]}))
    for url in (vizsla.apm, vizsla.http):
        answer = requests.post(url + "/api/v0.2/stats", data=passed_on, headers={"Content-Type": "application/msgpack", "Content-Encoding": "gzip"})
        assert (answer.status_code, answer.json()) == (202, {})
    assert figures(vizsla)["shop", "GET /"]["requests"] == 50


@pytest.mark.parametrize("on", [False, True])
def test_info_says_whether_tracers_are_to_count(make_vizsla, on):
    info = requests.get(make_vizsla("--set", f"intake.client_stats={str(on).lower()}").start().apm + "/info").json()
    assert ("/v0.6/stats" in info["endpoints"], info["client_drop_p0s"]) == (on, on)
