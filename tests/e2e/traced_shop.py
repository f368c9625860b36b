"""What the Java and the Go shop have in common: twenty requests, each printed as user, trace and span, of which the seventh
fails, and a batch of two thousand spans in one trace."""
import collections
import json
import re
import subprocess

from conftest import Vizsla, tracer_environment
from test_tracers import check_shop

REQUESTS, ITEMS = 20, 2000
CONFIGURATION = re.compile(r"DATADOG TRACER CONFIGURATION (\{.*\})")
# What a virtual machine says of itself.
NOT_THE_TRACER = re.compile(r"OpenJDK \S+ Server VM warning: |Picked up ")


def run_shop(command: list[str], vizsla: Vizsla, over: str, setting: str) -> tuple[dict[str, tuple[str, int]], str]:
    """By user: trace and span, as the program had them. And what its tracer said. `setting`: a variable more, NAME=value, or ""."""
    url = vizsla.apm if over == "tcp" else f"unix://{vizsla.socket}"
    more = dict([setting.split("=")] if setting else [])
    done = subprocess.run(command, encoding="utf-8", capture_output=True, timeout=120,
                          env=tracer_environment(DD_TRACE_AGENT_URL=url, DD_SERVICE="shop", **more))
    assert done.returncode == 0, done.stderr
    printed = {user: (trace, int(span)) for user, trace, span in (line.split() for line in done.stdout.splitlines())}
    assert len(printed) == REQUESTS
    return printed, done.stderr


def check_content(log: str) -> None:
    """The tracer found its Agent, and said nothing else that isn't mere information."""
    lines = log.splitlines()
    configurations = [json.loads(found[1]) for line in lines if (found := CONFIGURATION.search(line))]
    assert len(configurations) == 1 and not configurations[0]["agent_error"], log
    assert [line for line in lines if " INFO" not in line and not NOT_THE_TRACER.match(line)] == [], log


def check_requests(vizsla: Vizsla, language: str, error_type: str, printed: dict[str, tuple[str, int]], request: dict[tuple, str]) -> None:
    """`request`: the spans of one, (service, operation, resource, type) → the parent's operation."""
    operations = {operation: REQUESTS for _, operation, _, _ in request}
    check_shop(vizsla, language, {**operations, "batch": 1, "item": ITEMS}, error_type)
    for user, (trace_id, span_id) in printed.items():
        spans = {span["spanID"]: span for span in vizsla.trace(trace_id)}
        assert {span["traceIDFull"] for span in spans.values()} == {trace_id}
        root = spans[span_id]
        assert (root["parentID"], root["meta"]["user"], root["metrics"]["count"]) == (0, user, int(user.removeprefix("user-")))
        assert root["meta"]["city"] == "Zürich 🚲" and root["meta"]["version"] == "1.2.3"
        assert root["meta"]["big"] == "x" * 6000
        parent = lambda span: spans[span["parentID"]]["name"] if span["parentID"] else ""
        assert {(span["service"], span["name"], span["resource"], span["type"]): parent(span) for span in spans.values()} == request
        assert [span["name"] for span in spans.values() if span["error"] and span["name"] == "load"] == (["load"] if user == "user-7" else [])

    spans = vizsla.spans()
    batch = next(span for span in spans if span["operation_name"] == "batch")
    items = [span for span in spans if span["operation_name"] == "item"]
    assert {(span["service"], span["trace_id"], span["parent_id"]) for span in items} == {("shop", batch["trace_id"], batch["span_id"])}
    assert collections.Counter(span["custom"]["number"] for span in items) == collections.Counter(range(ITEMS))
    assert len({span["span_id"] for span in items}) == ITEMS


def details(vizsla: Vizsla, trace_id: str, operation: str) -> dict:
    """The one span of that operation, with all that is kept of it."""
    span_id = next(span["spanID"] for span in vizsla.trace(trace_id) if span["name"] == operation)
    answer = vizsla.get(f"/api/ui/traces/{trace_id}/spans", ids=f"{span_id:016x}")
    assert answer.status_code == 200, answer.text
    return answer.json()["spans"][0]


def routes(vizsla: Vizsla) -> dict[str, str]:
    """By route: what became of its payloads."""
    return {payload["route"]: payload["outcome"] for payload in vizsla.get("/api/ui/intake").json()["payloads"]}
