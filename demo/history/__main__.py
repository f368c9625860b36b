"""Tells Vizsla the last seventeen hours of a shop that never was, so that there is something to look back on.

Only the minutes that aren't there yet: it may be run again, also after it was interrupted.
"""

import argparse
import contextlib
import http.client
import os
import sys
import time
from collections.abc import Iterator

from demo.history import ENV, HOURS, minutes, shop
from demo.history.intake import Intake, Refused

REQUESTS_PER_MINUTE = 50.0
# Some hundred thousand spans in half a minute, and far from what would make applications beside this wait.
SPANS_PER_SECOND = 10_000
NICENESS = 10
ATTEMPTS = 3
PAUSE_S = 1.0


def say(text: str) -> None:
    print(text, flush=True)


def tell(agent_url: str, untold: list[int], seed: int, requests_per_minute: float) -> Iterator[int]:
    """Sends these minutes, the oldest first and each in one payload, which arrives as a whole or not at all.

    Gives how many spans each had.
    """
    due = time.monotonic()
    with contextlib.closing(Intake(agent_url)) as intake:
        for minute in untold:
            chunks = shop.chunks(seed, minute, requests_per_minute)
            intake.send(chunks)
            spans = sum(map(len, chunks))
            yield spans
            now = time.monotonic()
            due = max(due + spans / SPANS_PER_SECOND, now)  # what was late isn't made up for by a burst
            time.sleep(due - now)


def tell_missing(agent_url: str, ui_url: str, wanted: range, seed: int, requests_per_minute: float) -> int:
    """Tells what isn't there of `wanted`, and gives how many spans that were.

    When the connection breaks, it isn't known what has arrived, and so it is asked for anew.
    """
    told = 0
    for attempt in range(1, ATTEMPTS + 1):
        try:
            untold = minutes.missing(ui_url, wanted)
            for place, spans in enumerate(tell(agent_url, untold, seed, requests_per_minute), start=1):
                told += spans
                if place * 4 % len(untold) < 4 and place < len(untold):
                    say(f"History: {place:,} of {len(untold):,} minutes, {told:,} spans.")
            break
        except (OSError, http.client.HTTPException, Refused):
            if attempt == ATTEMPTS:
                raise
            time.sleep(PAUSE_S)
    return told


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo.history", description=__doc__.splitlines()[0])
    parser.add_argument("--agent", required=True, metavar="URL", help="where tracers send to")
    parser.add_argument("--ui", required=True, metavar="URL", help="where Vizsla's API is")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same history (default: %(default)s)")
    parser.add_argument("--hours", type=float, default=HOURS, help="how far back, 17.5 at most (default: %(default)g)")
    parser.add_argument(
        "--requests-per-minute",
        type=float,
        default=REQUESTS_PER_MINUTE,
        metavar="N",
        help="in the mean of a day (default: %(default)g)",
    )
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    os.nice(NICENESS)
    began = time.monotonic()
    wanted = minutes.wanted(options.hours)
    try:
        spans = tell_missing(options.agent, options.ui, wanted, options.seed, options.requests_per_minute)
    except (OSError, http.client.HTTPException, Refused) as problem:
        print(f"The history can't be told to its end: {problem}. Started again, it goes on.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    link = f"{options.ui}/services?env={ENV}&from=now-{options.hours:.0f}h"
    if spans:
        say(f"History: {spans:,} spans of a synthetic shop in env {ENV}, told in {time.monotonic() - began:.0f} s.")
    else:
        say(f"History: env {ENV} has it already; nothing was sent.")
    say(f"\n  {link}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
