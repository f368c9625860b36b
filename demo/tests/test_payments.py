import threading

import pytest
import requests

from demo.outside import payments


@pytest.fixture
def proxies():
    with payments.PaymentsProxy(("127.0.0.1", 0)) as proxy:
        thread = threading.Thread(target=proxy.serve_forever)
        thread.start()
        yield {"http": f"http://127.0.0.1:{proxy.server_address[1]}"}
        proxy.shutdown()
        thread.join()


def test_answers_in_the_place_of_the_third_party(proxies):
    answer = requests.post(payments.CHARGES_URL, json={"card": "tok_visa"}, proxies=proxies, timeout=5)
    assert (answer.status_code, answer.json()) == (201, {"status": "accepted"})


def test_is_out_of_order_for_one_card(proxies):
    answer = requests.post(payments.CHARGES_URL, json={"card": "tok_outage"}, proxies=proxies, timeout=5)
    assert answer.status_code == 503


def test_serves_no_other_site(proxies):
    answer = requests.post("http://other.example/", json={}, proxies=proxies, timeout=5)
    assert answer.status_code == 404


def test_takes_two_seconds_for_another_card():
    _, _, seconds = payments.charge("tok_slow")
    assert seconds == 2
