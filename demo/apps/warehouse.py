"""warehouse: packs the orders that the queue brings. The trace goes on from the one that placed the order."""

import json
import os
from typing import Any

import redis
from ddtrace import tracer
from kombu import Message

from demo.apps import database, order_queue
from demo.apps.latency import takes
from demo.apps.serving import announce_ready, exit_on_sigterm

cache = redis.Redis.from_url(os.environ["CACHE_URL"], decode_responses=True)


def create_tables() -> None:
    with database.connect() as db:
        db.executescript(
            "CREATE TABLE IF NOT EXISTS shipments (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL,"
            " parcels INTEGER NOT NULL);"
        )


def on_placed_order(order: dict[str, Any], message: Message) -> None:
    parcels = pack(order)
    with database.connect() as db:
        db.execute("INSERT INTO shipments (order_id, parcels) VALUES (?, ?)", (order["order_id"], parcels))
    message.ack()


@tracer.wrap(name="pack_order")
def pack(order: dict[str, Any]) -> int:
    tracer.current_span().set_tag("order.id", str(order["order_id"]))
    for line in order["lines"]:
        takes(0.04)
        cache.incrby(f"packed:{line['product_id']}", line["quantity"])
    return len(order["lines"])


def main() -> None:
    exit_on_sigterm()
    create_tables()
    with (
        order_queue.connect() as connection,
        connection.Consumer(order_queue.PLACED_ORDERS, callbacks=[on_placed_order]),
    ):
        announce_ready()
        while True:
            try:
                connection.drain_events()
            except json.JSONDecodeError:
                # This transport may take up a message's file before its writer has filled it. Once in some hours an
                # order is lost to that, which a demo can bear.
                pass


if __name__ == "__main__":
    main()
