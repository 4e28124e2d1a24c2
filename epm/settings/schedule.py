"""What happens by the clock: Celery beat sends these tasks by name."""

from typing import Any

CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # Writers ask for the facts seconds later themselves; this finds what a queue has lost.
    "refresh-views": {"task": "reporting.refresh_views", "schedule": 3600.0},
    "imports-wake": {"task": "imports.wake", "schedule": 30.0},
    "imports-forget-files": {"task": "imports.forget_files", "schedule": 6 * 3600.0},
    "inventory-sweep-holds": {"task": "inventory.sweep_holds", "schedule": 60.0},
    "inventory-watch-stock": {"task": "inventory.watch_stock", "schedule": 120.0},
    "platform-forget-idempotency-keys": {
        "task": "platform.forget_idempotency_keys",
        "schedule": 3600.0,
    },
    "sales-expire-stored-value": {"task": "sales.expire_stored_value", "schedule": 24 * 3600.0},
    "sales-finish-closings": {"task": "sales.finish_closings", "schedule": 60.0},
    "sales-close-periods": {"task": "sales.close_periods", "schedule": 600.0},
    "sales-discard-parked": {"task": "sales.discard_parked", "schedule": 24 * 3600.0},
    "sales-send-mails": {"task": "sales.send_mails", "schedule": 60.0},
    "access-forget-sessions": {"task": "access.forget_sessions", "schedule": 24 * 3600.0},
}
