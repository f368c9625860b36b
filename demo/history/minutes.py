"""Which minutes of the history Vizsla has already, so that none is told twice."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request

from demo.history import ENV
from demo.history.shop import FRONT_SERVICE

NS_PER_MINUTE = 60_000_000_000
# A series has at most a thousand points.
MINUTES_PER_QUESTION = 600
TIMEOUT_S = 30

# Vizsla is on this machine: a proxy from the environment has no say.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def wanted(hours: float, now_ns: int | None = None) -> range:
    """The minutes since 1970 that are to be there: all of them over, the last one for long enough that what it left in
    the queue is done."""
    end = (time.time_ns() if now_ns is None else now_ns) // NS_PER_MINUTE - 1
    return range(end - round(hours * 60), end)


def missing(ui_url: str, wanted: range) -> list[int]:
    """Those of `wanted` without a request. Raises OSError where Vizsla doesn't answer."""
    found: list[int] = []
    for start in range(wanted.start, wanted.stop, MINUTES_PER_QUESTION):
        asked = range(start, min(wanted.stop, start + MINUTES_PER_QUESTION))
        there = _with_requests(ui_url, asked)
        found += [minute for minute in asked if minute not in there]
    return found


def _with_requests(ui_url: str, asked: range) -> set[int]:
    query = {
        "env": ENV,
        "from": asked.start * 60_000,
        "to": asked.stop * 60_000,
        "points": len(asked),
    }
    service = urllib.parse.quote(FRONT_SERVICE, safe="")
    try:
        url = f"{ui_url}/api/ui/services/{service}?{urllib.parse.urlencode(query)}"
        with _opener.open(url, timeout=TIMEOUT_S) as answer:
            over_time = json.load(answer)
    except urllib.error.HTTPError as refusal:
        if refusal.code == 404:  # the service isn't known: nothing has been told
            return set()
        raise
    begin, step = int(over_time["from_ns"]) // NS_PER_MINUTE, over_time["step_ns"]
    if step > NS_PER_MINUTE:
        raise OSError(f"expected a point for each minute, got one for each {step / 1e9:.0f} s")
    return {
        begin + place * step // NS_PER_MINUTE
        for series in over_time["series"]
        for place, requests in enumerate(series["requests"])
        if requests
    }
