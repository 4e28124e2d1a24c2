"""The processes of `make run`: web, worker and beat, kept together by honcho."""

import contextlib
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import Final

import psutil
from honcho.manager import Manager

MARK: Final = "EPM_RUN"  # in the environment of every process we start: the data folder


def serve(data: Path) -> int:
    """Run web, worker and beat until one ends or we are told to stop; the exit status.

    Servers of ours that die meanwhile are started anew.
    """
    environment = os.environ | {MARK: str(data), "PYTHONUNBUFFERED": "1"}
    python = shlex.quote(sys.executable)
    celery = f"exec {python} -m celery -q -A epm.celery"
    commands = {
        "web": f"exec {python} -m gunicorn -c python:epm.serving epm.wsgi",
        "worker": f"{celery} worker --concurrency 2 --without-gossip --without-mingle"
        f" --loglevel {environment.get('EPM_LOG_LEVEL') or 'INFO'}",
        "beat": f"{celery} beat -s {shlex.quote(str(data / 'beat'))} --pidfile=",
    }
    if environment.get("EPM_EMBEDDED"):
        commands["servers"] = f"exec {python} -m epm.embedded watch"
    manager = Manager()
    for name, command in commands.items():
        own = {"EPM_STATEMENT_TIMEOUT_MS": "30000"} if name == "web" else {}
        manager.add_process(name, command, env=own | environment, cwd=str(_code()))
    manager.loop()
    told_to_stop = manager.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM)
    return 0 if told_to_stop else int(manager.returncode or 0)


def stop_processes(data: Path) -> bool:
    """End the run of `data`, or what a killed one left behind; whether there was any."""
    found = _runner(data) or _left_behind(data)
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, stubborn = psutil.wait_procs(found, timeout=30)
    for process in stubborn + _left_behind(data):
        with contextlib.suppress(psutil.Error):
            process.kill()
    return bool(found)


def _runner(data: Path) -> list[psutil.Process]:
    try:
        process = psutil.Process(int((data / "run.lock").read_text(encoding="utf-8")))
        return [process] if "epm.run" in process.cmdline() else []
    except (OSError, ValueError, psutil.Error):
        return []


def _left_behind(data: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(data):
                found.append(process)
        except (OSError, psutil.Error):
            continue  # another account's, or just gone
    return found


def _code() -> Path:
    return Path(__file__).resolve().parents[1]
