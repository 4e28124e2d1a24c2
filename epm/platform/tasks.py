"""What the platform does behind the scenes. `**_`: an old worker survives a new caller."""

from celery import shared_task
from django.utils import timezone

from epm.platform import idempotency


@shared_task(name="platform.forget_idempotency_keys")  # type: ignore[untyped-decorator]
def forget_idempotency_keys(**_: object) -> None:
    """Delete the answers to writes whose time is over."""
    idempotency.forget_expired(now=timezone.now())
