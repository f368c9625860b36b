"""Names and values that a stranger could send, on every screen of the UI; addresses edited by hand; clocks that are wrong."""
import time
import urllib.parse

import msgpack
import pytest

from test_ui import driver, pytestmark  # noqa: F401
from conftest import BINARY, Vizsla, wait_until

MARKUP = "<img src=x onerror='window.canary=1'><script>window.canary=2</script><svg onload='window.canary=3'>"
TURNED = "invoice\u202egpj.exe \u2067שלום عالم\u2066"
TEXTS = {
    "markup": MARKUP,
    "turned": TURNED,
    "invisible": "a\u200bb\u200cc\u200dd\ufeffe\u00adf",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈 " * 8,
    "marks": "Z" + "\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307" * 40,
    "long": "x" * 25_000,
    "wide": "漢字かな交じり文" * 400,
    "lines": "first\r\nsecond\n\n\tthird\u2028fourth",
    "null": "before\x00after\x1b[31m\x07",
    "surrogate": "lone \ud800 and \udfff",
    "empty": "",
    "blank": "   ",
    "template": "${window.canary=4} {{canary}} %s %00 ../../etc/passwd '\"`\\",
    "protocol": "javascript:window.canary=5",
}
DAY_NS = 86_400_000_000_000
NAMES, WIDE, DEEP, TIMES = 0xA1, 0xA2, 0xA3, 0xA4


def packed(spans: list[dict]) -> bytes:
    # As other languages' encoders do it: a lone surrogate becomes three bytes that are no UTF-8.
    return msgpack.packb([spans], unicode_errors="surrogatepass")


def base(trace: int, span: int, parent: int, **fields) -> dict:
    return {"trace_id": trace, "span_id": span, "parent_id": parent, "service": "plain", "name": "op", "resource": "GET /", "type": "web", "start": time.time_ns() - 30_000_000_000,
            "duration": 5_000_000, "error": 0, "meta": {}, "metrics": {}, **fields}


def of_names() -> list[dict]:
    root = base(NAMES, 1, 0, service=TURNED, name=MARKUP, resource=TURNED + MARKUP, duration=900_000_000, error=1,
                meta={"env": TURNED, "version": TURNED, "_dd.hostname": MARKUP, "error.type": TURNED, "error.message": MARKUP, "error.stack": (MARKUP + "\n  at " + TURNED + "\n") * 50,
                      "http.url": "javascript:window.canary=6", "http.method": TURNED, "http.status_code": "500"})
    spans = [root]
    for place, (name, text) in enumerate(TEXTS.items()):
        meta = {"env": TURNED, "version": text, "_dd.hostname": text, "tag of " + name: text, text[:300] or "no key": name, "error.type": text, "error.message": text, "error.stack": text,
                "http.url": text, "http.method": text[:40], "peer.service": text[:90], "db.system": text[:40]}
        spans.append(base(NAMES, 10 + place, 1, service=text, name=text, resource=text, error=1, meta=meta, metrics={"_dd.measured": 1, text[:90] or "no key": 1e300}))
        spans.append(base(NAMES, 50 + place, 10 + place, service="db " + text[:60], name="sql.query", type="sql", resource="SELECT '" + text + "' FROM t", meta={"env": TURNED, "sql.query": "SELECT '" + text}))
    return spans


def of_attributes() -> list[dict]:
    return [base(WIDE, 1, 0, meta={f"attribute.{place}": f"value {place}" for place in range(1000)})]


def of_levels() -> list[dict]:
    return [base(DEEP, level, level - 1, service=f"level-{level % 7}", start=time.time_ns() - 20_000_000_000 + level * 1000, duration=900_000_000 - level * 2000) for level in range(1, 501)]


def of_times() -> list[dict]:
    now = time.time_ns()
    return [base(TIMES, 1, 0, start=now - 30_000_000_000, duration=2_000_000_000), base(TIMES, 2, 1, duration=0), base(TIMES, 3, 1, duration=-5_000_000),
            base(TIMES, 4, 1, start=now - 3 * DAY_NS, duration=3 * DAY_NS), base(TIMES, 5, 1, start=365 * DAY_NS, duration=1_000_000), base(TIMES, 6, 1, start=-1, duration=1)]


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    server = Vizsla(tmp_path_factory.mktemp("strange") / "data").start()
    if server.get("/").status_code == 404:
        assert server.stop() == 0
        pytest.skip(f"{BINARY} was built without its web UI")
    for spans in (of_names(), of_attributes(), of_levels(), of_times()):
        assert server.send("/v0.4/traces", packed(spans)).status_code == 200
    yield server
    assert server.stop() == 0, "".join(server.log)


@pytest.fixture(scope="module")
def strange_facts(strange):
    hex_of = lambda trace: f"{trace:032x}"
    wait_until(lambda: len(strange.get("/api/ui/traces", limit=50).json()["traces"]) == 4)
    envs = [env["name"] for env in strange.get("/api/ui/bootstrap").json()["envs"]]
    env = next(name for name in envs if name != "none")
    services = strange.get("/api/ui/services", env=env).json()["services"]
    services.sort(key=lambda row: "invoice" not in row["name"])
    resources = []
    for row in services[:6]:
        answer = strange.get("/api/ui/services/" + urllib.parse.quote(row["name"], safe="") + "/resources", env=env).json()
        resources += [{"service": row["name"], "hash": each["hash"]} for each in answer.get("resources", [])[:1]]
    skeleton = strange.get(f"/api/ui/traces/{hex_of(NAMES)}/skeleton").json()
    return {"env": env, "services": services, "resources": resources, "spans": skeleton["spans"]["id"][:20], "wideSpan": f"{1:016x}", "typed": "invoice",
            "traces": {name: hex_of(trace) for name, trace in (("names", NAMES), ("wide", WIDE), ("deep", DEEP), ("times", TIMES))}}


def test_names_and_values_are_text(driver, strange, strange_facts):  # noqa: F811
    driver.go("hostile: names and values", strange, strange_facts)


def test_addresses_edited_by_hand(driver, strange, strange_facts):  # noqa: F811
    driver.go("hostile: addresses edited by hand", strange, strange_facts)


@pytest.mark.parametrize("minutes", [10, -10])
def test_a_browser_whose_clock_is_wrong(driver, make_vizsla, minutes):  # noqa: F811
    server = make_vizsla().start()

    def send(_) -> str:
        trace = 0xF0
        assert server.send("/v0.4/traces", packed([base(trace, 1, 0, service="fresh", start=time.time_ns() - 100_000_000)])).status_code == 200
        wait_until(lambda: server.get("/api/ui/services", env="none").json()["services"])
        return f"{trace:032x}"

    driver.go(f"hostile: a clock {minutes} minutes wrong", server, send=send)
    assert server.stop() == 0


def test_every_journey_is_made(driver):  # noqa: F811
    assert [journey for journey in driver.journeys if journey.startswith("hostile: ")] == [
        "hostile: names and values", "hostile: addresses edited by hand", "hostile: a clock 10 minutes wrong", "hostile: a clock -10 minutes wrong"]
