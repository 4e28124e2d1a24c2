"""`python -m epm.embedded status|stop`: the embedded servers of EPM_DATA."""

import os
import sys

from epm.embedded import running, stop


def main(arguments: list[str]) -> None:
    """Say what runs, after stopping it when told to."""
    if arguments not in (["status"], ["stop"]):
        sys.exit("python -m epm.embedded status|stop")
    if arguments == ["stop"]:
        stop(os.environ)
    for name, runs in running(os.environ).items():
        sys.stdout.write(f"{name}: {'running' if runs else 'stopped'}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
