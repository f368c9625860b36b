"""The demo's history: what is told of a day that never was is what the services' figures say, told once or again."""
import collections
import os
import subprocess
import sys
import time

import pytest

from conftest import ROOT, Vizsla
from hand_count import Sum, agrees

sys.path.insert(0, str(ROOT))

from demo.history import ENV, HOURS, minutes, shop  # noqa: E402

REQUESTS_PER_MINUTE = 1.5
SEED = 7
OPENING_SPANS = {"web": "express.request", "api": "servlet.request", "mailer": "kafka.consume"}
MINUTE_MS = 60_000


def tell(vizsla: Vizsla, hours: float) -> str:
    command = [sys.executable, "-m", "demo.history", "--agent", vizsla.apm, "--ui", vizsla.http, "--seed", str(SEED), "--hours", str(hours),
               "--requests-per-minute", str(REQUESTS_PER_MINUTE)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, env={**os.environ, "HTTP_PROXY": "http://127.0.0.1:1"})
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


def told(vizsla: Vizsla) -> range:
    """The minutes that are there, without a gap."""
    now = time.time_ns() // shop.NS_PER_MINUTE
    asked = range(now - round((HOURS + 1) * 60), now)
    there = sorted(set(asked) - set(minutes.missing(vizsla.http, asked)))
    assert there == list(range(there[0], there[-1] + 1))
    return range(there[0], there[-1] + 1)


def check(vizsla: Vizsla, there: range) -> int:
    """The figures of every service, against a count by hand over what these minutes hold. The spans."""
    expected: dict[str, Sum] = collections.defaultdict(Sum)
    spans = [span for minute in there for chunk in shop.chunks(SEED, minute, REQUESTS_PER_MINUTE) for span in chunk]
    for span in spans:
        if span["name"] == OPENING_SPANS.get(span["service"], span["name"]):
            expected[span["service"]].add(span["duration"], bool(span["error"]), span["type"] == "web")
    time_of = {"from": there.start * MINUTE_MS, "to": (there.stop + 1) * MINUTE_MS}  # the queue is emptied some time later
    listed = vizsla.get("/api/ui/services", env=ENV, **time_of).json()
    found = {service["name"]: service for service in listed["services"]}
    assert found.keys() == expected.keys()
    for name, figures in expected.items():
        agrees(found[name], figures, name)
    assert {name for name, service in found.items() if service["is_dependency"]} == {"postgres", "redis", "smtp"}
    assert found["postgres"]["called_by"] == ["api", "mailer"]
    return len(spans)


def test_each_service_has_the_figures_of_what_was_told_once(vizsla):
    printed = tell(vizsla, hours=HOURS)
    there = told(vizsla)
    assert len(there) == HOURS * 60
    spans = check(vizsla, there)
    assert f"History: {spans:,} spans of a synthetic shop in env {ENV}, told in " in printed
    assert f"{vizsla.http}/services?env={ENV}&from=now-17h\n" in printed
    assert vizsla.get("/api/ui/status").json()["spans_stored"] == spans

    again = tell(vizsla, hours=HOURS)
    there = range(there.start, told(vizsla).stop)  # a minute more when one has just ended
    assert check(vizsla, there) == vizsla.get("/api/ui/status").json()["spans_stored"]
    assert len(there) > HOURS * 60 or "has it already; nothing was sent" in again
    intake = vizsla.get("/api/ui/intake").json()["total"]
    assert (intake["refused"], intake["altered"]) == ({}, {})


def test_where_a_part_is_there_the_rest_is_told(vizsla):
    assert "of 60 minutes" in tell(vizsla, hours=1)
    assert "of 120 minutes" in tell(vizsla, hours=3) or len(told(vizsla)) > 180
    there = told(vizsla)
    assert len(there) >= 180
    check(vizsla, there)


def test_a_release_can_be_told_from_the_one_before(vizsla):
    tell(vizsla, hours=HOURS)
    there = told(vizsla)
    asked = {"env": ENV, "from": there.start * MINUTE_MS, "to": there.stop * MINUTE_MS, "by": "version"}
    series = vizsla.get("/api/ui/services/api", **asked).json()["series"]
    assert len(series) >= 3
    assert sum(version["total_requests"] for version in series) == pytest.approx(
        sum(span["name"] == "servlet.request" for minute in there for chunk in shop.chunks(SEED, minute, REQUESTS_PER_MINUTE) for span in chunk))
