"""Who stands beside somebody that is signed in, and says so by name and password.

Nobody is signed in by it. It counts as a try to sign in does: login_limits.py.
"""

from enum import Enum

import structlog
from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.http import HttpRequest

from epm.access import login_limits
from epm.access.models import User
from epm.access.selectors import second_factor

ANSWERS = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
"""The second factors that are typed."""
logger = structlog.get_logger(__name__)


class Not(Enum):
    """Why nobody was recognised."""

    KNOWN = "the name, the password or the code is wrong"
    NOW = "too many tries have failed"
    WITHOUT_CODE = "who has a second factor shows it"
    WITHOUT_FACTOR = "whose role needs a second factor sets one up first"


def recognised(request: HttpRequest, *, username: str, password: str, code: str = "") -> User | Not:
    """The person, or why not. A wrong code counts like a wrong password.

    Call it outside of a transaction: what it counts must stay.
    """
    taken = login_limits.take(request, name=username)
    address = get_adapter().get_client_ip(request)
    if taken is None:
        logger.warning("approval_locked_out", username=username[:150], ip=address)
        return Not.NOW
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        logger.warning("approval_failed", username=username[:150], ip=address)
        return Not.KNOWN
    if second_factor.has_one(user):
        if not code:
            taken.rollback()
            return Not.WITHOUT_CODE
        if not _shown(user, code):
            logger.warning("approval_failed", username=username[:150], ip=address)
            return Not.KNOWN
    elif second_factor.required_of(user):
        taken.rollback()
        return Not.WITHOUT_FACTOR
    taken.rollback()
    return user


def _shown(user: User, code: str) -> bool:
    hers = Authenticator.objects.filter(user=user, type__in=ANSWERS)
    return any(one.wrap().validate_code(code) for one in hers)
