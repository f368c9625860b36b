"""Serves an application on $PORT of the loopback interface until SIGTERM.

Once connections are taken it prints the line "ready", for which the orchestrator waits.
"""

import logging
import os
import signal
import socket
import sys

from ddtrace import tracer
from flask import Flask, got_request_exception
from werkzeug.serving import make_server


def listen() -> socket.socket:
    """A listening socket on $PORT.

    With SO_REUSEPORT it joins the reservation that the orchestrator holds, and a second version of a service can listen
    beside the first: the kernel spreads new connections over both, as a load balancer would.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", int(os.environ["PORT"])))
    listener.listen()
    return listener


def announce_ready() -> None:
    print("ready", flush=True)


def exit_on_sigterm() -> None:
    """Leaves by way of the interpreter's exit, where the tracer sends what it still holds."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())


def record_exception(_: Flask, exception: Exception) -> None:
    """Puts an unhandled exception on the entry span too, where lists of errors look for it.

    The Flask integration by itself leaves it on inner spans.
    """
    tracer.current_root_span().set_exc_info(type(exception), exception, exception.__traceback__)


def serve(app: Flask) -> None:
    got_request_exception.connect(record_exception, app)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # no line per request
    exit_on_sigterm()
    listener = listen()
    server = make_server("127.0.0.1", 0, app, threaded=True, fd=listener.fileno())
    announce_ready()
    server.serve_forever()
