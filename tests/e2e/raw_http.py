"""HTTP/1.1 on a bare socket: for what a client library wouldn't send, and answers read by the letter."""
import dataclasses
import socket

TIMEOUT = 30


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int
    status_line: str
    headers: dict[str, str]  # by lower-case name
    body: bytes


class Connection:
    """`where` is "http://host:port", or the path of a unix socket. Answers must say how long they are: some tracers read
    no others."""

    def __init__(self, where: str, timeout: float = TIMEOUT):
        if where.startswith("http://"):
            host, port = where.removeprefix("http://").split(":")
            self.socket = socket.create_connection((host, int(port)), timeout)
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(where)
        self.incoming = self.socket.makefile("rb")

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_) -> None:
        self.incoming.close()
        self.socket.close()

    def send(self, data: bytes) -> "Connection":
        self.socket.sendall(data)
        return self

    def end(self) -> "Connection":
        """Nothing more comes from this side; it still listens."""
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def answer(self, to: str = "GET") -> Answer:
        line = self.incoming.readline().decode("latin-1")
        assert line.endswith("\r\n"), f"a line that ends: {line!r}"
        assert line[:9] == "HTTP/1.1 " and line[12] == " " and line[13:-2], line
        headers = {}
        while (header := self.incoming.readline().decode("latin-1")) != "\r\n":
            assert header.endswith("\r\n"), header
            name, _, value = header[:-2].partition(": ")
            assert name.lower() not in headers, f"{name} comes twice"
            headers[name.lower()] = value
        status = int(line[9:12])
        if status == 100:
            return Answer(status, line, headers, b"")
        assert "transfer-encoding" not in headers
        body = b"" if to == "HEAD" else self.incoming.read(int(headers["content-length"]))
        return Answer(status, line, headers, body)

    def is_ended(self) -> bool:
        """Whether the other side has ended it; waits for that, or for another byte."""
        return self.incoming.read(1) == b""


def request(method: str, path: str, body: bytes = b"", host: str = "localhost", **headers: str) -> bytes:
    """Names of headers as Python can write them: `content_type`."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in given.items())]
    if body or method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
