"""What sales does behind the scenes. `**_`: an old worker survives a new caller."""

from celery import shared_task
from django.utils import timezone

from sales.services import stored_value


@shared_task(name="sales.expire_stored_value")  # type: ignore[untyped-decorator]
def expire_stored_value(**_: object) -> None:
    """Take off what is left on cards whose last day is over, until there are none; nobody can pay
    with it in between."""
    while stored_value.expire_due(now=timezone.now()):
        pass
