"""The history's minutes, and telling them to a stand-in for Vizsla."""

import collections
import json
import statistics
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from demo.history import ENV, HOURS, __main__, minutes, shop, story

MINUTE_NS = 60_000_000_000
DAY = 20_000 * story.MINUTES_PER_DAY
RELEASE = DAY + story.FIRST_RELEASE_MINUTE
PATCH = RELEASE + story.PATCH_AFTER_MINUTES
INCIDENT = RELEASE + story.INCIDENT_AFTER_MINUTES


def spans_of(told: range, requests_per_minute: float = 50) -> list[dict]:
    return [span for minute in told for chunk in shop.chunks(1, minute, requests_per_minute) for span in chunk]


def p99_ms(spans: list[dict], service: str, resource: str) -> float:
    found = [s["duration"] / 1e6 for s in spans if (s["service"], s["resource"]) == (service, resource)]
    return statistics.quantiles(found, n=100)[98]


def median_ms(spans: list[dict], service: str, resource: str) -> float:
    return statistics.median(s["duration"] / 1e6 for s in spans if (s["service"], s["resource"]) == (service, resource))


# What happens, and when.


def test_whatever_seventeen_hours_hold_a_release_with_hours_on_both_sides_and_a_whole_incident():
    for start in range(DAY, DAY + story.MINUTES_PER_DAY, 7):
        told = range(start, start + round(HOURS * 60))
        inner = told[2 * 60 : -2 * 60]
        assert any(story.since_release(minute) == 0 for minute in inner)
        assert sum(story.in_incident(minute) for minute in told) >= story.INCIDENT_MINUTES


def test_a_day_has_its_busy_and_its_quiet_hours():
    day = [story.busyness(minute) for minute in range(DAY, DAY + story.MINUTES_PER_DAY)]
    assert statistics.mean(day) == pytest.approx(1)
    assert min(day) == pytest.approx(story.QUIETEST_SHARE * max(day))


def test_versions_follow_one_another():
    versions = [story.version(minute) for minute in range(RELEASE, RELEASE + story.MINUTES_PER_DAY)]
    changes = [story.version(RELEASE - 1), *dict.fromkeys(versions)]
    assert changes == ["24.10.03-4", "24.10.04-1", "24.10.04-2", "24.10.04-3", "24.10.04-4"]
    assert story.slowed_by_release(PATCH - 1) and not story.slowed_by_release(PATCH)


# A minute.


def test_a_minute_is_the_same_whenever_it_is_told_and_another_with_another_seed():
    assert shop.chunks(1, DAY, 50) == shop.chunks(1, DAY, 50)
    assert shop.chunks(1, DAY, 50) != shop.chunks(2, DAY, 50)
    assert shop.chunks(1, DAY, 50) != shop.chunks(1, DAY + 1, 50)


def test_a_minute_is_known_by_its_requests_which_begin_and_end_in_it():
    for minute in (*range(DAY, DAY + 50), *range(INCIDENT, INCIDENT + story.INCIDENT_MINUTES)):
        requests = [span for span in spans_of(range(minute, minute + 1)) if span["service"] == shop.FRONT_SERVICE]
        assert requests
        for span in requests:
            assert minute * MINUTE_NS <= span["start"] <= span["start"] + span["duration"] < (minute + 1) * MINUTE_NS


def test_the_quietest_minute_has_a_request():
    assert shop.chunks(1, DAY + 4 * 60, 0.001)


def test_chunks_are_those_of_one_process_in_one_trace_and_hold_together():
    ids = collections.Counter()
    traces = collections.defaultdict(list)
    for chunk in (chunk for minute in range(DAY, DAY + 20) for chunk in shop.chunks(1, minute, 50)):
        assert len({(span["trace_id"]) for span in chunk}) == 1
        root, *others = chunk
        own = {span["span_id"] for span in chunk}
        assert root["parent_id"] not in own
        for span in others:
            assert span["parent_id"] in own
            assert root["start"] <= span["start"] and span["start"] + span["duration"] <= root["start"] + root["duration"]
        assert root["meta"]["demo.synthetic"] == "true"
        assert all(span["meta"]["env"] == ENV for span in chunk)
        ids.update(own)
        traces[root["trace_id"]] += chunk
    assert set(ids.values()) == {1}
    for spans in traces.values():
        known = {span["span_id"] for span in spans} | {0}
        assert all(span["parent_id"] in known for span in spans)
    assert {span["service"] for spans in traces.values() for span in spans} == {
        *("web", "api", "mailer"),
        *("postgres", "redis", "kafka", "smtp"),
    }


def test_a_release_makes_one_resource_slower_until_its_patch():
    before, slow, after = (spans_of(range(at, at + 60)) for at in (RELEASE - 60, RELEASE, PATCH))
    product, search = ("api", "GET /api/products/{id}"), ("api", "GET /api/search")
    assert median_ms(slow, *product) > 8 * median_ms(before, *product)
    assert median_ms(after, *product) < 1.2 * median_ms(before, *product)
    assert 0.8 < median_ms(slow, *search) / median_ms(before, *search) < 1.25
    versions = [{s["meta"]["version"] for s in spans if s["service"] == "api"} for spans in (before, slow, after)]
    assert [len(version) for version in versions] == [1, 1, 1] and len(set.union(*versions)) == 3


def test_an_incident_has_errors_and_a_slow_p99():
    usual = spans_of(range(INCIDENT - 60, INCIDENT))
    incident = spans_of(range(INCIDENT, INCIDENT + story.INCIDENT_MINUTES))
    share = lambda spans: statistics.mean(s["error"] for s in spans if s["resource"] == "POST /checkout")
    assert share(usual) < 0.05 and share(incident) > 0.25
    assert p99_ms(incident, "web", "POST /checkout") > 3000 > 4 * p99_ms(usual, "web", "POST /checkout")
    failed = next(s for s in incident if s["service"] == "api" and s["error"])
    assert "Connection is not available" in failed["meta"]["error.message"]
    assert "OrderRepository.java" in failed["meta"]["error.stack"]


# Telling them.


class FakeVizsla:
    """Takes chunks, and says which minutes it has. The `breaks_at`th payload is taken and not answered."""

    def __init__(self, breaks_at: int | None = None, status: int = 200) -> None:
        self.payloads: list[list] = []
        self.breaks_at = breaks_at
        self.status = status
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if fake.status == 200:
                    fake.payloads.append(body)
                if len(fake.payloads) == fake.breaks_at:
                    fake.breaks_at = None
                    self.close_connection = True
                else:
                    self.reply(fake.status, {"rate_by_service": {}})

            def do_GET(self) -> None:
                url = urlsplit(self.path)
                query = {key: values[0] for key, values in parse_qs(url.query).items()}
                assert url.path == "/api/ui/services/web" and query["env"] == ENV
                begin, end = (int(query[key]) // 60_000 for key in ("from", "to"))
                assert int(query["points"]) == end - begin <= 1000
                if not fake.payloads:
                    self.reply(404, {"code": "not_found"})
                    return
                counts = fake.requests_by_minute()
                series = [{"requests": [float(counts[minute]) for minute in range(begin, end)]}]
                self.reply(200, {"from_ns": str(begin * MINUTE_NS), "step_ns": MINUTE_NS, "series": series})

            def reply(self, status: int, body: dict) -> None:
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def requests_by_minute(self) -> collections.Counter:
        spans = (span for payload in self.payloads for chunk in payload for span in chunk)
        return collections.Counter(s["start"] // MINUTE_NS for s in spans if s["name"] == "express.request")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def make_vizsla(monkeypatch):
    monkeypatch.setattr(__main__, "PAUSE_S", 0.0)
    made = []

    def make(**options) -> FakeVizsla:
        made.append(FakeVizsla(**options))
        return made[-1]

    yield make
    for vizsla in made:
        vizsla.close()


def tell(vizsla: FakeVizsla, wanted: range) -> int:
    return __main__.tell_missing(vizsla.url, vizsla.url, wanted, seed=1, requests_per_minute=2)


def test_each_minute_is_told_once_the_oldest_first(make_vizsla, capsys):
    vizsla = make_vizsla()
    wanted = range(DAY, DAY + 8)
    told = tell(vizsla, wanted)
    expected = [shop.chunks(1, minute, 2) for minute in wanted]
    assert vizsla.payloads == expected
    assert told == sum(len(chunk) for payload in expected for chunk in payload)
    assert [line.partition(" minutes")[0] for line in capsys.readouterr().out.splitlines()] == [
        "History: 2 of 8",
        "History: 4 of 8",
        "History: 6 of 8",
    ]


def test_told_again_later_only_what_is_missing_is_sent(make_vizsla):
    vizsla = make_vizsla()
    tell(vizsla, range(DAY, DAY + 8))
    assert tell(vizsla, range(DAY, DAY + 8)) == 0
    tell(vizsla, range(DAY + 2, DAY + 11))
    assert vizsla.payloads == [shop.chunks(1, minute, 2) for minute in range(DAY, DAY + 11)]


def test_what_arrived_without_an_answer_is_not_sent_twice(make_vizsla):
    vizsla = make_vizsla(breaks_at=3)
    tell(vizsla, range(DAY, DAY + 8))
    assert vizsla.payloads == [shop.chunks(1, minute, 2) for minute in range(DAY, DAY + 8)]


def test_a_server_that_takes_nothing_is_given_up(make_vizsla):
    with pytest.raises(__main__.Refused, match="503"):
        tell(make_vizsla(status=503), range(DAY, DAY + 8))


def test_more_minutes_than_a_series_may_have_are_asked_for_in_parts(make_vizsla):
    vizsla = make_vizsla()
    vizsla.payloads = [shop.chunks(1, DAY + 700, 2)]
    wanted = range(DAY, DAY + 1020)
    assert minutes.missing(vizsla.url, wanted) == [minute for minute in wanted if minute != DAY + 700]


def test_the_last_minute_told_has_been_over_for_a_minute():
    now = (DAY + 100) * MINUTE_NS + 30_000_000_000
    assert minutes.wanted(1.0, now) == range(DAY + 39, DAY + 99)
