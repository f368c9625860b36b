"""What is known of a payload's sender beside its spans: from headers, from the payload itself, from the settings."""
import msgpack
import requests

from conftest import wait_until

START = 1_795_262_400_000_000_000


def span(**more) -> dict:
    return {"trace_id": 5, "span_id": 5, "parent_id": 0, "service": "shop", "name": "web.request", "resource": "GET /", "type": "web",
            "start": START, "duration": 1000, "error": 0, "meta": {}, "metrics": {}, **more}


def tags_of(vizsla, trace: int, *ids: int) -> list[dict]:
    """By span, `_dd.` tags too: the public API keeps those to itself."""
    details = vizsla.get(f"/api/ui/traces/{trace}/spans", ids=",".join(map(str, ids))).json()["spans"]
    return [dict(each["meta"]) for each in details]


def test_the_tags_of_the_settings_and_of_the_header_are_on_the_spans(make_vizsla):
    vizsla = make_vizsla("--set", "tags=team:blue,zone:eu-1 env:staging").start()
    child = span(span_id=6, parent_id=5, meta={"team": "red"})
    vizsla.send("/v0.4/traces", msgpack.packb([[span(), child]]), **{"X-Datadog-Process-Tags": "entrypoint.name:shop,entrypoint.type:script"})
    assert tags_of(vizsla, 5, 5, 6) == [
        {"team": "blue", "zone": "eu-1", "_dd.tags.process": "entrypoint.name:shop,entrypoint.type:script"}, {"team": "blue", "zone": "eu-1"}]
    assert {each["env"] for each in vizsla.spans()} == {"staging"}


def test_what_a_payload_says_of_itself_is_on_the_first_span_of_each_chunk(vizsla):
    payload = {"runtime_id": "run-1", "tags": {"_dd.tags.container": "image:shop", "team": "blue"}, "chunks": [
        {"priority": 1, "origin": "", "tags": {}, "dropped_trace": False, "spans": [span(), span(span_id=6, parent_id=5)]},
        {"priority": -1, "origin": "", "tags": {}, "dropped_trace": True, "spans": [span(trace_id=7, span_id=7, parent_id=3, meta={"team": "own"})]}]}
    assert vizsla.send("/v0.7/traces", msgpack.packb(payload)).status_code == 200
    of_payload = {"runtime-id": "run-1", "_dd.tags.container": "image:shop"}
    assert tags_of(vizsla, 5, 5, 6) == [{**of_payload, "team": "blue"}, {}]
    assert tags_of(vizsla, 7, 7) == [{**of_payload, "team": "own"}]

    # Of the second trace a sampler has left only this; nobody takes it for the whole.
    codes = lambda trace: [warning["code"] for warning in vizsla.get(f"/api/ui/traces/{trace}/skeleton").json()["warnings"]]
    assert codes(7) == ["missing_parent", "no_root", "sampled_out"] and codes(5) == []
    assert "A sampler in front of Vizsla dropped this trace" in vizsla.cli("trace", "7", "--http", vizsla.http)


def test_the_log_level_changes_while_it_runs(vizsla):
    broken = lambda: vizsla.send("/v0.4/traces", b"\xc1broken").status_code
    said = lambda: sum("refused a payload" in line for line in vizsla.log)
    assert broken() == 400 and wait_until(lambda: said() == 1, what="a line in the log")
    assert requests.post(vizsla.apm + "/config/set", params={"log_level": "OFF"}, timeout=5).status_code == 200
    assert broken() == 400
    answer = requests.post(vizsla.apm + "/config/set", params={"log_level": "loud"}, timeout=5)
    assert answer.status_code == 400 and "debug, info, warn, error or off" in answer.text
    assert requests.post(vizsla.apm + "/config/set", timeout=5).status_code == 400
    assert requests.post(vizsla.apm + "/config/set", params={"log_level": "info"}, timeout=5).status_code == 200
    assert broken() == 400 and wait_until(lambda: any("log_level is info now" in line for line in vizsla.log))
    wait_until(lambda: said() == 2, what="the third line")
    assert not any("log_level is OFF" in line for line in vizsla.log)
