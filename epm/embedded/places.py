"""Where the embedded servers keep their files and their sockets."""

import contextlib
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from epm.embedded.account import Account
from epm.embedded.errors import EmbeddedError

LONGEST_SOCKET_PATH = 100  # sun_path holds 108 bytes on Linux, 104 on macOS
LONGEST_SOCKET_NAME = ".s.PGSQL.65535.lock"
PLAIN = re.compile(r"[A-Za-z0-9_./-]+")
OUT_OF_THE_WAY = Path("/var/lib/epm-retail")


@dataclass(frozen=True, slots=True)
class Places:
    """The data folder, and inside it the home of the servers."""

    data: Path
    home: Path
    sockets: Path
    account: Account

    @classmethod
    def prepare(cls, environ: Mapping[str, str]) -> "Places":
        """Make the folders. Call it under the start lock."""
        account = Account.choose(environ)
        data = data_folder(environ)
        home = _home(data, account)
        return cls(data=data, home=home, sockets=_sockets(home, account), account=account)

    def forget_sockets(self) -> None:
        """Leave nothing in the temporary folder, unless something is still in there."""
        with contextlib.suppress(OSError):
            self.sockets.rmdir()


def data_folder(environ: Mapping[str, str]) -> Path:
    """`EPM_DATA`, by default `var` beside the code; made when missing."""
    beside_the_code = Path(__file__).resolve().parents[2] / "var"
    folder = Path(environ.get("EPM_DATA") or beside_the_code).expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(f"EPM_DATA={folder} cannot be made: {error.strerror}.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise EmbeddedError(f"EPM_DATA={folder} is not writable by this account.")
    return folder


def _home(data: Path, account: Account) -> Path:
    """`data/servers`, or a link to a folder the account can reach (a clone below /root)."""
    home = data / "servers"
    if home.is_symlink() or home.exists() or account.can_enter(home):
        if home.is_symlink() and not home.exists():
            raise EmbeddedError(f"{home} points to {home.readlink()}, which is gone.")
        return account.make_folder(home.resolve())
    OUT_OF_THE_WAY.mkdir(mode=0o755, parents=True, exist_ok=True)
    elsewhere = account.make_folder(OUT_OF_THE_WAY / secrets.token_hex(6))
    home.symlink_to(elsewhere)
    return elsewhere


def _sockets(home: Path, account: Account) -> Path:
    sockets = home / "run"
    plain = PLAIN.fullmatch(str(sockets))  # anything else is spelled differently in each URL
    if plain and len(os.fsencode(sockets / LONGEST_SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
        return account.make_folder(sockets)
    name = f"epm-{account.uid}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"
    for base in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - owner checked below
        short = base / name
        if len(os.fsencode(short / LONGEST_SOCKET_NAME)) > LONGEST_SOCKET_PATH:
            continue
        if not account.can_enter(short):
            continue
        short.mkdir(mode=0o700, exist_ok=True)
        if short.is_symlink() or short.stat().st_uid not in (os.geteuid(), account.uid):
            raise EmbeddedError(f"{short} belongs to somebody else; remove it or set TMPDIR.")
        return account.make_folder(short)
    raise EmbeddedError("No folder is short enough for a socket: set TMPDIR to a short one.")
