"""What the applications use and nobody traces: the cache on $CACHE_PORT, the payment provider on $PAYMENTS_PORT."""

import os
import threading

from demo.outside.cache import CacheServer
from demo.outside.payments import PaymentsProxy


def main() -> None:
    cache = CacheServer(("127.0.0.1", int(os.environ["CACHE_PORT"])))
    payments = PaymentsProxy(("127.0.0.1", int(os.environ["PAYMENTS_PORT"])))
    threading.Thread(target=cache.serve_forever, daemon=True).start()
    print("ready", flush=True)
    payments.serve_forever()


if __name__ == "__main__":
    main()
