"""Who runs the servers: ourselves, or an account to step down to when we are root."""

import os
import pwd
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from epm.embedded.errors import EmbeddedError


@dataclass(frozen=True, slots=True)
class Account:
    """The account the servers run under. PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int
    steps_down: bool

    @classmethod
    def choose(cls, environ: Mapping[str, str]) -> "Account":
        """Ourselves; for root `EPM_PG_USER`, else `postgres`, else `nobody`."""
        if os.geteuid() != 0:
            return cls(str(os.geteuid()), os.geteuid(), os.getegid(), steps_down=False)
        wanted = environ.get("EPM_PG_USER")
        for name in [wanted] if wanted else ["postgres", "nobody"]:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            if entry.pw_uid != 0:
                return cls(name, entry.pw_uid, entry.pw_gid, steps_down=True)
        raise EmbeddedError(
            f"EPM_PG_USER={wanted!r} is not an account PostgreSQL can run under."
            if wanted
            else "PostgreSQL does not run as root and neither 'postgres' nor 'nobody' exists:"
            " name an account in EPM_PG_USER."
        )

    def run(self, *command: object, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run `command` under this account, away from our working directory and our input."""
        if self.steps_down:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run(  # noqa: S603 - the commands are our own binaries
            [str(part) for part in command],
            cwd="/",
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
            **options,
        )

    def own(self, path: Path) -> None:
        """Hand `path` to the account."""
        if self.steps_down:
            os.chown(path, self.uid, self.gid)

    def make_folder(self, path: Path) -> Path:
        """Make `path` a folder that this account alone may enter."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.own(path)
        return path

    def write_secret(self, path: Path, text: str) -> None:
        """Write `text` where this account alone can read it, all of it or nothing."""
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        self.own(draft)
        draft.replace(path)

    def can_enter(self, folder: Path) -> bool:
        """Whether the account may walk down to `folder`, which need not exist yet."""
        if not self.steps_down:
            return True
        return all(self._may_search(step) for step in folder.resolve().parents)

    def _may_search(self, step: Path) -> bool:
        try:
            about = step.stat()
        except FileNotFoundError:
            return True  # not made yet: we shall make it open enough
        if about.st_uid == self.uid:
            return bool(about.st_mode & stat.S_IXUSR)
        if about.st_gid == self.gid:
            return bool(about.st_mode & stat.S_IXGRP)
        return bool(about.st_mode & stat.S_IXOTH)
