"""What of django-allauth is ours: who may sign in, how failures count, how secrets are kept."""

from typing import Any, Final

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import get_client_ip, is_headless_request
from allauth.core.ratelimit import respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from epm.access import login_limits, secrets_at_rest
from epm.access.backends import may_sign_in
from epm.access.models import User
from epm.access.selectors import second_factor
from epm.platform.problems import problem

RETRY_AFTER_SECONDS: Final = 900
NOBODY: Final = "0.0.0.0"  # noqa: S104 - an address to count under, not one to listen on
logger = structlog.get_logger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up. A wrong name and a wrong password look alike and count alike."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("This name and this password do not belong together."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address behind EPM_PROXIES proxies; never an error, whatever the headers say."""
        try:
            address = get_client_ip(request)
        except ImproperlyConfigured:  # fewer proxies than configured: somebody came around them
            address = request.META.get("REMOTE_ADDR")
        return address or NOBODY

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """django-allauth gives back what it finds in this attribute when the password is right."""
        name = credentials.get("username", "")
        self._login_failed_rl_usage = login_limits.take(request, name=name)
        if self._login_failed_rl_usage is None:
            logger.warning("login_locked_out", username=name[:150], ip=self.get_client_ip(request))
            answer = respond_429(request)
            answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
            raise ImmediateHttpResponse(answer)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        name = credentials.get("username", "")[:150]
        logger.warning("login_failed", username=name, ip=self.get_client_ip(request))

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """Passkeys come here without a password's backend having looked at the person."""
        if not may_sign_in(user):
            clear_login(request)
            messages.error(request, self.error_messages["username_password_mismatch"])
            return redirect("account_login")
        if is_headless_request(request) and second_factor.required_of(user):
            _refuse_without_second_factor(user)
        return super().pre_login(request, user, **kwargs)  # type: ignore[no-any-return]

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """All factors are shown: from now on her browser is known."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if not is_headless_request(request):
            login_limits.remember(request, response, name=user.get_username())
        return response


def _refuse_without_second_factor(user: User) -> None:
    if not second_factor.has_one(user):
        raise ImmediateHttpResponse(problem(403, "second-factor-required"))


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets are sealed; the last factor of whoever needs one cannot be taken away."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "unreadable": _("Your second factor cannot be read. Ask a director to remove it."),
        "cannot_delete_authenticator": _("Your role needs a second factor: add another first."),
    }

    def encrypt(self, text: str) -> str:
        return secrets_at_rest.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return secrets_at_rest.unseal(encrypted_text)
        except secrets_at_rest.Unreadable as error:
            raise self.validation_error("unreadable") from error

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return second_factor.may_remove(authenticator)
