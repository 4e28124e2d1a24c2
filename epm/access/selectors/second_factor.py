"""Who must sign in with a second factor, and whether this session did."""

from datetime import datetime
from typing import Any

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Exists, OuterRef, QuerySet

from epm.access.models import User

REAL = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Recovery codes only stand in for one of these."""


def required_of(user: Any) -> bool:
    """Whether EPM_MFA_REQUIRED names this person's role; a superuser counts as a director."""
    if not settings.EPM_MFA_REQUIRED or not isinstance(user, User):
        return False
    role = "director" if user.is_superuser else user.role
    return role in settings.EPM_MFA_REQUIRED


def proven_in(session: SessionBase) -> bool:
    """Whether whoever holds the session showed a second factor in it. No query."""
    records = session.get(AUTHENTICATION_METHODS_SESSION_KEY)
    return isinstance(records, list) and any(one.get("method") == "mfa" for one in records)


def lacking(user: Any, session: SessionBase) -> bool:
    """Whether this session may not be answered until a second factor is shown."""
    return required_of(user) and not proven_in(session)


def has_one(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type__in=REAL).exists())


def with_factor(people: QuerySet[User]) -> QuerySet[User]:
    """Each with `has_factor`."""
    hers = Authenticator.objects.filter(user=OuterRef("pk"), type__in=REAL)
    return people.annotate(has_factor=Exists(hers))


def may_set_up(user: User, session: SessionBase, *, now: datetime) -> bool:
    """Whether this session may give `user` a second factor, where her role needs one.

    With one, she shows it first. Without, her password is all there is: it is enough for a while
    after a director let her in, else it would be enough for whoever steals it.
    """
    if not required_of(user):
        return True
    return proven_in(session) if has_one(user) else now < user.second_factor_until


def may_remove(authenticator: Authenticator) -> bool:
    """Not the last of someone whose role needs one."""
    if not required_of(authenticator.user):
        return True
    hers = Authenticator.objects.filter(user=authenticator.user, type__in=REAL)
    return bool(hers.exclude(pk=authenticator.pk).exists())
