"""Makes the requests of `mix` until it is stopped.

An open loop: a slow answer doesn't hold up the next request, or the latencies would be those of a patient customer.
What comes back is read and not judged: failures are part of the mix.
"""

import argparse
import http.client
import json
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from demo.driver import mix

REQUESTS_AT_ONCE_MAX = 64
TIMEOUT_S = 30

# The applications are on this machine: a proxy from the environment has no say.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def send(request: mix.Request, base_url: str) -> None:
    query = "?" + urllib.parse.urlencode(request.query) if request.query else ""
    outgoing = urllib.request.Request(
        base_url + request.path + query,
        method=request.method,
        data=None if request.body is None else json.dumps(request.body).encode(),
        headers={"Content-Type": "application/json", "User-Agent": "shopper/1.0", "X-Customer": str(request.customer)},
    )
    try:
        with _opener.open(outgoing, timeout=TIMEOUT_S) as answer:
            answer.read()
    except (OSError, http.client.HTTPException):  # urllib's HTTPError and URLError are OSErrors
        pass


def drive(targets: dict[str, str], seed: int, rate: float) -> None:
    due = time.monotonic()
    with ThreadPoolExecutor(REQUESTS_AT_ONCE_MAX) as pool:
        for request, gap in zip(mix.requests(seed), mix.gaps(seed, rate)):
            pool.submit(send, request, targets[request.target])
            due += gap
            time.sleep(max(0.0, due - time.monotonic()))


def main() -> None:
    parser = argparse.ArgumentParser(prog="demo.driver", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="same seed, same requests (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=5.0, help="requests per second (default: %(default)s)")
    parser.add_argument("--target", action="append", required=True, metavar="NAME=URL", help="where an application is")
    options = parser.parse_args()
    print("ready", flush=True)
    try:
        drive(dict(target.split("=", 1) for target in options.target), options.seed, options.rate)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
