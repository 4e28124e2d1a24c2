"""`python -m epm.embedded status|stop|watch`: the embedded servers of EPM_DATA."""

import os
import sys

from epm.embedded import running, stop, watch


def main(arguments: list[str]) -> None:
    """Say what runs, after stopping it when told to; or watch over it, as `make run` does."""
    if arguments not in (["status"], ["stop"], ["watch"]):
        sys.exit("python -m epm.embedded status|stop|watch")
    if arguments == ["watch"]:
        watch(os.environ, tell=lambda line: print(line, flush=True))  # noqa: T201 - a program
    if arguments == ["stop"]:
        stop(os.environ)
    for name, runs in running(os.environ).items():
        sys.stdout.write(f"{name}: {'running' if runs else 'stopped'}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
