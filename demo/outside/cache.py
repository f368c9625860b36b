"""A cache that speaks the Redis protocol (RESP2): just enough of it for the redis client and this demo's commands.

Not instrumented, as a real Redis wouldn't be: all that is known of it are the callers' spans.
"""

import socketserver
import threading
import time
from collections.abc import Callable

Value = bytes | dict[bytes, bytes]


class ProtocolError(Exception):
    """The client doesn't speak RESP."""


def read_command(stream) -> list[bytes] | None:
    """The next command, an array of bulk strings; None at the end of the connection."""
    line = stream.readline()
    if not line:
        return None
    return [_read_bulk_string(stream) for _ in range(_length(line, b"*"))]


def _read_bulk_string(stream) -> bytes:
    length = _length(stream.readline(), b"$")
    return stream.read(length + len(b"\r\n"))[:length]


def _length(line: bytes, mark: bytes) -> int:
    if not line.startswith(mark):
        raise ProtocolError(f"expected a line starting with {mark!r}, got {line!r}")
    return int(line[1:])


def simple(text: str) -> bytes:
    return b"+%s\r\n" % text.encode()


def error(text: str) -> bytes:
    return b"-ERR %s\r\n" % text.encode()


def integer(number: int) -> bytes:
    return b":%d\r\n" % number


def bulk(value: bytes | None) -> bytes:
    return b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)


def array(values: list[bytes | None]) -> bytes:
    return b"*%d\r\n" % len(values) + b"".join(bulk(value) for value in values)


class Cache:
    """Keys, values and their expiry. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._values: dict[bytes, Value] = {}
        self._expiry: dict[bytes, float] = {}

    def execute(self, command: list[bytes]) -> bytes:
        """Carries out one command and returns the encoded reply."""
        with self._lock:
            self._forget_expired()
            match [command[0].upper(), *command[1:]]:
                case [b"PING"]:
                    return simple("PONG")
                case [b"CLIENT" | b"SELECT", *_]:  # what a client says of itself when it connects
                    return simple("OK")
                case [b"GET", key]:
                    return bulk(self._values.get(key))
                case [b"MGET", *keys]:
                    return array([self._values.get(key) for key in keys])
                case [b"SET", key, value, *options]:
                    return self._set(key, value, options)
                case [b"DEL", *keys]:
                    return integer(sum(self._values.pop(key, None) is not None for key in keys))
                case [b"EXPIRE", key, seconds]:
                    return self._expire(key, seconds)
                case [b"INCRBY", key, amount]:
                    return self._add(self._values, key, amount)
                case [b"HINCRBY", key, field, amount]:
                    return self._add(self._values.setdefault(key, {}), field, amount)
                case [b"HGETALL", key]:
                    return array([part for pair in self._values.get(key, {}).items() for part in pair])
                case [name, *_]:
                    return error(f"unknown command or wrong arguments: {name.decode(errors='replace')}")

    def _set(self, key: bytes, value: bytes, options: list[bytes]) -> bytes:
        self._values[key] = value
        self._expiry.pop(key, None)
        match options:
            case []:
                return simple("OK")
            case [option, seconds] if option.upper() == b"EX":
                self._expiry[key] = self._clock() + int(seconds)
                return simple("OK")
        return error("the only option of SET here is EX")

    def _expire(self, key: bytes, seconds: bytes) -> bytes:
        if key not in self._values:
            return integer(0)
        self._expiry[key] = self._clock() + int(seconds)
        return integer(1)

    @staticmethod
    def _add(values: dict, key: bytes, amount: bytes) -> bytes:
        total = int(values.get(key, 0)) + int(amount)
        values[key] = b"%d" % total
        return integer(total)

    def _forget_expired(self) -> None:
        now = self._clock()
        for key in [key for key, at in self._expiry.items() if at <= now]:
            del self._expiry[key]
            self._values.pop(key, None)


class CacheServer(socketserver.ThreadingTCPServer):
    """Serves one cache to any number of connections."""

    allow_reuse_port = True  # joins the orchestrator's reservation of the port
    daemon_threads = True

    def __init__(self, address: tuple[str, int]) -> None:
        self.cache = Cache()
        super().__init__(address, _Connection)


class _Connection(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        try:
            while (command := read_command(self.rfile)) is not None:
                self.wfile.write(self.server.cache.execute(command))
        except ProtocolError as problem:
            self.wfile.write(error(str(problem)))
        except ConnectionError:
            pass  # the client has gone, and so do we
