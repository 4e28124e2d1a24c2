"""Second factors of people who have lost theirs."""

import structlog
from allauth.mfa.models import Authenticator
from django.db import transaction

from epm.access.models import User
from epm.access.services import sessions

logger = structlog.get_logger(__name__)


@transaction.atomic
def remove_all(*, user: User, by: User) -> None:
    """Forget every second factor of `user`, and end her sessions: she signs in anew."""
    Authenticator.objects.filter(user=user).delete()
    sessions.end_all(user=user, by=by)
    logger.warning("second_factor_removed", username=user.get_username(), by=by.get_username())
