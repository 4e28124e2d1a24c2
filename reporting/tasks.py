"""What reporting does behind the scenes. `**_`: an old worker survives a new caller."""

from celery import shared_task

from reporting.services import facts, views


@shared_task(name="reporting.refresh_facts")  # type: ignore[untyped-decorator]
def refresh_facts(**_: object) -> None:
    """Bring the facts up to date; sent seconds after a write, and hourly for what got lost."""
    facts.refresh()


@shared_task(name="reporting.refresh_views")  # type: ignore[untyped-decorator]
def refresh_views(**_: object) -> None:
    """Bring the facts, then the materialized views up to date."""
    facts.refresh()
    views.refresh_views()
