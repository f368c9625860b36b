"""demo/run.py, as somebody meets it: what it prints, what can be seen a minute later, and that nothing stays behind."""
import collections
import dataclasses
import datetime
import os
import pathlib
import re
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

import msgpack
import pytest
import requests

from conftest import BINARY, ROOT, Vizsla, wait_until
from test_ui import CHROMIUM, Driver

WATCHED_S = 62  # of the minute in which everything is promised, a second deployment at half-time
SETTLED_S = 5
STOPPED_WITHIN_S = 20
MARK = "VIZSLA_TEST_DEMO"  # an environment variable, by which whatever was started is found again


class Demo:
    """One run. Its processes are its own session's, so that Ctrl-C can be what it is in a terminal."""

    def __init__(self, folder: pathlib.Path, *options: str):
        self.data_dir, self.temporary = folder / "data", folder / "tmp"
        self.temporary.mkdir(parents=True)
        self.mark = secrets.token_hex(8)
        self.out: list[str] = []
        self.err: list[str] = []
        command = [sys.executable, str(ROOT / "demo/run.py"), "--vizsla", str(BINARY), "--data-dir", str(self.data_dir), "--python", sys.executable, *options]
        # A person's own settings must not change what the demo shows.
        environment = {**os.environ, MARK: self.mark, "TMPDIR": str(self.temporary), "DD_ENV": "mine", "DD_SERVICE": "mine", "HTTP_PROXY": "http://127.0.0.1:1"}
        self.started = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
                                        cwd=folder, start_new_session=True)
        self._readers = [threading.Thread(target=target.extend, args=(stream,), daemon=True)
                         for target, stream in ((self.out, self.process.stdout), (self.err, self.process.stderr))]
        for reader in self._readers:
            reader.start()

    def printed(self, pattern: str, seconds: float = 30) -> re.Match:
        def search() -> re.Match | None:
            assert self.process.poll() is None, self.everything()
            return re.search(pattern, "".join(self.out), re.M)
        try:
            return wait_until(search, seconds, f"printing {pattern!r}")
        except AssertionError as late:
            raise AssertionError(f"{late}, but this:\n{self.everything()}") from None

    def everything(self) -> str:
        return "".join(self.out) + "".join(self.err)

    def processes(self) -> dict[int, str]:
        """Those of this run, also of children whose parents are gone."""
        found = {}
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if f"{MARK}={self.mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            except OSError:
                pass  # it has just ended, or isn't ours
        return found

    def interrupt(self) -> int:
        """Ctrl-C; gives the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.wait(STOPPED_WITHIN_S)

    def wait(self, seconds: float) -> int:
        status = self.process.wait(seconds)
        for reader in self._readers:
            reader.join(5)
        return status

    def clean_up(self) -> None:
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(10)
        self.process.stdout.close()
        self.process.stderr.close()


@dataclasses.dataclass(repr=False)
class Seen:
    """What a minute of the demo left to see."""

    ui: str
    agent: str
    seconds_to_ready: float
    seconds_to_first_trace: float
    first_trace: str
    spans: list[dict]
    running: dict[int, str]
    status: int
    seconds_to_stop: float
    left: dict[int, str]
    out: str
    err: str
    data_dir: pathlib.Path
    temporary: pathlib.Path
    sample: list[dict]
    problems: dict[str, str]  # of each journey in the browser
    traces: dict[str, list[dict]] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        for span in self.spans:
            self.traces.setdefault(span["trace_id"], []).append(span)
        # What was under way at the end may not be there in all its parts.
        last = max(span["start_timestamp"] for span in self.spans)
        settled = (datetime.datetime.fromisoformat(last) - datetime.timedelta(seconds=SETTLED_S)).isoformat()
        self.traces = {id: spans for id, spans in self.traces.items() if max(span["end_timestamp"] for span in spans) < settled}
        self.spans = [span for spans in self.traces.values() for span in spans]

    def entries(self, service: str | None = None) -> list[dict]:
        """Requests to services, as they are counted: not the calls within one."""
        return [span for span in self.spans if span["type"] == "web" and service in (None, span["service"])]

    def of_resource(self, service: str, resource: str) -> list[list[dict]]:
        """Whole traces with such a request."""
        return [self.traces[span["trace_id"]] for span in self.entries(service) if span["resource_name"] == resource]


def duration(span: dict) -> float:
    return span["custom"]["duration"] / 1e9


SERVICES = ["doc_service", "thinker-api", "thinker-microservice", "storefront", "catalog", "orders", "warehouse"]
# A service by the scenarios has one resource, and a worker does one thing.
FACTS = {"services": SERVICES, "dependencies": ["redis", "requests", "sqlite"], "manyResources": ["storefront", "catalog", "orders"],
         "scored": [service for service in SERVICES if service != "warehouse"], "patienceMs": 30_000}
JOURNEYS = [
    "a minute after the demo began, nothing looks empty",
    "scenario 1: a service, its one resource, and where the time went",
    "scenarios 2, 3, 4 and 7: from the list to the span that failed in a request that succeeded",
]


def look_around(server: Vizsla, screenshots: pathlib.Path) -> dict[str, str]:
    """What there is to complain about after each journey; nothing where there is no browser."""
    if not CHROMIUM.exists() or server.get("/").status_code == 404:
        return {}
    driver, problems = Driver(pathlib.Path(os.environ.get("VIZSLA_SCREENSHOTS") or screenshots)), {}
    try:
        for journey in JOURNEYS:
            try:
                driver.go(journey, server, FACTS)
                problems[journey] = ""
            except AssertionError as failed:
                problems[journey] = str(failed)
    finally:
        driver.close()
    return problems


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    demo = Demo(tmp_path_factory.mktemp("demo"), "--apm-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0")
    try:
        ui = demo.printed(r"^ +Web UI +(http://127\.0\.0\.1:\d+)/$")[1]
        seconds_to_ready = time.monotonic() - demo.started
        agent = demo.printed(r"^ +Tracers send to +(http://127\.0\.0\.1:\d+)$")[1]
        first_trace = demo.printed(rf"^The first trace has arrived: .*\n\n +{ui}/trace/([0-9a-f]{{32}})$", 60)[1]
        seconds_to_first_trace = time.monotonic() - demo.started - seconds_to_ready
        while time.monotonic() - demo.started < WATCHED_S:
            assert demo.process.poll() is None, demo.everything()
            time.sleep(0.2)
        server = Vizsla(demo.data_dir)
        server.http = ui
        running = demo.processes()
        problems = look_around(server, tmp_path_factory.mktemp("screenshots"))
        spans, sample = server.spans(), server.trace(first_trace)
        assert requests.get(ui + "/readyz", timeout=10).text == "ok\n" and requests.get(agent + "/info", timeout=10).status_code == 200
        begin = time.monotonic()
        status = demo.interrupt()
        yield Seen(ui, agent, seconds_to_ready, seconds_to_first_trace, first_trace, spans, running, status, time.monotonic() - begin, demo.processes(),
                   "".join(demo.out), "".join(demo.err), demo.data_dir, demo.temporary, sample, problems)
    finally:
        demo.clean_up()


# What it prints.

def test_says_where_everything_is_and_what_it_costs(seen):
    assert seen.out.startswith("Vizsla is running.\n\n")
    assert re.search(rf"^  Data +{re.escape(str(seen.data_dir))}$", seen.out, re.M)
    assert "  Account or key    none needed; nothing leaves this machine\n" in seen.out
    assert "\nCtrl-C stops everything.\n" in seen.out
    promised = int(re.search(r"^  First trace +in about (\d+) s; everything else within a minute$", seen.out, re.M)[1])
    assert 1 <= promised <= 60 and seen.seconds_to_first_trace < 3 * promised, "on a busy machine it takes longer, but not that much"
    assert re.search(r"^  Disk +about [1-9]\d* MB per hour of this demo, and up to [1-9]\d* MB for the log$", seen.out, re.M)


def test_shows_a_sample_trace(seen):
    shown = seen.out.partition(f"{seen.ui}/trace/{seen.first_trace}\n\n")[2]
    assert re.match(r"thinker-api › GET /think/  200  1\.\d+ s\n", shown)
    assert re.search(r"^ +✗ thinker-microservice think +━+ +5\d\d ms$", shown, re.M)
    assert "✗ thinker-microservice think: builtins.KeyError: 'foo_bar'\n" in shown and "return THOUGHTS[subject]" in shown
    assert {span["service"] for span in seen.sample} >= {"thinker-api", "thinker-microservice"}
    assert shown.count(f"{seen.ui}/trace/{seen.first_trace}\n") == 1  # and where to see more of it


def test_has_nothing_to_complain_about(seen):
    assert seen.err == ""
    assert not re.search(r"exited with status|started again|can't be|Traceback", seen.out.partition("KeyError: 'foo_bar'\n\n")[2])


# What is to be seen.

def test_shows_services_of_every_kind(seen):
    assert {span["env"] for span in seen.spans} == {"demo"}
    services = {span["service"] for span in seen.entries()}
    assert services == {"doc_service", "thinker-api", "thinker-microservice", "storefront", "catalog", "orders"}
    kinds = {span["type"] for span in seen.spans}
    assert {"sql", "redis"} <= kinds  # a database and a cache
    queue = {(span["service"], span["operation_name"], span["custom"]["span"]["kind"]) for span in seen.spans if span["operation_name"].startswith("kombu.")}
    assert {kind for _, _, kind in queue} == {"producer", "consumer"} and {service for service, _, _ in queue} == {"orders", "warehouse"}
    # What came out of the queue is in the trace of who put it in.
    packed = [span for span in seen.spans if span["operation_name"] == "pack_order"]
    assert packed and all({"storefront", "orders", "warehouse"} <= {each["service"] for each in seen.traces[span["trace_id"]]} for span in packed)


def test_shows_a_dozen_resources(seen):
    assert len({(span["service"], span["resource_name"]) for span in seen.entries()}) >= 12


def test_shows_a_deployment_that_made_a_service_slower(seen):
    durations = collections.defaultdict(list)
    for span in seen.entries("catalog"):
        if span["resource_name"] == "GET /products/<int:product_id>":
            durations[span["custom"]["version"]].append(duration(span))
    assert set(durations) == {"1.0.0", "1.1.0"}
    assert statistics.median(durations["1.1.0"]) > 3 * statistics.median(durations["1.0.0"])
    versions = {(span["service"], span["custom"]["version"]) for span in seen.entries()}
    assert [service for service, version in sorted(versions) if version == "1.1.0"] == ["catalog"]


def test_shows_errors_with_stacks(seen):
    failed = [span for span in seen.entries("storefront") if span["custom"]["http"]["status_code"] == "500"]
    assert failed
    for span in failed:
        error = span["custom"]["error"]
        assert error["type"] and error["message"] and error["stack"].startswith("Traceback (most recent call last):") and "/demo/apps/" in error["stack"]
    share = len(failed) / len(seen.entries("storefront"))
    assert 0.005 < share < 0.15
    # And one in a request that succeeds.
    inner = [span for span in seen.spans if span["operation_name"] == "think" and span["custom"]["subject"] == "foo_bar"]
    assert inner and all(span["custom"]["error"]["type"] == "builtins.KeyError" for span in inner)
    statuses = {span["custom"]["http"]["status_code"] for span in seen.entries("thinker-api")}
    assert statuses == {"200"}


def test_shows_a_tail_of_two_seconds(seen):
    durations = sorted(duration(span) for span in seen.entries("storefront"))
    slow = [seconds for seconds in durations if seconds >= 2]
    assert slow and len(slow) < 0.1 * len(durations) and statistics.median(durations) < 0.5


def test_shows_a_query_repeated_twenty_times(seen):
    found = seen.of_resource("storefront", "GET /account/orders")
    assert found
    for trace in found:
        (statement, times), = collections.Counter(span["resource_name"] for span in trace if span["type"] == "sql").most_common(1)
        assert times == 20 and statement.startswith("SELECT product_id, quantity FROM order_lines")


def test_shows_calls_at_the_same_time(seen):
    found = seen.of_resource("storefront", "GET /")
    assert found
    at_once = 0
    for trace in found:
        handler = next(span["span_id"] for span in trace if span["operation_name"] == "main.home")
        calls = [span for span in trace if span["parent_id"] == handler and span["operation_name"] == "requests.request"]
        assert len(calls) == 3
        at_once += max(span["start_timestamp"] for span in calls) < min(span["end_timestamp"] for span in calls)
    assert at_once > len(found) / 2, "all three were under way at one instant; on a busy machine one may come late"


def test_shows_a_trace_of_two_thousand_spans(seen):
    (trace,) = seen.of_resource("catalog", "POST /index/rebuild")
    assert len(trace) >= 2000


def test_shows_a_third_party(seen):
    hosts = collections.Counter(span["custom"]["out"]["host"] for span in seen.spans if span["operation_name"] == "requests.request")
    assert hosts["api.payments.example"] > 0
    charges = [span for span in seen.spans if span["custom"].get("out", {}).get("host") == "api.payments.example"]
    assert {span["custom"]["span"]["kind"] for span in charges} == {"client"}
    # Nobody answers for it with spans of its own.
    parents = {span["parent_id"] for span in seen.spans}
    assert not parents & {span["span_id"] for span in charges}


# What is to be seen in the browser.

@pytest.mark.parametrize("journey", JOURNEYS)
def test_in_the_browser(seen, journey):
    if not seen.problems:
        pytest.skip(f"there is no browser at {CHROMIUM}, or the binary has no web UI")
    assert seen.problems[journey] == ""


# How it ends.

def test_ctrl_c_ends_everything(seen):
    assert len(seen.running) >= 11, "Vizsla, nine programs, the driver, and itself"
    assert seen.status == 0, seen.out + seen.err
    assert seen.left == {}
    assert seen.out.endswith("Stopping.\n")
    assert list(seen.temporary.iterdir()) == []
    for url in (seen.ui, seen.agent):
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=5)


def test_what_was_seen_is_kept(seen, make_vizsla):
    vizsla = make_vizsla(data_dir=seen.data_dir).start()
    kept = collections.Counter((span["trace_id"], span["span_id"]) for span in vizsla.spans())
    assert {(span["trace_id"], span["span_id"]) for span in seen.spans} <= set(kept) and set(kept.values()) == {1}
    assert vizsla.stop() == 0


# Other ways to call it.

@pytest.fixture
def run(tmp_path):
    started = []

    def run(*options: str) -> Demo:
        started.append(Demo(tmp_path / f"demo{len(started)}", *options))
        return started[-1]

    yield run
    for demo in started:
        demo.clean_up()


def test_without_the_demo_only_the_server_runs(run):
    """Nor does it need the applications' environment."""
    demo = run("--no-demo", "--apm-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--python", "/nowhere/bin/python")
    ui = demo.printed(r"^ +Web UI +(http://127\.0\.0\.1:\d+)/$")[1]
    agent = demo.printed(r"^ +Tracers send to +(http://127\.0\.0\.1:\d+)$")[1]
    demo.printed(r"^Ctrl-C stops everything\.$")
    body = msgpack.packb([[{"trace_id": 1, "span_id": 1, "service": "s", "name": "n", "start": time.time_ns(), "duration": 1}]])
    assert requests.put(agent + "/v0.4/traces", data=body, headers={"Content-Type": "application/msgpack"}, timeout=10).status_code == 200
    running = demo.processes()
    assert len(running) == 2 and sum(" serve --data-dir " in command and str(BINARY) in command for command in running.values()) == 1
    assert requests.get(ui + "/api/ui/status", timeout=10).json()["spans_stored"] == 1
    assert demo.interrupt() == 0
    assert demo.processes() == {}
    assert "First trace" not in "".join(demo.out) and "Disk" not in "".join(demo.out)
    assert "INFO  Vizsla" in "".join(demo.err), "its log is shown"


def test_a_history_is_told_beside_the_server_and_goes_with_it(run):
    demo = run("--no-demo", "--history", "--apm-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--python", "/nowhere/bin/python")
    ui = demo.printed(r"^ +Web UI +(http://127\.0\.0\.1:\d+)/$")[1]
    demo.printed(r"^  History +17 hours of a synthetic shop in env demo-history, in about half a minute$")
    spans = int(demo.printed(r"^History: [\d,]+ of [\d,]+ minutes, ([\d,]+) spans\.$", 60)[1].replace(",", ""))
    assert requests.get(ui + "/api/ui/status", timeout=10).json()["spans_stored"] >= spans > 10_000
    assert len(demo.processes()) == 3
    assert demo.interrupt() == 0
    assert demo.processes() == {}
    assert "Traceback" not in demo.everything()


def test_a_taken_port_comes_with_advice(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        demo = run("--apm-listen", f"127.0.0.1:{port}", "--http-listen", "127.0.0.1:0")
        assert demo.wait(30) == 1
    other = port + 10
    assert f"Port {port} is in use (a Datadog Agent?). Use --apm-listen 127.0.0.1:{other} and DD_TRACE_AGENT_URL=http://127.0.0.1:{other}." in "".join(demo.err)
    assert "Traceback" not in demo.everything() and "Vizsla is running" not in demo.everything()
    assert demo.processes() == {} and list(demo.temporary.iterdir()) == []


def test_interrupted_at_once_nothing_stays(run):
    """In the middle of starting nine programs."""
    demo = run("--apm-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0")
    demo.printed(r"^Ctrl-C stops everything\.$")
    wait_until(lambda: len(demo.processes()) > 5, what="starting programs")
    assert demo.interrupt() == 0, demo.everything()
    assert demo.processes() == {} and list(demo.temporary.iterdir()) == []
    assert "Traceback" not in demo.everything()
