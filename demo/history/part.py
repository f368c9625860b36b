"""One process's part in a trace: it does one thing after the other, and sends its spans together, as tracers do."""

import math
import random
from dataclasses import dataclass, field
from typing import Any

from demo.history import ENV

Span = dict[str, Any]

# How far what happens strays from what is usual: two thirds of all lie between 0.7 and 1.4 times as long.
SPREAD = 0.35


@dataclass(frozen=True)
class Program:
    """What runs under a service's name, and the span that its requests open with."""

    service: str
    language: str
    operation: str
    type: str
    kind: str
    component: str
    # Only the program that the story is about gets new versions.
    version: str = "1.0.0"


@dataclass(frozen=True)
class Callee:
    """Something that isn't traced itself: known by the spans of those that call it."""

    service: str
    operation: str
    type: str
    kind: str
    tags: dict[str, str] = field(default_factory=dict)


class Part:
    """new → `spends`, `waits`, `calls`, `asks` … → `ends`. Times are nanoseconds since the trace began; `now_ns` is where it is."""

    def __init__(self, dice: random.Random, program: Program, resource: str, parent_id: int, now_ns: int) -> None:
        self._dice = dice
        self._program = program
        self.now_ns = now_ns
        self.spans: list[Span] = []
        self.root = self._open(program.service, program.operation, resource, program.type, parent_id)
        self.root["meta"] |= {
            "span.kind": program.kind,
            "component": program.component,
            "language": program.language,
            "demo.synthetic": "true",
        }
        self.root["metrics"] = {"_sampling_priority_v1": 1}

    def spends(self, usual_ms: float) -> None:
        self.now_ns += self._about(usual_ms)

    def waits(self, exactly_ms: float) -> None:
        self.now_ns += int(exactly_ms * 1e6)

    def works(self, operation: str, usual_ms: float) -> Span:
        """A span of its own code."""
        span = self._open(self._program.service, operation, operation, "", self.root["span_id"])
        self.spends(usual_ms)
        return self._close(span)

    def calls(self, callee: Callee, resource: str, usual_ms: float) -> Span:
        span = self._open(callee.service, callee.operation, resource, callee.type, self.root["span_id"])
        span["meta"] |= {**callee.tags, "span.kind": callee.kind, "_dd.base_service": self._program.service}
        self.spends(usual_ms)
        return self._close(span)

    def asks(self, method: str, host: str) -> Span:
        """The call of another program, which lasts until `answered`."""
        span = self._open(self._program.service, "http.request", method, "http", self.root["span_id"])
        span["meta"] |= {"span.kind": "client", "http.method": method, "out.host": host}
        self.spends(0.4)
        return span

    def answered(self, call: Span, part: "Part") -> None:
        self.now_ns = part.now_ns
        self.spends(0.4)
        call["meta"]["http.status_code"] = part.root["meta"]["http.status_code"]
        self._close(call)

    def ends(self, **tags: str) -> None:
        self.root["meta"] |= tags
        self._close(self.root)

    def _about(self, usual_ms: float) -> int:
        return int(self._dice.lognormvariate(math.log(usual_ms * 1e6), SPREAD))

    def _open(self, service: str, operation: str, resource: str, span_type: str, parent_id: int) -> Span:
        meta = {"env": ENV}
        if service == self._program.service:
            meta["version"] = self._program.version
        span = {
            "span_id": self._dice.getrandbits(63) or 1,
            "parent_id": parent_id,
            "service": service,
            "name": operation,
            "resource": resource,
            "type": span_type,
            "start": self.now_ns,
            "error": 0,
            "meta": meta,
        }
        self.spans.append(span)
        return span

    def _close(self, span: Span) -> Span:
        span["duration"] = self.now_ns - span["start"]
        return span


def fail(span: Span, error_type: str, message: str, stack: str) -> None:
    span["error"] = 1
    span["meta"] |= {"error.type": error_type, "error.message": message, "error.stack": stack}
