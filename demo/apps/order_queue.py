"""The queue between orders and warehouse: files in $QUEUE_DIR, so that it takes no broker."""

import os

from kombu import Connection, Exchange, Queue

EXCHANGE = Exchange("orders", type="direct")
PLACED_ORDERS = Queue("orders.placed", exchange=EXCHANGE, routing_key="placed")


def connect() -> Connection:
    folder = os.environ["QUEUE_DIR"]
    return Connection(
        "filesystem://",
        transport_options={
            "data_folder_in": folder,
            "data_folder_out": folder,
            "control_folder": f"{folder}/control",
            "polling_interval": 0.2,
        },
    )
