"""Searches as clients send them: spans over the wire in, the public API's answers out."""
import datetime
import json
import re
import time

import msgpack
import pytest
import requests

from conftest import ALL_TIME, ROOT, VECTORS, Vizsla

CASES = json.loads((VECTORS / "search/queries.json").read_text())
# What the language says and nothing answers yet: each must say so. A search that begins to work leaves this list.
NOT_YET = {
    "q009", "q019", "q026", "q030", "q033", "q034", "q037", "q042", "q043", "q044", "q049", "q055", "q058", "q066", "q071", "q074", "q075", "q076",
    "q079", "q081", "q083", "q084", "q087", "q092", "q093", "q094", "q097", "q098", "q099", "q100", "q101", "q105", "q106", "q107",
}


def flat(attributes: dict, prefix: str = ""):
    """Dotted keys, as tracers send them; lists have no form of their own on the wire."""
    for key, value in attributes.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        elif not isinstance(value, list):
            yield prefix + key, value


def as_sent(record: dict) -> dict:
    """A record of the vectors as a span of v0.4: texts and truth values are tags, numbers are metrics."""
    attributes = dict(flat(record["attributes"]))
    meta = {"env": record["env"], "_dd.p.tid": record["trace_id"][:16], "_dd.hostname": record["host"]}
    meta |= dict(tag.split(":", 1) for tag in record["tags"] if ":" in tag and not tag.startswith("service:"))
    meta |= {key: value for key, value in attributes.items() if isinstance(value, str)}
    meta |= {key: str(value).lower() for key, value in attributes.items() if isinstance(value, bool)}
    numbers = {key: value for key, value in attributes.items() if not isinstance(value, (str, bool)) and key != "duration"}
    start = datetime.datetime.fromisoformat(record["timestamp"])
    return {"trace_id": int(record["trace_id"][16:], 16), "span_id": int(record["span_id"]), "parent_id": int(record["parent_id"]),
            "service": record["service"], "name": record["operation_name"], "resource": record["resource_name"], "type": record["type"],
            "start": int(start.timestamp() * 1000) * 1_000_000, "duration": attributes["duration"], "error": int(record["status"] == "error"),
            "meta": meta, "metrics": numbers}


@pytest.fixture(scope="module")
def vizsla(tmp_path_factory):
    server = Vizsla(tmp_path_factory.mktemp("search") / "data").start()
    for record in CASES["spans"]:
        assert server.send("/v0.4/traces", msgpack.packb([[as_sent(record)]])).status_code == 200
    yield server
    assert server.stop() == 0, "".join(server.log)


def found(vizsla: Vizsla, query: str, **params) -> list[str]:
    """Which records come, by their names in the vectors, oldest first."""
    names = {int(record["span_id"]): record["id"] for record in CASES["spans"]}
    return [names[int(span["span_id"])] for span in vizsla.spans(**{"filter[query]": query, **params})]


def refusal(vizsla: Vizsla, query: str) -> str:
    """Why it is refused, by both routes the same."""
    by_query = vizsla.get("/api/v2/spans/events", **{"filter[query]": query, **ALL_TIME})
    by_body = requests.post(vizsla.http + "/api/v2/spans/events/search", json={"data": {"attributes": {"filter": {"query": query}}}}, timeout=30)
    assert by_query.status_code == by_body.status_code == 400, by_query.text
    assert by_query.headers["Content-Type"] == "application/vnd.api+json"
    [error] = by_query.json()["errors"]
    assert error["status"] == "400" and error["detail"] == by_body.json()["errors"][0]["detail"]
    return error["detail"]


@pytest.mark.parametrize("case", [case for case in CASES["cases"] if case["id"] not in NOT_YET], ids=lambda case: case["id"])
def test_a_search_finds_what_it_means(vizsla, case):
    assert found(vizsla, case["query"]) == case["match"], case["meaning"]


@pytest.mark.parametrize("case", [case for case in CASES["cases"] if case["id"] in NOT_YET], ids=lambda case: case["id"])
def test_what_isnt_answered_yet_says_so(vizsla, case):
    assert re.fullmatch(r"invalid_argument\(query: .* isn't supported yet \(at \d+\)\)", refusal(vizsla, case["query"]))


@pytest.mark.parametrize("case", CASES["invalid"], ids=lambda case: case["id"])
def test_what_cant_be_understood_says_where(vizsla, case):
    place = re.fullmatch(r"invalid_argument\(query: .* \(at (\d+)\)\)", refusal(vizsla, case["query"]))
    assert place and 1 <= int(place[1]) <= len(case["query"]) + 1, case["why"]


def test_places_are_counted_in_characters(vizsla):
    assert "(at 15)" in refusal(vizsla, "service:größe ]")
    assert "(at 12)" in refusal(vizsla, "type:\"日本語\" a:")


def test_the_slowest_come_first_page_by_page(vizsla):
    slowest = [record["id"] for record in sorted(CASES["spans"], key=lambda record: -record["attributes"]["duration"])]
    for sort in ("-duration", "-@duration"):
        assert found(vizsla, "*", sort=sort) == slowest
        assert found(vizsla, "*", sort=sort, **{"page[limit]": 3}) == slowest
    assert found(vizsla, "service:web-store -status:error", sort="-@duration") == [id for id in slowest if id in ("s1", "s6", "s10")]
    assert vizsla.get("/api/v2/spans/events", sort="duration").status_code == 400


def test_the_examples_of_the_documentation_are_searches(vizsla):
    answered, refused = (ROOT / "docs/search.md").read_text().split("## What it doesn't say yet")
    terms = [term for line in answered.splitlines() if line.startswith("| `") for term in re.findall(r"`([^`]+)`", line.split("|")[1])]
    prose = answered[answered.index("- Terms stand"):answered.index("- `AND`")]
    terms += [term for term in re.findall(r"`([^`]+)`", prose) if ":" in term]
    assert len(terms) > 15
    for term in terms:
        found(vizsla, term)
    for term in re.findall(r"\(`([^`]+)`\)", refused):
        assert "isn't supported yet" in refusal(vizsla, term)


def test_a_cursor_belongs_to_its_query(vizsla):
    page = vizsla.get("/api/v2/spans/events", **{"filter[query]": "env:prod", "page[limit]": 1, **ALL_TIME}).json()
    cursor = page["meta"]["page"]["after"]
    following = lambda query: vizsla.get("/api/v2/spans/events", **{"filter[query]": query, "page[limit]": 1, "page[cursor]": cursor})
    assert following("env:prod").status_code == 200
    # The same thing in other words is the same search.
    assert following(" (env:PROD) ").status_code == 200
    for other in ("*", "-env:prod", "@env:prod", "env:prod env:prod", "env:dev"):
        assert following(other).status_code == 400, other


def test_spans_are_found_at_once_and_after_a_restart(make_vizsla):
    vizsla = make_vizsla().start()
    now = time.time_ns()
    for number in range(1, 4):
        span = {"trace_id": number, "span_id": number, "service": "shop", "name": "n", "resource": "r", "start": now, "duration": number,
                "meta": {"customer": f"c{number}"}, "metrics": {"items": number}}
        assert vizsla.send("/v0.4/traces", msgpack.packb([[span]])).status_code == 200
        assert len(vizsla.spans(**{"filter[query]": f"@customer:c{number} @items:{number}"})) == 1
    vizsla.stop()
    vizsla.start()
    assert [span["span_id"] for span in vizsla.spans(**{"filter[query]": "service:shop -@items:2"})] == ["1", "3"]


HOSTILE = ["x" * 1_000_000, "(" * 10_000, "a:(" * 5_000, "NOT " * 4_000, "-" * 16_000, '"' * 3, "\\" * 16_383, "[" * 16_000, "a OR " * 3_000, "\0", "\ud7ff",
           "CIDR(" * 3_000, "@" * 16_000, "@duration:[" + "9" * 16_000 + " TO *]", "@duration:>1e-999999999", "trace_id:" + "9" * 16_000]


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: f"{query[:9]!r} of {len(query)}")
def test_hostile_queries_are_refused(vizsla, query):
    answer = requests.post(vizsla.http + "/api/v2/spans/events/search", json={"data": {"attributes": {"filter": {"query": query}}}}, timeout=30)
    assert answer.status_code in (400, 413), answer.text
    assert len(answer.text) < 1000
    assert len(found(vizsla, "*")) == len(CASES["spans"])


@pytest.mark.parametrize("value", ["' OR 1=1 --", "'; DROP TABLE spans; --", "web-store' UNION SELECT 1", "%", "_", "?", "{}", "$1", "\0", "x" * 10_000])
def test_values_are_compared_and_nothing_else(vizsla, value):
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    for field in ("service", "env", "operation_name", "resource_name", "type", "host", "version", "@http.method", "@" + re.sub(r"(\W)", r"\\\1", value[:100])):
        assert found(vizsla, f"{field}:{quoted}") == [], field
        assert len(found(vizsla, f"-{field}:{quoted}")) == len(CASES["spans"]), field
