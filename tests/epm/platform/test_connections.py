"""Connections to PostgreSQL outlive requests: over real HTTP, through gunicorn, counted by the
server itself.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection, transaction

from epm.access.models import Role
from tests.epm.platform.served import ask, gunicorn
from tests.factories import chain

NAME = "epm-counted"
ROUNDS = 10


@pytest.mark.django_db(transaction=True)
def test_no_request_opens_a_connection(tmp_path):
    browser = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))
    cookie = f"{settings.SESSION_COOKIE_NAME}={browser.session.session_key}"
    _row, key = chain.api_key(expires_in=None)
    asked = [
        ("/dashboards/saved", {"cookie": cookie}),
        ("/admin/", {"cookie": cookie}),
        ("/accounts/login/", {}),
        ("/api/v1/regions", {"apikey": key}),
        ("/api/v1/regions", {"cookie": cookie}),
        ("/metrics", {}),
        ("/health/live", {}),
    ]

    with gunicorn(tmp_path, EPM_WEB_WORKERS="1", APPLICATION_NAME=NAME) as port:
        assert [ask(port, path, **headers)[0] for path, headers in asked] == [200] * len(asked)
        before, sessions = backends(), opened()
        assert 1 <= len(before) <= settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"]
        for _round in range(ROUNDS):
            for path, headers in asked:
                assert ask(port, path, **headers)[0] == 200

        assert backends() == before
        assert opened() == sessions


@pytest.mark.django_db(transaction=True)
def test_the_first_request_after_all_connections_died_is_served(tmp_path):
    _row, key = chain.api_key(expires_in=None)
    with gunicorn(tmp_path, EPM_WEB_WORKERS="1", APPLICATION_NAME=NAME) as port:
        warm(port, key, connections=4)
        died = backends()
        assert len(died) >= 4
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = %s", [NAME],
            )  # fmt: skip
            assert {ended for (ended,) in cursor.fetchall()} == {True}
        assert backends() == set()

        assert ask(port, "/api/v1/regions", apikey=key)[0] == 200

        assert backends()
        assert not backends() & died


def warm(port, key, *, connections):
    """As many requests at once, each of which holds its connection until all have one."""
    with ThreadPoolExecutor(connections) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE organization_region IN ACCESS EXCLUSIVE MODE")
            asked = [
                pool.submit(ask, port, "/api/v1/regions", apikey=key) for _n in range(connections)
            ]
            deadline = time.monotonic() + 20
            while waiting() < connections:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        assert [one.result()[0] for one in asked] == [200] * connections


def waiting():
    """Connections of gunicorn's that wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = %s AND wait_event_type = 'Lock'", [NAME],
        )  # fmt: skip
        return cursor.fetchone()[0]


def backends():
    """Process id and start of each connection of gunicorn's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, backend_start FROM pg_stat_activity WHERE application_name = %s", [NAME]
        )
        return set(cursor.fetchall())


def opened():
    """Sessions of this database that were ever begun, whoever began them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT sessions FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]
