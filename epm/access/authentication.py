"""Who asks the API: the holder of a key or of a token, else whoever is signed in."""

from typing import Any, Final

import structlog
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from epm.access import tokens
from epm.access.models import User
from epm.access.selectors import rights
from epm.access.selectors.scope import Principal
from epm.access.services import api_keys
from epm.access.services.api_keys import ApiClient
from epm.platform.problems import MISSING_SCOPE, KeyInQuery

HEADER: Final = "HTTP_APIKEY"
SIGNS_OF_A_KEY: Final = ("rk_live_", "apikey=", "api_key=")
logger = structlog.get_logger(__name__)


class ApiKeyAuthentication(BaseAuthentication):
    """A valid key in the header; never in the URL, which proxies and logs keep."""

    def authenticate(self, request: Request) -> tuple[ApiClient, str] | None:
        query = request.META.get("QUERY_STRING", "")
        if query and any(sign in query.lower() for sign in SIGNS_OF_A_KEY):
            logger.warning("api_key_in_query", path=request.path)
            raise KeyInQuery
        text = request.META.get(HEADER)
        if text is None:
            return None
        client = api_keys.identify(text=text, now=timezone.now())
        if client is None:
            raise AuthenticationFailed(_("The API key is not valid."))
        structlog.contextvars.bind_contextvars(api_key=client.prefix)
        return client, client.prefix

    def authenticate_header(self, request: Request) -> str:
        return 'ApiKey realm="epm", header="apikey", Bearer realm="epm"'


def brings_a_token(request: HttpRequest | Request) -> bool:
    """Whether the caller names a token; any other scheme is none of ours."""
    scheme, _space, _token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return bool(scheme.lower() == "bearer")


class BearerAuthentication(BaseAuthentication):
    """A signed token of a person. Her session, role and password are looked at each time."""

    def authenticate(self, request: Request) -> tuple[User, SessionBase] | None:
        if not brings_a_token(request):
            return None
        _scheme, _space, token = request.META["HTTP_AUTHORIZATION"].partition(" ")
        held = tokens.holder(token.strip())
        if held is None:
            raise AuthenticationFailed(_("The token is not valid, or is no longer."))
        structlog.contextvars.bind_contextvars(token_of=held[0].pk)
        return held

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="epm"'


class MayRead(BasePermission):
    """Someone is there, and a key also holds the endpoint's right."""

    def has_permission(self, request: Request, view: Any) -> bool:
        right = getattr(view, "right", rights.READ)
        if request.method not in SAFE_METHODS:
            right = getattr(view, "write_right", right)
        if rights.missing_scopes(request.user, right):
            raise missing_scope(request.user, right)
        return rights.holds(request.user, right)


def missing_scope(principal: Principal, *wanted: str) -> PermissionDenied:
    """The refusal that tells a key's holder which scopes it lacks; nothing more to a person."""
    lacking = rights.missing_scopes(principal, *wanted)
    if not lacking:
        return PermissionDenied()
    said = gettext("This key lacks the scope %(scopes)s.") % {"scopes": ", ".join(lacking)}
    return PermissionDenied(said, code=MISSING_SCOPE)
