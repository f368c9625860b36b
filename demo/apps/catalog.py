"""catalog: what the shop sells. SQLite, with the cache before it.

Version 1.1.0 (by $DD_VERSION) is the deployment that went wrong: it ranks related products on every read of a product,
and is several times slower for it.
"""

import json
import os
import sqlite3
import time
from typing import Any

import redis
from ddtrace import tracer
from flask import Flask, abort
from flask import request as flask_request

from demo.apps import database
from demo.apps.latency import takes
from demo.apps.serving import serve

RANKS_RELATED_PRODUCTS = os.environ["DD_VERSION"] == "1.1.0"
PRODUCT_CACHE_SECONDS = 20

PRODUCT_COUNT = 40
UNPRICED_PRODUCT_ID = 13
ADJECTIVES = ("folding", "woollen", "copper", "paper", "silent", "tiny", "oiled", "striped")
NOUNS = ("lamp", "kettle", "blanket", "notebook", "chair")

INDEX_SHARDS = 20
DOCUMENTS_PER_SHARD = 99

app = Flask("catalog")
cache = redis.Redis.from_url(os.environ["CACHE_URL"], decode_responses=True)


def create_tables() -> None:
    products = [
        (
            number,
            f"{ADJECTIVES[number % len(ADJECTIVES)]} {NOUNS[number % len(NOUNS)]}",
            None if number == UNPRICED_PRODUCT_ID else 500 + 150 * number,
        )
        for number in range(1, PRODUCT_COUNT + 1)
    ]
    with database.connect() as db:
        db.executescript(
            "CREATE TABLE IF NOT EXISTS products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price_cents INTEGER);"
            "CREATE TABLE IF NOT EXISTS archive (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
        )
        db.executemany("INSERT OR IGNORE INTO products (id, name, price_cents) VALUES (?, ?, ?)", products)
        db.executemany("INSERT OR IGNORE INTO archive (id, name) VALUES (?, ?)", [p[:2] for p in products])


def to_json(row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(("id", "name", "price_cents"), row))


def find_product(product_id: int) -> dict[str, Any] | None:
    key = f"product:{product_id}"
    if cached := cache.get(key):
        return json.loads(cached)
    with database.connect() as db:
        row = db.execute("SELECT id, name, price_cents FROM products WHERE id = ?", (product_id,)).fetchone()
    if row is None:
        return None
    cache.set(key, json.dumps(to_json(row)), ex=PRODUCT_CACHE_SECONDS)
    return to_json(row)


@tracer.wrap(name="rank_related")
def rank_related(product: dict[str, Any]) -> list[int]:
    tracer.current_span().set_metric("candidates", PRODUCT_COUNT)
    takes(0.18)
    return [(product["id"] + step) % PRODUCT_COUNT + 1 for step in (3, 7, 11)]


@app.get("/products/<int:product_id>")
def product(product_id: int) -> dict[str, Any]:
    takes(0.008)
    found = find_product(product_id)
    if found is None:
        abort(404)
    if RANKS_RELATED_PRODUCTS:
        found["related"] = rank_related(found)
    return found


@app.get("/prices")
def prices() -> dict[str, int]:
    ids = [int(product_id) for product_id in flask_request.args.getlist("id")]
    marks = ", ".join("?" * len(ids))
    with database.connect() as db:
        return dict(db.execute(f"SELECT id, price_cents FROM products WHERE id IN ({marks})", ids).fetchall())


@app.get("/featured")
def featured() -> list[dict[str, Any]]:
    takes(0.03)
    with database.connect() as db:
        rows = db.execute("SELECT id, name, price_cents FROM products ORDER BY price_cents DESC LIMIT 5").fetchall()
    return [to_json(row) for row in rows]


@app.get("/recommendations")
def recommendations() -> list[int]:
    takes(0.09)
    recent = cache.mget("product:1", "product:2", "product:3")
    return [json.loads(product)["id"] for product in recent if product]


@app.get("/search")
def search() -> list[dict[str, Any]]:
    takes(0.02)
    words = flask_request.args["q"]
    with database.connect() as db:
        if "archive" in flask_request.args:
            return search_archive(db, words)
        rows = db.execute(
            "SELECT id, name, price_cents FROM products WHERE name LIKE ? ORDER BY name LIMIT 10", (f"%{words}%",)
        ).fetchall()
    return [to_json(row) for row in rows]


def search_archive(db: sqlite3.Connection, words: str) -> list[dict[str, Any]]:
    """A slow query: nothing indexes the archive, so `similarity` is computed for every row, 50 ms each."""

    def similarity(name: str, wanted: str) -> float:
        time.sleep(2 / PRODUCT_COUNT)
        return len(set(name) & set(wanted)) / len(set(wanted))

    db.create_function("similarity", 2, similarity)
    rows = db.execute("SELECT id, name FROM archive ORDER BY similarity(name, ?) DESC LIMIT 5", (words,)).fetchall()
    return [to_json(row) for row in rows]


@app.post("/index/rebuild")
def rebuild_index() -> dict[str, int]:
    """One trace of 2,000 spans besides the request's own."""
    for shard in range(INDEX_SHARDS):
        with tracer.trace("index.shard", resource=f"shard {shard}"):
            for number in range(DOCUMENTS_PER_SHARD):
                with tracer.trace("index.document", resource="product") as span:
                    span.set_tag("document.id", f"{shard}-{number}")
                    time.sleep(0.0003)
    return {"shards": INDEX_SHARDS, "documents": INDEX_SHARDS * DOCUMENTS_PER_SHARD}


if __name__ == "__main__":
    create_tables()
    serve(app)
