"""The captures of real tracers (tests/vectors/captures): what was sent in them, and the same at another time."""
import json
import pathlib
import re
import time
from collections.abc import Callable

import msgpack

from conftest import VECTORS
from wire_reader import Chunk, ReaderV10, read_chunks

CAPTURES = sorted(path.name for path in (VECTORS / "captures").iterdir())
SECOND_NS = 1_000_000_000


def is_trace_route(path: str) -> bool:
    return re.fullmatch(r"/v0\.\d/traces|/v1\.0/traces", path) is not None


def trace_requests(folder: pathlib.Path) -> list[tuple[dict, bytes]]:
    recorded = [json.loads(line) for line in (folder / "requests.jsonl").read_text().splitlines()]
    return [(request, (folder / request["body"]).read_bytes()) for request in recorded if is_trace_route(request["path"])]


def sent_chunks(folder: pathlib.Path) -> list[Chunk]:
    """What all requests of a recording say, each once."""
    chunks, bodies = [], set()
    for recorded, body in trace_requests(folder):
        if (recorded["path"], body) in bodies:
            continue  # the same again: a client's second try
        bodies.add((recorded["path"], body))
        sent = read_chunks(recorded["path"], recorded["headers"], body)
        announced = {name.lower(): value for name, value in recorded["headers"]}.get("x-datadog-trace-count")
        assert announced is None or int(announced) == len(sent)
        chunks += sent
    return chunks


def shift_to_now(chunks: list[Chunk], ago_ns: int = 2 * SECOND_NS) -> int:
    """By how much to shift them, so that the last span ended that long ago."""
    return time.time_ns() - ago_ns - max(span["start"] + span["duration"] for chunk in chunks for span in chunk.spans)


def shifted(by_ns: int) -> Callable[[dict, bytes], bytes]:
    """For replay: the same spans at another time, with their events. What trace ids say of the time stays."""
    def change(request: dict, body: bytes) -> bytes:
        if not is_trace_route(request["path"]):
            return body
        if request["path"] == "/v1.0/traces":
            return shifted_v10(body, by_ns)
        is_json = any(name.lower() == "content-type" and "json" in value for name, value in request["headers"])
        payload = json.loads(body) if is_json else msgpack.unpackb(body, strict_map_key=False)
        if request["path"] == "/v0.5/traces":  # events are text in a tag there, and all texts are in a table
            payload[0] = [shifted_events(text, by_ns) for text in payload[0]]
        for chunk in payload[1] if request["path"] == "/v0.5/traces" else payload:
            for span in chunk:
                if isinstance(span, list):
                    span[6] += by_ns
                    continue
                span["start" if "start" in span else b"start"] += by_ns  # old tracers wrote bytes for texts
                if meta := span.get("meta"):
                    span["meta"] = {key: shifted_events(value, by_ns) if key == "events" else value for key, value in meta.items()}
                for event in span.get("span_events") or []:
                    event["time_unix_nano"] += by_ns
        return json.dumps(payload).encode() if is_json else msgpack.packb(payload)
    return change


def shifted_events(text: str, by_ns: int) -> str:
    return re.sub(r'("time_unix_nano": ?)(\d+)', lambda found: found[1] + str(int(found[2]) + by_ns), text)


class PlacesV10(ReaderV10):
    """Notes where each span says when it began."""

    def __init__(self, body: bytes):
        super().__init__(body)
        self.starts: list[tuple[int, int, int]] = []  # first byte, byte behind the last, value

    def part(self, name: str):
        if name != "start":
            return super().part(name)
        begin = self.items.tell()
        value = self.items.unpack()
        self.starts.append((begin, self.items.tell(), value))
        return value


def shifted_v10(body: bytes, by_ns: int) -> bytes:
    """In place: strings are written once there, and a payload that is put together anew may number them otherwise."""
    if body == b"\x90":  # a probe
        return body
    reader = PlacesV10(body)
    reader.map(ReaderV10.PAYLOAD)
    parts, end = [], 0
    for begin, behind, value in reader.starts:
        parts += [body[end:begin], msgpack.packb(value + by_ns)]
        end = behind
    return b"".join([*parts, body[end:]])
