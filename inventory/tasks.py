"""What inventory does behind the scenes. `**_`: an old worker survives a new caller."""

from celery import shared_task
from django.utils import timezone

from inventory.services import reservations, stock_alerts


@shared_task(name="inventory.sweep_holds")  # type: ignore[untyped-decorator]
def sweep_holds(**_: object) -> None:
    """Put holds down as expired that are over, until there are none; nothing depends on it."""
    while reservations.sweep():
        pass


@shared_task(name="inventory.watch_stock")  # type: ignore[untyped-decorator]
def watch_stock(**_: object) -> None:
    """Keep days, needs and alerts of stock: what changed, and once a day everything."""
    stock_alerts.refresh(now=timezone.now())
