"""How often a sign-in may fail: strict where it fails, loose for whoever is near.

A store's people share one address. Were it to have few tries, anybody in the store's network could
lock all of them out; so the few tries are a name's at an address, and the many are the address's,
against trying one password on every name. Where a person has signed in before, her browser says so
by a signed cookie, and what others do to her name or address does not count there.
"""

from typing import Final

from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string, salted_hmac

HERE: Final = "name-at-address"
NAME: Final = "name"
ADDRESS: Final = "address"
KNOWN: Final = "known-browser"
LIMITS: Final = {
    HERE: "10/15m/key",
    NAME: "50/15m/key",
    ADDRESS: "100/15m/key",
    KNOWN: "10/15m/key",
}
SALT: Final = "epm.access.known-browser"
DAYS: Final = 90
MOST_NAMES: Final = 20  # on a computer that a store shares


def take(request: HttpRequest, *, name: str) -> RateLimitUsage | None:
    """A try for `name`, to be given back when it succeeds; None where there is none left.

    Who has no try left takes none of the others either: a locked name uses up no address.
    """
    name = name.strip().casefold()
    address = ratelimit.get_ip(request)
    browser, names = _said_by(request)
    keys = {HERE: f"{name}\n{address}", NAME: name, ADDRESS: address}
    if _digest(name) in names:
        keys = {KNOWN: f"{browser}\n{name}"}
    taken = RateLimitUsage(usage=[])
    for limit, key in keys.items():
        one = ratelimit.consume(
            request, app="epm.access", action=limit, config=LIMITS, key=key, limit_get=True
        )
        if one is None:
            taken.rollback()
            return None
        taken.usage += one.usage
    return taken


def remember(request: HttpRequest, response: HttpResponse, *, name: str) -> None:
    """From now on this browser is known to be hers."""
    browser, names = _said_by(request)
    hers = _digest(name.strip().casefold())
    names = [hers, *(one for one in names if one != hers)][:MOST_NAMES]
    response.set_cookie(
        cookie_name(),
        signing.dumps([browser or get_random_string(16), names], salt=SALT),
        max_age=DAYS * 86_400,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def cookie_name() -> str:
    return "__Host-epm_known" if settings.SESSION_COOKIE_SECURE else "epm_known"


def _said_by(request: HttpRequest) -> tuple[str, list[str]]:
    """The browser's own number and whom it knows; nothing of what we have not signed."""
    try:
        said = signing.loads(
            request.COOKIES.get(cookie_name(), ""), salt=SALT, max_age=DAYS * 86_400
        )
        return str(said[0]), [str(one) for one in said[1]]
    except (signing.BadSignature, ValueError, LookupError, TypeError):
        return "", []


def _digest(name: str) -> str:
    """Enough to know a name again, not to read it."""
    return salted_hmac(SALT, name, algorithm="sha256").hexdigest()[:16]
