"""What sales does behind the scenes. `**_`: an old worker survives a new caller."""

from celery import shared_task
from django.utils import timezone

from sales.services import mailing, parking, period_closings, sessions, stored_value


@shared_task(name="sales.expire_stored_value")  # type: ignore[untyped-decorator]
def expire_stored_value(**_: object) -> None:
    """Take off what is left on cards whose last day is over, until there are none; nobody can pay
    with it in between."""
    while stored_value.expire_due(now=timezone.now()):
        pass


@shared_task(name="sales.finish_closings")  # type: ignore[untyped-decorator]
def finish_closings(**_: object) -> None:
    """Make the Z reports that could not be made when their sessions were closed."""
    sessions.finish_pending(now=timezone.now())


@shared_task(name="sales.close_periods")  # type: ignore[untyped-decorator]
def close_periods(**_: object) -> None:
    """Close the days, months and years that are over where their registers are."""
    period_closings.close_periods(now=timezone.now())


@shared_task(name="sales.discard_parked")  # type: ignore[untyped-decorator]
def discard_parked(**_: object) -> None:
    """Discard parked tickets that nobody takes up any more."""
    parking.discard_old(now=timezone.now())


@shared_task(name="sales.send_mail")  # type: ignore[untyped-decorator]
def send_mail(*, mail_id: int, **_: object) -> None:
    """Send one receipt, if it is due."""
    mailing.send(mail_id=mail_id, now=timezone.now())


@shared_task(name="sales.send_mails")  # type: ignore[untyped-decorator]
def send_mails(**_: object) -> None:
    """Send what is due: what has failed before, and what a queue has lost."""
    mailing.send_due(now=timezone.now())
