"""French as Django writes it, but for a moment, which is told with its time zone."""

DATETIME_FORMAT = "j F Y H:i T"
