"""The web UI that the binary carries, in a real browser, in front of a real server with recorded traffic in it.

What is done in the browser is in ui/journeys.mjs. After each journey nothing may be left to complain about: no error on the
console, no exception, no request to another host, no violation of the content security policy, no accessibility
finding in either theme. Pictures of what was on screen are left in $VIZSLA_SCREENSHOTS.
"""
import datetime
import decimal
import http.server
import json
import os
import pathlib
import re
import subprocess
import threading
import time

import msgpack
import pytest
import requests

from conftest import BINARY, ROOT, VECTORS, Vizsla, replay
from recordings import shifted

CHROMIUM = pathlib.Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
DRIVER = pathlib.Path(__file__).parent / "ui/driver.mjs"
CAPTURES = ["java-dd-java-agent-old-agent", "node-dd-trace-v05-runtime-metrics", "python-ddtrace-v05"]
MINUTE_NS = 60_000_000_000

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no browser at {CHROMIUM} (CHROMIUM names another)")


class Driver:
    """A Chromium, and the process that leads it through journeys."""

    def __init__(self, screenshots: pathlib.Path):
        environment = {**os.environ, "CHROMIUM": str(CHROMIUM)}
        self.process = subprocess.Popen(["node", str(DRIVER), str(screenshots)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        self.journeys = self.hear()["journeys"]

    def say(self, message: dict) -> None:
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict:
        line = self.process.stdout.readline()
        assert line, f"the driver ended with {self.process.wait(10)}"
        return json.loads(line)

    def go(self, journey: str, vizsla: Vizsla, facts: dict | None = None, **deeds) -> None:
        """`deeds` are what the journey may ask for, by name; each is called with what the ask is about."""
        self.say({"journey": journey, "url": vizsla.http, "facts": facts or {}})
        while "problems" not in (heard := self.hear()):
            self.say({"done": deeds[heard["ask"]](heard["about"])})
        assert not heard["problems"], "\n\n".join(heard["problems"])

    def close(self) -> None:
        self.process.stdin.close()
        try:
            assert self.process.wait(20) == 0
        finally:
            self.process.kill()
            self.process.stdout.close()


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    started = Driver(pathlib.Path(os.environ.get("VIZSLA_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots")))
    yield started
    started.close()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A server with the traffic of three tracers, as if it had just been recorded. Journeys leave it as it is."""
    server = Vizsla(tmp_path_factory.mktemp("ui") / "data").start()
    if server.get("/").status_code == 404:
        assert server.stop() == 0
        pytest.skip(f"{BINARY} was built without its web UI")
    for place, capture in enumerate(CAPTURES):
        replay(server, capture, shifted(newest_start(capture, place)))
    yield server
    assert server.stop() == 0, "".join(server.log)


def newest_start(capture: str, place: int) -> int:
    """How far to shift a capture, so that they end some minutes ago, one after the other."""
    ids = json.loads((VECTORS / "captures" / capture / "manifest.json").read_text())["expected"]["trace_list"]
    # The high half of a 128-bit id begins with the second of its trace.
    seconds = [int(trace["trace_hex"][:8], 16) for trace in ids]
    return time.time_ns() - (len(CAPTURES) - place) * 5 * MINUTE_NS - max(second for second in seconds if second < 1_900_000_000) * 1_000_000_000


def facts_of(vizsla: Vizsla, row: dict) -> dict:
    """What a trace's page must show, from the API."""
    skeleton = vizsla.get(f"/api/ui/traces/{row['trace_id']}/skeleton").json()
    spans, strings = skeleton["spans"], skeleton["strings"]
    rows = [{"id": spans["id"][i], "service": skeleton["services"][spans["service"][i]]["name"], "operation": strings["operations"][spans["operation"][i]],
             "resource": strings["resources"][spans["resource"][i]]} for i in range(skeleton["span_count"])]
    return {"id": skeleton["trace_id"], "decimalLow": skeleton["trace_id_low"], "spans": skeleton["span_count"], "errors": skeleton["error_count"],
            "services": [service["name"] for service in skeleton["services"]], "rows": rows, "failed": spans["error"].index(1) if 1 in spans["error"] else -1}


@pytest.fixture(scope="module")
def facts(recorded):
    listed = recorded.get("/api/ui/traces", limit=200).json()["traces"]
    failed = [row for row in listed if row["errors"]]
    detail = lambda trace, span: recorded.get(f"/api/ui/traces/{trace}/spans/{span}").json()["spans"][0]

    thinker = facts_of(recorded, next(row for row in failed if row["resource"] == "GET /think/"))
    thinker["text"] = recorded.get(f"/api/ui/traces/{thinker['id']}/text", width=120).text
    thinker["error"] = detail(thinker["id"], thinker["rows"][thinker["failed"]]["id"])["error"]
    sql = facts_of(recorded, next(row for row in listed if row["resource"].startswith("GET /history/")))
    sql["statementRow"] = max(place for place, row in enumerate(sql["rows"]) if row["operation"] == "sqlite.query")
    sql["statement"] = sql["rows"][sql["statementRow"]]["resource"]
    meta = detail(sql["id"], sql["rows"][0]["id"])["meta"]
    sql["http"] = {"method": meta["http.method"], "url": meta["http.url"], "status": meta["http.status_code"]}
    link = facts_of(recorded, next(row for row in listed if row["resource"] == "GET /link"))
    link["at"], linked = next((place, span) for place, row in enumerate(link["rows"]) if (span := detail(link["id"], row["id"]))["links"])
    link["to"] = linked["links"][0]
    large = facts_of(recorded, max(listed, key=lambda row: row["spans"]))
    del large["rows"]
    return {"traces": len(listed), "failedTraces": len(failed), "thinker": thinker, "sql": sql, "link": link, "large": large, "services": service_facts(recorded),
            "glossary": glossary(), "coming": f"{0xABC:032x}"}


def rounded(value: float, digits: int = 3) -> str:
    """As the UI writes numbers of this size: so many significant digits, no zeros at the end."""
    text = fixed(value, digits - 1 - decimal.Decimal(value).adjusted())
    return text.rstrip("0").rstrip(".") if "." in text else text


def fixed(value: float, places: int) -> str:
    """A half is rounded up, as JavaScript does it, and not to the even digit."""
    return f"{decimal.Decimal(value).quantize(decimal.Decimal(1).scaleb(-places), decimal.ROUND_HALF_UP):f}"


def shown_rate(per_second: float) -> str:
    for scale, unit in ((1, "s"), (60, "min"), (3600, "h")):
        if per_second * scale >= 0.1 or unit == "h":
            return f"{rounded(per_second * scale)} req/{unit}"
    raise AssertionError("an hour is the last unit")


def shown_percent(share: float) -> str:
    percent = share * 100
    if percent == 0 or percent >= 10:
        return f"{fixed(percent, 0)}%"
    return f"{fixed(percent, 1 if percent >= 1 else 2)}%"


def shown_duration(ns: float) -> str:
    unit, size = next((unit, size) for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)) if ns >= size)
    return f"{rounded(ns / size)} {unit}"


def service_facts(vizsla: Vizsla) -> dict:
    """What the page of services must show, from the API, of a time that is over: rates don't change any more."""
    time_of = lambda minutes: datetime.datetime.fromtimestamp(time.time() - minutes * 60, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    asked = {"from": time_of(60), "to": time_of(3)}
    listed = vizsla.get("/api/ui/services", **asked, points=61, fit="true").json()
    rows = [{"name": row["name"], "type": row["type"], "calledBy": row["called_by"], "totalTime": row["total_time_ns"], "perSecond": row["requests_per_s"], "errorShare": row["error_rate"],
             "requests": f"{row['requests']:,.0f}", "errors": f"{row['errors']:,.0f}", "dependency": row["is_dependency"],
             "rate": shown_rate(row["requests_per_s"]), "errorRate": shown_percent(row["error_rate"]),
             "p95": (f"n = {row['latency']['n']:.0f} " if row["latency"]["n"] < 20 else "") + shown_duration(row["latency"]["p95_ns"])}
            for row in listed["services"]]
    own = [row for row in listed["services"] if not row["is_dependency"]]
    requests, errors = sum(row["requests"] for row in own), sum(row["errors"] for row in own)
    covered = (int(listed["covered_to_ns"]) - int(listed["covered_from_ns"])) / 1e9
    # The one that failed most, and its resource that did.
    worst = max(own, key=lambda row: row["errors"])
    listed_resources = vizsla.get(f"/api/ui/services/{worst['name']}/resources", **asked).json()["resources"]
    resource = max(listed_resources, key=lambda row: row["errors"])
    failing = {**next(row for row in rows if row["name"] == worst["name"]), "count": worst["requests"], "errorCount": worst["errors"], "resource": resource["resource"], "hash": resource["hash"], "failed": resource["errors"]}
    return {"env": listed["env"], **asked, "failing": failing, "services": [row for row in rows if not row["dependency"]], "dependencies": [row for row in rows if row["dependency"]],
            "totals": {"services": len(own), "rate": shown_rate(requests / covered), "errorRate": shown_percent(errors / requests)}}


def glossary() -> dict[str, str]:
    """The words of docs/glossary.md and what they mean, without its marks."""
    rows = re.findall(r"^\| (.+) \| (.+) \|$", (ROOT / "docs/glossary.md").read_text(), re.M)
    plain = lambda text: re.sub(r"[*`]", "", text)
    return {plain(word): plain(meaning) for word, meaning in rows if (word, meaning) not in (("word", "meaning"), ("number", "rule"))}


def send_one(vizsla: Vizsla, trace_id: int) -> None:
    span = {"trace_id": trace_id, "span_id": 1, "service": "late", "name": "job", "resource": "tidy up", "start": time.time_ns(), "duration": 5_000_000}
    assert vizsla.send("/v0.4/traces", msgpack.packb([[span]])).status_code == 200


def test_an_empty_installation_helps_with_the_first_span(driver, vizsla):
    if vizsla.get("/").status_code == 404:
        pytest.skip(f"{BINARY} was built without its web UI")

    def run(code: str) -> None:
        """As somebody would who copied it into a terminal."""
        done = subprocess.run(["bash", "-euc", code], capture_output=True, text=True, timeout=20)
        assert (done.returncode, done.stdout) == (0, "OK\n"), done.stderr

    driver.go("an empty installation helps with the first span, and says when it is there", vizsla,
              {"agent": vizsla.apm, "socket": vizsla.socket}, run=run)


@pytest.mark.parametrize("journey", [
    "what needs a look, and what was looked at",
    "the services in numbers",
    "the services by keyboard",
    "a time range is typed, and is in the address",
    "columns are chosen, and are there the next time",
    "from a service to the span that failed",
    "the click path without a mouse",
    "every address shows the same in another browser",
    "a number says how true it is, and leads to its spans",
    "a service that nothing is known of, and one without requests",
    "what the numbers mean",
    "from the list to a waterfall and back",
    "everything by keyboard",
    "the detail of a failed span says what, why and where",
    "the detail of requests, statements, events and links",
    "the address holds the view: reload, back, and another browser",
    "a trace opens by any form of its id, and at a span",
    "light and dark",
    "a trace of two thousand spans",
    "a waterfall closes and opens, at once and level by level",
    "a flame graph: every span is found by keyboard, and by pointer at some zoom",
    "what is chosen stays chosen in every view",
    "a trace can be copied as text",
    "a small window",
])
def test_journey(driver, recorded, facts, journey):
    driver.go(journey, recorded, facts)


def test_the_apdex_threshold(driver, make_vizsla):
    """Of ten requests, one takes a second: with half a second it frustrates nobody, with a hundredth it does."""
    server = make_vizsla().start()
    spans = [{"trace_id": n, "span_id": n, "service": "shop", "name": "web.request", "resource": "GET /", "type": "web", "start": time.time_ns() - 20_000_000_000,
              "duration": 1_000_000_000 if n == 10 else 5_000_000} for n in range(1, 11)]
    assert server.send("/v0.4/traces", msgpack.packb([[span] for span in spans])).status_code == 200
    driver.go("the Apdex threshold is changed, and everything is scored anew", server, {"apdex": {"name": "shop", "score": "0.95", "strict": "0.90"}})
    assert server.stop() == 0


class UnderPrefix(http.server.BaseHTTPRequestHandler):
    """Passes on what is asked for under a path, without that path; as a reverse proxy does. Nothing else is there."""

    prefix, upstream = "/tools/apm", ""
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        inside = self.path.startswith(self.prefix + "/")
        answer = requests.get(self.upstream + self.path.removeprefix(self.prefix), timeout=30) if inside else None
        body = answer.content if answer is not None else b""
        self.send_response(answer.status_code if answer is not None else 404)
        for name in ("Content-Type", "Content-Security-Policy", "ETag"):
            if answer is not None and name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        pass


def test_under_a_prefix(driver, recorded, facts):
    handler = type("Handler", (UnderPrefix,), {"upstream": recorded.http})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as proxy:
        serving = threading.Thread(target=proxy.serve_forever)
        serving.start()
        try:
            behind = Vizsla(recorded.data_dir)
            behind.http = f"http://127.0.0.1:{proxy.server_port}{UnderPrefix.prefix}"
            driver.go("behind a proxy, under a path of its own", behind, facts)
        finally:
            proxy.shutdown()
            serving.join()


def test_a_trace_that_is_not_here_yet(driver, make_vizsla, recorded, facts):
    server = make_vizsla().start()
    driver.go("a trace that is not here, and one that comes while it is watched for", server, facts, send=lambda id: send_one(server, int(id, 16)))
    assert server.stop() == 0


@pytest.mark.parametrize("journey", [
    "a server that stops and comes back",
    "a server that comes back is noticed within the two seconds that the page promises",
])
def test_with_a_server_that_stops(driver, make_vizsla, journey):
    server = make_vizsla().start()
    address = server.http.removeprefix("http://")
    replay(server, "java-dd-java-agent-old-agent", shifted(newest_start("java-dd-java-agent-old-agent", 2)))
    driver.go(journey, server, stop=lambda _: server.stop(), start=lambda _: server.start(http=address) and None, send=lambda id: send_one(server, int(id)))
    assert server.stop() == 0


def test_every_journey_is_made(driver):
    source = "".join(pathlib.Path(__file__).with_name(name).read_text() for name in ("test_ui.py", "test_demo.py"))
    assert [journey for journey in driver.journeys if ": " not in journey and f'"{journey}"' not in source] == []
