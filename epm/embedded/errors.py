"""What stops the embedded servers from running, in one line for a person."""


class EmbeddedError(SystemExit):
    """The embedded servers cannot run. Ends the program with its message and status 1."""
