"""Free ports of the loopback interface, kept for the applications until the end."""

import socket


class Ports:
    """Binds a port per name and doesn't listen on it: nobody else can take it, and the application that joins the port
    with SO_REUSEPORT gets all its connections, also after it was started anew."""

    def __init__(self) -> None:
        self._sockets: dict[str, socket.socket] = {}

    def of(self, name: str) -> int:
        if name not in self._sockets:
            reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            reserved.bind(("127.0.0.1", 0))
            self._sockets[name] = reserved
        return self._sockets[name].getsockname()[1]

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.of(name)}"

    def close(self) -> None:
        for reserved in self._sockets.values():
            reserved.close()
