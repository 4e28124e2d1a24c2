"""Pages of one's own account, where django-allauth's are not enough."""

from typing import Any, cast

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base import views as factors
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from epm.access.models import User
from epm.access.selectors import second_factor
from epm.access.services import sessions


@require_safe
@login_required
@never_cache
def account(_request: HttpRequest) -> HttpResponse:
    """Straight to the page people come for most."""
    return redirect("usersessions_list")


@never_cache
def closed(_request: HttpRequest) -> HttpResponse:
    """Sign-up and whatever else of django-allauth is not for here: absent."""
    raise Http404


class SetUp:
    """A new second factor: only while one may be set up, or with the one there is."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if (refused := _set_up_refused(request)) is not None:
            return refused
        return cast("HttpResponse", super().dispatch(request, *args, **kwargs))  # type: ignore[misc]


def _set_up_refused(request: HttpRequest) -> HttpResponse | None:
    user = request.user
    if not isinstance(user, User):
        return None  # who is not signed in is sent to do so
    if second_factor.may_set_up(user, request.session, now=timezone.now()):
        return None
    if second_factor.has_one(user):
        return redirect("mfa_reauthenticate")
    return render(request, "access/second_factor_closed.html", status=403)


@never_cache
def factors_index(request: HttpRequest) -> HttpResponse:
    """One's factors; or that it is too late to set up the first one."""
    return _set_up_refused(request) or factors.index(request)


class ActivateTotp(SetUp, ActivateTOTPView):
    """Whoever has just shown a code of the new factor has shown a second factor."""

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        _note_shown(self.request, Authenticator.Type.TOTP)
        return cast("HttpResponse", response)


class AddPasskey(SetUp, AddWebAuthnView):
    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        _note_shown(self.request, Authenticator.Type.WEBAUTHN)
        return cast("HttpResponse", response)


def _note_shown(request: HttpRequest, kind: str) -> None:
    record_authentication(request, cast("User", request.user), "mfa", type=kind)


class RemovePasskey(RemoveWebAuthnView):
    """Not the last second factor of someone who needs one; django-allauth asks for TOTP only."""

    def form_valid(self, form: Any) -> HttpResponse:
        if not second_factor.may_remove(self.object):
            messages.error(self.request, _("Your role needs a second factor: add another first."))
            return redirect("mfa_list_webauthn")
        return cast("HttpResponse", super().form_valid(form))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def own_sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in; end one of them, or all but this."""
    user = cast("User", request.user)
    if request.method == "POST":
        _end(request, user)
        return redirect("usersessions_list")
    opened = sorted(
        UserSession.objects.purge_and_list(user), key=lambda one: one.created_at, reverse=True
    )
    context = {"sessions": opened, "now": timezone.now()}
    return render(request, "usersessions/usersession_list.html", context)


def _end(request: HttpRequest, user: User) -> None:
    if "session" not in request.POST:
        sessions.end_others(user=user, request=request)
        messages.info(request, _("You are signed out everywhere else."))
        return
    chosen = request.POST["session"]
    is_number = chosen.isascii() and chosen.isdigit()
    if not is_number or not sessions.end_one(user=user, session_id=int(chosen[:18])):
        raise Http404
    messages.info(request, _("That session is over."))
