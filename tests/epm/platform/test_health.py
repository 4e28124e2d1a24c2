"""Alive, ready, degraded, unavailable: with servers of our own that really stop and freeze."""

import json

import pytest

from tests.epm.embedded.private import private_environment, run

ALL_IS_WELL = {
    "status": "ok",
    "checks": {"database": "ok", "migrations": "ok", "cache": "ok", "broker": "ok"},
}
STORY = """
import json, os, signal, sys, time
from epm.embedded import provide
provide(os.environ)
os.environ["DJANGO_SETTINGS_MODULE"] = "epm.settings"
import django
django.setup()
from django.core.management import call_command
from django.test import Client
from epm.embedded.places import Places
from epm.embedded.postgres import Postgres
from epm.embedded.processes import pid_in
from epm.embedded.valkey import Valkey

places = Places.prepare(os.environ)
valkey = Valkey(places, os.environ)

def ask(moment, path="/health/ready"):
    began = time.monotonic()
    answer = Client().get(path, headers={"host": "localhost"})
    took = time.monotonic() - began
    # In one piece: the pool's own threads write to the log meanwhile.
    sys.stdout.write(json.dumps([moment, answer.status_code, answer.json(), took]) + "\\n")
    sys.stdout.flush()

ask("before migrations")
call_command("migrate", verbosity=0)
ask("all is well")
os.kill(pid_in(valkey.pidfile), signal.SIGSTOP)
ask("redis frozen")
os.kill(pid_in(valkey.pidfile), signal.SIGCONT)
valkey.stop()
ask("redis stopped")
valkey.start()
ask("redis back")
Postgres(places, os.environ).stop()
ask("database stopped")
ask("database stopped, live", "/health/live")
Postgres(places, os.environ).start()
back = time.monotonic()
while Client().get("/health/ready", headers={"host": "localhost"}).status_code != 200:
    assert time.monotonic() - back < 10
    time.sleep(0.1)
ask("database back")
"""


def test_live_asks_nobody(client):
    """Without the `django_db` mark any query would fail."""
    response = client.get("/health/live")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(transaction=True)
def test_ready_when_all_is_well(client):
    response = client.get("/health/ready")

    assert (response.status_code, response.json()) == (200, ALL_IS_WELL)
    assert "no-store" in response.headers["Cache-Control"]


def test_ready_through_failures_and_back(data):
    said = run(STORY, private_environment(data))
    answered = (json.loads(line) for line in said.splitlines() if line.startswith("["))
    told = {moment: rest for moment, *rest in answered}
    answers = {moment: (status, body["status"]) for moment, (status, body, _took) in told.items()}

    assert answers == {
        "before migrations": (503, "unavailable"),
        "all is well": (200, "ok"),
        "redis frozen": (200, "degraded"),
        "redis stopped": (200, "degraded"),
        "redis back": (200, "ok"),
        "database stopped": (503, "unavailable"),
        "database stopped, live": (200, "ok"),
        "database back": (200, "ok"),
    }
    assert told["before migrations"][1]["checks"] == {
        **ALL_IS_WELL["checks"],
        "migrations": "failed",
    }
    assert told["redis stopped"][1]["checks"] == {
        **ALL_IS_WELL["checks"],
        "cache": "failed",
        "broker": "failed",
    }
    assert max(took for _, _, took in told.values()) < 5
