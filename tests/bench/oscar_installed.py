"""django-oscar in an environment of the bench's own, on a database of the bench's PostgreSQL."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from psycopg.conninfo import conninfo_to_dict

from tests.bench.servers import OURS, Servers
from tests.bench.serving import free_port, wait_for

PACKAGES: Final = (
    "django-oscar==4.2.1",
    "django-oscar-api==3.3.0",
    "Django==5.2.19",
    "psycopg[binary]==3.3.9",
    "gunicorn==27.0.1",
)
SCRIPT: Final = Path(__file__).parent / "oscar_shop.py"


class Shop:
    def __init__(self, servers: Servers, python: Path) -> None:
        self.database = f"{OURS}oscar"
        self._python = python
        self._place = json.dumps(conninfo_to_dict(servers.url_of(self.database)))
        self._log = servers.data / "oscar.log"
        servers.create(self.database, template="template0")
        self.call("migrate")

    def call(self, command: str, *numbers: int) -> Any:
        """What a command of oscar_shop.py came to."""
        said = subprocess.run(
            self._command(command, *numbers), capture_output=True, text=True, check=False
        )
        if said.returncode:
            raise AssertionError(said.stderr)
        return json.loads(said.stdout.splitlines()[-1])

    @contextlib.contextmanager
    def served(self) -> Iterator[int]:
        """Its API behind gunicorn: the port."""
        port = free_port()
        with self._log.open("wb") as log:
            process = subprocess.Popen(self._command("serve", port), stdout=log, stderr=log)
        try:
            wait_for(port, process, "/")
            yield port
        finally:
            process.terminate()
            process.wait(timeout=40)

    def _command(self, command: str, *numbers: int) -> list[str]:
        return [*map(str, (self._python, "-I", SCRIPT, command, self._place, *numbers))]


def shop(servers: Servers) -> Shop | None:
    """An empty shop; None where there is no index to ask for its packages."""
    folder = servers.data / "oscar"
    python, stamp = folder / "bin" / "python", folder / "packages"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != repr(PACKAGES):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        done = subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=False)
        if done.returncode:
            return None
        stamp.write_text(repr(PACKAGES), encoding="utf-8")
    return Shop(servers, python)
