"""Second factors of people who have lost theirs, or have none in time."""

import structlog
from allauth.mfa.models import Authenticator
from django.db import transaction

from epm.access.models import User
from epm.access.models.user import end_of_set_up
from epm.access.services import sessions

logger = structlog.get_logger(__name__)


@transaction.atomic
def remove_all(*, user: User, by: User) -> None:
    """Forget every second factor of `user`, and end her sessions: she signs in anew."""
    Authenticator.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(second_factor_until=end_of_set_up())
    sessions.end_all(user=user, by=by)
    logger.warning("second_factor_removed", username=user.get_username(), by=by.get_username())


@transaction.atomic
def allow(*, user: User, by: User | None) -> None:
    """Let `user` set up a second factor by her password, from now for as long as a new person."""
    User.objects.filter(pk=user.pk).update(second_factor_until=end_of_set_up())
    logger.warning(
        "second_factor_allowed",
        username=user.get_username(),
        by=by.get_username() if by else "command",
    )
