"""Where the processes of a program keep their counts together: memory-mapped files in one folder.

Import nothing here that imports prometheus_client: it looks for the folder when it is imported.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
WORKER: Final = "worker"
FOLDED: Final = ("counter", "histogram", "summary")


def prepare(program: str) -> None:
    """An empty folder for this process and those it will fork; what ended programs left goes.

    Nothing is counted together where `EPM_DATA` cannot be written: each process counts for itself.
    """
    home = Path(os.environ.get("EPM_DATA") or "var").expanduser().resolve() / "metrics"
    folder = home / f"{program}-{os.getpid()}"
    with contextlib.suppress(OSError):
        for left in home.glob("*-*"):
            if not _alive(left.name.rpartition("-")[2]) or left == folder:
                shutil.rmtree(left, ignore_errors=True)
        folder.mkdir(parents=True)
        os.environ[VARIABLE] = str(folder)


def files() -> list[str] | None:
    """The files of our program and of the workers; None when this process counts for itself.

    Gauges are of the living.
    """
    own = os.environ.get(VARIABLE)
    if own is None:
        return None
    folders = {Path(own), *Path(own).parent.glob(f"{WORKER}-*")}
    return [
        str(file)
        for folder in sorted(folders)
        if _alive(folder.name.rpartition("-")[2])
        for file in sorted(folder.glob("*.db"))
        if not file.name.startswith("gauge_live") or _alive(file.stem.rpartition("_")[2])
    ]


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """Nobody folds meanwhile: nothing is counted twice, nothing is missed."""
    with (Path(os.environ[VARIABLE]) / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fold(pid: int) -> None:
    """Add what a process that has ended had counted to one file, so that files do not pile up."""
    from prometheus_client import mmap_dict  # noqa: PLC0415 - see above

    mapped: Any = mmap_dict.MmapedDict

    folder = Path(os.environ[VARIABLE])
    with reading():
        for file in sorted(folder.glob(f"*_{pid}.db")):
            kind = file.name.partition("_")[0]
            if kind in FOLDED:
                kept = mapped(str(folder / f"{kind}_folded.db"))
                for key, value, _at, _place in mapped.read_all_values_from_file(str(file)):
                    kept.write_value(key, kept.read_value(key)[0] + value, 0.0)
                kept.close()
            file.unlink()


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True
