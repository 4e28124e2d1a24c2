"""`make run`: the whole product in front of you; Ctrl-C stops all of it.

python -m epm.run            prepare, then serve
python -m epm.run stop       stop what another terminal runs in the same EPM_DATA
python -m epm.run demo-full  import the full real year
"""

import fcntl
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import IO, NoReturn

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from epm import embedded
from epm.platform import actor
from epm.platform.demo_password import demo_password
from epm.processes import serve, stop_processes

CODE = Path(__file__).resolve().parents[1]
DEMO_LOGINS = ("director", "regional", "manager", "cashier", "analyst")


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "epm.settings")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    match arguments:
        case []:
            actor.at_the_command_line([])
            run()
        case ["stop"]:
            stop()
        case ["demo-full"]:
            actor.at_the_command_line([])
            demo_full()
        case _:
            sys.exit(__doc__)


def run() -> None:
    began = time.monotonic()
    data = embedded.data_folder(os.environ)
    os.environ["EPM_DATA"] = str(data)
    lock = _only_run_of(data)
    host, port = _free_address()
    if sys.stdout.isatty():
        os.environ.setdefault("EPM_LOG_FORMAT", "console")
    _set_up_django(data)
    _migrate()
    _collect_static()
    _load_demo()
    say(f"Ready in {time.monotonic() - began:.1f} s.")
    say(f"\n  EPM Retail   http://{host}:{port}/", *_logins(), "  Ctrl-C stops everything.\n")
    status = serve(data)
    lock.close()
    sys.exit(status)


def stop() -> None:
    data = embedded.data_folder(os.environ)
    stopped = stop_processes(data)
    embedded.stop({**os.environ, "EPM_DATA": str(data)})
    say("Stopped." if stopped else "Nothing ran; the embedded servers are stopped.")


def demo_full() -> None:
    data = embedded.data_folder(os.environ)
    os.environ["EPM_DATA"] = str(data)
    _set_up_django(data)
    _migrate()
    call_command("load_demo", full=True)
    say(f"To open it:  EPM_DATA={data} make run")


def say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def refuse(line: str) -> NoReturn:
    sys.exit(line)


def _only_run_of(data: Path) -> IO[str]:
    """Two schedulers on one system would send everything twice."""
    lock = (data / "run.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        refuse(f"EPM Retail already runs in {data}; `make stop` stops it.")
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _free_address() -> tuple[str, int]:
    host = os.environ.get("HOST") or "127.0.0.1"
    said = os.environ.get("PORT") or "8000"
    if not said.isdigit() or not 0 < int(said) < 65536:
        return host, 0  # the settings refuse it, with all else that is wrong
    try:
        family, _, _, _, address = socket.getaddrinfo(host, int(said), type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        refuse(
            f"{host}:{said} cannot be used ({error.strerror}): choose another, PORT=8001 make run"
        )
    return host, int(said)


def _set_up_django(data: Path) -> None:
    if not os.environ.get("DATABASE_URL") or not os.environ.get("REDIS_URL"):
        first = "" if (data / "servers").exists() else " (made now, on the first run)"
        say(f"Starting PostgreSQL and Valkey in {data}{first}")
    embedded.provide(os.environ)
    django.setup()


def _migrate() -> None:
    try:
        executor = MigrationExecutor(connection)
    except OperationalError as error:
        refuse(f"The database of DATABASE_URL does not answer: {str(error).splitlines()[0]}")
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say(f"Applying {len(plan)} migrations")
        call_command("migrate", verbosity=0, interactive=False)


def _collect_static() -> None:
    """Once for each set of packages and of files of ours."""
    files = [CODE / "requirements.txt", *sorted((CODE / "static").rglob("*"))]
    wanted = "".join(f"{file} {file.stat().st_mtime_ns}\n" for file in files)
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    say("Collecting the static files")
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(wanted, encoding="utf-8")


def _load_demo() -> None:
    if settings.EPM_DEMO:
        call_command("load_demo", if_empty=True)


def _logins() -> list[str]:
    """The demo's logins, each with the password in force."""
    users = list(get_user_model()._default_manager.filter(is_demo=True))  # noqa: SLF001 - Django's
    if not users:
        return []
    password = demo_password()
    for user in users:
        if not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
    names = {user.get_username() for user in users}
    listed = [name for name in DEMO_LOGINS if name in names]
    return [f"  Demo logins  {', '.join(listed)}", f"  Password     {password}"]


if __name__ == "__main__":
    main(sys.argv[1:])
