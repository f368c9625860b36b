"""What services and resources must show, counted by hand after docs/glossary.md: lists of durations where the server has
sketches, and one look at each span where it has keys, buckets and tiers.
"""
import collections
import dataclasses

import pytest

from conftest import Vizsla
from wire_reader import Chunk, stored_rows

BUCKET_NS = 10_000_000_000
APDEX_T_NS = 500_000_000
ACCURACY = 0.01  # of a duration in a sketch
ROUNDING = 1e-9
CLOCK_S = 0.1  # between two looks at the clock for one answer


@dataclasses.dataclass
class Sum:
    errors: int = 0
    durations: list[int] = dataclasses.field(default_factory=list)
    rated: list[int] = dataclasses.field(default_factory=list)  # the durations that Apdex is about

    @property
    def requests(self) -> int:
        return len(self.durations)

    def add(self, duration_ns: int, failed: bool, rated: bool) -> None:
        self.errors += failed
        self.durations.append(duration_ns)
        if rated:
            self.rated.append(duration_ns)


def agrees(figures: dict, expected: Sum, what: str) -> None:
    """The figures of a service or a resource."""
    assert (figures["requests"], figures["errors"]) == (expected.requests, expected.errors), what
    assert figures["error_rate"] == pytest.approx(expected.errors / expected.requests, rel=ROUNDING), what
    assert figures["requests_per_s"] == pytest.approx(expected.requests / figures["covered_s"], rel=ROUNDING), what
    assert figures["total_time_ns"] == sum(expected.durations), what
    latency, durations = figures["latency"], sorted(expected.durations)
    assert (latency["n"], latency["max_ns"], latency["max_estimated"]) == (len(durations), durations[-1], False), what
    assert latency["avg_ns"] == pytest.approx(sum(durations) / len(durations), rel=ROUNDING), what
    for quantile in (50, 75, 90, 95, 99):
        exact = durations[quantile * (len(durations) - 1) // 100]
        assert latency[f"p{quantile}_ns"] == pytest.approx(exact, rel=ACCURACY + 1e-4), (what, quantile)
    apdex_agrees(figures["apdex"], expected.rated, what)


def apdex_agrees(apdex: dict | None, durations: list[int], what: str) -> None:
    """A duration that is nearer to the threshold than sketches are accurate may be on either side of it."""
    if not durations:
        assert apdex is None, what
        return
    for limit_ns, below in ((APDEX_T_NS, apdex["satisfied"]), (4 * APDEX_T_NS, apdex["satisfied"] + apdex["tolerating"])):
        share = lambda factor: sum(duration < factor * limit_ns for duration in durations) / len(durations)
        assert share(1 - ACCURACY) - ROUNDING <= below <= share(1 + ACCURACY) + ROUNDING, what
    assert apdex["satisfied"] + apdex["tolerating"] + apdex["frustrated"] == pytest.approx(1), what
    assert apdex["score"] == pytest.approx(apdex["satisfied"] + apdex["tolerating"] / 2), what


def counted_requests(chunks: list[Chunk], by_ns: int) -> list[dict]:
    """The entry spans that a server counts, as they are stored when all are `by_ns` later: of tracers that don't count themselves."""
    rows = [row for trace in stored_rows([chunk for chunk in chunks if not chunk.computed_stats]).values() for row in trace]
    assert not any({"_sample_rate", "_dd.partial_version"} & row["metrics"].keys() for row in rows), "no recording has other weights, or snapshots"
    return [{**row, "start_ns": str(int(row["start_ns"]) + by_ns)} for row in rows if row["is_entry"]]


def sum_by(requests: list[dict], *keys: str) -> dict:
    """A single key's value is what the sum is found by, several are a tuple."""
    sums = collections.defaultdict(Sum)
    for row in requests:
        values = tuple(row[key] for key in keys)
        rated = row["type"] == "web" or (row["type"] == "http" and row["kind"] != "client")
        sums[values if len(keys) > 1 else values[0]].add(row["duration_ns"], row["status"] == "error", rated)
    return dict(sums)


def callers_of(requests: list[dict]) -> list[str]:
    """Of one service: who calls it, if it is a dependency; else nobody."""
    is_call = lambda row: row["kind"] == "client" and row["base_service"] not in ("", row["service"])
    return sorted({row["base_service"] for row in requests}) if all(map(is_call, requests)) else []


def check_figures(vizsla: Vizsla, env: str, requests: list[dict]) -> dict[str, dict]:
    """The list of services, each one's page and its resources against `requests`, the entry spans of that env. Gives the
    list by name."""
    listed = vizsla.get("/api/ui/services", env=env).json()
    found = {service["name"]: service for service in listed["services"]}
    by_service = collections.defaultdict(list)
    for row in requests:
        by_service[row["service"]].append(row)
    assert found.keys() == by_service.keys()
    own_time = sum(service["total_time_ns"] for service in found.values() if not service["is_dependency"])
    for name, of_service in by_service.items():
        service, operations = found[name], sum_by(of_service, "operation")
        assert {each["name"]: each["requests"] for each in service["operations"]} == {each: operations[each].requests for each in operations}
        primary = service["operation"]
        assert operations[primary].requests == max(each.requests for each in operations.values())
        of_primary = [row for row in of_service if row["operation"] == primary]
        agrees(service, operations[primary], name)
        types, languages = (collections.Counter(row[key] for row in of_primary) for key in ("type", "language"))
        assert types[service["type"]] == max(types.values()) and languages[service["language"]] == max(languages.values())
        assert (service["is_dependency"], service["called_by"]) == (bool(callers_of(of_service)), callers_of(of_service))
        # What rates are over: from the ten seconds of the service's first request, since nobody knew it before.
        first_end_ns = min(int(row["start_ns"]) + row["duration_ns"] for row in of_service)
        covered_ns = int(listed["covered_to_ns"]) - first_end_ns // BUCKET_NS * BUCKET_NS
        assert service["covered_s"] == pytest.approx(covered_ns / 1e9, abs=CLOCK_S), name
        if not service["is_dependency"]:
            assert service["time_share"] == pytest.approx(service["total_time_ns"] / own_time)
        assert {len(points) for points in service["series"].values()} == {listed["points"]}
        assert (sum(service["series"]["requests"]), sum(service["series"]["errors"])) == (service["requests"], service["errors"])

        page = vizsla.get(f"/api/ui/services/{name}", env=env).json()
        agrees(page["total"], operations[primary], name)
        rows = vizsla.get(f"/api/ui/services/{name}/resources", env=env).json()["resources"]
        by_resource = sum_by(of_primary, "resource")
        assert {row["resource"] for row in rows} == by_resource.keys() and len(rows) == len(by_resource)
        for row in rows:
            agrees(row, by_resource[row["resource"]], f"{name} {row['resource']}")
    return found
