"""Start a server anew when it has died; not when it was told to stop."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from epm.embedded.errors import EmbeddedError
from epm.embedded.lifecycle import MARK, starting, told_to_stop
from epm.embedded.places import Places, data_folder
from epm.embedded.postgres import Postgres
from epm.embedded.processes import alive
from epm.embedded.valkey import Valkey

LOOK_SECONDS: Final = 1.0
AFTER_A_FAILURE_SECONDS: Final = 10.0


def watch(environ: Mapping[str, str], *, tell: Callable[[str], None]) -> None:
    """Look after those servers of `EPM_DATA` that are ours, until this process is ended."""
    ours = set(environ.get(MARK, "").split())
    data = data_folder(environ)
    with starting(data):
        places = Places.prepare(environ)
        servers: dict[str, Postgres | Valkey] = {}
        if "DATABASE_URL" in ours:
            servers["PostgreSQL"] = Postgres(places, environ)
        if "REDIS_URL" in ours:
            servers["Valkey"] = Valkey(places, environ)
    while True:
        pause = LOOK_SECONDS
        for name, server in servers.items():
            if _lives(server):
                continue
            try:
                with starting(data):
                    if _lives(server) or told_to_stop(data):
                        continue
                    tell(f"{name} has died; starting it again")
                    server.start()
                tell(f"{name} runs again")
            except EmbeddedError as error:
                tell(str(error))
                pause = AFTER_A_FAILURE_SECONDS
        time.sleep(pause)


def _lives(server: Postgres | Valkey) -> bool:
    pid = server.pid()
    return pid is not None and alive(pid)
