"""What happens by the clock: Celery beat sends these tasks by name."""

from typing import Any

CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {}
