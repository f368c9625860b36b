import io
import threading

import pytest
import redis

from demo.outside.cache import Cache, CacheServer, ProtocolError, read_command


@pytest.fixture
def client():
    with CacheServer(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with redis.Redis(port=server.server_address[1], protocol=2, decode_responses=True) as connected:
            yield connected
        server.shutdown()
        thread.join()


def test_keeps_values_of_any_bytes(client):
    assert client.set("key", "two\r\nlines, naïve") is True
    assert client.get("key") == "two\r\nlines, naïve"
    assert client.mget("key", "missing") == ["two\r\nlines, naïve", None]


def test_counts(client):
    assert client.incrby("packed", 2) == 2
    assert client.incrby("packed", 3) == 5
    assert client.hincrby("cart", "lamp", 1) == 1
    assert client.hincrby("cart", "lamp", 4) == 5
    assert client.hgetall("cart") == {"lamp": "5"}
    assert client.hgetall("no cart") == {}


def test_deletes(client):
    client.set("key", "value")
    assert client.delete("key", "missing") == 1
    assert client.get("key") is None


def test_refuses_what_it_does_not_know(client):
    with pytest.raises(redis.ResponseError, match="unknown command"):
        client.lpush("list", "value")


def test_forgets_what_has_expired():
    now = 100.0
    cache = Cache(clock=lambda: now)
    cache.execute([b"SET", b"short", b"1", b"EX", b"20"])
    cache.execute([b"SET", b"long", b"1"])
    now = 119.9
    assert cache.execute([b"GET", b"short"]) == b"$1\r\n1\r\n"
    now = 120.0
    assert cache.execute([b"GET", b"short"]) == b"$-1\r\n"
    assert cache.execute([b"GET", b"long"]) == b"$1\r\n1\r\n"
    assert cache.execute([b"EXPIRE", b"long", b"5"]) == b":1\r\n"
    assert cache.execute([b"EXPIRE", b"short", b"5"]) == b":0\r\n"
    now = 125.0
    assert cache.execute([b"GET", b"long"]) == b"$-1\r\n"


def test_setting_a_key_again_ends_its_expiry():
    now = 0.0
    cache = Cache(clock=lambda: now)
    cache.execute([b"SET", b"key", b"1", b"EX", b"20"])
    cache.execute([b"SET", b"key", b"2"])
    now = 21.0
    assert cache.execute([b"GET", b"key"]) == b"$1\r\n2\r\n"


def test_reads_commands_until_the_connection_ends():
    stream = io.BytesIO(b"*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\n")
    assert read_command(stream) == [b"PING"]
    assert read_command(stream) == [b"GET", b""]
    assert read_command(stream) is None


def test_says_what_is_wrong_with_another_protocol():
    with pytest.raises(ProtocolError, match=r"expected a line starting with b'\*', got b'GET / HTTP/1.1"):
        read_command(io.BytesIO(b"GET / HTTP/1.1\r\n\r\n"))
