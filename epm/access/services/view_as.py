"""Looking at the product with another's eyes: begun, checked at each request, ended."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from epm.access.models import Ending, User, ViewAsSession
from epm.access.selectors.view_as import people_viewable_by
from epm.platform.refusals import Kind, Refusal

LONGEST: Final = timedelta(minutes=60)
logger = structlog.get_logger(__name__)


class MayNotViewAs(Refusal):
    code = "access/may-not-view-as"
    title = _("You cannot look with this person's eyes")
    kind = Kind.FORBIDDEN


class ReadOnlyWhileViewing(Refusal):
    code = "access/view-as-read-only"
    title = _("Nothing changes while you look with another's eyes")
    kind = Kind.FORBIDDEN


@transaction.atomic
def start(*, viewer: User, viewed_id: int, now: datetime, ip: str | None) -> ViewAsSession:
    """Let `viewer` look as that person for an hour at most. Raise MayNotViewAs."""
    viewed = people_viewable_by(viewer).filter(pk=viewed_id).first()
    if viewed is None:
        raise MayNotViewAs(_("Choose an active person who is neither director nor superuser."))
    look = ViewAsSession.objects.create(
        viewer_id=viewer.pk, viewed=viewed, started_at=now, until=now + LONGEST, ip=ip
    )
    logger.warning("view_as_started", view_as=look.pk, viewer=viewer.pk, viewed=viewed.pk)
    return look


def current(*, look_id: int, viewer: User, now: datetime) -> ViewAsSession | None:
    """The look if it still holds; else None, and its end is noted.

    Asked at each request: what has been taken from either person since counts at once.
    """
    look = ViewAsSession.objects.select_related("viewed").filter(pk=look_id, ending="").first()
    if look is None:
        return None
    if now >= look.until:
        end(look_id=look_id, ending=Ending.EXPIRED, now=look.until)
        return None
    allowed = look.viewer_id == viewer.pk and viewer.is_active
    if not allowed or not people_viewable_by(viewer).filter(pk=look.viewed_id).exists():
        end(look_id=look_id, ending=Ending.NOT_ALLOWED, now=now)
        return None
    return look


def end(*, look_id: int, ending: Ending, now: datetime) -> bool:
    """Note when and how a look ended. False when it had ended before."""
    ended = ViewAsSession.objects.filter(pk=look_id, ending="").update(ending=ending, until=now)
    if ended:
        logger.warning("view_as_ended", view_as=look_id, ending=str(ending))
    return bool(ended)
