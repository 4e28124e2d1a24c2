"""What happens by the clock: Celery beat sends these tasks by name."""

from typing import Any

CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # Writers ask for the facts seconds later themselves; this finds what a queue has lost.
    "refresh-views": {"task": "reporting.refresh_views", "schedule": 3600.0},
}
