"""Which requests people make, in which proportions, at which times: pure, and the same for the same seed.

Requests are dealt like cards: every hundred hold exactly `SHARES`, shuffled. So the shares of errors and of slow
requests are right after twenty seconds already, and not only in the long run.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

CUSTOMERS = tuple(range(1, 9))
CUSTOMER_WEIGHTS = (30, 20, 15, 10, 10, 5, 5, 5)
PRICED_PRODUCTS = tuple(number for number in range(1, 41) if number != 13)
UNPRICED_PRODUCT = 13
SEARCHES = ("lamp", "kettle", "copper", "woollen", "chair", "umbrella")
CARDS = ("tok_visa", "tok_mastercard", "tok_amex")

# The catalog rebuilds its index (a trace of 2,000 spans) at the start and then once in so many requests: about every
# five minutes at the usual rate.
REQUESTS_PER_REBUILD = 1500


@dataclass(frozen=True)
class Request:
    """One request to one of the applications, and what is to become of it."""

    target: str
    method: str
    path: str
    customer: int
    query: tuple[tuple[str, str], ...] = ()
    body: dict | None = field(default=None, hash=False)
    fails: bool = False  # answered with 500
    slow: bool = False  # takes 2 s and more


class Shoppers:
    """Makes up requests. Every order's reference is new, but for `reuse_reference`."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._orders = 0

    def rebuild_index(self) -> Request:
        return Request("catalog", "POST", "/index/rebuild", customer=1)

    def read_doc(self) -> Request:
        return self._get("doc_service", "/doc/")

    def think(self) -> Request:
        return self._get("thinker-api", "/think/", query=(("subject", "technology"),))

    def think_of_unknown(self) -> Request:
        return self._get("thinker-api", "/think/", query=(("subject", "technology"), ("subject", "foo_bar")))

    def see_home(self) -> Request:
        return self._get("storefront", "/")

    def see_product(self) -> Request:
        return self._get("storefront", f"/products/{self._rng.choice(PRICED_PRODUCTS)}")

    def see_unpriced_product(self) -> Request:
        return self._get("storefront", f"/products/{UNPRICED_PRODUCT}", fails=True)

    def search(self) -> Request:
        return self._get("storefront", "/search", query=(("q", self._rng.choice(SEARCHES)),))

    def search_archive(self) -> Request:
        query = (("q", self._rng.choice(SEARCHES)), ("archive", "1"))
        return self._get("storefront", "/search", query=query, slow=True)

    def add_to_cart(self) -> Request:
        item = {"product_id": self._rng.choice(PRICED_PRODUCTS), "quantity": self._rng.randint(1, 3)}
        return Request("storefront", "POST", "/cart/items", self._customer(), body=item)

    def see_cart(self) -> Request:
        return self._get("storefront", "/cart")

    def see_orders(self) -> Request:
        return self._get("storefront", "/account/orders")

    def see_nothing(self) -> Request:
        return self._get("storefront", "/wishlist")

    def check_out(self) -> Request:
        return self._check_out(self._new_reference(), self._rng.choice(CARDS))

    def check_out_slowly(self) -> Request:
        return self._check_out(self._new_reference(), "tok_slow", slow=True)

    def pay_during_outage(self) -> Request:
        return self._check_out(self._new_reference(), "tok_outage", fails=True)

    def reuse_reference(self) -> Request:
        return self._check_out("order-1", self._rng.choice(CARDS), fails=True)

    def _get(self, target: str, path: str, **more) -> Request:
        return Request(target, "GET", path, self._customer(), **more)

    def _check_out(self, reference: str, card: str, **more) -> Request:
        products = self._rng.sample(PRICED_PRODUCTS, k=self._rng.randint(1, 4))
        lines = [{"product_id": product, "quantity": self._rng.randint(1, 3)} for product in products]
        body = {"reference": reference, "card": card, "lines": lines}
        return Request("storefront", "POST", "/checkout", self._customer(), body=body, **more)

    def _new_reference(self) -> str:
        self._orders += 1
        return f"order-{self._orders}"

    def _customer(self) -> int:
        return self._rng.choices(CUSTOMERS, CUSTOMER_WEIGHTS)[0]


# Out of every hundred requests. Three fail on the entry span, two take 2 s.
SHARES: dict[Callable[[Shoppers], Request], int] = {
    Shoppers.read_doc: 8,
    Shoppers.think: 6,
    Shoppers.think_of_unknown: 6,
    Shoppers.see_home: 14,
    Shoppers.see_product: 22,
    Shoppers.see_unpriced_product: 1,
    Shoppers.search: 11,
    Shoppers.search_archive: 1,
    Shoppers.add_to_cart: 8,
    Shoppers.see_cart: 5,
    Shoppers.see_orders: 5,
    Shoppers.see_nothing: 2,
    Shoppers.check_out: 8,
    Shoppers.check_out_slowly: 1,
    Shoppers.pay_during_outage: 1,
    Shoppers.reuse_reference: 1,
}

# What is most worth seeing comes first. It holds the order whose reference is reused later.
OPENING = (
    Shoppers.check_out,
    Shoppers.read_doc,
    Shoppers.rebuild_index,
    Shoppers.see_home,
    Shoppers.see_orders,
)


def requests(seed: int) -> Iterator[Request]:
    """The opening, then hundred after hundred, without end."""
    rng = random.Random(f"requests {seed}")
    shoppers = Shoppers(rng)
    for make in OPENING:
        yield make(shoppers)
    deck = [make for make, count in SHARES.items() for _ in range(count)]
    dealt = 0
    while True:
        rng.shuffle(deck)
        for make in deck:
            yield make(shoppers)
        dealt += len(deck)
        if dealt % REQUESTS_PER_REBUILD == 0:
            yield shoppers.rebuild_index()


def gaps(seed: int, rate: float) -> Iterator[float]:
    """Seconds between one request and the next: `rate` per second, arriving as independently as people do."""
    rng = random.Random(f"gaps {seed}")
    while True:
        yield rng.expovariate(rate)
