"""What inventory does behind the scenes. `**_`: an old worker survives a new caller."""

from celery import shared_task

from inventory.services import reservations


@shared_task(name="inventory.sweep_holds")  # type: ignore[untyped-decorator]
def sweep_holds(**_: object) -> None:
    """Put holds down as expired that are over, until there are none; nothing depends on it."""
    while reservations.sweep():
        pass
