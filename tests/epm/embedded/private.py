"""Embedded servers of a test's own, run in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "EPM_EMBEDDED", "EPM_TEST_REDIS_URL")


def private_environment(data: Path, **more: str) -> dict[str, str]:
    """The environment of a process that uses `data` and knows nothing of the suite's servers."""
    plain = {k: v for k, v in os.environ.items() if k not in OURS and not k.startswith("PYTEST")}
    plain.pop("EPM_PG_OPTIONS", None)
    return plain | {"EPM_DATA": str(data), "PYTHONPATH": str(ROOT)} | more


def start(code: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    """Run Python `code` beside us."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def run(code: str, environment: dict[str, str]) -> str:
    """What Python `code` says when it runs to its end."""
    process = start(code, environment)
    said, complained = process.communicate(timeout=120)
    assert process.returncode == 0, complained
    return said.strip()
