"""What access does behind the scenes. `**_`: an old worker survives a new caller."""

from celery import shared_task
from django.utils import timezone

from epm.access.services import sessions


@shared_task(name="access.forget_sessions")  # type: ignore[untyped-decorator]
def forget_sessions(**_: object) -> None:
    """Delete the sessions whose time is over, and what the lists say of them."""
    sessions.forget_expired(now=timezone.now())
