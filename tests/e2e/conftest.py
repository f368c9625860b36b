"""A real Vizsla for each test that asks for one: port 0, loopback, a folder of its own, stopped afterwards."""
import json
import os
import pathlib
import signal
import subprocess
import threading
import time

import pytest
import requests

pytest.register_assert_rewrite("hand_count")  # so that its findings say what was compared

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests/vectors"
BINARY = pathlib.Path(os.environ.get("VIZSLA_BINARY", ROOT / "build/vizsla"))
# Everything that was ever sent, whatever its clock said.
ALL_TIME = {"filter[from]": "1980-01-01", "filter[to]": "2260-01-01"}


class Vizsla:
    """One server process. start() waits for its ready line."""

    launcher: tuple[str, ...] = ()  # a command that becomes the server

    def __init__(self, data_dir: pathlib.Path, *options: str):
        self.data_dir = pathlib.Path(data_dir)
        self.options = options
        self.process: subprocess.Popen | None = None
        self.log: list[str] = []

    def start(self, *more: str, http: str = "127.0.0.1:0") -> "Vizsla":
        command = [*self.launcher, str(BINARY), "serve", "--data-dir", str(self.data_dir), "--apm-listen", "127.0.0.1:0", "--http-listen", http,
                   *self.options, *more]
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("DD_", "VIZSLA_"))}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(10)
            self._reader.join(5)
            raise RuntimeError("Vizsla did not start: " + "".join(self.log))
        ready = json.loads(line)
        assert ready["event"] == "ready" and ready["pid"] == self.process.pid
        listeners = ready["listeners"]
        apm = listeners["apm"] if isinstance(listeners["apm"], str) else listeners["apm"][0]
        self.apm = "http://" + apm
        self.http = "http://" + listeners["http"]
        self.socket = listeners.get("apm_socket")
        return self

    def _read_log(self) -> None:
        for line in self.process.stderr:
            self.log.append(line)

    def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self._reader.join(5)
        self.process.stdout.close()
        return status

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self._reader.join(5)
        self.process.stdout.close()

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    # What tests ask of it.

    def get(self, path: str, **params) -> requests.Response:
        return requests.get(self.http + path, params=params or None, timeout=30)

    def send(self, path: str, body: bytes, content_type: str = "application/msgpack", **headers: str) -> requests.Response:
        return requests.put(self.apm + path, data=body, timeout=30, headers={"Content-Type": content_type, **headers})

    def spans(self, **params) -> list[dict]:
        """Every stored span, as the public API shows it, oldest first."""
        found, cursor = [], None
        while True:
            page = self.get("/api/v2/spans/events", **{"page[limit]": 1000, "sort": "timestamp", **ALL_TIME, **params,
                                                       **({"page[cursor]": cursor} if cursor else {})})
            assert page.status_code == 200, page.text
            body = page.json()
            found += [item["attributes"] for item in body["data"]]
            cursor = body["meta"].get("page", {}).get("after")
            if cursor is None:
                return found

    def trace(self, trace_id: str | int) -> list[dict]:
        answer = self.get(f"/api/v2/trace/{trace_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["attributes"]["spans"]

    def cli(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run([str(BINARY), *arguments], capture_output=True, text=True, timeout=60)
        if check:
            assert done.returncode == 0, done.stderr
        return done.stdout


def wait_until(condition, seconds: float = 20, what: str = "it"):
    """Polls; for what real clients do in their own time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds} s")


def tracer_environment(**variables: str) -> dict[str, str]:
    """For a traced program: what the tests' own environment says to tracers and HTTP clients isn't passed on."""
    foreign = ("DD_", "_DD_", "OTEL_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    inherited = {key: value for key, value in os.environ.items() if not key.upper().startswith(foreign)}
    return {**inherited, "DD_ENV": "e2e", "DD_VERSION": "1.2.3", **variables}


def replay(vizsla: Vizsla, capture: str, change=lambda request, body: body) -> dict:
    """Sends a recorded capture as it was, or as `change` makes it; gives what its manifest says about it."""
    folder = VECTORS / "captures" / capture
    for line in (folder / "requests.jsonl").read_text().splitlines():
        recorded = json.loads(line)
        headers = {name: value for name, value in recorded["headers"] if name.lower() not in ("host", "content-length", "connection")}
        body = change(recorded, (folder / recorded["body"]).read_bytes())
        answer = requests.request(recorded["method"], vizsla.apm + recorded["path"], data=body, headers=headers, timeout=30)
        assert answer.status_code == 200, (recorded["seq"], answer.text)
    return json.loads((folder / "manifest.json").read_text())["expected"]


@pytest.fixture
def make_vizsla(tmp_path):
    """vizsla = make_vizsla("--set", "…"): not started yet."""
    made = []

    def make(*options: str, data_dir: pathlib.Path | None = None) -> Vizsla:
        vizsla = Vizsla(data_dir or tmp_path / f"data{len(made)}", *options)
        made.append(vizsla)
        return vizsla

    yield make
    for vizsla in made:
        if vizsla.running():
            vizsla.kill()


@pytest.fixture
def vizsla(make_vizsla):
    """A running server, which must also stop cleanly."""
    server = make_vizsla().start()
    yield server
    if server.running():
        assert server.stop() == 0, "".join(server.log)
