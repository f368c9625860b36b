from collections import Counter
from itertools import islice

from demo.driver import mix


def dealt(seed: int, count: int) -> list[mix.Request]:
    """The requests after the opening."""
    return list(islice(mix.requests(seed), len(mix.OPENING), len(mix.OPENING) + count))


def test_same_seed_makes_the_same_requests_at_the_same_times():
    assert dealt(seed=7, count=500) == dealt(seed=7, count=500)
    assert list(islice(mix.gaps(7, 5.0), 500)) == list(islice(mix.gaps(7, 5.0), 500))


def test_another_seed_makes_others():
    assert dealt(seed=7, count=100) != dealt(seed=8, count=100)


def test_every_hundred_holds_three_failures_and_two_slow_ones():
    requests = dealt(seed=1, count=1000)
    for start in range(0, 1000, 100):
        hundred = requests[start : start + 100]
        assert sum(request.fails for request in hundred) == 3
        assert sum(request.slow for request in hundred) == 2


def test_shares_add_up_to_a_hundred():
    assert sum(mix.SHARES.values()) == 100


def test_index_is_rebuilt_at_once_and_then_rarely():
    requests = islice(mix.requests(seed=1), 2 * mix.REQUESTS_PER_REBUILD)
    rebuilds = [at for at, request in enumerate(requests) if request.path == "/index/rebuild"]
    assert rebuilds[0] < len(mix.OPENING)
    assert len(rebuilds) == 2
    assert rebuilds[1] >= mix.REQUESTS_PER_REBUILD


def test_a_reference_is_used_twice_only_where_that_is_meant_to_fail():
    references = Counter(
        request.body["reference"]
        for request in islice(mix.requests(seed=3), 1000)
        if request.path == "/checkout" and not (request.fails and request.body["card"] != "tok_outage")
    )
    assert set(references.values()) == {1}
    assert "order-1" in references


def test_requests_arrive_at_the_rate():
    gaps = list(islice(mix.gaps(seed=1, rate=5.0), 5000))
    assert 0.19 < sum(gaps) / len(gaps) < 0.21
