"""orders: takes orders, has them paid by a third party, and hands them to the warehouse through a queue."""

import os
import sqlite3
from typing import Any

import requests
from ddtrace import tracer
from flask import Flask
from flask import request as flask_request

from demo.apps import database, order_queue
from demo.apps.latency import takes
from demo.apps.serving import serve

CATALOG_URL = os.environ["CATALOG_URL"]
# The payment provider is reached through a proxy of the demo's own, which answers in its place: the spans name the
# third party, and nothing leaves the machine.
PAYMENTS_URL = "http://api.payments.example/v1/charges"
PAYMENTS_PROXY = {"http": os.environ["PAYMENTS_PROXY_URL"]}

CUSTOMER_COUNT = 8
ORDERS_PER_CUSTOMER = 20

app = Flask("orders")


def create_tables() -> None:
    past_orders = [
        (number, f"past-{number}", number % CUSTOMER_COUNT + 1, 1000 + 10 * number)
        for number in range(CUSTOMER_COUNT * ORDERS_PER_CUSTOMER)
    ]
    with database.connect() as db:
        db.executescript(
            "CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE,"
            " customer_id INTEGER NOT NULL, total_cents INTEGER NOT NULL, status TEXT NOT NULL DEFAULT 'placed');"
            "CREATE TABLE IF NOT EXISTS order_lines (order_id INTEGER NOT NULL, product_id INTEGER NOT NULL,"
            " quantity INTEGER NOT NULL);"
            "CREATE INDEX IF NOT EXISTS order_lines_by_order ON order_lines (order_id);"
        )
        if db.execute("SELECT count(*) FROM orders").fetchone() != (0,):
            return  # started again after a crash
        db.executemany("INSERT INTO orders (id, reference, customer_id, total_cents) VALUES (?, ?, ?, ?)", past_orders)
        db.executemany(
            "INSERT INTO order_lines (order_id, product_id, quantity) VALUES (?, ?, 1)",
            [(order[0], order[0] % 12 + 1) for order in past_orders],
        )


@app.post("/orders")
def place_order() -> tuple[dict[str, Any], int]:
    order = flask_request.get_json()
    total_cents = price(order["lines"])
    with database.connect() as db:
        order_id = store(db, order, total_cents)
    charge(order, total_cents)
    with database.connect() as db:
        db.execute("UPDATE orders SET status = 'paid' WHERE id = ?", (order_id,))
    publish({"order_id": order_id, "lines": order["lines"]})
    return {"order_id": order_id, "total_cents": total_cents}, 201


def price(lines: list[dict[str, int]]) -> int:
    answer = requests.get(f"{CATALOG_URL}/prices", params={"id": [line["product_id"] for line in lines]}, timeout=10)
    answer.raise_for_status()
    prices = answer.json()
    return sum(prices[str(line["product_id"])] * line["quantity"] for line in lines)


def store(db: sqlite3.Connection, order: dict[str, Any], total_cents: int) -> int:
    # A reference used twice violates the UNIQUE constraint: one of the demo's three errors.
    order_id = db.execute(
        "INSERT INTO orders (reference, customer_id, total_cents) VALUES (?, ?, ?)",
        (order["reference"], order["customer_id"], total_cents),
    ).lastrowid
    db.executemany(
        "INSERT INTO order_lines (order_id, product_id, quantity) VALUES (?, ?, ?)",
        [(order_id, line["product_id"], line["quantity"]) for line in order["lines"]],
    )
    return order_id


@tracer.wrap(name="charge")
def charge(order: dict[str, Any], total_cents: int) -> None:
    charge_request = {"reference": order["reference"], "amount_cents": total_cents, "card": order["card"]}
    answer = requests.post(PAYMENTS_URL, json=charge_request, proxies=PAYMENTS_PROXY, timeout=10)
    # Fails while the provider is out of order: one of the demo's three errors.
    answer.raise_for_status()


def publish(placed_order: dict[str, Any]) -> None:
    with order_queue.connect() as connection:
        connection.Producer().publish(
            placed_order,
            exchange=order_queue.EXCHANGE,
            routing_key=order_queue.PLACED_ORDERS.routing_key,
            declare=[order_queue.PLACED_ORDERS],
        )


@app.get("/customers/<int:customer_id>/orders")
def order_history(customer_id: int) -> list[dict[str, Any]]:
    """Asks for the lines of each order by itself: the query repeated once per row that a JOIN would have spared."""
    takes(0.01)
    with database.connect() as db:
        found = db.execute(
            "SELECT id, total_cents FROM orders WHERE customer_id = ? ORDER BY id LIMIT ?",
            (customer_id, ORDERS_PER_CUSTOMER),
        ).fetchall()
        return [
            {"order_id": order_id, "total_cents": total_cents, "lines": order_lines(db, order_id)}
            for order_id, total_cents in found
        ]


def order_lines(db: sqlite3.Connection, order_id: int) -> list[tuple[int, int]]:
    takes(0.003)
    return db.execute("SELECT product_id, quantity FROM order_lines WHERE order_id = ?", (order_id,)).fetchall()


@app.get("/customers/<int:customer_id>/summary")
def customer_summary(customer_id: int) -> dict[str, int]:
    takes(0.05)
    with database.connect() as db:
        count, total_cents = db.execute(
            "SELECT count(*), sum(total_cents) FROM orders WHERE customer_id = ?", (customer_id,)
        ).fetchone()
    return {"orders": count, "total_cents": total_cents}


if __name__ == "__main__":
    create_tables()
    serve(app)
