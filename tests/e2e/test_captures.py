"""Recorded requests of real tracers, old and new, must come back through the API as their manifests say."""
import collections
import json
import re

import pytest

from conftest import VECTORS, replay

CAPTURES = sorted(path.name for path in (VECTORS / "captures").iterdir())


def as_operation(name: str) -> str:
    """The metric-name rule of agent-protocol §5.3, in three substitutions."""
    name = re.sub(r"[^A-Za-z0-9.]+", "_", re.sub(r"^[^A-Za-z]+", "", name))
    return re.sub(r"_*\._*", ".", name).rstrip("_") or "unnamed_operation"


def without_literals(statement: str) -> str:
    """How a recorded statement is shown: of the few forms that the captures have."""
    text = re.sub(r"'[^']*'|\b\d+(\.\d+)?\b", "?", statement)
    values = r"\(\s*\?(\s*,\s*\?)*\s*\)"
    text = re.sub(rf"{values}(\s*,\s*{values})*", "(?)", text)
    text = text.replace("(", " ( ").replace(")", " ) ")
    return re.sub(r"\s+", " ", text).replace(" ,", ",").strip()


@pytest.mark.parametrize("capture", CAPTURES)
def test_comes_back_as_its_manifest_says(vizsla, capture):
    expected = replay(vizsla, capture)
    spans = vizsla.spans()
    assert len(spans) == expected["spans"]
    assert len({span["trace_id"] for span in spans}) == expected["traces"]

    count = lambda key: dict(collections.Counter(span[key] for span in spans))
    assert count("service") == expected["services"]
    assert count("operation_name") == {as_operation(name): number for name, number in expected["operations"].items()}
    types = count("type")
    assert {name: types.get(name, 0) for name in expected["types"]} == expected["types"]
    resources = count("resource_name")
    statements = collections.Counter()
    for resource, number in list(expected["resources"].items()):
        if resource.startswith(("SELECT ", "INSERT ", "UPDATE ", "CREATE ", "MERGE ")):
            statements[without_literals(resource)] += expected["resources"].pop(resource)
    expected["resources"].update(statements)
    unnamed = expected["resources"].pop("", 0)  # a span without a resource gets its operation's name
    assert sum(resources[name] - expected["resources"].get(name, 0) for name in resources if name in expected["operations"]) >= unnamed
    for resource, number in expected["resources"].items():
        assert resources.get(resource) == number or (unnamed and resource in expected["operations"]), resource

    # Each trace as a whole, in the two ways of asking.
    errors, error_types, links, priorities = 0, collections.Counter(), 0, collections.Counter()
    for trace_id in {span["trace_id"] for span in spans}:
        trace = vizsla.trace(trace_id)
        assert vizsla.get(f"/api/ui/traces/{trace_id}/skeleton").json()["span_count"] == len(trace)
        for span in trace:
            errors += span["error"]
            if span["error"]:
                error_types[span["meta"].get("error.type", "")] += 1
    assert errors == expected["error_spans"]
    assert dict(error_types) == expected["error_types"]
    assert sum(len(vizsla.trace(trace_id)) for trace_id in {span["trace_id"] for span in spans}) == len(spans)

    intake = vizsla.get("/api/ui/intake").json()
    assert intake["total"]["received"] == intake["total"]["stored"] == len(spans)
    assert intake["total"]["refused"] == {}


def test_the_same_spans_through_every_version_give_the_same_rows(make_vizsla):
    """JSON and msgpack of one application run, and one payload written in each version."""
    import msgpack

    spans = [[{"trace_id": 2**63 + 5, "span_id": 7 + i, "parent_id": 0 if i == 0 else 7, "service": "shop", "name": "web.request",
               "resource": f"GET /{i}", "type": "web", "start": 1_795_262_400_000_000_000 + i, "duration": 5_000_000 - i, "error": i % 2,
               "meta": {"http.method": "GET", "ünï": "cödé", "env": "demo", "_dd.p.tid": "6740000000000001"},
               "metrics": {"_sampling_priority_v1": 1, "a.number": 2.5}} for i in range(3)]]
    table: dict[str, int] = {"": 0}
    code = lambda text: table.setdefault(text, len(table))
    v05_traces = [[[code(s["service"]), code(s["name"]), code(s["resource"]), s["trace_id"], s["span_id"], s["parent_id"], s["start"],
                    s["duration"], s["error"], {code(k): code(v) for k, v in s["meta"].items()},
                    {code(k): float(v) for k, v in s["metrics"].items()}, code(s["type"])] for s in chunk] for chunk in spans]
    forms = {
        "v0.3 JSON": ("/v0.3/traces", json.dumps(spans).encode(), "application/json"),
        "v0.3": ("/v0.3/traces", msgpack.packb(spans), "application/msgpack"),
        "v0.4": ("/v0.4/traces", msgpack.packb(spans), "application/msgpack"),
        "v0.4 JSON": ("/v0.4/traces", json.dumps(spans).encode(), "application/json"),
        "v0.5": ("/v0.5/traces", msgpack.packb([list(table), v05_traces]), "application/msgpack"),
    }
    seen = {}
    for form, (path, body, content_type) in forms.items():
        vizsla = make_vizsla().start()
        assert vizsla.send(path, body, content_type).status_code == 200
        details = vizsla.get(f"/api/ui/traces/{2**63 + 5}/spans", ids="7,8,9").json()["spans"]
        for span in details:
            del span["received_ns"], span["service"]["slot"]
        seen[form] = details
        assert vizsla.stop() == 0
    assert len(seen["v0.4"]) == 3
    for form, details in seen.items():
        assert details == seen["v0.4"], form
