#!/usr/bin/env python3
"""What Vizsla costs: `make bench`.

    bench/run.py [--quick] [--only PART]...      parts: steps formats steady reads store

  steps     each step of the intake by itself, on one core (ingest_bench)
  formats   a server under full load, in each format: CPU, memory, answer times, bytes on disk by part
  steady    10,000 spans a second: memory and answer times
  reads     over a million spans: a trace by its id warm and after a restart, one that isn't there, a long one, a huge
            one, and how soon a span is visible

Every server is a fresh one with its data in a temporary folder, reached over loopback. CPU seconds are the server's own
(user and system); on a machine that does other things too, compare those rather than wall times. Results are printed as
tables and left in build/bench.json. docs/benchmarks.md has recorded ones.
"""
import argparse
import dataclasses
import json
import os
import pathlib
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = ROOT / "build/vizsla"
LOAD = ROOT / "build/release/bench/load"
INGEST = ROOT / "build/release/bench/ingest_bench"
STORE = ROOT / "build/release/bench/store_bench"
PARTS = ("steps", "formats", "steady", "reads", "store")
FORMATS = ("v04", "v05", "v07", "v1", "json")
# Spans become a block ten seconds after the load, so that the cost of that is seen too.
SETTLE = ("--set", "store.block_age_s=10")


@dataclasses.dataclass
class Answer:
    status: int
    body: bytes
    ms: float


class Server:
    def __init__(self, folder: pathlib.Path, *options: str):
        self.folder = folder
        begin = time.monotonic()
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("DD_", "VIZSLA_"))}
        self.process = subprocess.Popen([BINARY, "serve", "--data-dir", folder, "--apm-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
        ready = json.loads(self.process.stdout.readline())
        self.start_ms = (time.monotonic() - begin) * 1000
        self.apm = ready["listeners"]["apm"]
        self.socket = "unix://" + ready["listeners"]["apm_socket"]
        self.http = ready["listeners"]["http"]

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.process.stdout.close()

    def get(self, path: str) -> Answer:
        begin = time.perf_counter()
        try:
            with urllib.request.urlopen(f"http://{self.http}{path}", timeout=120) as answer:
                body, status = answer.read(), answer.status
        except urllib.error.HTTPError as error:
            body, status = error.read(), error.code
        return Answer(status, body, (time.perf_counter() - begin) * 1000)

    def send(self, spans: list[dict]) -> None:
        request = urllib.request.Request(f"http://{self.apm}/v0.3/traces", json.dumps([spans]).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            assert answer.status == 200

    def load(self, **options) -> dict:
        command = [str(LOAD), "--apm", options.pop("apm", self.apm), "--pid", str(self.process.pid)]
        for name, value in options.items():
            command += [f"--{name.replace('_', '-')}", str(value)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        result = json.loads(done.stdout)
        if done.returncode != 0:
            sys.exit(f"not everything was taken: {result['statuses']}")
        return result

    def metric(self, name: str) -> float:
        for line in self.get("/metrics").body.decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
        sys.exit(f"/metrics has no {name}")

    def settle(self) -> None:
        while self.metric("vizsla_store_live_spans") > 0:
            time.sleep(0.5)

    def rss_mib(self) -> float:
        return self.metric("process_resident_memory_bytes") / 2**20

    def disk(self) -> dict[str, int]:
        """Bytes by part: the log, the blocks' data, their index, the rest."""
        parts = {"log": 0, "data": 0, "index": 0, "rest": 0}
        for path in self.folder.rglob("*"):
            if path.is_file():
                part = "log" if "log" in path.parts else {".parquet": "data", ".index": "index"}.get(path.suffix, "rest")
                parts[part] += path.stat().st_size
        return parts


def table(title: str, rows: list[dict]) -> None:
    print(f"\n{title}\n")
    names = list(rows[0])
    print("| " + " | ".join(names) + " |")
    print("|" + "---|" * len(names))
    for row in rows:
        print("| " + " | ".join(str(row[name]) for name in names) + " |", flush=True)


def say(text: str) -> None:
    print(f"  … {text}", file=sys.stderr, flush=True)


def steps(_: argparse.Namespace) -> list[dict]:
    say("each step of the intake by itself")
    done = subprocess.run([INGEST, "--benchmark_format=json", "--benchmark_min_time=0.5"], stdout=subprocess.PIPE, check=True, text=True)
    rows = []
    for run in json.loads(done.stdout)["benchmarks"]:
        row = {"step": run["name"].removeprefix("bench_"), "µs CPU per span": f"{1e6 / run['items_per_second']:.3f}"}
        row["B per span"] = f"{run['bytes_per_span']:.1f}" if "bytes_per_span" in run else "–"
        rows.append(row)
    table("Steps of the intake, one core", rows)
    return rows


def formats(options: argparse.Namespace) -> list[dict]:
    rows = []
    for format, over in [*((format, "TCP") for format in FORMATS), ("v04", "unix socket")]:
        spans = options.spans if format != "json" else options.spans // 2
        say(f"{spans:,} spans as {format} over {over}")
        with tempfile.TemporaryDirectory(dir=options.folder) as folder, Server(pathlib.Path(folder), *SETTLE) as server:
            idle = server.rss_mib()
            before = server.metric("process_cpu_seconds_total")
            load = server.load(format=format, spans=spans, **({"apm": server.socket} if over != "TCP" else {}))
            server.settle()
            settled = server.metric("process_cpu_seconds_total") - before
            assert server.metric("vizsla_spans_stored_total") == load["spans"]
            disk = server.disk()
            rows.append({
                "format": format, "over": over, "B on the wire": f"{load['body_bytes_per_span']:.0f}", "spans/s (wall)": f"{load['spans_per_s']:,.0f}",
                "CPU s per million, at last answer": f"{load['cpu_us_per_span']:.2f}", "settled": f"{settled / load['spans'] * 1e6:.2f}",
                "spans/s per core": f"{load['spans'] / settled:,.0f}",
                "answer ms p50": load["answer_ms_p50"], "p99": load["answer_ms_p99"], "RSS MiB idle": f"{idle:.0f}", "max": f"{load['rss_max_mib']:.0f}",
                "after": f"{server.rss_mib():.0f}", "data B/span": f"{disk['data'] / load['spans']:.1f}", "index B/span": f"{disk['index'] / load['spans']:.1f}"})
    table("Full load, four connections, durable before each answer", rows)
    return rows


def steady(options: argparse.Namespace) -> list[dict]:
    rows = []
    say(f"10,000 spans/s for {options.steady_s} s")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder, Server(pathlib.Path(folder)) as server:
        load = server.load(format="v04", spans=10_000 * options.steady_s, rate=10_000, payload_spans=100)
        rows.append({"seconds": options.steady_s, "spans/s": f"{load['spans_per_s']:,.0f}", "CPU % of a core": f"{load['cpu_s'] / load['wall_s'] * 100:.1f}",
                     "answer ms p50": load["answer_ms_p50"], "p99": load["answer_ms_p99"], "max": load["answer_ms_max"],
                     "RSS MiB max": f"{load['rss_max_mib']:.0f}", "after": f"{server.rss_mib():.0f}"})
    table("Steady: 10,000 spans/s, 100 a request, default settings", rows)
    return rows


def long_trace(trace_id: int, spans: int) -> list[dict]:
    start = time.time_ns() - 60_000_000_000
    return [{"trace_id": trace_id, "span_id": i, "parent_id": i // 8, "service": f"s{i % 7}", "name": "step", "resource": f"GET /r/{i % 50}", "type": "web",
             "start": start + i * 1000, "duration": (spans - i) * 1000, "error": 0, "meta": {"http.method": "GET", "user.id": str(i)}, "metrics": {"n": i}}
            for i in range(1, spans + 1)]


def timed(server: Server, what: str, paths: list[str], status: int = 200) -> dict:
    """`paths` are asked for once each, then three times more: the first and the median of the later ones."""
    first = [server.get(path) for path in paths]
    cpu = server.metric("process_cpu_seconds_total")
    again = [server.get(path) for _ in range(3) for path in paths]
    cpu = server.metric("process_cpu_seconds_total") - cpu
    assert all(answer.status == status for answer in first + again), f"{what}: {[answer.status for answer in first]}"
    return {"what": what, "first ms": f"{first[0].ms:.1f}", "once each, median ms": f"{statistics.median(a.ms for a in first):.2f}",
            "warm, median ms": f"{statistics.median(a.ms for a in again):.2f}", "warm, max ms": f"{max(a.ms for a in again):.2f}",
            "CPU ms a query": f"{cpu * 1000 / len(again):.2f}", "KiB": f"{statistics.median(len(a.body) for a in first) / 1024:.1f}"}


def reads(options: argparse.Namespace) -> list[dict]:
    rows = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        data = pathlib.Path(folder)
        say(f"{options.spans:,} spans to read from")
        with Server(data, *SETTLE) as server:
            server.load(format="v04", spans=options.spans)
            server.send(long_trace(0x5000, 5_000))
            huge = long_trace(0x100000, 100_000)
            for place in range(0, len(huge), 20_000):
                server.send(huge[place:place + 20_000])
            visible = []
            for trace in range(1, 21):
                server.send([{**long_trace(trace, 1)[0], "start": time.time_ns()}])
                begin = time.perf_counter()
                while server.get(f"/api/v2/trace/{trace}").status != 200:
                    pass
                visible.append((time.perf_counter() - begin) * 1000)
            rows.append({"what": "a span just answered for, until it is read", "first ms": f"{visible[0]:.1f}", "once each, median ms": f"{statistics.median(visible):.2f}",
                         "warm, median ms": "–", "warm, max ms": f"{max(visible):.2f}", "CPU ms a query": "–", "KiB": "–"})
            server.settle()
            found = json.loads(server.get("/api/v2/spans/events?filter[from]=now-1d&page[limit]=1000").body)["data"]
            # Not those that were sent one by one above: they are of one span each.
            traces = sorted(trace for trace in {span["attributes"]["trace_id"] for span in found} if int(trace) > 0x100000)[:20]
        by_id = [f"/api/v2/trace/{trace}" for trace in traces]
        with Server(data) as server:
            say(f"started with {server.metric('vizsla_store_spans'):,.0f} spans in {server.start_ms:.0f} ms")
            rows.append(timed(server, f"trace by id ({len(traces)} ids), after a restart", by_id))
            rows.append(timed(server, "its skeleton", [f"/api/ui/traces/{trace}/skeleton" for trace in traces]))
            rows.append(timed(server, "an id that isn't there", [f"/api/v2/trace/{0xdead0000 + i}" for i in range(20)], 404))
            rows.append(timed(server, "the newest 50 traces", ["/api/ui/traces?limit=50"]))
            rows.append(timed(server, "the newest 50 spans", ["/api/v2/spans/events?page[limit]=50"]))
            rows.append(timed(server, "5,000 spans: trace", [f"/api/v2/trace/{0x5000}"]))
            rows.append(timed(server, "5,000 spans: skeleton", [f"/api/ui/traces/{0x5000}/skeleton"]))
            rows.append(timed(server, "100,000 spans: skeleton", [f"/api/ui/traces/{0x100000}/skeleton"]))
            say(f"memory after reading: {server.rss_mib():.0f} MiB")
    table(f"Reads over {options.spans:,} spans, HTTP and JSON included", rows)
    return rows


def store_bench(command: str, *options: object) -> list[dict]:
    done = subprocess.run([STORE, command, *map(str, options)], stdout=subprocess.PIPE, check=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def store(options: argparse.Namespace) -> list[dict]:
    days = options.store_spans / 1_000_000
    say(f"{options.store_spans:,} spans into a store, as of {days:g} days")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        data = pathlib.Path(folder) / "data"
        fill = store_bench("fill", "--data", data, "--spans", options.store_spans, "--days", days)[0]
        opened, *asked = store_bench("ask", "--data", data)
    part = {name: f"{size / fill['spans']:.1f}" for name, size in fill["disk_bytes"].items()}
    filled = [{"spans": f"{fill['spans']:,}", "days": f"{days:g}", "µs CPU per span": f"{fill['store_cpu_us_per_span']:.2f}",
               "B per span": f"{fill['bytes_per_span']:.1f}", "data": part["data"], "index": part["index"], "blocks": fill["blocks"],
               "RSS MiB max": f"{fill['rss_max_bytes'] / 2**20:.0f}", "ms CPU to open": f"{opened['cpu_ms']:.0f}",
               "RSS MiB then": f"{opened['rss_bytes'] / 2**20:.0f}"}]
    table("The store by itself, nothing synced", filled)
    rows = [{"question": row["name"], "first ms": f"{row['first_us'] / 1000:.2f}", "CPU ms p50": f"{row['median_cpu_us'] / 1000:.3f}",
             "p95": f"{row['p95_cpu_us'] / 1000:.3f}", "wall ms p50": f"{row['median_wall_us'] / 1000:.2f}", "found": row["found"], "times": row["n"]} for row in asked]
    table("Questions to it", rows)
    return filled + rows


def machine() -> str:
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", choices=PARTS, help="one part; may be given several times")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work: to see that it runs, not to record")
    parser.add_argument("--spans", type=int, default=2_000_000, help="spans of a load (%(default)s)")
    parser.add_argument("--store-spans", type=int, default=1_000_000, help="spans in the store by itself (%(default)s)")
    parser.add_argument("--steady-s", type=int, default=60, help="seconds of the steady load (%(default)s)")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build", help="where the temporary data goes (build/)")
    options = parser.parse_args()
    if options.quick:
        options.spans, options.steady_s, options.store_spans = options.spans // 10, options.steady_s // 10, options.store_spans // 10
    print(f"{machine()}; other work on it now: load {os.getloadavg()[0]:.1f}")
    results = {"machine": machine(), "load": os.getloadavg()[0]}
    for part in options.only or PARTS:
        results[part] = globals()[part](options)
    (ROOT / "build/bench.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
