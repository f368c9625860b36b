"""Backup while the server takes load, restore, and look: what was acknowledged before the backup began is there once.
And fsck, of all folders that come of it."""
import collections
import re
import subprocess
import time

import requests

from conftest import BINARY, wait_until
from test_crash import Client

SMALL = ("--set", "store.block_rows=1000", "--set", "log.segment_bytes=1 MiB", "--set", "store.block_age_s=1")


def run(*arguments, timeout: float = 120) -> subprocess.CompletedProcess:
    return subprocess.run([str(BINARY), *map(str, arguments)], capture_output=True, text=True, timeout=timeout)


def stored_spans(vizsla) -> dict[int, list[int]]:
    stored: dict[int, list[int]] = {}
    for span in vizsla.spans():
        stored.setdefault(int(span["trace_id"]), []).append(int(span["span_id"]))
    return {trace: sorted(spans) for trace, spans in stored.items()}


def test_a_backup_under_load_is_restored_whole(make_vizsla, tmp_path):
    vizsla = make_vizsla(*SMALL).start()
    clients = [Client(vizsla.apm, seed, 1 + seed * 10_000_000, []) for seed in range(3)]
    for client in clients:
        client.start()
    time.sleep(1)
    chosen = requests.put(vizsla.http + "/api/ui/services/service-1/settings", params={"env": "none"}, json={"apdex_threshold_s": 0.2, "color_slot": 7}, timeout=30)
    assert chosen.status_code == 200, chosen.text
    backups = []
    for number in range(3):
        acknowledged = {trace: spans for client in clients for trace, spans in list(client.acknowledged.items())}
        folder = tmp_path / f"backup{number}"
        done = run("backup", folder, "--data-dir", vizsla.data_dir, *(["--copy"] if number == 1 else []))
        assert done.returncode == 0, done.stderr
        assert "Everything that was acknowledged before" in done.stdout and f"vizsla restore {folder}" in done.stdout
        backups.append((folder, acknowledged))
        time.sleep(0.3)
    refused = run("fsck", vizsla.data_dir)
    assert refused.returncode == 1 and f"pid {vizsla.process.pid}" in refused.stderr
    for client in clients:
        client.stopping.set()
        client.join(10)
    # The server hasn't noticed anything.
    everything = {trace: spans for client in clients for trace, spans in client.acknowledged.items()}
    stored = stored_spans(vizsla)
    assert {trace: len(stored.get(trace, [])) for trace in everything} == everything
    assert vizsla.stop() == 0
    sound = run("fsck", vizsla.data_dir)
    assert sound.returncode == 0 and "All of it is sound." in sound.stdout, sound.stdout
    assert len(backups[-1][1]) > len(backups[0][1]) > 20

    for number, (folder, acknowledged) in enumerate(backups):
        sound = run("fsck", folder)
        assert sound.returncode == 0, sound.stdout + sound.stderr
        target = tmp_path / f"restored{number}"
        done = run("restore", folder, "--data-dir", target)
        assert done.returncode == 0, done.stderr
        assert f"vizsla serve --data-dir {target}" in done.stdout
        restored = make_vizsla(*SMALL, data_dir=target).start()
        found = stored_spans(restored)
        for trace, spans in acknowledged.items():
            assert found.get(trace) == list(range(1, spans + 1)), (number, trace)
        # What came later is there as whole payloads or not at all, and never twice.
        for trace, spans in found.items():
            assert spans == list(range(1, 1 + trace % 20 + 1)), (number, trace)
        # The statistics of what was acknowledged too: one request for each trace.
        services = {service["name"]: service for service in restored.get("/api/ui/services", env="none").json()["services"]}
        wanted = collections.Counter(f"service-{trace % 5}" for trace in acknowledged)
        assert {name for name, count in wanted.items() if services[name]["requests"] < count} == set(), number
        assert sum(service["requests"] for service in services.values()) <= len(everything)
        assert (services["service-1"]["apdex_threshold_ns"], services["service-1"]["slot"]) == (200_000_000, 7)
        assert "vizsla_log_damaged_bytes 0\n" in restored.get("/metrics").text
        assert not [line for line in restored.log if "error" in line], restored.log
        assert restored.stop() == 0
        sound = run("fsck", target)
        assert sound.returncode == 0, sound.stdout + sound.stderr
        assert run("restore", folder, "--data-dir", target).returncode == 1


def test_what_is_no_whole_backup_is_refused(make_vizsla, tmp_path):
    vizsla = make_vizsla().start()
    assert vizsla.stop() == 0
    backup = tmp_path / "backup"
    assert run("backup", backup, "--data-dir", vizsla.data_dir).returncode == 0
    refused = run("backup", backup, "--data-dir", vizsla.data_dir)
    assert refused.returncode == 1 and "isn't empty" in refused.stderr
    refused = run("backup", vizsla.data_dir / "inside", "--data-dir", vizsla.data_dir)
    assert refused.returncode == 1 and "lies in the data folder" in refused.stderr
    refused = run("restore", vizsla.data_dir, "--data-dir", tmp_path / "other")
    assert refused.returncode == 1 and "is no backup" in refused.stderr
    refused = run("backup", tmp_path / "another", "--data-dir", tmp_path / "nowhere")
    assert refused.returncode == 1 and "is no data folder" in refused.stderr
    (backup / "UNFINISHED").write_text("")
    refused = run("restore", backup, "--data-dir", tmp_path / "other")
    assert refused.returncode == 1 and "didn't finish" in refused.stderr
    refused = run("serve", "--data-dir", backup, "--apm-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0")
    assert refused.returncode == 1 and "didn't finish" in refused.stderr
    assert not (tmp_path / "other").exists()
    assert "hard-linked" in run("backup", "--help").stdout and "vizsla serve" in run("restore", "--help").stdout


def flip_a_bit(path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def test_fsck_finds_and_repairs(make_vizsla, tmp_path):
    vizsla = make_vizsla(*SMALL).start()
    client = Client(vizsla.apm, 1, 1, [])
    client.start()
    wait_until(lambda: len(list((vizsla.data_dir / "spans").glob("*.index"))) >= 3, what="three blocks")
    client.stopping.set()
    client.join(10)
    total = len(vizsla.spans())
    assert vizsla.stop() == 0

    # What follows from something sound is made anew.
    blocks = sorted((vizsla.data_dir / "spans").glob("*.parquet"))
    index = blocks[0].with_suffix(".index")
    before = index.read_bytes()
    flip_a_bit(index)
    found = run("fsck", vizsla.data_dir)
    assert found.returncode == 2 and f"repairable  spans/{index.name}: its checksum differs" in found.stdout, found.stdout
    assert "--repair` puts right what can be" in found.stdout
    repaired = run("fsck", vizsla.data_dir, "--repair")
    assert repaired.returncode == 0 and f"repaired    spans/{index.name}: made anew" in repaired.stdout, repaired.stdout
    assert index.read_bytes() == before

    # What doesn't is set aside, and it is said what that costs.
    flip_a_bit(blocks[1])
    (vizsla.data_dir / "spans/manifest.json").unlink()
    found = run("fsck", vizsla.data_dir)
    assert found.returncode == 2 and "can't be read: " in found.stdout and "repairable  spans/manifest.json: is missing" in found.stdout
    lost = run("fsck", vizsla.data_dir, "--repair")
    assert lost.returncode == 2 and "set aside in quarantine" in lost.stdout, lost.stdout
    rows = int(re.search(r"^lost: ([\d,]+) rows? of spans/", lost.stdout, re.M).group(1).replace(",", ""))
    again = run("fsck", vizsla.data_dir)
    assert again.returncode == 0 and again.stdout.count("note        quarantine/spans-") == 3, again.stdout

    vizsla = make_vizsla(data_dir=vizsla.data_dir).start()
    assert len(vizsla.spans()) == total - rows
    assert not [line for line in vizsla.log if "error" in line]
    assert run("fsck", tmp_path).returncode == 1
    assert "--repair" in run("fsck", "--help").stdout
