"""dd-trace-go, unmodified: what it sends comes out again, and it has nothing to complain about."""
import pytest

from conftest import ROOT
from traced_shop import check_content, check_requests, details, routes, run_shop

SHOP = ROOT / ".cache/tracers/go-shop"  # tools/setup builds it
REQUEST = {
    ("shop", "web.request", "GET /users/<id>", "web"): "",
    ("shop", "load", "load", ""): "web.request",
    ("shop-db", "sqlite.query", "SELECT name FROM users WHERE id = ?", "sql"): "load",
}


@pytest.mark.parametrize("setting, version, over", [
    ("", "v1.0", "tcp"),  # /info offers it
    ("", "v1.0", "unix"),
    ("DD_TRACE_AGENT_PROTOCOL_VERSION=0.4", "v0.4", "tcp"),
    ("DD_TRACE_AGENT_PROTOCOL_VERSION=0.4", "v0.4", "unix"),
])
def test_dd_trace_go(vizsla, setting, version, over):
    printed, log = run_shop([str(SHOP)], vizsla, over, setting)
    check_requests(vizsla, "go", "*fmt.wrapError", printed, REQUEST)
    check_content(log)
    assert routes(vizsla) == {f"/{version}/traces": "accepted"}

    query = details(vizsla, printed["user-7"][0], "sqlite.query")
    assert (query["kind"], query["base_service"], query["env"]) == ("client", "shop", "e2e")
    assert query["meta"]["db.system"] == "sqlite" and query["meta"]["component"] == "database/sql"

    load = details(vizsla, printed["user-7"][0], "load")
    assert load["status"] == "error"
    assert load["error"]["type"] == "*fmt.wrapError" and load["error"]["message"] == "load: no seventh user"
    assert "main.load\n" in load["meta"]["error.handling_stack"]


def test_an_error_of_go_without_a_stack_shows_where_it_was_handled(vizsla):
    """Most have none. The tracer says then where it was told of the error (since v2.7; `error.stack` before)."""
    printed, _ = run_shop([str(SHOP)], vizsla, "tcp", "")
    load = details(vizsla, printed["user-7"][0], "load")
    assert load["error"]["stack"] == load["meta"]["error.handling_stack"]


@pytest.mark.parametrize("version", ["1.0", "0.4"])
def test_links_and_events_of_go_come_out_once(vizsla, version):
    """In v0.4 the tracer sends each link twice: in the field, and in the tag for Agents that don't know the field."""
    printed, _ = run_shop([str(SHOP)], vizsla, "tcp", f"DD_TRACE_AGENT_PROTOCOL_VERSION={version}")
    for user, (trace_id, _) in printed.items():
        before = printed.get(f"user-{int(user.removeprefix('user-')) - 1}")
        expected = [(before[0], f"{before[1]:016x}", {"why": "previous"})] if before else []
        root = details(vizsla, trace_id, "web.request")
        assert [(link["trace_id"], link["span_id"], link["attributes"]) for link in root["links"]] == expected
        assert [(event["name"], event["attributes"]) for event in root["events"]] == [("paid", {"euros": 3.5, "cash": True, "coins": [1, 2]})]
