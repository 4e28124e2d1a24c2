"""What imports do behind the scenes. `**_`: an old worker survives a new caller."""

from celery import shared_task
from django.utils import timezone

from epm.imports.services import uploads

HOURS = 3600


@shared_task(name="imports.carry_on", time_limit=12 * HOURS, soft_time_limit=12 * HOURS - 60)  # type: ignore[untyped-decorator]
def carry_on(*, run_id: int, **_: object) -> None:
    """Do the work of a run that waits, or that a killed worker has left."""
    uploads.carry_on(run_id=run_id)


@shared_task(name="imports.wake")  # type: ignore[untyped-decorator]
def wake(**_: object) -> None:
    """Send for the runs that wait: a queue may lose its messages, the table does not."""
    uploads.wake()


@shared_task(name="imports.forget_files")  # type: ignore[untyped-decorator]
def forget_files(**_: object) -> None:
    """Delete uploaded files whose time is over."""
    uploads.forget_files(now=timezone.now())
