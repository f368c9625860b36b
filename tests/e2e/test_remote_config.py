"""Remote configuration with real tracers: they ask, take what is set for them, and give it back."""
import base64
import hashlib
import json
import pathlib
import subprocess
import sys
import textwrap

import msgpack
import pytest
import requests

from conftest import ROOT, Vizsla, tracer_environment, wait_until
from test_client_stats import metrics
from test_tracer_go import SHOP
from test_tracer_java import compiled_java

# A trace for each line that comes in.
PYTHON_APP = """
    import sys
    from ddtrace.trace import tracer
    for line in sys.stdin:
        with tracer.trace("web.request", resource=line.strip(), span_type="web"):
            pass
        tracer.flush()
"""
NODE_APP = """
    const tracer = require('dd-trace').init({ plugins: false, startupLogs: false, flushInterval: 100 })
    require('readline').createInterface({ input: process.stdin })
      .on('line', line => tracer.trace('web.request', { resource: line, type: 'web' }, () => {}))
      .on('close', () => process.exit(0))
"""
TRACERS = ["python", "node", "java", "go"]


def command(tracer: str, folder: pathlib.Path) -> list[str]:
    if tracer == "go":
        return [str(SHOP), "lines"]
    if tracer == "java":
        return compiled_java(folder, "Lines")
    script = folder / {"python": "app.py", "node": "app.js"}[tracer]
    script.write_text(textwrap.dedent({"python": PYTHON_APP, "node": NODE_APP}[tracer]))
    return ["node", str(script)] if tracer == "node" else [str(pathlib.Path(sys.executable).parent / "ddtrace-run"), sys.executable, str(script)]


class App:
    """A traced program that runs until close()."""

    def __init__(self, vizsla: Vizsla, folder: pathlib.Path, tracer: str, service: str = "shop"):
        self.process = subprocess.Popen(command(tracer, folder), text=True, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=tracer_environment(
            DD_TRACE_AGENT_URL=vizsla.apm, DD_SERVICE=service, DD_REMOTE_CONFIG_POLL_INTERVAL_SECONDS="0.2", NODE_PATH=str(ROOT / "tests/e2e/node_modules")))

    def trace(self, vizsla: Vizsla, resource: str) -> dict:
        """Its root, as it came in."""
        self.process.stdin.write(resource + "\n")
        self.process.stdin.flush()
        span = wait_until(lambda: next((span for span in vizsla.spans() if span["resource_name"] == resource), None), what=f"the span of {resource}")
        answer = vizsla.get(f"/api/ui/traces/{span['trace_id']}/spans/{span['span_id']}")
        assert answer.status_code == 200, (span, answer.text)
        return answer.json()["spans"][0]

    def close(self) -> str:
        """What it complained of."""
        return self.process.communicate(timeout=30)[1]


@pytest.fixture
def run_app(tmp_path):
    apps = []

    def run(vizsla: Vizsla, tracer: str, **more) -> App:
        apps.append(App(vizsla, tmp_path, tracer, **more))
        return apps[-1]

    yield run
    for app in apps:
        if app.process.poll() is None:
            app.process.kill()
            app.process.communicate(timeout=10)


def set_sampling(vizsla: Vizsla, **document) -> dict:
    answer = requests.put(vizsla.http + "/api/ui/sampling", json=document, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def wait_for(vizsla: Vizsla, state: str) -> None:
    """Until the one tracer says that its settings are in this state."""
    def states() -> list[str]:
        return [tracer["state"] for tracer in vizsla.get("/api/ui/sampling").json()["tracers"]]
    wait_until(lambda: states() == [state], what=f"a tracer in state {state}")


def requests_answered(vizsla: Vizsla) -> dict[str, float]:
    return {outcome.split('"')[1]: count for outcome, count in metrics(vizsla, "vizsla_remote_config_requests_total").items()}


@pytest.mark.parametrize("tracer", TRACERS)
def test_a_tracer_takes_a_rate_and_gives_it_back(vizsla, run_app, tracer):
    app = run_app(vizsla, tracer)
    wait_for(vizsla, "none")
    before = app.trace(vizsla, "before")
    assert before["sampling_priority"] == 1 and "_dd.rule_psr" not in before["metrics"]

    set_sampling(vizsla, apm_tracing=[{"service": "shop", "env": "e2e", "tracing_sampling_rate": 0}, {"tracing_sampling_rate": 1}])
    wait_for(vizsla, "applied")
    dropped = app.trace(vizsla, "dropped")
    assert (dropped["sampling_priority"], dropped["metrics"]["_dd.rule_psr"], dropped["meta"]["_dd.p.ksr"]) == (-1, 0, "0")

    # Another rate, for all services now.
    set_sampling(vizsla, apm_tracing=[{"tracing_sampling_rate": 1}])
    wait_for(vizsla, "applied")
    kept = app.trace(vizsla, "kept")
    assert (kept["sampling_priority"], kept["metrics"]["_dd.rule_psr"], kept["meta"]["_dd.p.dm"]) == (2, 1, "-3")

    assert requests.delete(vizsla.http + "/api/ui/sampling", timeout=30).json()["source"] == "settings"
    wait_for(vizsla, "none")
    after = app.trace(vizsla, "after")
    assert after["sampling_priority"] == 1 and "_dd.rule_psr" not in after["metrics"]
    # Each change was sent once, and nothing else.
    assert requests_answered(vizsla)["sent"] == 3 and requests_answered(vizsla)["refused"] == 0
    assert metrics(vizsla, "vizsla_remote_config_errors_total") == {"": 0}
    assert "remote config" not in app.close().lower()


@pytest.mark.parametrize("tracer", TRACERS)
def test_a_tracer_takes_rules(vizsla, run_app, tracer):
    rules = [{"resource": "GET /health*", "sample_rate": 0}, {"service": "shop", "name": "web.*", "resource": "GET /tagged", "tags": {"team": "x"}, "sample_rate": 0},
             {"resource": "GET /kept", "sample_rate": 1}]
    set_sampling(vizsla, apm_tracing=[{"env": "e2e", "tracing_sampling_rules": rules}])
    app = run_app(vizsla, tracer)
    wait_for(vizsla, "applied")
    health, other, kept = (app.trace(vizsla, resource) for resource in ("GET /healthz", "GET /tagged", "GET /kept"))
    assert (health["sampling_priority"], health["metrics"]["_dd.rule_psr"]) == (-1, 0)
    assert other["sampling_priority"] == 1 and "_dd.rule_psr" not in other["metrics"]
    # Mechanism 11: a rule that a person has set from afar.
    assert (kept["sampling_priority"], kept["meta"]["_dd.p.dm"]) == (2, "-11")


def test_what_is_set_survives_a_kill(make_vizsla, run_app):
    vizsla = make_vizsla().start()
    set_sampling(vizsla, apm_tracing=[{"service": "shop", "tracing_sampling_rate": 0}])
    app = run_app(vizsla, "python")
    wait_for(vizsla, "applied")
    vizsla.kill()
    vizsla.options += ("--apm-listen", vizsla.apm.removeprefix("http://"))
    vizsla.start()
    assert vizsla.get("/api/ui/sampling").json()["source"] == "api"
    wait_for(vizsla, "applied")
    # It has the file already.
    assert app.trace(vizsla, "later")["sampling_priority"] == -1


def test_settings_reach_tracers(make_vizsla, run_app, tmp_path):
    config = tmp_path / "vizsla.yaml"
    config.write_text("remote_config:\n  apm_tracing:\n    - service: SHOP\n      tracing_sampling_rate: 0.0\n"
                      "      tracing_sampling_rules:\n        - {resource: GET /kept, sample_rate: 1}\n")
    vizsla = make_vizsla("--config", str(config)).start()
    app = run_app(vizsla, "python", service="Shop")
    wait_for(vizsla, "applied")
    assert app.trace(vizsla, "GET /kept")["sampling_priority"] == 2
    assert app.trace(vizsla, "other")["sampling_priority"] == -1


# The tests below speak in a tracer's place.

def ask(vizsla: Vizsla, state: dict | None = None, cached: list | None = None, **client) -> dict:
    body = {"client": {"id": "a", "products": ["APM_TRACING"], "is_tracer": True, "capabilities": "AAAAAAAAAAA=",
                       "client_tracer": {"runtime_id": "r", "language": "go", "tracer_version": "2.0.0", "service": "shop", "env": "prod"},
                       "state": {"root_version": 1, "targets_version": 0, **(state or {})}, **client}, "cached_target_files": cached or []}
    answer = requests.post(vizsla.apm + "/v0.7/config", json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_answer_is_what_clients_check(vizsla):
    assert ask(vizsla) == {}, "nothing is set: nothing is touched"
    set_sampling(vizsla, apm_tracing=[{"service": "shop", "env": "prod", "tracing_sampling_rate": 1}])
    answer = ask(vizsla)
    assert answer.keys() == {"targets", "target_files", "client_configs"}
    [path] = answer["client_configs"]
    _, org, product, config_id, name = path.split("/")
    assert path.startswith("datadog/") and org.isdigit() and product == "APM_TRACING" and config_id and name
    [file] = answer["target_files"]
    content = base64.b64decode(file["raw"], validate=True)
    targets = json.loads(base64.b64decode(answer["targets"], validate=True))
    assert file["path"] == path and targets["signed"]["targets"] == {
        path: {"custom": {"v": targets["signed"]["version"]}, "hashes": {"sha256": hashlib.sha256(content).hexdigest()}, "length": len(content)}}
    assert targets["signatures"] == [] and targets["signed"]["_type"] == "targets"
    assert b'"tracing_sampling_rate":1.0' in content, "dd-trace-cpp takes no integer"
    assert json.loads(content)["service_target"] == {"service": "shop", "env": "prod"}

    state = {"targets_version": targets["signed"]["version"],
             "config_states": [{"id": config_id, "version": 1, "product": product, "apply_state": 2, "apply_error": ""}]}
    cached = [{"path": path, "length": len(content), "hashes": [{"algorithm": "sha256", "hash": hashlib.sha256(content).hexdigest()}]}]
    assert ask(vizsla, state, cached) == {}
    # A client that has lost its place gets the list, and not the file again.
    assert ask(vizsla, cached=cached).keys() == {"targets", "client_configs"}
    assert ask(vizsla, cached=[{**cached[0], "hashes": [{"algorithm": "sha256", "hash": "0" * 64}]}]).keys() == {"targets", "target_files", "client_configs"}
    # Not for it: another service, or a client that doesn't want to hear of it.
    assert ask(vizsla, client_tracer={"service": "other", "env": "prod"}) == {} == ask(vizsla, products=["ASM_DD"])
    # Taken back: a list with nothing in it.
    assert requests.delete(vizsla.http + "/api/ui/sampling", timeout=30).status_code == 200
    answer = ask(vizsla, state, cached)
    assert answer.keys() == {"targets"} and json.loads(base64.b64decode(answer["targets"]))["signed"]["targets"] == {}


def test_errors_of_tracers_are_shown_and_counted_once(vizsla):
    set_sampling(vizsla, apm_tracing=[{"tracing_sampling_rate": 0.5}])
    [path] = ask(vizsla)["client_configs"]
    config = {"id": path.split("/")[3], "version": 1, "product": "APM_TRACING"}
    for _ in range(3):
        ask(vizsla, {"config_states": [{**config, "apply_state": 3, "apply_error": "Traceback\nno rate"}]})
    [tracer] = vizsla.get("/api/ui/sampling").json()["tracers"]
    assert (tracer["service"], tracer["state"], tracer["language"]) == ("shop", "failed", "go") and tracer["error"].endswith("no rate")
    for _ in range(3):
        ask(vizsla, {"has_error": True, "error": "no targets"})
        ask(vizsla)
    assert metrics(vizsla, "vizsla_remote_config_errors_total") == {"": 2}
    assert metrics(vizsla, "vizsla_remote_config_clients")['state="pending"'] == 1
    told = [line for line in vizsla.log if "remote configuration" in line]
    assert len(told) == 2 and "[client]" in told[0] and "Traceback no rate" in told[0] and "no targets" in told[1]


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b"{}", b'{"client":[]}', b'{"client":', b'{"client":{"products":[' + b"1," * 200 + b"1]}}"])
def test_a_request_that_is_none_is_refused(vizsla, body):
    answer = requests.post(vizsla.apm + "/v0.7/config", data=body, timeout=30)
    assert answer.status_code == 400 and answer.text.endswith("\n")
    assert requests_answered(vizsla) == {"unchanged": 0, "sent": 0, "refused": 1, "off": 0}


def test_info_names_it_while_it_is_on(make_vizsla):
    on, off = make_vizsla().start(), make_vizsla("--set", "remote_config.enabled=false").start()
    assert "/v0.7/config" in requests.get(on.apm + "/info", timeout=30).json()["endpoints"]
    assert "/v0.7/config" not in requests.get(off.apm + "/info", timeout=30).json()["endpoints"]
    # What an Agent without it says; tracers go on asking, quietly.
    assert requests.post(off.apm + "/v0.7/config", data=b"{}", timeout=30).status_code == 404
    assert requests_answered(off)["off"] == 1 and off.get("/api/ui/sampling").json()["remote_config"] is False


def test_our_own_samplers_take_targets(make_vizsla):
    vizsla = make_vizsla("--set", "sampling.enabled=true", "--set", "env=prod").start()

    def send(trace_id: int) -> None:
        span = {"trace_id": trace_id, "span_id": 1, "service": "shop", "name": "n", "resource": "r", "start": 1, "duration": 1, "error": 1,
                "meta": {"env": "prod"}, "metrics": {"_sampling_priority_v1": 0}}
        assert vizsla.send("/v0.4/traces", msgpack.packb([[span]])).status_code == 200

    send(1)
    shown = set_sampling(vizsla, apm_sampling={"all_envs": {"errors_sampler_target_TPS": 5}, "by_env": [
        {"env": "prod", "config": {"priority_sampler_target_TPS": 0, "errors_sampler_target_TPS": 0}}]})
    assert shown["apm_sampling"]["by_env"][0]["config"] == {"priority_sampler_target_TPS": 0, "errors_sampler_target_TPS": 0}
    send(2)
    requests.delete(vizsla.http + "/api/ui/sampling", timeout=30)
    send(3)
    assert {span["trace_id"][-1] for span in vizsla.spans()} == {"1", "3"}, "no error was kept while there was to be none"


def test_the_command_shows_and_sets_it(vizsla, tmp_path):
    document = tmp_path / "sampling.json"
    document.write_text(json.dumps({"apm_tracing": [{"service": "shop", "env": "prod", "tracing_sampling_rate": 0.25,
                                                     "tracing_sampling_rules": [{"resource": "GET /health", "sample_rate": 0}]}]}))
    assert "every trace" in vizsla.cli("sampling", "--http", vizsla.http)
    said = vizsla.cli("sampling", "--set", str(document), "--http", vizsla.http)
    assert "shop" in said and "prod" in said and "0.25" in said and "GET /health" in said
    ask(vizsla)
    assert "1 pending" in vizsla.cli("sampling", "--http", vizsla.http)
    assert "every trace" in vizsla.cli("sampling", "--clear", "--http", vizsla.http)
    document.write_text('{"apm_tracing": [{"tracing_sampling_rate": 2}]}')
    failed = subprocess.run([str(ROOT / "build/vizsla"), "sampling", "--set", str(document), "--http", vizsla.http], capture_output=True, text=True, timeout=30)
    assert failed.returncode == 1 and "apm_tracing: [0].tracing_sampling_rate: expected a number from 0 to 1, got 2" in failed.stderr
