"""Wrong settings: one clear line for each, all at once, no traceback."""

import subprocess
import sys

import pytest

from epm.platform.environment import Environment, celery_url, redis_database
from tests.epm.embedded.private import ROOT, private_environment

RIGHT = {
    "DATABASE_URL": "postgresql://u:p@h/n",
    "REDIS_URL": "redis://h",
    "SECRET_KEY": "x" * 50,
}


def start_with(tmp_path, **variables):
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        env=private_environment(tmp_path, **variables),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_mistake_is_said_at_once(tmp_path):
    started = start_with(
        tmp_path,
        DATABASE_URL="mysql://u:hidden@h/n",
        REDIS_URL="localhost:6379",
        SECRET_KEY="short",
        EPM_DEBUG="perhaps",
        EPM_LANGUAGE="de",
        EPM_RETAIL_CALENDAR="4-4-4",
        EPM_DB_POOL="many",
        EPM_STATEMENT_TIMEOUT_MS="-1",
        EPM_LOG_LEVEL="LOUD",
        EPM_TRUSTED_ORIGINS="shop.example.com",
        EPM_CACHE_URL="localhost",
        PORT="99999",
        EPM_WEB_WORKERS="0",
        EPM_WEB_THREADS="four",
        DEMO="never",
    )

    assert started.returncode == 1
    assert started.stdout == ""
    assert started.stderr.splitlines() == [
        "Setting wrong: SECRET_KEY is too short: give 32 random characters or more.",
        "Setting wrong: EPM_DEBUG='perhaps' must be 0 or 1.",
        "Setting wrong: EPM_TRUSTED_ORIGINS='shop.example.com' must begin with http:// or https://.",
        "Setting wrong: DATABASE_URL must look like postgresql://USER:PASSWORD@HOST:PORT/NAME.",
        "Setting wrong: EPM_STATEMENT_TIMEOUT_MS='-1' must be a whole number from 0 to 3600000.",
        "Setting wrong: EPM_DB_POOL='many' must be a whole number from 1 to 100.",
        "Setting wrong: REDIS_URL must look like redis://HOST:6379/0 or unix:///PATH?db=0.",
        "Setting wrong: EPM_CACHE_URL must look like redis://HOST:6379/0 or unix:///PATH?db=0.",
        "Setting wrong: EPM_LANGUAGE='de' must be one of: en, fr.",
        "Setting wrong: EPM_RETAIL_CALENDAR='4-4-4' must look like 4-4-5 sunday nearest january.",
        "Setting wrong: PORT='99999' must be a whole number from 1 to 65535.",
        "Setting wrong: EPM_WEB_WORKERS='0' must be a whole number from 1 to 256.",
        "Setting wrong: EPM_WEB_THREADS='four' must be a whole number from 1 to 256.",
        "Setting wrong: DEMO='never' must be 0 or 1.",
        "Setting wrong: EPM_LOG_LEVEL='LOUD' must be one of: DEBUG, INFO, WARNING, ERROR.",
    ]


def test_a_real_server_needs_a_secret_of_its_own(tmp_path):
    started = start_with(tmp_path, **RIGHT | {"SECRET_KEY": ""})

    assert started.returncode == 1
    assert started.stderr == (
        "Setting wrong: SECRET_KEY is missing: with DATABASE_URL set, give 32 random characters.\n"
    )


def test_right_settings_pass(tmp_path):
    assert start_with(tmp_path, **RIGHT).returncode == 0


class TestDatabase:
    @pytest.mark.parametrize(
        ("url", "settings"),
        [
            (
                "postgresql://u:p%40ss@db.example.com:6432/epm?sslmode=require",
                {
                    "NAME": "epm",
                    "USER": "u",
                    "PASSWORD": "p@ss",
                    "HOST": "db.example.com",
                    "PORT": "6432",
                    "OPTIONS": {"sslmode": "require"},
                },
            ),
            (
                "postgres://u@%2Frun%2Fmy%20pg/epm",
                {
                    "NAME": "epm",
                    "USER": "u",
                    "PASSWORD": "",
                    "HOST": "/run/my pg",
                    "PORT": "",
                    "OPTIONS": {},
                },
            ),
            (
                "postgresql://u@a,b/epm?target_session_attrs=read-write",
                {
                    "NAME": "epm",
                    "USER": "u",
                    "PASSWORD": "",
                    "HOST": "a,b",
                    "PORT": ",",
                    "OPTIONS": {"target_session_attrs": "read-write"},
                },
            ),
        ],
    )
    def test_any_url_of_libpq_is_understood(self, url, settings):
        environment = Environment({"DATABASE_URL": url})

        assert environment.database("DATABASE_URL") == settings
        assert environment.mistakes == []


@pytest.mark.parametrize(
    ("url", "third", "for_celery"),
    [
        ("redis://:pw@h:6379/2", "redis://:pw@h:6379/5", "redis://:pw@h:6379/2"),
        ("rediss://h", "rediss://h/3", "rediss://h"),
        (
            "unix:///run/r.sock?db=1&password=pw",
            "unix:///run/r.sock?db=4&password=pw",
            "redis+socket://:pw@/run/r.sock?virtual_host=1",
        ),
        (
            "unix:///run/r.sock",
            "unix:///run/r.sock?db=3",
            "redis+socket:///run/r.sock?virtual_host=0",
        ),
    ],
)
def test_one_redis_url_serves_everybody(url, third, for_celery):
    assert redis_database(url, 3) == third
    assert celery_url(url) == for_celery
