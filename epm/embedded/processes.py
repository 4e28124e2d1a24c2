"""Small questions about processes."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.02) -> bool:
    """Whether `condition` came true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def pid_in(file: Path) -> int | None:
    """The process id on the first line of `file`, if there is one."""
    try:
        return int(file.read_text(encoding="utf-8").split()[0])
    except (OSError, ValueError, IndexError):
        return None


def alive(pid: int) -> bool:
    """Whether `pid` runs. A zombie, which nobody may ever reap in a container, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError, IndexError):
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1]
        return after_name.split()[0] != "Z"
    return True


def runs(pid: int, program: str) -> bool:
    """Whether `pid` is alive and is `program`: a restarted machine gives ids anew."""
    if not alive(pid):
        return False
    with contextlib.suppress(OSError):
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        return program.encode() in command.split(b"\0")[0]
    return True


def working_in(folder: Path) -> list[int]:
    """The live processes whose working directory is `folder`, as far as we may see them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if process.joinpath("cwd").readlink() == folder and alive(int(process.name)):
                found.append(int(process.name))
    return found
