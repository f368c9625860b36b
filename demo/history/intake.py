"""Sends chunks as a tracer does: to the Agent's port, or to its unix socket."""

import http.client
import json
import socket
import urllib.parse

from demo.history.part import Span

TIMEOUT_S = 30


class Refused(Exception):
    """The answer wasn't 200."""


class Intake:
    """One connection. Raises OSError or HTTPException when it breaks: then nobody knows whether the chunks arrived."""

    def __init__(self, agent_url: str) -> None:
        url = urllib.parse.urlsplit(agent_url)
        if url.scheme == "unix":
            self._connection: http.client.HTTPConnection = _UnixConnection(url.path)
        else:
            self._connection = http.client.HTTPConnection(url.hostname, url.port, timeout=TIMEOUT_S)

    def send(self, chunks: list[list[Span]]) -> None:
        headers = {"Content-Type": "application/json", "X-Datadog-Trace-Count": str(len(chunks))}
        body = json.dumps(chunks, separators=(",", ":"))
        self._connection.request("PUT", "/v0.4/traces", body.encode(), headers)
        answer = self._connection.getresponse()
        text = answer.read().decode(errors="replace").strip()
        if answer.status != 200:
            raise Refused(f"{answer.status} {text}")

    def close(self) -> None:
        self._connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
