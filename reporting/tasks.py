"""What reporting does behind the scenes. `**_`: an old worker survives a new caller."""

from celery import shared_task
from django.utils import timezone

from epm.platform import jobs
from reporting.services import facts, goods, views


@shared_task(name="reporting.refresh_facts")  # type: ignore[untyped-decorator]
def refresh_facts(**_: object) -> None:
    """Bring the facts up to date; sent seconds after a write, and hourly for what got lost."""
    facts.refresh()
    jobs.enqueue_soon("reporting.keep_goods", seconds=60)


@shared_task(name="reporting.keep_goods")  # type: ignore[untyped-decorator]
def keep_goods(**_: object) -> None:
    """Keep the months of products and categories that a refresh has opened, or a new day."""
    goods.keep(today=timezone.now().date())


@shared_task(name="reporting.refresh_views")  # type: ignore[untyped-decorator]
def refresh_views(**_: object) -> None:
    """Bring the facts, then the materialized views up to date."""
    facts.refresh()
    goods.keep(today=timezone.now().date())
    views.refresh_views()
