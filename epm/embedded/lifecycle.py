"""Servers live as long as somebody uses them: the last one out stops them.

Every process that uses the servers holds a shared lock on `EPM_DATA/users.lock`; forks inherit it
and the kernel drops it however a process ends. Whoever leaves and can then take that lock alone was
the last. Starting and stopping happen under `EPM_DATA/start.lock`, so they never cross.
"""

import atexit
import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Final

from epm.embedded.errors import EmbeddedError
from epm.embedded.places import Places, data_folder
from epm.embedded.postgres import Postgres
from epm.embedded.valkey import Valkey

MARK: Final = "EPM_EMBEDDED"  # which of the two URLs are ours, for the processes we start

STOPPED: Final = "stopped"  # a file in the data folder, from `stop` to the next `provide`

_held: dict[Path, int] = {}  # data folder -> descriptor of our shared lock


def provide(environ: MutableMapping[str, str]) -> None:
    """Put DATABASE_URL, REDIS_URL and SECRET_KEY into `environ`, starting what they lack.

    A URL that the environment names is left alone. Calling again is harmless.
    """
    ours = set(environ.get(MARK, "").split())
    wanted = {
        name for name in ("DATABASE_URL", "REDIS_URL") if name in ours or not environ.get(name)
    }
    if not wanted:
        return
    data = data_folder(environ)
    with starting(data):
        _join(data)
        (data / STOPPED).unlink(missing_ok=True)
        places = Places.prepare(environ)
        if "DATABASE_URL" in wanted:
            postgres = Postgres(places, environ)
            postgres.start()
            environ["DATABASE_URL"] = postgres.url
            if not environ.get("SECRET_KEY"):
                environ["SECRET_KEY"] = _secret_key(data)
        if "REDIS_URL" in wanted:
            valkey = Valkey(places, environ)
            valkey.start()
            environ["REDIS_URL"] = valkey.url
    environ[MARK] = " ".join(sorted(wanted))


def stop(environ: Mapping[str, str]) -> None:
    """Stop both servers now, whoever uses them and whoever watches over them."""
    data = data_folder(environ)
    with starting(data):
        (data / STOPPED).touch()
        _stop_servers(environ)


def told_to_stop(data: Path) -> bool:
    """Whether the servers were stopped on purpose and nobody wanted them since."""
    return (data / STOPPED).exists()


def running(environ: Mapping[str, str]) -> dict[str, bool]:
    """Which of the two servers runs."""
    data = data_folder(environ)
    with starting(data):
        places = Places.prepare(environ)
        return {
            "postgres": Postgres(places, environ).running(),
            "valkey": Valkey(places, environ).running(),
        }


def leave(environ: Mapping[str, str]) -> None:
    """Stop using the servers; the last to leave stops them."""
    data = data_folder(environ)
    mine = _held.pop(data, None)
    if mine is None:
        return
    with starting(data):
        os.close(mine)  # not unlocked: forks of ours may go on using the same lock
        with (data / "users.lock").open("a") as alone:
            try:
                fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            _stop_servers(environ)


def _join(data: Path) -> None:
    if data in _held:
        return
    descriptor = os.open(data / "users.lock", os.O_RDWR | os.O_CREAT, 0o666)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    _held[data] = descriptor
    atexit.register(_leave_at_exit, os.getpid(), {"EPM_DATA": str(data)} | _choices())


def _leave_at_exit(pid: int, environ: Mapping[str, str]) -> None:
    if os.getpid() == pid:  # not in a fork that runs our exit handlers
        # The data folder may be gone; and what kept us from starting has been said already.
        with contextlib.suppress(FileNotFoundError, EmbeddedError):
            leave(environ)


def _choices() -> dict[str, str]:
    return {name: os.environ[name] for name in ("EPM_PG_BIN", "EPM_PG_USER") if name in os.environ}


def _stop_servers(environ: Mapping[str, str]) -> None:
    places = Places.prepare(environ)
    Valkey(places, environ).stop()
    Postgres(places, environ).stop()
    places.forget_sockets()


def _secret_key(data: Path) -> str:
    file = data / "secret.key"
    with contextlib.suppress(FileNotFoundError):
        return file.read_text(encoding="utf-8").strip()
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
        new.write(secrets.token_urlsafe(50) + "\n")
    return file.read_text(encoding="utf-8").strip()


@contextlib.contextmanager
def starting(data: Path) -> Iterator[None]:
    """Hold the start lock."""
    with (data / "start.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
