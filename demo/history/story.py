"""What happens in the shop, and when: how busy it is, which version is out, and when its database is in trouble.

A function of the clock and nothing else, so that a minute that is told twice is the same minute. It comes round every
twelve hours, so whatever seventeen hours are told, a release with some hours on both sides and an incident are in them.
"""

import math
from datetime import UTC, datetime, timedelta

MINUTES_PER_DAY = 24 * 60

# Releases at 03:00 and 15:00 UTC. Each makes one resource slower; a patch mends that four hours later.
RELEASE_EVERY_MINUTES = 12 * 60
FIRST_RELEASE_MINUTE = 3 * 60
PATCH_AFTER_MINUTES = 4 * 60

# The database has too few connections for these twenty minutes after each release: 09:20 and 21:20 UTC.
INCIDENT_AFTER_MINUTES = 6 * 60 + 20
INCIDENT_MINUTES = 20

BUSIEST_MINUTE_OF_DAY = 16 * 60
QUIETEST_SHARE = 0.2


def busyness(minute: int) -> float:
    """How many requests come in this minute since 1970, as a share of the mean of a day: from 0.33 at 04:00 UTC to 1.67."""
    from_noon = math.cos(2 * math.pi * (minute - BUSIEST_MINUTE_OF_DAY) / MINUTES_PER_DAY)
    swing = (1 - QUIETEST_SHARE) / (1 + QUIETEST_SHARE)
    return 1 + swing * from_noon


def since_release(minute: int) -> int:
    """Minutes."""
    return (minute - FIRST_RELEASE_MINUTE) % RELEASE_EVERY_MINUTES


def slowed_by_release(minute: int) -> bool:
    return since_release(minute) < PATCH_AFTER_MINUTES


def in_incident(minute: int) -> bool:
    return INCIDENT_AFTER_MINUTES <= since_release(minute) < INCIDENT_AFTER_MINUTES + INCIDENT_MINUTES


def version(minute: int) -> str:
    """By the day it was released and its number on that day: `26.11.22-1` is slow, `26.11.22-2` its patch."""
    released = minute - since_release(minute)
    day = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=released)
    releases_before = (released % MINUTES_PER_DAY) // RELEASE_EVERY_MINUTES
    return f"{day:%y.%m.%d}-{2 * releases_before + (1 if slowed_by_release(minute) else 2)}"
