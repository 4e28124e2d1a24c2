#!/usr/bin/env python
"""Run a command of the product; starts the embedded servers when no others are named."""

import os
import signal
import sys


def main() -> None:
    from epm.embedded import provide

    # Ended politely, we leave like anybody else: the last one out stops the embedded servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "epm.settings")
    provide(os.environ)

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
