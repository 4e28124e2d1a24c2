"""A process with Django on one database: told by a line of JSON which function to call.

Its memory is its own to measure, and two of them can be asked in turns.
"""

import importlib
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self


class Failed(Exception):
    """The function raised; what it said."""


class Worker:
    def __init__(self, environment: Mapping[str, str], *, log: Path, folder: Path) -> None:
        with log.open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.worker"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said,
                env=dict(environment), cwd=folder, text=True,
            )  # fmt: skip

    def call(self, function: str, **arguments: Any) -> Any:
        """The result of `module:function(**arguments)`, called over there."""
        self.send(function, **arguments)
        return self.receive()

    def send(self, function: str, **arguments: Any) -> None:
        """Begin a call that `receive` waits for: others can begin theirs meanwhile."""
        self.process.stdin.write(json.dumps([function, arguments]) + "\n")
        self.process.stdin.flush()

    def receive(self) -> Any:
        """The result of what was sent."""
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"the worker ended with {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer["result"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=60)


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # logs go to standard output: not among our answers
    import django

    django.setup()
    for line in sys.stdin:
        name, arguments = json.loads(line)
        module, _, function = name.partition(":")
        try:
            called = getattr(importlib.import_module(module), function)
            answer = {"result": called(**arguments)}
        except Exception:  # noqa: BLE001 - told to whoever asked
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
