"""Failed logins and used codes are counted in PostgreSQL: Redis may be away, the limits hold.

django-allauth counts in Django's default cache and has no setting for another. Its two modules that
do so are given ours here; tests/epm/access/test_login.py fails should an update move them.
"""

from typing import Any, Final

from allauth.core.internal import ratelimit
from allauth.mfa import app_settings
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import caches

NAME: Final = "kept"


class UsedCodes:
    """Remembers a code for as long as it would be taken: longer than its own 30 seconds."""

    def add(self, key: str, value: Any, timeout: float) -> bool:
        steps = 2 * app_settings.TOTP_TOLERANCE + 1
        return caches[NAME].add(key, value, timeout=timeout * steps)


class Counters:
    """The cache of that name in the thread that asks."""

    def __getattr__(self, method: str) -> Any:
        return getattr(caches[NAME], method)


def count_in_postgresql() -> None:
    ratelimit.cache = Counters()
    totp.cache = UsedCodes()
