"""Nobody is logged out because Redis is away."""

import pytest
from django.core.cache import caches
from django_redis.cache import RedisCache
from model_bakery import baker

from epm.platform import breaker

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    user = baker.make("access.User", username="marie", role="manager")
    user.set_password("un mot de passe")
    user.save()
    return user


@pytest.fixture
def _no_redis(settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        },
    }


def who(client):
    """The person whom the session names, as the next request finds it."""
    return client.session.get("_auth_user_id")


def test_a_session_survives_the_loss_of_the_cache(client, person):
    client.force_login(person)
    caches["default"].clear()

    assert who(client) == str(person.pk)


@pytest.mark.usefixtures("_no_redis")
def test_people_log_in_and_out_without_redis(client, person):
    assert client.login(username="marie", password="un mot de passe")
    assert who(client) == str(person.pk)

    client.logout()

    assert who(client) is None
    assert not client.session.exists("anything")


@pytest.mark.usefixtures("_no_redis")
def test_redis_away_is_asked_once_not_by_every_request(client, person, monkeypatch):
    asked = []
    real = RedisCache.get
    monkeypatch.setattr(RedisCache, "get", lambda *words: asked.append(1) or real(*words))
    client.force_login(person)
    asked.clear()
    breaker.redis.answered()

    found = [who(client) for _ in range(3)]

    assert found == [str(person.pk)] * 3
    assert len(asked) == 1


def test_the_cache_remembers_a_session_for_minutes_only(client, person):
    client.force_login(person)

    assert 0 < caches["default"].ttl(client.session.cache_key) <= 300
