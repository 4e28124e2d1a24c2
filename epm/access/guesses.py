"""How often somebody may name a code that is none: what a code opens is not found by trying.

Counted before anything is looked up, given back when the code was right: whoever asks for many at
once has no more tries. In PostgreSQL, as failed sign-ins are (epm/access/counting.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from allauth.core.internal import ratelimit
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request

from epm.platform.problems import Problem
from epm.platform.writes import credential

WAIT_SECONDS: Final = 15 * 60
LIMITS: Final = {"stored-value": "20/15m/key"}


class GuessedEnough(Problem):
    status_code = 429
    default_code = "rate-limited"
    wait = WAIT_SECONDS


@contextmanager
def counted(
    request: Request, *, of: str, misses: tuple[type[Exception], ...] = (Http404,)
) -> Iterator[None]:
    """Run a look-up of what was named; one of `misses` is a miss of this credential.

    `of` is a key of LIMITS. Raise GuessedEnough.
    """
    who, _name = credential(request.user)
    taken = ratelimit.consume(
        request, app="epm.access", action=f"guess-{of}", config={f"guess-{of}": LIMITS[of]}, key=who
    )
    if taken is None:
        raise GuessedEnough(_("Too many codes were of nothing: wait a quarter of an hour."))
    try:
        yield
    except misses:
        raise
    except BaseException:
        taken.rollback()
        raise
    taken.rollback()
