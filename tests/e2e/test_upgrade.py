"""A data folder of the previous format: served as it was, and rewritten by maintenance without a span being another.

tests/vectors/store/folder-v1.zip was written by the last program of manifest version 1: two blocks, and spans that are
only in the log. What it answered for all of them is known by its checksum.
"""
import hashlib
import json
import subprocess
import zipfile

import pytest

import prometheus_text
from conftest import BINARY, VECTORS, Vizsla, wait_until

SPANS = 2891
CHECKSUM = "0667e72bfdee64ff"  # the first digits of the old program's
# Kept for ever, since the folder gets older than any retention.
FOR_EVER = ("--set", "retention.days=0")
# As much is merged as can be, the old blocks with those that the log makes.
MERGING = ("--set", "store.block_age_s=1", "--set", "store.block_rows=1000", "--set", "store.merge_rows=2000")


@pytest.fixture
def old_folder(tmp_path):
    folder = tmp_path / "old"
    with zipfile.ZipFile(VECTORS / "store/folder-v1.zip") as archive:
        archive.extractall(folder)
    assert json.loads((folder / "spans/manifest.json").read_text().partition("\n")[2])["version"] == 1
    return folder


def checksum(spans: list[dict]) -> str:
    return hashlib.sha256(json.dumps(spans, sort_keys=True).encode()).hexdigest()[:len(CHECKSUM)]


def as_a_set(spans: list[dict]) -> list[str]:
    return sorted(json.dumps(span, sort_keys=True) for span in spans)


def sample(vizsla: Vizsla, name: str) -> float:
    return prometheus_text.parse(vizsla.get("/metrics").text)[name, frozenset()]


def test_a_folder_of_the_previous_format_is_served_as_it_was(make_vizsla, old_folder):
    vizsla = make_vizsla(*FOR_EVER, data_dir=old_folder).start()
    spans = vizsla.spans()
    assert len(spans) == SPANS and checksum(spans) == CHECKSUM
    # As they are read one trace at a time, by the old blocks' indexes.
    traces: dict[str, int] = {}
    for span in spans:
        traces[span["trace_id"]] = traces.get(span["trace_id"], 0) + 1
    for trace in list(traces)[::10]:
        assert len(vizsla.trace(trace)) == traces[trace]
    assert vizsla.stop() == 0

    vizsla = make_vizsla(*FOR_EVER, data_dir=old_folder).start()
    assert checksum(vizsla.spans()) == CHECKSUM
    assert vizsla.get("/api/ui/storage").json()["quarantined_files"] == 0 and sample(vizsla, "vizsla_log_damaged_bytes") == 0
    assert vizsla.stop() == 0


def test_its_indexes_are_made_anew(make_vizsla, old_folder):
    """Its pages have more rows than those of today."""
    for index in (old_folder / "spans").glob("*.index"):
        index.unlink()
    repaired = subprocess.run([str(BINARY), "fsck", old_folder, "--repair"], capture_output=True, text=True, timeout=60)
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
    vizsla = make_vizsla(*FOR_EVER, data_dir=old_folder).start()
    assert checksum(vizsla.spans()) == CHECKSUM
    assert vizsla.stop() == 0


def test_maintenance_rewrites_it_without_changing_a_span(make_vizsla, old_folder):
    before = make_vizsla(*FOR_EVER, data_dir=old_folder).start()
    expected = before.spans()
    assert checksum(expected) == CHECKSUM
    before.kill()  # in the middle of whatever it has begun to write

    vizsla = make_vizsla(*FOR_EVER, *MERGING, data_dir=old_folder).start()
    wait_until(lambda: sample(vizsla, "vizsla_store_live_spans") == 0, what="writing the log's spans as blocks")
    # What the log made may come too late for the first merge, and what tells odd times isn't merged with the others.
    wait_until(lambda: sample(vizsla, "vizsla_store_unmerged_spans") < SPANS - 2000, what="merging")
    merged = vizsla.spans()
    assert as_a_set(merged) == as_a_set(expected) and sample(vizsla, "vizsla_store_collapsed_copies_total") == 0
    assert json.loads((old_folder / "spans/manifest.json").read_text().partition("\n")[2])["version"] == 2
    assert vizsla.stop() == 0

    again = make_vizsla(*FOR_EVER, data_dir=old_folder).start()
    assert again.spans() == merged
    assert again.stop() == 0
