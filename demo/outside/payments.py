"""The payment provider api.payments.example, as seen through an HTTP proxy that answers in its place.

How a charge goes is in the card: `tok_slow` takes 2 s, `tok_outage` gets 503, any other is accepted soon.
"""

import json
import random
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHARGES_URL = "http://api.payments.example/v1/charges"
SLOW_S = 2.0


def charge(card: str) -> tuple[int, dict[str, str], float]:
    """Status, answer, and the seconds it takes."""
    match card:
        case "tok_slow":
            return 201, {"status": "accepted"}, SLOW_S
        case "tok_outage":
            return 503, {"error": "the card network can't be reached"}, 0.05
        case _:
            return 201, {"status": "accepted"}, random.uniform(0.06, 0.18)


class PaymentsProxy(ThreadingHTTPServer):
    allow_reuse_port = True  # joins the orchestrator's reservation of the port
    daemon_threads = True

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != CHARGES_URL:  # a proxy is asked for whole URLs
            self._answer(404, {"error": f"only {CHARGES_URL} is served here"})
            return
        status, answer, seconds = charge(json.loads(body)["card"])
        time.sleep(seconds)
        self._answer(status, answer)

    def _answer(self, status: int, answer: dict[str, str]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """No line per request."""
