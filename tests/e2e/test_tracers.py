"""Real tracers, unmodified: what they send comes out again, and they have nothing to complain about."""
import pathlib
import re
import subprocess
import sys
import textwrap

import pytest

from conftest import ROOT, tracer_environment, wait_until

# What the tracers do beside traces has no home here yet; they must put up with 404 for it.
PYTHON_APP = """
    import ddtrace, logging, os, sqlite3, time
    logging.basicConfig()
    from ddtrace.trace import tracer

    def load(user):
        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE TABLE t (id INTEGER)")
        connection.execute("SELECT * FROM t WHERE id = ?", (user,)).fetchall()

    for i in range(20):
        with tracer.trace("web.request", service="shop", resource="GET /users/<id>", span_type="web") as root:
            root.set_tag("user", f"user-{i}")
            root.set_tag("big", "x" * 6000)
            root.set_metric("count", i)
            try:
                with tracer.trace("load", resource="load"):
                    load(i)
                    if i == 7:
                        raise ValueError("no seventh user")
            except ValueError:
                pass
    tracer.shutdown()
"""

NODE_APP = """
    const tracer = require('dd-trace').init({ plugins: false, startupLogs: false })
    for (let i = 0; i < 20; i++) {
      tracer.trace('web.request', { resource: 'GET /users/:id', type: 'web', service: 'shop', tags: { user: `user-${i}` } }, root => {
        root.setTag('count', i)
        try {
          tracer.trace('load', { resource: 'load' }, span => { if (i === 7) throw new TypeError('no seventh user') })
        } catch (error) {}
      })
    }
    setTimeout(() => process.exit(0), 4000)
"""

COMPLAINT = re.compile(r"error|failed|exception|refused|dropp", re.IGNORECASE)
# Said by the tracer about features that this Agent doesn't offer, at whatever level it thinks fit.
KNOWN = re.compile(r"Unsupported Datadog agent|startup|no seventh user")


def complaints(output: str) -> list[str]:
    return [line for line in output.splitlines() if COMPLAINT.search(line) and not KNOWN.search(line)]


def run_python(tmp_path: pathlib.Path, **variables: str) -> str:
    script = tmp_path / "app.py"
    script.write_text(textwrap.dedent(PYTHON_APP))
    done = subprocess.run([str(pathlib.Path(sys.executable).parent / "ddtrace-run"), sys.executable, str(script)], text=True,
                          capture_output=True, timeout=60, env=tracer_environment(**variables))
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def check_shop(vizsla, language: str, operations: dict[str, int], error_type: str) -> None:
    spans = wait_until(lambda: (found := vizsla.spans()) and len(found) >= sum(operations.values()) and found, what="all spans")
    by_operation = {}
    for span in spans:
        by_operation[span["operation_name"]] = by_operation.get(span["operation_name"], 0) + 1
    assert by_operation == operations
    roots = [span for span in spans if span["operation_name"] == "web.request"]
    assert {span["custom"]["user"] for span in roots} == {f"user-{i}" for i in range(20)}
    assert sorted(span["custom"]["count"] for span in roots) == list(range(20))
    assert {(span["service"], span["env"], span["parent_id"]) for span in roots} == {("shop", "e2e", "0")}
    seventh = next(span for span in roots if span["custom"]["user"] == "user-7")
    trace = vizsla.trace(seventh["trace_id"])
    failed = [span for span in trace if span["error"]]
    assert [span["name"] for span in failed] == ["load"]
    assert failed[0]["meta"]["error.type"].endswith(error_type) and "no seventh user" in failed[0]["meta"]["error.message"]
    assert len(trace[0]["traceIDFull"]) == 32 and trace[0]["traceIDFull"][:8] != "00000000"  # 128 bits
    intake = vizsla.get("/api/ui/intake").json()
    assert {service["language"] for service in intake["services"]} == {language}
    assert intake["total"]["received"] == intake["total"]["stored"] == len(spans)


@pytest.mark.parametrize("version", ["v0.5", "v0.4"])
@pytest.mark.parametrize("over", ["tcp", "unix"])
def test_ddtrace_for_python(vizsla, tmp_path, version, over):
    url = vizsla.apm if over == "tcp" else f"unix://{vizsla.socket}"
    output = run_python(tmp_path, DD_TRACE_AGENT_URL=url, DD_TRACE_API_VERSION=version)
    check_shop(vizsla, "python", {"web.request": 20, "load": 20, "sqlite.query": 40}, "ValueError")
    assert not complaints(output), output
    # Beside its traces it sends telemetry, which is taken and not kept.
    routes = {payload["route"] for payload in vizsla.get("/api/ui/intake").json()["payloads"] if payload["outcome"] != "not_kept"}
    assert routes == {f"/{version}/traces"}


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize("over", ["tcp", "unix"])
def test_dd_trace_for_node(vizsla, tmp_path, version, over):
    url = vizsla.apm if over == "tcp" else f"unix://{vizsla.socket}"
    script = tmp_path / "app.js"
    script.write_text(textwrap.dedent(NODE_APP))
    done = subprocess.run(["node", str(script)], text=True, capture_output=True, timeout=60,
                          env=tracer_environment(DD_TRACE_AGENT_URL=url, DD_TRACE_AGENT_PROTOCOL_VERSION=version, NODE_PATH=str(ROOT / "tests/e2e/node_modules")))
    assert done.returncode == 0, done.stderr
    check_shop(vizsla, "nodejs", {"web.request": 20, "load": 20}, "TypeError")
    assert not complaints(done.stdout + done.stderr), done.stdout + done.stderr


def test_a_tracer_that_starts_before_the_agent_loses_little(make_vizsla, tmp_path):
    """ddtrace keeps trying for some seconds: an Agent that comes in time gets the spans."""
    import socket
    import threading
    import time
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    started = []

    def start_late() -> None:
        time.sleep(1.0)
        vizsla = make_vizsla()
        vizsla.options = ()
        vizsla.start("--apm-listen", f"127.0.0.1:{port}")
        started.append(vizsla)

    thread = threading.Thread(target=start_late)
    thread.start()
    run_python(tmp_path, DD_TRACE_AGENT_URL=f"http://127.0.0.1:{port}")
    thread.join(20)
    assert len(started[0].spans()) == 80
