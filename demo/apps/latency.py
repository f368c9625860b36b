"""Pretended work: sleeps instead of computing, so that the demo leaves the processor to the server it shows."""

import math
import random
import time


def takes(median_s: float) -> None:
    """Sleeps around `median_s`, with the long right side of real latencies: 95 % stay below 1.9 × the median."""
    time.sleep(random.lognormvariate(math.log(median_s), 0.4))
