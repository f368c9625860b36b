"""The command line, as somebody types it."""
import json
import re
import subprocess
import time

import msgpack

from conftest import BINARY, ROOT


def send_thinker(vizsla) -> None:
    now = time.time_ns() - 2_000_000_000
    base = {"trace_id": 42, "type": "web", "resource": "GET /think/"}
    spans = [
        {**base, "span_id": 1, "parent_id": 0, "service": "thinker-api", "name": "flask.request", "start": now, "duration": 1_400_000_000,
         "meta": {"http.status_code": "200"}},
        {**base, "span_id": 2, "parent_id": 1, "service": "thinker-microservice", "name": "think", "resource": "think", "start": now + 700_000_000,
         "duration": 500_000_000, "error": 1, "meta": {"error.type": "builtins.KeyError", "error.message": "'foo_bar'", "error.stack": "Traceback\nKeyError"}},
    ]
    assert vizsla.send("/v0.4/traces", msgpack.packb([spans])).status_code == 200


def test_trace_prints_the_tree(vizsla):
    send_thinker(vizsla)
    text = vizsla.cli("trace", "42", "--http", vizsla.http)
    assert "thinker-api › GET /think/  200  1.4 s" in text
    assert re.search(r"• thinker-api flask.request GET /think/ \[200\].*1\.4 s", text)
    assert re.search(r"  ✗ thinker-microservice think .*500 ms", text)
    assert "✗ thinker-microservice think: builtins.KeyError: 'foo_bar'" in text
    assert text.rstrip().endswith(f"{vizsla.http}/trace/42")
    assert vizsla.cli("trace", "--last", "--http", vizsla.http).splitlines()[0] == text.splitlines()[0]
    # Other traces may be newer; --error finds the one that failed.
    vizsla.send("/v0.4/traces", msgpack.packb([[{"trace_id": 43, "span_id": 1, "service": "later", "name": "n", "start": time.time_ns(), "duration": 1}]]))
    assert "later" in vizsla.cli("trace", "--last", "--http", vizsla.http).splitlines()[0]
    assert "thinker-api" in vizsla.cli("trace", "--last", "--error", "--http", vizsla.http).splitlines()[0]


def test_trace_says_what_is_wrong(vizsla):
    def fails(*arguments):
        done = subprocess.run([BINARY, "trace", *arguments], capture_output=True, text=True, timeout=20)
        assert done.returncode != 0
        return done.stderr
    assert "no trace has arrived" in fails("--last", "--http", vizsla.http)
    assert "no span of trace 99 is here" in fails("99", "--http", vizsla.http)
    assert "'xyz' is no trace id" in fails("xyz", "--http", vizsla.http)
    assert "Is `vizsla serve` running?" in fails("42", "--http", "http://127.0.0.1:1")
    assert "name a trace id, or use --last" in fails()


def test_doctor_finds_all_well(vizsla):
    text = vizsla.cli("doctor", "--apm", vizsla.apm, "--http", vizsla.http)
    assert text.count("  ok  ") == 5 and "All is well." in text
    link = re.search(r"/trace/([0-9a-f]{32})", text).group(1)
    assert vizsla.trace(link)[0]["service"] == "vizsla-doctor"
    assert "All is well." in vizsla.cli("doctor", "--apm", f"unix://{vizsla.socket}", "--http", vizsla.http)


def test_doctor_names_the_hop_that_fails(vizsla):
    done = subprocess.run([BINARY, "doctor", "--apm", "http://127.0.0.1:1", "--http", vizsla.http], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert "FAIL  the intake answers as a Datadog Agent does" in done.stdout and "Name the intake's address with --apm" in done.stdout
    done = subprocess.run([BINARY, "doctor", "--http", "http://127.0.0.1:1"], capture_output=True, text=True, timeout=20)
    assert "FAIL  the UI port answers" in done.stdout and "Start it with `vizsla serve`" in done.stdout


def test_version_help_and_check_config(tmp_path):
    run = lambda *arguments: subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=20)
    assert re.match(r"vizsla \d+\.\d+\.\d+ \(DuckDB v1\.\d", run("version").stdout)
    text = run("--help").stdout
    assert "DD_TRACE_AGENT_URL=http://127.0.0.1:8126" in text and "serve" in text and "doctor" in text
    assert "--apm-listen" in run("serve", "--help").stdout
    assert run("nonsense").returncode == 2
    assert run("check-config").returncode == 0
    config = tmp_path / "v.yaml"
    config.write_text("env: [a]\n")
    assert "line 1: env takes text" in run("check-config", "--config", str(config)).stderr
    assert run("check-config", "--markdown").stdout == (ROOT / "docs/settings.md").read_text()


def test_the_ready_line_names_every_listener(make_vizsla):
    vizsla = make_vizsla("--apm-listen", "127.0.0.1:0").start()
    assert vizsla.apm.startswith("http://127.0.0.1:") and vizsla.socket == str(vizsla.data_dir / "apm.socket")
    status = vizsla.get("/api/ui/status").json()
    assert len(status["agent"]["urls"]) == 2 and status["agent"]["socket"] == vizsla.socket
    assert status["first_span_received"] is False
    assert vizsla.stop() == 0
    text = "".join(vizsla.log)
    assert f"web UI and API: {vizsla.http}" in text and "tracers send to: DD_TRACE_AGENT_URL=" in text
    json.dumps(status)


def test_health_and_metrics(vizsla):
    assert vizsla.get("/healthz").text == "ok\n"
    assert vizsla.get("/readyz").text == "ok\n"
    send_thinker(vizsla)
    text = vizsla.get("/metrics").text
    assert "vizsla_spans_stored_total 2\n" in text
    for line in text.splitlines():
        assert line.startswith("#") or re.fullmatch(r'[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+', line), line


def test_services_and_top_show_numbers(vizsla):
    now = time.time_ns()
    spans = [[{"trace_id": number, "span_id": 1, "parent_id": 0, "service": "shop", "name": "web.request", "resource": f"GET /{number % 2}", "type": "web", "start": now - 10**9,
               "duration": 20_000_000, "error": int(number == 1), "meta": {"env": "prod"}},
              {"trace_id": number, "span_id": 2, "parent_id": 1, "service": "postgres", "name": "postgres.query", "resource": "SELECT 1", "type": "sql", "start": now - 10**9,
               "duration": 5_000_000, "meta": {"env": "prod", "span.kind": "client", "_dd.base_service": "shop"}}] for number in range(1, 11)]
    assert vizsla.send("/v0.4/traces", msgpack.packb(spans)).status_code == 200
    text = vizsla.cli("services", "--http", vizsla.http)
    assert text.startswith("env prod  1 services  ")
    assert re.search(r"^shop +web +\S+ +10\.0 % +20 ms +20 ms +20 ms +100\.0 % +1\.00  .*█", text, re.M), text
    assert re.search(r"^DEPENDENCY .*\npostgres +sql ", text, re.M)
    by_resource = vizsla.cli("services", "shop", "--env", "prod", "--sort", "name", "--http", vizsla.http)
    assert re.search(r"^GET /0 .*\nGET /1 ", by_resource, re.M) and "operation web.request" in by_resource
    assert vizsla.cli("top", "--frames", "2", "--interval", "0.2", "--http", vizsla.http).count("\nshop ") == 2
    assert "No request of nobody" in vizsla.cli("services", "nobody", "--http", vizsla.http)
    wrong = subprocess.run([BINARY, "services", "--http", "http://127.0.0.1:1"], capture_output=True, text=True, timeout=20)
    assert wrong.returncode == 1 and "Is `vizsla serve` running?" in wrong.stderr
    assert subprocess.run([BINARY, "top", "--sort", "beauty"], capture_output=True, text=True, timeout=20).returncode == 2
