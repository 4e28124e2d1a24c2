"""End sessions. With a session end its tokens, and both count at the next request."""

from datetime import datetime

import structlog
from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.http import HttpRequest

from epm.access.models import RefreshToken, User

logger = structlog.get_logger(__name__)


@transaction.atomic
def end_one(*, user: User, session_id: int) -> bool:
    """End this one session of `user`; False when she has none with that number."""
    found = UserSession.objects.filter(user=user, pk=session_id).first()
    if found is None:
        return False
    RefreshToken.objects.filter(session_key=found.session_key).delete()
    found.end()
    logger.info("session_ended", username=user.get_username())
    return True


@transaction.atomic
def end_family(*, session: SessionBase) -> None:
    """End the session behind a refresh token, and every token of it."""
    key = session.session_key
    RefreshToken.objects.filter(session_key=key).delete()
    UserSession.objects.filter(session_key=key).delete()
    session.flush()


@transaction.atomic
def end_others(*, user: User, request: HttpRequest) -> None:
    """End all sessions of `user` but the one of this request, which gets a new key."""
    old_key = request.session.session_key
    _end_all(user, but=old_key)
    user.refresh_from_db(fields=["session_epoch"])
    update_session_auth_hash(request, user)
    listed = UserSession.objects.filter(user=user, session_key=old_key)
    if not listed.update(session_key=request.session.session_key):
        UserSession.objects.create_from_request(request)


@transaction.atomic
def end_all(*, user: User, by: User) -> None:
    """End every session and token of `user`, also those that no list holds."""
    _end_all(user, but=None)
    logger.info("sessions_ended", username=user.get_username(), by=by.get_username())


@transaction.atomic
def forget_expired(*, now: datetime) -> None:
    """Delete expired sessions, and the entries of lists whose session is gone."""
    Session.objects.filter(expire_date__lt=now).delete()
    living = Session.objects.filter(session_key=OuterRef("session_key"))
    UserSession.objects.filter(~Exists(living)).delete()


def _end_all(user: User, *, but: str | None) -> None:
    """The epoch is what counts: it holds for a copy in a cache that did not answer, too."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    RefreshToken.objects.filter(user=user).delete()
    for one in UserSession.objects.filter(user=user):
        if one.session_key != but:
            one.end()
