"""A service's own SQLite file, at $DATABASE."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def connect() -> Iterator[sqlite3.Connection]:
    """One connection for one unit of work: committed at the end, rolled back on an exception, closed in any case."""
    connection = sqlite3.connect(os.environ["DATABASE"], timeout=5)
    try:
        with connection:
            yield connection
    finally:
        connection.close()
