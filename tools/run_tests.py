#!/usr/bin/env python3
"""Runs every test suite and counts.

    run_tests.py [SUITE...]      all suites, or some of: unit tools demo ui e2e

Prints what fails in full, what passes in one line a suite, and at the end one line that counts all tests.
Exit status 1 when anything failed.
"""
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build/release"


@dataclasses.dataclass
class Outcome:
    passed: int = 0
    skipped: int = 0
    failed: int = 0
    seconds: float = 0

    def add(self, other: "Outcome") -> None:
        self.passed += other.passed
        self.skipped += other.skipped
        self.failed += other.failed
        self.seconds += other.seconds


def run(command: list[str], cwd: pathlib.Path = ROOT, timeout_s: int = 1800, **variables: str) -> tuple[int, str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DD_", "VIZSLA_", "OTEL_"))}
    environment |= variables
    try:
        done = subprocess.run(command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        return 124, (error.stdout or b"").decode(errors="replace") + f"\ntook longer than {timeout_s} s\n"
    return done.returncode, done.stdout.decode(errors="replace")


def report(name: str, outcome: Outcome, output: str, ok: bool) -> Outcome:
    if not ok and outcome.failed == 0:
        outcome.failed = 1  # it ended before it could count
    if outcome.failed:
        print(output)
    counts = f"{outcome.passed} passed" + (f", {outcome.skipped} skipped" if outcome.skipped else "")
    counts += f", {outcome.failed} FAILED" if outcome.failed else ""
    print(f"  {name:<22} {counts} ({outcome.seconds:.1f} s)", flush=True)
    return outcome


def timed(command: list[str], **options) -> tuple[int, str, float]:
    begin = time.monotonic()
    status, output = run(command, **options)
    return status, output, time.monotonic() - begin


def gtest(binary: pathlib.Path, shards: concurrent.futures.Executor) -> Outcome:
    """A part of the binary's tests in each processor at once."""
    parts = os.cpu_count() or 1
    command = [str(binary), "--gtest_brief=1", "--gtest_color=no"]
    begin = time.monotonic()
    ended = list(shards.map(lambda part: run(command, GTEST_TOTAL_SHARDS=str(parts), GTEST_SHARD_INDEX=str(part)), range(parts)))
    output = "\n".join(output for _, output in ended)
    count = lambda word: sum(int(n) for n in re.findall(rf"\[  {word} +\] (\d+) test", output))
    outcome = Outcome(count("PASSED"), count("SKIPPED"), count("FAILED"), time.monotonic() - begin)
    for reason in re.findall(r"Skipped\n(.*)\n", output):
        print(f"    skipped: {reason}")
    return report(binary.name, outcome, output, all(status == 0 for status, _ in ended))


def unit() -> Outcome:
    total = Outcome()
    with concurrent.futures.ThreadPoolExecutor() as shards:
        for binary in sorted(path for path in BUILD.rglob("*_test") if path.is_file() and os.access(path, os.X_OK)):
            total.add(gtest(binary, shards))
    return total


def junit(name: str, command: list[str], results: pathlib.Path, **options) -> Outcome:
    status, output, seconds = timed(command, **options)
    outcome = Outcome(seconds=seconds)
    if results.exists():
        for suite in xml.etree.ElementTree.parse(results).iter("testsuite"):
            number = lambda key: int(suite.get(key) or 0)
            failed = number("failures") + number("errors")
            outcome.failed += failed
            outcome.skipped += number("skipped")
            outcome.passed += number("tests") - failed - number("skipped")
    return report(name, outcome, output, status == 0)


def pytest(name: str, folder: str, *options: str) -> Outcome:
    with tempfile.TemporaryDirectory() as scratch:
        results = pathlib.Path(scratch) / "results.xml"
        return junit(name, [str(ROOT / ".venv/bin/python"), "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", folder,
                            f"--junit-xml={results}", *options], results)


def tools() -> Outcome:
    return pytest("tools", "tools")


def demo() -> Outcome:
    return pytest("demo", "demo/tests")


def ui() -> Outcome:
    status, output, seconds = timed(["npm", "run", "--silent", "test", "--", "--reporter=json", "--outputFile=/dev/stdout"], cwd=ROOT / "ui")
    outcome = Outcome(seconds=seconds)
    try:
        summary = json.loads(output[output.index('{"numTotal'):output.rindex("}") + 1])
        outcome.passed, outcome.failed = summary["numPassedTests"], summary["numFailedTests"]
        outcome.skipped = summary["numPendingTests"]
    except ValueError:
        pass
    return report("ui", outcome, output, status == 0)


def e2e() -> Outcome:
    return pytest("e2e", "tests/e2e")


SUITES = {"unit": unit, "tools": tools, "demo": demo, "ui": ui, "e2e": e2e}


def main() -> int:
    wanted = sys.argv[1:] or list(SUITES)
    unknown = [name for name in wanted if name not in SUITES]
    if unknown:
        print(f"no such suite: {', '.join(unknown)}; there are {', '.join(SUITES)}")
        return 2
    total = Outcome()
    for name in wanted:
        print(f"{name}:", flush=True)
        total.add(SUITES[name]())
    print(f"\nTests: {total.passed} passed, {total.skipped} skipped, {total.failed} failed, in {total.seconds:.0f} s")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
