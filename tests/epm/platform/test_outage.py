"""PostgreSQL goes away and comes back, under the product as it is served."""

import json

from tests.epm.embedded.private import private_environment, run

STORY = """
import json, os, pathlib, sys, time
from epm.embedded import provide
provide(os.environ)
os.environ["DJANGO_SETTINGS_MODULE"] = "epm.settings"
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from epm.embedded.places import Places
from epm.embedded.postgres import Postgres
from tests.epm.platform.served import ask, gunicorn
from tests.factories import chain

call_command("migrate", verbosity=0)
browser = chain.signed_in(chain.person("director", whole_chain=True))
cookie = f"{settings.SESSION_COOKIE_NAME}={browser.session.session_key}"
_row, key = chain.api_key(expires_in=None)
connection.close()
asked = {
    "page": ("/dashboards/saved", {"cookie": cookie}),
    "administration": ("/admin/", {"cookie": cookie}),
    "API by session": ("/api/v1/regions", {"cookie": cookie}),
    "API by key": ("/api/v1/regions", {"apikey": key}),
}

def tell(moment):
    for name, (path, headers) in asked.items():
        began = time.monotonic()
        status, body = ask(port, path, **headers)
        took = time.monotonic() - began
        kind = "problem" if b'"code":"database-unavailable"' in body else "page"
        # In one piece: pools write to the log from threads of their own.
        sys.stdout.write(json.dumps([moment, name, status, kind, took]) + "\\n")
        sys.stdout.flush()

folder = pathlib.Path(os.environ["EPM_DATA"])
postgres = Postgres(Places.prepare(os.environ), os.environ)
with gunicorn(folder, EPM_WEB_WORKERS="1") as port:
    tell("before")
    postgres.stop()
    time.sleep(0.5)
    tell("away")
    time.sleep(6)
    tell("long away")
    postgres.start()
    back = time.monotonic()
    while ask(port, "/dashboards/saved", cookie=cookie)[0] != 200:
        assert time.monotonic() - back < 10
        time.sleep(0.1)
    tell("back")
"""
WELL = {
    "page": (200, "page"),
    "administration": (200, "page"),
    "API by session": (200, "page"),
    "API by key": (200, "page"),
}
AWAY = {
    "page": (503, "page"),
    "administration": (503, "page"),
    "API by session": (503, "problem"),
    "API by key": (503, "problem"),
}


def test_pages_say_so_soon_and_serve_again_by_themselves(data):
    said = run(STORY, private_environment(data))
    told = [json.loads(line) for line in said.splitlines() if line.startswith("[")]
    answers = {
        moment: {name: (status, kind) for at, name, status, kind, _took in told if at == moment}
        for moment in ("before", "away", "long away", "back")
    }

    assert answers == {"before": WELL, "away": AWAY, "long away": AWAY, "back": WELL}
    slowest = max(took for _at, _name, status, _kind, took in told if status == 503)
    assert slowest < 4, told
