"""The cache door on a real Valkey, alive, dead and frozen."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
import redis
from prometheus_client import REGISTRY

from epm.platform import breaker, cache
from epm.platform.breaker import Breaker
from epm.platform.cache import CacheKind, Codec, remember
from tests.epm.platform.valkey import PrivateValkey


@pytest.fixture(scope="module")
def server():
    valkey = PrivateValkey()
    yield valkey
    valkey.close()


@pytest.fixture(autouse=True)
def valkey(server, settings, monkeypatch):
    """A Valkey that lives and is empty; a breaker that has seen nothing yet."""
    if server.process.poll() is not None:
        server.start()
    monkeypatch.setattr(breaker, "redis", Breaker())
    settings.CACHES = {"default": {"LOCATION": server.url}}
    redis.Redis.from_url(server.url).flushall()
    yield server
    server.thaw()


class Counted:
    """A computation that knows how often it ran."""

    def __init__(self, value="computed", *, seconds=0.0):
        self.value = value
        self.seconds = seconds
        self.runs = 0

    def __call__(self):
        self.runs += 1
        time.sleep(self.seconds)
        return self.value


def ask(compute, *, key=("what",), version="1", kind=CacheKind.FIGURES, **more):
    return remember(kind=kind, key=key, version=version, compute=compute, **more)


def outcomes(kind=CacheKind.FIGURES):
    def count(outcome):
        labels = {"kind": str(kind), "outcome": outcome}
        return REGISTRY.get_sample_value("epm_cache_requests_total", labels) or 0

    return {outcome: count(outcome) for outcome in ("hit", "miss", "wait", "error", "off")}


@pytest.fixture
def counted():
    """How often each outcome has been counted since."""
    before = outcomes()
    return lambda: {
        name: count - before[name] for name, count in outcomes().items() if count != before[name]
    }


def test_a_second_question_is_not_computed(counted):
    compute = Counted({"a": [1, None, "é"]})

    assert [ask(compute), ask(compute)] == [{"a": [1, None, "é"]}] * 2
    assert compute.runs == 1
    assert counted() == {"miss": 1, "hit": 1}


@pytest.mark.parametrize(
    "other",
    [{"version": "2"}, {"key": ("wha", "t")}, {"key": ("what", "")}, {"kind": CacheKind.PAGE}],
)
def test_another_version_key_or_kind_is_another_question(other):
    ask(Counted("first"))

    assert ask(Counted("second"), **other) == "second"
    assert ask(Counted("third")) == "first"


def test_another_release_of_the_code_is_another_question(monkeypatch):
    ask(Counted("old"))
    monkeypatch.setattr(cache.release, "fingerprint", lambda: "another")

    assert ask(Counted("new")) == "new"


def test_a_first_answer_is_like_every_other():
    assert ask(Counted(("tuple",))) == ask(Counted()) == ["tuple"]


def test_a_codec_brings_back_what_went_in():
    amounts = Codec(to_json=lambda value: f"{value:f}", from_json=Decimal)
    compute = Counted(Decimal("1.10"))

    assert [ask(compute, codec=amounts), ask(compute, codec=amounts)] == [Decimal("1.10")] * 2
    assert compute.runs == 1


def test_what_json_has_not_is_refused_not_guessed():
    with pytest.raises(TypeError):
        ask(Counted(Decimal("1.10")))


@pytest.mark.parametrize("kind", CacheKind)
def test_it_is_forgotten_within_its_kinds_time_and_not_all_at_once(kind, valkey):
    for number in range(8):
        ask(Counted(), key=(str(number),), kind=kind)

    client = redis.Redis.from_url(valkey.url)
    left = [client.pttl(name) / 1000 for name in client.scan_iter()]
    assert len(set(left)) == 8
    assert all(kind.seconds * 0.9 - 5 < seconds <= kind.seconds for seconds in left)
    assert 300 <= kind.seconds <= 3600


def test_an_exception_is_raised_and_not_remembered(valkey):
    def fail():
        raise LookupError("no such thing")

    with pytest.raises(LookupError):
        ask(fail)

    assert redis.Redis.from_url(valkey.url).keys() == []
    assert ask(Counted("now")) == "now"


def test_what_cannot_be_read_is_computed_anew(valkey):
    ask(Counted("first"))
    client = redis.Redis.from_url(valkey.url)
    client.set(client.keys()[0], b"\x80\x04pickle")

    assert ask(Counted("second")) == "second"
    assert ask(Counted("third")) == "second"


class TestManyAtOnce:
    def test_one_computes_for_all(self, counted):
        compute = Counted(seconds=0.3)
        ready = threading.Barrier(16)

        def reader(_number):
            ready.wait()
            return ask(compute)

        with ThreadPoolExecutor(16) as pool:
            assert list(pool.map(reader, range(16))) == ["computed"] * 16
        assert compute.runs == 1
        assert counted()["miss"] == 1

    def test_when_the_one_fails_another_computes(self):
        began = threading.Event()
        go_on = threading.Event()

        def fail():
            began.set()
            go_on.wait(5)
            raise LookupError

        compute = Counted()
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(ask, fail)
            began.wait(5)
            second = pool.submit(ask, compute)
            go_on.set()
            assert isinstance(first.exception(5), LookupError)
            assert second.result(5) == "computed"
        assert compute.runs == 1

    def test_nobody_waits_for_ever_for_one_who_died(self, valkey, monkeypatch, counted):
        monkeypatch.setattr(cache, "PATIENCE_SECONDS", 0.1)
        name = cache._name(CacheKind.FIGURES, ("what",), "1")
        client = redis.Redis.from_url(valkey.url)
        client.set(f"{name}:lock", "somebody else", px=60_000)

        assert ask(Counted()) == "computed"
        assert client.get(f"{name}:lock") == b"somebody else"
        assert ask(Counted("not again")) == "computed"
        assert counted() == {"miss": 1, "hit": 1}


class TestWithoutServer:
    def test_killed_before(self, valkey, counted):
        valkey.kill()
        compute = Counted()

        assert [ask(compute) for _ in range(3)] == ["computed"] * 3
        assert compute.runs == 3
        assert counted() == {"error": 3}

    @pytest.mark.parametrize("fault", ["kill", "freeze"])
    def test_while_computing(self, valkey, fault):
        compute = Counted()

        def struck():
            getattr(valkey, fault)()
            return compute()

        assert ask(struck) == "computed"
        assert compute.runs == 1

    def test_frozen_it_costs_its_limit_once(self, valkey, monkeypatch):
        ask(Counted())
        valkey.freeze()
        asked = []
        real = cache._server
        monkeypatch.setattr(cache, "_server", lambda url: asked.append(url) or real(url))

        assert [ask(Counted("anew")) for _ in range(20)] == ["anew"] * 20
        assert len(asked) == 1

    def test_frozen_no_socket_waits_longer_than_its_limit(self, valkey):
        valkey.freeze()
        kwargs = cache._server(valkey.url).get_connection_kwargs()

        assert (kwargs["socket_timeout"], kwargs["socket_connect_timeout"]) == (0.2, 0.2)
        assert kwargs["retry"].get_retries() == 0
        with pytest.raises(redis.TimeoutError):
            cache._server(valkey.url).get("anything")

    def test_thawed_it_is_used_again(self, valkey, monkeypatch):
        now = [0.0]
        monkeypatch.setattr(breaker, "redis", Breaker(clock=lambda: now[0]))
        ask(Counted("before"))
        valkey.freeze()
        assert ask(Counted("meanwhile")) == "meanwhile"
        valkey.thaw()
        assert ask(Counted("still open")) == "still open"
        now[0] += breaker.OPEN_SECONDS

        assert ask(Counted("after")) == "before"

    def test_restarted_empty_it_is_used_again(self, valkey, monkeypatch):
        now = [0.0]
        monkeypatch.setattr(breaker, "redis", Breaker(clock=lambda: now[0]))
        ask(Counted("before"))
        valkey.kill()
        valkey.start()
        assert ask(Counted("anew")) == "anew"
        now[0] += breaker.OPEN_SECONDS

        ask(Counted("after"))
        assert ask(Counted("never")) in {"anew", "after"}

    def test_full_it_is_asked_again_and_stores_nothing(self, valkey, counted):
        client = redis.Redis.from_url(valkey.url)
        client.config_set("maxmemory", 1)
        try:
            assert [ask(Counted()), ask(Counted())] == ["computed"] * 2
        finally:
            client.config_set("maxmemory", 0)
        assert ask(Counted("with room")) == "with room"
        assert counted() == {"error": 2, "miss": 1}

    def test_switched_off_nothing_is_asked(self, settings, valkey, counted):
        settings.EPM_CACHE_DOOR = False
        compute = Counted()

        assert [ask(compute), ask(compute)] == ["computed"] * 2
        assert redis.Redis.from_url(valkey.url).keys() == []
        assert counted() == {"off": 2}


class TestBreaker:
    def test_one_in_a_while_asks_for_all(self):
        now = [0.0]
        one = Breaker(seconds=3, clock=lambda: now[0])
        assert one.may_ask()
        one.failed()
        assert [one.may_ask() for _ in range(3)] == [False] * 3
        now[0] = 3.0
        assert [one.may_ask() for _ in range(3)] == [True, False, False]
        one.answered()
        assert [one.may_ask() for _ in range(3)] == [True] * 3
