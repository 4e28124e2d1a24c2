"""Whoever needs a second factor meets nothing else before she has shown one."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode

from epm.access.selectors import second_factor
from epm.platform.problems import API, problem

# Her own account (there the factor is set up), and what shows nothing of the chain.
OPEN: Final = (
    "/accounts/",
    "/i18n/",
    "/static/",
    "/health/",
    "/problems/",
    "/theme",
    "/favicon.ico",
)


class SecondFactorMiddleware:
    """Asks the session it has anyway: no query, and nothing at all while no role needs one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.EPM_MFA_REQUIRED and not request.path_info.startswith(OPEN):
            user = request.user
            if user.is_authenticated and second_factor.lacking(user, request.session):
                return _refusal(request)
        return self.get_response(request)


def _refusal(request: HttpRequest) -> HttpResponse:
    if request.path_info.startswith(API):
        return problem(403, "second-factor-required")
    known = second_factor.has_one(request.user)  # type: ignore[arg-type]
    to = redirect("mfa_reauthenticate" if known else "mfa_index")
    if known:
        to["Location"] += f"?{urlencode({'next': request.get_full_path()})}"
    to["Cache-Control"] = "no-store"
    return to
