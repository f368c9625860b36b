"""What the store takes, and what of it goes and stays: as an owner asks for it, of the real program."""
import itertools
import subprocess
import time

import msgpack
import requests

import prometheus_text
from conftest import BINARY, Vizsla, wait_until

SMALL = ("--set", "store.block_rows=1000", "--set", "store.merge_rows=2000", "--set", "store.block_age_s=1", "--set", "log.segment_bytes=1 MiB")
AGE_S = 5
SHORT = ("--set", f"retention.days={AGE_S / 86_400:.9f}")
trace_ids = itertools.count(1)


def send(vizsla: Vizsla, service: str, traces: int = 1, spans: int = 10) -> list[int]:
    """Traces of one service; gives their ids."""
    ids = [next(trace_ids) for _ in range(traces)]
    payload = [[{"trace_id": trace, "span_id": 1 + i, "parent_id": min(i, 1), "service": service, "name": "operation", "resource": f"GET /{trace}",
                 "start": time.time_ns(), "duration": 1000, "meta": {"noise": f"{trace * 7919 + i:x}"}} for i in range(spans)] for trace in ids]
    assert vizsla.send("/v0.4/traces", msgpack.packb(payload)).status_code == 200
    return ids


def sample(vizsla: Vizsla, name: str) -> float:
    return prometheus_text.parse(vizsla.get("/metrics").text)[name, frozenset()]


def all_in_blocks(vizsla: Vizsla) -> None:
    wait_until(lambda: sample(vizsla, "vizsla_store_live_spans") == 0, what="writing all blocks")


def delete(vizsla: Vizsla, **what) -> requests.Response:
    return requests.post(vizsla.http + "/api/ui/storage/deletions", json=what, timeout=30)


def pin(vizsla: Vizsla, trace: int, method: str = "PUT") -> int:
    return requests.request(method, f"{vizsla.http}/api/ui/traces/{trace}/pin", timeout=30).status_code


def services_of(vizsla: Vizsla) -> set[str]:
    return {span["service"] for span in vizsla.spans()}


def has_trace(vizsla: Vizsla, trace: int) -> bool:
    return vizsla.get(f"/api/v2/trace/{trace}").status_code == 200


def test_the_report_is_what_the_folder_takes(make_vizsla):
    vizsla = make_vizsla(*SMALL, "--set", "retention.max_bytes=1 GiB").start()
    for _ in range(4):
        kept = send(vizsla, "shop", traces=100)
        all_in_blocks(vizsla)
    assert pin(vizsla, kept[0]) == 204
    wait_until(lambda: sample(vizsla, "vizsla_store_merges_total") >= 1, what="merging")

    def adds_up() -> dict | None:
        """None while files are still on their way: those that were merged, the log's."""
        report = vizsla.get("/api/ui/storage").json()
        on_disk = sum(path.stat().st_size for path in vizsla.data_dir.rglob("*") if path.is_file())
        return report if report["bytes"] == on_disk else None

    report = wait_until(adds_up, what="the report being what is on the disk")
    parts = [part["bytes"] for table in report["tables"] for part in table["parts"]] + [part["bytes"] for part in report["others"]]
    assert report["bytes"] == sum(parts)
    spans, pinned, *statistics = report["tables"]
    assert [table["name"] for table in statistics] == ["stats_10s", "stats_1m", "stats_10m", "stats_1h", "stats_1d"]
    assert (spans["rows"], pinned["rows"]) == (4000, 10) and report["live_rows"] == 0
    assert spans["blocks"] == sample(vizsla, "vizsla_store_blocks") and report["unmerged_blocks"] == sample(vizsla, "vizsla_store_unmerged_blocks")
    assert report["cap_bytes"] == 1 << 30 and report["retention_ns"] == str(30 * 86_400 * 10**9)
    assert abs(int(report["oldest_received_ns"]) - time.time_ns()) < 600e9 and report["oldest_received"].endswith("Z")
    assert sample(vizsla, "vizsla_store_merged_spans_total") >= 2000 and sample(vizsla, "vizsla_store_merge_cpu_seconds_total") > 0
    assert sample(vizsla, "vizsla_store_pinned_spans") == 10 and sample(vizsla, "vizsla_store_pinned_bytes") > 0

    text = vizsla.cli("storage", "--http", vizsla.http)
    assert "4,000" in text and "of 1 GiB that may be taken" in text and "kept for      30 days" in text
    assert vizsla.stop() == 0


def test_what_is_deleted_is_gone_for_good_and_the_rest_is_not(make_vizsla):
    vizsla = make_vizsla(*SMALL).start()
    in_block, others = send(vizsla, "secret", traces=50), send(vizsla, "shop", traces=60)
    all_in_blocks(vizsla)
    live = send(vizsla, "secret", traces=3)
    assert pin(vizsla, in_block[1]) == 204
    stored = vizsla.get("/api/ui/status").json()["spans_stored"]
    answer = delete(vizsla, service="secret")
    assert answer.status_code == 202 and answer.json()["terms"] == {"service": "secret"}, answer.text
    for trace in (in_block[0], in_block[1], live[0]):
        assert not has_trace(vizsla, trace)
    assert services_of(vizsla) == {"shop"}
    later = send(vizsla, "secret")
    vizsla.kill()  # what was answered for is durable

    vizsla = make_vizsla(*SMALL, data_dir=vizsla.data_dir).start()
    assert not has_trace(vizsla, in_block[1]) and has_trace(vizsla, later[0]) and has_trace(vizsla, others[0])
    wait_until(lambda: vizsla.get("/api/ui/storage").json()["deletions"] == 0, what="making the deletion physical")
    assert sample(vizsla, "vizsla_store_deletions") == 0 and vizsla.get("/api/ui/pins").json() == {"traces": []}
    assert vizsla.get("/api/ui/status").json()["spans_stored"] == stored - 530 + 10
    assert sorted({int(span["trace_id"]) for span in vizsla.spans()}) == sorted(others + later)

    # By trace, and by time: what starts in that minute.
    assert delete(vizsla, trace_id=str(others[0])).status_code == 202
    assert delete(vizsla, service="shop", env="none", **{"from": "now+1h"}).status_code == 202
    assert not has_trace(vizsla, others[0]) and has_trace(vizsla, others[1])
    assert delete(vizsla, service="shop", **{"from": "now-1h", "to": "now"}).status_code == 202
    assert not has_trace(vizsla, others[1]) and services_of(vizsla) == {"secret"}
    assert vizsla.stop() == 0


def test_no_page_of_somebody_else_deletes_or_pins(make_vizsla):
    vizsla = make_vizsla().start()
    trace, = send(vizsla, "shop")
    elsewhere = {"Origin": "https://elsewhere.example"}
    for method, path, body in (("POST", "/api/ui/storage/deletions", b'{"service": "shop"}'), ("PUT", f"/api/ui/traces/{trace}/pin", b""),
                               ("DELETE", f"/api/ui/traces/{trace}/pin", b"")):
        as_json = {"Content-Type": "application/json"}
        assert requests.request(method, vizsla.http + path, data=body, headers={**as_json, **elsewhere}, timeout=30).status_code == 403
        # By a name of its own for this machine.
        assert requests.request(method, vizsla.http + path, data=body, headers={**as_json, "Host": "elsewhere.example"}, timeout=30).status_code == 403
    # Another server's page on this machine can't ask first, and so not in JSON.
    local = {"Origin": "http://127.0.0.1:3000"}
    assert requests.options(vizsla.http + "/api/ui/storage/deletions", headers={**local, "Access-Control-Request-Method": "POST"}, timeout=30).status_code == 405
    plain = requests.post(vizsla.http + "/api/ui/storage/deletions", data=b'{"service": "shop"}', headers={**local, "Content-Type": "text/plain"}, timeout=30)
    assert plain.status_code == 400
    assert has_trace(vizsla, trace) and vizsla.get("/api/ui/pins").json() == {"traces": []}
    assert vizsla.stop() == 0


def test_a_pinned_trace_outlives_the_others(make_vizsla):
    vizsla = make_vizsla(*SMALL, *SHORT).start()
    pinned, forgotten = send(vizsla, "shop", traces=2, spans=30)
    text = vizsla.cli("pin", str(pinned), "--http", vizsla.http)
    assert "whatever its age" in text
    whole = vizsla.trace(pinned)
    assert len(whole) == 30

    def is_gone() -> bool:
        send(vizsla, "later")  # blocks that come make the store look for those that are too old
        time.sleep(0.2)
        return not has_trace(vizsla, forgotten)

    wait_until(is_gone, 60, "the other trace getting too old")
    assert sample(vizsla, "vizsla_store_expired_spans_total") >= 60
    assert vizsla.trace(pinned) == whole
    assert pinned not in {int(span["trace_id"]) for span in vizsla.spans()}, "found by its id only"
    assert vizsla.stop() == 0

    vizsla = make_vizsla(*SMALL, *SHORT, data_dir=vizsla.data_dir).start()
    assert vizsla.trace(pinned) == whole
    assert vizsla.get("/api/ui/pins").json()["traces"][0]["spans"] == 30
    assert "as all others" in vizsla.cli("unpin", f"{pinned:016x}", "--http", vizsla.http)
    assert not has_trace(vizsla, pinned) and pin(vizsla, pinned) == 404 and pin(vizsla, pinned, "DELETE") == 404
    assert vizsla.stop() == 0


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=30)


def test_a_dry_run_tells_what_the_server_would_do(make_vizsla, tmp_path):
    vizsla = make_vizsla(*SMALL).start()
    folder = ("--data-dir", str(vizsla.data_dir))
    nothing = run("retention", "--dry-run", *folder)
    assert nothing.returncode == 1 and "no block has been written" in nothing.stderr
    send(vizsla, "shop", traces=100)
    all_in_blocks(vizsla)
    # While the server has the folder.
    text = vizsla.cli("retention", "--dry-run", *folder)
    assert "1,000 spans in 1 block" in text and "Nothing would go now." in text and "kept:    30 days" in text
    assert "gets too old at" in text and "seven tenths" in text
    config = tmp_path / "vizsla.yaml"
    config.write_text(f"data_dir: {vizsla.data_dir}\nretention: {{max_bytes: 1 KiB, days: 0}}\n")
    text = vizsla.cli("retention", "--dry-run", "--config", str(config))
    assert "Would go now: 1,000 spans in 1 block" in text and "over the limit of bytes: 1,000 spans" in text and "for ever" in text
    assert vizsla.get("/api/ui/status").json()["spans_stored"] == 1000, "it only tells"
    does = run("retention", *folder)
    assert does.returncode == 1 and "by itself" in does.stderr and "--dry-run" in does.stderr
    assert run("retention", "--dry-run", "--set", "retention.days=-1").returncode == 2
    assert vizsla.stop() == 0

    # And does it.
    vizsla = make_vizsla(*SMALL, "--set", "retention.max_bytes=1 KiB", "--set", "retention.days=0", data_dir=vizsla.data_dir).start()
    wait_until(lambda: vizsla.get("/api/ui/status").json()["spans_stored"] == 0, what="letting it go")
    assert sample(vizsla, "vizsla_store_crowded_out_spans_total") == 1000 and sample(vizsla, "vizsla_store_expired_spans_total") == 0
    assert any("for want of space" in line for line in vizsla.log)
    assert vizsla.stop() == 0


def test_the_commands_say_what_is_wrong(make_vizsla):
    vizsla = make_vizsla().start()
    failing = lambda *arguments: run(*arguments, "--http", vizsla.http)
    assert "there is no span of trace 99" in failing("pin", "99").stderr
    assert "nobody has pinned trace 99" in failing("unpin", "99").stderr
    assert "'xyz' is no trace id" in failing("pin", "xyz").stderr
    assert "Is `vizsla serve` running?" in run("storage", "--http", "http://127.0.0.1:1").stderr
    assert run("pin").returncode == 2
    assert vizsla.stop() == 0
