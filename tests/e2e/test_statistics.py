"""What services and resources show, held against a count by hand over everything that was sent: in spite of kills,
replays, payloads that come twice, sampling, and blocks that are built and merged meanwhile.
"""
import collections
import random
import time

import msgpack
import pytest
import requests

import prometheus_text
from conftest import VECTORS, Vizsla, replay
from hand_count import Sum, agrees, check_figures, counted_requests
from recordings import CAPTURES, sent_chunks, shift_to_now, shifted

SECOND = 1_000_000_000
SMALL = ("--set", "store.block_rows=1000", "--set", "store.merge_rows=2000", "--set", "log.segment_bytes=1 MiB", "--set", "store.block_age_s=1")
SAMPLING = ("--set", "sampling.enabled=true", "--set", "apm_config.target_traces_per_second=1", "--set", "apm_config.errors_per_second=1")


class Sender:
    """Random traces, and what they add up to."""

    def __init__(self, vizsla: Vizsla, seed: int):
        self.vizsla = vizsla
        self.dice = random.Random(seed)
        self.trace = 0
        self.resources: dict[tuple, Sum] = collections.defaultdict(Sum)  # (service, operation, resource)

    def payload(self) -> list[list[dict]]:
        traces = []
        for _ in range(self.dice.randint(1, 8)):
            self.trace += 1
            service, duration = f"service-{self.dice.randrange(4)}", int(self.dice.lognormvariate(17, 1.5))
            start = time.time_ns() - duration - self.dice.randrange(60) * SECOND  # over when it is sent
            root = {"trace_id": self.trace, "span_id": 1, "parent_id": 0, "service": service, "name": "web.request", "resource": f"GET /{self.dice.randrange(6)}",
                    "type": "web", "start": start, "duration": duration, "error": int(self.dice.random() < 0.1),
                    "meta": {"env": "prod", "version": str(self.dice.randrange(3))}, "metrics": {"_sampling_priority_v1": self.dice.choice([0, 1])}}
            spans = [root]
            for number in range(self.dice.randrange(5)):
                inner = self.dice.random() < 0.5
                spans.append({"trace_id": self.trace, "span_id": 2 + number, "parent_id": 1, "service": service if inner else "db", "name": "inner" if inner else "db.query",
                              "resource": "work" if inner else "SELECT", "type": "sql", "start": start, "duration": self.dice.randrange(1, 10**7),
                              "error": int(self.dice.random() < 0.05), "meta": {"env": "prod"}})
            traces.append(spans)
        return traces

    def count(self, traces: list[list[dict]]) -> None:
        for span in (span for trace in traces for span in trace):
            if span["parent_id"] == 0 or span["service"] == "db":
                self.resources[span["service"], span["name"], span["resource"]].add(span["duration"], bool(span["error"]), span["type"] == "web")

    def send(self, traces: list[list[dict]]) -> bool:
        try:
            return self.vizsla.send("/v0.4/traces", msgpack.packb(traces)).status_code == 200
        except requests.RequestException:
            return False


def check(vizsla: Vizsla, resources: dict[tuple, Sum]) -> None:
    services: dict[str, Sum] = collections.defaultdict(Sum)
    for (service, _, _), expected in resources.items():
        services[service].errors += expected.errors
        services[service].durations += expected.durations
        services[service].rated += expected.rated
    found = {service["name"]: service for service in vizsla.get("/api/ui/services", env="prod").json()["services"]}
    assert found.keys() == services.keys()
    for name, expected in services.items():
        agrees(found[name], expected, name)
        assert sum(found[name]["series"]["requests"]) == expected.requests and sum(found[name]["series"]["errors"]) == expected.errors
        rows = vizsla.get(f"/api/ui/services/{name}/resources", env="prod").json()["resources"]
        assert {row["resource"] for row in rows} == {resource for service, _, resource in resources if service == name}
        for row in rows:
            agrees(row, resources[name, found[name]["operation"], row["resource"]], row["resource"])
        by_version = vizsla.get(f"/api/ui/services/{name}", env="prod", by="version").json()
        assert sum(series["total_requests"] for series in by_version["series"]) == expected.requests == by_version["total"]["requests"]


@pytest.mark.parametrize("sampling", [(), SAMPLING], ids=["everything is kept", "sampled"])
def test_counts_are_those_of_the_payloads_after_kills_and_with_everything_sent_twice(make_vizsla, tmp_path, sampling):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    vizsla = make_vizsla(*SMALL, *sampling, data_dir=tmp_path / "data").start()
    sender = Sender(vizsla, seed)
    owed: list[list[list[dict]]] = []  # sent, and not known whether it arrived
    for round_number in range(6):
        for _ in range(60):
            traces = owed.pop() if owed else sender.payload()
            if not sender.send(traces):
                owed.append(traces)
                continue
            sender.count(traces)
            if sender.dice.random() < 0.5:
                assert sender.send(traces)  # again: counted once
        check(vizsla, sender.resources)
        # What nobody was answered for is sent again after the kill: it counts once, whether or not it had arrived.
        last = sender.payload()
        owed.append(last)
        if round_number % 2 == 0:
            sender.send(last)
        vizsla.kill()
        vizsla = make_vizsla(*SMALL, *sampling, data_dir=tmp_path / "data").start()
        sender.vizsla = vizsla
        check_owed = sender.send(owed.pop())
        assert check_owed
        sender.count(last)
        check(vizsla, sender.resources)
    kept, sent = len(vizsla.spans()), sum(sum_.requests for sum_ in sender.resources.values())
    assert kept < sent if sampling else kept >= sent, (kept, sent)
    assert vizsla.stop() == 0


@pytest.mark.parametrize("capture", CAPTURES)
def test_figures_of_a_recording_are_those_of_its_payloads(vizsla, capture):
    """As real tracers send them, in all versions of the wire: those old spans are newly told, so that they count."""
    chunks = sent_chunks(VECTORS / "captures" / capture)
    by_ns = shift_to_now(chunks)
    replay(vizsla, capture, shifted(by_ns))
    requests_of = collections.defaultdict(list)
    for request in counted_requests(chunks, by_ns):
        requests_of[request["env"]].append(request)
    assert requests_of
    for env, requests_of_env in requests_of.items():
        check_figures(vizsla, env, requests_of_env)


def test_what_was_answered_for_shows_at_once(make_vizsla):
    vizsla = make_vizsla().start()
    sender = Sender(vizsla, 1)
    for _ in range(20):
        traces = sender.payload()
        assert sender.send(traces)
        sender.count(traces)
        check(vizsla, sender.resources)


def test_one_range_gives_one_count(make_vizsla):
    """Wherever its ends lie among the requests, and with how many points it is shown."""
    vizsla = make_vizsla().start()
    sender = Sender(vizsla, 3)
    dice = sender.dice
    traces = [trace for _ in range(60) for trace in sender.payload()]
    for trace in traces:
        shift = dice.randrange(-60, 7200) * SECOND  # some by clocks that are a minute ahead
        for span in trace:
            span["start"] -= shift
    assert sender.send(traces)
    now_ms, counts = time.time_ns() // 1_000_000, set()
    for _ in range(30):
        length_ms = int(60_000 * 120 ** dice.random())
        from_ms = now_ms + 60_000 - length_ms - dice.randrange(7_200_000)
        asked = {"env": "prod", "from": from_ms, "to": from_ms + length_ms}
        services = vizsla.get("/api/ui/services", **asked).json()
        for service in services["services"]:
            path, requests = f"/api/ui/services/{service['name']}", service["requests"]
            page = vizsla.get(path, **asked, points=dice.randint(1, 200), fit=dice.choice(["true", "false"])).json()
            by_version = vizsla.get(path, **asked, by="version", points=dice.randint(1, 200)).json()
            resources = vizsla.get(f"{path}/resources", **asked).json()["resources"]
            assert requests == page["total"]["requests"] == by_version["total"]["requests"] == sum(service["series"]["requests"])
            assert requests == sum(sum(series["requests"]) for series in by_version["series"]) == sum(sum(series["requests"]) for series in page["series"])
            assert requests == sum(row["requests"] for row in resources) == vizsla.get(f"{path}/exemplars", **asked).json()["requests"]
            assert (services["to_ns"], by_version["from_ns"]) == (page["to_ns"], services["from_ns"])
            counts.add(requests)
    assert len(counts) > 10
    # What is compared has as many points, although the time before begins at a full hour and not at a full day.
    days = {"env": "prod", "from": "2026-01-01T00:00:00Z", "to": "2026-01-08T12:00:00Z"}
    page = vizsla.get("/api/ui/services/service-0", **days, points=61, previous="hour,day,window").json()
    assert {(before["points"], before["step_ns"]) for before in page["previous"]} == {(page["points"], page["step_ns"])}


def test_sampled_traces_tell_their_rates_and_reasons(make_vizsla):
    vizsla = make_vizsla(*SAMPLING).start()
    sender = Sender(vizsla, 2)
    for _ in range(100):
        sender.send(sender.payload())
    answer = vizsla.send("/v0.4/traces", msgpack.packb(sender.payload()))
    rates = answer.json()["rate_by_service"]
    assert "service:,env:" in rates and all(0 <= rate <= 1 for rate in rates.values())
    refused = vizsla.get("/api/ui/intake").json()["total"]["refused"]
    assert any(reason.startswith("sampled_") for reason in refused)
    total = vizsla.get("/api/ui/intake").json()["total"]
    assert total["received"] == total["stored"] + sum(refused.values())


def test_exemplars_are_spans_that_can_be_opened(make_vizsla):
    """Slowest, failed, typical, near a percentile: of a hundred requests, some of which other spans resemble."""
    vizsla = make_vizsla().start()
    traces = []
    for ms in range(1, 101):
        common = {"trace_id": ms, "service": "shop", "type": "web", "start": time.time_ns() - 10 * SECOND, "meta": {"env": "prod"}}
        traces.append([{**common, "span_id": 1000 + ms, "parent_id": 0, "name": "web.request", "resource": "GET /", "duration": ms * 1_000_000, "error": int(ms % 25 == 0)},
                       {**common, "span_id": 2000 + ms, "parent_id": 1000 + ms, "name": "inner", "resource": "GET /", "duration": 900_000}])
    assert vizsla.send("/v0.4/traces", msgpack.packb(traces)).status_code == 200
    (row,) = vizsla.get("/api/ui/services/shop/resources", env="prod").json()["resources"]
    found = vizsla.get(f"/api/ui/resources/{row['hash']}/exemplars", env="prod", limit=5, near="p95").json()
    ms_of = lambda kind: [exemplar["duration_ns"] / 1e6 for exemplar in found[kind]]
    assert (found["resource"], found["requests"]) == ("GET /", 100)
    assert ms_of("slowest") == [100, 99, 98, 97, 96]
    assert sorted(ms_of("errors")) == [25, 50, 75, 100] and all(exemplar["error"] for exemplar in found["errors"])
    # The sketch's median is right to 1 %: fifty or its neighbours.
    assert sorted(ms_of("typical")) == [48, 49, 50, 51, 52] and set(ms_of("near")) <= set(range(92, 99)) and len(ms_of("near")) == 5
    assert found["near_ns"] == pytest.approx(95e6, rel=0.011)
    for exemplar in found["slowest"] + found["near"]:
        assert exemplar["rank"] == pytest.approx(exemplar["duration_ns"] / 1e8, abs=0.021)
        (root,) = [span for span in vizsla.trace(exemplar["trace_id"]) if str(span["spanID"]) == exemplar["span_id"]]
        assert root["name"] == "web.request"
    # The same of all resources of the operation, and of a stretch of the distribution.
    of_all = vizsla.get("/api/ui/services/shop/exemplars", env="prod", limit=5, near="p95").json()
    assert (of_all["operation"], of_all["resource"]) == ("web.request", None)
    assert of_all["slowest"] == found["slowest"] and of_all["slowest"][0]["resource_hash"] == row["hash"]
    found = vizsla.get(f"/api/ui/resources/{row['hash']}/exemplars", env="prod", limit=5, min_ns=20_000_000, max_ns=30_000_000).json()
    assert ms_of("slowest") == [30, 29, 28, 27, 26] and ms_of("errors") == [25] and set(ms_of("newest")) <= set(range(20, 31))
    over_time = vizsla.get("/api/ui/services/shop", env="prod").json()
    assert sum(bar["ok"] + bar["error"] for bar in over_time["distribution"]) == 100
    assert vizsla.get("/api/ui/services/shop/exemplars", min_ns=-1).status_code == 400


def test_too_many_names_count_together_and_show(make_vizsla):
    """An id in each resource's name, and services that nobody meant: sums stay true, lists stay short, spans keep their names."""
    vizsla = make_vizsla("--set", "statistics.max_resources=5", "--set", "statistics.max_services=3").start()
    traces = []
    for trace in range(1, 41):
        service = f"service-{trace % 5}" if trace > 20 else "service-0"
        traces.append([{"trace_id": trace, "span_id": trace, "parent_id": 0, "service": service, "name": "web.request", "resource": f"GET /orders/{trace}", "type": "web",
                        "start": time.time_ns() - SECOND, "duration": trace * 1_000_000, "error": trace % 2, "meta": {"env": "prod"}}])
    for payload in (traces[:20], traces[20:]):
        assert vizsla.send("/v0.4/traces", msgpack.packb(payload)).status_code == 200
    found = {service["name"]: service for service in vizsla.get("/api/ui/services", env="prod").json()["services"]}
    assert {name: (service["requests"], service["overflow"]) for name, service in found.items()} == {
        "service-0": (24, False), "service-1": (4, False), "service-2": (4, False), "agent_blocked_value": (8, True)}
    assert found["agent_blocked_value"]["errors"] == 4
    rows = {row["resource"]: row for row in vizsla.get("/api/ui/services/service-0/resources", env="prod").json()["resources"]}
    assert {name for name, row in rows.items() if not row["overflow"]} == {f"GET /orders/{trace}" for trace in range(1, 6)}
    (others,) = [row for row in rows.values() if row["overflow"]]
    beyond = [trace for trace in (*range(6, 21), 25, 30, 35, 40)]
    assert (others["resource"], others["requests"], others["errors"]) == ("agent_blocked_value", len(beyond), sum(trace % 2 for trace in beyond))
    assert others["total_time_ns"] == sum(beyond) * 1_000_000 and others["latency"]["max_ns"] == 40_000_000
    assert len(vizsla.spans(**{"filter[query]": "resource_name:\"GET /orders/40\""})) == 1
    samples = prometheus_text.parse(vizsla.get("/metrics").text)
    limited = {limit: samples["vizsla_statistics_limited_rows_total", frozenset({("limit", limit)})] for limit in ("resource", "service")}
    assert limited["resource"] >= 19 and limited["service"] == 8
    told = [line for line in vizsla.log if "count together" in line]
    assert len(told) == 2 and "statistics.max_resources" in "".join(told) and "prod / service-0 / web.request / GET /orders/6" in "".join(told)


def test_spans_that_are_too_late_are_kept_and_not_counted(make_vizsla):
    vizsla = make_vizsla().start()
    for hours, trace in ((17, 1), (19, 2), (-20, 3)):
        span = {"trace_id": trace, "span_id": 1, "parent_id": 0, "service": "late", "name": "job", "resource": "run", "start": time.time_ns() - hours * 3600 * SECOND, "duration": 5,
                "meta": {"env": "prod"}}
        assert vizsla.send("/v0.4/traces", msgpack.packb([[span]])).status_code == 200
    assert len(vizsla.spans()) == 3
    services = vizsla.get("/api/ui/services", env="prod", **{"from": "now-2d", "to": "now+2d"}).json()["services"]
    assert [(service["name"], service["requests"]) for service in services] == [("late", 1)]
    samples = prometheus_text.parse(vizsla.get("/metrics").text)
    counted = {outcome: samples["vizsla_statistics_spans_total", frozenset({("outcome", outcome)})] for outcome in ("counted", "too_old", "too_new")}
    assert counted == {"counted": 1, "too_old": 1, "too_new": 1}


def test_an_apdex_threshold_scores_what_is_stored_anew(make_vizsla, tmp_path):
    vizsla = make_vizsla(data_dir=tmp_path / "data").start()
    for trace, duration_ms in enumerate((100, 100, 300, 300, 900), 1):
        span = {"trace_id": trace, "span_id": 1, "parent_id": 0, "service": "shop", "name": "web.request", "resource": "GET /", "type": "web",
                "start": time.time_ns() - SECOND, "duration": duration_ms * 1_000_000, "meta": {"env": "prod"}}
        assert vizsla.send("/v0.4/traces", msgpack.packb([[span]])).status_code == 200

    def score() -> float:
        (service,) = vizsla.get("/api/ui/services", env="prod").json()["services"]
        return service["apdex"]["score"]

    assert score() == pytest.approx(0.9)
    chosen = requests.put(vizsla.http + "/api/ui/services/shop/settings", params={"env": "prod"}, json={"apdex_threshold_s": 0.2, "color_slot": 7}, timeout=30)
    assert chosen.status_code == 200, chosen.text
    assert score() == pytest.approx((2 + 2 / 2) / 5)
    vizsla.kill()
    vizsla = make_vizsla(data_dir=tmp_path / "data").start()
    (service,) = vizsla.get("/api/ui/services", env="prod").json()["services"]
    assert (service["apdex_threshold_ns"], service["slot"]) == (200_000_000, 7)
