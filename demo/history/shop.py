"""The traces of one minute of the shop: customers ask `web`, which asks `api`, which asks a database, a cache and a queue.

The same minute has the same traces, with the same ids, for the same seed. Each begins and ends within its minute at
`web`, so that a minute can be recognised by its requests; what `mailer` takes from the queue may go on a little longer.
"""

import random
from collections.abc import Callable
from dataclasses import replace

from demo.history import story
from demo.history.part import Callee, Part, Program, Span, fail

NS_PER_MINUTE = 60_000_000_000
FRONT_SERVICE = "web"

WEB = Program(FRONT_SERVICE, "javascript", "express.request", "web", "server", "express")
API = Program("api", "jvm", "servlet.request", "web", "server", "tomcat")
MAILER = Program("mailer", "python", "kafka.consume", "worker", "consumer", "kafka")

DATABASE = Callee(
    "postgres",
    "postgresql.query",
    "sql",
    "client",
    {"component": "java-jdbc", "db.system": "postgresql", "db.name": "shop", "out.host": "postgres.shop.example"},
)
CACHE = Callee("redis", "redis.command", "redis", "client", {"component": "redis", "out.host": "redis.shop.example"})
QUEUE = Callee(
    "kafka", "kafka.produce", "queue", "producer", {"component": "kafka", "messaging.destination.name": "orders"}
)
MAIL_SERVER = Callee("smtp", "smtp.send", "custom", "client", {"out.host": "smtp.shop.example"})

SELECT_PRODUCT = "SELECT id, name, price_cents FROM products WHERE id = ?"
SELECT_REVIEWS = "SELECT stars, text FROM reviews WHERE product_id = ? ORDER BY written_at DESC LIMIT ?"
SELECT_SIMILAR = "SELECT id, name FROM products ORDER BY similarity ( name, ? ) DESC LIMIT ?"
SELECT_FEATURED = "SELECT id, name, price_cents FROM products WHERE featured LIMIT ?"
SELECT_MATCHES = "SELECT id, name FROM products WHERE name ILIKE ? LIMIT ?"
SELECT_STOCK = "SELECT quantity FROM stock WHERE product_id = ? FOR UPDATE"
INSERT_ORDER = "INSERT INTO orders ( customer_id, total_cents ) VALUES ( ? ) RETURNING id"
SELECT_ADDRESS = "SELECT address FROM customers WHERE id = ?"

PRODUCT_CACHED_SHARE = 0.7
CARD_REFUSED_SHARE = 0.01
# While the database is in trouble: how much longer its answers take, and how many orders wait for a connection in vain.
INCIDENT_SLOWDOWN = 6.0
POOL_TIMEOUT_SHARE = 0.4
POOL_TIMEOUT_MS = 3000.0

_CARD_REFUSED = (
    "com.shop.payment.CardRefused",
    "the bank refused the card",
    "com.shop.payment.CardRefused: the bank refused the card\n"
    "\tat com.shop.payment.Charge.run(Charge.java:58)\n"
    "\tat com.shop.orders.OrderController.place(OrderController.java:91)",
)
_POOL_TIMEOUT = (
    "java.sql.SQLTransientConnectionException",
    "shop-pool - Connection is not available, request timed out after 3000ms.",
    "java.sql.SQLTransientConnectionException: shop-pool - Connection is not available, request timed out after 3000ms.\n"
    "\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:696)\n"
    "\tat com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:197)\n"
    "\tat com.shop.orders.OrderRepository.insert(OrderRepository.java:44)\n"
    "\tat com.shop.orders.OrderController.place(OrderController.java:83)",
)


class Customer:
    """Makes the requests of one minute. Each gives the parts of its trace, `web`'s first."""

    def __init__(self, dice: random.Random, minute: int) -> None:
        self._dice = dice
        self._api = replace(API, version=story.version(minute))
        self._slowed = story.slowed_by_release(minute)
        self._incident = story.in_incident(minute)

    def sees_home(self) -> list[Part]:
        web, call, api = self._reach_api("GET /", "GET", "GET /api/featured")
        api.calls(CACHE, "GET featured", 0.5)
        if self._dice.random() > PRODUCT_CACHED_SHARE:
            self._query(api, SELECT_FEATURED, 6)
            api.calls(CACHE, "SET featured", 0.6)
        return self._answer(web, call, api)

    def sees_product(self) -> list[Part]:
        web, call, api = self._reach_api("GET /products/:id", "GET", "GET /api/products/{id}")
        api.calls(CACHE, "GET product", 0.5)
        if self._dice.random() > PRODUCT_CACHED_SHARE:
            self._query(api, SELECT_PRODUCT, 3)
            api.calls(CACHE, "SET product", 0.6)
        self._query(api, SELECT_REVIEWS, 5)
        if self._slowed:
            # What the release brought: similar products, found without an index.
            self._query(api, SELECT_SIMILAR, 140)
        return self._answer(web, call, api)

    def searches(self) -> list[Part]:
        web, call, api = self._reach_api("GET /search", "GET", "GET /api/search")
        self._query(api, SELECT_MATCHES, 28)
        api.works("rank", 9)
        return self._answer(web, call, api)

    def fills_cart(self) -> list[Part]:
        web, call, api = self._reach_api("POST /cart", "POST", "POST /api/cart")
        api.calls(CACHE, "HINCRBY cart", 0.5)
        api.calls(CACHE, "EXPIRE cart", 0.4)
        return self._answer(web, call, api)

    def checks_out(self) -> list[Part]:
        web, call, api = self._reach_api("POST /checkout", "POST", "POST /api/orders")
        if self._incident and self._dice.random() < POOL_TIMEOUT_SHARE:
            api.waits(POOL_TIMEOUT_MS)
            return self._fail(web, call, api, _POOL_TIMEOUT)
        for _ in range(self._dice.randint(1, 3)):
            self._query(api, SELECT_STOCK, 3)
        charge = api.works("charge", 120)
        if self._dice.random() < CARD_REFUSED_SHARE:
            fail(charge, *_CARD_REFUSED)
            return self._fail(web, call, api, _CARD_REFUSED)
        self._query(api, INSERT_ORDER, 7)
        sent = api.calls(QUEUE, "Produce Topic orders", 2)
        return [*self._answer(web, call, api), self._mail(sent)]

    def _reach_api(self, page: str, method: str, resource: str) -> tuple[Part, Span, Part]:
        web = Part(self._dice, WEB, page, parent_id=0, now_ns=0)
        web.spends(1.5)
        web.calls(CACHE, "GET session", 0.5)
        call = web.asks(method, "api.shop.example")
        api = Part(self._dice, self._api, resource, call["span_id"], web.now_ns)
        for part, path in ((web, page), (api, resource)):
            part.root["meta"] |= {"http.method": method, "http.route": path.split(" ")[1]}
        api.spends(2)
        return web, call, api

    def _query(self, api: Part, statement: str, usual_ms: float) -> None:
        api.calls(DATABASE, statement, usual_ms * (INCIDENT_SLOWDOWN if self._incident else 1))

    def _answer(self, web: Part, call: Span, api: Part) -> list[Part]:
        api.spends(1.5)
        api.ends(**{"http.status_code": "200"})
        web.answered(call, api)
        web.works("render", 4)
        web.ends(**{"http.status_code": "200"})
        return [web, api]

    def _fail(self, web: Part, call: Span, api: Part, error: tuple[str, str, str]) -> list[Part]:
        fail(api.root, *error)
        api.ends(**{"http.status_code": "500"})
        web.answered(call, api)
        fail(web.root, "Error", "api answered 500", "Error: api answered 500\n    at checkout (/shop/web/checkout.js:31:11)")
        web.ends(**{"http.status_code": "500"})
        return [web, api]

    def _mail(self, sent: Span) -> Part:
        """What comes of the message that `sent` has put in the queue."""
        taken_ns = sent["start"] + sent["duration"] + self._dice.randrange(5_000_000, 400_000_000)
        mailer = Part(self._dice, MAILER, "Consume Topic orders", sent["span_id"], taken_ns)
        mailer.spends(1)
        mailer.calls(DATABASE, SELECT_ADDRESS, 3)
        mailer.calls(MAIL_SERVER, "confirm order", 60)
        mailer.ends()
        return mailer


# Out of a hundred.
SHARES: dict[Callable[[Customer], list[Part]], int] = {
    Customer.sees_home: 26,
    Customer.sees_product: 38,
    Customer.searches: 16,
    Customer.fills_cart: 12,
    Customer.checks_out: 8,
}


def chunks(seed: int, minute: int, requests_per_minute: float) -> list[list[Span]]:
    """What the tracers of that minute since 1970 send. `requests_per_minute` is the mean of a day; there is always one."""
    dice = random.Random(f"history {seed} {minute}")
    usual = requests_per_minute * story.busyness(minute)
    count = max(1, round(dice.gauss(usual, usual**0.5)))
    customer = Customer(dice, minute)
    found = []
    for make in dice.choices(list(SHARES), list(SHARES.values()), k=count):
        parts = make(customer)
        # Shifted to end within the minute where it wouldn't.
        offset_ns = min(dice.randrange(NS_PER_MINUTE), NS_PER_MINUTE - 1 - parts[0].root["duration"])
        found += _dated(dice, parts, minute * NS_PER_MINUTE + max(0, offset_ns))
    return found


def _dated(dice: random.Random, parts: list[Part], begin_ns: int) -> list[list[Span]]:
    """The parts' spans as they are sent, with the trace's id and their true times."""
    trace_id = dice.getrandbits(63) or 1
    upper = f"{begin_ns // 1_000_000_000:08x}00000000"
    for part in parts:
        # Ids have 128 bits; their upper half travels beside them.
        part.root["meta"]["_dd.p.tid"] = upper
        for span in part.spans:
            span["trace_id"] = trace_id
            span["start"] += begin_ns
    return [part.spans for part in parts]
