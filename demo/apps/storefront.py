"""storefront: the shop's pages. Asks catalog and orders for what they show; carts live in the cache."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import redis
import requests
from ddtrace import tracer
from flask import Flask, abort
from flask import request as flask_request

from demo.apps.latency import takes
from demo.apps.serving import serve

CATALOG_URL = os.environ["CATALOG_URL"]
ORDERS_URL = os.environ["ORDERS_URL"]
CART_SECONDS = 600
VAT_PERCENT = 19

app = Flask("storefront")
cache = redis.Redis.from_url(os.environ["CACHE_URL"], decode_responses=True)


def ask(method: str, url: str, **options: Any) -> Any:
    """The JSON that another service answers. Its 404 becomes ours; any other refusal is an exception."""
    answer = requests.request(method, url, timeout=10, **options)
    if answer.status_code == 404:
        abort(404)
    answer.raise_for_status()
    return answer.json()


def customer_id() -> int:
    return int(flask_request.headers.get("X-Customer", 1))


@app.before_request
def describe_customer() -> None:
    """Tags the entry span, so that traces can be found by customer."""
    span = tracer.current_root_span()
    span.set_tag("customer.id", str(customer_id()))
    span.set_tag("customer.tier", "gold" if customer_id() <= 2 else "standard")


@app.get("/")
def home() -> dict[str, Any]:
    # The parts of the page don't need one another, so they are asked for at the same time.
    with ThreadPoolExecutor(max_workers=4) as pool:
        parts = {
            "featured": pool.submit(ask, "GET", f"{CATALOG_URL}/featured"),
            "recommended": pool.submit(ask, "GET", f"{CATALOG_URL}/recommendations"),
            "orders": pool.submit(ask, "GET", f"{ORDERS_URL}/customers/{customer_id()}/summary"),
            "cart": pool.submit(cache.hgetall, f"cart:{customer_id()}"),
        }
        return {name: part.result() for name, part in parts.items()}


@app.get("/products/<int:product_id>")
def product_page(product_id: int) -> dict[str, Any]:
    product = ask("GET", f"{CATALOG_URL}/products/{product_id}")
    return {**product, "price_with_vat": price_with_vat(product)}


@tracer.wrap(name="price_with_vat")
def price_with_vat(product: dict[str, Any]) -> int:
    takes(0.004)
    # Fails for a product without a price: one of the demo's three errors.
    return product["price_cents"] * (100 + VAT_PERCENT) // 100


@app.get("/search")
def search() -> dict[str, Any]:
    return {"found": ask("GET", f"{CATALOG_URL}/search", params=flask_request.args)}


@app.post("/cart/items")
def add_to_cart() -> tuple[dict[str, Any], int]:
    item = flask_request.get_json()
    product = ask("GET", f"{CATALOG_URL}/products/{item['product_id']}")
    key = f"cart:{customer_id()}"
    quantity = cache.hincrby(key, product["name"], item["quantity"])
    cache.expire(key, CART_SECONDS)
    return {"product": product["name"], "quantity": quantity}, 201


@app.get("/cart")
def cart() -> dict[str, Any]:
    return cache.hgetall(f"cart:{customer_id()}")


@app.post("/checkout")
def checkout() -> tuple[dict[str, Any], int]:
    order = ask("POST", f"{ORDERS_URL}/orders", json={**flask_request.get_json(), "customer_id": customer_id()})
    tracer.current_root_span().set_metric("order.total_cents", order["total_cents"])
    cache.delete(f"cart:{customer_id()}")
    return order, 201


@app.get("/account/orders")
def order_history() -> dict[str, Any]:
    return {"orders": ask("GET", f"{ORDERS_URL}/customers/{customer_id()}/orders")}


if __name__ == "__main__":
    serve(app)
