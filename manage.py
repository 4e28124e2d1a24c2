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

    from epm.platform import actor

    words = sys.argv
    if "runserver" not in words:  # which writes for those who ask it to
        try:
            words = actor.at_the_command_line(words)
        except actor.NoSuchNameError as error:
            sys.exit(str(error))
    execute_from_command_line(words)


if __name__ == "__main__":
    main()
